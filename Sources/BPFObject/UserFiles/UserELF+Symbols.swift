// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// A table of symbols with its names, decoded as it is asked.
package struct UserSymbolTable {
    let entries: ByteReader
    let names: ByteReader
    /// The version of each symbol, a half word each (`.gnu.version`); nil if there are none.
    let versions: ByteReader?
    let versionNames: [UInt16: String]
    package let count: Int

    private static let entrySize = 24

    fileprivate init(
        entries: ByteReader, names: ByteReader, versions: ByteReader?, versionNames: [UInt16: String]
    ) {
        self.entries = entries
        self.names = names
        self.versions = versions
        self.versionNames = versionNames
        count = entries.count / Self.entrySize
    }

    /// Calls the body with each function that is defined: its number, and the bytes of its name.
    ///
    /// Labels without a type are functions too where somebody wrote them by hand.
    package func forEachFunction(_ body: (_ index: Int, _ name: ArraySlice<UInt8>) -> Void) {
        // Symbols of a hostile file share one name that never ends.
        var bytesLeft = Self.mostNameBytes
        for index in 0..<count {
            let start = index * Self.entrySize
            guard let info = entries.u8(start + 4), let section = entries.u16(start + 6), section != 0,
                Self.isFunction(info & 0xf), let offset = entries.int(start), offset > 0, offset < names.count
            else { continue }
            let tail = names.bytes[offset...].prefix(Self.longestName)
            guard let end = tail.firstIndex(of: 0) else {
                bytesLeft -= tail.count
                guard bytesLeft > 0 else { return }
                continue
            }
            bytesLeft -= end - offset
            guard bytesLeft > 0 else { return }
            if end > offset { body(index, names.bytes[offset..<end]) }
        }
    }

    /// Mangled names have some thousand bytes at times.
    private static let longestName = 16_384
    /// Bytes of all names together that are looked at: more than the largest programs have.
    private static let mostNameBytes = 1 << 30

    private static func isFunction(_ type: UInt8) -> Bool { type == 0 || type == 2 || type == chooser }

    private static let chooser: UInt8 = 10

    /// The symbol of a number that ``forEachFunction(_:)`` gave.
    package func symbol(_ index: Int, name: ArraySlice<UInt8>) -> UserSymbol? {
        let start = index * Self.entrySize
        guard index >= 0, index < count, let info = entries.u8(start + 4), let address = entries.u64(start + 8),
            let size = entries.u64(start + 16)
        else { return nil }
        var symbol = UserSymbol(
            name: String(decoding: name, as: UTF8.self), address: address, size: size,
            isChooser: info & 0xf == Self.chooser)
        if let version = versions?.u16(index * 2) {
            symbol.version = versionNames[version & 0x7fff]
            symbol.isOldVersion = version & 0x8000 != 0
        } else if let at = symbol.name.utf8.firstIndex(of: UInt8(ascii: "@")) {
            // Linkers write the version into the names of .symtab: NAME@VERSION, and NAME@@VERSION for the usual one.
            let tail = symbol.name[at...].drop { $0 == "@" }
            symbol.isOldVersion = !symbol.name[at...].hasPrefix("@@")
            symbol.version = String(tail)
            symbol.name = String(symbol.name[..<at])
        }
        return symbol
    }
}

extension UserSymbolTable {
    /// The address of a variable; nil if the table does not have it.
    fileprivate func address(ofVariable name: [UInt8]) -> UInt64? {
        let ended = name + [0]
        for index in 0..<count {
            let start = index * Self.entrySize
            guard let info = entries.u8(start + 4), info & 0xf <= 1, let section = entries.u16(start + 6), section != 0,
                let offset = entries.int(start), offset > 0, names.count - offset >= ended.count,
                names.bytes[offset...].starts(with: ended)
            else { continue }
            return entries.u64(start + 8)
        }
        return nil
    }
}

extension UserELF {
    /// The address of a variable of the program; nil if its symbols do not tell.
    package func address(ofVariable name: String) -> UInt64? {
        let bytes = Array(name.utf8)
        return symbols?.address(ofVariable: bytes) ?? dynamicSymbols?.address(ofVariable: bytes)
    }

    private static let symbolTable: UInt32 = 2
    private static let dynamicTable: UInt32 = 11
    private static let versionTable: UInt32 = 0x6fff_ffff
    private static let versionDefinitions: UInt32 = 0x6fff_fffd
    /// Bytes of one table: some millions of symbols.
    private static let largestTable = 256 << 20

    /// The table of all symbols (`.symtab`); nil if the file was stripped.
    package var symbols: UserSymbolTable? { table(of: Self.symbolTable) }

    /// The table of what other files may use (`.dynsym`); nil in programs that are linked statically.
    package var dynamicSymbols: UserSymbolTable? { table(of: Self.dynamicTable) }

    private func table(of type: UInt32) -> UserSymbolTable? {
        guard let section = sections.first(where: { $0.type == type }), section.entrySize == 24,
            let entries = bytes(of: section, limit: Self.largestTable), Int(section.link) < sections.count,
            let names = bytes(of: sections[Int(section.link)], limit: Self.largestTable)
        else { return nil }
        guard type == Self.dynamicTable else {
            return UserSymbolTable(entries: entries, names: names, versions: nil, versionNames: [:])
        }
        let versions = sections.first { $0.type == Self.versionTable }.flatMap { bytes(of: $0, limit: 16 << 20) }
        return UserSymbolTable(entries: entries, names: names, versions: versions, versionNames: versionNames(names))
    }

    /// The names of the versions that the library defines (`Elf64_Verdef`).
    private func versionNames(_ names: ByteReader) -> [UInt16: String] {
        guard let section = sections.first(where: { $0.type == Self.versionDefinitions }),
            let reader = bytes(of: section, limit: 1 << 20)
        else { return [:] }
        var found: [UInt16: String] = [:]
        var offset = 0
        while found.count < 4_096, let number = reader.u16(offset + 4), let first = reader.int(offset + 12),
            let next = reader.int(offset + 16)
        {
            // 32 bits each: no overflow.
            if let name = reader.int(offset + first).flatMap({ names.string(at: $0) }) { found[number & 0x7fff] = name }
            guard next > 0 else { break }
            offset += next
        }
        return found
    }
}
