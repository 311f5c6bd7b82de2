// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BPFCore

/// Who has hold of a function that the kernel calls busy.
@Suite struct FunctionUsersTests {
    private static let list = """
        vfs_open (1)            \ttramp: 0xffffffffc0204000 (kprobe_ftrace_handler+0x0/0x1c0) ->kprobe_ftrace_handler+0x0/0x1c0
        vfs_read (1) R I        \ttramp: 0xffffffffc0205000 (klp_ftrace_handler+0x0/0x1f0) ->klp_ftrace_handler+0x0/0x1f0
        vfs_write (1)     D     \ttramp: 0xffffffffc0206000 (call_direct_funcs+0x0/0x20) ->call_direct_funcs+0x0/0x20
        \tdirect-->my_tramp+0x0/0x20 [watcher]
        vfs_stat (1)     D     \ttramp: 0xffffffffc0207000 (call_direct_funcs+0x0/0x20) ->call_direct_funcs+0x0/0x20
        \tdirect-->bpf_trampoline_6442508342+0x0/0x1000
        xfs_open [xfs] (1) R I D M \tdirect-->other_tramp+0x0/0x20 [watcher]
        """

    private func entry(_ symbol: String, module: String? = nil) -> FunctionUsers.Entry? {
        var reader = FunctionUsers.EntryReader(symbol: symbol, module: module)
        for line in Self.list.utf8.split(separator: UInt8(ascii: "\n")) { reader.take(Array(line)[...]) }
        return reader.found
    }

    @Test func `flags and direct calls of a function are read from the function tracer's list`() {
        #expect(entry("vfs_open") == FunctionUsers.Entry())
        #expect(entry("vfs_read") == FunctionUsers.Entry(movesCallers: true))
        #expect(entry("vfs_write") == FunctionUsers.Entry(directCall: "my_tramp [watcher]"))
        #expect(
            entry("xfs_open", module: "xfs")
                == FunctionUsers.Entry(movesCallers: true, directCall: "other_tramp [watcher]"))
        #expect(entry("xfs_open", module: "ext4") == nil)
        #expect(entry("vfs") == nil)
    }

    @Test func `the tracer that has the direct call and whoever moves calls are named`() throws {
        let kernel = try FakeKernel([
            "sys/kernel/tracing/events/header": "", "sys/kernel/tracing/enabled_functions": Self.list,
        ])
        let direct = try #require(FunctionUsers.words(of: "vfs_write", module: nil, roots: kernel.roots))
        #expect(direct.cause.contains("my_tramp [watcher]"))
        let moved = try #require(FunctionUsers.words(of: "vfs_read", module: nil, roots: kernel.roots))
        #expect(moved.cause.contains("the flag I in"))
        // A trampoline of BPF is shared, and a kprobe keeps nobody off.
        #expect(FunctionUsers.words(of: "vfs_stat", module: nil, roots: kernel.roots) == nil)
        #expect(FunctionUsers.words(of: "vfs_open", module: nil, roots: kernel.roots) == nil)
    }

    @Test func `a live patch is named, unless it is switched off`() throws {
        let kernel = try FakeKernel([
            "sys/kernel/livepatch/fix_1/enabled": "1\n", "sys/kernel/livepatch/fix_1/vmlinux/vfs_read,1/x": "",
        ])
        let words = try #require(FunctionUsers.words(of: "vfs_read", module: nil, roots: kernel.roots))
        #expect(words.cause.contains("the live patch fix_1 replaces vfs_read"))
        #expect(FunctionUsers.words(of: "vfs_rea", module: nil, roots: kernel.roots) == nil)
        #expect(FunctionUsers.words(of: "vfs_read", module: "xfs", roots: kernel.roots) == nil)
        try kernel.write("0\n", to: "sys/kernel/livepatch/fix_1/enabled")
        #expect(FunctionUsers.words(of: "vfs_read", module: nil, roots: kernel.roots) == nil)
    }
}
