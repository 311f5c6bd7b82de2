// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import TestSupport
import Testing

@testable import BPFObject

/// What a program tells of its own refusal: compiled programs, and logs that name their instructions.
struct VerifierFindingTests {
    private static let head = """
        #include "fixture.h"
        static void *(*const reserve)(void *, u64, u64) = (void *)131;
        static void (*const submit)(void *, u64) = (void *)132;
        static long (*const tail_call)(void *, void *, u32) = (void *)12;
        static long (*const lock)(void *) = (void *)93;
        #define NOINLINE static __attribute__((noinline))
        struct { int (*type)[27]; int (*max_entries)[4096]; } rb SECTION(".maps");

        """

    private func object(_ source: String) throws -> Object {
        try Object(parsing: compileBPF(source: Self.head + source, arguments: ["-g"]), name: "f.o")
    }

    private func program(_ object: Object) throws -> LinkedProgram {
        try #require(try LoadPlan(object: object, programs: object.programs, kernel: NoKernel()).programs.first)
    }

    private func report(_ lines: [String]) -> VerifierReport {
        VerifierLog(bytes: Array((lines.joined(separator: "\n") + "\nprocessed 9 insns (limit 1000000)\n").utf8)).report
    }

    private func finding(_ lines: String..., of object: Object) throws -> VerifierFinding {
        let report = report(lines)
        return VerifierFinding(
            try #require(report.rule), report, at: report.instruction, in: try program(object), of: object)
    }

    private func line(_ index: Int?, _ program: LinkedProgram) -> String? {
        index.flatMap { program.sourceLine(ofInstruction: $0)?.text }
    }

    private func calls(of helper: Int32, in program: LinkedProgram) -> [Int] {
        program.instructions.indices.filter {
            program.instructions[$0].code == Instruction.callCode && program.instructions[$0].source == 0
                && program.instructions[$0].immediate == helper
        }
    }

    // MARK: - Calls

    private static let recursion = """
        NOINLINE int walk(int depth) {
            asm volatile("" : "+r"(depth));
            if (depth > 5) return depth;
            return depth - walk(depth + 1); /* here */
        }
        SECTION("kprobe/f") int f(void *c) { return walk(get_smp_processor_id()); }
        """

    @Test(arguments: ["the call stack of 8 frames is too deep !", "recursive call from walk() to walk()"])
    func `a function that calls itself is named with its call, whatever the kernel says`(words: String) throws {
        let object = try object(Self.recursion)
        let told = try finding(words, of: object)
        let program = try program(object)
        #expect(told.rule.title == "function walk calls itself" && told.rule.code == .verifierCallDepth)
        #expect(line(told.instruction, program)?.contains("/* here */") == true)
        #expect(told.rule.correction == "for (int i = 0; i < 64; i++)")
    }

    @Test func `functions that call each other are named, and functions that do not are no circle`() throws {
        let circle = try object(
            """
            NOINLINE int odd(int n);
            NOINLINE int even(int n) { asm volatile("" : "+r"(n)); return n ? odd(n - 1) * 3 : 1; }
            NOINLINE int odd(int n) { asm volatile("" : "+r"(n)); return n ? even(n - 1) * 5 : 0; }
            SECTION("kprobe/f") int f(void *c) { return even(get_smp_processor_id()); }
            """)
        let told = try finding("the call stack of 8 frames is too deep !", of: circle)
        #expect(told.rule.title == "functions even, odd call each other in a circle")
        let deep = try object(
            """
            NOINLINE int second(int n) { asm volatile("" : "+r"(n)); return n; }
            NOINLINE int first(int n) { asm volatile("" : "+r"(n)); return second(n) + second(n + 1); }
            SECTION("kprobe/f") int f(void *c) { return first(1); }
            """)
        let plain = try finding("the call stack of 9 frames is too deep !", of: deep)
        #expect(plain.rule.title == "functions call each other too deep" && plain.instruction == nil)
    }

    @Test func `a tail call with too much stack is shown with its line and the stack of each function`() throws {
        let object = try object(
            """
            struct { int (*type)[3]; int (*max_entries)[4]; u32 *key; u32 *value; } jumps SECTION(".maps");
            NOINLINE int jump(void *c) { tail_call(c, &jumps, 0); return 1; } /* here */
            SECTION("xdp") int f(void *c) {
                char path[300] = {};
                trace_printk(path, sizeof(path));
                int r = jump(c);
                trace_printk(path, sizeof(path));
                return r;
            }
            """)
        let program = try program(object)
        let report = report(["tail_calls are not allowed when call stack of previous frames is 304 bytes. Too large"])
        let told = VerifierFinding(try #require(report.rule), report, at: nil, in: program, of: object)
        #expect(line(told.instruction, program)?.contains("/* here */") == true)
        let places = VerifierPlaces(report, in: program, at: told.instruction, rule: told.rule)
        #expect(places.details.contains { $0.hasPrefix("function f uses 3") }, "\(places.details)")
    }

    @Test func `a global function that the kernel names is shown`() throws {
        let object = try object(
            """
            __attribute__((noinline)) int fill(long *n) { asm volatile(""); *n = 1; return 0; } /* here */
            SECTION("kprobe/f") int f(void *c) { long n; return fill(&n); }
            """)
        let told = try finding("Arg#0 type PTR in fill() is not supported yet.", of: object)
        let program = try program(object)
        #expect(told.rule.code == .verifierPointerArgument)
        #expect(line(told.instruction, program)?.contains("/* here */") == true)
    }

    // MARK: - Maps

    @Test func `the map that a helper is not for is named`() throws {
        let object = try object(
            """
            SECTION("kprobe/f") int f(void *c) { u64 e = 1; return perf_event_output(c, &rb, 0, &e, sizeof(e)); }
            """)
        let told = try finding("cannot pass map_type 27 into func bpf_perf_event_output#25", of: object)
        #expect(told.rule.title == "bpf_perf_event_output() is not for rb, a map of type ringbuf")
        #expect(told.rule.correction == "bpf_ringbuf_output(&rb, &event, sizeof(event), 0);")
        // A type that no map of the program has.
        let other = try finding("cannot pass map_type 4 into func bpf_ringbuf_output#130", of: object)
        #expect(
            other.rule.remedy.contains("make the map a BPF_MAP") && other.rule.correction?.contains("&map,") == true)
    }

    @Test func `the map with a lock in its values is named with the call that takes it`() throws {
        let object = try object(
            """
            struct bpf_spin_lock { u32 val; };
            struct guarded { struct { struct bpf_spin_lock locks[1]; } inner; u64 count; };
            struct { int (*type)[1]; int (*max_entries)[4]; u32 *key; struct guarded *value; } values SECTION(".maps");
            SECTION("kprobe/f") int f(void *c) {
                u32 key = 0;
                struct guarded *value = map_lookup_elem(&values, &key);
                if (!value) return 0;
                return lock(&value->inner.locks[0]); /* here */
            }
            """)
        let told = try finding("tracing progs cannot use bpf_spin_lock yet", of: object)
        #expect(
            told.rule.title
                == "map values has a struct bpf_spin_lock in its values, which programs of type kprobe cannot use")
        let program = try program(object)
        #expect(line(told.instruction, program)?.contains("/* here */") == true)
        #expect(told.rule.correction?.hasPrefix("__sync_fetch_and_add") == true)
        // No map of the program has one: nothing is made up.
        let timer = try finding("tracing progs cannot use bpf_timer yet", of: object)
        #expect(timer.rule.title.hasPrefix("this type of program") && timer.instruction == nil)
    }

    @Test func `a definition of a map outside of its section is told as that`() throws {
        let object = try object(
            """
            struct { int (*type)[1]; int (*max_entries)[4]; u32 *key; u32 *value; } broken;
            SECTION("kprobe/f") int f(void *c) { u32 key = 0; return map_lookup_elem(&broken, &key) != 0; }
            """)
        let program = try program(object)
        let load = try #require(program.mapReferences.first?.instruction)
        let call = try #require(calls(of: 1, in: program).first)
        let told = try finding(
            "\(load): (18) r1 = 0xffffc90001a1e000       ; R1=map_value(map=f.bss,ks=4,vs=32)",
            "\(call): (85) call bpf_map_lookup_elem#1", "R1 type=map_value expected=map_ptr", of: object)
        #expect(told.rule.title == "broken is a variable of .bss, and no map")
        #expect(told.rule.correction == "} broken SEC(\".maps\");")
    }

    // MARK: - The program

    @Test func `an argument that is not passed is named, underlined, and the macro for it written`() throws {
        let object = try object(
            """
            SECTION("kprobe/f") int reads(void *ctx, int second)
            {
                return trace_printk("x", 2, second);
            }
            """)
        let program = try program(object)
        let report = report(["0: R1=ctx() R10=fp0", "0: (bc) w3 = w2", "R2 !read_ok"])
        let told = VerifierFinding(try #require(report.rule), report, at: 0, in: program, of: object)
        #expect(told.rule.code == .verifierRegisterUnset && told.rule.isOfArgument)
        #expect(told.rule.remedy.contains("BPF_KPROBE()"))
        #expect(told.rule.correction?.hasPrefix("int BPF_KPROBE(reads, ") == true)
    }

    @Test func `the parameters of a function are read from its line`() throws {
        let text = "SEC(\"kprobe/vfs_read\") int reads(struct pt_regs *ctx, int second, int (*third)(int, int))"
        let declaration = try #require(FunctionDeclaration(text, of: "reads"))
        #expect(declaration.parameters.map(\.text) == ["struct pt_regs *ctx", "int second", "int (*third)(int, int)"])
        #expect(declaration.name(ofParameter: 2) == "second" && declaration.name(ofParameter: 3) == nil)
        #expect(declaration.name(ofParameter: 0) == nil && declaration.name(ofParameter: 9) == nil)
        let columns = try #require(declaration.parameters.dropFirst().first?.columns)
        let start = text.index(text.startIndex, offsetBy: columns.lowerBound - 1)
        #expect(text[start...].hasPrefix("int second") && columns.count == 10)
        #expect(FunctionDeclaration(text, of: "eads") == nil && FunctionDeclaration("", of: "f") == nil)
        #expect(FunctionDeclaration("int f(int a,", of: "f")?.parameters.count == 1)
    }

    @Test func `the license that the object has stands beside the helper`() throws {
        let license = "char LICENSE[] SECTION(\"license\") = \"Apache-2.0\";\n"
        let code = "SECTION(\"kprobe/f\") int f(void *c) { return 0; }"
        let words = [
            "6: (85) call bpf_probe_read_kernel#113", "cannot call GPL-restricted function from non-GPL program",
        ]
        let told = try finding(words[0], words[1], of: object(license + code))
        #expect(told.rule.cause.hasSuffix(", and the license of the object is \"Apache-2.0\""))
        #expect(try finding(words[1], of: object(code)).rule.cause.hasSuffix(", and the object has no license"))
    }

    // MARK: - Loops

    private static let loops = """
        SECTION("kprobe/f") int f(void *c) {
            u64 n = 0;
            while (ktime_get_ns() != 1) {
                n += get_smp_processor_id();
                asm volatile("" : "+r"(n));
            }
            return n;
        }
        """

    /// A log that goes through a part of a program again and again.
    private func rounds(_ texts: [(Int, String)]) -> VerifierReport {
        let round = texts.map { "\($0.0): (00) \($0.1)" }
        return report(
            (0..<40).flatMap { _ in round } + ["BPF program is too large. Processed 1000001 insn"])
    }

    @Test func `a loop without a bound is told with its lines, and its round once`() throws {
        let object = try object(Self.loops)
        let program = try program(object)
        let clock = try #require(calls(of: 5, in: program).last)
        let processor = try #require(calls(of: 8, in: program).first)
        let endless = rounds([
            (processor, "call bpf_get_smp_processor_id#8"), (clock, "call bpf_ktime_get_ns#5"),
            (clock + 1, "if r0 != 0x1 goto pc-4"),
        ])
        let told = VerifierFinding(
            try #require(endless.rule), endless, at: endless.instruction, in: program, of: object)
        #expect(told.rule.title.hasPrefix("the loop of line") && told.rule.title.hasSuffix("that the verifier sees"))
        #expect(told.rule.code == .verifierTooComplex && told.rule.correction == "for (int i = 0; i < 64; i++)")
        let places = VerifierPlaces(endless, in: program, at: told.instruction, rule: told.rule)
        #expect(places.path.count <= 3, "\(places.path)")
        // The same with a number that each round raises, and that is compared with a constant.
        let long = rounds([
            (processor, "r6 += 1"), (clock, "call bpf_ktime_get_ns#5"), (clock + 1, "if r6 != 0xf4240 goto pc-4"),
        ])
        let counted = VerifierFinding(try #require(long.rule), long, at: long.instruction, in: program, of: object)
        #expect(counted.rule.title == "the verifier has to follow too many instructions")
    }

    // MARK: - Where a path leaves

    @Test func `what is not given back is shown where the path leaves, and not at the end of the function`() throws {
        let object = try object(
            """
            SECTION("kprobe/f") int f(void *c)
            {
                u64 *room = reserve(&rb, 8, 0);
                if (!room)
                    return 0;
                if (ktime_get_ns() & 1) /* here */
                    return 0;
                submit(room, 0);
                return 0;
            }
            """)
        let program = try program(object)
        let room = try #require(calls(of: 131, in: program).first)
        let clock = try #require(calls(of: 5, in: program).first)
        let exit = try #require(program.instructions.indices.last { program.instructions[$0].code == 0x95 })
        try #require(line(exit, program) == "}")
        let report = report([
            "\(room): (85) call bpf_ringbuf_reserve#131", "\(room + 1): (bf) r6 = r0",
            "\(clock): (85) call bpf_ktime_get_ns#5", "\(exit): (95) exit",
            "Unreleased reference id=2 alloc_insn=\(room)",
        ])
        let places = VerifierPlaces(report, in: program, at: exit, rule: report.rule)
        let label = try #require(places.labels.first)
        #expect(label.text.contains("/* here */") && label.message == "leaves from here without it")
        #expect(places.labels.count == 2 && places.correction == "bpf_ringbuf_discard(room, 0);")
    }

    @Test func `what was known before a call took a pointer away is not told as what is known`() throws {
        let object = try object("SECTION(\"kprobe/f\") int f(void *c) { return 0; }")
        let report = report([
            "5: (85) call bpf_ringbuf_reserve#131", "10: (bf) r6 = r0    ; R6=ringbuf_mem(ref_obj_id=2,sz=8) refs=2",
            "11: (85) call bpf_ringbuf_submit#132          ;", "12: (61) r3 = *(u32 *)(r6 +4)",
            "R6 invalid mem access 'scalar'",
        ])
        #expect(report.ended != nil)
        let places = try VerifierPlaces(report, in: program(object), at: nil, rule: report.rule)
        #expect(places.details.isEmpty, "\(places.details)")
    }

    // MARK: - The C library

    @Test(arguments: [
        ("strcmp", "bpf_strncmp()"), ("memcpy", "__builtin_memcpy()"), ("printf", "bpf_printk()"),
        ("malloc", "PERCPU_ARRAY"), ("time", "bpf_ktime_get_ns()"), ("own_function", "define it in this file"),
    ])
    func `a function of the C library is answered with what a program has in its place`(symbol: String, next: String) {
        var error = ObjectError(.relocationToExtern, section: "kprobe/f")
        error.symbol = symbol
        #expect(error.diagnostic.nextStep?.contains(next) == true, "\(error.diagnostic)")
        #expect(error.diagnostic.nextStep?.contains("declare it with __ksym or") == (symbol == "own_function"))
    }
}
