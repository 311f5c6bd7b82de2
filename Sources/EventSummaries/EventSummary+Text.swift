// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

extension EventSummary {
    /// Writes tables of the figures, and histograms.
    ///
    /// - Parameters:
    ///   - lines: The text.
    ///   - width: The columns of the terminal; nil for any.
    ///   - colour: Whether the text is coloured.
    ///   - top: The groups that are shown: those of most events.
    ///   - drawings: The groups whose histograms are shown.
    ///   - each: Called behind each row or histogram.
    package func writeText(
        to lines: inout LineBuffer, width: Int?, colour: Bool = false, top: Int = 50, drawings: Int = 10,
        _ each: (inout LineBuffer) -> Void = { _ in }
    ) {
        let shown = shown(top)
        if values.isEmpty {
            writeTable(nil, shown, to: &lines, width: width, colour: colour, each)
        } else {
            for value in values.indices {
                writeTable(value, shown, to: &lines, width: width, colour: colour, each)
                lines.append("\n")
            }
            for group in shown.prefix(max(drawings, 0)) {
                for value in values.indices {
                    draw(group, value, width, to: &lines)
                    each(&lines)
                }
            }
        }
        writeFoot(hidden: counts.count - min(counts.count, max(top, 0)), to: &lines)
    }

    private func writeTable(
        _ value: Int?, _ shown: [Int?], to lines: inout LineBuffer, width: Int?, colour: Bool,
        _ each: (inout LineBuffer) -> Void
    ) {
        var columns = groups.indices.map { index in
            TableColumn(groups[index], isNumber[index] ? .unsigned(bits: 32) : .text(count: 16))
        }
        columns.append(TableColumn("events", .unsigned(bits: 32)))
        if duration != nil { columns.append(TableColumn("per s", .unsigned(bits: 32))) }
        if let value {
            lines.appendEscaped(values[value], quoted: false)
            appendUnit(value, to: &lines)
            lines.append("\n")
            columns += SummaryFigure.allCases.dropFirst().map { TableColumn($0.rawValue, .unsigned(bits: 32)) }
        }
        var table = TableRenderer(columns, width: width, colour: colour)
        // Once for the widths of the columns, and once for the text.
        for group in shown {
            var unseen = LineBuffer(capacity: 64)
            writeRow(group, value, &table, to: &unseen)
        }
        table.writeHeader(to: &lines)
        for group in shown {
            writeRow(group, value, &table, to: &lines)
            each(&lines)
        }
    }

    private func writeRow(_ group: Int?, _ value: Int?, _ table: inout TableRenderer, to lines: inout LineBuffer) {
        for cell in keyCells(of: group) {
            unsafe table.row.append(raw: cell.span.bytes)
            table.endCell()
        }
        table.row.append(count(group))
        table.endCell()
        if duration != nil {
            appendRate(count(group), to: &table.row)
            table.endCell()
        }
        if let value {
            let distribution = distribution(group, value)
            for figure in SummaryFigure.allCases.dropFirst() {
                let isPercentile = figure.rawValue.first == "p"
                let before = table.row.count
                figure.append(of: distribution, scale: scales[value], unit: units[value], to: &table.row)
                // The memory ran out: only the power of two is known.
                if isPercentile, !distribution.isPrecise, table.row.count > before { table.row.append("~") }
                table.endCell()
            }
        }
        table.endRow(to: &lines)
    }

    private func appendUnit(_ value: Int, to lines: inout LineBuffer) {
        let unit = units[value].name
        guard !unit.isEmpty else { return }
        lines.append(" in ")
        lines.appendEscaped(unit, quoted: false)
    }

    // MARK: Histograms

    private func draw(_ group: Int?, _ value: Int, _ width: Int?, to lines: inout LineBuffer) {
        let distribution = distribution(group, value)
        guard distribution.count > 0 else { return }
        lines.appendEscaped(values[value], quoted: false)
        appendUnit(value, to: &lines)
        var separator: StaticString = ", "
        if let group {
            for (index, cell) in cells(of: group).enumerated() {
                lines.append(separator)
                lines.appendEscaped(groups[index], quoted: false)
                lines.append(" ")
                unsafe lines.append(raw: cell.span.bytes)
                separator = ", "
            }
        } else {
            lines.append(", (others)")
        }
        lines.append("\n")
        HistogramDrawing(distribution).write(to: &lines, width: width)
        lines.append("\n")
    }

    // MARK: The foot

    private func writeFoot(hidden: Int, to lines: inout LineBuffer) {
        lines.append(events)
        lines.append(events == 1 ? " event" : " events")
        if let duration {
            lines.append(" in ")
            SummaryUnit.time(1, name: "ns").append(Int128(duration), scale: 1, to: &lines)
        }
        lines.append("\n")
        if hidden > 0 {
            lines.append(UInt64(hidden))
            lines.append(" more groups are not shown\n")
        }
        if ungrouped > 0 {
            lines.append(ungrouped)
            lines.append(" events are counted as (others): there are more groups than ")
            lines.append(UInt64(counts.count))
            lines.append("\n")
        }
        if isImprecise { lines.append("~ the memory ran out: these percentiles are known to a power of two only\n") }
        for value in values.indices {
            let without = events - distributionCount(value)
            guard without > 0 else { continue }
            lines.append(without)
            lines.append(without == 1 ? " event has no " : " events have no ")
            lines.appendEscaped(values[value], quoted: false)
            lines.append("\n")
        }
        if lost > 0 || lostUnknown {
            lines.append("lost: ")
            if lost > 0 { lines.append(lost) }
            if lostUnknown { lines.append(lost > 0 ? " and an unknown number of" : "an unknown number of") }
            lines.append(
                lost == 1 && !lostUnknown ? " event, not in these figures\n" : " events, not in these figures\n")
        }
    }

    private var isImprecise: Bool {
        distributions.contains { !$0.isPrecise } || others.contains { !$0.isPrecise }
    }

    private func distributionCount(_ value: Int) -> UInt64 {
        counts.indices.reduce(others[value].count) { $0 + distributions[$1 * values.count + value].count }
    }
}
