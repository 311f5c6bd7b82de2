// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Testing

/// Names of the kernel's functions for a shell that completes one.
struct FunctionNamesTests {
    @Test func `the list of the function tracer comes first`() throws {
        let kernel = try FakeKernel([
            "sys/kernel/tracing/events/x": "",
            "sys/kernel/tracing/available_filter_functions": "vfs_read\nvfs_write [fuse]\next4_sync\n",
            "proc/kallsyms": sampleSymbols,
        ])
        #expect(FunctionNames.beginning(with: "vfs_", limit: 10, roots: kernel.roots) == ["vfs_read", "vfs_write"])
        #expect(FunctionNames.beginning(with: "vfs_", limit: 1, roots: kernel.roots) == ["vfs_read"])
    }

    @Test func `without it functions of kallsyms are taken, and no data`() throws {
        let kernel = try FakeKernel(["proc/kallsyms": sampleSymbols + "\nffffffff82000000 D vfs_data\nbroken line\n"])
        #expect(FunctionNames.beginning(with: "vfs_", limit: 10, roots: kernel.roots) == ["vfs_read", "vfs_write"])
        #expect(FunctionNames.beginning(with: "fixed_", limit: 10, roots: kernel.roots).isEmpty)
    }

    @Test func `where neither can be read there are none`() throws {
        #expect(FunctionNames.beginning(with: "vfs_", limit: 10, roots: try FakeKernel().roots).isEmpty)
    }
}
