// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import Diagnostics
import EventTypes

/// Reads any text as C: what comes out is BTF whose type has the size that is told, and is found in it again; what is
/// refused has a place in the text.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLayout(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let text = unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    do throws(LayoutError) {
        let schema = try EventSchema.layout(text)
        do throws(EventSchemaError) {
            let again = try EventSchema(name: schema.name, btf: schema.btf, typeID: schema.typeID)
            precondition(again == schema && again.isAlike(schema))
        } catch {
            fatalError("\(error)")
        }
        guard let btf = try? BTF(parsing: schema.btf), let type = btf.resolved(schema.typeID) else {
            fatalError("the types cannot be read")
        }
        for member in btf.members(of: type) {
            guard let size = btf.size(of: member.type) else { fatalError("a member has no size") }
            let bits = member.bitSize > 0 ? member.bitSize : size * 8
            precondition(member.bitOffset + bits <= schema.size * 8, "a member lies beyond the end")
        }
    } catch {
        precondition(error.line >= 1 && error.column >= 1)
        precondition(error.diagnostic.details.allSatisfy { $0.utf8.count <= 101 })
        precondition(!error.description.isEmpty)
    }
    return 0
}
