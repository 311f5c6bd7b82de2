// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// One symbol of an object.
package struct ELFSymbol: Equatable {
    let nameOffset: Int
    /// One of `ELF.SymbolType`.
    let type: UInt8
    /// Whether other objects see it (`STB_GLOBAL`, `STB_WEAK`).
    let isGlobal: Bool
    /// Whether there may be none (`STB_WEAK`).
    let isWeak: Bool
    /// Whether only this object should see it (`STV_HIDDEN`, `STV_INTERNAL`).
    let isHidden: Bool
    /// A section number, or a code from `ELF.firstReserved` on.
    let section: UInt16
    package let value: UInt64
    let size: UInt64
}

/// A symbol table with its own strings, decoded as it is asked.
package struct ELFSymbolTable {
    private let entries: ByteReader
    private let strings: ByteReader
    let count: Int
    /// The number of the table's own section.
    let sectionIndex: Int

    /// Reads a section of type `SHT_SYMTAB`; its names are in the section that `sh_link` tells.
    package init(_ section: ELFSection, in file: borrowing ELFFile) throws(ObjectError) {
        guard section.type == ELF.SectionType.symbolTable else {
            throw ObjectError(.badLink("a relocation section", what: "a symbol table", index: UInt64(section.index)))
        }
        guard section.entrySize == ELF.symbolSize, section.size % ELF.symbolSize == 0 else {
            throw ObjectError(
                .entrySize("the symbol table", found: section.entrySize, expected: ELF.symbolSize),
                section: section.name, offset: section.offset)
        }
        sectionIndex = section.index
        count = section.size / ELF.symbolSize
        guard count <= Limits.symbols else {
            throw ObjectError(.tooMany("symbols", count: UInt64(count), limit: Limits.symbols), section: section.name)
        }
        guard let table = file.section(section.link), table.type == ELF.SectionType.stringTable else {
            throw ObjectError(
                .badLink("the symbol table", what: "a string table", index: UInt64(section.link)),
                section: section.name)
        }
        entries = try file.bytes(of: section)
        strings = try file.bytes(of: table)
    }

    /// The symbol of an index.
    package subscript(index: Int) -> ELFSymbol? {
        guard index >= 0, index < count else { return nil }
        let start = index * ELF.symbolSize
        guard let name = entries.int(start), let info = entries.u8(start + 4), let other = entries.u8(start + 5),
            let section = entries.u16(start + 6), let value = entries.u64(start + 8), let size = entries.u64(start + 16)
        else { return nil }
        return ELFSymbol(
            nameOffset: name, type: info & 0xf, isGlobal: info >> 4 != 0, isWeak: info >> 4 == 2,
            isHidden: other & 3 == 1 || other & 3 == 2, section: section, value: value, size: size)
    }

    /// The name of a symbol; empty if it has none or its name is not in the table.
    func name(of symbol: ELFSymbol) -> String { strings.string(at: symbol.nameOffset) ?? "" }
}
