// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

extension EventSummary {
    /// Writes a JSON object for each group, and one for what was lost.
    ///
    ///     {"by":{"comm":"sshd"},"count":3,"rate":1.5,"values":{"duration_ns":{"count":3,"min":…,"histogram":[…]}}}
    ///
    /// `by` is null for the events of groups for which there was no room. Groups of most events come first.
    ///
    /// - Parameters:
    ///   - lines: The text.
    ///   - each: Called behind each line: the names of groups can be many megabytes, which need not stand in memory twice.
    package func writeJSON(to lines: inout LineBuffer, _ each: (inout LineBuffer) -> Void = { _ in }) {
        for group in shown(.max) {
            lines.append("{\"by\":")
            if let group { writeKeys(group, to: &lines) } else { lines.append("null") }
            lines.append(",\"count\":")
            lines.append(count(group))
            if rate(0) != nil {
                lines.append(",\"rate\":")
                appendRate(count(group), to: &lines)
            }
            if !values.isEmpty {
                lines.append(",\"values\":{")
                for value in values.indices {
                    if value > 0 { lines.append(",") }
                    lines.appendJSON(values[value])
                    lines.append(":")
                    write(distribution(group, value), scale: scales[value], to: &lines)
                }
                lines.append("}")
            }
            lines.append("}\n")
            each(&lines)
        }
        if lost > 0 || lostUnknown {
            lines.append("{\"_lost\":")
            if lostUnknown { lines.append("null") } else { lines.append(lost) }
            if lostUnknown, lost > 0 {
                lines.append(",\"_lost_at_least\":")
                lines.append(lost)
            }
            lines.append("}\n")
        }
    }

    private func writeKeys(_ group: Int, to lines: inout LineBuffer) {
        lines.append("{")
        for (index, cell) in cells(of: group).enumerated() {
            if index > 0 { lines.append(",") }
            lines.appendJSON(groups[index])
            lines.append(":")
            if isNumber[index], Self.isInteger(cell) {
                unsafe lines.append(raw: cell.span.bytes)
            } else {
                unsafe lines.appendJSON(cell.span.bytes)
            }
        }
        lines.append("}")
    }

    /// Whether a text is an integer as JSON has it.
    private static func isInteger(_ text: ArraySlice<UInt8>) -> Bool {
        let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
        guard let first = digits.first, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
        return first != UInt8(ascii: "0") || digits.count == 1
    }

    private func write(_ distribution: borrowing Distribution, scale: Int128, to lines: inout LineBuffer) {
        lines.append("{")
        for figure in SummaryFigure.allCases {
            guard figure == .count || distribution.count > 0 else { continue }
            if figure != .count { lines.append(",") }
            lines.appendJSON(figure.rawValue)
            lines.append(":")
            figure.append(of: distribution, scale: scale, unit: nil, to: &lines)
        }
        if !distribution.isPrecise { lines.append(",\"precise\":false") }
        lines.append(",\"histogram\":[")
        for (index, row) in HistogramDrawing(distribution).rows.enumerated() {
            if index > 0 { lines.append(",") }
            row.appendJSON(to: &lines)
        }
        lines.append("]}")
    }

    /// Writes a row for each group, under a row of names: `comm,count,rate,duration_ns_count,duration_ns_min,…`.
    ///
    /// The events of groups for which there was no room are a row with `(others)` in its first cell. What was lost is
    /// told elsewhere: CSV has no place for it.
    ///
    /// - Parameters:
    ///   - lines: The text.
    ///   - dialect: CSV or TSV.
    ///   - each: Called behind each row.
    package func writeSeparated(
        to lines: inout LineBuffer, _ dialect: SeparatedRenderer.Dialect = .csv,
        _ each: (inout LineBuffer) -> Void = { _ in }
    ) {
        var titles = groups + ["count", "rate"]
        for value in values { titles += SummaryFigure.allCases.map { "\(value)_\($0.rawValue)" } }
        var table = SeparatedRenderer(titles, dialect)
        table.writeHeader(to: &lines)
        for group in shown(.max) {
            for cell in keyCells(of: group) {
                unsafe table.row.append(raw: cell.span.bytes)
                table.endCell()
            }
            table.row.append(count(group))
            table.endCell()
            appendRate(count(group), to: &table.row)
            table.endCell()
            for value in values.indices {
                let distribution = distribution(group, value)
                for figure in SummaryFigure.allCases {
                    figure.append(of: distribution, scale: scales[value], unit: nil, to: &table.row)
                    table.endCell()
                }
            }
            table.endRow(to: &lines)
            each(&lines)
        }
    }
}
