// SPDX-License-Identifier: Apache-2.0

/// Rows of cells for other programs: CSV and TSV.
///
/// Used as ``TableRenderer``: write each cell into ``row``, foreign text by `LineBuffer.appendEscaped(_:quoted:)`, and call
/// ``endCell()`` behind it, then ``endRow(to:)``. Every row is one line, ended by a newline alone: no cell holds a newline,
/// since the text in it is escaped.
package struct SeparatedRenderer: ~Copyable {
    /// What stands between cells, and how cells are told from it.
    package enum Dialect: Sendable, Equatable {
        /// Commas; cells with commas or quotes are quoted, and quotes doubled (RFC 4180).
        ///
        /// A cell that a spreadsheet would run as a formula begins with the escape of its first character (`\x3d` for `=`):
        /// one that begins with `=` or `@`, and one with `+` or `-` that is neither a number nor one word.
        case csv
        /// Tabs; a tab, a newline and a backslash within text are `\t`, `\n` and `\\`.
        case tsv
    }

    /// The cells of the row that is being written.
    package var row = LineBuffer(capacity: 1 << 12)

    private let titles: [String]
    private let dialect: Dialect
    private var ends: [Int] = []

    /// Creates a table.
    ///
    /// - Parameters:
    ///   - titles: The names of its columns, as they are: they are escaped where they are written.
    ///   - dialect: CSV or TSV.
    package init(_ titles: [String], _ dialect: Dialect) {
        self.titles = titles
        self.dialect = dialect
        ends.reserveCapacity(titles.count)
    }

    /// Writes the line of the columns' names, and forgets the cells of a row that was not ended.
    package mutating func writeHeader(to lines: inout LineBuffer) {
        row.removeAll()
        ends.removeAll(keepingCapacity: true)
        for title in titles {
            row.appendEscaped(title, quoted: false)
            endCell()
        }
        endRow(to: &lines)
    }

    /// Ends a cell: what was written into ``row`` since the last one.
    package mutating func endCell() {
        ends.append(row.count)
    }

    /// Writes the row as a line.
    package mutating func endRow(to lines: inout LineBuffer) {
        var start = 0
        for index in 0..<ends.count {
            if index > 0 { lines.append(byte: dialect == .csv ? UInt8(ascii: ",") : UInt8(ascii: "\t")) }
            let cell = row.bytes.extracting(start..<ends[index])
            switch dialect {
            case .csv: lines.appendCSV(cell, isAlone: ends.count == 1)
            case .tsv: lines.append(raw: cell)
            }
            start = ends[index]
        }
        lines.append("\n")
        row.removeAll()
        ends.removeAll(keepingCapacity: true)
    }
}

extension LineBuffer {
    /// Appends a cell of safe text.
    ///
    /// - Parameters:
    ///   - cell: The text.
    ///   - isAlone: Whether it is the only one of its row: an empty one is quoted then, since readers skip empty lines.
    fileprivate mutating func appendCSV(_ cell: RawSpan, isAlone: Bool) {
        var isQuoted = isAlone && cell.byteCount == 0
        var hasQuotes = false
        for index in 0..<cell.byteCount {
            let byte = unsafe cell.unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self)
            hasQuotes = hasQuotes || byte == UInt8(ascii: "\"")
            isQuoted = isQuoted || byte == UInt8(ascii: ",")
        }
        isQuoted = isQuoted || hasQuotes
        if isQuoted { append(byte: UInt8(ascii: "\"")) }
        var start = 0
        if Self.isFormula(cell) {
            append("\\x")
            appendHexadecimal(unsafe cell.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt8.self))
            start = 1
        }
        if hasQuotes {
            for index in start..<cell.byteCount {
                let byte = unsafe cell.unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self)
                if byte == UInt8(ascii: "\"") { append(byte: byte) }
                append(byte: byte)
            }
        } else {
            append(raw: cell.extracting(start..<cell.byteCount))
        }
        if isQuoted { append(byte: UInt8(ascii: "\"")) }
    }

    /// Whether a spreadsheet would take a cell for a formula.
    private static func isFormula(_ cell: RawSpan) -> Bool {
        guard cell.byteCount > 0 else { return false }
        switch unsafe cell.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt8.self) {
        case UInt8(ascii: "="), UInt8(ascii: "@"): return true
        case UInt8(ascii: "+"), UInt8(ascii: "-"): break
        default: return false
        }
        var isExponent = false
        for index in 1..<cell.byteCount {
            let byte = unsafe cell.unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self)
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "_"):
                break
            case UInt8(ascii: "+"), UInt8(ascii: "-"):
                guard isExponent else { return true }
            default: return true
            }
            isExponent = byte | 0x20 == UInt8(ascii: "e")
        }
        return false
    }
}
