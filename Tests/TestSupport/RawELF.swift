// SPDX-License-Identifier: Apache-2.0

/// An ELF file whose sections say what they like, made for tests of what hostile ones cost.
package struct RawELF {
    package struct Section {
        package var type: UInt32
        /// Where its name begins in the names of sections.
        package var name = 0
        package var flags: UInt64 = 0
        package var link = 0
        package var entry: UInt64 = 0
        /// Where it is in the file.
        package var place: Range<Int>

        package init(
            _ type: UInt32, _ place: Range<Int>, name: Int = 0, flags: UInt64 = 0, link: Int = 0, entry: UInt64 = 0
        ) {
            (self.type, self.place, self.name, self.flags) = (type, place, name, flags)
            (self.link, self.entry) = (link, entry)
        }
    }

    /// The first one has no meaning (`SHN_UNDEF`).
    package var sections = [Section(0, 0..<0)]
    /// The number of the section with the names of sections.
    package var names = 0
    private var file = [UInt8](repeating: 0, count: 64)

    package init() {}

    /// A number as the file has it.
    package static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<(Number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    /// A symbol (`Elf64_Sym`).
    package static func symbol(name: Int, type: UInt8 = 2, section: UInt16 = 1, address: UInt64 = 0) -> [UInt8] {
        little(UInt32(name)) + [0x10 | type, 0] + little(section) + little(address) + little(UInt64(1))
    }

    /// Puts bytes into the file; sections may share them.
    package mutating func put(_ bytes: [UInt8]) -> Range<Int> {
        let start = file.count
        file += bytes
        return start..<file.count
    }

    /// The bytes of the file.
    package var bytes: [UInt8] {
        var whole = file
        for section in sections {
            whole += Self.little(UInt32(section.name)) + Self.little(section.type) + Self.little(section.flags)
            whole += Self.little(UInt64(0)) + Self.little(UInt64(section.place.lowerBound))
            whole += Self.little(UInt64(section.place.count)) + Self.little(UInt32(section.link))
            whole += Self.little(UInt32(0)) + Self.little(UInt64(1)) + Self.little(section.entry)
        }
        var head: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
        head += Self.little(UInt16(3)) + Self.little(UInt16(62)) + Self.little(UInt32(1))
        head += Self.little(UInt64(0)) + Self.little(UInt64(0)) + Self.little(UInt64(file.count))
        head += Self.little(UInt32(0)) + Self.little(UInt16(64)) + Self.little(UInt16(56)) + Self.little(UInt16(0))
        head += Self.little(UInt16(64)) + Self.little(UInt16(sections.count)) + Self.little(UInt16(names))
        whole.replaceSubrange(0..<64, with: head)
        return whole
    }
}
