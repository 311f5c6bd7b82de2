// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import TestSupport
import Testing

/// Where programs on system calls go, and in which form, on a kernel of a few symbols.
struct SyscallFormTests {
    private static let source = """
        #include "fixture.h"
        struct regs { u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig, rip; };
        static long (*probe_read)(void *to, u32 size, const void *from) = (void *)113;
        static u64 (*pid)(void) = (void *)14;

        SECTION("kprobe/sys_mount") int loads(struct regs *ctx) { return ctx->rdi == ctx->rdx; }
        SECTION("kprobe/sys_mount") int nothing(struct regs *ctx) { return pid() == 3; }
        SECTION("kprobe/sys_mount") int knows(struct regs *ctx)
        {
            u64 word = 0;
            probe_read(&word, 8, &((struct regs *)ctx->rdi)->rsi);
            return word == 7;
        }
        SECTION("kprobe/sys_mount") int hides(struct regs *ctx)
        {
            u64 word = 0;
            probe_read(&word, 8, &ctx->rsi);
            return word == 7;
        }
        char _license[] SECTION("license") = LICENSE;
        """

    private func plan(
        _ program: String, _ targets: [String] = [], license: String = "GPL", raw: Bool = false, optional: Bool = false
    ) throws -> CollectionPlan {
        let kernel = try FakeKernel(["proc/kallsyms": sampleSymbols])
        let bytes = try compileBPF(source: Self.source, arguments: ["-DLICENSE=\"\(license)\""])
        let object = try Object(parsing: bytes, name: "calls.o")
        let places = try targets.isEmpty ? object.program(named: program).ownTargets : targets.map { try .kprobe($0) }
        var options = CollectionPlan.Options()
        options.keepsRawArguments = raw
        return try CollectionPlan(
            object, [ProgramChoice(object.program(named: program), targets: places, isOptional: optional)],
            options: options, on: Kernel(btf: nil, features: KernelFeatures(), roots: kernel.roots))
    }

    private func places(_ plan: CollectionPlan) -> [[String]] { plan.placements.map { $0.targets.map(\.description) } }

    private func loads(_ plan: CollectionPlan) -> [Int] { plan.placements.map { $0.program.rewriting?.loads ?? 0 } }

    @Test func `a program that loads arguments goes to the wrapper, even where there is a plain function`() throws {
        for (target, wrapper) in [("sys_mount", "__x64_sys_mount"), ("sys_read", "__x64_sys_read")] {
            let plan = try plan("loads", [target])
            #expect(places(plan) == [[wrapper]] && loads(plan) == [2])
            #expect(plan.notes.map(\.code) == [.argumentsCopied], "\(plan.notes)")
            #expect(plan.notes.first?.message.contains("sys_") == true)
            #expect(plan.plan.programs.count == 1)
            #expect(plan.plan.description.contains("\(plan.plan.programs[0].instructions.count) instructions"))
        }
    }

    @Test func `one that loads none stays as it is, without a word about arguments`() throws {
        let plain = try plan("nothing", ["sys_read"])
        #expect(places(plain) == [["ksys_read"]] && loads(plain) == [0])
        let wrapped = try plan("nothing")
        #expect(places(wrapped) == [["__x64_sys_mount"]] && wrapped.notes.map(\.code) == [.functionRenamed])
    }

    @Test func `one that knows the wrapper goes there as it is`() throws {
        let plan = try plan("knows", ["sys_read"])
        #expect(places(plan) == [["__x64_sys_read"]] && loads(plan) == [0])
        #expect(plan.notes.map(\.code) == [.syscallArguments] && plan.notes[0].severity == .note)
    }

    @Test func `one that cannot be changed goes to the plain function, or nowhere`() throws {
        let plain = try plan("hides", ["sys_read"])
        #expect(places(plain) == [["ksys_read"]] && plain.notes.last?.cause?.contains("bpf_probe_read") == true)
        #expect {
            _ = try plan("hides")
        } throws: { error in
            let error = (error as? BPFError)?.diagnostic
            return error?.code == .argumentsNotRead && error?.instruction != nil && error?.program == "hides"
        }
        let optional = try plan("hides", optional: true)
        #expect(optional.omissions.map(\.program.name) == ["hides"] && places(optional) == [[]])
        let raw = try plan("hides", raw: true)
        #expect(places(raw) == [["__x64_sys_mount"]] && raw.notes.contains { $0.severity == .warning })
    }

    @Test func `one that is not compatible with the GPL keeps its form`() throws {
        let plain = try plan("loads", ["sys_read"], license: "Proprietary")
        #expect(places(plain) == [["ksys_read"]] && loads(plain) == [0])
        #expect(plain.notes.last?.cause?.contains("GPL-compatible") == true && plain.notes.last?.severity == .note)
        let wrapped = try plan("loads", license: "Proprietary")
        #expect(places(wrapped) == [["__x64_sys_mount"]] && loads(wrapped) == [0])
        #expect(wrapped.notes.last?.severity == .warning && wrapped.notes.last?.code == .syscallArguments)
    }

    @Test func `on functions of both kinds it is loaded twice`() throws {
        let plan = try plan("loads", ["sys_mount", "vfs_read", "sys_bpf"])
        #expect(places(plan) == [["vfs_read"], ["__x64_sys_mount", "__x64_sys_bpf"]] && loads(plan) == [0, 2])
        #expect(plan.plan.programs.map(\.definition.name) == ["loads", "loads"])
    }

    @Test(arguments: ["__x64_sys_mount", "ksys_read", "sys_read+0x1", "vfs_read", "__sys_bpf"])
    func `what is named exactly, or lies within a function, is not touched`(name: String) throws {
        let plan = try plan("loads", [name])
        #expect(loads(plan) == [0] && plan.plan.programs.count == 1)
    }

    @Test func `neither are returns`() throws {
        let kernel = try FakeKernel(["proc/kallsyms": sampleSymbols])
        let bytes = try compileBPF(source: Self.source, arguments: ["-DLICENSE=\"GPL\""])
        let object = try Object(parsing: bytes, name: "calls.o")
        let plan = try CollectionPlan(
            object, [ProgramChoice(object.program(named: "loads"), targets: [.kretprobe("sys_mount")])],
            on: Kernel(btf: nil, features: KernelFeatures(), roots: kernel.roots))
        #expect(loads(plan) == [0])
    }
}
