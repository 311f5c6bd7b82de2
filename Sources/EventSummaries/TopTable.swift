// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

/// A table of the groups that had most events lately, written again and again while a summary grows.
///
///     var top = TopTable()
///     top.write(summary, seconds: 1, rows: 20, width: 80, colour: true, to: &lines)
package struct TopTable: Sendable {
    /// The events of each group when the table was written last.
    private var before: [UInt64] = []
    private var ungroupedBefore: UInt64 = 0

    private static let barWidth = 24
    /// What the columns beside the groups and the bar take.
    private static let figuresWidth = 26

    /// Creates a table that was not written yet.
    package init() {}

    /// Writes the groups with most events since the last time, and behind those others by their events.
    ///
    /// - Parameters:
    ///   - seconds: The time since then; nil at the end, when the table is of all events.
    ///   - rows: How many groups are shown.
    ///   - width: The columns of the terminal; nil for any.
    ///   - colour: Whether the text is coloured.
    package mutating func write(
        _ summary: borrowing EventSummary, seconds: Double?, rows: Int, width: Int?, colour: Bool,
        to lines: inout LineBuffer
    ) {
        let changes = summary.counts.indices.map { group in
            summary.counts[group] &- (group < before.count && seconds != nil ? before[group] : 0)
        }
        let order = summary.ranking.enumerated().sorted { one, other in
            let (first, second) = (changes[one.element], changes[other.element])
            return first != second ? first > second : one.offset < other.offset
        }.map(\.element)
        var shown: [Int?] = order.prefix(max(rows, 1)).map { $0 }
        if summary.ungrouped > 0 { shown.append(nil) }
        var columns = summary.groups.indices.map { index in
            TableColumn(summary.groups[index], summary.isNumber[index] ? .unsigned(bits: 32) : .text(count: 16))
        }
        columns.append(TableColumn("per s", .unsigned(bits: 32)))
        columns.append(TableColumn("events", .unsigned(bits: 32)))
        for value in summary.values { columns.append(TableColumn("sum of \(value)", .unsigned(bits: 32))) }
        let bar = min(Self.barWidth, max((width ?? 200) - Self.figuresWidth - 16 * summary.groups.count, 0))
        if bar >= 4 { columns.append(TableColumn("", .text(count: bar))) }
        let largest = shown.reduce(UInt64(1)) { max($0, change($1, changes, summary, isWhole: seconds == nil)) }
        var table = TableRenderer(columns, width: width, colour: colour)
        // Once for the widths of the columns, and once for the text.
        for isSeen in [false, true] {
            var unseen = LineBuffer(capacity: 64)
            if isSeen { table.writeHeader(to: &lines) }
            for group in shown {
                let change = change(group, changes, summary, isWhole: seconds == nil)
                write(group, change, seconds, bar: bar, of: largest, summary, to: &table)
                if isSeen { table.endRow(to: &lines) } else { table.endRow(to: &unseen) }
            }
        }
        let hidden = order.count - min(order.count, max(rows, 1))
        if hidden > 0 {
            lines.append("… ")
            lines.append(UInt64(hidden))
            lines.append(" more\n")
        }
        before = summary.counts
        ungroupedBefore = summary.ungrouped
    }

    /// The events of a group since the last time; nil is that of all events without a group.
    private func change(
        _ group: Int?, _ changes: [UInt64], _ summary: borrowing EventSummary, isWhole: Bool
    ) -> UInt64 {
        group.map { changes[$0] } ?? summary.ungrouped &- (isWhole ? 0 : ungroupedBefore)
    }

    private func write(
        _ group: Int?, _ change: UInt64, _ seconds: Double?, bar: Int, of largest: UInt64,
        _ summary: borrowing EventSummary, to table: inout TableRenderer
    ) {
        for cell in summary.keyCells(of: group) {
            unsafe table.row.append(raw: cell.span.bytes)
            table.endCell()
        }
        if let seconds, seconds > 0 {
            let rate = (Double(change) / seconds).rounded()
            table.row.append(rate < 0x1p63 ? UInt64(rate) : .max)
        } else {
            summary.appendRate(summary.count(group), to: &table.row)
        }
        table.endCell()
        table.row.append(summary.count(group))
        table.endCell()
        for value in summary.values.indices {
            SummaryFigure.sum.append(
                of: summary.distribution(group, value), scale: summary.scales[value], unit: summary.units[value],
                to: &table.row)
            table.endCell()
        }
        guard bar >= 4 else { return }
        // Rounded up, so that a group with events shows some.
        let filled = Int((UInt128(change) * UInt128(bar) + UInt128(largest) - 1) / UInt128(largest))
        for _ in 0..<filled { table.row.append("@") }
        table.endCell()
    }
}
