// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding

/// A histogram by powers of two, drawn in text.
///
///              [1K, 2K)       12 |@@@@                                    |
///              [2K, 4K)      120 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
struct HistogramDrawing {
    /// A row: from where to where, and how many values.
    struct Row: Equatable {
        /// The powers of two, as ``PowersOfTwo`` counts them.
        var index: Int
        var isNegative: Bool
        var count: UInt64

        /// The least and the largest magnitude, the latter one more; nil if there is none.
        var bounds: (from: UInt128, to: UInt128?) {
            index == 0 ? (0, 1) : (1 << UInt128(index - 1), index > 64 ? nil : 1 << UInt128(index))
        }

        /// What it covers: `[1K, 2K)`.
        var label: String {
            let (from, to) = bounds
            guard index > 0 else { return "[0]" }
            guard isNegative else {
                return "[\(Self.short(from)), \(to.map(Self.short) ?? "...")\(to == nil ? "]" : ")")"
            }
            return to.map { "(-\(Self.short($0)), -\(Self.short(from))]" } ?? "[..., -\(Self.short(from))]"
        }

        /// A power of two with K for 1024.
        private static func short(_ value: UInt128) -> String {
            let power = value.trailingZeroBitCount
            let suffixes = ["", "K", "M", "G", "T", "P", "E"]
            let step = min(power / 10, suffixes.count - 1)
            return "\(value >> UInt128(step * 10))\(suffixes[step])"
        }
    }

    /// From the first one that has values to the last one.
    let rows: [Row]
    private static let barWidth = 40
    /// Empty rows behind each other that are not drawn: between 0 and values around a second there are thirty.
    private static let fewestElided = 4

    init(_ distribution: borrowing Distribution) {
        var rows: [Row] = []
        if let negative = distribution.negativePowers {
            for index in negative.counts.indices.reversed() {
                // Halves of a negative fraction are above -1.
                rows.append(Row(index: index, isNegative: true, count: negative.counts[index]))
            }
        }
        for index in distribution.powers.counts.indices {
            rows.append(Row(index: index, isNegative: false, count: distribution.powers.counts[index]))
        }
        // What is above -1 and below 1 is one row.
        if distribution.negativePowers != nil {
            let zero = 65
            rows[zero + 1].count += rows[zero].count
            rows.remove(at: zero)
        }
        let first = rows.firstIndex { $0.count > 0 } ?? 0
        let last = rows.lastIndex { $0.count > 0 } ?? -1
        self.rows = first <= last ? Array(rows[first...last]) : []
    }

    func write(to lines: inout LineBuffer, width: Int?) {
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
