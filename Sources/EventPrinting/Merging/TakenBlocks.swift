// SPDX-License-Identifier: Apache-2.0

/// The blocks of a capture that were read, whatever file they were in: those that come again are copies.
struct TakenBlocks {
    /// Ranges in ascending order that do not touch.
    private var ranges: [ClosedRange<UInt64>] = []
    /// Whether blocks were taken in that there was no room for: copies of them are not recognised, and they may be in gaps.
    private(set) var hasForgotten = false
    /// As many are kept: files that go on with each other make one, each gap one more, and while files are read beside each
    /// other each has one of its own.
    ///
    /// A block may move all of them.
    private let limit: Int

    /// - Parameter files: How many files there are.
    init(files: Int = 1) { limit = max(1 << 12, min(files, 1 << 15) * 2) }

    /// Takes a block in.
    ///
    /// - Returns: Whether it had not been taken.
    mutating func take(_ block: UInt64) -> Bool {
        let place = place(of: block)
        if place < ranges.count, ranges[place].contains(block) { return false }
        let joinsBefore = place > 0 && ranges[place - 1].upperBound &+ 1 == block
        let joinsAfter = place < ranges.count && ranges[place].lowerBound &- 1 == block
        switch (joinsBefore, joinsAfter) {
        case (true, true):
            ranges[place - 1] = ranges[place - 1].lowerBound...ranges[place].upperBound
            ranges.remove(at: place)
        case (true, false): ranges[place - 1] = ranges[place - 1].lowerBound...block
        case (false, true): ranges[place] = block...ranges[place].upperBound
        case (false, false):
            // Nothing is left out that is no copy.
            if ranges.count < limit { ranges.insert(block...block, at: place) } else { hasForgotten = true }
        }
        return true
    }

    /// The blocks between the first and the last one that were not taken, as ranges; none where some are forgotten, which
    /// may be those.
    var gapRanges: [ClosedRange<UInt64>] {
        guard !hasForgotten else { return [] }
        // Ranges do not touch, so that there are blocks between them.
        return zip(ranges, ranges.dropFirst()).map { ($0.upperBound + 1)...($1.lowerBound - 1) }
    }

    /// How many blocks that is.
    var gaps: UInt64 {
        gapRanges.reduce(0 as UInt64) { $0.clampedSum(($1.upperBound - $1.lowerBound).clampedSum(1)) }
    }

    /// The first range that ends at a block or behind it.
    private func place(of block: UInt64) -> Int {
        if let last = ranges.last, last.upperBound < block { return ranges.count }
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < block { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
