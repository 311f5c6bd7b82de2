// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import Foundation
import Testing

@testable import BPFCore

@Suite struct ProbeEventNameTests {
    private let owner = ProcessIdentity(namespace: 0xeffffffc, pid: 4_194_304, start: 0x1_2345_6789)

    @Test func `a name reads back and has only letters that tracefs takes`() throws {
        let name = ProbeEventName(owner: owner, number: 7, symbol: "a.b$c-é", isReturn: false)
        #expect(name.event == "k_effffffc_4194304_123456789_7_a_b_c___")
        let read = try #require(ProbeEventName(group: "swift_bpf", event: name.event[...]))
        #expect(read.owner == owner)
        #expect(ProbeEventName(owner: owner, number: 0, symbol: "f", isReturn: true).event.hasPrefix("r_"))
    }

    @Test func `long symbols are cut below 64 bytes and stay apart`() {
        let long = String(repeating: "x", count: 511)
        let names = (0..<3).map { ProbeEventName(owner: owner, number: $0, symbol: long, isReturn: false).event }
        #expect(names.allSatisfy { $0.utf8.count == 63 })
        #expect(Set(names).count == 3)
        #expect(ProbeEventName(group: "swift_bpf", event: names[0][...])?.owner == owner)
    }

    @Test(arguments: [
        "p:kprobes/k_effffffc_1_2_3_f f", "p:swift_bpf/other f", "p:swift_bpf/k_effffffc_1_2_f f",
        "p:swift_bpf/k_effffffc_x_2_3_f f", "p:swift_bpf/k_effffffc_-1_2_3_f f", "swift_bpf/k_effffffc_1_2_3_f", "",
        "p",
        "p:swift_bpf", "p:swift_bpfx/k_effffffc_1_2_3_f f",
    ])
    func `events of others are not read as ours`(line: String) {
        #expect(StaleProbes.name(inLine: line[...]) == nil)
    }

    @Test(arguments: [
        "p:swift_bpf/k_effffffc_12_2_3_f f", "r64:swift_bpf/r_effffffc_12_2_3_f_g f",
        "r:swift_bpf/r_effffffc_12_2_3_ f",
    ])
    func `ours are`(line: String) {
        #expect(StaleProbes.name(inLine: line[...])?.owner.pid == 12)
    }
}

@Suite struct StaleProbesTests {
    /// A fake kernel that shows the real process table.
    private func kernel(events: [String]) throws -> FakeKernel {
        let kernel = try FakeKernel([
            "sys/kernel/tracing/events/header": "",
            "sys/kernel/tracing/kprobe_events": events.map { $0 + "\n" }.joined(),
        ])
        return kernel
    }

    private func line(_ owner: ProcessIdentity) -> String {
        "p:" + ProbeEventName(owner: owner, number: 0, symbol: "vfs_read", isReturn: false).qualified + " vfs_read"
    }

    /// The number of a process that has ended.
    private func deadProcess() throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/true")
        try process.run()
        process.waitUntilExit()
        return process.processIdentifier
    }

    private func reap(_ events: [String]) throws -> (notes: [Diagnostic], written: String) {
        let kernel = try kernel(events: events)
        let before = try kernel.read("sys/kernel/tracing/kprobe_events")
        let roots = KernelRoots(proc: "/proc", sys: kernel.roots.sys)
        let notes = StaleProbes.reap(in: Tracefs(path: kernel.roots.sys + "/kernel/tracing"), roots: roots)
        let after = try kernel.read("sys/kernel/tracing/kprobe_events")
        return (notes, String(after.dropFirst(before.count)))
    }

    @Test func `a probe whose process has ended is taken away, with one appended line`() throws {
        let me = ProcessIdentity.current(roots: KernelRoots())
        let gone = ProcessIdentity(namespace: me.namespace, pid: try deadProcess(), start: 5)
        let (notes, written) = try reap([line(gone), "p:kprobes/mine f"])
        #expect(notes.map(\.severity) == [.note])
        #expect(
            written == "-:" + ProbeEventName(owner: gone, number: 0, symbol: "vfs_read", isReturn: false).qualified
                + "\n")
    }

    @Test func `a number used again by another process is gone, by its start time`() throws {
        let me = ProcessIdentity.current(roots: KernelRoots())
        let (notes, _) = try reap([line(ProcessIdentity(namespace: me.namespace, pid: me.pid, start: me.start + 1))])
        #expect(notes.count == 1)
    }

    @Test(arguments: ["plain", "a) b", "a\nb)", ")"])
    func `when a process began is read whatever its name holds`(name: String) throws {
        let kernel = try FakeKernel()
        try kernel.write("5 (\(name)) S 1" + String(repeating: " 0", count: 17) + " 4711 0\n", to: "proc/5/stat")
        #expect(ProcessIdentity.start(of: "5", roots: kernel.roots) == 4711)
    }

    @Test func `living processes, other namespaces and other groups are left alone`() throws {
        let me = ProcessIdentity.current(roots: KernelRoots())
        let dead = try deadProcess()
        let (notes, written) = try reap([
            line(me), line(ProcessIdentity(namespace: me.namespace + 1, pid: dead, start: 5)),
            "p:kprobes/k_\(String(me.namespace, radix: 16))_\(dead)_5_0_vfs_read vfs_read",
        ])
        #expect(notes.isEmpty)
        #expect(written.isEmpty)
    }

    @Test func `nothing is done where there is no tracefs`() throws {
        #expect(StaleProbes.reap(roots: try FakeKernel().roots).isEmpty)
    }
}

@Suite struct TracefsErrorLogTests {
    private let old =
        "[    1.000000] trace_kprobe: error: Old\n  Command: p:swift_bpf/k_1 a\n                        ^\n"
    private let new =
        "[    2.000000] trace_kprobe: error: New\n  Command: p:swift_bpf/k_2 b\n                        ^\n"
    private let other = "[    3.000000] event filter: error: Else\n  Command: other\n"

    @Test func `only what was added and is about the event is quoted`() {
        let before = TracefsErrorLog(parsing: old)
        let quote = TracefsErrorLog(parsing: old + new + other).added(since: before, mentioning: "k_2")
        #expect(quote.count == 3)
        #expect(quote.first == "[    2.000000] trace_kprobe: error: New")
        #expect(TracefsErrorLog(parsing: new).added(since: before, mentioning: "k_2").count == 3)
        #expect(TracefsErrorLog(parsing: old).added(since: before, mentioning: "k_1").isEmpty)
        #expect(TracefsErrorLog(parsing: "").added(since: before, mentioning: "k_1").isEmpty)
    }
}

@Suite struct KprobeAttachmentTests {
    private let probe: ResolvedProbe

    init() throws {
        probe = ResolvedProbe(requested: try ProbeTarget(parsing: "vfs_read"), symbol: "vfs_read")
    }

    private func refusal(_ kernel: FakeKernel) throws -> BPFError {
        let error = #expect(throws: BPFError.self) {
            _ = try KprobeAttachment.attach(program: -1, to: probe, roots: kernel.roots)
        }
        return try #require(error)
    }

    @Test func `without PMU and tracefs the message says what to mount`() throws {
        let error = try refusal(try FakeKernel(["proc/filesystems": "nodev\ttracefs\n"]))
        #expect(error.operation == .attachProbe)
        #expect(error.code == .noKprobes)
        #expect(error.diagnostic.nextStep?.contains("mount -t tracefs") == true)
        let bare = try refusal(try FakeKernel(["proc/filesystems": "nodev\tproc\n"]))
        #expect(bare.diagnostic.nextStep?.contains("CONFIG_KPROBE_EVENTS") == true)
    }

    @Test func `a tracefs without kprobe_events is told from one that is not mounted`() throws {
        let kernel = try FakeKernel(["sys/kernel/tracing/events/header": "", "proc/filesystems": "nodev\ttracefs\n"])
        let diagnostic = try refusal(kernel).diagnostic
        #expect(diagnostic.cause?.hasSuffix("tracefs has no kprobe_events") == true)
        #expect(diagnostic.code == .noKprobes)
        #expect(diagnostic.nextStep?.contains("CONFIG_KPROBE_EVENTS") == true)
    }

    @Test func `an event that does not come to life is taken away again`() throws {
        let kernel = try FakeKernel([
            "sys/kernel/tracing/events/header": "", "sys/kernel/tracing/kprobe_events": "p:kprobes/mine f\n",
        ])
        let error = try refusal(kernel)
        #expect(error.errno == .noSuchFileOrDirectory)
        let lines = try kernel.read("sys/kernel/tracing/kprobe_events").split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0] == "p:kprobes/mine f")
        let name = try #require(StaleProbes.name(inLine: lines[1]))
        #expect(lines[1] == "p:\(name.qualified) vfs_read")
        #expect(name.owner == ProcessIdentity.current(roots: kernel.roots))
        #expect(lines[2] == "-:\(name.qualified)")
    }

    @Test func `the PMU is found by its files`() throws {
        let folder = "sys/bus/event_source/devices/kprobe/"
        let kernel = try FakeKernel([folder + "type": "6\n", folder + "format/retprobe": "config:3\n"])
        let pmu = try #require(KprobePMU(roots: kernel.roots))
        #expect(pmu.type == 6)
        #expect(pmu.returnBit == 8)
        try kernel.write("nonsense", to: folder + "format/retprobe")
        #expect(KprobePMU(roots: kernel.roots)?.returnBit == 1)
        try kernel.write("none", to: folder + "type")
        #expect(KprobePMU(roots: kernel.roots) == nil)
    }

    @Test(arguments: [("0-3\n", Int32(0)), ("1-3\n", 1), ("12-15,17\n", 12), ("2,4-7\n", 2), ("", 0), ("x", 0)])
    func `the first CPU that is online is taken`(list: String, cpu: Int32) throws {
        let kernel = try FakeKernel(["sys/devices/system/cpu/online": list])
        #expect(OnlineCPU.first(roots: kernel.roots) == cpu)
    }
}
