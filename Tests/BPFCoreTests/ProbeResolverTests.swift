// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import Foundation
import Testing

@testable import BPFCore

@Suite struct ProbeResolverTests {
    private func resolve(
        _ text: String, isReturn: Bool = false, symbols: String = sampleSymbols, files: [String: String] = [:]
    ) throws -> ResolvedProbe {
        let kernel = try FakeKernel(files.merging(["proc/kallsyms": symbols]) { $1 })
        return try ProbeResolver.resolve(try ProbeTarget(parsing: text, isReturn: isReturn), roots: kernel.roots)
    }

    private func refusal(
        _ text: String, symbols: String = sampleSymbols, files: [String: String] = [:]
    ) throws -> Diagnostic {
        let error = #expect(throws: BPFError.self) { try resolve(text, symbols: symbols, files: files) }
        #expect(error?.isTargetMissing == true)
        let diagnostic = try #require(error).diagnostic
        #expect(diagnostic.stage == .resolve)
        return diagnostic
    }

    @Test func `an exact name wins, also when addresses are hidden`() throws {
        let probe = try resolve("vfs_read+0x10")
        #expect(probe.symbol == "vfs_read")
        #expect(probe.offset == 0x10)
        #expect(probe.address == 0xffff_ffff_8100_0100)
        #expect(probe.notes.isEmpty)
        #expect(try resolve("vfs_read", symbols: hiddenSymbols).address == nil)
        #expect(try resolve("sys_bpf", symbols: hiddenSymbols).symbol == "__sys_bpf")
    }

    @Test(arguments: ["sys_bpf", "SyS_bpf", "__do_sys_bpf", "__se_sys_bpf", "ksys_bpf", "__arm64_sys_bpf"])
    func `the name of a system call leads to the function with its arguments`(name: String) throws {
        let probe = try resolve(name)
        #expect(probe.symbol == "__sys_bpf")
        #expect(probe.notes.count == 1)
        #expect(probe.notes.first?.severity == (name == "__arm64_sys_bpf" ? .warning : .note))
        #expect(try resolve("sys_read").symbol == "ksys_read")
    }

    @Test func `only a wrapper is left: it is taken, with one line of warning`() throws {
        let probe = try resolve("sys_mount")
        #expect(probe.symbol == "__x64_sys_mount")
        let warnings = probe.notes.filter { $0.severity == .warning }
        #expect(warnings.count == 1)
        #expect(warnings.first?.message.contains("pointer to the saved registers") == true)
        #expect(warnings.first?.message.contains("PT_REGS_PARM1_CORE_SYSCALL") == true)
        #expect(warnings.first?.text().contains("\n") == false)
    }

    @Test func `a return probe on a wrapper needs no warning`() throws {
        #expect(try resolve("sys_mount", isReturn: true).notes.allSatisfy { $0.severity == .note })
    }

    @Test func `a wrapper that was named is taken as it is, with a note`() throws {
        let probe = try resolve("__x64_sys_bpf")
        #expect(probe.symbol == "__x64_sys_bpf")
        #expect(probe.notes.map(\.severity) == [.note])
    }

    @Test(arguments: ["__ia32_sys_mount", "compat_sys_bpf", "do_sys_bpf", "sys_"])
    func `compat and other functions are not taken for the system call`(name: String) throws {
        _ = try refusal(name)
    }

    @Test func `the second best place is kept for a kernel that takes no probe on the best`() throws {
        let probe = try resolve("sys_bpf")
        #expect(probe.alternatives.map(\.symbol) == ["__x64_sys_bpf"])
        #expect(try resolve("sys_bpf+0x8").alternatives.isEmpty)
    }

    @Test func `a missing name is refused with the near ones`() throws {
        let diagnostic = try refusal("vfs_raed")
        #expect(diagnostic.message == "there is no function vfs_raed in this kernel")
        #expect(diagnostic.details == ["near: vfs_read"])
        #expect(diagnostic.nextStep == "did you mean vfs_read?")
    }

    @Test func `what the compiler made of a function is told apart`() throws {
        #expect(try refusal("ip_finish").cause?.contains("changed copy") == true)
        #expect(try refusal("inlined_one").cause?.contains("inlined") == true)
        #expect(try refusal("jiffies").cause == "the symbol is data and not a function")
    }

    @Test func `several copies are listed and not chosen among`() throws {
        let diagnostic = try refusal("twin")
        #expect(diagnostic.details == ["twin@1: vmlinux 0xffffffff81000900", "twin@2: vmlinux 0xffffffff81000a00"])
        #expect(try refusal("twin", symbols: hiddenSymbols).details.first == "twin@1: vmlinux (address hidden)")
        #expect(try refusal("shared").nextStep == "name the one: vmlinux:shared")
    }

    @Test(arguments: [
        ("twin@1", 0xffff_ffff_8100_0900), ("twin@2", 0xffff_ffff_8100_0a00),
        ("vmlinux:twin@0xffffffff81000a00", 0xffff_ffff_8100_0a00), ("vfs_read@1", 0xffff_ffff_8100_0100),
        ("shared@2+0x4", 0xffff_ffff_c000_0100),
    ])
    func `one of several copies is chosen by its number or address`(text: String, address: UInt64) throws {
        let probe = try resolve(text)
        #expect(probe.address == address)
        #expect(probe.needsAddress == !text.hasPrefix("vfs_read"))
        #expect(probe.description.contains("@0x" + String(address, radix: 16)))
    }

    @Test func `all copies are chosen, and a choice that is none is refused with the list`() throws {
        let kernel = try FakeKernel(["proc/kallsyms": sampleSymbols])
        var resolver = TargetResolver(roots: kernel.roots)
        let all = try resolver.resolveAll(.kprobe(try ProbeTarget(parsing: "twin@all", isReturn: true)))
        #expect(all.map { $0.probe?.address } == [0xffff_ffff_8100_0900, 0xffff_ffff_8100_0a00])
        #expect(Set(all.compactMap(\.hook)).count == 2)
        #expect(try resolver.resolveAll(.kprobe(try ProbeTarget(parsing: "vfs_read"))).count == 1)
        #expect(try refusal("twin@3").details.count == 2)
        #expect(try refusal("twin@0x1").nextStep == "choose one of these")
        #expect(try refusal("twin@all").message == "twin@all means 2 functions, where one is expected")
        #expect(try refusal("twin").nextStep?.contains("twin@2, or all: twin@all") == true)
        #expect(try refusal("twin@2", symbols: hiddenSymbols).cause?.contains("shows no addresses") == true)
        #expect(try refusal("vfs_raed@1").nextStep == "did you mean vfs_read?")
    }

    @Test func `the symbols of one name are read without the others, with what the compiler made of it`() throws {
        let kernel = try FakeKernel(["proc/kallsyms": sampleSymbols + String(repeating: "x", count: 200_000)])
        let symbols = try KernelSymbols(roots: kernel.roots, named: ["ip_finish", "shared"])
        #expect(symbols.count == 3)
        #expect(symbols.variants(of: "ip_finish") == ["ip_finish.isra.0"])
        #expect(symbols.functions(named: "shared").map(\.module) == [nil, "xfs"])
    }

    @Test(arguments: [
        ("ffffffffc0000000  k  xfs_open+0x0  [xfs][DISABLED]\n", "xfs"),
        ("ffffffffc0000000  k  xfs_open+0x0    xfs [DISABLED][FTRACE]\n", "xfs"),
        ("ffffffff81000000  k  xfs_open+0x0    [DISABLED]\nffffffff81000000  k  other+0x0  [xfs]\n", nil),
    ])
    func `the module of a probe is read from the list of probes`(list: String, module: String?) {
        #expect(NamedProbes.listed("xfs_open", offset: 0, inList: list)?.module == module)
    }

    @Test func `a place within a function is found in the list of probes, and one beyond its end is another's`() {
        let list = "ffffffff81000005  k  vfs_read+0x5    [DISABLED]\nffffffff81000000  k  vfs_read+0x0  \n"
        #expect(NamedProbes.listed("vfs_read", offset: 5, inList: list) == NamedProbes.Listed(module: nil))
        #expect(NamedProbes.listed("vfs_read", offset: 0x50, inList: list) == nil)
        #expect(NamedProbes.listed("vfs_rea", offset: 0, inList: list) == nil)
    }

    @Test func `what keeps a program from being called is told`() throws {
        let kernel = try FakeKernel([
            "sys/kernel/security/lsm": "lockdown,capability,apparmor", "sys/kernel/debug/kprobes/enabled": "0\n",
            "proc/sys/kernel/ftrace_enabled": "0\n",
            "proc/kallsyms": sampleSymbols + "ffffffff81f00000 t vfs_read.part.0\n",
        ])
        func doubts(_ section: String) throws -> [String?] {
            let target = try AttachTarget(section: section)
            return AttachDoubts.found(for: target, roots: kernel.roots).map(\.nextStep)
        }
        #expect(try doubts("lsm/file_open") == ["boot with lsm=lockdown,capability,apparmor,bpf"])
        let group = CgroupSecurityHook.sections[0]
        let hook = AttachTarget(try CgroupSecurityHook(reading: "file_open:/sys/fs/cgroup/a", in: group))
        #expect(
            AttachDoubts.found(for: hook, roots: kernel.roots)
                == AttachDoubts.found(
                    for: try .lsm("file_open"), roots: kernel.roots))
        #expect(try doubts("kprobe/vfs_read") == ["echo 1 > \(kernel.roots.sys)/kernel/debug/kprobes/enabled"])
        #expect(try doubts("fexit/vfs_read") == ["sysctl kernel.ftrace_enabled=1"])
        #expect(try doubts("tp/sched/sched_switch").isEmpty)
        var resolver = TargetResolver(roots: kernel.roots)
        let target = try resolver.resolve(.kprobe(try ProbeTarget(parsing: "vfs_read")))
        #expect(
            AttachDoubts.unseenCalls(of: [target], roots: kernel.roots).first?.doubt.message.contains("vfs_read.part.0")
                == true)
        let whole = try FakeKernel(["sys/kernel/security/lsm": "capability,bpf"])
        #expect(AttachDoubts.found(for: try .lsm("file_open"), roots: whole.roots).isEmpty)
    }

    @Test func `wrappers of system calls for 32-bit programs are told in one note, but those that are traced`() throws {
        let kernel = try FakeKernel(["proc/kallsyms": sampleSymbols + "ffffffff81f00000 T __ia32_compat_sys_mount\n"])
        var resolver = TargetResolver(roots: kernel.roots)
        func doubts(_ names: String...) throws -> [Diagnostic] {
            let targets = try names.map { try resolver.resolve(.kprobe($0)) }
            return AttachDoubts.unseenCalls(of: targets, roots: kernel.roots).map(\.doubt)
        }
        let both = try doubts("__x64_sys_bpf", "sys_mount", "__x64_sys_bpf")
        #expect(both.map(\.code) == [.programNotInKernel] && both.first?.severity == .note)
        #expect(both.first?.cause == "they go through __ia32_sys_bpf, __ia32_compat_sys_mount")
        #expect(try doubts("__x64_sys_bpf", "__ia32_sys_bpf").isEmpty)
        // The function behind both wrappers sees both; of this call the kernel has one wrapper.
        #expect(try doubts("__sys_bpf").isEmpty)
        #expect(try doubts("__x64_sys_read").isEmpty)
    }

    @Test func `a module or vmlinux tells copies apart, by address since the name alone does not`() throws {
        let inModule = try resolve("xfs:shared")
        #expect(inModule.module == "xfs")
        #expect(inModule.needsAddress)
        let inImage = try resolve("vmlinux:shared")
        #expect(inImage.module == nil)
        #expect(inImage.address == 0xffff_ffff_8100_0d00)
        #expect(!(try resolve("xfs:xfs_open").needsAddress))
        #expect(try resolve("same_place").address == 0xffff_ffff_8100_0c00)
    }

    @Test func `a module that is not loaded is named with the way to load it`() throws {
        let release = UnameFacts.current.release
        let files = [
            "proc/modules": "xfs 2000 0 - Live 0x0\n",
            "modules/\(release)/modules.dep": "kernel/fs/btrfs/btrfs.ko.xz: kernel/lib/x.ko\nkernel/net/nf-nat.ko:\n",
            "modules/\(release)/modules.builtin": "kernel/fs/ext4/ext4.ko\n",
        ]
        #expect(try refusal("btrfs:btrfs_open", files: files).nextStep == "load it: modprobe btrfs")
        #expect(try refusal("nf-nat:nat", files: files).nextStep == "load it: modprobe nf_nat")
        #expect(try refusal("ext4:ext4_open", files: files).nextStep == "leave out \"ext4:\"")
        #expect(try refusal("nosuch:f", files: files).cause?.contains("has none of that name") == true)
        #expect(try refusal("xfs:vfs_read", files: files).nextStep == "name it as vmlinux:vfs_read")
    }

    @Test func `a blacklisted function is refused before the kernel is asked`() throws {
        let files = ["sys/kernel/debug/kprobes/blacklist": "0xffffffff81000100-0xffffffff81000200\tvfs_read\n"]
        #expect(try refusal("vfs_read", files: files).message == "vfs_read takes no probe")
        #expect(try resolve("vfs_write", files: files).symbol == "vfs_write")
    }

    @Test func `an offset beyond the end is refused with the size`() throws {
        #expect(try refusal("vfs_read+0x110").cause == "vfs_read has 0x110 bytes")
        #expect(try resolve("vfs_read+0x10f").offset == 0x10f)
    }

    @Test func `without kallsyms the name goes on unchecked, with a warning`() throws {
        let kernel = try FakeKernel()
        let probe = try ProbeResolver.resolve(try ProbeTarget(parsing: "xfs:f"), roots: kernel.roots)
        #expect(probe.description == "xfs:f")
        #expect(probe.notes.map(\.severity) == [.warning])
    }

    #if arch(x86_64)
        @Test func `a body that may take no probe is seen where the wrapper calls it`() throws {
            let symbols = """
                ffffffff81000400 t __do_sys_bpf
                ffffffff81000500 T __x64_sys_bpf
                ffffffff81000520 T __ia32_sys_bpf

                """
            // mov %rdi,%rax; call __do_sys_bpf; ret
            let code: [UInt8] =
                [0x48, 0x89, 0xf8, 0xe8, 0xf8, 0xfe, 0xff, 0xff, 0xc3] + Array(repeating: 0x90, count: 55)
            let kernel = try FakeKernel(["proc/kallsyms": symbols])
            try kernel.write(core(code, at: 0xffff_ffff_8100_0500), to: "proc/kcore")
            let probe = try ProbeResolver.resolve(try ProbeTarget(parsing: "sys_bpf"), roots: kernel.roots)
            #expect(probe.symbol == "__do_sys_bpf")
            #expect(probe.alternatives.map(\.description) == ["__x64_sys_bpf+0x3", "__x64_sys_bpf"])
            let exact = try ProbeResolver.resolve(try ProbeTarget(parsing: "__do_sys_bpf"), roots: kernel.roots)
            #expect(exact.alternatives.map(\.description) == ["__x64_sys_bpf+0x3"])
            let onReturn = try ProbeTarget(parsing: "sys_bpf", isReturn: true)
            #expect(
                try ProbeResolver.resolve(onReturn, roots: kernel.roots).alternatives.map(\.description)
                    == ["__x64_sys_bpf"])
        }
    #endif

    /// An ELF core file with one segment.
    private func core(_ code: [UInt8], at address: UInt64) -> Data {
        var bytes = [UInt8](repeating: 0, count: 120)
        func put(_ value: UInt64, _ size: Int, at offset: Int) {
            for index in 0..<size { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index))) }
        }
        bytes.replaceSubrange(0..<5, with: [0x7f, 0x45, 0x4c, 0x46, 2])
        put(64, 8, at: 32)
        put(56, 2, at: 54)
        put(1, 2, at: 56)
        put(1, 4, at: 64)
        put(120, 8, at: 72)
        put(address, 8, at: 80)
        put(UInt64(code.count), 8, at: 96)
        return Data(bytes + code)
    }
}

@Suite struct CallSiteTests {
    @Test func `a call, a jump at the end and a call under a breakpoint are found by where they lead`() {
        let start: UInt64 = 0xffff_ffff_8100_0500
        for opcode in [0xe8, 0xe9, 0xcc] as [UInt8] {
            let code: [UInt8] = [0x90, opcode, 0xfa, 0x0f, 0, 0, 0xc3]
            #expect(CallSite.offset(in: code, at: start, calling: start + 6 + 0x0ffa) == 1)
            #expect(CallSite.offset(in: code, at: start, calling: start) == nil)
        }
        #expect(CallSite.offset(in: [0xe8, 0, 0, 0], at: start, calling: start + 5) == nil)
        #expect(CallSite.offset(in: [], at: start, calling: start) == nil)
        #expect(CallSite.offset(in: [0xe8, 0xfb, 0xff, 0xff, 0xff], at: start, calling: start) == 0)
    }

    @Test func `segments that lie about themselves hold no address`() {
        var header = [UInt8](repeating: 0xff, count: 200)
        header.replaceSubrange(0..<5, with: [0x7f, 0x45, 0x4c, 0x46, 2])
        #expect(KernelText.fileOffset(of: 1, count: 16, header: header) == nil)
        for end in header.indices {
            #expect(KernelText.fileOffset(of: 1, count: 1, header: Array(header[..<end])) == nil)
        }
    }
}
