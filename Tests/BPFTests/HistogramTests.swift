// SPDX-License-Identifier: Apache-2.0

import BPF
import Testing

/// Histograms of what programs count in buckets.
struct HistogramTests {
    @Test func `powers of two have their bounds, and empty buckets at both ends are left out`() {
        let histogram = Histogram(log2: [0, 2, 0, 5, 0, 0])
        #expect(histogram.total == 7)
        #expect(histogram.buckets.map(\.from) == [2, 4, 8] && histogram.buckets.map(\.below) == [4, 8, 16])
        #expect(histogram.buckets.map(\.count) == [2, 0, 5])
        #expect(histogram.percentile(0)?.from == 2 && histogram.percentile(50)?.from == 8)
        #expect(histogram.percentile(100)?.count == 5 && histogram.percentile(.nan) != nil)
        #expect(histogram.description.contains("[8, 16)") && histogram.description.contains("count 7"))
    }

    @Test func `the last bucket has no upper bound, and nothing is no histogram`() {
        #expect(Histogram(log2: [0, 0, 3]).buckets.map(\.below) == [nil])
        let none = Histogram(log2: [])
        #expect(none.buckets.isEmpty && none.total == 0 && none.percentile(50) == nil && !none.description.isEmpty)
    }

    @Test func `buckets of one width begin where they are told to, whatever numbers those are`() {
        let histogram = Histogram(linear: [1, 0, 2], from: -10, step: 5)
        #expect(histogram.buckets.map(\.from) == [-10, -5, 0])
        #expect(Histogram(linear: [1, 1], from: .max, step: .max).buckets.count == 2)
        #expect(Histogram(linear: [1, 1], step: 0).buckets.map(\.from) == [0, 1])
        #expect(Histogram(log2: [.max, .max]).total == .max)
    }

    @Test func `what came since an earlier look is left, and all of it after a restart`() {
        let (before, now) = (Histogram(log2: [1, 2]), Histogram(log2: [4, 2, 1]))
        #expect(now.since(before) == Histogram(log2: [3, 0, 1]))
        #expect(now.since(Histogram(log2: [])) == now)
        #expect(before.since(now) == before && now.since(Histogram(linear: [1])) == now)
    }
}
