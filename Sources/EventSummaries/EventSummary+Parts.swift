// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

/// What other pictures than tables of text are made of.
extension EventSummary {
    /// A group, or the events of those for which there was no room.
    package struct Row: Sendable {
        /// Its name, one for each of ``groups``, escaped as on a terminal.
        package let cells: [[UInt8]]
        /// Its events.
        package let count: UInt64
    }

    /// The groups of most events, and behind them `(others)` for all events of further ones.
    package func top(_ limit: Int) -> [Row] {
        let ranking = ranking
        var rows = ranking.prefix(max(limit, 0)).map { Row(cells: cells(of: $0).map { Array($0) }, count: counts[$0]) }
        var rest = ungrouped
        for group in ranking.dropFirst(max(limit, 0)) { rest &+= counts[group] }
        if rest > 0 { rows.append(Row(cells: keyCells(of: nil).map { Array($0) }, count: rest)) }
        return rows
    }

    /// How many groups there are, those without room not counted.
    package var groupCount: Int { counts.count }

    /// The figures of a value, in a summary without groups.
    package func figures(ofValue value: Int) -> [(name: String, text: String)] {
        let distribution = distribution(counts.isEmpty ? nil : 0, value)
        return SummaryFigure.allCases.compactMap { figure in
            var line = LineBuffer(capacity: 64)
            guard figure.append(of: distribution, scale: scales[value], unit: units[value], to: &line) else {
                return nil
            }
            let mark = figure.rawValue.first == "p" && !distribution.isPrecise ? "~" : ""
            return (figure.rawValue, String(decoding: line.take(from: 0), as: UTF8.self) + mark)
        }
    }

    /// How the values of a summary without groups are spread, by powers of two.
    package func histogram(ofValue value: Int) -> [HistogramRow] {
        HistogramDrawing(distribution(counts.isEmpty ? nil : 0, value)).rows
    }

    /// The name of a value's unit; empty if it has none.
    package func unitName(ofValue value: Int) -> String { units[value].name }
}
