// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BPFCore

struct WallClockTests {
    @Test func `a step is a change, and what the reading of two clocks makes is none`() {
        let hour: Int64 = 3_600_000_000_000
        #expect(WallClock.isChange(from: hour, to: hour + 1_000_001, uncertainty: 100))
        #expect(WallClock.isChange(from: hour, to: 0, uncertainty: 100))
        #expect(!WallClock.isChange(from: hour, to: hour - 1_000_000, uncertainty: 100))
        // The process was interrupted for longer each time.
        #expect(!WallClock.isChange(from: hour, to: hour + 5_000_000, uncertainty: 6_000_000))
        #expect(WallClock.isChange(from: .min, to: .max, uncertainty: 0))
    }

    @Test func `a clock that nobody sets does not change, and its timer stays quiet`() throws {
        var clock = WallClock()
        let number = clock.descriptor
        let descriptor = try #require(number)
        let poll = try EventPoll()
        try poll.add(descriptor, token: 1, .readable)
        let (isQuiet, isSame) = (poll.wait(milliseconds: 0).isEmpty, !clock.look())
        #expect(isQuiet && isSame)
        let offset = clock.bootOffset
        #expect(abs(offset - MonotonicClock.bootOffset) < 1_000_000_000)
    }
}
