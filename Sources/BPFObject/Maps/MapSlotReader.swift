// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// Reads what maps of `.maps` are given in their declaration: pointers that the compiler left to be filled in.
struct MapSlotReader {
    private let context: ObjectContext

    init(_ context: ObjectContext) { self.context = context }

    /// The slots of the maps of one section, by the index of the map in `maps`.
    ///
    /// - Parameter maps: The maps of section `.maps`, with the index in `Object.maps` that each will have.
    func slots(
        _ section: ELFSection, _ maps: [(index: Int, found: BTFMapReader.Found)], _ file: borrowing ELFFile
    ) throws(ObjectError) -> [Int: [MapSlot]] {
        let relocations = context.relocationSections[section.index] ?? []
        guard !relocations.isEmpty else { return [:] }
        let data = try file.bytes(of: section)
        let own = maps.filter { $0.found.section == section.index }.sorted { $0.found.map.offset < $1.found.map.offset }
        var slots: [Int: [MapSlot]] = [:]
        var count = 0
        for relocationSection in relocations {
            let entries = try ELFRelocation.all(of: relocationSection, in: file)
            guard entries.isEmpty || relocationSection.link == context.symbols.map({ UInt32($0.sectionIndex) }) else {
                throw ObjectError(
                    .badLink(
                        "section \(relocationSection.name)", what: "the symbol table",
                        index: UInt64(relocationSection.link)))
            }
            count += entries.count
            guard count <= Limits.slots else {
                throw ObjectError(
                    .tooMany("slots of maps", count: UInt64(count), limit: Limits.slots), section: section.name)
            }
            for entry in entries {
                guard let (index, found) = Self.map(at: entry.offset, own) else {
                    throw ObjectError(.relocationOutside(entry.offset, size: section.size), section: section.name)
                }
                let slot = try slot(entry, found, data)
                slots[index, default: []].append(slot)
            }
        }
        return slots
    }

    /// The map that a byte of the section belongs to: the last one that begins at or before it.
    private static func map(
        at offset: UInt64, _ maps: [(index: Int, found: BTFMapReader.Found)]
    ) -> (index: Int, found: BTFMapReader.Found)? {
        var (low, high) = (0, maps.count)
        while low < high {
            let middle = low + (high - low) / 2
            if UInt64(maps[middle].found.map.offset) <= offset { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let found = maps[low - 1].found
        return offset - UInt64(found.map.offset) < UInt64(found.size) ? maps[low - 1] : nil
    }

    private func slot(
        _ entry: ELFRelocation, _ found: BTFMapReader.Found, _ data: ByteReader
    ) throws(ObjectError) -> MapSlot {
        // Within the section, so within an Int.
        let place = Int(entry.offset) - found.map.offset
        guard let values = found.valuesOffset, place >= values, (place - values) % BTF.pointerSize == 0,
            let index = UInt32(exactly: (place - values) / BTF.pointerSize)
        else { throw Self.fail(.map(.slotPlace(UInt64(place))), found.map) }
        guard let symbols = context.symbols, let symbol = symbols[entry.symbol] else {
            throw Self.fail(.relocationSymbol(entry.symbol, count: context.symbols?.count ?? 0), found.map)
        }
        // In REL the addend lies where the pointer will; it is zero except for a section's own symbol.
        let addend = entry.addend ?? data.u64(Int(entry.offset)).map { Int64(bitPattern: $0) } ?? 0
        let (offset, overflow) = Int64(truncatingIfNeeded: symbol.value).addingReportingOverflow(addend)
        var name = symbols.name(of: symbol)
        guard let target = context.section(of: symbol), !overflow else {
            throw Self.fail(.map(.slotTarget(name)), found.map)
        }
        if name.isEmpty || symbol.type == ELF.SymbolType.section {
            name = context.name(at: offset, inSection: target.index)
        }
        if found.map.type.holdsMaps, let place = Int(exactly: offset),
            let inner = context.mapIndex[section: target.index, place],
            context.btfMapSections.contains(target.index)
        {
            return MapSlot(index: index, target: .map(inner))
        }
        guard found.map.type == .progArray, target.flags & ELF.executable != 0, !name.isEmpty else {
            throw Self.fail(.map(.slotTarget(name)), found.map)
        }
        return MapSlot(index: index, target: .program(name))
    }

    private static func fail(_ reason: ObjectError.Reason, _ map: MapDefinition) -> ObjectError {
        var error = ObjectError(reason, section: map.section)
        error.map = map.name
        return error
    }
}
