// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

/// Reads the structures of the sections `.struct_ops`: variables whose BTF tells their members, whose bytes are data and
/// whose relocations are programs.
struct StructureReader {
    private let context: ObjectContext
    private let types: BTF
    /// The types of the variables of each section, by their names.
    private let variables: [String: [String: Int]]

    /// A structure with what its relocations are found by.
    private struct Found {
        var map: MapDefinition
        let size: Int
    }

    /// - Returns: nil if the object has no such section.
    init?(_ context: ObjectContext) throws(ObjectError) {
        guard let first = context.sections.first(where: { Self.isWanted($0) != nil }) else { return nil }
        guard let types = context.typeInfo.types else {
            throw Self.fail(
                first.name, nil, "the object has no BTF, which says what the structure is",
                hint: "\(.compile("-g"), "compile with -g")")
        }
        self.context = context
        self.types = types
        var variables: [String: [String: Int]] = [:]
        // Once for all sections: the types of a hostile object are as many as these.
        for id in types.firstID..<types.endID {
            guard let section = types[id], section.kind == .dataSection else { continue }
            let name = types.name(of: section)
            guard StructureDefinition.isOptional(section: name) != nil else { continue }
            for entry in types.variables(of: section) {
                guard let variable = types[entry.type], variable.kind == .variable else { continue }
                variables[name, default: [:]][types.name(of: variable)] = variable.sizeOrType
            }
        }
        self.variables = variables
    }

    /// Whether its structures are optional; nil of a section without.
    private static func isWanted(_ section: ELFSection) -> Bool? {
        guard section.type == ELF.SectionType.programBits || section.type == ELF.SectionType.noBits,
            section.claimedSize > 0
        else { return nil }
        return StructureDefinition.isOptional(section: section.name)
    }

    /// The structures of all sections, each as a map, with the number of its section.
    func maps(_ file: borrowing ELFFile) throws(ObjectError) -> [(section: Int, map: MapDefinition)] {
        var maps: [(section: Int, map: MapDefinition)] = []
        var taken = 0
        for section in context.sections {
            guard let isOptional = Self.isWanted(section) else { continue }
            guard section.claimedSize <= UInt64(Limits.dataSize - taken) else {
                throw ObjectError(
                    .map(.dataSize(section.claimedSize, limit: Limits.dataSize - taken)), section: section.name)
            }
            let size = Int(section.claimedSize)
            taken += size
            let bytes =
                section.type == ELF.SectionType.programBits
                ? try file.bytes(of: section).bytes : [UInt8](repeating: 0, count: size)
            var found = try structures(of: section, bytes, isOptional: isOptional)
            guard maps.count + found.count <= Limits.maps else {
                throw ObjectError(
                    .tooMany("maps", count: UInt64(maps.count + found.count), limit: Limits.maps),
                    section: section.name)
            }
            try readPrograms(of: section, bytes, &found, file)
            maps += found.map { (section.index, $0.map) }
        }
        return maps
    }

    // MARK: - Variables

    /// The structures of one section, in the order of their places.
    private func structures(
        of section: ELFSection, _ bytes: [UInt8], isOptional: Bool
    ) throws(ObjectError) -> [Found] {
        let variables = variables[section.name] ?? [:]
        var found: [Found] = []
        var seen: Set<String> = []
        var total = 0
        for index in context.symbolsBySection[section.index] ?? [] {
            guard let symbols = context.symbols, let symbol = symbols[index], symbol.type == ELF.SymbolType.object
            else { continue }
            let name = symbols.name(of: symbol)
            func fail(_ cause: String) -> ObjectError { Self.fail(section.name, name, cause) }
            guard seen.insert(name).inserted else { throw fail("two variables have the name") }
            guard found.count < Limits.maps else {
                throw ObjectError(
                    .tooMany("maps", count: UInt64(found.count) + 1, limit: Limits.maps), section: section.name)
            }
            guard let type = variables[name].flatMap({ types.resolved($0) }), type.kind == .structure else {
                throw fail("the object's BTF has no structure of that name in the section")
            }
            guard let start = Int(exactly: symbol.value), let size = types.size(of: type.id), size > 0,
                start <= bytes.count, size <= bytes.count - start
            else { throw fail("it reaches beyond its section") }
            total += size
            guard total <= bytes.count else { throw fail("it lies in another one") }
            var map = MapDefinition(name: name, origin: .structure, section: section.name, offset: start)
            map.kernelName = MapName(fitting: name).text
            map.type = .structOps
            map.keySize = 4
            map.valueSize = UInt32(truncatingIfNeeded: size)
            map.maxEntries = 1
            map.structure = StructureDefinition(
                type: BTFNameIndex.essential(types.name(of: type)), typeID: type.id,
                bytes: Array(bytes[start..<(start + size)]), isOptional: isOptional)
            found.append(Found(map: map, size: size))
        }
        guard !found.isEmpty else { throw Self.fail(section.name, nil, "no variable lies in it") }
        found.sort { $0.map.offset < $1.map.offset }
        for (left, right) in zip(found, found.dropFirst()) where left.map.offset + left.size > right.map.offset {
            throw Self.fail(section.name, right.map.name, "it lies in \(left.map.name)")
        }
        return found
    }

    // MARK: - Programs

    private func readPrograms(
        of section: ELFSection, _ bytes: [UInt8], _ found: inout [Found], _ file: borrowing ELFFile
    ) throws(ObjectError) {
        // The members of each type: several structures may be of one.
        var members: [Int: [Int: Int]] = [:]
        let data = ByteReader(bytes: bytes, byteOrder: types.byteOrder)
        var count = 0
        for relocations in context.relocationSections[section.index] ?? [] {
            let entries = try ELFRelocation.all(of: relocations, in: file)
            guard entries.isEmpty || relocations.link == context.symbols.map({ UInt32($0.sectionIndex) }) else {
                throw ObjectError(
                    .badLink("section \(relocations.name)", what: "the symbol table", index: UInt64(relocations.link)))
            }
            count += entries.count
            guard count <= Limits.slots else {
                throw ObjectError(
                    .tooMany("members that are programs", count: UInt64(count), limit: Limits.slots),
                    section: section.name)
            }
            for entry in entries {
                guard let offset = Int(exactly: entry.offset), let index = Self.index(at: offset, found) else {
                    throw ObjectError(.relocationOutside(entry.offset, size: section.size), section: section.name)
                }
                let map = found[index].map
                let type = map.structure?.typeID ?? 0
                if members[type] == nil { members[type] = pointers(ofType: type) }
                guard let member = members[type]?[offset - map.offset] else {
                    throw Self.fail(
                        section.name, map.name, "an address at byte \(offset - map.offset) is at no pointer of it")
                }
                found[index].map.structure?.functions[member] = try function(entry, data, map)
            }
        }
    }

    /// The structure that a byte of the section belongs to.
    private static func index(at offset: Int, _ found: [Found]) -> Int? {
        var (low, high) = (0, found.count)
        while low < high {
            let middle = low + (high - low) / 2
            if found[middle].map.offset <= offset { low = middle + 1 } else { high = middle }
        }
        guard low > 0, offset - found[low - 1].map.offset < found[low - 1].size else { return nil }
        return low - 1
    }

    /// The members that are pointers, by their places in bytes.
    private func pointers(ofType id: Int) -> [Int: Int] {
        guard let type = types[id] else { return [:] }
        var places: [Int: Int] = [:]
        for (index, member) in types.members(of: type).enumerated()
        where member.bitSize == 0 && member.bitOffset % 8 == 0 && types.resolved(member.type)?.kind == .pointer {
            places[member.bitOffset / 8] = index
        }
        return places
    }

    private func function(
        _ entry: ELFRelocation, _ data: ByteReader, _ map: MapDefinition
    ) throws(ObjectError) -> String {
        guard let symbols = context.symbols, let symbol = symbols[entry.symbol] else {
            throw ObjectError(
                .relocationSymbol(entry.symbol, count: context.symbols?.count ?? 0), section: map.section)
        }
        // In REL the addend lies where the pointer will.
        let addend = entry.addend ?? data.u64(Int(entry.offset)).map { Int64(bitPattern: $0) } ?? 0
        let (offset, overflow) = Int64(truncatingIfNeeded: symbol.value).addingReportingOverflow(addend)
        var name = symbols.name(of: symbol)
        if let target = context.section(of: symbol), !overflow, target.flags & ELF.executable != 0 {
            if name.isEmpty || symbol.type == ELF.SymbolType.section || addend != 0 {
                name = context.name(at: offset, inSection: target.index)
            }
            if !name.isEmpty { return name }
        }
        throw Self.fail(
            map.section, map.name,
            "a member points to \(name.isEmpty ? "something without a name" : name), which is no program of the object")
    }

    private static func fail(
        _ section: String, _ name: String?, _ cause: String, hint: Diagnostic.Hint? = nil
    ) -> ObjectError {
        var error = ObjectError(
            .environment(
                Diagnostic(
                    .structOpsInvalid, stage: .object,
                    name.map { "cannot read the structure \($0)" } ?? "cannot read section \(section)", cause: cause,
                    nextStep: hint)))
        error.section = section
        error.map = name
        return error
    }
}
