// SPDX-License-Identifier: Apache-2.0

package import BTF

/// The sections of an object file; every number that libelf hands over is checked again here.
package struct ELFFile: ~Copyable {
    package let byteOrder: ByteOrder
    package let sections: [ELFSection]
    private let library: ELFLibrary

    package init(_ bytes: [UInt8]) throws(ObjectError) {
        let header = try ELFHeader(bytes)
        let library = try ELFLibrary.open(bytes)
        let sections = try Self.sections(header, library)
        self.init(byteOrder: header.byteOrder, sections: sections, library: library)
    }

    private init(byteOrder: ByteOrder, sections: [ELFSection], library: consuming ELFLibrary) {
        self.byteOrder = byteOrder
        self.sections = sections
        self.library = library
    }

    /// A copy of a section's bytes.
    package func bytes(of section: ELFSection) throws(ObjectError) -> ByteReader {
        try Self.bytes(of: section, library, byteOrder)
    }

    /// A copy of a section's bytes, decompressed if it is compressed.
    ///
    /// - Parameter limit: Bytes that they may be.
    package func decompressed(_ section: ELFSection, limit: Int) throws(ObjectError) -> [UInt8] {
        guard section.flags & ELF.compressed != 0 else { return try bytes(of: section).bytes }
        // What zlib and zstd make of zeros at best; a size that claims more is none.
        let most = min(limit, section.size.multipliedReportingOverflow(by: 1_100).partialValue)
        return try library.decompressed(section.index, limit: most)
    }

    /// The section of a number from the file.
    func section(_ index: UInt32) -> ELFSection? {
        let index = Int(index)
        return sections.indices.contains(index) ? sections[index] : nil
    }

    /// The first section of a name.
    package func firstSection(named name: String) -> ELFSection? { sections.first { $0.name == name } }

    private static func bytes(
        of section: ELFSection, _ library: borrowing ELFLibrary, _ byteOrder: ByteOrder
    ) throws(ObjectError) -> ByteReader {
        guard section.flags & ELF.compressed == 0 else { throw ObjectError(.compressed, section: section.name) }
        guard section.size > 0 else { return ByteReader(bytes: [], byteOrder: byteOrder) }
        guard let bytes = try library.bytes(section.index, count: section.size) else {
            throw ObjectError(
                .outOfBounds(
                    "section \(section.index)", offset: UInt64(section.offset), size: UInt64(section.size),
                    limit: library.fileSize))
        }
        return ByteReader(bytes: bytes, byteOrder: byteOrder)
    }

    private static func sections(
        _ header: ELFHeader, _ library: borrowing ELFLibrary
    ) throws(ObjectError) -> [ELFSection] {
        guard header.sectionCount > 0 else { return [] }
        let count = try library.sectionCount()
        guard count == header.sectionCount else {
            throw ObjectError(.tooMany("sections", count: UInt64(clamping: count), limit: header.sectionCount))
        }
        var headers: [ELFLibrary.SectionHeader] = []
        headers.reserveCapacity(count)
        for index in 0..<count {
            var entry = try library.header(index)
            // The first header is no section; with more than 65279 sections its numbers are counts.
            if index == 0 { entry.type = 0 }
            try checkBounds(of: entry, index: index, fileSize: library.fileSize)
            headers.append(entry)
        }
        try checkOverlap(headers, header)
        let names = try nameTable(headers, library, header.byteOrder)
        return headers.enumerated().map { index, entry in section(index, entry, names) }
    }

    private static func checkBounds(
        of entry: ELFLibrary.SectionHeader, index: Int, fileSize: Int
    ) throws(ObjectError) {
        guard entry.type != 0, entry.type != ELF.SectionType.noBits else { return }
        guard entry.offset <= UInt64(fileSize), entry.size <= UInt64(fileSize) - entry.offset else {
            throw ObjectError(
                .outOfBounds("section \(index)", offset: entry.offset, size: entry.size, limit: fileSize))
        }
    }

    /// No byte of the file belongs to two sections, or to one and the headers.
    ///
    /// A size that lies shows here, and all later work is bounded by the size of the file, however many headers there
    /// are.
    private static func checkOverlap(
        _ headers: [ELFLibrary.SectionHeader], _ header: ELFHeader
    ) throws(ObjectError) {
        var parts: [(name: String, start: UInt64, end: UInt64)] = [
            ("the ELF header", 0, UInt64(ELF.headerSize)),
            (
                "the section header table", UInt64(header.tableOffset),
                UInt64(header.tableOffset + header.sectionCount * ELF.sectionHeaderSize)
            ),
        ]
        for (index, entry) in headers.enumerated()
        where entry.type != 0 && entry.type != ELF.SectionType.noBits && entry.size > 0 {
            parts.append(("section \(index)", entry.offset, entry.offset + entry.size))
        }
        parts.sort { $0.start < $1.start }
        for (first, second) in zip(parts, parts.dropFirst()) where second.start < first.end {
            throw ObjectError(.overlap(first.name, second.name), offset: Int(second.start))
        }
    }

    private static func nameTable(
        _ headers: [ELFLibrary.SectionHeader], _ library: borrowing ELFLibrary, _ byteOrder: ByteOrder
    ) throws(ObjectError) -> ByteReader? {
        let index = try library.nameSection()
        guard index != 0 else { return nil }
        guard headers.indices.contains(index), headers[index].type == ELF.SectionType.stringTable else {
            throw ObjectError(.badLink("the ELF header", what: "a table of section names", index: UInt64(index)))
        }
        return try bytes(of: section(index, headers[index], nil), library, byteOrder)
    }

    private static func section(
        _ index: Int, _ entry: ELFLibrary.SectionHeader, _ names: ByteReader?
    ) -> ELFSection {
        let isEmpty = entry.type == 0 || entry.type == ELF.SectionType.noBits
        return ELFSection(
            index: index, name: names?.string(at: Int(entry.name)) ?? "", type: entry.type, flags: entry.flags,
            offset: isEmpty ? 0 : Int(entry.offset), size: isEmpty ? 0 : Int(entry.size), claimedSize: entry.size,
            link: entry.link, info: entry.info, entrySize: entry.entrySize)
    }
}
