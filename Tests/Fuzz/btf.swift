// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject

/// Reads any bytes as BTF, asks everything of it, and makes it ready for kernels that lack each of its features: what
/// comes out must be BTF again, with the same ids.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBTF(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    do throws(BTFError) {
        let btf = try BTF(parsing: bytes)
        walk(btf)
        // The same blob over itself: split BTF.
        walk(try BTF(parsing: bytes, base: btf))
        let name = btf[1].map { btf.name(of: $0) } ?? "main"
        let preparation = BTFPreparation(
            btf, sections: [".data": (count, [name: 4]), name: (8, [:])], hiddenNames: [name])
        var supports = BTFFeature.allCases.map { BTFFeatures(BTFFeature.allCases).subtracting([$0]) }
        supports += [[], BTFFeatures(BTFFeature.allCases)]
        for support in supports {
            let prepared: [UInt8]
            do throws(BTFError) {
                prepared = try preparation.bytes(for: support)
            } catch {
                guard case .unknownKind = error else { fatalError("\(error)") }
                continue
            }
            do throws(BTFError) {
                let again = try BTF(parsing: prepared)
                precondition(again.endID >= btf.endID)
            } catch .tooManyTypes {
                continue
            } catch {
                fatalError("prepared types cannot be read: \(error)")
            }
        }
    } catch {
        precondition(!error.description.isEmpty)
    }
    return 0
}

private func walk(_ btf: BTF) {
    for id in btf.firstID...btf.endID {
        guard let type = btf[id] else { continue }
        _ = (btf.name(of: type), btf.size(of: id), btf.resolved(id), btf.linkage(of: type), btf.array(of: type))
        _ = (btf.integer(of: type), btf.componentIndex(of: type))
        for member in btf.members(of: type) { _ = btf.string(member.nameOffset) }
        for name in btf.enumerators(of: type) { _ = btf.string(name.nameOffset) }
        for parameter in btf.parameters(of: type) { _ = btf.string(parameter.nameOffset) }
        for variable in btf.variables(of: type) { precondition(variable.size >= 0) }
    }
    let index = BTFNameIndex(btf)
    if let type = btf[btf.firstID], type.nameOffset != 0 { _ = index.ids(essentialName: btf.name(of: type)) }
}
