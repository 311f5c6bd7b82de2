// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics
import TestSupport
import Testing

@testable import BPFObject

/// What is told of an access to what the kernel does not have, before any kernel is asked to load it.
struct MissingMemberTests {
    private func poison(_ source: String, arguments: [String] = ["-g"]) throws -> [String] {
        var builder = BTFBuilder()
        let int = builder.int("int", isSigned: true)
        _ = builder.structure(
            "task_struct", size: 12,
            [.init("pid", int), .init("ppid", int, bitOffset: 32), .init("flags", int, bitOffset: 64)])
        let types = try BTFNameIndex(BTF(parsing: builder.build()))
        let object = try Object(parsing: compileBPF(source, arguments: arguments), name: "missing.o")
        let plan = try LoadPlan(object: object, programs: object.programs, kernel: TypedKernel(types: types))
        return plan.programs.flatMap { $0.poison.sorted { $0.key < $1.key }.map { $0.value.text() } }
    }

    @Test func `a missing member is told with its own line, its type, the near members and the guard`() throws {
        let texts = try poison("kernel/missing_member.c")
        let text = try #require(texts.first)
        #expect(texts.count == 1)
        // The compiler gives the instruction itself to line 13, which is about something else.
        for part in [
            "struct task_struct has no member `pidd`", "missing_member.c:15", "&task->pidd", "`pid`",
            "bpf_core_field_exists()",
        ] { #expect(text.contains(part), "\(part): \(text)") }
        #expect(!text.contains("`flags`"))
    }

    @Test func `the line of an instruction stands if no line near it has the name`() throws {
        let object = try Object(
            parsing: compileBPF("kernel/missing_member.c", arguments: ["-g"]), name: "missing.o")
        let lines = try #require(object.typeInfo.lines(ofSection: "raw_tp/sched_process_exec"))
        #expect(lines.line(near: 0, naming: "no such name") == nil)
        #expect(lines.line(near: 1_000, naming: "return number")?.line == 16)
        #expect(lines[3]?.line == 13 && lines.line(near: 3, naming: "pidd")?.line == 15)
    }
}
