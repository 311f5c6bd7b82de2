// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics
import TestSupport
import Testing

@testable import BPFObject

/// Structures of functions for the kernel: sections `.struct_ops`, and what one kernel makes of them.
struct StructureTests {
    private static let head = """
        #include "fixture.h"
        #define SEC(name) SECTION(name)
        struct sock;
        SEC("struct_ops") int threshold(u64 *context) { return 1; }
        SEC("?struct_ops/undo") int undo(u64 *context) { return 2; }
        SEC("struct_ops.s/avoid") int avoid(u64 *context) { return 3; }
        SEC("kprobe/vfs_read") int other(u64 *context) { return 4; }
        struct tcp_congestion_ops {
            char name[16]; u32 flags;
            int (*cong_avoid)(struct sock *); int (*ssthresh)(struct sock *); int (*undo_cwnd)(struct sock *);
            int (*of_newer)(struct sock *); int number_of_newer; void *owner;
        };

        """

    /// A kernel with the structure, its members in another order.
    private struct Kernel: AbsentKernel {
        var module: UInt32 = 0
        var nameSize = 16

        func structure(named name: String) throws(EnvironmentError) -> KernelStructure? {
            var builder = BTFBuilder()
            let int = builder.int("int", isSigned: true)
            let char = builder.int("char", size: 1, isSigned: true)
            let method = builder.pointer(to: builder.prototype(returning: int))
            let text = builder.array(of: char, count: nameSize, index: int)
            let pointer = builder.pointer(to: 0)
            let operations = builder.structure(
                "tcp_congestion_ops", size: 80,
                [
                    .init("ssthresh", method), .init("flags", int, bitOffset: 64),
                    .init("undo_cwnd", method, bitOffset: 128), .init("cong_avoid", method, bitOffset: 192),
                    .init("name", text, bitOffset: 256), .init("owner", pointer, bitOffset: 512),
                    .init("init", method, bitOffset: 576),
                ])
            _ = builder.structure(
                "bpf_struct_ops_tcp_congestion_ops", size: 144,
                [.init("refcnt", int), .init("data", operations, bitOffset: 512)])
            guard let types = try? BTF(parsing: builder.build()) else { return nil }
            return KernelStructure(named: name, in: BTFNameIndex(types), module: module)
        }
    }

    private func object(_ source: String) throws -> Object {
        try Object(parsing: compileBPF(source: Self.head + source, arguments: ["-g"]), name: "ops.bpf.o")
    }

    private func plan(
        _ object: Object, _ names: [String]? = nil, optional: Set<String> = [], on kernel: Kernel = Kernel()
    ) throws -> LoadPlan {
        var options = LoadPlan.Options()
        options.optionalPrograms = optional
        let structures = object.programsOfStructures
        let programs = object.programs.filter {
            names?.contains($0.name) ?? object.isLoadedUnasked($0, structures) && $0.name != "other"
        }
        return try LoadPlan(object: object, programs: programs, kernel: kernel, options: options)
    }

    private func layouts(_ plan: LoadPlan) -> [StructureLayout] {
        plan.steps.compactMap { if case .map(let step) = $0 { step.structure } else { nil } }
    }

    private func steps(_ plan: LoadPlan) -> [LoadPlan.ProgramStep] {
        plan.steps.compactMap { if case .load(let step) = $0 { step } else { nil } }
    }

    private func refusal(_ body: @autoclosure () throws -> Any) throws -> Diagnostic {
        try #require(#expect(throws: ObjectError.self) { try body() }).diagnostic
    }

    private static let whole = """
        SEC(".struct_ops.link") struct tcp_congestion_ops___mine ops = {
            .name = "mine", .flags = 5, .ssthresh = (void *)threshold, .undo_cwnd = (void *)undo,
            .cong_avoid = (void *)avoid,
        };
        """.replacing("tcp_congestion_ops___mine", with: "tcp_congestion_ops")

    @Test func `members go where the kernel has them, and programs are loaded for the number of theirs`() throws {
        let object = try object(Self.whole)
        let map = try #require(object.maps.first { $0.name == "ops" })
        #expect(map.type == .structOps && map.origin == .structure && map.structure?.type == "tcp_congestion_ops")
        #expect(object.warnings.isEmpty)
        let plan = try plan(object, on: Kernel(module: 7))
        let layout = try #require(layouts(plan).first)
        #expect(layout.value.count == 144 && layout.registeredName == "mine")
        #expect(Array(layout.value[96..<100]) == Array("mine".utf8) && layout.value[72] == 5)
        #expect(layout.value.filter { $0 != 0 }.count == 5)
        #expect(layout.functions.map(\.program) == ["threshold", "undo", "avoid"])
        #expect(layout.functions.map(\.member) == [0, 2, 3] && layout.functions.map(\.offset) == [64, 80, 88])
        #expect(layout.unset == ["init"] && layout.lacks.isEmpty)
        let steps = steps(plan)
        #expect(steps.map(\.name) == ["threshold", "undo", "avoid"], "the structure asks for a ? program too")
        #expect(steps.map(\.member) == [0, 2, 3] && steps.allSatisfy { $0.attachPoint == layout.object })
        #expect(layout.object.module == 7 && steps[2].flags == ProgramPlanner.sleepable)
        #expect(plan.description.contains("a tcp_congestion_ops of threshold, undo, avoid"))
    }

    @Test func `a structure of another flavour is the same to the kernel`() throws {
        let object = try object(
            """
            struct tcp_congestion_ops___small { char name[16]; int (*ssthresh)(struct sock *); };
            SEC(".struct_ops") struct tcp_congestion_ops___small ops = { .ssthresh = (void *)threshold };
            """)
        let layout = try #require(layouts(plan(object)).first)
        #expect(layout.functions.map(\.program) == ["threshold"])
        #expect(layout.lacks == ["name", "undo_cwnd", "cong_avoid or cong_control"] || layout.lacks.first == "name")
    }

    @Test func `what this kernel lacks may be zero, and its program is left out with a word`() throws {
        let object = try object(
            """
            SEC("struct_ops") int newer(u64 *context) { return 1; }
            SEC(".struct_ops") struct tcp_congestion_ops ops = {
                .ssthresh = (void *)threshold, .of_newer = (void *)newer };
            """)
        let plan = try plan(object)
        #expect(layouts(plan).first?.functions.map(\.program) == ["threshold"])
        #expect(plan.omissions.map(\.program.name) == ["newer"])
        #expect(plan.omissions.first?.reason.cause?.contains("has no member of_newer") == true)
    }

    @Test(arguments: [
        (".number_of_newer = 3", "number_of_newer"), (".owner = (void *)8", "owner is a pointer"),
        (".name = \"a\", .ssthresh = (void *)other", "kprobe/vfs_read"),
    ])
    func `what the kernel cannot take is refused in words`(members: String, words: String) throws {
        let object = try object(
            """
            SEC(".struct_ops") struct tcp_congestion_ops ops = { .undo_cwnd = (void *)undo, \(members) };
            """)
        let refusal = try refusal(try plan(object, ["undo", "other"]))
        #expect(refusal.cause?.contains(words) == true && refusal.map == "ops", "\(refusal)")
    }

    @Test func `sizes and structures that this kernel does not have are told`() throws {
        let wide = try refusal(try plan(object(Self.whole), on: Kernel(nameSize: 8)))
        #expect(wide.code == .structOpsUnsupported && wide.cause?.contains("char[16] of 16 bytes") == true, "\(wide)")
        let object = try object(
            """
            struct sched_ext_ops { int (*init)(void); };
            SEC(".struct_ops.link") struct sched_ext_ops ops = { .init = (void *)threshold };
            """)
        let missing = try refusal(try plan(object))
        #expect(missing.message.contains("sched_ext_ops") && missing.cause?.contains("6.12") == true, "\(missing)")
        #expect(missing.nextStep?.contains("CONFIG_SCHED_CLASS_EXT") == true, "\(missing)")
        let without = try plan(object, optional: ["threshold"])
        #expect(without.omissions.map(\.program.name) == ["threshold"] && layouts(without).isEmpty)
    }

    @Test func `a structure is made if all of its programs are loaded, an optional one if they are asked for`() throws {
        let object = try object(
            """
            \(Self.whole)
            SEC("struct_ops") int mine(u64 *context) { return 1; }
            SEC("struct_ops") int nobodys(u64 *context) { return 1; }
            SEC("?.struct_ops.link") struct tcp_congestion_ops spare = {
                .name = "spare", .ssthresh = (void *)mine, .undo_cwnd = (void *)undo };
            """)
        #expect(object.programsOfStructures == ["threshold", "undo", "avoid"])
        #expect(object.maps.map(\.name) == ["ops", "spare"])
        #expect(try layouts(plan(object)).map(\.registeredName) == ["mine"])
        let part = try plan(object, ["undo"])
        #expect(layouts(part).isEmpty && part.warnings.contains { $0.code == .structOpsIncomplete })
        #expect(steps(part).map(\.member) == [2], "it can be verified all the same")
        let spare = try plan(object, ["mine", "undo"])
        #expect(layouts(spare).map(\.registeredName) == ["spare"])
        let alone = try refusal(try plan(object, ["nobodys"]))
        #expect(alone.code == .structOpsInvalid && alone.program == "nobodys")
        let reason = object.programs.first { $0.name == "mine" }.flatMap(object.whyNotInStructure)
        #expect(reason?.contains("spare") == true)
    }

    @Test func `a program is one member, wherever it is called`() throws {
        let object = try object(
            """
            SEC(".struct_ops") struct tcp_congestion_ops one = { .ssthresh = (void *)threshold };
            SEC(".struct_ops") struct tcp_congestion_ops two = { .undo_cwnd = (void *)threshold };
            """)
        #expect(try refusal(try plan(object)).message.contains("two different members"))
    }

    @Test func `sizes, pins and targets of structures are not the command line's`() throws {
        var object = try object(Self.whole)
        var options = LoadPlan.Options()
        options.maps.pins = ["ops": "/sys/fs/bpf/ops"]
        #expect(throws: ObjectError.self) {
            try LoadPlan(object: object, programs: [], kernel: Kernel(), options: options)
        }
        options.maps.pins = [:]
        options.maps.sizes = ["ops": 2]
        #expect(throws: ObjectError.self) {
            try LoadPlan(object: object, programs: [], kernel: Kernel(), options: options)
        }
        let error = #expect(throws: ObjectError.self) { try object.attach("undo", to: "struct_ops:ops") }
        #expect(error?.diagnostic.cause?.contains("member of a structure") == true)
    }

    @Test(arguments: [
        ("SEC(\".struct_ops\") int number = 5;", "no structure"),
        ("SEC(\".struct_ops\") struct { u64 a; void *b; } ops = { 1, (void *)&ops };", "is no program"),
        (
            "struct __attribute__((packed)) odd { int a; u64 b; }; "
                + "SEC(\".struct_ops\") struct odd ops = { 1, (u64)(long)threshold };", "no pointer"
        ),
    ])
    func `what is no structure of functions is refused when the object is read`(source: String, words: String) throws {
        let refusal = try refusal(try object(source))
        #expect(refusal.code == .structOpsInvalid && refusal.cause?.contains(words) == true, "\(refusal)")
    }

    @Test func `places that a file lies about are refused`() throws {
        let bytes = try compileBPF(source: Self.head + Self.whole, arguments: ["-g"])
        let section = try PatchedObject(bytes: bytes).start(".struct_ops.link")
        // Every byte of the data and of the file's end, where symbols and relocations are.
        var refused = 0
        for index in Array(section..<(section + 80)) + Array(stride(from: bytes.count - 4096, to: bytes.count, by: 3)) {
            guard bytes.indices.contains(index) else { continue }
            for value in [UInt8(0xff), 0x80, bytes[index] ^ 1] {
                var changed = bytes
                changed[index] = value
                do {
                    _ = try plan(Object(parsing: changed, name: "changed.o"))
                } catch {
                    refused += 1
                    #expect(!"\(error)".isEmpty)
                }
            }
        }
        #expect(refused > 0)
    }
}
