// SPDX-License-Identifier: Apache-2.0

import BPFCore
import EventStream
import Foundation
import Records
import TestSupport
import Testing

/// The flight recorder, and ring buffers whose programs count what finds no room.
extension KernelTests {
    @Suite(.kernels("5.10", "newest"))
    struct Recorder {
        private let map = "/sys/fs/bpf/rb"
        private let capture = "/tmp/recorder.bev"

        /// The first 8 bytes of each event of a capture, and the CPUs' times in their order.
        private func events(_ file: String) throws -> [UInt64] {
            var reader = CaptureReader()
            var numbers: [UInt64] = []
            let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: file)))
            try reader.read(bytes.span.bytes) { item, _ in
                guard case .records(var block) = item else { return }
                while let record = block.next() {
                    numbers.append(record.bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
                }
            }
            return numbers
        }

        @Test(.cell("default"))
        func `a million events with forced losses are written or told as lost, exactly, on two CPUs`() throws {
            // Each call of bpf(2) outputs 100.
            let calls = max(Lab.events / 100, 400)
            let loader = try RunningTool("load-kp-bpf", [Lab.fixtures + "/ringbuf_lost.o", "sys_bpf"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            let daemon = try RunningTool(
                "bpf-eventd", ["--format", "capture", "--unpin", "--stats", map, capture])
            #expect(daemon.wait(for: "Running."), "\(daemon.stderr)")
            #expect(daemon.stderr.contains("are counted by its programs"), "\(daemon.stderr)")
            // The ring buffer holds 2700 of them; what comes while the daemon stands still has no room.
            daemon.send(SIGSTOP)
            Traffic.bpf(command: 20_002, count: 100, cpu: 0)
            Traffic.bpf(command: 20_002, count: 100, cpu: 1)
            daemon.send(SIGCONT)
            DispatchQueue.concurrentPerform(iterations: 2) { cpu in
                Traffic.bpf(command: 20_002, count: calls / 2 - 100, cpu: cpu)
            }
            let end = daemon.end()
            let found = try CapturedEvents(files: capture)
            let (records, lost) = (found.records[0] ?? 0, found.lost[0] ?? 0)
            #expect(records + lost == calls / 2 * 200 && lost > 17_000, "\(records) \(lost)")
            #expect(found.faults.isEmpty && found.end?.lost == UInt64(lost))
            #expect(end.status == 3 && end.stderr.contains("events: \(records), "), "\(end)")
            #expect(end.stderr.contains("lost: \(lost), "), "\(end)")
            #expect(end.stderr.contains(" on CPU 0, ") && !end.stderr.contains("was full"), "\(end)")
            #expect(loader.end().status == 0)
        }

        @Test(.cell("default"))
        func `counts of a program that is loaded after the daemon are found, and so is the paced example's`() throws {
            let paced = "/sys/fs/bpf/paced"
            let first = try RunningTool(
                "load-kp-bpf",
                [Lab.examples + "/ringbuf_paced.bpf.o", "--pin", "syscalls=\(paced)", "--set", "only_pid=1"])
            #expect(first.wait(for: "Running."), "\(first.stderr)")
            let daemon = try RunningTool("bpf-eventd", ["--format", "capture", "--unpin", paced, capture])
            #expect(daemon.wait(for: "are counted by its programs"), "\(daemon.stderr)")
            #expect(daemon.end().status == 0)
            #expect(first.end().status == 0)
        }

        @Test(.cell("default"))
        func `perf rings written backwards keep the newest events, and each dump is a whole capture`() throws {
            let pin = "/sys/fs/bpf/recorder"
            defer { unlink(pin) }
            unlink(capture)
            let daemon = try RunningTool(
                "bpf-eventd", ["--last", "1M", "--dump-on", "SIGUSR1", "--dump-on", "exit", pin, capture])
            #expect(daemon.wait(for: "Running."), "\(daemon.stderr)")
            let generator = try EventGenerator(pinnedAt: pin)
            for cpu in 0..<2 { try #expect(generator.emit(20_000, cpu: cpu) == 0) }
            #expect(!FileManager.default.fileExists(atPath: capture))
            daemon.send(SIGUSR1)
            #expect(daemon.wait(for: "Dumped "), "\(daemon.stderr)")
            let found = try CapturedEvents(files: capture)
            #expect(found.faults.isEmpty && found.isSortedByCPU && (found.records[0] ?? 0) > 15_000, "\(found)")
            #expect(daemon.end().status == 0)
            try #expect(CapturedEvents(files: capture).faults.isEmpty)
            try #expect(CapturedEvents(files: capture + ".1").records == found.records)
            for file in [capture, capture + ".1"] { unlink(file) }
        }

        @Test(.cell("default"))
        func `an ordinary ring buffer's newest events are written when the condition is true`() throws {
            let loader = try RunningTool("load-kp-bpf", [Lab.fixtures + "/ringbuf_output.o", "sys_bpf"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            let daemon = try RunningTool(
                "bpf-eventd",
                [
                    "--last", "1M", "--dump-when", "number == 700", "--layout", "struct { u64 number; }", "--unpin",
                    map,
                    capture,
                ])
            #expect(daemon.wait(for: "Running."), "\(daemon.stderr)")
            Traffic.bpf(command: 20_000, count: 800, cpu: 0)
            #expect(daemon.wait(for: "Dumped "), "\(daemon.stderr)")
            let numbers = try events(capture)
            #expect(numbers == Array(0..<UInt64(numbers.count)) && numbers.count > 700, "\(numbers.count)")
            #expect(daemon.end().status == 0)
            #expect(loader.end().status == 0)
            unlink(capture)
        }

        @Test(.cell("default"), .enabled(if: Machine.canOverwriteRings, "overwrite mode is of Linux 6.19"))
        func `a ring buffer in overwrite mode is dumped: the newest, whole, in order; without --last the way is named`()
            throws
        {
            let loader = try RunningTool("load-kp-bpf", [Lab.fixtures + "/ringbuf_overwrite.o", "sys_bpf"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            let refused = try RunningTool("bpf-eventd", ["--format", "capture", map, capture]).finish()
            #expect(refused.status == 65 && refused.stderr.contains("--last SIZE"), "\(refused)")
            unlink(capture)
            let daemon = try RunningTool(
                "bpf-eventd", ["--last", "1M", "--dump-on", "SIGUSR1", "--unpin", map, capture])
            #expect(daemon.wait(for: "Running."), "\(daemon.stderr)")
            for dump in 1...3 {
                Traffic.bpf(command: 20_003, count: 1003, cpu: dump % 2)
                daemon.send(SIGUSR1)
                #expect(
                    eventually { daemon.stderr.components(separatedBy: "Dumped ").count == dump + 1 },
                    "\(daemon.stderr)")
                let numbers = try events(capture)
                let last = UInt64(dump * 1003)
                // 64 KiB, and 536 bytes a sample with its header at most.
                #expect(numbers.count > 60 && numbers == Array((last - UInt64(numbers.count))..<last), "\(numbers)")
                try #expect(CapturedEvents(files: capture).faults.isEmpty)
            }
            #expect(daemon.end().status == 0)
            #expect(loader.end().status == 0)
            for file in [capture, capture + ".1", capture + ".2"] { unlink(file) }
        }

        @Test(.cell("default"), .enabled(if: Machine.canOverwriteRings, "overwrite mode is of Linux 6.19"))
        func `a condition that an event of a ring buffer in overwrite mode meets writes the newest up to it`() throws {
            let loader = try RunningTool("load-kp-bpf", [Lab.fixtures + "/ringbuf_overwrite.o", "sys_bpf"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            let daemon = try RunningTool(
                "bpf-eventd",
                [
                    "--last", "1M", "--dump-when", "number == 700", "--layout", "struct { u64 number; }", "--unpin",
                    map, capture,
                ])
            #expect(daemon.wait(for: "Running."), "\(daemon.stderr)")
            Traffic.bpf(command: 20_003, count: 690, cpu: 0)
            #expect(!FileManager.default.fileExists(atPath: capture))
            // It is looked at every 20 ms. The ring holds 60 and more: of the next none is written over meanwhile.
            Thread.sleep(forTimeInterval: 0.5)
            Traffic.bpf(command: 20_003, count: 40, cpu: 0)
            #expect(daemon.wait(for: "Dumped "), "\(daemon.stderr)")
            let numbers = try events(capture)
            let last = numbers.last ?? 0
            #expect(last >= 700 && Array(numbers.drop { $0 < 690 }) == Array(690...max(last, 690)), "\(numbers)")
            #expect(numbers.count > 70 && numbers == numbers.sorted(), "\(numbers.count)")
            try #expect(CapturedEvents(files: capture).faults.isEmpty)
            #expect(daemon.end().status == 0)
            #expect(loader.end().status == 0)
            unlink(capture)
        }

        @Test(.cell("default"), .enabled(if: Machine.canOverwriteRings, "overwrite mode is of Linux 6.19"))
        func `events of a ring buffer in overwrite mode from before --last TIME are not in a dump`() throws {
            let loader = try RunningTool("load-kp-bpf", [Lab.fixtures + "/ringbuf_overwrite.o", "sys_bpf"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            let daemon = try RunningTool(
                "bpf-eventd",
                ["--last", "1M", "--last", "2s", "--dump-on", "SIGUSR1", "--unpin", map, capture])
            #expect(daemon.wait(for: "Running."), "\(daemon.stderr)")
            Traffic.bpf(command: 20_003, count: 30, cpu: 0)
            Thread.sleep(forTimeInterval: 5)
            Traffic.bpf(command: 20_003, count: 20, cpu: 0)
            daemon.send(SIGUSR1)
            #expect(daemon.wait(for: "Dumped "), "\(daemon.stderr)")
            // All fifty are in the ring, and thirty of them are too old.
            let numbers = try events(capture)
            #expect(numbers == Array(30..<50), "\(numbers)")
            #expect(daemon.end().status == 0)
            #expect(loader.end().status == 0)
            unlink(capture)
        }

        @Test(.cell("default"), .enabled(if: Machine.canOverwriteRings, "overwrite mode is of Linux 6.19"))
        func `while programs write over it, what comes out of a ring buffer in overwrite mode has no gap`() throws {
            let loader = try RunningTool("load-kp-bpf", [Lab.fixtures + "/ringbuf_overwrite.o", "sys_bpf"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            let reader = try OverwrittenRingReader(pinnedAt: map)
            let traffic = Repeated { Traffic.bpf(command: 20_003, count: 1000, cpu: 0) }
            for _ in 0..<50 {
                var numbers: [UInt64] = []
                try reader.readNewest { sample in
                    let number = sample.bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
                    #expect(sample.bytes.byteCount == 8 + Int(number * 37 & 1023))
                    numbers.append(number)
                }
                if let first = numbers.first { #expect(numbers == Array(first..<(first + UInt64(numbers.count)))) }
            }
            traffic.end()
            #expect(loader.end().status == 0)
            unlink(map)
        }
    }
}
