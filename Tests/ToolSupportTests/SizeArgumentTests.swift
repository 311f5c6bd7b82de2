// SPDX-License-Identifier: Apache-2.0

import Testing
import ToolSupport

struct SizeArgumentTests {
    @Test(arguments: [
        ("4096", 4096), ("1B", 1), ("64K", 65_536), ("64k", 65_536), ("64KiB", 65_536), ("10M", 10_485_760),
        ("1.5G", 1_610_612_736), ("2GiB", 2_147_483_648), ("1T", 1_099_511_627_776), ("1kB", 1000), ("3MB", 3_000_000),
    ])
    func `sizes are read with their unit, as coreutils do`(text: String, bytes: Int64) {
        #expect(SizeArgument(argument: text)?.bytes == bytes)
    }

    @Test(arguments: [
        "", "K", "0", "0M", "-1K", "10X", "10Mi", "10iB", "1e9", "nan", "inf", "1..2K", "9999999999999T", "1 K", "0.1",
    ])
    func `anything else is refused`(text: String) {
        #expect(SizeArgument(argument: text) == nil)
    }
}
