// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// A table of symbols with its names, decoded as it is asked.
package struct UserSymbolTable: Sendable {
    let entries: ByteReader
    let names: ByteReader
    /// The version of each symbol, a half word each (`.gnu.version`); nil if there are none.
    let versions: ByteReader?
    let versionNames: [UInt16: String]
    /// Whether each section of the file has code.
    let hasCode: [Bool]
    package let count: Int

    private static let entrySize = 24

    fileprivate init(
        entries: ByteReader, names: ByteReader, versions: ByteReader?, versionNames: [UInt16: String], hasCode: [Bool]
    ) {
        self.entries = entries
        self.names = names
        self.versions = versions
        self.versionNames = versionNames
        self.hasCode = hasCode
        count = entries.count / Self.entrySize
    }

    /// Calls the body with each function that is defined: its number, and the bytes of its name.
    ///
    /// - Parameters:
    ///   - withLabels: Whether labels of code without a type are functions too: where somebody wrote them by hand, and
    ///     only for who names them.
    ///   - body: Returns whether it wants more.
    package func forEachFunction(
        withLabels: Bool = false, _ body: (_ index: Int, _ name: ArraySlice<UInt8>) -> Bool
    ) {
        forEach(
            where: { type, section in
                (Self.isFunction(type) || (withLabels && type == 0)) && isCode(section, isLabel: type == 0)
            },
            longestName: Self.longestName
        ) { index, type, name in
            // Assemblers mark code and data with labels such as $x.
            type == 0 && name.first == UInt8(ascii: "$") || body(index, name)
        }
    }

    /// Calls the body with symbols of a kind that have a name: the number, the type, and the bytes of the name.
    private func forEach(
        where isMeant: (_ type: UInt8, _ section: UInt16) -> Bool, longestName: Int,
        _ body: (_ index: Int, _ type: UInt8, _ name: ArraySlice<UInt8>) -> Bool
    ) {
        // Symbols of a hostile file share one name that never ends; linkers have a few share the end of one.
        var bytesLeft = min(Self.mostNameBytes, Self.mostUsesOfByte * names.count + Self.leastNameBytes)
        for index in 0..<count {
            let start = index * Self.entrySize
            guard let info = entries.u8(start + 4), let section = entries.u16(start + 6), Self.isDefined(section),
                isMeant(info & 0xf, section), let offset = entries.int(start), offset > 0, offset < names.count
            else { continue }
            let tail = names.bytes[offset...].prefix(longestName)
            let end = tail.firstIndex(of: 0)
            bytesLeft -= (end ?? tail.endIndex) - offset
            guard bytesLeft > 0 else { return }
            guard let end, end > offset else { continue }
            guard body(index, info & 0xf, names.bytes[offset..<end]) else { return }
        }
    }

    /// Whether a symbol of a section is in the file: neither undefined, nor a number (`SHN_ABS`), nor one of no place.
    private static func isDefined(_ section: UInt16) -> Bool {
        section != 0 && (section < firstReserved || section == otherTable)
    }

    /// Whether a section has code, as far as the file says.
    private func isCode(_ section: UInt16, isLabel: Bool) -> Bool {
        if section == Self.otherTable { return true }
        return Int(section) < hasCode.count ? hasCode[Int(section)] : !isLabel
    }

    /// `SHN_LORESERVE`, and the number of sections beyond it, which stand in a table of their own.
    private static let firstReserved: UInt16 = 0xff00
    private static let otherTable: UInt16 = 0xffff

    /// Mangled names have some thousand bytes at times.
    package static let longestName = 16_384
    /// Bytes of all names together that are looked at: more than the largest programs have.
    private static let mostNameBytes = 1 << 30
    /// Names that a byte is part of, on average over a file, and bytes of names that are looked at of any.
    private static let mostUsesOfByte = 8
    private static let leastNameBytes = 1 << 20

    private static func isFunction(_ type: UInt8) -> Bool { type == 2 || type == chooser }

    private static let chooser: UInt8 = 10
    private static let weak: UInt8 = 2

    /// The symbol of a number that ``forEachFunction(_:)`` gave.
    package func symbol(_ index: Int, name: ArraySlice<UInt8>) -> UserSymbol? {
        let start = index * Self.entrySize
        guard index >= 0, index < count, let info = entries.u8(start + 4), let address = entries.u64(start + 8),
            let size = entries.u64(start + 16)
        else { return nil }
        var symbol = UserSymbol(
            name: String(decoding: name, as: UTF8.self), address: address, size: size,
            isWeak: info >> 4 == Self.weak, isChooser: info & 0xf == Self.chooser)
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
    /// Where a function is, and which of several names of one place is the better one, without its name.
    package struct Place: Sendable {
        package let address: UInt64
        package let size: UInt64
        /// Whether another one of its name would be meant in its place.
        package let isWeak: Bool
        /// Whether only its own file knows it.
        package let isLocal: Bool
    }

    /// The place of a symbol by its number.
    package func place(_ index: Int) -> Place? {
        let start = index * Self.entrySize
        guard index >= 0, index < count, let info = entries.u8(start + 4), let address = entries.u64(start + 8),
            let size = entries.u64(start + 16)
        else { return nil }
        return Place(address: address, size: size, isWeak: info >> 4 == Self.weak, isLocal: info >> 4 == 0)
    }

    /// The name of a symbol by its number, without its version; empty if it has none that ends.
    package func name(_ index: Int) -> ArraySlice<UInt8> {
        guard index >= 0, index < count, let offset = entries.int(index * Self.entrySize), offset > 0,
            offset < names.count
        else { return [] }
        let tail = names.bytes[offset...].prefix(Self.longestName)
        guard let end = tail.firstIndex(of: 0) else { return [] }
        return tail[..<end].prefix { $0 != UInt8(ascii: "@") }
    }

    /// Bytes that the table takes.
    package var byteCount: Int { entries.count + names.count }
}

extension UserSymbolTable {
    /// The addresses of variables, of each the first that the table has.
    fileprivate func addresses(ofVariables wanted: Set<ArraySlice<UInt8>>) -> [ArraySlice<UInt8>: UInt64] {
        guard let longest = wanted.map(\.count).max() else { return [:] }
        var found: [ArraySlice<UInt8>: UInt64] = [:]
        forEach(where: { type, _ in type <= 1 }, longestName: longest + 1) { index, _, name in
            guard wanted.contains(name), found[name] == nil else { return true }
            found[name] = entries.u64(index * Self.entrySize + 8)
            return found.count < wanted.count
        }
        return found
    }
}

extension UserELF {
    /// The addresses of variables of the program, by their names; those that its symbols do not tell are left out.
    ///
    /// Each table is read once, and only if something is wanted of it.
    package func addresses(ofVariables names: Set<String>) -> [String: UInt64] {
        // Each name as its bytes, once.
        var wanted = Dictionary(
            names.filter { $0.utf8.count <= Self.longestVariable }.map { (Array($0.utf8)[...], $0) }
        ) { first, _ in first }
        var found: [String: UInt64] = [:]
        for type in [Self.symbolTable, Self.dynamicTable] where !wanted.isEmpty {
            for (bytes, address) in table(of: type)?.addresses(ofVariables: Set(wanted.keys)) ?? [:] {
                if let name = wanted.removeValue(forKey: bytes) { found[name] = address }
            }
        }
        return found
    }

    /// Names of variables in notes are those of C.
    private static let longestVariable = 4_096

    /// Whether the file has the table of all symbols, and was not stripped.
    package var hasSymbols: Bool { sections.contains { $0.type == Self.symbolTable } }

    /// Whether the file has entries of DWARF, compressed or not.
    package var hasLines: Bool {
        sections.contains { $0.type != Self.noBits && ($0.name == ".debug_info" || $0.name == ".zdebug_info") }
    }

    private static let symbolTable: UInt32 = 2
    private static let dynamicTable: UInt32 = 11
    private static let versionTable: UInt32 = 0x6fff_ffff
    private static let versionDefinitions: UInt32 = 0x6fff_fffd

    /// The table of all symbols (`.symtab`), read anew each time; nil if the file was stripped.
    package var symbols: UserSymbolTable? { table(of: Self.symbolTable) }

    /// The table of what other files may use (`.dynsym`), read anew each time; nil in programs that are linked statically.
    package var dynamicSymbols: UserSymbolTable? { table(of: Self.dynamicTable) }

    private func table(of type: UInt32) -> UserSymbolTable? {
        guard let section = sections.first(where: { $0.type == type }), section.entrySize == 24,
            section.size <= file.largestTable, Int(section.link) < sections.count
        else { return nil }
        // Both are looked at before either takes memory: who is traced chooses the file.
        let strings = sections[Int(section.link)]
        guard strings.size <= file.largestTable - section.size,
            let entries = bytes(of: section, limit: Int(clamping: section.size)),
            let names = bytes(of: strings, limit: Int(clamping: strings.size))
        else { return nil }
        let hasCode = sections.map(\.isExecutable)
        guard type == Self.dynamicTable else {
            return UserSymbolTable(
                entries: entries, names: names, versions: nil, versionNames: [:], hasCode: hasCode)
        }
        let versions = sections.first { $0.type == Self.versionTable }.flatMap { bytes(of: $0, limit: 16 << 20) }
        return UserSymbolTable(
            entries: entries, names: names, versions: versions, versionNames: versionNames(names), hasCode: hasCode)
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
