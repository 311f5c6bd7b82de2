// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// What begins at places of the object's sections, each by a number.
///
/// A place is one number: a dictionary with keys of a type of their own costs the runtime a search when a tool starts.
struct SectionPlaces {
    private var numbers: [Int: Int] = [:]

    /// What begins at an offset of a section, in whatever unit; nil is nothing.
    subscript(section section: Int, offset: Int) -> Int? {
        get { Self.key(section, offset).flatMap { numbers[$0] } }
        set {
            guard let key = Self.key(section, offset) else { return }
            numbers[key] = newValue
        }
    }

    /// No file has that many sections, or such long ones.
    private static func key(_ section: Int, _ offset: Int) -> Int? {
        guard (0..<(1 << 22)).contains(section), (0..<(1 << 40)).contains(offset) else { return nil }
        return section << 40 | offset
    }
}

/// What the readers of maps and programs share while one object is read.
struct ObjectContext {
    /// The legacy section; `.maps` with its dot is another format.
    static let mapSectionName = "maps"
    /// gobpf's, which has a section for each map.
    static let mapSectionPrefix = "maps/"

    let sections: [ELFSection]
    let symbols: ELFSymbolTable?
    /// Symbol indices by the section that they are in, in the order of the table.
    let symbolsBySection: [Int: [Int]]
    /// REL and RELA sections by the section that they change (`sh_info`).
    let relocationSections: [Int: [ELFSection]]
    let typeInfo: ObjectTypeInfo
    /// The legacy `maps` sections.
    let mapSections: Set<Int>
    /// The sections `.maps`.
    let btfMapSections: Set<Int>
    private var maps = MapCollection()
    /// What the object asks of the kernel's configuration.
    private(set) var configuration: KconfigSection?

    /// The index of each map by its place.
    var mapIndex: SectionPlaces { maps.places }
    /// The index of the map of each section of data.
    var dataMap: [Int: Int] { maps.sections }

    init(_ file: borrowing ELFFile) throws(ObjectError) {
        sections = file.sections
        if let section = file.sections.first(where: { $0.type == ELF.SectionType.symbolTable }) {
            symbols = try ELFSymbolTable(section, in: file)
        } else {
            symbols = nil
        }
        func indices(ofSections isWanted: (String) -> Bool) -> Set<Int> {
            let kinds = [ELF.SectionType.programBits, ELF.SectionType.noBits]
            return Set(file.sections.filter { isWanted($0.name) && kinds.contains($0.type) }.map(\.index))
        }
        mapSections = indices { $0 == Self.mapSectionName || $0.hasPrefix(Self.mapSectionPrefix) }
        btfMapSections = indices { $0 == BTFMapReader.sectionName }

        var bySection: [Int: [Int]] = [:]
        if let symbols {
            for index in 0..<symbols.count {
                guard let symbol = symbols[index], symbol.section != 0, symbol.section < ELF.firstReserved else {
                    continue
                }
                bySection[Int(symbol.section), default: []].append(index)
            }
        }
        symbolsBySection = bySection

        var relocations: [Int: [ELFSection]] = [:]
        for section in file.sections
        where section.type == ELF.SectionType.rel || section.type == ELF.SectionType.rela {
            relocations[Int(section.info), default: []].append(section)
        }
        relocationSections = relocations
        typeInfo = ObjectTypeInfo(file)
    }

    /// The section that a symbol is defined in; nil if its number means none.
    func section(of symbol: ELFSymbol) -> ELFSection? {
        guard symbol.section != 0, symbol.section < ELF.firstReserved, sections.indices.contains(Int(symbol.section))
        else { return nil }
        return sections[Int(symbol.section)]
    }

    /// Whether maps are defined in a section.
    func definesMaps(_ section: Int) -> Bool { mapSections.contains(section) || btfMapSections.contains(section) }

    /// A name that some symbol gives to the start of a section.
    func label(atStartOf section: Int) -> String? {
        guard let symbols else { return nil }
        for index in (symbolsBySection[section] ?? []).prefix(Limits.searchedSymbols) {
            guard let symbol = symbols[index], symbol.type == ELF.SymbolType.none, symbol.value == 0, symbol.isGlobal
            else { continue }
            let name = symbols.name(of: symbol)
            if !name.isEmpty { return name }
        }
        return nil
    }

    /// The name of what lies at a place of a section, for messages; the section's own name if no symbol tells.
    func name(at offset: Int64, inSection section: Int) -> String {
        guard let symbols, sections.indices.contains(section) else { return "" }
        // A message is not worth a long search in a hostile table.
        for index in (symbolsBySection[section] ?? []).prefix(Limits.searchedSymbols) {
            guard let symbol = symbols[index], symbol.type != ELF.SymbolType.section, offset >= 0 else { continue }
            let distance = UInt64(offset).subtractingReportingOverflow(symbol.value)
            guard !distance.overflow, distance.partialValue < max(symbol.size, 1) else { continue }
            let name = symbols.name(of: symbol)
            if !name.isEmpty { return name }
        }
        return sections[section].name
    }

    /// Reads all maps and remembers their places.
    mutating func readMaps(
        _ choice: MapLayoutChoice, _ file: borrowing ELFFile, objectName: String, externs: ExternTable
    ) throws(ObjectError) -> [MapDefinition] {
        try readLegacyMaps(choice, file)
        try readBTFMaps(file)
        try readArena(file)
        if let reader = try StructureReader(self) {
            for (section, map) in try reader.maps(file) { try maps.add(map, section: section) }
        }
        let reader = DataSectionReader(self, objectName: objectName)
        var taken = 0
        for section in sections {
            guard let kind = reader.kind(of: section) else { continue }
            let map = try reader.map(section, kind, taken: taken, file)
            taken += map.content?.bytes.count ?? 0
            try maps.add(map, section: section.index)
        }
        if let types = typeInfo.types, let wanted = try KconfigSection(externs.symbols, types) {
            configuration = wanted
            try maps.add(
                reader.map(
                    KconfigSection.name, .configuration, [UInt8](repeating: 0, count: wanted.size), isMappable: true))
        }
        return maps.maps
    }

    private mutating func readLegacyMaps(_ choice: MapLayoutChoice, _ file: borrowing ELFFile) throws(ObjectError) {
        guard !mapSections.isEmpty else { return }
        // Once for all sections of the name: the types of a hostile object are as many as its sections.
        let variables = typeInfo.types?.variableTypes(inSection: Self.mapSectionName) ?? [:]
        // Sections `maps/NAME` are told by their size: their members' names would cost a look at all types for each.
        for section in file.sections where mapSections.contains(section.index) {
            let reader = try MapSectionReader(
                section, symbols: symbols, inSection: symbolsBySection[section.index] ?? [], file: file)
            for map in try reader.definitions(
                choice, types: section.name == Self.mapSectionName ? typeInfo.types : nil, variables: variables)
            {
                try maps.add(map, section: section.index)
            }
        }
    }

    /// Gives the variables of address space 1 to the arena of the object.
    private mutating func readArena(_ file: borrowing ELFFile) throws(ObjectError) {
        let name = DataSectionReader.arenaSectionName
        guard let section = file.sections.first(where: { $0.name == name && $0.claimedSize > 0 }) else { return }
        let arenas = maps.maps.indices.filter { maps.maps[$0].type == .arena }
        guard let arena = arenas.first else { throw ObjectError(.map(.noArena), section: name) }
        guard arenas.count == 1 else { throw ObjectError(.map(.severalArenas), section: name) }
        guard section.claimedSize <= UInt64(Limits.dataSize) else {
            throw ObjectError(.map(.dataSize(section.claimedSize, limit: Limits.dataSize)), section: name)
        }
        let isInFile = section.type == ELF.SectionType.programBits
        maps.set(
            arenaContent: isInFile
                ? try file.bytes(of: section).bytes : [UInt8](repeating: 0, count: Int(section.claimedSize)),
            section: section.index, ofMap: arena)
    }

    private mutating func readBTFMaps(_ file: borrowing ELFFile) throws(ObjectError) {
        guard sections.contains(where: { btfMapSections.contains($0.index) && $0.claimedSize > 0 }) else { return }
        guard let types = typeInfo.types else {
            throw ObjectError(.map(.noTypes), section: BTFMapReader.sectionName)
        }
        var found: [(index: Int, found: BTFMapReader.Found)] = []
        for map in try BTFMapReader(types, self).maps() {
            found.append((maps.maps.count, map))
            try maps.add(map.map, section: map.section)
        }
        for section in file.sections where btfMapSections.contains(section.index) {
            for (index, slots) in try MapSlotReader(self).slots(section, found, file) {
                maps.set(slots, ofMap: index)
            }
        }
    }
}
