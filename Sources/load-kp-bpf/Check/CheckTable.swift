// SPDX-License-Identifier: Apache-2.0

import Diagnostics

/// Rows of words in columns, each as wide as its longest word, but for words that are very long.
///
/// The words are the object's and the kernel's: each is made safe for a terminal, and stays on its line.
struct CheckTable {
    private var rows: [[String]]

    /// The width of a column at most; what is longer has no room behind it.
    private static let widest = 48

    /// Begins a table with the names of its columns.
    init(_ names: String...) { rows = [names] }

    /// The same for names that were worked out.
    init(names: [String]) { rows = [names.map(\.terminalSafe)] }

    /// Adds a row.
    mutating func add(_ cells: String...) { rows.append(cells.map(\.terminalSafe)) }

    /// Adds a row that was worked out.
    mutating func add(cells: [String]) { rows.append(cells.map(\.terminalSafe)) }

    /// The rows as lines, without spaces at their ends.
    var lines: [String] {
        var widths: [Int] = []
        for row in rows {
            for (index, cell) in row.enumerated() {
                if widths.count <= index { widths.append(0) }
                widths[index] = min(max(widths[index], cell.count), Self.widest)
            }
        }
        return rows.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                line += cell
                if index + 1 < row.count {
                    line += String(repeating: " ", count: max(widths[index] - cell.count, 0) + 2)
                }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
