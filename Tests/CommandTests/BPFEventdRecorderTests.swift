// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import CBPF
import EventStream
import Foundation
import TestSupport
import Testing

/// bpf-eventd as a flight recorder, and ring buffers whose programs count their losses; fed by programs that are run and not
/// attached.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct BPFEventdRecorderTests {
    private let map = "/sys/fs/bpf/recorder_\(getpid())_\(UInt32.random(in: 0...UInt32.max))"
    private let layout = ["--layout", "struct { u64 number; }"]

    /// Pins a ring buffer and the counts of its losses, and removes the pins afterwards whatever happens.
    private func withRingBuffer(size: UInt32 = 1 << 16, _ body: (URL, RingBufferGenerator) throws -> Void) throws {
        defer {
            unlink(map)
            unlink(map + "_lost")
        }
        let attributes = Map.Attributes(type: .ringbuf, keySize: 0, valueSize: 0, maxEntries: size, name: "rb")
        var pinned = try PinnedMap.openOrCreate(PinPath(path: map), attributes)
        pinned.keepPin()
        let counts = Map.Attributes(
            type: MapType(rawValue: 6), keySize: 4, valueSize: 8, maxEntries: 1, name: "rb_lost")
        var pinnedCounts = try PinnedMap.openOrCreate(PinPath(path: map + "_lost"), counts)
        pinnedCounts.keepPin()
        let generator = try RingBufferGenerator(
            map: pinned.map.descriptor.rawValue, spread: 0, counts: pinnedCounts.map.descriptor.rawValue)
        try withTemporaryFolder { try body($0.appending(path: "dump.bev"), generator) }
    }

    private func start(_ options: [String], _ output: String) throws -> RunningTool {
        let daemon = try Tools.start("bpf-eventd", options + [map, output])
        try #require(daemon.wait(for: "unning"), "\(daemon.errors)")
        return daemon
    }

    private func numbers(_ file: URL) throws -> [Int] {
        let content = try CaptureContent(file)
        #expect(content.faults == 0 && content.ends.count == 1 && content.headers.count == 1)
        #expect(content.ends.first?.events == UInt64(content.records.count))
        return content.records.map { record in
            record.bytes.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
        }
    }

    @Test func `what a ring buffer lost is told by its programs: emitted is written and lost`() throws {
        try withRingBuffer { file, generator in
            let daemon = try start(["--format", "capture", "--stats", "--stats-file", file.path + ".json"], file.path)
            #expect(daemon.errors.contains("are counted by its programs"), "\(daemon.errors)")
            for _ in 0..<20 { try generator.emit(50_000) }
            let status = daemon.end()
            let content = try CaptureContent(file)
            #expect(content.lost > 0 && content.records.count + content.lost == 1_000_000)
            #expect(content.losses.allSatisfy { $0.cpu == 0 && $0.cause == .ringFull })
            #expect(status == 3 && daemon.errors.contains("lost: \(content.lost),"), "\(status) \(daemon.errors)")
            #expect(daemon.errors.contains("lost \(content.lost) events in total: \(content.lost) on CPU 0"))
            #expect(!daemon.errors.contains("was full"))
            let account = try String(contentsOf: URL(fileURLWithPath: file.path + ".json"), encoding: .utf8)
            #expect(
                account.contains("\"lost\":\(content.lost),") && account.contains("\"lost_before\":0"), "\(account)")
        }
    }

    @Test func `what was lost before the daemon came is told, and is no reason for another exit code`() throws {
        try withRingBuffer(size: 4096) { file, generator in
            try generator.emit(1000)
            let daemon = try start(["--format", "capture"], file.path)
            #expect(daemon.end() == 0)
            #expect(
                daemon.errors.contains("830 events of") && daemon.errors.contains("before this daemon"),
                "\(daemon.errors)")
            let content = try CaptureContent(file)
            #expect(content.losses.map(\.cause) == [.noReader] && content.lost == 830 && content.records.count == 170)
        }
    }

    @Test func `nothing is written until a signal comes, each dump is a whole capture, and none loses events`() throws {
        // It holds them all, so that a busy machine loses none.
        try withRingBuffer(size: 1 << 22) { file, generator in
            try Data("old".utf8).write(to: file)
            let daemon = try start(["--last", "1M", "--dump-on", "SIGUSR1", "--dump-on", "exit"], file.path)
            var all = 0
            func emit(_ bursts: Int) throws {
                for _ in 0..<bursts {
                    try #expect(generator.emit(500) == 0)
                    all += 500
                    usleep(3000)
                }
            }
            try emit(200)
            try #expect(String(contentsOf: file, encoding: .utf8) == "old")
            daemon.send(SIGUSR1)
            #expect(daemon.wait(for: "Dumped "), "\(daemon.errors)")
            let first = try numbers(file)
            #expect(first.count > 10_000 && first == Array((all - first.count)..<all), "\(first.count) of \(all)")
            try #expect(String(contentsOf: URL(fileURLWithPath: file.path + ".1"), encoding: .utf8) == "old")
            try emit(20)
            #expect(daemon.end() == 0)
            let second = try numbers(file)
            #expect(second.count > 10_000 && second == Array((all - second.count)..<all))
            try #expect(numbers(URL(fileURLWithPath: file.path + ".1")) == first)
            #expect(daemon.errors.components(separatedBy: "Dumped ").count == 3, "\(daemon.errors)")
        }
    }

    @Test func `without dump-on the end writes, and a signal that means nothing ends as it always did`() throws {
        try withRingBuffer(size: 1 << 20) { file, generator in
            let daemon = try start(["--last", "1M"], file.path)
            try generator.emit(100)
            #expect(daemon.end() == 0)
            try #expect(numbers(file) == Array(0..<100))
            try FileManager.default.removeItem(at: file)
            let other = try start(["--last", "1M", "--dump-on", "SIGUSR2"], file.path)
            try generator.emit(100)
            #expect(other.end() == 0)
            #expect(!FileManager.default.fileExists(atPath: file.path), "it was to write on SIGUSR2 only")
        }
    }

    @Test func `an event for which the condition is true has the events until then written`() throws {
        try withRingBuffer(size: 1 << 20) { file, generator in
            let daemon = try start(
                ["--last", "1M", "--dump-when", "number == 1234 || number == 1235"] + layout, file.path)
            try generator.emit(1000)
            usleep(100_000)
            #expect(!FileManager.default.fileExists(atPath: file.path))
            try generator.emit(500)
            #expect(daemon.wait(for: "Dumped "), "\(daemon.errors)")
            let found = try numbers(file)
            #expect(found.first == 0 && found.last ?? 0 >= 1234)
            try generator.emit(10)
            #expect(daemon.end() == 0)
            #expect(!FileManager.default.fileExists(atPath: file.path + ".1"), "one dump, and none at the end")
        }
        try withRingBuffer { file, generator in
            let daemon = try start(["--last", "1M", "--dump-when", "duration > 1"] + layout, file.path)
            try generator.emit(10)
            #expect(daemon.end() == 0)
            #expect(daemon.errors.contains("what --dump-when asks for"), "\(daemon.errors)")
        }
    }

    @Test func `events from before the time are left out`() throws {
        try withRingBuffer(size: 1 << 20) { file, generator in
            let daemon = try start(["--last", "6s", "--dump-on", "SIGUSR1"], file.path)
            try generator.emit(100)
            #expect(daemon.waitUntilIdle())
            usleep(6_500_000)
            try generator.emit(50)
            daemon.send(SIGUSR1)
            #expect(daemon.wait(for: "Dumped "), "\(daemon.errors)")
            try #expect(numbers(file) == Array(100..<150))
            #expect(daemon.end() == 0)
        }
    }

    @Test func `perf rings keep their newest events themselves, and a dump has those of each CPU in order`() throws {
        defer { unlink(map) }
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "dump.bev")
            let daemon = try start(["--last", "1M", "--dump-on", "SIGUSR2"], file.path)
            let generator = try EventGenerator(pinnedAt: map)
            let cpus = try CPUList.online()
            for cpu in cpus { try #expect(generator.emit(60_000, cpu: cpu) == 0, "none is refused") }
            daemon.send(SIGUSR2)
            #expect(daemon.wait(for: "Dumped "), "\(daemon.errors)")
            let content = try CaptureContent(file)
            #expect(content.faults == 0 && content.ends.count == 1 && content.lost == 0)
            for cpu in cpus {
                let times = content.records.filter { $0.cpu == UInt32(cpu) }.compactMap(\.time)
                #expect(times.count > 5000 && times == times.sorted(), "CPU \(cpu): \(times.count)")
            }
            #expect(daemon.end() == 0)
        }
    }

    @Test(arguments: [
        (["--dump-on", "exit"], "goes with --last"), (["--dump-when", "a == 1"], "goes with --last"),
        (["--last", "64"], "--last"), (["--last", "1k"], "less than 1M"), (["--last", "1M", "--append"], "--append"),
        (["--last", "1M", "--rotate-size", "1M"], "--rotate-size"), (["--last", "1M", "--pages", "4"], "--pages"),
        (["--last", "1M", "--format", "frames"], "captures"), (["--last", "1M", "--dump-when", "a =="], "--dump-when"),
        (["--last", "1M", "--last", "2M"], "one size and one time"),
        (["--last", "1M", "--dump-on", "SIGHUP"], "--dump-on"),
    ])
    func `options that make no sense together are refused`(options: [String], words: String) throws {
        let outcome = try Tools.run("bpf-eventd", options + ["/sys/fs/bpf/none", "/nowhere/none"])
        #expect(outcome.status == 64 && outcome.errors.contains(words), "\(outcome.status) \(outcome.errors)")
    }
}
