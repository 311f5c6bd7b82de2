// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// One daemon for a map: the second is refused, may take over, and tells when nobody was there.
extension KernelTests {
    @Suite(.kernels("6.12"))
    struct SharedMap {
        private let file = "/tmp/shared-events"
        private let other = "/tmp/shared-events.second"

        @Test(.cell("default")) func `a second daemon is refused, and the first still gets every event`() throws {
            let pipeline = try CountedPipeline(output: file)
            pipeline.generator.emit(100, cpus: 0..<2)
            let refused = try run("bpf-eventd", CountedPipeline.map, other)
            #expect(refused.status == 75 && refused.stderr.contains("\(pipeline.daemon.pid)"), "\(refused)")
            pipeline.generator.emit(100, cpus: 0..<2)
            let end = pipeline.daemon.end()
            #expect(pipeline.generator.account == .init(taken: 400, full: 0, refused: 0))
            #expect(end.status == 0 && DaemonAccount(end)?.events == 400, "\(end)")
            #expect(try CountedEvents(files: file).count == 400)
        }

        @Test(.cell("default")) func `--takeover under load: each event is in one of the two files, or was refused`()
            throws
        {
            let first = try CountedPipeline(output: file)
            let generator = first.generator
            let load = Load(generator)
            #expect(eventually { generator.account.taken > 5000 })
            let second = try RunningTool("bpf-eventd", ["--takeover", "--stats", CountedPipeline.map, other])
            #expect(second.wait(for: "Running."), "\(second.stderr)")
            let firstEnd = first.daemon.finish()
            let before = generator.account.taken
            #expect(eventually { generator.account.taken > before + 5000 })
            load.end()
            let secondEnd = second.end()
            let made = generator.account
            let told = try [#require(DaemonAccount(firstEnd)), #require(DaemonAccount(secondEnd))]
            #expect(told.reduce(0) { $0 + $1.events } == made.taken, "\(made) \(firstEnd) \(secondEnd)")
            #expect(told.reduce(0) { $0 + $1.lost } == made.full, "\(made) \(firstEnd) \(secondEnd)")
            let written = try [CountedEvents(files: file), CountedEvents(files: other)]
            #expect(written.map(\.count) == told.map(\.events) && written.allSatisfy { $0.rest == 0 && $0.isInOrder })
        }

        @Test(.cell("default")) func `after kill -9 the next daemon tells of the gap, in the capture too`() throws {
            let first = try CountedPipeline(["--format", "capture"], output: file)
            first.generator.emit(10, cpus: 0..<2)
            #expect(first.daemon.end(SIGKILL).status == 128 + SIGKILL)
            first.generator.emit(10, cpus: 0..<2)
            #expect(first.generator.account.refused == 20)
            let second = try RunningTool(
                "bpf-eventd", ["--format", "capture", "--stats", CountedPipeline.map, other])
            #expect(second.wait(for: "Running.") && second.stderr.contains("nobody drained"), "\(second.stderr)")
            first.generator.emit(10, cpus: 0..<2)
            let end = second.end()
            #expect(DaemonAccount(end)?.events == 20, "\(end)")
            let capture = try CapturedEvents(files: other)
            #expect(capture.records == [0: 20] && capture.gaps == 1 && capture.faults.isEmpty, "\(capture)")
            // A daemon that ended in order leaves none.
            let third = try run("bpf-eventd", "--duration", "50ms", CountedPipeline.map, "/dev/null")
            #expect(third.status == 0 && !third.stderr.contains("nobody drained"), "\(third)")
        }
    }
}
