// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// The debug information of an object (DWARF versions 2 to 5): its entries as a tree, decoded as they are asked.
///
/// Nothing of it is trusted: what an attribute leads to is nil if it is not there, and what is too much is left out.
struct DWARF {
    /// An entry (`DW_TAG_*` with its attributes); entries are named by their index, parents before children.
    struct Entry {
        /// Where it begins.
        let offset: Int32
        /// Where its attributes begin.
        let attributes: Int32
        let unit: Int32
        let declaration: Int32
        /// One more than the index of the last entry within it.
        fileprivate(set) var end: Int32
        let tag: UInt16
    }

    /// A unit: the entries of one source file, or of one type.
    struct Unit {
        let context: DWARFForm.Context
        /// Where its strings begin in `.debug_str_offsets`.
        fileprivate(set) var stringOffsets: Int
        /// Where its lists of places begin in `.debug_loclists`.
        fileprivate(set) var locationLists: Int
        /// Where its addresses begin in `.debug_addr`.
        fileprivate(set) var addresses = 8
        /// The address that lists of places count from.
        fileprivate(set) var start: UInt64 = 0
    }

    private(set) var entries: [Entry] = []
    private(set) var units: [Unit] = []
    /// The types of units of their own, by their signatures.
    private var signatures: [UInt64: Int] = [:]
    let sections: DWARFSections
    private let work = Work()
    private var abbreviations: DWARFAbbreviations
    /// What is wrong with it, as a clause.
    private(set) var damage: String?

    /// What may still be looked at: in a hostile file all leads to all.
    private final class Work {
        var left = Limits.debugWork
    }

    /// Whether too much was asked: the answers since then are worth nothing.
    var isExhausted: Bool { work.left <= 0 }

    /// Notes that a number of entries or attributes is looked at; false if that is too much.
    @discardableResult
    func charge(_ count: Int) -> Bool {
        work.left = max(0, work.left - count)
        return work.left > 0
    }

    init(_ sections: DWARFSections) {
        self.sections = sections
        abbreviations = DWARFAbbreviations(sections.abbreviations)
        for part in sections.parts { readUnits(part.range, holdsTypes: part.holdsTypes) }
    }

    // MARK: - Units

    private mutating func readUnits(_ section: Range<Int>, holdsTypes: Bool) {
        var offset = section.lowerBound
        while offset < section.upperBound {
            guard let header = DWARFUnitHeader(sections.info, offset, section, holdsTypes: holdsTypes) else {
                damage = damage ?? "the unit at offset \(offset - section.lowerBound) of its debug information is cut"
                return
            }
            offset = header.end
            guard header.isUsed else { continue }
            guard let table = abbreviations.table(at: header.abbreviations) else {
                damage = damage ?? "the forms of its debug information cannot be read"
                continue
            }
            if let signature = header.signature, let type = header.type { signatures[signature] = type }
            guard units.count < Limits.debugUnits else {
                damage = damage ?? "its debug information has more than \(Limits.debugUnits) units"
                return
            }
            let first = entries.count
            let is64Bit = header.context.is64Bit
            units.append(
                Unit(context: header.context, stringOffsets: is64Bit ? 16 : 8, locationLists: is64Bit ? 20 : 12))
            if !readEntries(header, table) {
                damage = damage ?? "the unit at offset \(header.context.start - section.lowerBound) is damaged"
            }
            if first < entries.count, let base = self[first, DW.Attribute.stringOffsetsBase]?.count {
                units[units.count - 1].stringOffsets = base
            } else if header.context.version < 5 {
                units[units.count - 1].stringOffsets = 0
            }
            if first < entries.count, let base = self[first, DW.Attribute.locationListsBase]?.count {
                units[units.count - 1].locationLists = base
            }
            if first < entries.count, let base = self[first, DW.Attribute.addressBase]?.count {
                units[units.count - 1].addresses = base
            }
            if first < entries.count, let start = address(self[first, DW.Attribute.lowPC], units[units.count - 1]) {
                units[units.count - 1].start = start
            }
        }
    }

    private mutating func readEntries(_ header: DWARFUnitHeader, _ table: [UInt64: Int]) -> Bool {
        var open: [Int] = []
        var offset = header.entries
        let unit = Int32(truncatingIfNeeded: units.count - 1)
        defer { for index in open { entries[index].end = Int32(truncatingIfNeeded: entries.count) } }
        while offset < header.end {
            let start = offset
            guard let code = sections.info.unsignedLEB128(&offset) else { return false }
            guard code != 0 else {
                // Zeros behind the last entry fill up.
                if let index = open.popLast() { entries[index].end = Int32(truncatingIfNeeded: entries.count) }
                continue
            }
            guard let number = table[code], entries.count < Limits.debugEntries else { return false }
            let declaration = abbreviations.declarations[number]
            let index = entries.count
            entries.append(
                Entry(
                    offset: Int32(truncatingIfNeeded: start), attributes: Int32(truncatingIfNeeded: offset),
                    unit: unit, declaration: Int32(truncatingIfNeeded: number),
                    end: Int32(truncatingIfNeeded: index + 1), tag: declaration.tag))
            guard charge(1 + declaration.attributes.count) else { return false }
            for attribute in declaration.attributes {
                guard abbreviations.attributes[attribute].form.read(sections.info, &offset, header.context) != nil,
                    offset <= header.end
                else { return false }
            }
            charge((offset - Int(entries[index].attributes)) / Self.bytesOfOneStep)
            if declaration.hasChildren { open.append(index) }
        }
        return true
    }

    // MARK: - Attributes

    /// Bytes of an entry that count as one attribute.
    private static let bytesOfOneStep = 16

    /// An attribute of an entry; nil if it has none of the name.
    subscript(index: Int, name: UInt16) -> DWARFValue? {
        guard entries.indices.contains(index) else { return nil }
        let entry = entries[index]
        let context = units[Int(entry.unit)].context
        var offset = Int(entry.attributes)
        let attributes = abbreviations.declarations[Int(entry.declaration)].attributes
        guard charge(1 + attributes.count) else { return nil }
        // To pass over a long string is work too.
        defer { charge((offset - Int(entry.attributes)) / Self.bytesOfOneStep) }
        for number in attributes {
            let attribute = abbreviations.attributes[number]
            let value = attribute.form.read(sections.info, &offset, context)
            if attribute.name == name { return value }
        }
        return nil
    }

    /// The entry that an attribute leads to.
    func entry(_ index: Int, _ name: UInt16) -> Int? {
        switch self[index, name] {
        case .entry(let offset): self.index(ofOffset: offset)
        case .signature(let signature): signatures[signature].flatMap { self.index(ofOffset: $0) }
        default: nil
        }
    }

    private func index(ofOffset offset: Int) -> Int? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = low + (high - low) / 2
            if Int(entries[middle].offset) < offset { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && Int(entries[low].offset) == offset ? low : nil
    }

    /// A string of `Limits.name` bytes at most, as attributes.
    private static let stepsOfString = 16

    /// A string that an attribute gives; nil if there is none.
    func string(_ index: Int, _ name: UInt16) -> String? {
        // Names are compared and copied.
        guard case .string(let place) = self[index, name], charge(Self.stepsOfString) else { return nil }
        switch place {
        case .inline(let offset): return sections.info.string(at: offset)
        case .offset(let offset): return sections.strings.string(at: offset)
        case .line(let offset): return sections.lineStrings.string(at: offset)
        case .index(let number):
            let unit = unit(of: index)
            let (distance, tooFar) = number.multipliedReportingOverflow(by: unit.context.offsetSize)
            guard !tooFar else { return nil }
            let (start, overflow) = unit.stringOffsets.addingReportingOverflow(distance)
            guard !overflow else { return nil }
            let offset =
                unit.context.is64Bit
                ? sections.stringOffsets.u64(start).flatMap { Int(exactly: $0) } : sections.stringOffsets.int(start)
            return offset.flatMap { sections.strings.string(at: $0) }
        }
    }

    /// The place in the code that an attribute gives, directly or by a number.
    func address(_ value: DWARFValue?, _ unit: Unit) -> UInt64? {
        switch value {
        case .address(let address): return address
        case .addressIndex(let number):
            let (distance, tooFar) = number.multipliedReportingOverflow(by: unit.context.addressSize)
            let (place, overflow) = unit.addresses.addingReportingOverflow(distance)
            // BPF has addresses of 8 bytes.
            guard !tooFar, !overflow, unit.context.addressSize == 8 else { return nil }
            return sections.addresses.u64(place)
        default: return nil
        }
    }

    /// The unit that an entry is in.
    func unit(of index: Int) -> Unit { units[Int(entries[index].unit)] }

    /// The entries directly within an entry.
    func children(of index: Int) -> [Int] {
        var found: [Int] = []
        // An entry lies behind its parent, so this gets on.
        var next = index + 1
        while next < Int(entries[index].end), charge(1) {
            found.append(next)
            next = Int(entries[next].end)
        }
        return found
    }
}
