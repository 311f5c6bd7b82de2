// SPDX-License-Identifier: Apache-2.0

/// A histogram, drawn in text.
///
///              [1K, 2K)       12 |@@@@                                    |
///              [2K, 4K)      120 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
package struct HistogramDrawing {
    /// From the first one that has values to the last one.
    package let rows: [HistogramRow]
    private static let barWidth = 40
    /// Empty rows behind each other that are not drawn: between 0 and values around a second there are thirty.
    private static let fewestElided = 4

    /// Draws rows; empty ones at both ends are left out.
    package init(rows: [HistogramRow]) {
        let first = rows.firstIndex { $0.count > 0 } ?? 0
        let last = rows.lastIndex { $0.count > 0 } ?? -1
        self.rows = first <= last ? Array(rows[first...last]) : []
    }

    /// Writes a line for each row, and none for many empty ones behind each other.
    ///
    /// - Parameter width: The columns of the terminal; nil for any.
    package func write(to lines: inout LineBuffer, width: Int?) {
        let labels = rows.map(\.label)
        let labelWidth = max(labels.map(\.utf8.count).max() ?? 0, 16)
        let countWidth = max(rows.map { String($0.count).utf8.count }.max() ?? 0, 8)
        let most = rows.map(\.count).max() ?? 1
        let frame = labelWidth + countWidth + 4
        let bar = min(width.map { max($0 - frame, 8) } ?? Self.barWidth, Self.barWidth)
        var index = 0
        while index < rows.count {
            let empty = rows[index...].prefix { $0.count == 0 }.count
            if empty >= Self.fewestElided {
                lines.pad(from: lines.count, to: labelWidth - 3, .right)
                lines.append("...\n")
                index += empty
                continue
            }
            let (row, label) = (rows[index], labels[index])
            index += 1
            let start = lines.count
            lines.appendEscaped(label, quoted: false)
            lines.pad(from: start, to: labelWidth, .right)
            lines.append(" ")
            let middle = lines.count
            lines.append(row.count)
            lines.pad(from: middle, to: countWidth, .right)
            lines.append(" |")
            // Rounded up, so that a row with values shows some.
            let filled = Int((UInt128(row.count) * UInt128(bar) + UInt128(most) - 1) / UInt128(most))
            for index in 0..<bar { lines.append(index < filled ? "@" : " ") }
            lines.append("|\n")
        }
    }
}
