// SPDX-License-Identifier: Apache-2.0

public import BPFObject
public import BTF
internal import Diagnostics

extension Object {
    /// A type of the object by its name, with what it needs: what the events of a map are.
    ///
    /// Compilers leave types out of BTF that only code uses; those are found in the debug information if it is there.
    ///
    /// - Parameter name: `struct event`, or `event` alone.
    /// - Throws: An error that tells the names that are near and how to keep a type in an object.
    public func eventSchema(named name: String) throws(EventSchemaError) -> EventSchema {
        do throws(EventSchemaError) {
            guard let types = typeInfo.types else {
                throw EventSchemaError(.noTypes(typeInfo.warnings.first?.cause), name)
            }
            return try EventSchema.find(named: name, in: types)
        } catch {
            var error = error
            error.object = self.name
            switch error.reason {
            case .noTypes, .notFound: break
            default: throw error
            }
            guard let dwarf = openedDebugInformation else { throw error }
            guard let schema = try debugSchema(named: name, in: dwarf) else {
                if case .notFound(near: [], let isDeclared) = error.reason {
                    let near = dwarf.typeNames(near: name)
                    throw EventSchemaError(.notFound(near: near, isDeclared: isDeclared), name, object: self.name)
                }
                throw error
            }
            return schema
        }
    }

    /// The debug information, if there is some that can be read.
    private var openedDebugInformation: DWARF? {
        // The same bytes were read before.
        guard let opened = try? ELFFile(file), case .success(let found) = debugInformation(opened) else { return nil }
        return found
    }

    /// The type of a name in the debug information; nil if there is none.
    private func debugSchema(named name: String, in dwarf: DWARF) throws(EventSchemaError) -> EventSchema? {
        let found = dwarf.types(wanted: WantedType(name))
        guard let type = found.first, !dwarf.isExhausted else { return nil }
        var sizes: [Int] = []
        for type in found {
            let size = dwarf.size(of: type) ?? 0
            if !sizes.contains(size) { sizes.append(size) }
        }
        guard sizes.count == 1 else {
            throw EventSchemaError(.ambiguous(sizes: sizes), name, object: self.name)
        }
        return try? DWARFSchema.schema(of: type, dwarf, byteOrder: byteOrder)
    }
}

extension DWARF {
    /// The types of a name that are of the first kind that has any.
    fileprivate func types(wanted: WantedType) -> [Int] {
        let name = String(decoding: wanted.name, as: UTF8.self)
        guard !name.isEmpty else { return [] }
        var found = [[Int]](repeating: [], count: wanted.kinds.count)
        for index in entries.indices {
            guard let kinds = kinds(of: index),
                let rank = wanted.kinds.firstIndex(where: { !$0.isDisjoint(with: kinds) }),
                found[rank].count < Limits.accessDepth, self.name(of: index) == name,
                self[index, DW.Attribute.declaration] == nil
            else { continue }
            found[rank].append(index)
        }
        return found.first { !$0.isEmpty } ?? []
    }

    /// The names of types that one may have meant that is not there, as C writes them.
    fileprivate func typeNames(near name: String) -> [String] {
        var spellings: [String: String] = [:]
        for index in entries.indices where spellings.count < Limits.searchedSymbols {
            let name = self.name(of: index)
            guard !name.isEmpty, let kinds = kinds(of: index), !kinds.contains(.int) else { continue }
            spellings[name] = WantedType.spelling(of: name, kinds)
        }
        let wanted = String(decoding: WantedType(name).name, as: UTF8.self)
        return EditDistance.names(near: wanted, among: spellings.keys.sorted()).compactMap { spellings[$0] }
    }

    /// What BTF would make of an entry; nil of what is no type with a name.
    private func kinds(of index: Int) -> Set<BTFKind>? {
        switch entries[index].tag {
        case DW.Tag.structureType, DW.Tag.classType: [.structure]
        case DW.Tag.unionType: [.union]
        case DW.Tag.enumerationType: [.enum, .enum64]
        case DW.Tag.typedef: [.typedef]
        case DW.Tag.baseType: [.int, .float]
        default: nil
        }
    }
}

extension Object {
    /// The type of the keys of a map, by the map's index; nil if the object does not say it.
    public func keySchema(ofMap index: Int) -> EventSchema? { schema(maps[index].keyTypeID) }

    /// The type of the values of a map, by the map's index; nil if the object does not say it.
    public func valueSchema(ofMap index: Int) -> EventSchema? { schema(maps[index].valueTypeID) }

    private func schema(_ type: Int) -> EventSchema? {
        guard type != 0, let types = typeInfo.types else { return nil }
        return try? EventSchema.schema(ofType: type, in: types)
    }

    /// Whether the object has BTF: without it and without debug information it was never meant to tell its types.
    public var hasTypes: Bool { typeInfo.types != nil }
}
