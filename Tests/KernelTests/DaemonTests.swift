// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Foundation
import TestSupport
import Testing

/// What bpf-eventd does beside the seed session: outputs, several maps, CPUs that come and go, dropped privilege.
extension KernelTests {
    @Suite(.kernels("6.1"))
    struct Daemon {
        private let map = "/sys/fs/bpf/map_event"
        private let object = Lab.examples + "/test_prog1.o"

        @Test(.cell("default")) func `two daemons on two maps each get their own events`() throws {
            let before = Machine.now
            let other = try RunningTool("bpf-eventd", ["--unpin", "/sys/fs/bpf/map_other", "/dev/null"])
            #expect(other.wait(for: "Running."))
            let pipeline = try EventPipeline(map, "--unpin")
            let loader = try RunningTool("load-kp-bpf", [object, "sys_bpf"])
            #expect(loader.wait(for: "Running."))
            Traffic.bpf(command: 16_000, count: 20)
            #expect(eventually { pipeline.events.filter { $0.cmd == 16_000 }.count == 20 })
            #expect(loader.end().status == 0)
            #expect(pipeline.end().daemon.status == 0)
            #expect(other.end().status == 0)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test(.cell("default")) func `a map that is there already is taken with the original's warning, and stays`()
            throws
        {
            for round in 0..<2 {
                let outcome = try run("bpf-eventd", "--duration", "50ms", map, "/dev/null")
                #expect(outcome.status == 0 && outcome.stderr.contains("Map exists") == (round == 1), "\(outcome)")
            }
            try shell("rm \(map)")
        }

        @Test(.cell("default"))
        func `the output may be a file, a FIFO or a device, and a file is added to only when asked`() throws {
            let folder = FileManager.default.temporaryDirectory
            let file = folder.appending(path: "out.bin").path
            let fifo = folder.appending(path: "out.fifo").path
            let loader = try RunningTool("load-kp-bpf", [object, "sys_bpf"])
            #expect(loader.wait(for: "Running."))
            for (options, expected) in [([], 5), (["--append"], 10), ([], 5)] {
                let daemon = try RunningTool("bpf-eventd", options + [map, file])
                #expect(daemon.wait(for: "Running."))
                Traffic.bpf(command: 16_001, count: 5)
                #expect(daemon.end().status == 0)
                let printed = try run("print-event", file)
                #expect(PrintedEvent.all(in: printed.stdout).filter { $0.cmd == 16_001 }.count == expected)
            }
            try shell("rm -f \(fifo); mkfifo \(fifo)")
            let printer = try RunningTool("print-event", [fifo])
            let daemon = try RunningTool("bpf-eventd", [map, fifo])
            #expect(daemon.wait(for: "Running."))
            Traffic.bpf(command: 16_002, count: 7)
            #expect(daemon.end().status == 0)
            #expect(PrintedEvent.all(in: printer.finish().stdout).filter { $0.cmd == 16_002 }.count == 7)
            #expect(loader.end().status == 0)
            try shell("rm \(map)")
        }

        @Test(.cell("default"))
        func `a reader that has gone ends it with the count, and a full disk only if it stays full to the end`() throws
        {
            let loader = try RunningTool("load-kp-bpf", [object, "sys_bpf"])
            #expect(loader.wait(for: "Running."))
            let pipe = try TestPipe()
            let daemon = try RunningTool("bpf-eventd", [map, "-"], stdout: pipe.writing)
            #expect(daemon.wait(for: "Running."))
            pipe.closeBoth()
            Traffic.bpf(command: 16_003, count: 5)
            let gone = daemon.finish()
            #expect(gone.status == 74 && gone.stderr.contains("not written"), "\(gone)")

            try shell("mkdir -p /tmp/full && mount -t tmpfs -o size=16k tmpfs /tmp/full")
            defer { _ = try? shell("umount /tmp/full") }
            for status: Int32 in [74, 0] {
                let full = try RunningTool("bpf-eventd", [map, "/tmp/full/out"])
                #expect(full.wait(for: "Running."))
                Traffic.bpf(command: 16_004, count: 2000)
                #expect(full.wait(for: "no room in /tmp/full/out"))
                // Between a try that fails and its being cut off again, the file ends within a frame.
                #expect(eventually { (try? run("print-event", "/tmp/full/out"))?.status == 0 }, "whole frames")
                if status == 0 {
                    try shell("mount -o remount,size=4m /tmp/full")
                    #expect(full.wait(for: "room again in /tmp/full/out"))
                }
                let outcome = full.end()
                #expect(outcome.status == status, "\(outcome)")
                #expect(outcome.stderr.contains("not written") == (status == 74), "\(outcome)")
            }
            #expect(loader.end().status == 0)
            try shell("rm \(map)")
        }

        @Test(.cell("default")) func `--user gives up all privilege and events still come`() throws {
            let pipeline = try EventPipeline(map, "--user", "tracer")
            let status = try String(
                contentsOfFile: "/proc/\(pipeline.daemon.pid)/status", encoding: .utf8)
            #expect(status.contains("Uid:\t1000\t1000\t1000\t1000"))
            #expect(status.contains("CapEff:\t0000000000000000") && status.contains("CapPrm:\t0000000000000000"))
            let loader = try RunningTool("load-kp-bpf", [object, "sys_bpf"])
            #expect(loader.wait(for: "Running."))
            Traffic.bpf(command: 16_005, count: 10, cpu: 1)
            #expect(eventually { pipeline.events.filter { $0.cmd == 16_005 }.count == 10 })
            #expect(loader.end().status == 0)
            #expect(pipeline.end().daemon.status == 0)
            try shell("rm \(map)")
        }

        @Test(.cell("cpus"))
        func `a CPU that goes and comes back is served again, and loses nothing but what was offline`() throws {
            let pipeline = try EventPipeline(map, "--unpin")
            let loader = try RunningTool("load-kp-bpf", [object, "sys_bpf"])
            #expect(loader.wait(for: "Running."))
            for cpu in 0..<4 { Traffic.bpf(command: 17_000 + Int32(cpu), count: 10, cpu: cpu) }
            try shell("echo 0 > /sys/devices/system/cpu/cpu2/online")
            defer { _ = try? shell("echo 1 > /sys/devices/system/cpu/cpu2/online") }
            #expect(pipeline.daemon.wait(for: "CPU 2 went offline"), "\(pipeline.daemon.stderr)")
            Traffic.bpf(command: 17_100, count: 10, cpu: 1)
            try shell("echo 1 > /sys/devices/system/cpu/cpu2/online")
            #expect(pipeline.daemon.wait(for: "CPU 2 came online"), "\(pipeline.daemon.stderr)")
            Traffic.bpf(command: 17_202, count: 10, cpu: 2)
            #expect(eventually { pipeline.events.filter { $0.cmd == 17_202 }.count == 10 }, "\(pipeline.daemon.stderr)")
            #expect(loader.end().status == 0)
            let (daemonEnd, printerEnd) = pipeline.end()
            #expect(daemonEnd.status == 0 && !daemonEnd.stderr.contains("lost"), "\(daemonEnd)")
            let events = PrintedEvent.all(in: printerEnd.stdout)
            for cpu in 0..<4 { #expect(events.filter { $0.cmd == 17_000 + cpu && $0.cpu == cpu }.count == 10) }
            #expect(events.filter { $0.cmd == 17_100 }.count == 10)
        }

        @Test(.cell("cpus"))
        func `a CPU that is away for a moment only, shorter than anybody looks, is served again`() throws {
            let pipeline = try EventPipeline(map, "--unpin")
            let loader = try RunningTool("load-kp-bpf", [object, "sys_bpf"])
            #expect(loader.wait(for: "Running."))
            try shell("cd /sys/devices/system/cpu/cpu3; echo 0 > online; echo 1 > online")
            #expect(pipeline.daemon.wait(for: "CPU 3 came online"), "\(pipeline.daemon.stderr)")
            Traffic.bpf(command: 17_303, count: 10, cpu: 3)
            #expect(eventually { pipeline.events.filter { $0.cmd == 17_303 }.count == 10 }, "\(pipeline.daemon.stderr)")
            #expect(loader.end().status == 0)
            #expect(pipeline.end().daemon.status == 0)
        }

        @Test(.cell("bare"))
        func `a map has a slot for every possible CPU, and those that are there get rings`() throws {
            let possible = try #require(
                CPUList.parse(String(contentsOfFile: "/sys/devices/system/cpu/possible", encoding: .utf8))?.last)
            let pipeline = try EventPipeline(map, "--json")
            let loader = try RunningTool("load-kp-bpf", [object, "sys_bpf"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            for cpu in 0..<2 { Traffic.bpf(command: 16_010 + Int32(cpu), count: 10, cpu: cpu) }
            #expect(eventually { pipeline.events.filter { (16_010...16_011).contains($0.cmd) }.count == 20 })
            #expect(try shell("bpftool map show pinned \(map)").contains("max_entries \(possible + 1) "))
            #expect(loader.end().status == 0)
            let end = pipeline.end().daemon
            #expect(end.status == 0 && end.stderr.contains(#""cpus":[0,1]"#), "\(end)")
            try shell("rm -f \(map)")
        }

        @Test(.cell("bare"))
        func `without bpffs and tracefs the session works: the one is mounted, the other not needed`() throws {
            let pipeline = try EventPipeline(map, "--unpin")
            let loader = try RunningTool("load-kp-bpf", [object, "sys_bpf"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            Traffic.bpf(command: 16_006, count: 10)
            #expect(eventually { pipeline.events.filter { $0.cmd == 16_006 }.count == 10 })
            #expect(loader.end().status == 0)
            #expect(pipeline.end().daemon.status == 0)
            #expect(try shell("cat /proc/mounts").contains(" /sys/fs/bpf bpf "))
            // What only tracefs can do is refused in words where it is not mounted.
            let outcome = try run(
                "load-kp-bpf", "--return", "--maxactive", "9", object, "sys_bpf", "--duration", "50ms")
            #expect(outcome.stderr.contains("tracefs"), "\(outcome)")
            try shell("rm -f \(map); umount /sys/fs/bpf")
        }
    }
}
