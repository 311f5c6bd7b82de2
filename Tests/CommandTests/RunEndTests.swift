// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Testing

@testable import load_kp_bpf

struct RunEndTests {
    private let minute: UInt64 = 60_000_000_000

    @Test func `a run without an end waits for what is due, or for ever`() {
        let endless = RunEnd(milliseconds: nil)
        #expect(endless.milliseconds == nil && endless.milliseconds(until: .max) == nil)
        #expect(endless.milliseconds(until: 0) == 0)
        let wait = endless.milliseconds(until: MonotonicClock.nanoseconds + minute) ?? -1
        #expect((1...60_001).contains(wait))
    }

    @Test func `a run with an end waits for that at most`() {
        let over = RunEnd(milliseconds: 0)
        #expect(over.milliseconds == 0 && over.milliseconds(until: .max) == 0)
        let hour = RunEnd(milliseconds: 3_600_000)
        let wait = hour.milliseconds(until: MonotonicClock.nanoseconds + minute) ?? -1
        #expect((1...60_001).contains(wait))
        #expect((60_001...3_600_000).contains(hour.milliseconds(until: .max) ?? -1))
        #expect(RunEnd(milliseconds: .max).milliseconds.map { $0 > 0 } == true)
    }
}
