// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics
import TestSupport
import Testing

@testable import BPFObject

/// A kernel of some release of which nothing else is known, or that has some types.
private struct PaperKernel: CheckedKernel, AbsentKernel {
    var name: String { release.map { "\($0)" } ?? "nameless" }
    var release: KernelRelease?
    var sources: [String] { [] }
    /// What it has for targets, by their words.
    var missing: Set<String> = []
    var version: UInt32 = 0x60100
    var memory: UInt64?
    /// The functions that its types have.
    var functions: Set<String> = []

    func function(named name: String) throws(EnvironmentError) -> KernelObject? {
        functions.contains(name) ? KernelObject(id: 1) : nil
    }

    func isUnknown(_ code: Diagnostic.Code) -> Bool { code == .kernelTypesMissing }
    func place(of target: AttachTarget) -> CheckedPlace {
        missing.contains("\(target)")
            ? .absent(Diagnostic(.noSuchFunction, stage: .resolve, "there is no \(target)")) : .there("\(target)")
    }
    func pin(at pin: LoadPlan.Pin) -> CheckedPin { CheckedPin(path: "/sys/fs/bpf/\(pin)", state: .notKnown) }
}

struct ObjectCheckTests {
    private static let head = """
        typedef unsigned char u8; typedef unsigned int u32; typedef unsigned long long u64;
        #define SEC(name) __attribute__((section(name), used))
        #define __uint(name, value) int (*name)[value]
        #define __type(name, type) typeof(type) *name
        static long (*bpf_loop)(u32, void *, void *, u64) = (void *)181;
        static long (*bpf_ringbuf_output)(void *, void *, u64, u64) = (void *)130;
        static long (*bpf_get_current_comm)(void *, u32) = (void *)16;
        static u64 (*bpf_get_prandom_u32)(void) = (void *)7;
        static long (*bpf_user_ringbuf_drain)(void *, void *, void *, u64) = (void *)209;
        struct { __uint(type, 27); __uint(max_entries, 4096); } rb SEC(".maps");
        char _license[] SEC("license") = "GPL";

        """

    private func object(_ source: String) throws -> Object {
        try Object(
            parsing: compileBPF(source: Self.head + source, arguments: ["-g", "-Wno-everything"]), name: "checked.o")
    }

    private func check(_ source: String, on kernel: PaperKernel) throws -> ObjectCheck {
        let object = try object(source)
        return ObjectCheck(
            object,
            try object.programs.map { CheckedChoice($0, targets: try $0.ownTargets, isOptional: false) },
            options: ObjectCheck.Options(), on: kernel)
    }

    @Test func `a helper, a map type and an attach type that are newer than the kernel are told with their release`()
        throws
    {
        let source = """
            static int body(u32 index, void *data) { return 0; }
            SEC("kprobe/vfs_read") int looping(void *ctx) { bpf_loop(5, body, 0, 0); return 0; }
            struct { __uint(type, 31); __uint(max_entries, 4096); } user SEC(".maps");
            SEC("tcx/ingress") int packet(void *ctx) { return 0; }
            SEC("kprobe/vfs_read") int draining(void *ctx) { bpf_user_ringbuf_drain(&user, body, 0, 0); return 0; }
            """
        let old = try check(source, on: PaperKernel(release: KernelRelease(5, 10)))
        let reasons = old.verdict.reasons.map { ($0.code, $0.cause ?? "") }
        #expect(reasons.contains { $0.0 == .mapRefused && $0.1.contains("user_ringbuf, which kernels have since 6.1") })
        #expect(
            reasons.contains {
                $0.0 == .verifierHelperMissing && $0.1.contains("bpf_loop, which kernels have since 5.17")
            })
        #expect(
            reasons.contains { $0.0 == .programRefused && $0.1.contains("which kernels have since 6.6") }, "\(reasons)")
        let new = try check(source, on: PaperKernel(release: KernelRelease(6, 12)))
        #expect(new.verdict.word == "loads", "\(new.verdict)")
        let none = try check(source, on: PaperKernel(release: nil))
        #expect(none.verdict.word == "not-known" && none.verdict.doubts.contains { $0.contains("bpf_loop") })
    }

    @Test func `what a constant keeps a program from is not held against it`() throws {
        let source = """
            static int body(u32 index, void *data) { return 0; }
            const volatile u32 has_loop = 0;
            SEC("kprobe/vfs_read") int guarded(void *ctx) { if (has_loop) bpf_loop(5, body, 0, 0); return 0; }
            """
        let object = try object(source)
        func verdict(_ object: Object) throws -> String {
            ObjectCheck(
                object, [CheckedChoice(object.programs[0], targets: [], isOptional: false)],
                options: ObjectCheck.Options(), on: PaperKernel(release: KernelRelease(5, 15))
            ).verdict.word
        }
        #expect(try verdict(object) == "loads")
        var other = object
        try other.set("has_loop=1")
        #expect(try verdict(other) == "does-not-load")
    }

    @Test(arguments: [
        (2, 65536, UInt32.max, 0, true), (2, 8, 1 << 20, 0, false), (1, 4096, 1 << 20, 0, true),
        (1, 4096, 1 << 20, 1, false), (9, 4096, 1 << 20, 0, true), (6, 4096, 1 << 20, 0, false),
    ])
    func `a map that takes more memory at once than this machine has is told`(
        type: Int, value: Int, entries: UInt32, flags: Int, isTooLarge: Bool
    ) throws {
        let source = """
            struct value { char bytes[\(value)]; };
            struct {
                __uint(type, \(type)); __uint(max_entries, \(entries)); __uint(map_flags, \(flags));
                __type(key, u32); __type(value, struct value);
            } large SEC(".maps");
            static void *(*lookup)(void *, const void *) = (void *)1;
            SEC("kprobe/vfs_read") int read(void *ctx) { u32 key = 0; return lookup(&large, &key) == 0; }
            """
        let release = KernelRelease(6, 1)
        let here = try check(source, on: PaperKernel(release: release, memory: 1 << 30)).verdict
        #expect(here.reasons.map(\.code) == (isTooLarge ? [.mapMemory] : []), "\(here)")
        let elsewhere = try check(source, on: PaperKernel(release: release)).verdict
        #expect(elsewhere.word == "loads", "\(elsewhere)")
    }

    @Test func `of alternatives the best that has a place is taken, and a program without a place is told`() throws {
        let source = """
            SEC("kprobe/vfs_read") int kprobe_read(void *ctx) { return 0; }
            SEC("kprobe/vfs_reed") int other(void *ctx) { return 0; }
            """
        let found = try check(
            source, on: PaperKernel(release: KernelRelease(6, 1), missing: ["kprobe vfs_reed"]))
        #expect(found.verdict.reasons.map(\.code) == [.noSuchFunction])
        #expect(found.programs.map(\.verdict.word) == ["loads", "loads"])
    }

    @Test(arguments: [
        ("fentry", "fentry/vfs_read", 1, Diagnostic.Code?.some(.noSuchTarget)),
        ("cgroup", "cgroup/dev", 2, .verifierReturnValue), ("allowed", "cgroup/dev", 1, nil),
        ("kprobe", "kprobe/vfs_read", 7, nil),
    ])
    func `a constant that a program must not return is found`(
        name: String, section: String, number: Int, code: Diagnostic.Code?
    ) throws {
        let source = "SEC(\"\(section)\") int \(name)(void *ctx) { return \(number); }"
        let found = try check(source, on: PaperKernel(release: KernelRelease(6, 1)))
        #expect(found.verdict.reasons.first?.code == code, "\(found.verdict)")
    }

    @Test(arguments: [
        ("GPL", "bpf_trace_printk(text, 3)", Bool?.none), ("Dual MIT/GPL", "bpf_trace_printk(text, 3)", nil),
        ("Proprietary", "bpf_trace_printk(text, 3)", true),
        ("Proprietary", "if (never) bpf_trace_printk(text, 3)", nil),
        ("Proprietary", "bpf_get_prandom_u32()", nil), ("Apache-2.0", "kernels_own()", true),
    ])
    func `what is for programs under the GPL is told of others, where they come to it`(
        license: String, body: String, isRefused: Bool?
    ) throws {
        let head = Self.head.replacing("\"GPL\"", with: "\"\(license)\"")
        let source = """
            static long (*bpf_trace_printk)(const char *, u32, ...) = (void *)6;
            extern int kernels_own(void) __attribute__((section(".ksyms")));
            const volatile u32 never = 0;
            SEC("kprobe/vfs_read") int tells(void *ctx) { char text[3] = "ab"; \(body); return 0; }
            """
        let object = try Object(
            parsing: compileBPF(source: head + source, arguments: ["-g", "-Wno-everything"]), name: "licensed.o")
        let check = ObjectCheck(
            object, [CheckedChoice(object.programs[0], targets: [], isOptional: false)],
            options: ObjectCheck.Options(), on: PaperKernel(release: KernelRelease(6, 1), functions: ["kernels_own"]))
        #expect(check.verdict.reasons.map(\.code) == (isRefused == true ? [.verifierLicense] : []), "\(check.verdict)")
        if isRefused == true { #expect(check.verdict.reasons[0].cause?.hasSuffix("the license is \(license)") == true) }
    }

    // MARK: - Doubts

    private func doubts(_ source: String) throws -> [Diagnostic] {
        let object = try object(source)
        let plan = try LoadPlan(object: object, programs: object.programs, kernel: NoKernel())
        return ObjectDoubts(plan, of: object).all
    }

    private static let event = "struct event { u32 pid; char comm[6]; u64 value; };\n"

    @Test func `padding that nothing writes is told with its place, and a cleared structure is not`() throws {
        let found = try doubts(
            Self.event + """
                SEC("kprobe/vfs_read") int leaking(void *ctx) {
                    struct event event;
                    event.pid = bpf_get_prandom_u32();
                    bpf_get_current_comm(&event.comm, sizeof(event.comm));
                    event.value = 1;
                    bpf_ringbuf_output(&rb, &event, sizeof(event), 0);
                    return 0;
                }
                """)
        #expect(found.map(\.code) == [.eventBytesUnset])
        #expect(found.first?.message.contains("24 bytes of which bytes 10 to 15 are never written") == true, "\(found)")
        #expect(found.first?.labels.first?.text.contains("bpf_ringbuf_output") == true)
        let cleared = try doubts(
            Self.event + """
                SEC("kprobe/vfs_read") int clean(void *ctx) {
                    struct event event;
                    __builtin_memset(&event, 0, sizeof(event));
                    event.pid = bpf_get_prandom_u32();
                    bpf_ringbuf_output(&rb, &event, sizeof(event), 0);
                    return 0;
                }
                """)
        #expect(cleared.isEmpty, "\(cleared)")
    }

    @Test func `what a function that gets the event may have written is not held against it`() throws {
        let found = try doubts(
            Self.event + """
                static __attribute__((noinline)) void fill(struct event *event) {
                    event->pid = 1; __builtin_memset(event->comm, 0, 12); event->value = 2;
                }
                SEC("kprobe/vfs_read") int filled(void *ctx) {
                    struct event event;
                    fill(&event);
                    bpf_ringbuf_output(&rb, &event, sizeof(event), 0);
                    return 0;
                }
                """)
        #expect(found.isEmpty, "\(found)")
    }

    @Test func `a number that is no action of XDP and a map that nothing uses are told`() throws {
        let found = try doubts(
            """
            struct { __uint(type, 2); __uint(max_entries, 1); __type(key, u32); __type(value, u64); } idle SEC(".maps");
            SEC("xdp") int packet(void *ctx) { if (bpf_get_prandom_u32() & 1) return 2; return 9; }
            """)
        #expect(found.map(\.code) == [.returnValueUnknown, .mapNeverUsed, .mapNeverUsed], "\(found)")
        #expect(found.map(\.map) == [nil, "rb", "idle"])
        #expect(found[0].message.contains("returns 9"))
    }

    @Test func `a number that filters of traffic control may not return is told`() throws {
        let found = try doubts(
            """
            SEC("tc") int filter(void *ctx) { if (bpf_get_prandom_u32() & 1) return 2; return 1; }
            SEC("tc") int passes(void *ctx) { if (bpf_get_prandom_u32() & 1) return 3; return -1; }
            """
        ).filter { $0.code == .returnValueUnknown }
        #expect(found.map(\.program) == ["filter"], "\(found)")
        #expect(found.first?.message.contains("returns 1") == true)
    }

    @Test func `a positive number is no answer of a security hook that permits, and may be one of others`() {
        func isDoubted(_ number: Int32, _ section: String) -> Bool {
            ReturnRule.doubt(number, of: .lsm, in: section) != nil
        }
        #expect(isDoubted(5, "lsm/file_open") && isDoubted(1, "?lsm.s/bpf"))
        #expect(!isDoubted(0, "lsm/file_open") && !isDoubted(-1, "lsm/file_open"))
        #expect(!isDoubted(5, "lsm/getprocattr") && !isDoubted(1, "lsm_cgroup/socket_bind") && !isDoubted(5, "lsm"))
    }

    @Test func `numbers are told as ranges`() {
        #expect(ObjectDoubts.ranges([1, 2, 3, 7, 9, 10]) == [1..<4, 7..<8, 9..<11])
        #expect(ObjectDoubts.ranges([]).isEmpty)
    }

    // MARK: - Words

    @Test func `a legacy map is written in the form of .maps`() throws {
        let object = try Object(parsing: compileBPF("map_sizes.c"), name: "map_sizes.o")
        let forms = object.maps.indices.compactMap { object.modernForm(ofMap: $0) }
        #expect(forms.count == object.maps.count { $0.layout != nil } && !forms.isEmpty)
        for form in forms {
            #expect(form.hasPrefix("struct {\n    __uint(type, BPF_MAP_TYPE_"), "\(form)")
            #expect(form.hasSuffix(" SEC(\".maps\");"))
        }
        #expect(try self.object("").modernForm(ofMap: 0) == nil)
    }

    @Test func `walks that do not end within their steps say so`() throws {
        let object = try object(
            """
            SEC("kprobe/vfs_read") int long_way(void *ctx) {
                u64 sum = 0;
                for (int i = 0; i < 100000; i++) sum += bpf_get_prandom_u32();
                return sum > 7;
            }
            """)
        let plan = try LoadPlan(object: object, programs: object.programs, kernel: NoKernel())
        let walk = CodeWalk(plan.programs[0], steps: 1000, constants: plan.constants)
        #expect(!walk.isWhole && walk.reached.count < 1000)
    }

    /// Where a program sends an event from, as code of a hostile object has it: the stack's top plus a number.
    @Test(arguments: [Int64.min, Int64.max, -1, 0, 1, -512, -513])
    func `a place far from the stack is no place of it`(distance: Int64) throws {
        let bits = UInt64(bitPattern: distance)
        func wide(_ register: UInt8) -> [Instruction] {
            [
                Instruction(
                    code: 0x18, destination: register, immediate: Int32(truncatingIfNeeded: Int64(bitPattern: bits))),
                Instruction(code: 0, immediate: Int32(truncatingIfNeeded: Int64(bitPattern: bits >> 32))),
            ]
        }
        for (helper, register) in [(7, 1), (4, 1), (130, 2), (25, 4)] as [(Int32, UInt8)] {
            var program = try #require(
                try LoadPlan(
                    object: try object("SEC(\"kprobe/x\") int f(void *c) { return 0; }"),
                    programs: try object("SEC(\"kprobe/x\") int f(void *c) { return 0; }").programs, kernel: NoKernel()
                ).programs.first)
            program = LinkedProgram(
                definition: program.definition,
                instructions: wide(6) + [
                    Instruction(code: 0xbf, destination: register, source: 10),
                    Instruction(code: 0x0f, destination: register, source: 6),
                    Instruction(code: 0xb7, destination: register + 1, immediate: 2),
                    Instruction(code: 0x7b, destination: register, source: 6),
                    Instruction(code: 0x85, immediate: helper),
                    Instruction(code: 0x95),
                ], mapReferences: [], functionInfo: program.functionInfo, lineInfo: program.lineInfo,
                modules: program.modules, moduleVariables: program.moduleVariables, poison: [:], pieces: program.pieces)
            let walk = CodeWalk(program, steps: 100) { _, _, _ in nil }
            #expect(walk.isWhole && walk.unset.values.allSatisfy { $0.size <= 512 }, "\(walk.unset)")
        }
    }

    @Test func `what a callback returns is not what the program returns`() throws {
        let check = try check(
            """
            static int body(u32 index, void *data) { return 1; }
            SEC("fentry/vfs_read") int loops(void *ctx) { bpf_loop(4, body, 0, 0); return 0; }
            """, on: PaperKernel(release: KernelRelease(6, 12)))
        #expect(!check.programs[0].verdict.reasons.contains { $0.code == .verifierReturnValue }, "\(check.programs)")
    }

    @Test func `bytes that one way writes are not told, though another may come by without`() throws {
        let check = try check(
            """
            struct event { u32 a; u32 b; };
            SEC("kprobe/vfs_read") int sends(void *ctx) {
                struct event e;
                u64 x = bpf_get_prandom_u32();
                e.a = 1;
                if (x > 5) e.b = 1;
                if (x > 5) bpf_ringbuf_output(&rb, &e, sizeof(e), 0);
                return 0;
            }
            """, on: PaperKernel(release: KernelRelease(6, 12)))
        #expect(check.warnings.isEmpty, "\(check.warnings)")
    }

    @Test(arguments: [true, false])
    func `a way to attach that the kernel lacks matters to a program on probes where it is attached`(isAttached: Bool)
        throws
    {
        let object = try object("SEC(\"kprobe.multi/vfs_*\") int prog(void *ctx) { return 0; }")
        let check = ObjectCheck(
            object,
            try object.programs.map {
                CheckedChoice($0, targets: isAttached ? try $0.ownTargets : [], isOptional: false)
            }, options: ObjectCheck.Options(), on: PaperKernel(release: KernelRelease(5, 10)))
        #expect(check.verdict.reasons.isEmpty != isAttached, "\(check.verdict)")
    }
}
