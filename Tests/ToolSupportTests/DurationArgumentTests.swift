// SPDX-License-Identifier: Apache-2.0

import Testing
import ToolSupport

struct DurationArgumentTests {
    @Test(arguments: [
        ("10s", 10_000), ("500ms", 500), ("2m", 120_000), ("1h", 3_600_000), ("3", 3000), ("1.5s", 1500),
        ("2min", 120_000), ("1d", 86_400_000),
    ])
    func `lengths of time are read with their unit`(text: String, milliseconds: Int64) {
        #expect(DurationArgument(argument: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: ["", "s", "500us", "1us0", "5K", "0", "-1s", "10x", "1e9s", "nan", "9999999999999999h", "1..2s"])
    func `anything else is refused`(text: String) {
        #expect(DurationArgument(argument: text) == nil)
    }
}
