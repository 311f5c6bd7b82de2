// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BPFCore

@Suite struct MountTableTests {
    let table = MountTable(
        parsing: """
            22 27 0:21 / /proc rw,relatime - proc proc rw
            27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
            30 23 0:7 / /sys/fs/bpf rw,nosuid shared:9 - bpf none rw,mode=700
            31 23 0:8 / /mnt/with\\040space\\134x ro,nosuid shared:1 master:2 - bpf none ro
            32 23 0:9 /sub /mnt/bound rw - tracefs tracefs rw
            33 27 254:0 / / rw - overlay overlay rw
            short line
            34 23 0:9 / /mnt/none rw -

            """)

    @Test func `types, points, options and octal escapes are read`() throws {
        #expect(table.mounts.count == 6)
        let pins = table.mounts(ofType: "bpf")
        #expect(pins.map(\.point) == ["/mnt/with space\\x", "/sys/fs/bpf"])
        #expect(pins.map(\.isReadOnly) == [true, false])
        #expect(pins.last?.superOptions == ["rw", "mode=700"])
        #expect(table.mounts(ofType: "tracefs").first?.root == "/sub")
    }

    @Test(arguments: [
        ("/sys/fs/bpf", "bpf"), ("/sys/fs/bpf/tc/globals", "bpf"), ("/sys/fs/bpfx", "overlay"), ("/proc", "proc"),
        ("/", "overlay"),
    ])
    func `a path lies in the deepest mount, and the latest at one place hides the others`(path: String, type: String) {
        #expect(table.mount(containing: path)?.type == type)
    }

    @Test func `the table of this process can be read`() throws {
        #expect(try MountTable().mount(containing: "/proc/self")?.type == "proc")
    }
}

@Suite struct TracefsTests {
    @Test func `tracefs is found by the table of mounts, a bound part of it passed over`() throws {
        let kernel = try FakeKernel(["trace/events/header": "", "debug/tracing/events/header": ""])
        try kernel.write(
            """
            1 0 0:1 / \(kernel.folder)/debug rw - debugfs debugfs rw
            2 0 0:2 /instances \(kernel.folder)/bound rw - tracefs tracefs rw
            3 0 0:2 / \(kernel.folder)/trace rw - tracefs tracefs rw

            """, to: "proc/self/mountinfo")
        #expect(Tracefs.find(roots: kernel.roots)?.path == kernel.folder + "/trace")
        try kernel.write("1 0 0:1 / \(kernel.folder)/debug rw - debugfs debugfs rw\n", to: "proc/self/mountinfo")
        #expect(Tracefs.find(roots: kernel.roots)?.path == kernel.folder + "/debug/tracing")
    }

    @Test func `without a table the usual places are looked at, and nothing there is none`() throws {
        let kernel = try FakeKernel()
        #expect(Tracefs.find(roots: kernel.roots) == nil)
        try kernel.write("", to: "sys/kernel/tracing/events/header")
        #expect(Tracefs.find(roots: kernel.roots)?.path == kernel.roots.sys + "/kernel/tracing")
    }
}
