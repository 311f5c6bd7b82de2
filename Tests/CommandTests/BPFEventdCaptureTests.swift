// SPDX-License-Identifier: Apache-2.0

import BPFObject
import BPFCore
import EventStream
import Foundation
import TestSupport
import Testing

/// bpf-eventd's captures, fed by programs that are run and not attached.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct BPFEventdCaptureTests {
    private let map = PinnedTestMap()
    private let cpus = (try? CPUList.online()) ?? [0]

    private func withCapture(
        _ options: [String] = [], status: Int32 = 0, _ emit: (RunningTool, EventGenerator) throws -> Void,
        check: (CaptureContent, RunningTool) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "capture")
            try map.withDaemon(["--format", "capture"] + options, output: file.path) { daemon, generator in
                try emit(daemon, generator)
                #expect(daemon.end() == status, "\(daemon.errors)")
                try check(try CaptureContent(file), daemon)
            }
        }
    }

    @Test func `a capture tells of the machine, the map, and of each event its CPU, process and time`() throws {
        let before = MonotonicClock.nanoseconds
        try withCapture {
            for cpu in cpus { try $1.emit(500, cpu: cpu) }
        } check: { content, _ in
            let header = try #require(content.headers.first)
            #expect(header.kernel == UnameFacts.current.release && header.host == UnameFacts.current.host)
            #expect(abs(header.bootOffset - MonotonicClock.bootOffset) < 1_000_000_000)
            let source = try #require(content.sources.first)
            #expect(source.path == map.path && source.sizes == .padded && source.ringBytes ?? 0 > 0)
            #expect(content.records.count == 500 * cpus.count && content.losses.isEmpty && content.faults == 0)
            for cpu in cpus {
                let records = content.records.filter { $0.cpu == UInt32(cpu) }
                // The event's own CPU and time are the kernel's.
                #expect(records.count == 500 && records.allSatisfy { $0.bytes[4...7] == bytes(UInt32(cpu))[...] })
                let times = records.compactMap(\.time)
                #expect(times.count == 500 && times == times.sorted() && times[0] > before)
                #expect(records.allSatisfy { $0.pid == UInt32(getpid()) && $0.bytes.count == 20 })
            }
            #expect(content.ends.map(\.events) == [UInt64(500 * cpus.count)])
        }
    }

    @Test func `a capture calls the host as it is asked to, and tells the machine without its id`() throws {
        try withCapture(["--host", "web1.example.org"]) {
            try $1.emit(1, cpu: cpus[0])
        } check: { content, _ in
            let header = try #require(content.headers.first)
            #expect(header.host == "web1.example.org" && header.bootID == BootID.current)
            let id = MachineIDFile.content()
            #expect(header.machineID == id.flatMap(MachineIdentity.hashed) ?? "")
            #expect(header.clockError.map { $0 < 100_000_000_000 } ?? true)
        }
    }

    @Test func `the program that sends the events is named, though it came after the daemon`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "capture")
            try map.withDaemon(["--format", "capture"], output: file.path) { daemon, generator in
                // It is looked for a second after its first event, and named with the next ones.
                var sent = 0
                let isNamed = try eventually("the program is named") {
                    try generator.emit(1, cpu: cpus[0])
                    sent += 1
                    return (try? CaptureContent(file).sources.last?.programs.count) == 1
                }
                #expect(isNamed)
                #expect(daemon.end() == 0, "\(daemon.errors)")
                let content = try CaptureContent(file)
                #expect(content.sources.first?.programs.isEmpty == true)
                #expect(content.sources.last?.programs.count == 1 && content.faults == 0)
                #expect(content.records.count == sent)
            }
        }
    }

    @Test func `what is written and what the losses tell is what was emitted, with the place of each loss`() throws {
        try withCapture(["--pages", "1"], status: 3) { daemon, generator in
            for _ in 0..<3 {
                try daemon.stopped { try generator.emit(1000, cpu: cpus[0]) }
                #expect(daemon.waitUntilIdle())
            }
            daemon.send(SIGSTOP)
            try generator.emit(1000, cpu: cpus[0])
            daemon.send(SIGTERM)
            daemon.send(SIGCONT)
        } check: { content, daemon in
            #expect(content.records.count + content.lost == 4000, "\(content.losses)")
            #expect(content.lost == daemon.lostEvents && content.faults == 0)
            #expect(content.ends.first?.lost == UInt64(content.lost))
            #expect(content.losses.allSatisfy { $0.cpu == UInt32(cpus[0]) && $0.cause == .ringFull })
            #expect(content.losses.count >= 4 && content.losses.allSatisfy { $0.from ?? 1 < $0.to ?? .max })
        }
    }

    @Test func `--sorted gives the events of all CPUs in the order of their time`() throws {
        try withCapture(["--sorted"]) { _, generator in
            for _ in 0..<50 {
                for cpu in cpus { try generator.emit(7, cpu: cpu) }
                usleep(3000)
            }
        } check: { content, _ in
            let times = content.records.compactMap(\.time)
            #expect(times.count == 350 * cpus.count && content.faults == 0)
            // Of a daemon that stood still for a second events come too late to be sorted, which is told.
            #expect(times == times.sorted() || content.ends.contains { $0.late > 0 }, "\(content.ends)")
            #expect(Set(content.records.compactMap(\.cpu)) == Set(cpus.map { UInt32($0) }))
        }
    }

    @Test(arguments: [[], ["--sorted"]] as [[String]])
    func `a perf event array and a ring buffer go into one capture`(options: [String]) throws {
        let buffer = PinnedTestMap()
        defer {
            unlink(buffer.path)
            unlink(map.path)
        }
        let attributes = Map.Attributes(type: .ringbuf, keySize: 0, valueSize: 0, maxEntries: 1 << 20, name: "rb")
        var pinned = try PinnedMap.openOrCreate(PinPath(path: buffer.path), attributes)
        pinned.keepPin()
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "capture")
            let daemon = try Tools.start("bpf-eventd", options + [map.path, buffer.path, file.path])
            try #require(daemon.wait(for: "Running."), "\(daemon.errors)")
            let (perf, ring) = (
                try EventGenerator(pinnedAt: map.path), try RingBufferGenerator(pinnedAt: buffer.path)
            )
            for _ in 0..<20 {
                try perf.emit(10, cpu: cpus[0])
                try ring.emit(10, cpu: cpus[cpus.count - 1])
                usleep(5000)
            }
            #expect(daemon.end() == 0, "\(daemon.errors)")
            let content = try CaptureContent(file)
            #expect(content.sources.prefix(2).map(\.path) == [map.path, buffer.path] && content.faults == 0)
            #expect(content.records.filter { $0.source == 0 }.count == 200)
            let samples = content.records.filter { $0.source == 1 }
            // Not compared by #expect, which would print them.
            let areTheSame = samples.map(\.bytes) == (0..<200).map { ring.bytes(of: $0) }
            #expect(areTheSame && samples.count == 200, "of their exact sizes: \(samples.count)")
            if !options.isEmpty {
                let times = content.records.compactMap(\.time)
                #expect(times.count == 400)
                #expect(times == times.sorted() || content.ends.contains { $0.late > 0 }, "\(content.ends)")
            }
        }
    }

    @Test func `each file of a rotated capture describes itself, and together they are the capture`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "capture")
            let options = ["--format", "capture", "--rotate-size", "20K"]
            try map.withDaemon(options, output: file.path) { daemon, generator in
                func written() -> Int {
                    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
                    return names.reduce(0) { $0 + ((try? Data(contentsOf: folder.appending(path: $1)))?.count ?? 0) }
                }
                for _ in 0..<100 {
                    // One block after the other: a file is as large as its last block, where that one is larger.
                    let before = written()
                    try generator.emit(20, cpu: cpus[0])
                    #expect(eventually { written() > before })
                }
                #expect(daemon.end() == 0, "\(daemon.errors)")
            }
            let parts = try rotatedFiles(file.path).map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
            #expect(parts.count > 3 && parts.allSatisfy { $0.count <= 20 << 10 })
            for part in parts {
                let content = try CaptureContent(part)
                #expect(content.headers.count >= 1 && content.sources.first?.path == map.path && content.faults == 0)
            }
            let whole = try CaptureContent(Data(parts.joined()))
            let times = whole.records.compactMap(\.time)
            #expect(times.count == 2000 && times == times.sorted() && whole.faults == 0)
            #expect(whole.ends.map(\.events) == [2000])
        }
    }

    @Test func `the type of the events travels in the capture`() throws {
        let source = """
            struct event { short idx; short cmd; unsigned cpu; unsigned long long time; };
            struct event *unused_event __attribute__((unused));
            """
        try withTemporaryFolder { folder in
            let object = folder.appending(path: "prog.o")
            try Data(compileBPF(source: source, arguments: ["-g"])).write(to: object)
            try withCapture(["--object", object.path, "--type", "event"]) {
                try $1.emit(1, cpu: cpus[0])
            } check: { content, _ in
                let schema = try #require(content.schemas.first)
                #expect(schema.typeName == "struct event" && schema.eventSize == 16 && schema.source == 0)
                #expect(schema.btf.starts(with: bytes(UInt16(0xeb9f))) && schema.typeID ?? 0 > 0)
            }
            let wrong = try Tools.run(
                "bpf-eventd",
                ["--format", "capture", "--object", object.path, "--type", "evnt", map.path, "/dev/null"])
            #expect(wrong.status == 64 && wrong.errors.contains("did you mean struct event"), "\(wrong.errors)")
        }
    }

    @Test func `one format is not added to a file of the other`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "events")
            for (first, second) in [("frames", "capture"), ("capture", "frames")] {
                try? FileManager.default.removeItem(at: file)
                try map.withDaemon(["--format", first], output: file.path) { daemon, generator in
                    try generator.emit(1, cpu: cpus[0])
                    #expect(daemon.end() == 0)
                }
                let before = try Data(contentsOf: file)
                let outcome = try Tools.run("bpf-eventd", ["--append", "--format", second, map.path, file.path])
                #expect(outcome.status == 65 && outcome.errors.contains("cannot add to"), "\(outcome.errors)")
                #expect(try Data(contentsOf: file) == before)
            }
        }
    }

    @Test(arguments: [
        (["--format", "frames", "/sys/fs/bpf/a", "/sys/fs/bpf/b", "-"], "several maps"),
        (["--sorted", "/sys/fs/bpf/a", "-"], "--sorted"), (["--object", "x.o", "/sys/fs/bpf/a", "-"], "--object"),
        (["--format", "capture", "--type", "t", "/sys/fs/bpf/a", "-"], "--type"),
        (["--format", "binary", "/sys/fs/bpf/a", "-"], "format"),
    ])
    func `options that do not go together are refused`(arguments: [String], word: String) throws {
        let outcome = try Tools.run("bpf-eventd", arguments)
        #expect(outcome.status == 64 && outcome.errors.contains(word), "\(outcome.errors)")
    }
}
