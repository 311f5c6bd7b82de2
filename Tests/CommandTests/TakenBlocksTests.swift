// SPDX-License-Identifier: Apache-2.0

@testable import EventPrinting
import Testing

struct TakenBlocksTests {
    @Test func `each block is new once, in any order, as a set has it`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var taken = TakenBlocks()
            var set: Set<UInt64> = []
            for _ in 0..<300 {
                let block = UInt64.random(in: 1...200, using: &generator)
                let isNew = taken.take(block)
                #expect(isNew == set.insert(block).inserted)
            }
            let (least, most) = (set.min() ?? 1, set.max() ?? 1)
            let missing = (least...most).filter { !set.contains($0) }
            let gaps = taken.gapRanges.flatMap { Array($0) }
            #expect(gaps == missing && taken.gaps == UInt64(missing.count))
        }
    }

    @Test func `the ends of the numbers are blocks like others`() {
        var taken = TakenBlocks()
        let blocks = [0, .max, 1, .max - 1] as [UInt64]
        let (first, again) = (blocks.map { taken.take($0) }, blocks.map { taken.take($0) })
        #expect(!first.contains(false) && !again.contains(true))
        #expect(taken.gapRanges == [2...(.max - 2)] && taken.gaps == .max - 3)
    }

    @Test func `more gaps than are kept make none, and no block that is new is taken for a copy`() {
        var taken = TakenBlocks()
        let isNew = (0..<5000).map { taken.take(UInt64($0) * 2) }
        #expect(!isNew.contains(false) && taken.hasForgotten && taken.gapRanges.isEmpty && taken.gaps == 0)
        // Those that were kept are still recognised, and those that join them.
        let (copy, between) = (taken.take(2), taken.take(3))
        #expect(!copy && between)
    }
}
