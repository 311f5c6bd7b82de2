// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics
import TestSupport
import Testing

@testable import BPFObject

/// A kernel that has functions by its types.
private struct FunctionKernel: AbsentKernel {
    let types: BTFNameIndex
    var version: UInt32 = 0x60c00
    func kernelTypes() throws(TargetTypesError) -> BTFNameIndex { types }
    func function(named name: String) throws(EnvironmentError) -> KernelObject? {
        BTFNameIndex(types.btf, kinds: [.function]).id(named: name, kind: .function).map {
            KernelObject(id: UInt32($0))
        }
    }
}

struct FlavouredFunctionTests {
    private static let kernel = """
        struct task; struct queue;
        int insert(struct task *task, unsigned long slice) { return slice; }
        """
    private static let program = """
        #define SEC(name) __attribute__((section(name), used))
        #define WEAK __attribute__((weak)) __attribute__((section(".ksyms")))
        struct task; struct queue;
        extern int insert___old(struct task *task) WEAK;
        extern int insert___new(struct task *task, unsigned long slice) WEAK;
        extern int gone___new(struct task *task) WEAK;
        SEC("kprobe/vfs_read") int run(void *ctx) {
            if (insert___new) return insert___new(0, 1);
            if (insert___old) return insert___old(0);
            return gone___new ? gone___new(0) : 0;
        }
        char _license[] SEC("license") = "GPL";
        """

    @Test func `of several declarations of a function the one is taken whose parameters the kernel has`() throws {
        func read(_ source: String, _ name: String) throws -> Object {
            try Object(parsing: compileBPF(source: source, arguments: ["-g", "-Wno-everything"]), name: name)
        }
        let types = BTFNameIndex(try #require(read(Self.kernel, "kernel.o").typeInfo.types))
        let kernel = FunctionKernel(types: types)
        let object = try read(Self.program, "flavours.o")
        let plan = try LoadPlan(object: object, programs: object.programs, kernel: kernel)
        let id = Int32(try #require(try kernel.function(named: "insert")).id)
        let calls = plan.programs[0].instructions.filter {
            $0.code == Instruction.callCode && $0.source == Instruction.pseudoKernelCall
        }
        // Those that are not there are calls of nothing, behind the checks that are false.
        #expect(calls.filter { $0.immediate == id }.count == 1, "\(calls)")
        let strong = try read(
            """
            #define SEC(name) __attribute__((section(name), used))
            struct task;
            extern int insert___old(struct task *task) SEC(".ksyms");
            SEC("kprobe/vfs_read") int run(void *ctx) { return insert___old(0); }
            char _license[] SEC("license") = "GPL";
            """, "strong.o")
        #expect(throws: ObjectError.self) { try LoadPlan(object: strong, programs: strong.programs, kernel: kernel) }
    }
}
