// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation
import TestSupport
import Testing

/// Ring buffers that programs on probes write to, drained by bpf-eventd.
extension KernelTests {
    @Suite(.kernels("5.10", "newest"))
    struct RingBuffer {
        private let map = "/sys/fs/bpf/rb"
        private let file = "/tmp/ring-buffer-events"

        /// The samples in the file, each as its size, its first 8 bytes and the 4 behind them.
        private func samples() throws -> [(size: Int, number: UInt64, cpu: UInt32)] {
            var samples: [(size: Int, number: UInt64, cpu: UInt32)] = []
            var reader = FrameReader()
            try reader.read([UInt8](Data(contentsOf: URL(fileURLWithPath: file))).span.bytes) { frame, _ in
                frame.withUnsafeBytes { bytes in
                    samples.append(
                        (
                            bytes.count, bytes.loadUnaligned(as: UInt64.self),
                            bytes.count < 12 ? 0 : bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
                        ))
                }
            }
            try reader.finish()
            return samples
        }

        @Test(.cell("default"))
        func `12,000 samples of varying sizes come out in order, of their exact sizes, and none is missing`() throws {
            let before = Machine.now
            let loader = try RunningTool("load-kp-bpf", [Lab.fixtures + "/ringbuf_output.o", "sys_bpf"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            // Some before the daemon starts: the ring buffer keeps them.
            Traffic.bpf(command: 20_000, count: 500, cpu: 0)
            let daemon = try RunningTool("bpf-eventd", ["--unpin", "--stats", map, file])
            #expect(daemon.wait(for: "Running."), "\(daemon.stderr)")
            // The ring buffer holds 8,000 of them, and a busy machine may not run the daemon for as long as that.
            for burst in 0..<23 {
                Traffic.bpf(command: 20_000, count: 500, cpu: burst % 2)
                if burst % 8 == 7 { #expect(eventually { (try? self.samples().count) == 500 * (burst + 2) }) }
            }
            let end = daemon.end()
            #expect(end.status == 0 && end.stderr.contains("events: 12000, "), "\(end)")
            #expect(end.stderr.contains("lost: not known") && !end.stderr.contains("was full"), "\(end)")
            let samples = try samples()
            #expect(samples.map(\.number) == Array(0..<12_000))
            #expect(samples.allSatisfy { $0.size == 8 + Int($0.number) * 37 % 1024 })
            #expect(loader.end().status == 0)
            #expect(before.isRestored(), "before: \(before)\nafter: \(Machine.now)")
        }

        @Test(.cell("default")) func `the samples of a ring buffer are chosen by when the daemon read them`() throws {
            let capture = "/tmp/read-time.bev"
            let loader = try RunningTool("load-kp-bpf", [Lab.fixtures + "/ringbuf_output.o", "sys_bpf"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            let daemon = try RunningTool("bpf-eventd", ["--format", "capture", "--unpin", map, capture])
            #expect(daemon.wait(for: "Running."), "\(daemon.stderr)")
            func count() -> Int { (try? CapturedEvents(files: capture).records[0]) ?? 0 }
            Traffic.bpf(command: 20_000, count: 40, cpu: 0)
            #expect(eventually { count() == 40 })
            usleep(50_000)
            let moment = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            usleep(50_000)
            Traffic.bpf(command: 20_000, count: 25, cpu: 1)
            #expect(eventually { count() == 65 })
            #expect(daemon.end().status == 0)
            #expect(loader.end().status == 0)
            func printed(_ options: [String]) throws -> (lines: Int, outcome: Outcome) {
                let outcome = try RunningTool("print-event", ["--json"] + options + [capture]).finish()
                return (outcome.stdout.split(separator: "\n").count, outcome)
            }
            let named = "those at which they were read"
            let later = try printed(["--from", moment])
            #expect(later.lines == 25 && later.outcome.status == 0, "\(moment) \(later)")
            #expect(later.outcome.stderr.contains(named), "\(later)")
            let earlier = try printed(["--to-time", moment])
            #expect(earlier.lines == 40 && earlier.outcome.stderr.contains(named), "\(moment) \(earlier)")
            let all = try printed([])
            #expect(all.lines == 65 && !all.outcome.stderr.contains(named), "\(all)")
        }

        @Test(.cell("default"))
        func `reserved samples of all CPUs come out in the order of each CPU, without those that were discarded`()
            throws
        {
            let loader = try RunningTool("load-kp-bpf", [Lab.fixtures + "/ringbuf_reserve.o", "sys_bpf"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            let daemon = try RunningTool("bpf-eventd", ["--unpin", map, file])
            #expect(daemon.wait(for: "Running."), "\(daemon.stderr)")
            DispatchQueue.concurrentPerform(iterations: 2) { cpu in
                Traffic.bpf(command: 20_001, count: 5000, cpu: cpu)
            }
            // Nobody is woken, and yet they come.
            let size = 8000 * (4 + 13)
            #expect(
                eventually {
                    let found = try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
                    return found == size
                })
            #expect(daemon.end().status == 0)
            let samples = try samples()
            #expect(samples.count == 8000 && samples.allSatisfy { $0.size == 13 })
            for cpu in UInt32(0)..<2 {
                let numbers = samples.filter { $0.cpu == cpu }.map(\.number)
                #expect(numbers == (0..<5000).filter { $0 % 5 != 4 }, "CPU \(cpu)")
            }
            #expect(loader.end().status == 0)
        }

        @Test(.cell("default")) func `samples stay for the next daemon when one is killed`() throws {
            let loader = try RunningTool("load-kp-bpf", [Lab.fixtures + "/ringbuf_output.o", "sys_bpf"])
            #expect(loader.wait(for: "Running."), "\(loader.stderr)")
            let first = try RunningTool("bpf-eventd", [map, file])
            #expect(first.wait(for: "Running."), "\(first.stderr)")
            Traffic.bpf(command: 20_000, count: 100, cpu: 0)
            #expect(eventually { (try? samples().count) == 100 })
            first.send(SIGKILL)
            #expect(first.finish().status == 128 + SIGKILL)
            Traffic.bpf(command: 20_000, count: 100, cpu: 1)
            let second = try RunningTool("bpf-eventd", ["--append", "--unpin", map, file])
            #expect(second.wait(for: "Running."), "\(second.stderr)")
            #expect(second.end().status == 0)
            #expect(try samples().map(\.number) == Array(0..<200))
            #expect(loader.end().status == 0)
        }
    }
}
