// SPDX-License-Identifier: Apache-2.0

/// A number that code computes from one that it measured, by steps that keep their order and their distances: the index of a
/// bucket of one width.
///
/// It is `(measured - first) / step`, and `factor` times that where it is bytes to the bucket.
struct BucketIndex: Hashable {
    /// The measured number of which the index is 0.
    private(set) var first: Int64 = 0
    /// How many measured numbers have one index.
    private(set) var step: Int64 = 1
    private(set) var factor: Int64 = 1
    /// Indices that stand for all that is beyond them.
    private(set) var edges: Set<Int64> = []
    /// Whether what is measured comes from memory that the program fills itself: then it may be an index of any kind.
    private(set) var isStored: Bool

    private static let most: Int64 = 1 << 40
    private static let mostEdges = 2

    init(isStored: Bool) { self.isStored = isStored }

    /// With another number added.
    func adding(_ number: Int64) -> BucketIndex? {
        guard number.magnitude < UInt64(Self.most), number % factor == 0 else { return nil }
        let shift = number / factor
        var index = self
        let (distance, overflow) = shift.multipliedReportingOverflow(by: step)
        let (first, isTooFar) = index.first.subtractingReportingOverflow(distance)
        guard !overflow, !isTooFar, first.magnitude < UInt64(Self.most) else { return nil }
        index.first = first
        index.edges = Set(edges.map { $0 &+ shift })
        return index
    }

    func multiplied(by number: Int64) -> BucketIndex? {
        guard (1...(1 << 20)).contains(number), factor * number <= 1 << 20 else { return nil }
        var index = self
        index.factor *= number
        return index
    }

    func divided(by number: Int64) -> BucketIndex? {
        guard factor == 1, (1..<Self.most).contains(number), step <= Self.most / number else { return nil }
        var index = self
        index.step *= number
        index.edges = Set(edges.map { $0 / number })
        return index
    }

    /// The sum or the difference of two measured numbers, which is one as well.
    func combined(with other: BucketIndex) -> BucketIndex? {
        guard step == 1, factor == 1, edges.isEmpty, other.step == 1, other.factor == 1, other.edges.isEmpty else {
            return nil
        }
        return BucketIndex(isStored: isStored || other.isStored)
    }

    /// What is known if the code came with a number that it has in itself instead: the index of all that is too small, or too
    /// large.
    func joined(_ number: Int64) -> BucketIndex? {
        guard number >= 0, number % factor == 0 else { return nil }
        var index = self
        index.edges.insert(number / factor)
        return index.edges.count <= Self.mostEdges ? index : nil
    }

    func joined(_ other: BucketIndex) -> BucketIndex? {
        guard step == other.step, factor == other.factor, first == other.first || step == 1 else { return nil }
        var index = self
        index.isStored = isStored || other.isStored
        index.edges.formUnion(other.edges)
        // Where the code subtracts on one way only, the index is the number that it means.
        if first != other.first { index.first = 0 }
        return index.edges.count <= Self.mostEdges ? index : nil
    }

    /// The scale of buckets of this index, as a mark of the author says it; nil if it is not beyond doubt.
    ///
    /// - Parameter count: The number of buckets.
    func scale(buckets count: Int) -> String? {
        guard edges.isSubset(of: [0, Int64(count) - 1]), !isStored || step > 1 else { return nil }
        // Counted one by one, the index is itself what the program means.
        return "linear(\(step == 1 ? 0 : first),\(step))"
    }
}
