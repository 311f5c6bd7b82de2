// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding

/// How many values a program counted in each bucket: of latencies, sizes and the like.
///
///     for entry in try programs.table("hists").entries() {
///         print(entry.key, Histogram(log2: entry.value.integers("slots")))
///     }
///
/// Programs keep the counts, in an array in the value of a map or with the number of the bucket as the key. What a bucket
/// counts is up to them; most use powers of two.
public struct Histogram: Sendable, Equatable {
    /// A bucket, and how many values it has.
    public struct Bucket: Sendable, Equatable {
        /// The least value that it counts.
        public let from: Int128
        /// The first value that is above it; nil of the last bucket, which counts all that no other has room for.
        public let below: Int128?
        /// How many values it has.
        public let count: UInt64
    }

    private let histogram: BucketHistogram

    /// Takes counts by powers of two, as `log2l()` of libbpf-tools fills them.
    ///
    /// - Parameter counts: How often 0 or 1 came, 2 or 3, 4 to 7, and so on.
    public init(log2 counts: [UInt64]) { histogram = BucketHistogram(.log2, counts) }

    /// Takes counts of buckets of one width.
    ///
    /// - Parameters:
    ///   - counts: How often values of each bucket came.
    ///   - from: The least value of the first bucket.
    ///   - step: How many values each bucket has; 0 is taken for 1.
    public init(linear counts: [UInt64], from: Int64 = 0, step: UInt64 = 1) {
        histogram = BucketHistogram(.linear(min: from, step: max(step, 1)), counts)
    }

    /// How many values were counted.
    public var total: UInt64 { histogram.total }

    /// The buckets from the first one that has values to the last one.
    public var buckets: [Bucket] {
        histogram.rows.map { Bucket(from: $0.low ?? .min, below: $0.high, count: $0.count) }
    }

    /// The bucket that has the value which so many percent of all are not above; nil if nothing was counted.
    ///
    /// - Parameter percent: From 0 to 100: 50 is the median.
    public func percentile(_ percent: Double) -> Bucket? {
        let thousandths = UInt64(exactly: (min(max(percent, 0), 100) * 10).rounded()) ?? 0
        guard let (from, below) = histogram.percentile(thousandths) else { return nil }
        return buckets.first { $0.from == from && $0.below == below }
    }

    /// What was counted since an earlier look at the same buckets; all where a count went down, as after a restart.
    public func since(_ earlier: Histogram) -> Histogram {
        guard earlier.histogram.scale == histogram.scale else { return self }
        var counts = histogram.counts
        for (index, before) in earlier.histogram.counts.enumerated() where index < counts.count {
            guard before <= counts[index] else { return self }
            counts[index] -= before
        }
        return Histogram(histogram.scale, counts)
    }

    private init(_ scale: BucketScale, _ counts: [UInt64]) { histogram = BucketHistogram(scale, counts) }
}

extension Histogram: CustomStringConvertible {
    /// It as bars, a line for each bucket, with the number of values and percentiles below.
    public var description: String {
        var lines = LineBuffer(capacity: 4096)
        histogram.write(to: &lines, width: nil)
        return unsafe lines.bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
