// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

/// Reads the maps of section `.maps`: variables whose BTF types tell everything, and whose bytes tell nothing.
struct BTFMapReader {
    /// The section's name.
    static let sectionName = ".maps"

    private let types: BTF
    /// Where each symbol of the sections `.maps` is.
    private let places: [String: Place]

    /// Where a map's variable lies.
    private struct Place {
        let section: Int
        let offset: Int
        let size: Int
        /// What a name seen twice is worth.
        var isAmbiguous = false
    }

    /// A map with what its slots are found by.
    struct Found {
        var map: MapDefinition
        /// The number of its section.
        let section: Int
        /// The bytes of its variable.
        let size: Int
        /// Where `values` begins in it, if it has that.
        let valuesOffset: Int?
    }

    init(_ types: BTF, _ context: ObjectContext) {
        self.types = types
        var places: [String: Place] = [:]
        for section in context.sections where context.btfMapSections.contains(section.index) {
            for index in context.symbolsBySection[section.index] ?? [] {
                guard let symbols = context.symbols, let symbol = symbols[index],
                    symbol.type == ELF.SymbolType.object || symbol.type == ELF.SymbolType.none,
                    symbol.value < section.claimedSize, section.claimedSize <= UInt64(Limits.fileSize)
                else { continue }
                let name = symbols.name(of: symbol)
                if places[name] != nil {
                    places[name]?.isAmbiguous = true
                } else {
                    places[name] = Place(
                        section: section.index, offset: Int(symbol.value),
                        size: Int(min(symbol.size, section.claimedSize - symbol.value)))
                }
            }
        }
        self.places = places
    }

    /// All maps, in the order of the BTF.
    func maps() throws(ObjectError) -> [Found] {
        var found: [Found] = []
        var seen: [String: Int] = [:]
        for id in types.firstID..<types.endID {
            guard let section = types[id], section.kind == .dataSection, types.name(of: section) == Self.sectionName
            else { continue }
            guard section.count <= Limits.maps else {
                throw ObjectError(
                    .tooMany("maps", count: UInt64(section.count), limit: Limits.maps), section: Self.sectionName)
            }
            for entry in types.variables(of: section) {
                guard let variable = types[entry.type], variable.kind == .variable else { continue }
                let name = types.name(of: variable)
                // The linker writes where they lie.
                if let first = seen.updateValue(entry.offset, forKey: name) {
                    let places = [first, entry.offset].map { "at byte \($0) of section \(Self.sectionName)" }
                    throw Self.fail(.duplicateMap(places: places), name)
                }
                guard types.linkage(of: variable) == .global else { throw Self.fail(.map(.notGlobal), name) }
                guard let place = places[name], !place.isAmbiguous else { throw Self.fail(.map(.noSymbol), name) }
                guard found.count < Limits.maps else {
                    throw ObjectError(
                        .tooMany("maps", count: UInt64(found.count) + 1, limit: Limits.maps), section: Self.sectionName)
                }
                found.append(try map(name, variable, place, size: max(entry.size, place.size)))
            }
        }
        guard !found.isEmpty else { throw ObjectError(.map(.noVariables), section: Self.sectionName) }
        return found
    }

    private func map(_ name: String, _ variable: BTFType, _ place: Place, size: Int) throws(ObjectError) -> Found {
        guard let structure = types.resolved(variable.sizeOrType), structure.kind == .structure else {
            throw Self.fail(.map(.notStructure), name)
        }
        var map = MapDefinition(name: name, origin: .btf, section: Self.sectionName, offset: place.offset)
        map.kernelName = MapName(fitting: name).text
        let values = try read(structure, into: &map)
        guard map.type.rawValue != 0 else { throw Self.fail(.map(.noType), name) }
        return Found(map: map, section: place.section, size: size, valuesOffset: values)
    }

    // MARK: - Members

    /// Reads the members of a map's structure; where `values` begins in it, in bytes.
    private func read(
        _ structure: BTFType, into map: inout MapDefinition, isInner: Bool = false
    ) throws(ObjectError) -> Int? {
        var seen: Set<String> = []
        var values: (member: BTFMember, index: Int)?
        for index in 0..<structure.count {
            guard let member = types.member(of: structure, at: index) else { break }
            let name = types.string(member.nameOffset)
            guard seen.insert(name).inserted, MapFault.members.contains(name) else {
                throw Self.fail(
                    .map(.unknownMember(name, near: EditDistance.names(near: name, among: MapFault.members))), map.name)
            }
            switch name {
            case "key": map.keyTypeID = try type(of: member, name, &map.keySize, seen.contains("key_size"), map)
            case "value":
                map.valueTypeID = try type(of: member, name, &map.valueSize, seen.contains("value_size"), map)
            case "key_size": map.keySize = try size(member, "key", map.keySize, seen.contains("key"), map)
            case "value_size": map.valueSize = try size(member, "value", map.valueSize, seen.contains("value"), map)
            case "values": values = (member, index)
            default: try read(number(member, name, map), name, into: &map)
            }
        }
        guard let values else {
            if map.type.holdsMaps, map.valueSize == 0 { map.valueSize = 4 }
            return nil
        }
        guard !isInner else { throw Self.fail(.map(.valuesInInner), map.name) }
        guard values.index == structure.count - 1 else { throw Self.fail(.map(.valuesNotLast), map.name) }
        try read(values: values.member, into: &map)
        return values.member.bitOffset / 8
    }

    private func read(_ number: UInt64, _ name: String, into map: inout MapDefinition) throws(ObjectError) {
        if name == "map_extra" {
            map.mapExtra = number
            return
        }
        guard let value = UInt32(exactly: number) else {
            throw Self.fail(.map(.memberRange(name, value: number)), map.name)
        }
        switch name {
        case "type": map.type = MapType(rawValue: value)
        case "max_entries": map.maxEntries = value
        case "map_flags": map.flags = value
        case "numa_node": map.numaNode = value
        default:
            guard value <= 1 else { throw Self.fail(.map(.pinning(value)), map.name) }
            map.pinning = value
        }
    }

    /// The number of `__uint` (a pointer to an array of so many) or `__ulong` (an enumeration of one value).
    private func number(_ member: BTFMember, _ name: String, _ map: MapDefinition) throws(ObjectError) -> UInt64 {
        if let type = types.resolved(member.type) {
            if type.kind == .pointer, let pointed = types.resolved(type.sizeOrType),
                let array = types.array(of: pointed)
            {
                return UInt64(array.count)
            }
            if type.kind.isEnumeration, type.count == 1, let enumerator = types.enumerator(of: type, at: 0) {
                return enumerator.bits
            }
        }
        throw Self.fail(.map(.memberForm(name, expected: "__uint(\(name), NUMBER)")), map.name)
    }

    /// `key_size` or `value_size`, which a type may have told before.
    private func size(
        _ member: BTFMember, _ name: String, _ known: UInt32, _ isKnown: Bool, _ map: MapDefinition
    ) throws(ObjectError) -> UInt32 {
        let number = try number(member, name + "_size", map)
        guard let size = UInt32(exactly: number) else {
            throw Self.fail(.map(.memberRange(name + "_size", value: number)), map.name)
        }
        guard !isKnown || size == known else { throw Self.fail(.map(.sizeConflict(name, known, size)), map.name) }
        return size
    }

    /// The id of the type of `key` or `value`, whose size must be the one that is known, if one is.
    private func type(
        of member: BTFMember, _ name: String, _ size: inout UInt32, _ isKnown: Bool, _ map: MapDefinition
    ) throws(ObjectError) -> Int {
        guard let pointer = types.resolved(member.type), pointer.kind == .pointer else {
            throw Self.fail(.map(.memberForm(name, expected: "__type(\(name), TYPE)")), map.name)
        }
        let id = pointer.sizeOrType
        guard let bytes = types.size(of: id).flatMap({ UInt32(exactly: $0) }) else {
            throw Self.fail(.map(.typeSize(name, id: id)), map.name)
        }
        guard !isKnown || size == bytes else { throw Self.fail(.map(.sizeConflict(name, size, bytes)), map.name) }
        size = bytes
        return id
    }

    /// `__array(values, …)`: the structure of the inner maps, or the prototype of programs.
    private func read(values member: BTFMember, into map: inout MapDefinition) throws(ObjectError) {
        guard map.type.holdsMaps || map.type == .progArray else {
            throw Self.fail(.map(.valuesOfType(map.type)), map.name)
        }
        let expected =
            map.type == .progArray ? "__array(values, int (void *))" : "__array(values, struct inner_map)"
        let form = Self.fail(.map(.memberForm("values", expected: expected)), map.name)
        guard member.bitOffset % 8 == 0, let array = types.resolved(member.type).flatMap({ types.array(of: $0) }),
            array.count == 0, let pointer = types.resolved(array.element), pointer.kind == .pointer,
            let target = types.resolved(pointer.sizeOrType)
        else { throw form }
        guard map.valueSize == 0 || map.valueSize == 4 else {
            throw Self.fail(.map(.valueSize(map.valueSize)), map.name)
        }
        map.valueSize = 4
        guard map.type.holdsMaps else {
            guard target.kind == .prototype else { throw form }
            return
        }
        guard target.kind == .structure else { throw form }
        var inner = MapDefinition(
            name: map.name + ".inner", origin: .btf, section: map.section, offset: map.offset)
        inner.kernelName = MapName(fitting: inner.name).text
        _ = try read(target, into: &inner, isInner: true)
        guard inner.type.rawValue != 0 else { throw Self.fail(.map(.noType), inner.name) }
        guard !inner.type.holdsMaps else { throw Self.fail(.map(.valuesInInner), map.name) }
        guard inner.pinning == 0 else { throw Self.fail(.map(.pinnedInner), map.name) }
        map.inner = inner
    }

    private static func fail(_ reason: ObjectError.Reason, _ map: String) -> ObjectError {
        var error = ObjectError(reason, section: sectionName)
        error.map = map
        return error
    }
}
