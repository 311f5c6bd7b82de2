// SPDX-License-Identifier: Apache-2.0

/// A row of a histogram: from where to where, and how many values lie there.
package struct HistogramRow: Sendable, Equatable {
    /// Its lower bound; nil if it has none.
    package let low: Int128?
    /// Its upper bound; nil if it has none.
    package let high: Int128?
    /// Whether the upper bound belongs to it instead of the lower one, as with rows of negative numbers.
    package let isClosedAbove: Bool
    /// How many values lie there.
    package var count: UInt64

    /// Creates a row.
    package init(from low: Int128?, to high: Int128?, isClosedAbove: Bool = false, count: UInt64) {
        self.low = low
        self.high = high
        self.isClosedAbove = isClosedAbove
        self.count = count
    }

    /// What it covers: `[1K, 2K)`, `(-4, -2]`, `[64, ...]`.
    package var label: String {
        if low == 0, high == 1, !isClosedAbove { return "[0]" }
        let from = low.map(Self.short) ?? "..."
        let to = high.map(Self.short) ?? "..."
        return isClosedAbove
            ? (low == nil ? "[" : "(") + "\(from), \(to)]" : "[\(from), \(to)" + (high == nil ? "]" : ")")
    }

    /// A number, a power of two with K for 1024.
    private static func short(_ value: Int128) -> String {
        let magnitude = value.magnitude
        guard magnitude.nonzeroBitCount == 1 else { return "\(value)" }
        let suffixes = ["", "K", "M", "G", "T", "P", "E"]
        let step = min(magnitude.trailingZeroBitCount / 10, suffixes.count - 1)
        return "\(value < 0 ? "-" : "")\(magnitude >> UInt128(step * 10))\(suffixes[step])"
    }
}

extension HistogramRow {
    /// Appends both bounds and the number as JSON: `{"from":2,"below":4,"count":7}`, of negative numbers
    /// `{"above":-4,"to":-2,"count":7}`; a bound that is not there is null.
    package func appendJSON(to lines: inout LineBuffer) {
        lines.append(isClosedAbove ? "{\"above\":" : "{\"from\":")
        if let low { lines.append(low) } else { lines.append("null") }
        lines.append(isClosedAbove ? ",\"to\":" : ",\"below\":")
        if let high { lines.append(high) } else { lines.append("null") }
        lines.append(",\"count\":")
        lines.append(count)
        lines.append("}")
    }
}
