// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// A note of an ELF file (`Elf64_Nhdr`).
package struct ELFNote: Equatable, Sendable {
    package let owner: String
    package let type: UInt32
    package let description: [UInt8]

    /// Notes of one section that are read: the largest programs have some thousands.
    package static let most = 65_536

    /// Reads the notes of a section, as far as they are whole.
    ///
    /// - Parameter most: How many are read.
    static func all(in reader: ByteReader, most: Int = ELFNote.most) -> [ELFNote] {
        var notes: [ELFNote] = []
        var offset = 0
        while notes.count < most, let nameSize = reader.int(offset), let size = reader.int(offset + 4),
            let type = reader.u32(offset + 8)
        {
            let name = offset + 12
            // Both are 32 bits, and so is what is rounded.
            let start = name + (nameSize + 3) & ~3
            guard let owner = reader.part(at: name, count: nameSize), let bytes = reader.part(at: start, count: size)
            else { break }
            notes.append(
                ELFNote(
                    owner: String(decoding: owner.bytes.prefix { $0 != 0 }, as: UTF8.self), type: type,
                    description: bytes.bytes))
            offset = start + (size + 3) & ~3
        }
        return notes
    }
}

extension UserELF {
    private static let noteSection: UInt32 = 7
    private static let noteSegment: UInt32 = 4
    /// Notes of one file that are looked at for its build id, which is among the first ones.
    private static let mostNotesOfID = 4_096

    /// The build id (`NT_GNU_BUILD_ID`), which its debug file shares; nil if it has none.
    package var buildID: [UInt8]? {
        let inSections = sections.filter { $0.type == Self.noteSection && $0.name.hasPrefix(".note.gnu") }
            .map { ($0.offset, $0.size) }
        let inSegments = segments.filter { $0.type == Self.noteSegment }.map { ($0.offset, $0.fileSize) }
        var notesLeft = Self.mostNotesOfID
        for (offset, size) in (inSections + inSegments).prefix(16) where size <= 1 << 16 && notesLeft > 0 {
            guard let bytes = file.bytes(at: offset, count: Int(size)) else { continue }
            let notes = ELFNote.all(in: ByteReader(bytes: bytes, byteOrder: byteOrder), most: notesLeft)
            for note in notes where note.owner == "GNU" && note.type == 3 && (2...64).contains(note.description.count) {
                return note.description
            }
            notesLeft -= notes.count
        }
        return nil
    }

    /// The name of the file that has its symbols, and the CRC of that (`.gnu_debuglink`); nil if it names none.
    package var debugLink: (name: String, crc: UInt32)? {
        guard let section = section(named: ".gnu_debuglink"), let reader = bytes(of: section, limit: 4_096),
            let name = reader.string(at: 0), !name.isEmpty, !name.contains("/"),
            let crc = reader.u32((name.utf8.count + 4) & ~3)
        else { return nil }
        return (name, crc)
    }

    /// The compressed file that has its symbols (`.gnu_debugdata`, xz); nil if there is none.
    package var compressedSymbols: [UInt8]? {
        section(named: ".gnu_debugdata").flatMap { bytes(of: $0, limit: 64 << 20) }?.bytes
    }
}
