// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// One entry of a REL or RELA section.
package struct ELFRelocation: Equatable {
    /// Bytes from the start of the section that it changes.
    package let offset: UInt64
    package let symbol: Int
    /// One of `ELF.RelocationType`, or another.
    package let type: UInt32
    /// What is added to the symbol's value; nil in REL, where it is in the instruction.
    package let addend: Int64?

    /// Reads all entries of a section of type `SHT_REL` or `SHT_RELA`.
    package static func all(of section: ELFSection, in file: borrowing ELFFile) throws(ObjectError) -> [ELFRelocation] {
        let hasAddend = section.type == ELF.SectionType.rela
        let size = hasAddend ? ELF.relaSize : ELF.relSize
        guard section.entrySize == size, section.size % size == 0 else {
            throw ObjectError(
                .entrySize("the relocation section", found: section.entrySize, expected: size),
                section: section.name, offset: section.offset)
        }
        let count = section.size / size
        guard count <= Limits.relocations else {
            throw ObjectError(
                .tooMany("relocations", count: UInt64(count), limit: Limits.relocations), section: section.name)
        }
        let reader = try file.bytes(of: section)
        return (0..<count).compactMap { index in
            let start = index * size
            guard let offset = reader.u64(start), let info = reader.u64(start + 8) else { return nil }
            return ELFRelocation(
                offset: offset, symbol: Int(info >> 32), type: UInt32(truncatingIfNeeded: info),
                addend: hasAddend ? reader.u64(start + 16).map { Int64(bitPattern: $0) } : nil)
        }
    }
}
