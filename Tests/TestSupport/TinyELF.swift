// SPDX-License-Identifier: Apache-2.0

/// A program or library of a few bytes, made for tests of what reads such files.
package struct TinyELF {
    package struct Symbol {
        package var name: String
        package var address: UInt64
        package var size: UInt64 = 16
        package var type: UInt8 = 2
        /// 1 is the code, 2 the data.
        package var section: UInt16 = 1
        package var isWeak = false

        package init(
            name: String, address: UInt64, size: UInt64 = 16, type: UInt8 = 2, section: UInt16 = 1, isWeak: Bool = false
        ) {
            (self.name, self.address, self.size, self.type, self.section) = (name, address, size, type, section)
            self.isWeak = isWeak
        }
    }

    package struct Note {
        package var provider = "lab"
        package var name = "probe"
        package var address: UInt64
        package var base: UInt64 = 0
        package var semaphore: UInt64 = 0
        package var arguments = ""

        package init(
            provider: String = "lab", name: String = "probe", address: UInt64, base: UInt64 = 0, semaphore: UInt64 = 0,
            arguments: String = ""
        ) {
            (self.provider, self.name, self.address, self.base) = (provider, name, address, base)
            (self.semaphore, self.arguments) = (semaphore, arguments)
        }
    }

    /// `ET_EXEC`, else `ET_DYN`.
    package var isFixed = false
    /// Where the code is, of which the file has 0x1000 bytes from 0x1000 on.
    package var codeAddress: UInt64 = 0x1000
    /// Where data is, of which the file has 0x100 bytes from 0x2000 on.
    package var dataAddress: UInt64 = 0x4000
    package var symbols: [Symbol] = []
    package var dynamicSymbols: [Symbol] = []
    /// The version of each dynamic symbol, with 0x8000 for those that others do not get.
    package var versions: [UInt16] = []
    package var notes: [Note] = []
    /// The address of `.stapsdt.base`.
    package var base: UInt64?
    package var buildID: [UInt8] = []
    package var debugLink: (name: String, crc: UInt32)?
    /// An xz file with the symbols (`.gnu_debugdata`).
    package var debugData: [UInt8] = []
    /// Bytes of the code, from its beginning on.
    package var code: [UInt8] = []
    /// `e_machine`.
    package var machine: UInt16 = 62

    package init() {}

    private static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<(Number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private static func note(_ owner: String, _ type: UInt32, _ description: [UInt8]) -> [UInt8] {
        func padded(_ bytes: [UInt8]) -> [UInt8] { bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4) }
        let name = Array(owner.utf8) + [0]
        return little(UInt32(name.count)) + little(UInt32(description.count)) + little(type) + padded(name)
            + padded(description)
    }

    private static func table(_ symbols: [Symbol]) -> (entries: [UInt8], names: [UInt8]) {
        var entries = [UInt8](repeating: 0, count: 24)
        var names: [UInt8] = [0]
        for symbol in symbols {
            entries += little(UInt32(names.count)) + [(symbol.isWeak ? 0x20 : 0x10) | symbol.type, 0]
            entries += little(symbol.section)
            entries += little(symbol.address) + little(symbol.size)
            names += Array(symbol.name.utf8) + [0]
        }
        return (entries, names)
    }

    /// The bytes of the file.
    package var bytes: [UInt8] {
        typealias Part = (name: String, type: UInt32, address: UInt64, link: UInt32, entry: UInt64, content: [UInt8])
        var parts: [Part] = [
            ("", 0, 0, 0, 0, []), (".text", 1, codeAddress, 0, 0, []), (".data", 1, dataAddress, 0, 0, []),
        ]
        func add(
            _ name: String, _ type: UInt32, _ content: [UInt8], address: UInt64 = 0, entry: UInt64 = 0, link: Int = 0
        ) {
            parts.append((name, type, address, UInt32(link), entry, content))
        }
        if !symbols.isEmpty {
            let (entries, names) = Self.table(symbols)
            add(".symtab", 2, entries, entry: 24, link: parts.count + 1)
            add(".strtab", 3, names)
        }
        if !dynamicSymbols.isEmpty {
            let (entries, names) = Self.table(dynamicSymbols)
            let first = Array("OLD".utf8) + [0] + Array("NEW".utf8) + [0]
            add(".dynsym", 11, entries, entry: 24, link: parts.count + 1)
            add(".dynstr", 3, names + first)
            if !versions.isEmpty {
                add(".gnu.version", 0x6fff_ffff, ([0] + versions).flatMap(Self.little))
                // Two definitions of versions, 2 and 3, each with its name.
                func definition(_ number: UInt16, _ name: Int, next: UInt32) -> [UInt8] {
                    let head =
                        Self.little(UInt16(1)) + Self.little(UInt16(0)) + Self.little(number) + Self.little(UInt16(1))
                    return head + Self.little(UInt32(0)) + Self.little(UInt32(20)) + Self.little(next)
                        + Self.little(UInt32(name)) + Self.little(UInt32(0))
                }
                add(
                    ".gnu.version_d", 0x6fff_fffd,
                    definition(2, names.count, next: 28) + definition(3, names.count + 4, next: 0))
            }
        }
        if !notes.isEmpty {
            let all = notes.flatMap { note in
                Self.note(
                    "stapsdt", 3,
                    Self.little(note.address) + Self.little(note.base) + Self.little(note.semaphore)
                        + [note.provider, note.name, note.arguments].flatMap { Array($0.utf8) + [0] })
            }
            add(".note.stapsdt", 7, all)
        }
        if let base { add(".stapsdt.base", 1, [0], address: base) }
        if !buildID.isEmpty { add(".note.gnu.build-id", 7, Self.note("GNU", 3, buildID)) }
        if let debugLink {
            var content = Array(debugLink.name.utf8) + [0]
            while content.count % 4 != 0 { content.append(0) }
            add(".gnu_debuglink", 1, content + Self.little(debugLink.crc))
        }
        if !debugData.isEmpty { add(".gnu_debugdata", 1, debugData) }
        let names = parts.reduce(into: [UInt8]()) { $0 += Array($1.name.utf8) + [0] } + Array(".shstrtab".utf8) + [0]
        add(".shstrtab", 3, names)

        var file = [UInt8](repeating: 0, count: 0x2100)
        var headers: [UInt8] = []
        var nameOffset: UInt32 = 0
        for part in parts {
            // SHF_ALLOC, and SHF_EXECINSTR or SHF_WRITE.
            let (flags, offset, size): (UInt64, Int, Int) =
                switch part.name {
                case ".text": (6, 0x1000, 0x1000)
                case ".data": (3, 0x2000, 0x100)
                default: (0, file.count, part.content.count)
                }
            headers += Self.little(nameOffset) + Self.little(part.type) + Self.little(flags)
            headers += Self.little(part.address) + Self.little(UInt64(offset)) + Self.little(UInt64(size))
            headers +=
                Self.little(part.link) + Self.little(UInt32(0)) + Self.little(UInt64(1)) + Self.little(part.entry)
            nameOffset += UInt32(part.name.utf8.count + 1)
            file += part.content
        }
        let table = file.count
        file += headers
        func segment(_ flags: UInt32, _ offset: UInt64, _ address: UInt64, _ size: UInt64) -> [UInt8] {
            Self.little(UInt32(1)) + Self.little(flags)
                + [offset, address, address, size, size, 0x1000].flatMap(Self.little)
        }
        let segments = segment(5, 0x1000, codeAddress, 0x1000) + segment(6, 0x2000, dataAddress, 0x100)
        var head: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
        head += Self.little(UInt16(isFixed ? 2 : 3)) + Self.little(machine) + Self.little(UInt32(1))
        head += Self.little(UInt64(0)) + Self.little(UInt64(64)) + Self.little(UInt64(table)) + Self.little(UInt32(0))
        head += Self.little(UInt16(64)) + Self.little(UInt16(56)) + Self.little(UInt16(2)) + Self.little(UInt16(64))
        head += Self.little(UInt16(parts.count)) + Self.little(UInt16(parts.count - 1))
        file.replaceSubrange(0x1000..<(0x1000 + code.count), with: code)
        file.replaceSubrange(0..<(head.count + segments.count), with: head + segments)
        return file
    }
}
