// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFCore
import BPFObject
import EventStream
import Foundation
import TestSupport
import Testing

/// The promise of `PipelineTests`, for captures: what is lost is told in the stream too.
extension KernelTests {
    @Suite(.kernels("6.1"))
    struct CapturePipeline {
        private let file = "/tmp/counted-capture"

        /// Every event of a map is in the capture, or in a loss of it, and the daemon's account is the same.
        private func expectExact(
            _ pipeline: CountedPipeline, _ end: Outcome, _ capture: CapturedEvents,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            let made = pipeline.generator.account
            #expect(capture.records[0] == made.taken, "\(made) \(end)", sourceLocation: sourceLocation)
            #expect(capture.lost[0, default: 0] == made.full, "\(made) \(end)", sourceLocation: sourceLocation)
            #expect(capture.end?.lost == UInt64(made.full), "\(made) \(end)", sourceLocation: sourceLocation)
            #expect(capture.end?.events == UInt64(made.taken), "\(made) \(end)", sourceLocation: sourceLocation)
            #expect(capture.faults.isEmpty, "\(capture.faults)", sourceLocation: sourceLocation)
            #expect(DaemonAccount(end)?.events == made.taken, "\(made) \(end)", sourceLocation: sourceLocation)
            #expect(end.status == (made.full > 0 ? 3 : 0), "\(end)", sourceLocation: sourceLocation)
        }

        @Test(.cell("default"))
        func `a capture says what its events are, which program sends them, and has every one`() throws {
            let name = "trace_event_raw_sched_process_exec"
            let pipeline = try CountedPipeline(
                ["--format", "capture", "--object", Lab.examples + "/bootstrap.bpf.o", "--type", name], output: file)
            for _ in 0..<5 { pipeline.generator.emit(2000, cpus: 0..<2) }
            // The daemon looks once a second who uses the map.
            let isNamed = eventually("the program is named") {
                pipeline.generator.emit(1, cpus: 0..<2)
                return (try? CapturedEvents(files: file).sources.contains { $0.programs.count == 1 }) == true
            }
            #expect(isNamed)
            let end = pipeline.daemon.end()
            let capture = try CapturedEvents(files: file)
            expectExact(pipeline, end, capture)
            #expect(capture.isSortedByCPU)
            let schema = try #require(capture.schemas.first)
            #expect(schema.typeName == "struct " + name)
            let types = try BTF(parsing: schema.btf)
            let type = try #require(schema.typeID.flatMap { types[Int($0)] })
            #expect(types.name(of: type) == name && types.size(of: type.id) == schema.eventSize.map { Int($0) })
            #expect(capture.sources.contains { $0.programs.count == 1 }, "\(capture.sources)")
        }

        @Test(.cell("default")) func `losses are in the capture, as many as there were`() throws {
            let pipeline = try CountedPipeline(["--format", "capture", "--pages", "1"], output: file)
            for _ in 0..<3 {
                pipeline.generator.emit(10, cpus: 0..<2)
                pipeline.daemon.send(SIGSTOP)
                pipeline.generator.emit(1000, cpus: 0..<2)
                pipeline.daemon.send(SIGCONT)
                pipeline.waitUntilIdle()
            }
            #expect(pipeline.generator.account.full > 3000)
            if !CountedPipeline.tellsLost { pipeline.tellLosses() }
            let end = pipeline.daemon.end()
            expectExact(pipeline, end, try CapturedEvents(files: file))
        }

        @Test(.cell("default"))
        func `captures that are rotated under load follow one another without a gap`() throws {
            try shell("rm -rf /tmp/rotated; mkdir /tmp/rotated")
            let pipeline = try CountedPipeline(
                ["--format", "capture", "--rotate-size", "128K"], output: "/tmp/rotated/out")
            for _ in 0..<5 { pipeline.generator.emit(5000, cpus: 0..<2) }
            let end = pipeline.daemon.end()
            let files = rotatedFiles("/tmp/rotated/out")
            #expect(files.count > 5)
            let capture = try CapturedEvents(files: files)
            expectExact(pipeline, end, capture)
            #expect(capture.isSortedByCPU)
        }

        @Test(.cell("default")) func `--sorted gives the events of all CPUs in the order of their time`() throws {
            let pipeline = try CountedPipeline(["--format", "capture", "--sorted"], output: file)
            for _ in 0..<5 { pipeline.generator.emit(5000, cpus: 0..<2) }
            let end = pipeline.daemon.end()
            let capture = try CapturedEvents(files: file)
            expectExact(pipeline, end, capture)
            #expect(capture.isSorted || (capture.end?.late ?? 0) > 0, "\(String(describing: capture.end))")
        }

        @Test(.cell("default"))
        func `a perf event array and a ring buffer share one capture, and none is missing`() throws {
            let ring = "/sys/fs/bpf/counted_ring"
            try shell("bpftool map create \(ring) type ringbuf key 0 value 0 entries 1048576 name ring")
            defer { _ = try? shell("rm -f \(ring)") }
            let pipeline = try CountedPipeline(maps: [ring], output: file)
            let samples = try RingBufferGenerator(pinnedAt: ring, spread: 0)
            for _ in 0..<10 {
                pipeline.generator.emit(1000, cpus: 0..<2)
                #expect(try samples.emit(1000) == 0)
            }
            let end = pipeline.daemon.end()
            #expect(pipeline.generator.account == .init(taken: 20_000, full: 0, refused: 0))
            #expect(end.status == 0 && end.stderr.contains("events: 30000,"), "\(end)")
            let capture = try CapturedEvents(files: file)
            #expect(capture.records == [0: 20_000, 1: 10_000] && capture.faults.isEmpty, "\(capture.faults)")
            // Nothing but the ring buffer's blocks has no time of its own.
            #expect(!capture.readTimes.isEmpty && capture.readTimes == capture.readTimes.sorted())
            let now = MonotonicClock.nanoseconds
            #expect(capture.readTimes.allSatisfy { 0 < $0 && $0 < now })
        }

        @Test(.cell("default"))
        func `when the clock is set, captures tell it once, also in their further files, and times of day follow`()
            throws
        {
            func set(_ seconds: Int) throws { try shell("date -s @$(($(date +%s) + \(seconds)))") }
            try shell("rm -rf /tmp/clock; mkdir /tmp/clock")
            let pipeline = try CountedPipeline(
                ["--format", "capture", "--rotate-size", "16K", "--stats-file", "/tmp/clock/stats"],
                output: "/tmp/clock/out")
            pipeline.generator.emit(10, cpus: 0..<2)
            let before = MonotonicClock.bootOffset
            try set(7200)
            defer { _ = try? set(-7200) }
            // Woken by the kernel or once a second by itself.
            sleep(2)
            pipeline.waitUntilIdle()
            let after = MonotonicClock.bootOffset
            let hour = { try shell("date -u +%Y-%m-%dT%H").trimmingCharacters(in: .whitespacesAndNewlines) }
            let first = try hour()
            pipeline.generator.emit(2000, cpus: 0..<2)
            let end = pipeline.daemon.end()
            let files = rotatedFiles("/tmp/clock/out")
            let capture = try CapturedEvents(files: files)
            expectExact(pipeline, end, capture)
            let told = Set(capture.clocks.map(\.bootOffset))
            #expect(told.count == 1 && abs((told.first ?? 0) - after) < 1_000_000_000, "\(capture.clocks) \(before)")
            #expect(Set(capture.clocks.map(\.from)).count == 1 && capture.clocks.count >= files.count)
            #expect(after - before > 7_100_000_000_000)
            // A later file alone has what is needed; the very last one may have no event.
            var printed = Outcome(status: -1, stdout: "", stderr: "")
            for file in files.dropFirst().reversed() where printed.stdout.isEmpty {
                printed = try run(
                    "print-event", "--layout", "struct { u64 a; u64 b; }", "--format", "{_time}", file)
            }
            let hours = [first, try hour()]
            #expect(
                hours.contains { printed.stdout.hasPrefix($0) },
                "\(printed.stdout.prefix(40)) \(hours) \(printed.stderr)")
        }
    }
}
