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
            let missing = taken.missing(in: 1...210).flatMap { Array($0) }
            #expect(missing == (1...210).filter { !set.contains($0) })
            let (least, most) = (set.min() ?? 1, set.max() ?? 1)
            #expect(taken.gaps == UInt64((least...most).count { !set.contains($0) }))
        }
    }

    @Test func `the ends of the numbers are blocks like others`() {
        var taken = TakenBlocks()
        let blocks = [0, .max, 1, .max - 1] as [UInt64]
        let (first, again) = (blocks.map { taken.take($0) }, blocks.map { taken.take($0) })
        #expect(!first.contains(false) && !again.contains(true))
        #expect(taken.missing(in: 0...(.max)) == [2...(.max - 2)] && taken.gaps == .max - 3)
    }
}
