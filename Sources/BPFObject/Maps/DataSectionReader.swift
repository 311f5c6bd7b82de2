// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// Makes maps of an object's sections of data.
///
/// Every section gets one; whether it is created is for the plan to say, which knows what programs refer to.
struct DataSectionReader {
    private let context: ObjectContext
    /// The object's name as libbpf makes it part of the names of maps.
    private let prefix: String
    /// The types of data sections by their names; of two with one name the first.
    private let typeIDs: [String: Int]

    /// Variables of address space 1, which lie in an arena.
    static let arenaSectionName = ".addr_space.1"
    /// `BPF_F_RDONLY_PROG`.
    static let readOnlyFlag: UInt32 = 1 << 7
    /// Sections of other meaning that look like data.
    private static let others: Set<String> = [
        "license", "version", "maps", ".eh_frame", ".kconfig", ".ksyms", TypePlaces.eventTypesSection,
    ]

    init(_ context: ObjectContext, objectName: String) {
        self.context = context
        prefix = Self.prefix(of: objectName)
        var typeIDs: [String: Int] = [:]
        if let types = context.typeInfo.types {
            let names = Set(context.sections.map(\.name) + [KconfigSection.name])
            for id in types.firstID..<types.endID {
                guard let type = types[id], type.kind == .dataSection else { continue }
                let name = types.name(of: type)
                if names.contains(name), typeIDs[name] == nil { typeIDs[name] = id }
            }
        }
        self.typeIDs = typeIDs
    }

    /// What a section of data is for; nil if it is no data that programs can use.
    func kind(of section: ELFSection) -> DataSection? {
        guard section.type == ELF.SectionType.programBits || section.type == ELF.SectionType.noBits,
            section.flags & ELF.executable == 0, section.claimedSize > 0
        else { return nil }
        func isOne(_ name: String) -> Bool { section.name == name || section.name.hasPrefix(name + ".") }
        if isOne(".rodata") { return .readOnly }
        if isOne(".data") { return .data }
        if isOne(".bss") { return .zeroed }
        // Variables that somebody put into a section of another name are data all the same.
        guard section.flags & ELF.allocated != 0, !Self.others.contains(section.name),
            ![".maps", "struct_ops", ".addr_space"].contains(where: { isOne($0) }),
            StructureDefinition.isOptional(section: section.name) == nil,
            !section.name.hasPrefix("maps/"), holdsVariables(section)
        else { return nil }
        return section.flags & ELF.writable == 0 ? .readOnly : .data
    }

    private func holdsVariables(_ section: ELFSection) -> Bool {
        (context.symbolsBySection[section.index] ?? []).contains {
            context.symbols?[$0]?.type == ELF.SymbolType.object
        }
    }

    /// The map of a section.
    ///
    /// - Parameter taken: Bytes that other sections' maps have already.
    func map(
        _ section: ELFSection, _ kind: DataSection, taken: Int, _ file: borrowing ELFFile
    ) throws(ObjectError) -> MapDefinition {
        guard section.claimedSize <= UInt64(Limits.dataSize - taken) else {
            throw ObjectError(
                .map(.dataSize(section.claimedSize, limit: Limits.dataSize - taken)), section: section.name)
        }
        let isInFile = section.type == ELF.SectionType.programBits
        let bytes =
            isInFile ? try file.bytes(of: section).bytes : [UInt8](repeating: 0, count: Int(section.claimedSize))
        let addresses = try addresses(in: section, file)
        return map(section.name, .data(kind), bytes, isMappable: isMappable(section), addresses)
    }

    /// A map of one value; also that of the kernel's configuration, which no section of the file holds.
    func map(
        _ name: String, _ origin: MapDefinition.Origin, _ bytes: [UInt8], isMappable: Bool,
        _ addresses: DataContent.Addresses? = nil
    ) -> MapDefinition {
        let isReadOnly = origin == .data(.readOnly) || origin == .configuration
        var map = MapDefinition(name: name, origin: origin, section: name, offset: 0)
        map.kernelName = Self.kernelName(section: name, prefix: prefix)
        map.type = .array
        map.keySize = 4
        map.valueSize = UInt32(truncatingIfNeeded: bytes.count)
        map.maxEntries = 1
        map.flags = isReadOnly ? Self.readOnlyFlag : 0
        map.valueTypeID = typeIDs[name] ?? 0
        map.content = DataContent(bytes: bytes, isReadOnly: isReadOnly, isMappable: isMappable, addresses: addresses)
        return map
    }

    /// Whether the section has a variable that is not `static` (nor hidden, which libbpf takes for the same).
    private func isMappable(_ section: ELFSection) -> Bool {
        guard let types = context.typeInfo.types, let type = typeIDs[section.name].flatMap({ types[$0] }) else {
            return false
        }
        var hidden: Set<String> = []
        for index in context.symbolsBySection[section.index] ?? [] {
            guard let symbols = context.symbols, let symbol = symbols[index], symbol.isHidden else { continue }
            hidden.insert(symbols.name(of: symbol))
        }
        // More are refused when they are read.
        guard type.count <= Limits.variables else { return false }
        return types.variables(of: type).contains { entry in
            guard let variable = types[entry.type], variable.kind == .variable else { return false }
            return types.linkage(of: variable) != .static && !hidden.contains(types.name(of: variable))
        }
    }

    /// Pointers that the compiler left to a linker: they stay as the file has them.
    private func addresses(
        in section: ELFSection, _ file: borrowing ELFFile
    ) throws(ObjectError) -> DataContent.Addresses? {
        var count = 0
        var first: ELFRelocation?
        for relocations in context.relocationSections[section.index] ?? [] {
            let entries = try ELFRelocation.all(of: relocations, in: file)
            count += entries.count
            first = first ?? entries.first
        }
        guard let first else { return nil }
        let symbol = context.symbols?[first.symbol]
        var name = symbol.flatMap { context.symbols?.name(of: $0) } ?? ""
        if name.isEmpty, let target = symbol.flatMap({ context.section(of: $0) }) { name = target.name }
        return DataContent.Addresses(count: count, offset: first.offset, symbol: name)
    }

    // MARK: - Names

    /// A file's name without its folders, up to the first dot.
    static func prefix(of objectName: String) -> String {
        let file = objectName.split(separator: "/", omittingEmptySubsequences: true).last ?? ""
        return String(file.prefix { $0 != "." })
    }

    /// The name that libbpf gives to the map of a section, which scripts look for.
    ///
    /// In front of `.data`, `.rodata`, `.bss` and the like are 8 bytes of the object's name at most; a longer name of a
    /// section leaves it fewer. Names with a second dot, or with none at the start, stand alone.
    static func kernelName(section: String, prefix: String) -> String {
        let isPlain = section.hasPrefix(".") && !section.dropFirst().contains(".")
        let room = isPlain ? max(0, MapName.longest - max(7, section.utf8.count)) : 0
        let front = String(decoding: prefix.utf8.prefix(room), as: UTF8.self)
        return MapName(fitting: front + section).text
    }
}
