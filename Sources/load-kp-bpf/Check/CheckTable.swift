// SPDX-License-Identifier: Apache-2.0

/// Rows of words in columns, each as wide as its longest word.
struct CheckTable {
    private var rows: [[String]]

    /// Begins a table with the names of its columns.
    init(_ names: String...) { rows = [names] }

    /// The same for names that were worked out.
    init(names: [String]) { rows = [names] }

    /// Adds a row.
    mutating func add(_ cells: String...) { rows.append(cells) }

    /// Adds a row that was worked out.
    mutating func add(cells: [String]) { rows.append(cells) }

    /// Whether there is nothing but the names.
    var isEmpty: Bool { rows.count == 1 }

    /// The rows as lines, without spaces at their ends.
    var lines: [String] {
        var widths: [Int] = []
        for row in rows {
            for (index, cell) in row.enumerated() {
                if widths.count <= index { widths.append(0) }
                widths[index] = max(widths[index], cell.count)
            }
        }
        return rows.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                line += cell
                if index + 1 < row.count { line += String(repeating: " ", count: widths[index] - cell.count + 2) }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
