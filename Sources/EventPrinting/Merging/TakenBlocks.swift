// SPDX-License-Identifier: Apache-2.0

/// The blocks of a capture that were read, whatever file they were in: those that come again are copies.
struct TakenBlocks {
    /// Ranges in ascending order that do not touch.
    private var ranges: [ClosedRange<UInt64>] = []
    /// As many are kept: files that go on with each other make one, each gap one more.
    private static let limit = 1 << 16

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
            // Copies of what is forgotten are not recognised; nothing is left out that is none.
            if ranges.count < Self.limit { ranges.insert(block...block, at: place) }
        }
        return true
    }

    /// Those of some blocks that were not taken, as ranges.
    func missing(in blocks: ClosedRange<UInt64>) -> [ClosedRange<UInt64>] {
        var missing: [ClosedRange<UInt64>] = []
        var next = blocks.lowerBound
        var place = place(of: next)
        while place < ranges.count, ranges[place].lowerBound <= blocks.upperBound {
            let taken = ranges[place]
            if taken.lowerBound > next { missing.append(next...(taken.lowerBound - 1)) }
            guard taken.upperBound < blocks.upperBound else { return missing }
            next = taken.upperBound + 1
            place += 1
        }
        missing.append(next...blocks.upperBound)
        return missing
    }

    /// The blocks between the first and the last one that were not taken.
    var gaps: UInt64 {
        zip(ranges, ranges.dropFirst()).reduce(0) { $0 &+ ($1.1.lowerBound - $1.0.upperBound - 1) }
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
