// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Everything that needs a kernel, one test at a time: they share the machine's probes, pins and programs.
@Suite(.serialized, .enabled(if: Lab.isHere, "kernel tests run in the lab: make lab"))
struct KernelTests {}

extension Trait where Self == ConditionTrait {
    /// Runs only where the machine is in one of these states.
    static func cell(_ cells: String...) -> Self {
        .enabled(if: cells.contains(Lab.cell), "for the cell \(cells.joined(separator: ", "))")
    }

    /// Runs in the default cell of these kernels only.
    ///
    /// The others would say the same again; `LAB_ALL=1` asks them.
    /// What a kernel lacks or does in another way is looked at on the oldest and the newest one, or on all. What is a
    /// tool's own doing, whatever the kernel, is looked at on one. An emulated machine takes half a second of a processor
    /// for each start of a tool, and all tests on all kernels take an hour.
    static func kernels(_ kernels: String...) -> Self {
        .enabled(
            if: Lab.looksAtAll || Lab.cell != "default" || kernels.contains(Lab.kernel),
            "on \(kernels.joined(separator: ", ")); LAB_ALL=1 for all")
    }
}

/// The session of the seed documents, with their command lines.
extension KernelTests {
    @Suite(.cell("default", "cpus"))
    struct SeedSession {
        private let prog1 = Lab.examples + "/test_prog1.o"
        private let prog2 = Lab.examples + "/test_prog2.o"

        @Test func `both programs on one function print events with the right command, in order for each CPU`() throws {
            let before = Machine.now
            let pipeline = try EventPipeline()
            let first = try RunningTool("load-kp-bpf", [prog1, "sys_bpf"])
            #expect(first.wait(for: "Running."))
            let second = try RunningTool("load-kp-bpf", [prog2, "sys_bpf"])
            #expect(second.wait(for: "Running."))

            for round in 0..<50 { Traffic.bpf(command: 12_000 + Int32(round % 2), count: 1, cpu: round % 2) }
            #expect(eventually { pipeline.events.filter { $0.cmd >= 12_000 }.count >= 100 })

            let secondEnd = second.end()
            let firstEnd = first.end()
            let (daemonEnd, printerEnd) = pipeline.end()
            for outcome in [firstEnd, secondEnd] {
                #expect(outcome.status == 0 && outcome.stdout == "Running.\nTerminate.\n", "\(outcome)")
            }
            #expect(daemonEnd.status == 0 && printerEnd.status == 0, "\(daemonEnd)\n\(printerEnd)")

            let ours = PrintedEvent.all(in: printerEnd.stdout).filter { $0.cmd >= 12_000 }
            for idx in [1, 2] {
                #expect(ours.filter { $0.idx == idx }.map(\.cmd).filter { $0 == 12_000 }.count == 25)
                #expect(ours.filter { $0.idx == idx }.map(\.cmd).filter { $0 == 12_001 }.count == 25)
            }
            #expect(ours.allSatisfy { $0.cpu == $0.cmd - 12_000 }, "the cpu is the one that the call was made on")
            for cpu in 0..<2 {
                let times = ours.filter { $0.cpu == cpu }.map(\.time)
                #expect(times == times.sorted(), "events of CPU \(cpu) come in order")
            }

            try FileManager.default.removeItem(atPath: "/sys/fs/bpf/map_event")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `nothing is lost in 30000 events`() throws {
            let pipeline = try EventPipeline("/sys/fs/bpf/map_event", "--unpin")
            let loader = try RunningTool("load-kp-bpf", [prog1, "sys_bpf"])
            #expect(loader.wait(for: "Running."))
            for cpu in 0..<2 { Traffic.bpf(command: 20_000 + Int32(cpu), count: 15_000, cpu: cpu) }
            loader.end()
            let (daemonEnd, printerEnd) = pipeline.end()
            #expect(daemonEnd.status == 0 && !daemonEnd.stderr.contains("lost"), "\(daemonEnd)")
            // By their first bytes: to read back so many takes an emulated machine most of a minute.
            let lines = printerEnd.stdout.utf8.split(separator: 10)
            for cpu in 0..<2 {
                #expect(lines.count { $0.starts(with: "idx: 1, cmd: \(20_000 + cpu), cpu: \(cpu), ".utf8) } == 15_000)
            }
        }

        @Test func `the pinned maps of test_prog outlive the loader and are used by the next one`() throws {
            let before = Machine.now
            let object = Lab.examples + "/test_prog.o"
            for _ in 0..<2 {
                let loader = try RunningTool("load-kp-bpf", [object, "sys_bpf"])
                #expect(loader.wait(for: "Running."))
                #expect(loader.end().status == 0)
            }
            #expect(Machine.pins().subtracting(before.pins).contains { $0.hasPrefix("tc/globals/") })
            let maps = Machine.now.maps
            let third = try RunningTool("load-kp-bpf", [object, "sys_bpf"])
            #expect(third.wait(for: "Running."))
            #expect(Machine.now.maps == maps, "no map is made anew where one is pinned")
            #expect(third.end().status == 0)
            try shell("rm -r /sys/fs/bpf/tc")
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test func `a loader may come and go while the daemon runs, and each time its events arrive`() throws {
            let pipeline = try EventPipeline("/sys/fs/bpf/map_event", "--unpin")
            for round in 0..<3 {
                let loader = try RunningTool("load-kp-bpf", [prog1, "sys_bpf"])
                #expect(loader.wait(for: "Running."))
                Traffic.bpf(command: 15_000 + Int32(round), count: 10)
                #expect(eventually { pipeline.events.filter { $0.cmd == 15_000 + round }.count == 10 })
                #expect(loader.end().status == 0)
            }
            #expect(pipeline.end().daemon.status == 0)
        }
    }
}
