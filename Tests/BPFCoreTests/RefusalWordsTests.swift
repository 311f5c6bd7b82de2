// SPDX-License-Identifier: Apache-2.0

@testable import BPFObject
import Diagnostics
import TestSupport
import Testing

@testable import BPFCore

struct RefusalWordsTests {
    /// What a user reads of a log, for a program that calls `bpf_loop` and uses what an atomic addition gives back.
    private func diagnostic(
        _ log: String, on release: KernelRelease, needs: [KernelNeed] = [],
        lockdown: PermissionFacts.Lockdown = .none
    ) throws -> Diagnostic {
        let source = """
            #include "fixture.h"
            static long (*const loop)(unsigned, void *, void *, unsigned long) = (void *)181;
            long count, ticket;
            SECTION("kprobe/vfs_read") int f(void *c) { ticket = __sync_fetch_and_add(&count, 1); return loop(1, 0, 0, 0); }
            """
        let object = try Object(parsing: compileBPF(source: source, arguments: ["-g", "-mcpu=v3"]), name: "f.o")
        let plan = try LoadPlan(object: object, programs: object.programs, kernel: Kernel(btf: nil))
        let program = try #require(plan.programs.first)
        return BPFError(
            verifier: VerifierLog(bytes: Array(log.utf8)), errno: .permissionDenied, program: program, object: object,
            release: release, needs: needs, lockdown: { lockdown }
        ).diagnostic
    }

    private static let processed = "processed 3 insns (limit 1000000) max_states_per_insn 0\n"

    @Test func `the verifier's reason is told in words and as it is, and no errno follows it`() throws {
        let told = try diagnostic("0: (95) exit\nR0 !read_ok\n" + Self.processed, on: KernelRelease(6, 1))
        #expect(told.message == "the verifier rejected program f: the function ends without returning a value")
        #expect(told.kernelText == ["R0 !read_ok"])
        #expect(told.code == .verifierRegisterUnset && told.cause?.contains("EACCES") == false)
    }

    @Test func `a function that calls itself is no loop, whatever the kernel takes it for`() throws {
        let source = """
            #include "fixture.h"
            static __attribute__((noinline)) int again(int n) { asm volatile("call %0" : : "i"(again) : "r0", "r1"); return n; }
            SECTION("kprobe/vfs_read") int f(void *c) { return again(5); }
            """
        let object = try Object(parsing: compileBPF(source: source, arguments: ["-g"]), name: "f.o")
        let program = try #require(
            try LoadPlan(object: object, programs: object.programs, kernel: Kernel(btf: nil)).programs.first)
        let call = try #require(program.instructions.indices.last { program.callsFunction(at: $0) })
        func told(_ text: String) -> Diagnostic {
            BPFError(
                verifier: VerifierLog(bytes: Array("\(text)\n\(Self.processed)".utf8)),
                errno: .invalidArgument, program: program, object: object, release: KernelRelease(5, 10)
            ).diagnostic
        }
        func told(_ from: Int) -> Diagnostic { told("back-edge from insn \(from) to 4") }
        #expect(told(call).code == .verifierCallDepth && told(call).nextStep?.contains("recursion into a loop") == true)
        #expect(told(call + 1).code == .verifierLoop && told(9999).code == .verifierLoop)
        // Newer kernels name the functions: the line is that of the first such call.
        let newer = told("recursive call from again() to again()")
        #expect(newer.code == .verifierCallDepth && newer.instruction == call && newer.source?.text.isEmpty == false)
        #expect(told("recursive call from again() to nobody()").instruction == nil)
    }

    @Test func `a helper that the kernel is too old for is named with the kernel that brought it`() throws {
        let told = try diagnostic(
            "9: (85) call unknown#181\ninvalid func unknown#181\n" + Self.processed, on: KernelRelease(5, 10))
        #expect(told.cause?.contains("bpf_loop since 5.17") == true, "\(told)")
        #expect(told.nextStep?.contains("BPF_FUNC_loop") == true)
    }

    @Test func `a long bpf_printk on an old kernel is named as the author wrote it`() throws {
        let told = try diagnostic("invalid func unknown#177\n" + Self.processed, on: KernelRelease(5, 10))
        #expect(told.message.hasSuffix("bpf_printk() prints more than three values"), "\(told)")
        #expect(told.nextStep == "print at most three values with one bpf_printk()")
    }

    @Test func `a helper that lockdown takes away is not called missing`() throws {
        let log = "4: (85) call bpf_probe_read_kernel#113\nunknown func bpf_probe_read_kernel#113\n"
        let locked = try diagnostic(log, on: KernelRelease(6, 1), lockdown: .confidentiality)
        #expect(locked.cause?.contains("locked down") == true, "\(locked)")
        let other = try diagnostic(log, on: KernelRelease(6, 1))
        #expect(other.cause?.contains("for kprobe programs") == true, "\(other)")
    }

    @Test func `a refusal that nothing explains names what the kernel may be too old for`() throws {
        let told = try diagnostic("R3 is not what it seems\n" + Self.processed, on: KernelRelease(5, 10))
        #expect(told.cause == nil)
        #expect(told.details.contains { $0.contains("bpf_loop, which kernels have since 5.17") }, "\(told)")
        #expect(told.details.contains { $0.contains("5.12") }, "\(told)")
        let now = try diagnostic("R3 is not what it seems\n" + Self.processed, on: KernelRelease(6, 12))
        #expect(now.details.isEmpty, "\(now)")
    }

    @Test func `a kind of program that the kernel does not know is the cause`() throws {
        let needs = KernelNeed.all(
            of: try #require(try Object(parsing: compileBPF(source: Self.plain), name: "f.o").programs.first),
            type: .tracing, attachType: .traceFentryMulti, isOptionalType: false, flags: 0
        ).filter { $0.isLacking(in: KernelRelease(6, 1)) }
        let told = try diagnostic(
            "Tracing programs must provide btf_id\n" + Self.processed, on: KernelRelease(6, 1), needs: needs)
        #expect(told.cause?.contains("since 7.2") == true, "\(told)")
        #expect(told.nextStep?.contains("section fentry") == true, "\(told)")
    }

    private static let plain = "#include \"fixture.h\"\nSECTION(\"kprobe/f\") int f(void *c) { return 0; }"

    @Test func `a helper of no kernel's number is told as that`() throws {
        let told = try diagnostic("invalid func unknown#195896080\n", on: KernelRelease(6, 1))
        #expect(told.cause?.contains("not a known helper") == true, "\(told)")
    }

    @Test func `an instruction that the kernel does not know is found although the log names none`() throws {
        let told = try diagnostic("BPF_STX uses reserved fields\n" + Self.processed, on: KernelRelease(5, 10))
        #expect(told.cause?.contains("whose result is used (BPF_ATOMIC), which kernels have since 5.12") == true)
        #expect(told.source?.line == 4, "\(told)")
        let newer = try diagnostic("BPF_STX uses reserved fields\n" + Self.processed, on: KernelRelease(6, 1))
        #expect(newer.cause == nil && newer.message.hasSuffix("BPF_STX uses reserved fields"), "\(newer)")
    }

    @Test func `a refusal is drawn with its line, where the value comes from, and what to write`() throws {
        let source = """
            #include "fixture.h"
            static void *(*const lookup)(void *, const void *) = (void *)1;
            struct { int (*type)[1]; int (*max_entries)[4]; int *key; long *value; } counts SECTION(".maps");
            SECTION("kprobe/vfs_read") int f(void *c) {
                int key = 0;
                long *start = lookup(&counts, &key);
                return *start + 1;
            }
            """
        let object = try Object(parsing: compileBPF(source: source, arguments: ["-g"]), name: "f.o")
        let plan = try LoadPlan(object: object, programs: object.programs, kernel: Kernel(btf: nil))
        let program = try #require(plan.programs.first)
        let call = try #require(program.instructions.firstIndex { $0.code == 0x85 })
        let log = """
            0: R1=ctx() R10=fp0
            \(call): (85) call bpf_map_lookup_elem#1
            \(call + 1): (79) r0 = *(u64 *)(r0 +0)
            R0 invalid mem access 'map_value_or_null'
            \(Self.processed)
            """
        let told = BPFError(
            verifier: VerifierLog(bytes: Array(log.utf8)), errno: .permissionDenied, program: program, object: object,
            release: KernelRelease(6, 12)
        ).diagnostic
        let file = try #require(told.source?.file)
        #expect(
            told.text(tool: "load-kp-bpf").hasPrefix(
                """
                load-kp-bpf: error[verifier-null-pointer]: the verifier rejected program f: the pointer may be NULL here
                 --> \(file):7:12 in f
                  |
                6 |     long *start = lookup(&counts, &key);
                  |                   --------------------- bpf_map_lookup_elem() may return NULL
                7 |     return *start + 1;
                  |            ^^^^^^ used without a check
                  = where: object f.o, section kprobe/vfs_read, program f, instruction \(call + 1)
                  = the kernel says: R0 invalid mem access 'map_value_or_null'
                """), "\(told)")
        #expect(told.correction == "if (!start) return 0;")
        #expect(told.path.map(\.line) == [6, 7])
        let json = told.json().line
        #expect(json.contains(#""write":"if (!start) return 0;","kernel":["R0 invalid mem access"#), "\(json)")
    }

    @Test func `of a program that the loader changed that is told, with the place in it or in what was put in`() throws
    {
        let source = """
            #include "fixture.h"
            struct regs { u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig, rip; };
            SECTION("kprobe/sys_mount") int loads(struct regs *ctx) { return ctx->rdi == ctx->rdx; }
            char _license[] SECTION("license") = "GPL";
            """
        let files = try FakeKernel(["proc/kallsyms": sampleSymbols])
        let kernel = Kernel(btf: nil, features: KernelFeatures(), roots: files.roots)
        let object = try Object(parsing: compileBPF(source: source, arguments: ["-g"]), name: "calls.o")
        func told(at instruction: Int, of program: LinkedProgram) -> Diagnostic {
            let log = "\(instruction): (95) exit\nR1 is odd\n" + Self.processed
            return BPFError(
                verifier: VerifierLog(bytes: Array(log.utf8)), errno: .permissionDenied, program: program,
                object: object, release: KernelRelease(6, 1)
            ).diagnostic
        }
        let changed = try #require(try CollectionPlan(object, on: kernel).plan.programs.first)
        let copy = try #require(
            changed.instructions.indices.first { changed.origin(ofInstruction: $0) == .copy(function: "loads") })
        let inCopy = told(at: copy, of: changed)
        #expect(inCopy.instruction == nil && inCopy.source?.line == 3, "\(inCopy)")
        #expect(inCopy.details.contains { $0.contains("puts in front of function loads") }, "\(inCopy)")
        let last = changed.instructions.count - 1
        let inProgram = told(at: last, of: changed)
        #expect(
            changed.origin(ofInstruction: last) == inProgram.instruction.map { LinkedProgram.Origin.program($0) },
            "\(inProgram)")
        for told in [inCopy, inProgram] {
            #expect(told.details.last?.hasPrefix("the loader changed the program: 2 loads of") == true, "\(told)")
            #expect(told.nextStep?.hasSuffix("loads it as it is written") == true, "\(told)")
        }
        var options = CollectionPlan.Options()
        options.keepsRawArguments = true
        let raw = try #require(try CollectionPlan(object, options: options, on: kernel).plan.programs.first)
        #expect(told(at: 0, of: raw).details.isEmpty)
    }

    @Test func `a report's reason, suggestion and path are told, and the old line with them`() throws {
        let told = try diagnostic(
            """
            0: (95) exit
            R0 !read_ok

            Verification failed: Register Type Safety: Unreadable register

            Reason:
              R0 has never been initialized on this path.

            Causal path:
              branch at insn 1

            Suggestion:
              Initialize R0.

            \(Self.processed)
            """, on: KernelRelease(7, 3))
        #expect(told.message == "the verifier rejected program f: the function ends without returning a value")
        #expect(told.cause == "R0 has never been initialized on this path")
        #expect(told.kernelText == ["R0 !read_ok"])
        #expect(told.details == ["the kernel suggests: Initialize R0.", "branch at insn 1"])
    }
}
