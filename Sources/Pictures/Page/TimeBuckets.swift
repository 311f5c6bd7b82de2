// SPDX-License-Identifier: Apache-2.0

/// Counts over time, of several rows, in a bounded number of buckets of one width.
///
/// A bucket becomes twice as wide when times come that all of them together do not span, so that any length of time fits, and
/// the order of times does not matter.
package struct TimeBuckets: Sendable {
    /// Buckets there can be.
    package static let limit = 240
    private static let leastWidth: UInt64 = 1_000_000
    private static let widest: UInt64 = 1 << 62

    /// How many rows there are.
    package let rows: Int
    /// The ns of one bucket.
    package private(set) var width = leastWidth
    /// The number of the first bucket since time 0.
    private var first: UInt64 = 0
    private var counts: [[UInt64]] = []

    /// Creates buckets without counts.
    package init(rows: Int) { self.rows = max(rows, 1) }

    /// How many buckets there are, from the first one that has a count to the last one.
    package var count: Int { counts.count }

    /// When a bucket begins, in ns.
    package func start(_ bucket: Int) -> UInt64 {
        let (start, isTooLarge) = (first + UInt64(max(bucket, 0))).multipliedReportingOverflow(by: width)
        return isTooLarge ? .max : start
    }

    /// The count of a row in a bucket.
    package subscript(bucket: Int, row: Int) -> UInt64 { counts[bucket][row] }

    /// Counts something.
    package mutating func add(_ amount: UInt64 = 1, at time: UInt64, row: Int) {
        guard (0..<rows).contains(row) else { return }
        var bucket = time / width
        if counts.isEmpty {
            first = bucket
            counts = [[UInt64](repeating: 0, count: rows)]
        }
        while width < Self.widest,
            max(bucket, first + UInt64(counts.count - 1)) - min(bucket, first) >= UInt64(Self.limit)
        {
            widen()
            bucket = time / width
        }
        while bucket < first {
            counts.insert([UInt64](repeating: 0, count: rows), at: 0)
            first -= 1
        }
        let place = Int(bucket - first)
        while counts.count <= place { counts.append([UInt64](repeating: 0, count: rows)) }
        counts[place][row] = counts[place][row].saturating(adding: amount)
    }

    private mutating func widen() {
        var merged: [[UInt64]] = []
        let start = first / 2
        for (index, old) in counts.enumerated() {
            let place = Int((first + UInt64(index)) / 2 - start)
            if place == merged.count {
                merged.append(old)
            } else {
                for row in 0..<rows { merged[place][row] = merged[place][row].saturating(adding: old[row]) }
            }
        }
        (counts, first, width) = (merged, start, width * 2)
    }

    /// The largest count of a row; 0 if there are none.
    package func largest(ofRow row: Int) -> UInt64 { counts.reduce(0) { max($0, $1[row]) } }
}
