// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding

extension HistogramDrawing {
    /// Draws how the values of a number are spread, by powers of two.
    init(_ distribution: borrowing Distribution) {
        var rows: [HistogramRow] = []
        if let negative = distribution.negativePowers {
            for index in negative.counts.indices.reversed() {
                let (from, to) = Self.powers(index)
                rows.append(
                    HistogramRow(from: to.map { -$0 }, to: -from, isClosedAbove: true, count: negative.counts[index]))
            }
        }
        for index in distribution.powers.counts.indices {
            let (from, to) = Self.powers(index)
            rows.append(HistogramRow(from: from, to: to, count: distribution.powers.counts[index]))
        }
        // What is above -1 and below 1 is one row.
        if distribution.negativePowers != nil {
            let zero = 65
            rows[zero + 1].count += rows[zero].count
            rows.remove(at: zero)
        }
        self.init(rows: rows)
    }

    /// The bounds of a power of two, as ``PowersOfTwo`` counts them; nil for what has no upper one.
    private static func powers(_ index: Int) -> (from: Int128, to: Int128?) {
        index == 0 ? (0, 1) : (1 << Int128(index - 1), index > 64 ? nil : 1 << Int128(index))
    }
}
