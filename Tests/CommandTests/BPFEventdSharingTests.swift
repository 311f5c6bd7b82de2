// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation
import TestSupport
import Testing

/// Several bpf-eventds on one map, one after the other, and what they tell others.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct BPFEventdSharingTests {
    private let map = PinnedTestMap()

    private func start(_ options: [String], _ output: URL) throws -> RunningTool {
        let daemon = try Tools.start("bpf-eventd", options + [map.path, output.path])
        try #require(daemon.wait(for: "Running."), "\(daemon.errors)")
        return daemon
    }

    @Test func `a second daemon is refused before it touches anything, and the first gets all events`() throws {
        try withTemporaryFolder { folder in
            let (file, other) = (folder.appending(path: "first"), folder.appending(path: "second"))
            try Data("old".utf8).write(to: other)
            try map.withDaemon(output: file.path) { daemon, generator in
                let refused = try Tools.run("bpf-eventd", [map.path, other.path])
                #expect(refused.status == 75 && refused.errors.contains("pid \(daemon.pid)"), "\(refused.errors)")
                #expect(refused.errors.contains("--takeover"))
                #expect(try Data(contentsOf: other) == Data("old".utf8))
                try generator.emit(50, cpu: 0)
                #expect(daemon.end() == 0)
                #expect(eventTimes(try Data(contentsOf: file))?.count == 50)
            }
        }
    }

    @Test func `a daemon that takes over misses nothing, and nothing comes twice`() throws {
        try withTemporaryFolder { folder in
            let files = (0..<4).map { folder.appending(path: "part\($0)") }
            let done = DispatchSemaphore(value: 0)
            try map.withDaemon(output: files[0].path) { daemon, generator in
                var daemons = [daemon]
                let emitting = Thread {
                    for _ in 0..<400 {
                        // No slot is empty at any time, which would be -ENOENT.
                        #expect((try? generator.emit(5, cpu: 0)) == 0)
                        usleep(5000)
                    }
                    done.signal()
                }
                emitting.start()
                for file in files.dropFirst() {
                    usleep(200_000)
                    daemons.append(try start(["--takeover"], file))
                }
                #expect(done.wait(timeout: .now() + patience) == .success)
                #expect(daemons[3].end() == 0, "\(daemons[3].errors)")
                for daemon in daemons.dropLast() { #expect(daemon.finish() == 0, "\(daemon.errors)") }
                let times = try files.flatMap { try #require(eventTimes(Data(contentsOf: $0))) }
                #expect(times.count == 2000 && Set(times).count == 2000)
            }
        }
    }

    @Test func `after a daemon was killed the next one tells the gap, in the capture too`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "capture")
            try map.withDaemon(["--format", "capture"], output: file.path) { daemon, generator in
                try generator.emit(10, cpu: 0)
                #expect(eventually { (try? CaptureContent(file).records.count) == 10 })
                #expect(daemon.end(SIGKILL) == 128 + SIGKILL)
                #expect(try generator.emit(3, cpu: 0) == -ENOENT, "the kernel took the rings out of the map")
                let next = try start(["--format", "capture", "--append"], file)
                #expect(next.errors.contains("nobody drained \(map.path)"), "\(next.errors)")
                try generator.emit(10, cpu: 0)
                #expect(next.end() == 0, "\(next.errors)")
                let content = try CaptureContent(file)
                #expect(content.records.count == 20 && content.faults == 0)
                let gap = try #require(content.losses.first)
                #expect(content.losses.count == 1 && gap.cause == .noReader && gap.events == nil)
                #expect(gap.from ?? .max < gap.to ?? 0 && gap.cpu == nil)
                // One that ended in order leaves none.
                let last = try start(["--format", "capture", "--append"], file)
                #expect(last.end() == 0 && !last.errors.contains("nobody drained"), "\(last.errors)")
            }
        }
    }

    @Test func `the stats file and the metrics tell what was written and lost, by CPU`() throws {
        try withTemporaryFolder { folder in
            let (stats, metrics) = (folder.appending(path: "stats.json"), folder.appending(path: "eventd.prom"))
            let options = ["--pages", "1", "--stats-file", stats.path, "--metrics", metrics.path]
            try map.withDaemon(options, output: "/dev/null") { daemon, generator in
                #expect(eventually { FileManager.default.fileExists(atPath: metrics.path) }, "at the first second")
                try daemon.stopped { try generator.emit(1000, cpu: 0) }
                #expect(daemon.end() == 3)
                let account = try #require(
                    try JSONSerialization.jsonObject(with: Data(contentsOf: stats)) as? [String: Any])
                #expect(account["events"] as? Int == 1000 - daemon.lostEvents && daemon.lostEvents > 0, "\(account)")
                #expect(account["lost"] as? Int == daemon.lostEvents)
                try Tools.schema.get().check(String(contentsOf: stats, encoding: .utf8), as: "account")
                let text = try String(contentsOf: metrics, encoding: .utf8)
                let line = text.split(separator: "\n").first {
                    $0.hasPrefix("bpf_eventd_lost_events_total{") && $0.contains("cpu=\"0\"")
                }
                #expect(line?.hasSuffix(" \(daemon.lostEvents)") == true, "\(text)")
            }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2, "nothing is left behind")
        }
    }
}
