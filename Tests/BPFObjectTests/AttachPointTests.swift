// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import TestSupport
import Testing

/// What programs with a target in the kernel's BTF are planned for.
@Suite struct AttachPointTests {
    /// A kernel whose BTF has these functions, and the typedef of one tracepoint.
    private struct Kernel: AbsentKernel {
        let functions: [String: UInt32]

        func function(named name: String) throws(EnvironmentError) -> KernelObject? {
            functions[name].map { KernelObject(id: $0) }
        }
        func function(named name: String, inModule module: String) throws(EnvironmentError) -> KernelObject? {
            functions[module + ":" + name].map { KernelObject(id: $0, module: 12) }
        }
        func typedef(named name: String) throws(EnvironmentError) -> KernelObject? {
            name == "btf_trace_sys_enter" ? KernelObject(id: 9) : nil
        }
    }

    private func plan(_ section: String, _ functions: [String: UInt32]) throws -> LoadPlan {
        let source = "__attribute__((section(\"\(section)\"), used)) int program(void *ctx) { return 0; }"
        let object = try Object(parsing: compileBPF(source: source), name: "target.o")
        return try LoadPlan(object: object, programs: object.programs, kernel: Kernel(functions: functions))
    }

    private func attachPoint(_ plan: LoadPlan) -> KernelObject? {
        for case .load(let step) in plan.steps { return step.attachPoint }
        return nil
    }

    @Test func `a function is found by its name, without a word`() throws {
        let plan = try plan("fentry/do_unlinkat", ["do_unlinkat": 5, "filename_unlinkat": 6])
        #expect(attachPoint(plan) == KernelObject(id: 5))
        #expect(!plan.warnings.contains { $0.message.contains("do_unlinkat") })
    }

    @Test func `a function of a module is looked for in that module only`() throws {
        let plan = try plan("fentry/bridge:br_forward", ["br_forward": 5, "bridge:br_forward": 6])
        #expect(attachPoint(plan) == KernelObject(id: 6, module: 12))
        let error = #expect(throws: ObjectError.self) { try self.plan("fentry/xfs:br_forward", ["br_forward": 5]) }
        #expect(error?.reason == .missingAttachTarget(try .fentry("xfs:br_forward")))
    }

    @Test(arguments: [("fexit/do_unlinkat", "filename_unlinkat"), ("fentry/filename_unlinkat", "do_unlinkat")])
    func `a function that was renamed is found under the other name, with a note`(section: String, name: String) throws
    {
        let plan = try plan(section, [name: 6])
        #expect(attachPoint(plan) == KernelObject(id: 6))
        #expect(plan.warnings.contains { $0.severity == .note && $0.message.hasSuffix(" as \(name)") })
    }

    @Test(arguments: ["fentry", "fentry/vfs_write"])
    func `a program is loaded for the target that is chosen, whatever its section names`(section: String) throws {
        let source = "__attribute__((section(\"\(section)\"), used)) int program(void *ctx) { return 0; }"
        let object = try Object(parsing: compileBPF(source: source), name: "target.o")
        var options = LoadPlan.Options()
        options.targets["program"] = try .fentry("vfs_read")
        let kernel = Kernel(functions: ["vfs_read": 7, "vfs_write": 8])
        let plan = try LoadPlan(object: object, programs: object.programs, kernel: kernel, options: options)
        #expect(attachPoint(plan) == KernelObject(id: 7))
        options.targets["program"] = try .fentry("vfs_raed")
        let error = #expect(throws: ObjectError.self) {
            try LoadPlan(object: object, programs: object.programs, kernel: kernel, options: options)
        }
        #expect(try error?.reason == .missingAttachTarget(.fentry("vfs_raed")))
    }

    @Test func `hooks and tracepoints have one name only`() throws {
        #expect(attachPoint(try plan("tp_btf/sys_enter", [:])) == KernelObject(id: 9))
        #expect(throws: ObjectError.self) { try plan("lsm/do_unlinkat", ["filename_unlinkat": 6]) }
        #expect(throws: ObjectError.self) { try plan("fentry/no_such_function", ["filename_unlinkat": 6]) }
    }
}
