// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import Foundation
import TestSupport
import Testing

/// Every way to attach a program, with programs that do nothing but run.
extension KernelTests {
    @Suite(.cell("default", "cpus"))
    struct Attach {
        private static let isOld = Lab.kernel == "5.10"

        /// Attaches, lets the kernel work, detaches, and looks that the program ran then and not after.
        private func check(
            _ section: String, options: AttachOptions = AttachOptions(), way: AttachWay, runs wanted: UInt64
        ) throws {
            let before = Machine.now
            try {
                let statistics = try RunTimeStatistics()
                let program = try TinyProgram(section: section)
                let target = try AttachTarget(section: section)
                let attachment = try Link.attach(program: program.descriptor, to: target, options: options)
                #expect(attachment.way == way)
                #expect(attachment.notes.isEmpty == (way != .eventIoctl && way != .pmuIoctl))
                let ran = eventually {
                    Traffic.bpf(command: 14_000, count: 50)
                    return program.runs >= wanted
                }
                #expect(ran, "\(section) ran \(program.runs) times")
                try attachment.detach()
                let after = program.runs
                Traffic.bpf(command: 14_000, count: 50)
                #expect(program.runs == after, "\(section) still runs")
                extendLifetime(statistics)
            }()
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        private static var withoutLink: AttachOptions {
            var options = AttachOptions()
            options.limits = .withoutLink
            return options
        }

        @Test(arguments: ["tp/raw_syscalls/sys_enter", "tracepoint/syscalls/sys_enter_bpf", "tp/sched/sched_switch"])
        func `a program on a trace event runs when it happens and no more after`(section: String) throws {
            try check(section, way: Self.isOld ? .eventIoctl : .eventLink, runs: 40)
            try check(section, options: Self.withoutLink, way: .eventIoctl, runs: 40)
        }

        @Test(arguments: ["raw_tp/sys_enter", "raw_tracepoint/sched_switch"])
        func `a program on a raw tracepoint runs when it is passed and no more after`(section: String) throws {
            try check(section, way: .rawTracepoint, runs: 40)
        }

        @Test(arguments: [
            "tp_btf/sys_enter", "fentry/__x64_sys_bpf", "fexit/__x64_sys_bpf", "fmod_ret/security_bpf",
        ])
        func `a program with a target in BTF runs there and no more after`(section: String) throws {
            // LINK_CREATE takes these since 5.19.
            try check(section, way: Self.isOld ? .rawTracepoint : .tracingLink, runs: 40)
        }

        @Test(
            .enabled(if: Lab.kernel == "newest", "newer than the other kernels"),
            arguments: [
                ("fsession/__x64_sys_bpf", AttachWay.tracingLink), ("tp_btf.s/sys_enter", .tracingLink),
                ("raw_tp.s/sys_enter", .rawTracepoint), ("tp.s/syscalls/sys_enter_bpf", .eventLink),
            ])
        func `the newest ways are taken where the kernel has them`(section: String, way: AttachWay) throws {
            try check(section, way: way, runs: 40)
        }

        @Test func `a function that the newest kernel renamed takes a program everywhere`() throws {
            var resolver = TargetResolver()
            let target = try resolver.resolve(.kprobe("do_unlinkat"))
            let statistics = try RunTimeStatistics()
            let program = try TinyProgram(section: "kprobe")
            let attachment = try Link.attach(program: program.descriptor, to: target)
            _ = unlink("/nowhere")
            #expect(program.runs >= 1, "\(target)")
            try attachment.detach()
            extendLifetime(statistics)
        }

        @Test(arguments: ["ksyscall/bpf", "kretsyscall/bpf", "kprobe/__x64_sys_bpf", "kretprobe/security_bpf"])
        func `a program on a function runs with each call and no more after`(section: String) throws {
            try check(section, way: Self.isOld ? .pmuIoctl : .pmuLink, runs: 40)
        }

        @Test func `a program of samples runs on every CPU with its clock`() throws {
            try check("perf_event", way: Self.isOld ? .eventIoctl : .eventLink, runs: 5)
            try check("perf_event", options: Self.withoutLink, way: .eventIoctl, runs: 5)
        }

        @Test func `a hook of the security modules takes a program`() throws {
            try check("lsm/bpf", way: Self.isOld ? .rawTracepoint : .tracingLink, runs: 0)
        }

        @Test func `letting go takes a program off as detaching does`() throws {
            let statistics = try RunTimeStatistics()
            let program = try TinyProgram(section: "raw_tp/sys_enter")
            do {
                _ = try Link.attach(program: program.descriptor, to: try .rawTracepoint("sys_enter"))
            }
            let runs = program.runs
            Traffic.bpf(command: 14_000, count: 50)
            #expect(program.runs == runs)
            extendLifetime(statistics)
        }

        @Test func `one program sits on several places at a time`() throws {
            let statistics = try RunTimeStatistics()
            let program = try TinyProgram(section: "kprobe")
            let places = try ["__x64_sys_bpf", "security_bpf"].map { try AttachTarget.kprobe($0) }
            let first = try Link.attach(program: program.descriptor, to: places[0])
            let second = try Link.attach(program: program.descriptor, to: places[1])
            let before = program.runs
            Traffic.bpf(command: 14_000, count: 100)
            #expect(program.runs >= before + 200)
            try first.detach()
            let between = program.runs
            Traffic.bpf(command: 14_000, count: 100)
            #expect(program.runs >= between + 100)
            try second.detach()
            extendLifetime(statistics)
        }

        @Test(arguments: [
            ("kprobe/vfs_read", LinkKind.perfEvent), ("tp/sched/sched_switch", .perfEvent),
            ("raw_tp/sys_enter", .rawTracepoint), ("tp_btf/sys_enter", .rawTracepoint), ("fentry/vfs_read", .tracing),
        ])
        func `a link tells what it is, outlives its process by a pin, and keeps its program`(
            section: String, kind: LinkKind
        ) throws {
            let program = try TinyProgram(section: section)
            var link = try Link.attach(program: program.descriptor, to: AttachTarget(section: section))
            let path = "/sys/fs/bpf/attach_link"
            if Self.isOld, kind == .perfEvent {
                // Perf events have links since 5.15.
                for error in [
                    #expect(throws: BPFError.self) { try link.pin(at: path) },
                    #expect(throws: BPFError.self) { try link.update(to: program.descriptor) },
                    #expect(throws: BPFError.self) { try link.info() },
                ] {
                    #expect(
                        error?.diagnostic.cause?.contains("before Linux 5.15") == true, "\(String(describing: error))")
                }
                return
            }
            let info = try link.info()
            #expect(info.kind == kind)
            if kind == .rawTracepoint { #expect(info.target == "sys_enter") }
            let refusal = #expect(throws: BPFError.self) { try link.update(to: program.descriptor) }
            #expect(refusal?.operation == .updateLink)
            #expect(refusal?.diagnostic.nextStep == "attach the new program, and then detach this one")
            try link.pin(at: path)
            var opened = try Link(pinnedAt: path)
            #expect(try opened.info() == info)
            let taken = #expect(throws: BPFError.self) { try link.pin(at: path) }
            #expect(taken?.errno == .fileExists)
            try opened.unpin()
            try opened.detach()
            let unread = #expect(throws: BPFError.self) { try link.readAll() }
            #expect(unread?.diagnostic.cause?.contains("only links of iterators") == true)
            // The pin is gone already.
            try link.detach()
            #expect(throws: BPFError.self) { _ = try Link(pinnedAt: path) }
        }

        @Test func `a probe of tracefs has a line there that a pin cannot keep`() throws {
            var options = AttachOptions()
            options.limits = .withoutPMU
            let program = try TinyProgram(section: "kprobe")
            var link = try Link.attach(program: program.descriptor, to: .kprobe("vfs_read"), options: options)
            let error = #expect(throws: BPFError.self) { try link.pin(at: "/sys/fs/bpf/attach_link") }
            #expect(error?.operation == .pin)
            #expect(error?.errno == nil)
            try link.detach()
        }

        private func refusal(
            _ program: TinyProgram, _ target: AttachTarget
        ) throws -> BPFError {
            let error = #expect(throws: BPFError.self) {
                _ = try Link.attach(program: program.descriptor, to: target)
            }
            return try #require(error)
        }

        @Test func `a tracepoint that is not there is told before and by the kernel`() throws {
            let program = try TinyProgram(section: "raw_tp/sys_enter")
            let error = try refusal(program, try .rawTracepoint("sched_swich"))
            #expect(error.isTargetMissing)
            #expect(error.diagnostic.details == ["near: sched_switch"])
            let event = try refusal(program, try .tracepoint("sched", "sched_swich"))
            #expect(event.isTargetMissing)
            #expect(event.diagnostic.details == ["near: sched/sched_switch"])
        }

        @Test func `a program that reads beyond the fields of an event is told so`() throws {
            let program = try TinyProgram(section: "tp/sched/sched_switch", code: TinyProgram.reading(context: 1000))
            let error = try refusal(program, try .tracepoint("sched", "sched_switch"))
            #expect(error.errno == .permissionDenied)
            #expect(error.diagnostic.cause?.contains("beyond the fields") == true, "\(error)")
            #expect(error.code == .eventFieldsExceeded)
        }

        @Test func `a program of another type is told so`() throws {
            let program = try TinyProgram(section: "kprobe")
            let error = try refusal(program, try .tracepoint("sched", "sched_switch"))
            #expect(error.diagnostic.cause?.contains("another type") == true, "\(error)")
            #expect(try refusal(program, try .rawTracepoint("sys_enter")).errno == .invalidArgument)
        }

        @Test func `more samples than the kernel allows are refused with its limit`() throws {
            let error = try refusal(TinyProgram(section: "perf_event"), .samples(frequency: 1_000_000_000))
            #expect(error.diagnostic.cause?.contains("perf_event_max_sample_rate allows") == true, "\(error)")
        }

        @Test func `cycles are refused where the machine has no counter for them`() throws {
            let error = try refusal(TinyProgram(section: "perf_event"), .samples(of: .cycles))
            #expect(error.diagnostic.nextStep == "sample the clock", "\(error)")
        }
    }

    /// Where tracefs is not mounted.
    @Suite(.cell("bare"))
    struct AttachWithoutTracefs {
        @Test(arguments: ["raw_tp/sys_enter", "tp_btf/sys_enter", "fentry/__x64_sys_bpf", "ksyscall/bpf", "perf_event"])
        func `what needs no tracefs is attached without`(section: String) throws {
            let program = try TinyProgram(section: section)
            let attachment = try Link.attach(
                program: program.descriptor, to: try AttachTarget(section: section))
            try attachment.detach()
        }

        @Test func `a trace event is found through a mount that nobody else sees`() throws {
            let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
            let statistics = try RunTimeStatistics()
            let program = try TinyProgram(section: "tp/raw_syscalls/sys_enter")
            let target = try AttachTarget.tracepoint("raw_syscalls", "sys_enter")
            var resolver = TargetResolver()
            let resolved = try resolver.resolve(target)
            #expect(resolved.notes.count == 1)
            let attachment = try Link.attach(program: program.descriptor, to: resolved)
            Traffic.bpf(command: 14_000, count: 50)
            #expect(program.runs >= 50)
            try attachment.detach()
            #expect(try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8) == mounts)
            extendLifetime(statistics)
            let error = #expect(throws: BPFError.self) {
                _ = try resolver.resolve(try .tracepoint("sched", "sched_swich"))
            }
            #expect(error?.diagnostic.details == ["near: sched/sched_switch"])
        }
    }
}
