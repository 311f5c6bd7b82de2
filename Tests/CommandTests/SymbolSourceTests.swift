// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Foundation
import Synchronization
import TestSupport
import Testing
import ToolSupport

@testable import EventPrinting

/// Names of addresses in a printer that runs while modules come and go.
struct SymbolSourceTests {
    @Test func `the symbols are read again when a module has come, and not because one is used more`() throws {
        try withTemporaryFolder { folder in
            func write(symbols: String, modules: String) throws {
                try symbols.write(to: folder.appending(path: "kallsyms"), atomically: true, encoding: .utf8)
                try modules.write(to: folder.appending(path: "modules"), atomically: true, encoding: .utf8)
            }
            let kernel = "ffffffff81000000 T first\n"
            try write(symbols: kernel, modules: "dummy 4096 0 - Live 0x0\n")
            let now = Now()
            let source = SymbolSource(
                path: nil, reporter: Reporter(tool: "print-event", quiet: true),
                roots: KernelRoots(proc: folder.path, sys: folder.path), clock: { now.value.load(ordering: .relaxed) })
            #expect(source.symbol(at: 0xffff_ffff_c000_0010)?.name != "loaded")
            let module = kernel + "ffffffffc0000000 t loaded\t[new]\n"
            try write(symbols: module, modules: "dummy 4096 7 - Live 0x0\n")
            now.value.add(SymbolSource.interval, ordering: .relaxed)
            #expect(source.symbol(at: 0xffff_ffff_c000_0010)?.name != "loaded")
            try write(symbols: module, modules: "dummy 4096 7 - Live 0x0\nnew 8192 0 - Live 0x0\n")
            #expect(source.symbol(at: 0xffff_ffff_c000_0010)?.name != "loaded", "within the second")
            now.value.add(SymbolSource.interval, ordering: .relaxed)
            #expect(source.symbol(at: 0xffff_ffff_c000_0010)?.name == "loaded")
        }
    }

    @Test func `code of BPF programs has its names, which are read as long as the programs are there`() throws {
        try withTemporaryFolder { folder in
            func write(_ symbols: String) throws {
                try symbols.write(to: folder.appending(path: "kallsyms"), atomically: true, encoding: .utf8)
            }
            let kernel = "ffffffff81000000 T first\n"
            try write(kernel + "ffffffffc0000000 t bpf_prog_5c008880912017b0_sched_switch\t[bpf]\n")
            try "".write(to: folder.appending(path: "modules"), atomically: true, encoding: .utf8)
            let source = SymbolSource(
                path: nil, reporter: Reporter(tool: "print-event", quiet: true),
                roots: KernelRoots(proc: folder.path, sys: folder.path))
            source.prepare()
            try write(kernel)
            source.prepare()
            let found = source.symbol(at: 0xffff_ffff_c000_00f8)
            #expect(found?.name == "bpf_prog_5c008880912017b0_sched_switch" && found?.offset == 0xf8)
            #expect(source.symbol(at: 0xffff_ffff_8100_0000)?.name == "first")
        }
    }

    private final class Now: Sendable { let value = Atomic<UInt64>(1) }
}
