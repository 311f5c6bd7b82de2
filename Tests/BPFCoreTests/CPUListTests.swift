// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Diagnostics
import Testing

struct RingCPUListTests {
    @Test(arguments: [
        ("0\n", [0]), ("0-3\n", [0, 1, 2, 3]), ("0,2-3,8", [0, 2, 3, 8]), ("8,0-1", [0, 1, 8]), ("5-5", [5]), ("", []),
        ("\n", []), ("0-1,1-2", [0, 1, 2]), ("65535", [65535]),
    ])
    func `lists of CPUs are read as sysfs writes them`(text: String, ids: [Int]) {
        #expect(CPUList.parse(text) == ids)
    }

    @Test(arguments: ["", "0", "0-3", "0,2-3,8", "0-1,4-5,7"])
    func `lists are written as they are read`(text: String) throws {
        #expect(CPUList.text(try #require(CPUList.parse(text))) == text)
    }

    @Test(arguments: [
        "a", "-", "1-", "-1", "3-1", "1,,2", ",", "1,", "0-99999999999999999999", "65536", "0-65536", "1-2-3", "+1",
        "1 2",
        "0x1", "1\n2", "\n\n",
    ])
    func `anything else is no list`(text: String) {
        #expect(CPUList.parse(text) == nil)
    }

    @Test func `a machine without sysfs is told in words`() {
        let error = #expect(throws: BPFError.self) {
            try CPUList.online(roots: KernelRoots(proc: "/nowhere", sys: "/nowhere"))
        }
        #expect(error?.diagnostic.message.contains("/nowhere/devices/system/cpu/online") == true)
    }
}
