// SPDX-License-Identifier: Apache-2.0

import BPFObject
import BPFCore
import CBPF
import Foundation
import TestSupport
import Testing

/// bpf-eventd with a pinned ring buffer, fed by a program that is run and not attached.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct BPFEventdRingBufferTests {
    private let map = "/sys/fs/bpf/ring_command_\(getpid())_\(UInt32.random(in: 0...UInt32.max))"

    /// Pins a ring buffer, and removes the pin afterwards whatever happens.
    private func withRingBuffer(size: UInt32 = 1 << 18, _ body: (URL) throws -> Void) throws {
        defer { unlink(map) }
        let attributes = Map.Attributes(type: .ringbuf, keySize: 0, valueSize: 0, maxEntries: size, name: "rb")
        var pinned = try PinnedMap.openOrCreate(PinPath(path: map), attributes)
        pinned.keepPin()
        try withTemporaryFolder { try body($0.appending(path: "events")) }
    }

    private func start(_ options: [String] = [], _ output: String) throws -> RunningTool {
        let daemon = try Tools.start("bpf-eventd", options + [map, output])
        try #require(daemon.wait(for: "unning"), "\(daemon.errors)")
        return daemon
    }

    private func expect(_ file: URL, holds numbers: Range<Int>, of generator: RingBufferGenerator) throws {
        var expected: [UInt8] = []
        for number in numbers { expected += frame(generator.bytes(of: number)) }
        let found = try [UInt8](Data(contentsOf: file))
        // Not compared by #expect, which would print them.
        let isSame = found == expected
        #expect(isSame, "\(found.count) bytes, not \(expected.count)")
    }

    @Test func `samples of varying sizes come out in order, of their exact sizes, and none is missing`() throws {
        // It holds them all, so that a busy machine loses none.
        try withRingBuffer(size: 1 << 24) { file in
            let generator = try RingBufferGenerator(pinnedAt: map)
            try generator.emit(100)
            let daemon = try start([], file.path)
            for _ in 0..<200 {
                try #expect(generator.emit(100) == 0)
                usleep(1000)
            }
            #expect(daemon.end() == 0)
            try expect(file, holds: 0..<20_100, of: generator)
            #expect(daemon.errors == "Running.\nTerminate.\n")
            #expect(FileManager.default.fileExists(atPath: map), "the pin stays")
        }
    }

    @Test func `a single sample is on its way without another one, also if its program wakes nobody`() throws {
        try withRingBuffer { file in
            for flags in [0, RingBufferGenerator.noWakeup] {
                let daemon = try start([], file.path)
                let generator = try RingBufferGenerator(pinnedAt: map, flags: flags)
                #expect(daemon.waitUntilIdle())
                try generator.emit(1)
                #expect(try eventually("the sample is in the file") { try !Data(contentsOf: file).isEmpty })
                try expect(file, holds: 0..<1, of: generator)
                #expect(daemon.end() == 0)
            }
        }
    }

    @Test func `what is in the ring buffer at the end is written, and what comes later is the next daemon's`() throws {
        try withRingBuffer { file in
            let generator = try RingBufferGenerator(pinnedAt: map)
            let first = try start([], file.path)
            first.send(SIGSTOP)
            try generator.emit(300)
            first.send(SIGTERM)
            first.send(SIGCONT)
            #expect(first.finish() == 0)
            try expect(file, holds: 0..<300, of: generator)
            try generator.emit(20)
            let second = try start(["--append"], file.path)
            #expect(second.end() == 0)
            try expect(file, holds: 0..<320, of: generator)
        }
    }

    @Test func `a program that never stops does not keep it from ending`() throws {
        try withRingBuffer { file in
            let generator = try RingBufferGenerator(pinnedAt: map, spread: 0)
            let daemon = try start(["--stats"], file.path)
            let stop = Stop()
            let stopped = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                while !stop.isSet { _ = try? generator.emit(5000) }
                stopped.signal()
            }
            #expect(try eventually("samples are in the file") { try !Data(contentsOf: file).isEmpty })
            #expect(daemon.end() == 0)
            stop.set()
            stopped.wait()
            let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
            #expect(size > 0 && size % 20 == 0)
        }
    }

    @Test func `the statistics do not claim to know of losses, and a full ring is told unless quiet`() throws {
        try withRingBuffer(size: 4096) { file in
            let generator = try RingBufferGenerator(pinnedAt: map, spread: 0)
            let daemon = try start(["--stats"], file.path)
            try generator.emit(10)
            #expect(daemon.end() == 0)
            #expect(daemon.errors.contains("events: 10, bytes: 200, lost: not known"), "\(daemon.errors)")
            #expect(daemon.errors.contains("fullest: ") && !daemon.errors.contains("warning"))

            try #expect(generator.emit(1000) == -EAGAIN)
            let outcome = try Tools.run(
                "bpf-eventd", ["--json", "--duration", "100ms", map, "/dev/null"])
            #expect(outcome.status == 0 && outcome.errors.contains("was full"), "\(outcome.errors)")
            let quiet = try Tools.run("bpf-eventd", ["--quiet", "--duration", "100ms", map, "/dev/null"])
            #expect(quiet.status == 0 && quiet.errors.isEmpty, "\(quiet.errors)")

            let report = try Tools.run("bpf-eventd", ["--stats", "--json", "--duration", "50ms", map, "/dev/null"])
            #expect(report.errors.contains(#""lost":null"#), "\(report.errors)")
            #expect(report.errors.contains(#""type":"ringbuf","bytes":4096"#), "\(report.errors)")
        }
    }

    @Test func `--pages is refused for a ring buffer, before the old file is overwritten`() throws {
        try withRingBuffer { file in
            try Data([1, 2, 3]).write(to: file)
            let outcome = try Tools.run("bpf-eventd", ["--pages", "8", map, file.path])
            #expect(outcome.status == 64 && outcome.errors.contains("is a ring buffer"), "\(outcome.errors)")
            #expect(try Data(contentsOf: file) == Data([1, 2, 3]))
            // A start that failed is no crash.
            let daemon = try start([], file.path)
            #expect(daemon.end() == 0 && !daemon.errors.contains("nobody drained"), "\(daemon.errors)")
        }
    }

    @Test func `--unpin, --user and --duration do for a ring buffer what they do for other maps`() throws {
        try withRingBuffer { file in
            let generator = try RingBufferGenerator(pinnedAt: map)
            let daemon = try start(["--user", "nobody"], file.path)
            let status = try String(contentsOfFile: "/proc/\(daemon.pid)/status", encoding: .utf8)
            #expect(status.contains("CapEff:\t0000000000000000\n") && !status.contains("Uid:\t0"))
            try generator.emit(50)
            #expect(daemon.end() == 0)
            try expect(file, holds: 0..<50, of: generator)
            let last = try Tools.run("bpf-eventd", ["--unpin", "--duration", "50ms", map, "/dev/null"])
            #expect(last.status == 0 && !FileManager.default.fileExists(atPath: map))
        }
    }

    @Test func `of two daemons on one ring buffer the second is refused, and takes over when it is told to`() throws {
        try withRingBuffer { file in
            let generator = try RingBufferGenerator(pinnedAt: map)
            let first = try start([], file.path)
            let refused = try Tools.run("bpf-eventd", [map, "/dev/null"])
            #expect(
                refused.status == 75 && refused.errors.contains("pid \(first.pid) (bpf-eventd)"), "\(refused.errors)")
            try generator.emit(10)
            let second = try start(["--takeover"], file.path + ".2")
            #expect(first.finish() == 0, "\(first.errors)")
            try generator.emit(10)
            #expect(second.end() == 0, "\(second.errors)")
            try expect(file, holds: 0..<10, of: generator)
            try expect(URL(fileURLWithPath: file.path + ".2"), holds: 10..<20, of: generator)
        }
    }

    @Test func `a reader that has gone leaves what is in the ring buffer to the next daemon`() throws {
        try withRingBuffer { file in
            let generator = try RingBufferGenerator(pinnedAt: map)
            let pipe = Pipe()
            let writing = fcntl(pipe.fileHandleForWriting.fileDescriptor, F_DUPFD_CLOEXEC, 3)
            let daemon = try Tools.start("bpf-eventd", [map, "-"], stdout: pipe)
            try #require(daemon.wait(for: "Running."))
            try pipe.fileHandleForWriting.close()
            daemon.send(SIGSTOP)
            try pipe.leaveWithoutReader(writing: writing)
            close(writing)
            try generator.emit(25)
            daemon.send(SIGCONT)
            #expect(daemon.finish() == 74)
            #expect(daemon.errors.contains("events not written: "), "\(daemon.errors)")
            let next = try start([], file.path)
            #expect(next.end() == 0)
            let left = try Data(contentsOf: file)
            let counted = daemon.errors.contains("events not written: 25")
            #expect(counted ? left.isEmpty : !left.isEmpty, "\(daemon.errors)")
        }
    }

    @Test func `a frozen ring buffer is refused in words, and the old file stays`() throws {
        try withRingBuffer { file in
            try Data([1, 2, 3]).write(to: file)
            let ring = try Map(pinnedAt: map)
            var attr = cbpf_map_elem_attr()
            attr.map_fd = UInt32(ring.descriptor.rawValue)
            try #require(cbpf_bpf(22, &attr, 4) == 0)  // BPF_MAP_FREEZE
            let outcome = try Tools.run("bpf-eventd", [map, file.path])
            #expect(outcome.status == 77 && outcome.errors.contains("the map is frozen"), "\(outcome.errors)")
            #expect(try Data(contentsOf: file) == Data([1, 2, 3]))
        }
    }

    @Test func `a map of another type is refused untouched, with both types that would do`() throws {
        defer { unlink(map) }
        let attributes = Map.Attributes(type: .hash, keySize: 4, valueSize: 4, maxEntries: 8, name: "other")
        var other = try PinnedMap.openOrCreate(PinPath(path: map), attributes)
        other.keepPin()
        let refused = try Tools.run("bpf-eventd", [map, "/dev/null"])
        #expect(refused.status == 65 && refused.errors.contains("perf_event_array or ringbuf"), "\(refused.errors)")
        let value = try other.map.lookUp(key: [0, 0, 0, 0])
        #expect(value == nil)
    }
}

/// A flag that another thread looks at.
private final class Stop: @unchecked Sendable {
    private let lock = NSLock()
    private var value = false

    var isSet: Bool { lock.withLock { value } }

    func set() { lock.withLock { value = true } }
}
