// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BPFCore

struct EventPulseTests {
    @Test func `an event whose time stands still has ended, and one that has not begun has not`() {
        var pulse = EventPulse()
        let looks = [0, 0, 5, 9, 9, 9, 10].map { pulse.isAlive($0) }
        #expect(looks == [true, true, true, true, false, false, true])
    }
}
