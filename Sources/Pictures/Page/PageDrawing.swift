// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventSummaries

/// What a page has of drawings: bars, rates over time, heat maps.
struct PageDrawing {
    private let content: PageContent

    init(_ content: PageContent) { self.content = content }

    private static let height = 120
    private static let cell = 8

    /// Writes a bar as long as a count is large; none for 0.
    func writeBar(_ count: UInt64, of largest: UInt64, to lines: inout LineBuffer) {
        guard count > 0 else { return }
        lines.append("<span style=\"width:")
        lines.append(Double(count) / Double(max(largest, 1)) * 100, places: 2)
        lines.append("%\"></span>")
    }

    /// Draws events and losses over time.
    func writeRates(to lines: inout LineBuffer) {
        let rates = content.rates
        let largest = max(rates.largest(ofRow: 0), rates.largest(ofRow: 1), 1)
        lines.append("<section><h2>Events over time <small>each bar ")
        appendDuration(rates.width, to: &lines)
        lines.append(", at most ")
        lines.append(largest)
        lines.append(" events")
        if rates.largest(ofRow: 1) > 0 { lines.append(", lost ones in red") }
        lines.append("</small></h2>\n")
        begin(rates.count, height: Self.height, "Events over time", to: &lines)
        for bucket in 0..<rates.count {
            for (row, style) in [(0, "rate"), (1, "lost")] as [(Int, StaticString)] where rates[bucket, row] > 0 {
                let share = Double(rates[bucket, row]) / Double(largest)
                // What is there is seen.
                let height = max(share * Double(Self.height), 1)
                writeRect(
                    style, x: Double(bucket), y: Double(Self.height) - height, width: 0.9, height: height, opacity: nil,
                    title: (bucket, rates[bucket, row], row == 0 ? " events" : " lost events"), rates, to: &lines)
            }
        }
        end(rates, to: &lines)
    }

    /// Draws which values a number had when: darker where they were more.
    func writeHeat(_ spread: PageContent.Spread, to lines: inout LineBuffer) {
        let heat = spread.heat
        let used = (0..<heat.rows).filter { heat.largest(ofRow: $0) > 0 }
        guard let low = used.first, let high = used.last else { return }
        let largest = used.reduce(UInt64(1)) { max($0, heat.largest(ofRow: $1)) }
        let height = (high - low + 1) * Self.cell
        lines.append("<h3>Over time <small>darker where there are more, large values on top</small></h3>\n")
        begin(heat.count, height: height, "Values over time", to: &lines)
        for bucket in 0..<heat.count {
            for row in low...high where heat[bucket, row] > 0 {
                // By the logarithm, as few slow ones among many fast ones are what is looked for.
                let share = Self.logarithm(heat[bucket, row]) / Self.logarithm(largest)
                writeRect(
                    "heat", x: Double(bucket), y: Double((high - row) * Self.cell), width: 1, height: Double(Self.cell),
                    opacity: 0.15 + 0.85 * min(share, 1), title: (bucket, heat[bucket, row], Self.range(row)), heat,
                    to: &lines)
            }
        }
        end(heat, to: &lines)
    }

    /// Roughly log2(n + 1), which is all that a shade needs.
    private static func logarithm(_ number: UInt64) -> Double {
        let next = number.saturating(adding: 1)
        let power = 63 - next.leadingZeroBitCount
        return Double(power) + Double(next) / Double(UInt64(1) << UInt64(power)) - 1
    }

    private static func range(_ row: Int) -> StaticString { row == 0 ? " values of 0 or less" : " values of this size" }

    // MARK: Parts

    private func begin(_ count: Int, height: Int, _ label: StaticString, to lines: inout LineBuffer) {
        lines.append("<svg class=\"chart\" role=\"img\" aria-label=\"")
        lines.append(label)
        lines.append("\" viewBox=\"0 0 ")
        lines.append(UInt64(max(count, 1)))
        lines.append(" ")
        lines.append(UInt64(height))
        lines.append("\" height=\"")
        lines.append(UInt64(height))
        lines.append("\" preserveAspectRatio=\"none\">\n")
    }

    private func writeRect(
        _ style: StaticString, x: Double, y: Double, width: Double, height: Double, opacity: Double?,
        title: (bucket: Int, count: UInt64, words: StaticString), _ buckets: TimeBuckets, to lines: inout LineBuffer
    ) {
        lines.append("<rect class=\"")
        lines.append(style)
        for (name, value) in [("\" x=\"", x), ("\" y=\"", y), ("\" width=\"", width), ("\" height=\"", height)]
            as [(StaticString, Double)]
        {
            lines.append(name)
            lines.append(value, places: 2)
        }
        if let opacity {
            lines.append("\" opacity=\"")
            lines.append(opacity, places: 2)
        }
        lines.append("\"><title>")
        appendTime(buckets.start(title.bucket), to: &lines)
        lines.append(": ")
        lines.append(title.count)
        lines.append(title.words)
        lines.append("</title></rect>\n")
    }

    private func end(_ buckets: TimeBuckets, to lines: inout LineBuffer) {
        lines.append("</svg>\n<p class=\"axis\"><span>")
        appendTime(buckets.start(0), to: &lines)
        lines.append("</span><span>")
        appendTime(buckets.start(buckets.count), to: &lines)
        lines.append("</span></p>\n")
    }

    private func appendTime(_ time: UInt64, to lines: inout LineBuffer) {
        ValueFormat.ktime.append(Int128(time), bits: 64, to: &lines, content.environment)
    }

    private func appendDuration(_ time: UInt64, to lines: inout LineBuffer) {
        ValueFormat.ns.append(Int128(time), bits: 64, to: &lines, content.environment)
    }
}
