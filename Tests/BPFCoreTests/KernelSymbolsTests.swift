// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Testing

@testable import BPFCore

@Suite struct KernelSymbolsTests {
    let symbols = KernelSymbols(kallsyms: Array(sampleSymbols.utf8))

    @Test func `functions of the image and of modules are found by their whole name`() {
        #expect(
            symbols.functions(named: "vfs_read") == [
                .init(name: "vfs_read", module: nil, address: 0xffff_ffff_8100_0100)
            ])
        #expect(symbols.functions(named: "xfs_open").first?.module == "xfs")
        #expect(symbols.functions(named: "weak_one").count == 1)
        #expect(symbols.functions(named: "vfs_rea").isEmpty)
        #expect(symbols.functions(named: "").isEmpty)
    }

    @Test func `data, padding in front of functions, BPF programs and trampolines are no functions`() {
        for name in ["jiffies", "__pfx_vfs_write", "bpf_prog_1234_x", "ftrace_trampoline", "fixed_percpu_data"] {
            #expect(symbols.functions(named: name).isEmpty)
        }
        #expect(symbols.hasData(named: "jiffies"))
        #expect(!symbols.hasData(named: "vfs_read"))
    }

    @Test func `a module narrows a name down, and vmlinux is the image`() {
        #expect(symbols.functions(named: "shared").count == 2)
        #expect(symbols.functions(named: "shared", module: "xfs").first?.address == 0xffff_ffff_c000_0100)
        #expect(symbols.functions(named: "shared", module: "vmlinux").first?.address == 0xffff_ffff_8100_0d00)
        #expect(symbols.functions(named: "shared", module: "ext4").isEmpty)
    }

    @Test func `hidden addresses are none, and names stay`() {
        let hidden = KernelSymbols(kallsyms: Array(hiddenSymbols.utf8))
        #expect(hidden.count == symbols.count)
        #expect(hidden.functions(named: "vfs_read") == [.init(name: "vfs_read", module: nil, address: nil)])
    }

    @Test func `the size of a function goes to the next one`() throws {
        let function = try #require(symbols.functions(named: "__x64_sys_bpf").first)
        #expect(symbols.size(of: function) == 0x20)
    }

    @Test(arguments: [
        "", "\n\n", "ffffffff81000000", "ffffffff81000000 ", "ffffffff81000000 T", "ffffffff81000000 T ", " T x\n",
        "zz T\n", "0 t a", "ffffffff81000000 T name\t[", "ffffffff81000000 T name\t[bp",
    ])
    func `lines of another shape do no harm`(text: String) {
        let broken = KernelSymbols(kallsyms: Array(text.utf8))
        for name in ["a", "name", "x", ""] { _ = broken.functions(named: name).map { broken.size(of: $0) } }
        #expect(broken.count <= 1)
        #expect(broken.near("sys_bpf").count <= 1)
    }

    @Test func `every cut of the file can be read`() {
        let bytes = Array(sampleSymbols.utf8)
        for end in bytes.indices {
            let cut = KernelSymbols(kallsyms: Array(bytes[..<end]))
            #expect(cut.count <= symbols.count + 1)
            _ = cut.functions(named: "shared")
        }
    }
}

@Suite struct NearNamesTests {
    let symbols = KernelSymbols(kallsyms: Array(sampleSymbols.utf8))

    @Test(arguments: [
        ("vfs_raed", "vfs_read"), ("vfs_wrte", "vfs_write"), ("tnet_csk_accept", "inet_csk_accept"),
        ("ip_finish", "ip_finish.isra.0"), ("sys_bpff", "__sys_bpf"), ("sys_mont", "__x64_sys_mount"),
    ])
    func `the best name comes first`(wrong: String, right: String) {
        #expect(symbols.near(wrong).first == right)
    }

    @Test func `the names of a system call come in the order in which they are of use`() {
        #expect(symbols.near("sys_bpf") == ["__sys_bpf", "__x64_sys_bpf", "__ia32_sys_bpf"])
    }

    @Test func `a name unlike any other has none, and no list is longer than asked for`() {
        #expect(symbols.near("completely_different").isEmpty)
        #expect(symbols.near("sys_bpf", limit: 2).count == 2)
    }

    @Test func `functions of pages are found by what they became with folios`() {
        let symbols = KernelSymbols(
            kallsyms: Array(
                """
                ffffffff81000000 T migrate_misplaced_folio
                ffffffff81000100 T folio_mark_accessed
                ffffffff81000200 T other

                """.utf8))
        #expect(symbols.near("migrate_misplaced_page") == ["migrate_misplaced_folio"])
        #expect(symbols.near("mark_page_accessed") == ["folio_mark_accessed"])
    }

    @Test(arguments: [
        ("", "", 0), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "acb", 1), ("abc", "ab", 1), ("abc", "xabc", 1),
        ("abcd", "badc", 2), ("abcdef", "abdcfe", 2), ("ab", "", 2), ("kitten", "sitten", 1),
    ])
    func `swaps of neighbours count as one error`(left: String, right: String, expected: Int) {
        var distance = EditDistance()
        #expect(distance.between(Array(left.utf8)[...], Array(right.utf8)[...], atMost: 2) == expected)
        #expect(distance.between(Array(right.utf8)[...], Array(left.utf8)[...], atMost: 2) == expected)
    }

    @Test func `more errors than allowed are no distance`() {
        var distance = EditDistance()
        #expect(distance.between(Array("kitten".utf8)[...], Array("sitting".utf8)[...], atMost: 2) == nil)
        #expect(distance.between(Array("abcdef".utf8)[...], Array("fedcba".utf8)[...], atMost: 2) == nil)
        // The rows are used again after a wider comparison.
        #expect(distance.between(Array("ab".utf8)[...], Array("ba".utf8)[...], atMost: 2) == 1)
    }
}
