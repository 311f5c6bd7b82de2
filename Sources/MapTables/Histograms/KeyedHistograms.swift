// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

/// Histograms that are put together from elements, of which each is a bucket of one.
package struct KeyedHistograms: Sendable {
    private var counts: [[UInt8]: [UInt64]] = [:]
    private var buckets = 0
    private var labelBytes = 0
    /// Elements that were left out, as their number is none of a bucket, or there is no room.
    package private(set) var dropped: UInt64 = 0

    /// Buckets of one histogram.
    package static let bucketLimit = 4096
    /// Buckets of all of them: 8 MiB.
    private static let limit = 1 << 20
    /// Bytes of their labels.
    private static let labelLimit = 16 << 20

    /// Creates no histograms.
    package init() {}

    /// Takes an element; the counts of those that have one label and one bucket are added up.
    package mutating func add(_ label: [UInt8], slot: Int128, count: Int128) {
        guard (0..<Int128(Self.bucketLimit)).contains(slot) else {
            dropped += 1
            return
        }
        let (slot, count) = (Int(slot), UInt64(clamping: count))
        let size = counts[label]?.count ?? 0
        let growth = max(slot + 1 - size, 0)
        let labelGrowth = size > 0 ? 0 : label.count
        guard buckets + growth <= Self.limit, size > 0 || counts.count < Self.limit / 16,
            labelBytes + labelGrowth <= Self.labelLimit
        else {
            dropped += 1
            return
        }
        buckets += growth
        labelBytes += labelGrowth
        if growth > 0 { counts[label, default: []].append(contentsOf: repeatElement(0, count: growth)) }
        let (sum, isTooLarge) = (counts[label]?[slot] ?? 0).addingReportingOverflow(count)
        counts[label]?[slot] = isTooLarge ? .max : sum
    }

    /// All of them, in the order of their labels, and none from here on.
    package mutating func take(_ scale: BucketScale) -> [(label: [UInt8], histogram: BucketHistogram)] {
        defer { self = KeyedHistograms() }
        return counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
            ($0.key, BucketHistogram(scale, $0.value))
        }
    }
}
