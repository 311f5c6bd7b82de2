// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// What the entries of units look like: their tags and the forms of their attributes (`.debug_abbrev`).
///
/// Units share tables, so each is read once, when the first unit needs it.
struct DWARFAbbreviations {
    /// An attribute that all entries of a declaration have.
    struct Attribute {
        let name: UInt16
        let form: DWARFForm
    }

    /// What entries of one code look like.
    struct Declaration {
        let tag: UInt16
        let hasChildren: Bool
        /// Where its attributes are in `attributes`.
        let attributes: Range<Int>
    }

    private let data: ByteReader
    private(set) var declarations: [Declaration] = []
    private(set) var attributes: [Attribute] = []
    /// The declarations by their codes, of each table by its offset.
    private var tables: [Int: [UInt64: Int]] = [:]

    init(_ data: ByteReader) { self.data = data }

    /// The declarations of a table by their codes; nil if it is damaged or there is too much of it.
    mutating func table(at start: Int) -> [UInt64: Int]? {
        if let table = tables[start] { return table }
        guard let table = read(start) else { return nil }
        tables[start] = table
        return table
    }

    private mutating func read(_ start: Int) -> [UInt64: Int]? {
        var offset = start
        var table: [UInt64: Int] = [:]
        while let code = data.unsignedLEB128(&offset) {
            guard code != 0 else { return table }
            guard let tag = data.unsignedLEB128(&offset), let children = data.u8(offset) else { return nil }
            offset += 1
            let first = attributes.count
            while true {
                guard let name = data.unsignedLEB128(&offset), let form = data.unsignedLEB128(&offset) else {
                    return nil
                }
                var implicit: Int64 = 0
                if form == 0x21 {
                    guard let value = data.signedLEB128(&offset) else { return nil }
                    implicit = value
                }
                if name == 0, form == 0 { break }
                guard let form = UInt16(exactly: form), attributes.count - first < Limits.attributes,
                    attributes.count < Limits.abbreviations
                else { return nil }
                // Names of other vendors may be any number.
                attributes.append(
                    Attribute(name: UInt16(clamping: name), form: DWARFForm(code: form, implicit: implicit)))
            }
            guard declarations.count < Limits.abbreviations, table[code] == nil else { return nil }
            table[code] = declarations.count
            declarations.append(
                Declaration(
                    tag: UInt16(clamping: tag), hasChildren: children != 0, attributes: first..<attributes.count))
        }
        return nil
    }
}
