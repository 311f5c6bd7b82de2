// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BTF
internal import Diagnostics

/// Makes schemas of types that only the debug information has.
enum DWARFSchema {
    /// The schema of a type; that of the object's BTF if it has the same.
    static func schema(
        of type: Int, _ dwarf: DWARF, _ object: Object
    ) throws(EventFault) -> EventSchema {
        let name = dwarf.spelling(of: type)
        if !dwarf.name(of: type).isEmpty, let types = object.typeInfo.types,
            dwarf.charge(types.endID / 8), let known = try? EventSchema.find(named: name, in: types),
            known.size == dwarf.size(of: type)
        {
            return known
        }
        return try schema(of: type, dwarf, byteOrder: object.byteOrder)
    }

    static func schema(
        of type: Int, _ dwarf: DWARF, byteOrder: ByteOrder
    ) throws(EventFault) -> EventSchema {
        let name = dwarf.spelling(of: type)
        func fault(_ words: String) -> EventFault { EventFault(words: "\(name) cannot be read: \(words)") }
        let (bytes, id): ([UInt8], Int)
        do throws(EventFault) {
            (bytes, id) = try DWARFConverter.convert(type, of: dwarf, byteOrder: byteOrder)
        } catch {
            throw fault(error.words)
        }
        let types: BTF
        do throws(BTFError) {
            types = try BTF(parsing: bytes)
        } catch {
            throw fault(error.description)
        }
        do throws(EventSchemaError) {
            return try EventSchema.schema(ofType: id, in: types)
        } catch {
            throw EventFault(words: error.diagnostic.message)
        }
    }
}
