// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// Reads a legacy `maps` section: an array of structures of which the file tells neither size nor members.
struct MapSectionReader {
    /// A definition's place: its symbol, and where its structure lies.
    private struct Element {
        let name: String
        let offset: Int
        let size: Int
        /// Where each known member lies in the structure.
        let members: [MapField: Int]
        /// The type, where BTF told it.
        var structure: BTFType?
    }

    private let section: ELFSection
    private let reader: ByteReader
    private var symbols: [(name: String, offset: Int, size: Int)] = []

    init(
        _ section: ELFSection, symbols table: ELFSymbolTable?, inSection indices: [Int], file: borrowing ELFFile
    ) throws(ObjectError) {
        guard section.claimedSize == UInt64(section.size) else {
            throw ObjectError(.mapsWithoutBytes(size: section.claimedSize), section: section.name)
        }
        self.section = section
        reader = try file.bytes(of: section)
        guard let table else { return }
        var seen: Set<Int> = []
        for index in indices {
            guard let symbol = table[index],
                symbol.type == ELF.SymbolType.none || symbol.type == ELF.SymbolType.object
            else { continue }
            let name = table.name(of: symbol)
            guard !name.isEmpty else { continue }
            guard symbol.value < UInt64(section.size) else {
                var error = ObjectError(
                    .outOfBounds(
                        "the map", offset: symbol.value, size: symbol.size, limit: section.size),
                    section: section.name)
                error.map = name
                throw error
            }
            // A second name for the same definition is an alias, not a map.
            guard seen.insert(Int(symbol.value)).inserted else { continue }
            guard symbols.count < Limits.maps else {
                throw ObjectError(
                    .tooMany("maps", count: UInt64(symbols.count) + 1, limit: Limits.maps), section: section.name)
            }
            symbols.append((name, Int(symbol.value), Int(clamping: symbol.size)))
        }
        symbols.sort { $0.offset < $1.offset }
    }

    /// The definitions, in the order of the file.
    ///
    /// - Parameters:
    ///   - types: The object's BTF.
    ///   - variables: The types of the variables that BTF has in sections of this name.
    func definitions(
        _ choice: MapLayoutChoice, types: BTF?, variables: [String: Int]
    ) throws(ObjectError) -> [MapDefinition] {
        guard section.size > 0 else { return [] }
        guard !symbols.isEmpty else { throw fail(.mapsWithoutSymbols(size: section.size)) }
        if choice == .automatic, let types, let elements = try elements(types, variables) {
            return elements.map { element in
                let isSamples = element.members[.innerMapIndex] != nil || element.members[.numaNode] != nil
                return definition(
                    element, MapLayout(size: element.size, convention: isSamples ? .samples : .tc, source: .memberNames)
                )
            }
        }
        let size = try elementSize()
        let layout = MapLayout(
            size: size, convention: convention(choice, size: size), source: choice == .automatic ? .size : .choice)
        var members: [MapField: Int] = [:]
        for (index, field) in MapField.order(layout.convention).enumerated() where 4 * index + 4 <= size {
            members[field] = 4 * index
        }
        let elements = symbols.map { Element(name: $0.name, offset: $0.offset, size: size, members: members) }
        try checkTiling(elements)
        for element in elements { try checkTail(of: element, from: MapField.order(layout.convention).count * 4) }
        return elements.map { definition($0, layout) }
    }

    // MARK: - By BTF

    /// The definitions by the member names of their types; nil if a type is missing or not a map's.
    private func elements(_ types: BTF, _ variables: [String: Int]) throws(ObjectError) -> [Element]? {
        var known: [Int: [MapField: Int]] = [:]
        var elements: [Element] = []
        for symbol in symbols {
            guard let type = variables[symbol.name], let structure = types.resolved(type),
                structure.kind == .structure, structure.sizeOrType >= 16
            else { return nil }
            // Kept by structure and not by type: many typedefs of one structure cost no more than one.
            if known[structure.id] == nil {
                var members: [MapField: Int] = [:]
                for member in types.members(of: structure) {
                    guard let field = MapField(memberName: types.string(member.nameOffset)) else { continue }
                    let offset = member.bitOffset / 8
                    guard member.bitSize == 0, member.bitOffset % 8 == 0, offset <= structure.sizeOrType - 4,
                        let type = types.resolved(member.type), type.kind == .int || type.kind.isEnumeration,
                        type.sizeOrType == 4
                    else { return nil }
                    members[field] = offset
                }
                guard MapField.required.allSatisfy({ members[$0] != nil }) else { return nil }
                known[structure.id] = members
            }
            guard let members = known[structure.id] else { return nil }
            elements.append(
                Element(
                    name: symbol.name, offset: symbol.offset, size: structure.sizeOrType, members: members,
                    structure: structure))
        }
        try checkTiling(elements)
        for element in elements { try checkUnknown(element, types) }
        return elements
    }

    /// A member that we do not know may be left at zero; any other value would ask for something we do not do.
    private func checkUnknown(_ element: Element, _ types: BTF) throws(ObjectError) {
        let read = Set(element.members.values.flatMap { $0..<($0 + 4) })
        guard
            let byte = (0..<element.size).first(where: {
                !read.contains($0) && reader.integer(UInt8.self, at: element.offset + $0) != 0
            }), let structure = element.structure
        else { return }
        let member = types.members(of: structure).filter { $0.bitOffset / 8 <= byte }.max {
            $0.bitOffset < $1.bitOffset
        }
        throw fail(
            .unknownMapMember(member.map { types.string($0.nameOffset) } ?? ""), map: element.name,
            at: element.offset + byte)
    }

    // MARK: - By size

    /// The bytes of one definition: the symbols' size where they agree, else an equal share of the section.
    private func elementSize() throws(ObjectError) -> Int {
        let sizes = Set(symbols.map(\.size))
        let size: Int
        if sizes.count == 1, let only = sizes.first, only > 0 {
            size = only
        } else {
            guard section.size % symbols.count == 0 else {
                throw fail(.mapSize(section: section.size, symbols: symbols.count, size: nil))
            }
            size = section.size / symbols.count
        }
        guard size >= 16, size % 4 == 0 else {
            throw fail(.mapSize(section: section.size, symbols: symbols.count, size: size))
        }
        return size
    }

    /// Whose structure it is, where only its size and its values can tell.
    private func convention(_ choice: MapLayoutChoice, size: Int) -> MapLayout.Convention {
        if section.name.hasPrefix(ObjectContext.mapSectionPrefix) { return .gobpf }
        switch choice {
        case .tc: return .tc
        case .samples: return .samples
        case .automatic: break
        }
        guard size == 24 || size == 28 else { return .tc }
        // Of this size tc's structure has no inner_id, so a map of maps would have no inner map.
        let isSamples = symbols.contains { symbol in
            MapType(rawValue: reader.u32(symbol.offset) ?? 0).holdsMaps
                || (size == 28 && (reader.u32(symbol.offset + 24) ?? 0) > 2)
        }
        return isSamples ? .samples : .tc
    }

    /// Definitions longer than what we know must end in zeros.
    private func checkTail(of element: Element, from known: Int) throws(ObjectError) {
        guard element.size > known,
            let tail = reader.part(at: element.offset + known, count: element.size - known),
            let index = tail.bytes.firstIndex(where: { $0 != 0 })
        else { return }
        let last = tail.bytes.lastIndex { $0 != 0 } ?? index
        throw fail(
            .mapTail(size: element.size, known: known, first: known + index, last: known + last), map: element.name,
            at: element.offset + known + index)
    }

    // MARK: - Both

    /// Every byte of the section belongs to one definition that has a symbol.
    private func checkTiling(_ elements: [Element]) throws(ObjectError) {
        var end = 0
        for element in elements {
            guard element.offset == end else {
                throw element.offset > end
                    ? fail(.mapHole(size: element.size, count: elements.count, end: element.offset), at: end)
                    : fail(.mapOverlap(size: element.size), map: element.name, at: element.offset)
            }
            guard element.size <= section.size - end else {
                throw fail(
                    .outOfBounds(
                        "the map", offset: UInt64(element.offset), size: UInt64(element.size), limit: section.size),
                    map: element.name, at: element.offset)
            }
            end += element.size
        }
        guard end == section.size else {
            let size = elements.first?.size ?? 0
            throw fail(.mapHole(size: size, count: elements.count, end: section.size), at: end)
        }
    }

    private func definition(_ element: Element, _ layout: MapLayout) -> MapDefinition {
        func value(_ field: MapField) -> UInt32? {
            element.members[field].flatMap { reader.u32(element.offset + $0) }
        }
        var map = MapDefinition(
            name: element.name, origin: .legacy(layout), section: section.name, offset: element.offset)
        map.type = MapType(rawValue: value(.type) ?? 0)
        map.keySize = value(.keySize) ?? 0
        map.valueSize = value(.valueSize) ?? 0
        map.maxEntries = value(.maxEntries) ?? 0
        map.flags = value(.flags) ?? 0
        map.numaNode = value(.numaNode) ?? 0
        map.pinning = value(.pinning) ?? 0
        map.id = value(.id) ?? 0
        map.innerID = value(.innerID) ?? 0
        map.innerIndex = value(.innerIndex).flatMap { $0 == .max ? nil : $0 }
        map.innerMapIndex = value(.innerMapIndex)
        return map
    }

    private func fail(_ reason: ObjectError.Reason, map: String? = nil, at offset: Int? = nil) -> ObjectError {
        var error = ObjectError(reason, section: section.name, offset: offset)
        error.map = map
        return error
    }
}
