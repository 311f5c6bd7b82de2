// SPDX-License-Identifier: Apache-2.0

import CBPF
import Foundation
import TestSupport
import Testing

/// What bpf-eventd promises: every event that a program emitted is written or told as lost, whatever happens to it.
///
/// The events are counted where they are made, in the kernel, by what bpf_perf_event_output returned.
extension KernelTests {
    @Suite(.kernels("6.12"))
    struct Pipeline {
        private let file = "/tmp/counted-events"

        /// Every event that was taken is in the output, and every one that found its ring full is told.
        private func expectExact(
            _ pipeline: CountedPipeline, _ end: Outcome, _ written: CountedEvents,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            let made = pipeline.generator.account
            let told = DaemonAccount(end)
            #expect(told?.events == made.taken, "\(made) \(end)", sourceLocation: sourceLocation)
            #expect(told?.lost == made.full, "\(made) \(end)", sourceLocation: sourceLocation)
            #expect(written.count == made.taken, "\(made) \(end)", sourceLocation: sourceLocation)
            #expect(written.rest == 0 && written.isInOrder, "\(written)", sourceLocation: sourceLocation)
            #expect(end.status == (made.full > 0 ? 3 : 0), "\(end)", sourceLocation: sourceLocation)
        }

        @Test(.cell("default")) func `SIGTERM at full rate ends it while events come, with each accounted for`() throws
        {
            let pipeline = try CountedPipeline(output: file)
            let generator = pipeline.generator
            let load = Load(generator)
            #expect(eventually { generator.account.taken > 20_000 })
            let end = pipeline.daemon.end(SIGTERM)
            load.end()
            #expect(generator.account.refused > 0)
            expectExact(pipeline, end, try CountedEvents(files: file))
        }

        @Test(.cell("default")) func `a daemon that is stopped and goes on tells exactly what its small rings lost`()
            throws
        {
            let pipeline = try CountedPipeline(["--pages", "1"], output: file)
            pipeline.generator.emit(10, cpus: 0..<2)
            pipeline.daemon.send(SIGSTOP)
            pipeline.generator.emit(1000, cpus: 0..<2)
            sleep(3)
            pipeline.generator.emit(1000, cpus: 0..<2)
            pipeline.daemon.send(SIGCONT)
            #expect(pipeline.generator.account.full > 3000)
            if !CountedPipeline.tellsLost { pipeline.tellLosses() }
            let end = pipeline.daemon.end()
            #expect(end.stderr.contains("on CPU 0") && end.stderr.contains("on CPU 1"), "\(end)")
            expectExact(pipeline, end, try CountedEvents(files: file))
        }

        @Test(.cell("default")) func `a reader that stalls for ten seconds costs nothing: events wait in memory`()
            throws
        {
            let pipe = try TestPipe()
            let pipeline = try CountedPipeline(output: "-", stdout: pipe.writing)
            close(pipe.writing)
            for _ in 0..<10 {
                pipeline.generator.emit(5000, cpus: 0..<2)
                sleep(1)
                pipeline.waitUntilIdle()
            }
            let reader = PipeReader(pipe.reading)
            let end = pipeline.daemon.end()
            #expect(pipeline.generator.account.full == 0)
            expectExact(pipeline, end, reader.finish())
        }

        @Test(.cell("default")) func `with a small --spill a reader that stalls costs events, and each is told`() throws
        {
            let pipe = try TestPipe()
            let pipeline = try CountedPipeline(["--spill", "64K", "--pages", "8"], output: "-", stdout: pipe.writing)
            close(pipe.writing)
            for _ in 0..<10 {
                pipeline.generator.emit(10_000, cpus: 0..<2)
                sleep(1)
            }
            #expect(pipeline.generator.account.full > 0)
            let reader = PipeReader(pipe.reading)
            if !CountedPipeline.tellsLost { pipeline.tellLosses() }
            let end = pipeline.daemon.end()
            expectExact(pipeline, end, reader.finish())
        }

        @Test(.cell("default")) func `a standard output that does not block is waited for`() throws {
            let pipe = try TestPipe()
            #expect(fcntl(pipe.writing, F_SETFL, O_NONBLOCK) == 0)
            let pipeline = try CountedPipeline(output: "-", stdout: pipe.writing)
            pipeline.generator.emit(10_000, cpus: 0..<2)
            pipeline.waitUntilIdle()
            // Shared with whoever else has it: it stays as it was.
            #expect(fcntl(pipe.writing, F_GETFL) & O_NONBLOCK != 0)
            close(pipe.writing)
            let reader = PipeReader(pipe.reading)
            pipeline.generator.emit(10_000, cpus: 0..<2)
            let end = pipeline.daemon.end()
            expectExact(pipeline, end, reader.finish())
        }

        @Test(.cell("default")) func `a reader that is killed leaves a count of what it did not get`() throws {
            let pipe = try TestPipe()
            let reader = try RunningTool("/bin/sh", ["-c", "exec cat >/dev/null"], stdin: pipe.reading)
            let pipeline = try CountedPipeline(output: "-", stdout: pipe.writing)
            pipe.closeBoth()
            pipeline.generator.emit(1000, cpus: 0..<2)
            reader.send(SIGSTOP)
            // More than a pipe holds.
            pipeline.generator.emit(20_000, cpus: 0..<2)
            pipeline.waitUntilIdle()
            reader.send(SIGKILL)
            let end = pipeline.daemon.finish()
            let made = pipeline.generator.account
            #expect(end.status == 74 && DaemonAccount(end)?.events == made.taken && made.full == 0, "\(made) \(end)")
            let told = try #require(end.stderr.firstMatch(of: /events not written: ([0-9]+)/).flatMap { Int($0.1) })
            // 64 KiB are in the pipe.
            #expect((1...made.taken).contains(told) && told > 30_000, "\(end)")
        }

        @Test(.cell("default")) func `a disk that is full and gets room again has every event`() throws {
            try shell("mkdir -p /tmp/small && mount -t tmpfs -o size=64k tmpfs /tmp/small")
            defer { _ = try? shell("umount /tmp/small") }
            let pipeline = try CountedPipeline(output: "/tmp/small/out")
            pipeline.generator.emit(20_000, cpus: 0..<2)
            #expect(pipeline.daemon.wait(for: "no room"), "\(pipeline.daemon.stderr)")
            pipeline.generator.emit(1000, cpus: 0..<2)
            try shell("mount -o remount,size=64m /tmp/small")
            #expect(pipeline.daemon.wait(for: "room again"), "\(pipeline.daemon.stderr)")
            let end = pipeline.daemon.end()
            #expect(pipeline.generator.account.full == 0)
            expectExact(pipeline, end, try CountedEvents(files: "/tmp/small/out"))
        }

        @Test(.cell("default")) func `files that are rotated under load hold every event once and in order`() throws {
            try shell("rm -rf /tmp/rotated; mkdir /tmp/rotated")
            let pipeline = try CountedPipeline(["--rotate-size", "64K"], output: "/tmp/rotated/out")
            for _ in 0..<5 { pipeline.generator.emit(10_000, cpus: 0..<2) }
            let end = pipeline.daemon.end()
            let files = rotatedFiles("/tmp/rotated/out")
            #expect(files.count > 5)
            for file in files {
                let events = try CountedEvents(files: file)
                #expect(events.rest == 0 && events.isInOrder, "\(file): \(events)")
            }
            expectExact(pipeline, end, try CountedEvents(files: files))
        }

        @Test(.cell("default")) func `SIGHUP under load begins a new file, and both together hold every event`() throws
        {
            try shell("rm -f \(file) \(file).old")
            let pipeline = try CountedPipeline(output: file)
            let generator = pipeline.generator
            let load = Load(generator)
            #expect(eventually { generator.account.taken > 1000 })
            try shell("mv \(file) \(file).old")
            pipeline.daemon.send(SIGHUP)
            #expect(eventually { FileManager.default.fileExists(atPath: file) })
            load.end()
            generator.emit(100, cpus: 0..<2)
            let end = pipeline.daemon.end()
            #expect(try CountedEvents(files: file).count >= 200)
            #expect(try CountedEvents(files: file).rest == 0 && CountedEvents(files: file + ".old").rest == 0)
            expectExact(pipeline, end, try CountedEvents(files: file + ".old", file))
        }

        @Test(.cell("default")) func `after kill -9 programs are refused until the next daemon goes on`() throws {
            try shell("rm -f \(file)")
            let first = try CountedPipeline(output: file)
            let generator = first.generator
            generator.emit(100, cpus: 0..<2)
            #expect(eventually { (try? CountedEvents(files: file).count) == 200 })
            #expect(first.daemon.end(SIGKILL).status == 128 + SIGKILL)
            generator.emit(50, cpus: 0..<2)
            #expect(generator.account == .init(taken: 200, full: 0, refused: 100))
            let second = try RunningTool("bpf-eventd", ["--append", "--stats", CountedPipeline.map, file])
            #expect(second.wait(for: "Running."), "\(second.stderr)")
            generator.emit(100, cpus: 0..<2)
            let end = second.end()
            #expect(generator.account == .init(taken: 400, full: 0, refused: 100))
            #expect(end.status == 0 && DaemonAccount(end)?.events == 200, "\(end)")
            let written = try CountedEvents(files: file)
            #expect(written.count == 400 && written.rest == 0 && written.isInOrder)
            withExtendedLifetime(first) {}
        }

        @Test(.cell("default")) func `limits of memory and descriptors that are too small are borne or told`() throws {
            // Root may lock what it likes, and a soft limit is raised.
            for limit in ["ulimit -l 0", "ulimit -S -n 12"] {
                let shell = try RunningTool(
                    "/bin/sh",
                    ["-c", "\(limit) && exec \(Lab.tools)/bpf-eventd --stats --unpin \(CountedPipeline.map) \(file)"])
                #expect(shell.wait(for: "Running."), "\(limit): \(shell.stderr)")
                let generator = try CountingGenerator(pinnedAt: CountedPipeline.map)
                generator.emit(100, cpus: 0..<2)
                let end = shell.end()
                #expect(end.status == 0 && DaemonAccount(end)?.events == 200, "\(limit): \(end)")
            }
            let refused = try run(
                "/bin/sh", "-c", "ulimit -n 8 && exec \(Lab.tools)/bpf-eventd \(CountedPipeline.map) \(file)")
            #expect(refused.status != 0 && refused.stderr.contains("ulimit -n"), "\(refused)")
            #expect(!FileManager.default.fileExists(atPath: CountedPipeline.map))
        }

        @Test(.cell("default")) func `a map of another type is refused and keeps what it holds`() throws {
            let map = "/sys/fs/bpf/other_type"
            try shell("bpftool map create \(map) type array key 4 value 4 entries 2 name other")
            defer { _ = try? shell("rm -f \(map)") }
            try shell("bpftool map update pinned \(map) key 1 0 0 0 value 7 0 0 0")
            let before = try shell("bpftool map dump pinned \(map)")
            let outcome = try run("bpf-eventd", map, file)
            #expect(outcome.status == 65 && outcome.stderr.contains("array"), "\(outcome)")
            #expect(try shell("bpftool map dump pinned \(map)") == before)
        }

        @Test(.cell("default")) func `a map with fewer slots than CPUs is refused and stays`() throws {
            let map = "/sys/fs/bpf/few_slots"
            try shell("bpftool map create \(map) type perf_event_array key 4 value 4 entries 1 name few")
            defer { _ = try? shell("rm -f \(map)") }
            let outcome = try run("bpf-eventd", "--unpin", map, file)
            #expect(outcome.status == 65 && outcome.stderr.contains("1 slot"), "\(outcome)")
            #expect(FileManager.default.fileExists(atPath: map))
        }

        @Test(.cell("default")) func `a quiet probe wakes at each event, and a busy one wakes seldom`() throws {
            let pipe = try TestPipe()
            // A latency so long that no timer brings the events out.
            let pipeline = try CountedPipeline(["--latency", "1h"], output: "-", stdout: pipe.writing)
            close(pipe.writing)
            var waits: [Double] = []
            for _ in 0..<11 {
                usleep(30_000)
                let begin = Date()
                try pipeline.generator.emit(1, cpu: 0)
                var event = [UInt8](repeating: 0, count: 64)
                #expect(read(pipe.reading, &event, event.count) > 0)
                waits.append(Date().timeIntervalSince(begin))
            }
            // Without a wakeup it would be found when the daemon looks after its CPUs, once a second.
            // Then each would take its whole second. A busy machine is late now and then, but not each time.
            #expect(waits.sorted()[2] < 0.5, "\(waits)")
            let reader = PipeReader(pipe.reading)
            pipeline.generator.emit(100_000, cpus: 0..<2)
            let end = pipeline.daemon.end()
            let account = try #require(DaemonAccount(end))
            #expect(account.events + account.lost == 200_011, "\(end)")
            #expect(account.wakeups < 200_000 / 50, "\(end)")
            #expect(reader.finish().count == account.events - 11)
        }

        @Test(.cell("cpus")) func `a CPU that goes and comes back under load loses nothing untold`() throws {
            let pipeline = try CountedPipeline(output: file)
            let generator = pipeline.generator
            let load = Load(generator)
            try shell("echo 0 > /sys/devices/system/cpu/cpu3/online")
            defer { _ = try? shell("echo 1 > /sys/devices/system/cpu/cpu3/online") }
            sleep(2)
            try shell("echo 1 > /sys/devices/system/cpu/cpu3/online")
            load.end()
            #expect(
                eventually {
                    let before = generator.account.taken
                    try? generator.emit(1, cpu: 3)
                    return generator.account.taken > before
                }, "\(pipeline.daemon.stderr)")
            try generator.emit(1000, cpu: 3)
            let end = pipeline.daemon.end()
            expectExact(pipeline, end, try CountedEvents(files: file))
        }
    }
}
