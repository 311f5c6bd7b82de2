// SPDX-License-Identifier: Apache-2.0

import BPFObject
import BTF
import Diagnostics
import Foundation
import Testing

@testable import BPFCore

/// What can be attached to, as lists and types of made-up kernels tell it.
struct PlaceListTests {
    /// The types of a kernel with a function, an iterator, a hook, a tracepoint and a structure of functions.
    private static func types() -> [UInt8] {
        var types = BTFBuilder()
        let int = types.int("int", isSigned: true)
        let file = types.structure("file", size: 4, [BTFBuilder.Member("count", int)])
        let filePointer = types.pointer(to: file)
        let prototype = types.prototype(
            returning: int, [(name: "file", type: filePointer), (name: "count", type: int)])
        _ = types.function("vfs_read", type: prototype)
        let variadic = types.prototype(returning: int, [(name: "file", type: filePointer), (name: "", type: 0)])
        _ = types.function("vfs_write", type: variadic)
        _ = types.function(
            "bpf_lsm_file_open", type: types.prototype(returning: int, [(name: "file", type: filePointer)]))
        let meta = types.pointer(to: types.structure("bpf_iter_meta", size: 4, [BTFBuilder.Member("x", int)]))
        _ = types.function(
            "bpf_iter_task",
            type: types.prototype(returning: int, [(name: "meta", type: meta), (name: "t", type: filePointer)]))
        // Programs call this one to iterate.
        _ = types.function(
            "bpf_iter_num_next", type: types.prototype(returning: int, [(name: "it", type: filePointer)]))
        let event = types.prototype(returning: 0, [(name: "", type: filePointer), (name: "preempt", type: int)])
        // Its parameters have the names, where the kernel has it.
        let call = types.prototype(returning: int, [(name: "data", type: filePointer), (name: "forced", type: int)])
        _ = types.function("__traceiter_sched_switch", type: call)
        _ = types.typedef("btf_trace_sched_switch", to: types.pointer(to: event))
        let ops = types.structure(
            "tcp_ops", size: 16,
            [BTFBuilder.Member("flags", int), BTFBuilder.Member("init", types.pointer(to: prototype), bitOffset: 64)])
        _ = types.structure("bpf_struct_ops_tcp_ops", size: 16, [BTFBuilder.Member("data", ops)])
        return types.build()
    }

    private func kernel(_ files: [String: String] = [:], tracefs: Bool = true) throws -> (FakeKernel, Kernel) {
        let fake = try FakeKernel(files)
        try fake.write(Data(Self.types()), to: "sys/kernel/btf/vmlinux")
        try fake.write(sampleSymbols, to: "proc/kallsyms")
        if tracefs { try fake.write("x", to: "sys/kernel/tracing/events/enable") }
        return (fake, Kernel(roots: fake.roots))
    }

    @Test func `functions have their declaration and what can be attached to each`() throws {
        let (fake, kernel) = try kernel([
            "sys/kernel/tracing/available_filter_functions": "vfs_read\nvfs_write\nshared [xfs]\n",
            "sys/kernel/debug/kprobes/blacklist": "0xffffffff81000210-0xffffffff81000300\tvfs_write\n",
        ])
        let list = try FunctionList.matching(FunctionPattern(reading: "vfs_*"), on: kernel)
        #expect(list.functions.map(\.name) == ["vfs_read", "vfs_write"] && list.notes.isEmpty)
        #expect(list.functions[0].declaration == "int vfs_read(struct file *file, int count)")
        #expect(list.functions[0].kprobe == .works && list.functions[0].fentry == .works)
        #expect(list.functions[1].declaration == "int vfs_write(struct file *file, ...)")
        #expect(list.functions[1].kprobe == .no && list.functions[1].fentry == .no)
        let twins = try FunctionList.matching(FunctionPattern(reading: "twin,shared"), on: kernel)
        #expect(twins.functions.map(\.name) == ["shared", "twin", "shared"])
        #expect(twins.functions.map(\.copies) == [1, 2, 1] && twins.functions[2].module == "xfs")
        #expect(twins.functions.allSatisfy { $0.declaration == nil && $0.fentry == .no })
        withExtendedLifetime(fake) {}
    }

    @Test func `without the list of the function tracer it is not known whether fentry works`() throws {
        let (fake, kernel) = try kernel(tracefs: false)
        let list = try FunctionList.matching(FunctionPattern(reading: "vfs_read"), on: kernel)
        #expect(list.functions.first?.fentry == .unknown && list.functions.first?.kprobe == .works)
        #expect(list.notes.map(\.code) == [.tracefsMissing, .nameUnchecked])
        #expect(list.notes.last?.message.contains("kprobe") == true)
        withExtendedLifetime(fake) {}
    }

    @Test func `a pattern that means nothing is told with what is near`() throws {
        let (fake, kernel) = try kernel()
        let error = try #require(throws: BPFError.self) {
            try FunctionList.matching(FunctionPattern(reading: "vfs_raed*"), on: kernel)
        }
        #expect(error.code == .noSuchFunction && error.diagnostic.nextStep?.contains("vfs_read") == true, "\(error)")
        withExtendedLifetime(fake) {}
    }

    @Test func `trace events have the fields of their format, without those that all have`() throws {
        let format = """
            name: sched_switch
            format:
            \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;

            \tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;
            \tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;
            \tfield:broken;

            print fmt: "prev_comm=%s", REC->prev_comm
            """
        let (fake, kernel) = try kernel([
            "sys/kernel/tracing/available_events": "sched:sched_switch\nsched:sched_wakeup\nsyscalls:sys_enter_read\n",
            "sys/kernel/tracing/events/sched/sched_switch/format": format,
        ])
        let list = try TraceEventList.matching("sched/sched_s*", on: kernel)
        let event = try #require(list.events.first)
        #expect(list.events.count == 1 && event.category == "sched" && event.name == "sched_switch")
        #expect(event.fields?.map(\.declaration) == ["char prev_comm[16]", "pid_t prev_pid"])
        #expect(
            event.fields?.last?.offset == 24 && event.fields?.last?.size == 4 && event.fields?.last?.isSigned == true)
        #expect(try TraceEventList.matching("sys*", on: kernel).events.first?.fields == nil)
        #expect(try TraceEventList.matching("", on: kernel).events.count == 3)
        #expect(throws: BPFError.self) { try TraceEventList.matching("scheduler/*", on: kernel) }
        withExtendedLifetime(fake) {}
    }

    @Test func `without tracefs tracepoints are those of the types, with their arguments`() throws {
        let (fake, kernel) = try kernel(tracefs: false)
        let list = try TraceEventList.matching("sched_*", on: kernel)
        #expect(
            list.events.first?.declaration == "void sched_switch(int forced)" && list.events.first?.category == nil)
        #expect(list.notes.map(\.code) == [.tracefsMissing])
        // Only tracefs has the categories.
        let error = try #require(throws: BPFError.self) { try TraceEventList.matching("sched/*", on: kernel) }
        #expect(error.code == .tracefsMissing)
        withExtendedLifetime(fake) {}
    }

    @Test func `hooks, iterators and structures are those of the types`() throws {
        let (fake, kernel) = try kernel()
        #expect(
            try HookKind.lsm.matching("file_*", on: kernel).map(\.declaration) == ["int file_open(struct file *file)"])
        #expect(try HookKind.iterator.matching("", on: kernel).map(\.declaration) == ["int task(struct file *t)"])
        let structures = try HookKind.structure.matching("*", on: kernel)
        #expect(structures.map(\.declaration) == ["struct tcp_ops"])
        #expect(structures.first?.members == ["int init(struct file *file, int count)"])
        let error = try #require(throws: BPFError.self) { try HookKind.lsm.matching("file_opne", on: kernel) }
        #expect(error.diagnostic.nextStep?.contains("file_open") == true, "\(error)")
        withExtendedLifetime(fake) {}
    }

    /// A machine whose kernel has all ways and makes no program for this user, so that nothing is tried.
    private static var closed: MachineReport {
        var trials = MachineReportTests.allWork
        trials.program = .refused(.loadProgram, .notPermitted)
        return MachineReport(facts: MachineReportTests.good, trials: trials)
    }

    @Test func `a way that the machine does not have is none of a function either`() throws {
        let (fake, kernel) = try kernel([
            "sys/kernel/tracing/available_filter_functions": "vfs_read\n"
        ])
        var machine = Self.closed
        machine = MachineReport(
            facts: machine.facts,
            trials: {
                var trials = machine.trials
                trials.ways[.kprobeMulti] = .absent(nil)
                return trials
            }())
        let read = try FunctionDoctor(kernel: kernel, machine: machine).examine(ProbeTarget(parsing: "vfs_read"))
        #expect(read.ways.map(\.state) == [.unknown, .no, .works])
        #expect(read.ways[0].reason?.hasPrefix("not tried: ") == true)
        #expect(read.ways[1].reason == "it takes Linux 5.18, with CONFIG_FPROBE")
        withExtendedLifetime(fake) {}
    }

    @Test func `a function is told with each way, and why one cannot be gone`() throws {
        let (fake, kernel) = try kernel([
            "sys/kernel/tracing/available_filter_functions": "vfs_read\n"
        ])
        let doctor = FunctionDoctor(kernel: kernel, machine: Self.closed)
        let read = try doctor.examine(ProbeTarget(parsing: "vfs_read"))
        #expect(
            read.declaration == "int vfs_read(struct file *file, int count)" && read.address == 0xffff_ffff_8100_0100)
        #expect(read.ways.map(\.name) == ["kprobe", "kprobe.multi", "fentry"])
        #expect(read.ways.map(\.state) == [.unknown, .works, .works])
        let write = try doctor.examine(ProbeTarget(parsing: "vfs_write"))
        #expect(write.ways.map(\.state) == [.unknown, .no, .no])
        #expect(write.ways[1].reason == "the function tracer does not list it (notrace)")
        let accept = try doctor.examine(ProbeTarget(parsing: "inet_csk_accept"))
        #expect(accept.declaration == nil && accept.ways[2].reason?.hasPrefix("the types do not describe it") == true)
        withExtendedLifetime(fake) {}
    }

    @Test func `a function that is nowhere may be inlined, in a module, or forbidden`() throws {
        let release = UnameFacts.current.release
        let (fake, kernel) = try kernel([
            "modules/\(release)/modules.symbols": "# Aliases\nalias symbol:veth_secret veth\n",
            "sys/kernel/debug/kprobes/blacklist": "0xffffffff81000100-0xffffffff81000200\tvfs_read\n",
        ])
        let doctor = FunctionDoctor(kernel: kernel, machine: Self.closed)
        func refusal(_ name: String) throws -> BPFError {
            try #require(throws: BPFError.self) { try doctor.examine(ProbeTarget(parsing: name)) }
        }
        #expect(try refusal("vfs_read").code == .functionForbidsProbes)
        #expect(try refusal("twin").code == .functionAmbiguous)
        let inlined = try refusal("inlined_one")
        #expect(inlined.diagnostic.cause?.contains("inlined") == true)
        #expect(inlined.diagnostic.details.contains { $0.contains("debug information of the kernel") }, "\(inlined)")
        let module = try refusal("veth_secret")
        #expect(module.diagnostic.cause == "it is a function of the module veth, which is not loaded")
        #expect(module.diagnostic.nextStep?.contains("modprobe veth") == true)
        try fake.write("x", to: "usr/lib/debug/boot/vmlinux-\(release)")
        #expect(
            try refusal("no_such").diagnostic.details.contains {
                $0.contains("perf probe -k") && $0.contains("-D no_such")
            })
    }
}
