// SPDX-License-Identifier: Apache-2.0

package import BTF

/// A program or library of user space: where its parts are.
///
/// Nothing of it is trusted. Only the tables that are asked for are read, and each within a limit of its own.
package struct UserELF {
    /// What of the file is mapped where (`Elf64_Phdr`).
    package struct Segment: Equatable, Sendable {
        package let type: UInt32
        package let isExecutable: Bool
        package let offset: UInt64
        package let address: UInt64
        package let fileSize: UInt64
    }

    /// A section (`Elf64_Shdr`).
    package struct Section: Equatable {
        package let name: String
        package let type: UInt32
        package let address: UInt64
        package let offset: UInt64
        package let size: UInt64
        package let link: UInt32
        package let entrySize: UInt64
        /// Whether it has code (`SHF_EXECINSTR`).
        package let isExecutable: Bool
    }

    /// The machine that it is for (`e_machine`).
    package let machine: UInt16
    /// Whether it is loaded where its addresses say (`ET_EXEC`), and not anywhere (`ET_DYN`).
    package let isFixed: Bool
    package let segments: [Segment]
    package let sections: [Section]
    let file: any FilePieces
    package let byteOrder: ByteOrder

    private static let headerSize = 64
    private static let segmentSize = 56
    private static let sectionSize = 64
    /// Files of one section for each function have some ten thousands.
    private static let mostSections = 200_000
    /// Bytes of the name of a section: those that are looked for have some ten.
    private static let longestName = 256
    /// What a name counts beside its bytes where all of them are added up.
    private static let nameCost = 16
    /// What the names of any file may come to.
    private static let leastNameBytes = 1 << 16

    /// Reads the headers.
    package init(_ file: any FilePieces) throws(UserELFError) {
        guard let head = file.bytes(at: 0, count: Self.headerSize), head.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else {
            throw .notELF
        }
        guard head[4] == 2 else { throw .narrow }
        byteOrder = head[5] == 2 ? .big : .little
        let reader = ByteReader(bytes: head, byteOrder: byteOrder)
        guard let type = reader.u16(16), let machine = reader.u16(18), let segmentTable = reader.u64(32),
            let sectionTable = reader.u64(40), let segmentEntry = reader.u16(54), let segmentCount = reader.u16(56),
            let sectionEntry = reader.u16(58), let sectionCount = reader.u16(60), let nameIndex = reader.u16(62)
        else { throw .notELF }
        guard type == 2 || type == 3 else { throw .otherType(type) }
        self.file = file
        self.machine = machine
        isFixed = type == 2
        segments = try Self.segments(file, byteOrder, at: segmentTable, entry: segmentEntry, count: Int(segmentCount))
        sections =
            sectionTable == 0
            ? []
            : try Self.sections(
                file, byteOrder, at: sectionTable, entry: sectionEntry, count: Int(sectionCount), names: nameIndex)
    }

    private static func segments(
        _ file: any FilePieces, _ order: ByteOrder, at offset: UInt64, entry: UInt16, count: Int
    ) throws(UserELFError) -> [Segment] {
        guard count > 0 else { return [] }
        guard entry == segmentSize, let bytes = file.bytes(at: offset, count: count * segmentSize) else {
            throw .damaged("table of segments")
        }
        let reader = ByteReader(bytes: bytes, byteOrder: order)
        return (0..<count).compactMap { index in
            let at = index * segmentSize
            guard let type = reader.u32(at), let flags = reader.u32(at + 4), let offset = reader.u64(at + 8),
                let address = reader.u64(at + 16), let size = reader.u64(at + 32)
            else { return nil }
            return Segment(
                type: type, isExecutable: flags & 1 != 0, offset: offset, address: address, fileSize: size)
        }
    }

    private static func sections(
        _ file: any FilePieces, _ order: ByteOrder, at offset: UInt64, entry: UInt16, count: Int, names: UInt16
    ) throws(UserELFError) -> [Section] {
        let table = "table of sections"
        guard entry == sectionSize, let first = file.bytes(at: offset, count: sectionSize) else {
            throw .damaged(table)
        }
        // More sections than 16 bits can count: the numbers are in the first header (elf(5)).
        let head = ByteReader(bytes: first, byteOrder: order)
        let total = count == 0 ? Int(clamping: head.u64(32) ?? 0) : count
        let nameIndex = names == 0xffff ? Int(head.u32(40) ?? 0) : Int(names)
        guard total <= mostSections else { throw .tooLarge(table) }
        guard let bytes = file.bytes(at: offset, count: total * sectionSize) else { throw .damaged(table) }
        let reader = ByteReader(bytes: bytes, byteOrder: order)
        func section(_ index: Int, _ name: (Int) -> String) -> Section? {
            let at = index * sectionSize
            guard let nameOffset = reader.int(at), let type = reader.u32(at + 4), let flags = reader.u64(at + 8),
                let address = reader.u64(at + 16),
                let offset = reader.u64(at + 24), let size = reader.u64(at + 32), let link = reader.u32(at + 40),
                let entry = reader.u64(at + 56)
            else { return nil }
            return Section(
                name: name(nameOffset), type: type, address: address, offset: offset, size: size,
                link: link, entrySize: entry, isExecutable: flags & 4 != 0)
        }
        let nameTable = nameIndex < total ? section(nameIndex) { _ in "" } : nil
        let nameBytes = nameTable.flatMap { table in
            table.size <= 16 << 20 ? file.bytes(at: table.offset, count: Int(table.size)) : nil
        }
        guard let strings = nameBytes else { return (0..<total).compactMap { section($0) { _ in "" } } }
        // All sections of a hostile file share one long name: those beyond what a linker writes have none.
        var bytesLeft = strings.count * 4 + leastNameBytes
        return (0..<total).compactMap { index in
            section(index) { offset in
                guard bytesLeft > 0, offset < strings.count else { return "" }
                let window = strings[offset...].prefix(longestName)
                let end = window.firstIndex(of: 0)
                bytesLeft -= (end ?? window.endIndex) - offset + nameCost
                return end.map { String(decoding: strings[offset..<$0], as: UTF8.self) } ?? ""
            }
        }
    }

    /// The first section of a name.
    package func section(named name: String) -> Section? { sections.first { $0.name == name } }

    /// The bytes of a section; nil if the file does not have them all, or has more than the limit.
    package func bytes(of section: Section, limit: Int) -> ByteReader? {
        guard section.type != Self.noBits, section.size <= UInt64(limit),
            let bytes = file.bytes(at: section.offset, count: Int(section.size))
        else { return nil }
        return ByteReader(bytes: bytes, byteOrder: byteOrder)
    }

    static let noBits: UInt32 = 8
    private static let load: UInt32 = 1

    /// Where in the file the byte is that a running program has at an address, as the file counts addresses.
    ///
    /// - Parameters:
    ///   - address: The address of a symbol: in a library from 0, in a program that is prelinked or fixed as it is.
    ///   - isCode: Whether only segments that are executed have it.
    package func fileOffset(of address: UInt64, isCode: Bool = true) -> UInt64? {
        for segment in segments where segment.type == Self.load && (segment.isExecutable || !isCode) {
            guard address >= segment.address, address - segment.address < segment.fileSize else { continue }
            let (offset, overflow) = segment.offset.addingReportingOverflow(address - segment.address)
            return overflow ? nil : offset
        }
        return nil
    }

    /// The address, as the file counts addresses, that a running program has a byte of the file at; nil if no part that is
    /// executed has it.
    package func address(ofFileOffset place: UInt64) -> UInt64? { Self.address(ofFileOffset: place, in: segments) }

    /// The same by the parts of a file alone.
    package static func address(ofFileOffset place: UInt64, in segments: [Segment]) -> UInt64? {
        for segment in segments where segment.type == load && segment.isExecutable {
            guard place >= segment.offset, place - segment.offset < segment.fileSize else { continue }
            let (address, overflow) = segment.address.addingReportingOverflow(place - segment.offset)
            return overflow ? nil : address
        }
        return nil
    }
}
