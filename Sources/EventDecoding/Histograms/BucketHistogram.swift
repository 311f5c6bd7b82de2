// SPDX-License-Identifier: Apache-2.0

/// How many values a program counted in each bucket of a histogram.
package struct BucketHistogram: Sendable, Equatable {
    /// Which values each bucket counts.
    package let scale: BucketScale
    /// How many each has.
    package let counts: [UInt64]

    /// Creates a histogram.
    package init(_ scale: BucketScale, _ counts: [UInt64]) {
        self.scale = scale
        self.counts = counts
    }

    /// All values.
    package var total: UInt64 { counts.reduce(0) { $0.addingReportingOverflow($1).overflow ? .max : $0 + $1 } }

    /// The buckets from the first one that has values to the last one.
    ///
    /// The last bucket of all has no upper bound: programs count there what no other has room for.
    package var rows: [HistogramRow] {
        guard let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 }) else {
            return []
        }
        return (first...last).map(row)
    }

    private func row(_ index: Int) -> HistogramRow {
        HistogramRow(from: scale.first(index), to: upper(index), count: counts[index])
    }

    private func upper(_ index: Int) -> Int128? {
        index + 1 < counts.count || scale == .log2 && index == 63 ? scale.first(index + 1) : nil
    }

    /// The bounds between which the value lies that so many thousandths of all are not above; nil if there are none.
    package func percentile(_ thousandths: UInt64) -> (from: Int128, below: Int128?)? {
        let total = total
        guard total > 0 else { return nil }
        let rank = max((UInt128(total) * UInt128(thousandths) + 999) / 1000, 1)
        var seen: UInt128 = 0
        for (index, count) in counts.enumerated() {
            seen += UInt128(count)
            if seen >= rank { return (scale.first(index), upper(index)) }
        }
        return nil
    }

    private static let percentiles: [(name: StaticString, thousandths: UInt64)] = [
        ("p50", 500), ("p90", 900), ("p99", 990),
    ]

    // MARK: Text

    /// Writes the drawing and the figures below it.
    package func write(to lines: inout LineBuffer, width: Int?) {
        HistogramDrawing(rows: rows).write(to: &lines, width: width)
        for (index, figure) in figures.enumerated() {
            if index > 0 { lines.append(", ") }
            lines.appendEscaped("\(figure.name) \(figure.text)", quoted: false)
        }
        lines.append("\n")
    }

    /// How many values there are, and the bounds of percentiles.
    package var figures: [(name: String, text: String)] {
        var figures = [(name: "count", text: "\(total)")]
        for (name, thousandths) in Self.percentiles {
            guard let (from, below) = percentile(thousandths) else { continue }
            figures.append(("\(name)", HistogramRow(from: from, to: below, count: 0).label))
        }
        return figures
    }

    /// Appends the histogram as JSON: `{"unit":"us","count":7,"p50":{"from":2,"below":4},…,"buckets":[…]}`.
    package func appendJSON(unit: String, to lines: inout LineBuffer) {
        lines.append("{")
        if !unit.isEmpty {
            lines.append("\"unit\":")
            lines.appendJSON(unit)
            lines.append(",")
        }
        lines.append("\"count\":")
        lines.append(total)
        for (name, thousandths) in Self.percentiles {
            guard let (from, below) = percentile(thousandths) else { continue }
            lines.append(",\"")
            lines.append(name)
            lines.append("\":{\"from\":")
            lines.append(from)
            lines.append(",\"below\":")
            if let below { lines.append(below) } else { lines.append("null") }
            lines.append("}")
        }
        lines.append(",\"buckets\":[")
        for (index, row) in rows.enumerated() {
            if index > 0 { lines.append(",") }
            row.appendJSON(to: &lines)
        }
        lines.append("]}")
    }
}
