// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import EventStream
import Foundation
import Records
import TestSupport
import Testing

/// bpf-eventd with maps that no events come from.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct BPFEventdMapTests {
    private let pin = "/sys/fs/bpf/map_command_\(getpid())_\(UInt32.random(in: 0...UInt32.max))"

    /// Pins a map with as many elements, and removes the pin afterwards whatever happens.
    private func withMap(
        _ type: MapType = .hash, elements: UInt32 = 3, maxEntries: UInt32 = 1000,
        _ body: (_ folder: URL, _ map: borrowing Map) throws -> Void
    ) throws {
        defer { unlink(pin) }
        let isRing = type == .ringbuf
        let attributes = Map.Attributes(
            type: type, keySize: isRing ? 0 : 4, valueSize: isRing ? 0 : 8,
            maxEntries: isRing ? 1 << 16 : maxEntries, name: "counts")
        var pinned = try PinnedMap.openOrCreate(PinPath(path: pin), attributes)
        pinned.keepPin()
        for number in 0..<(isRing ? 0 : elements) { try pinned.map.set(UInt64(number) * 2, of: number) }
        try withTemporaryFolder { try body($0, pinned.map) }
    }

    private func run(_ arguments: String...) throws -> ProcessOutcome { try Tools.run("bpf-eventd", arguments) }

    /// The snapshots in a capture: how many elements each has, and the sum of their values.
    private func snapshots(_ file: URL) throws -> [(elements: UInt64, sum: UInt64)] {
        var reader = CaptureReader()
        var found: [(elements: UInt64, sum: UInt64)] = []
        var sum: UInt64 = 0
        let bytes = try [UInt8](Data(contentsOf: file))
        try reader.read(bytes.span.bytes) { item, _ in
            guard case .snapshot(var block) = item else { return }
            if block.isFirst { sum = 0 }
            let isContinuous = block.isContinuous
            #expect(isContinuous)
            while let element = block.next() {
                sum += element.value(0)?.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) } ?? 0
            }
            if let end = block.end { found.append((end.elements, sum)) }
        }
        #expect(reader.hasEnded)
        return found
    }

    @Test func `--once writes one snapshot and ends, and the map stays pinned`() throws {
        try withMap { folder, _ in
            let file = folder.appending(path: "once.bev")
            let outcome = try run("--once", pin, file.path)
            #expect(outcome.status == 0, "\(outcome)")
            let found = try snapshots(file)
            #expect(found.count == 1 && found.first?.elements == 3 && found.first?.sum == 6)
            #expect(outcome.errors.contains("has no types") && outcome.errors.contains("--layout"))
            #expect(FileManager.default.fileExists(atPath: pin))
        }
    }

    @Test func `--every writes a snapshot at the start and one at the end, and what changed is in it`() throws {
        try withMap { folder, map in
            let file = folder.appending(path: "every.bev")
            let daemon = try Tools.start("bpf-eventd", ["--every", "1h", "--stats", pin, file.path])
            try #require(daemon.wait(for: "unning"), "\(daemon.errors)")
            #expect(eventually { ((try? Data(contentsOf: file).count) ?? 0) > 700 })
            #expect(daemon.waitUntilIdle())
            try map.set(UInt64(100), of: UInt32(77))
            #expect(daemon.end(SIGINT) == 0)
            let found = try snapshots(file)
            #expect(found.map(\.elements) == [3, 4] && found.map(\.sum) == [6, 106])
            #expect(daemon.errors.contains("snapshots: 2, elements: 7"))
        }
    }

    @Test func `a map beside a ring buffer is read in the same capture, and both come whole`() throws {
        try withMap { folder, _ in
            let ring = pin + "_rb"
            defer { unlink(ring) }
            var pinned = try PinnedMap.openOrCreate(
                PinPath(path: ring),
                Map.Attributes(type: .ringbuf, keySize: 0, valueSize: 0, maxEntries: 1 << 20, name: "rb"))
            pinned.keepPin()
            let generator = try RingBufferGenerator(pinnedAt: ring)
            let file = folder.appending(path: "both.bev")
            let daemon = try Tools.start("bpf-eventd", ["--every", "20ms", "--stats", pin, ring, file.path])
            try #require(daemon.wait(for: "unning"), "\(daemon.errors)")
            for _ in 0..<50 { try #expect(generator.emit(20) == 0) }
            #expect(daemon.end() == 0)
            let found = try snapshots(file)
            #expect(found.count >= 2 && found.allSatisfy { $0.elements == 3 && $0.sum == 6 })
            #expect(daemon.errors.contains("events: 1000,"), "\(daemon.errors)")
        }
    }

    @Test func `a hundred thousand elements are whole, and a map as full as it can be is told`() throws {
        try withMap(elements: 100_000, maxEntries: 100_000) { folder, _ in
            let file = folder.appending(path: "many.bev")
            let outcome = try run("--once", pin, file.path)
            #expect(outcome.status == 0, "\(outcome)")
            let found = try snapshots(file)
            #expect(found.first?.elements == 100_000 && found.first?.sum == 9_999_900_000)
            #expect(outcome.errors.contains("is full"), "\(outcome)")
        }
    }

    @Test func `the types of a map can be written down, for its values or for both`() throws {
        try withMap { folder, _ in
            let file = folder.appending(path: "types.bev")
            for layout in [
                "struct { u64 packets; }", "struct { struct { u32 pid; } key; struct { u64 packets; } value; }",
            ] {
                let outcome = try run("--once", "--layout", layout, pin, file.path)
                #expect(
                    outcome.status == 0 && outcome.errors.contains("decoded as struct counts (16 bytes)"), "\(outcome)")
            }
            let refused = try run("--once", "--layout", "struct { u32 packets; }", pin, file.path)
            #expect(refused.status == 64 && refused.errors.contains("have 8 bytes, and the type that was given has 4"))
        }
    }

    @Test func `metrics of a map need no stream, are bounded, and say what they leave out`() throws {
        try withMap(elements: 30) { folder, _ in
            let metrics = folder.appending(path: "maps.prom")
            let outcome = try run("--once", "--metrics", metrics.path, "--metrics-limit", "10", pin)
            #expect(outcome.status == 0 && outcome.errors.contains("20 elements"), "\(outcome)")
            let text = try String(contentsOf: metrics, encoding: .utf8)
            let name = String(pin.split(separator: "/").last ?? "")
            #expect(text.split(separator: "\n").filter { $0.hasPrefix(name + "{key=") }.count == 10)
            #expect(text.contains("# TYPE \(name) counter") && text.contains("# 20 elements of map"))
        }
    }

    @Test func `a map that no events come from is refused without an option that reads it, which is named`() throws {
        try withMap { folder, _ in
            let outcome = try run(pin, folder.appending(path: "no").path)
            #expect(outcome.status == 65, "\(outcome)")
            #expect(outcome.errors.contains("it is of type hash") && outcome.errors.contains("--every 1s or --once"))
        }
    }

    @Test func `nothing is made where maps are read`() throws {
        try withTemporaryFolder { folder in
            let outcome = try run("--once", pin, folder.appending(path: "no").path)
            #expect(outcome.status == 69 && outcome.errors.contains("nothing is pinned at \(pin)"), "\(outcome)")
            #expect(!FileManager.default.fileExists(atPath: pin))
        }
    }

    @Test func `rings alone are not read at times`() throws {
        try withMap(.ringbuf) { folder, _ in
            let outcome = try run("--every", "1s", pin, folder.appending(path: "no").path)
            #expect(outcome.status == 64 && outcome.errors.contains("there is no map to be read"), "\(outcome)")
        }
    }

    @Test func `a map that no process can read is refused with the reason`() throws {
        defer { unlink(pin) }
        let attributes = Map.Attributes(
            type: MapType(rawValue: 30), keySize: 0, valueSize: 8, maxEntries: 100, name: "bloom")
        var pinned = try PinnedMap.openOrCreate(PinPath(path: pin), attributes)
        pinned.keepPin()
        let outcome = try run("--once", pin, "/dev/null")
        #expect(
            outcome.status == 69 && outcome.errors.contains("it only answers whether a value was added"), "\(outcome)")
    }

    @Test(arguments: [
        (["--once", "--every", "1s"], "both say when maps are read"),
        (["--format", "frames", "--once"], "--format frames"),
        (["--metrics-limit", "5"], "--metrics-limit goes with"), (["--hist", "a"], "--hist goes with"),
        (["--last", "1M", "--once"], "--last keeps events only"),
    ])
    func `options that contradict each other are refused`(options: [String], words: String) throws {
        let outcome = try Tools.run("bpf-eventd", options + ["/sys/fs/bpf/none", "/tmp/none/none"])
        #expect(outcome.status == 64 && outcome.errors.contains(words), "\(outcome)")
    }

    @Test func `a snapshot is not torn over two files`() throws {
        try withMap(elements: 20_000, maxEntries: 50_000) { folder, _ in
            let file = folder.appending(path: "rotated.bev")
            let daemon = try Tools.start(
                "bpf-eventd", ["--every", "20ms", "--rotate-size", "400K", pin, file.path])
            func names() throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            }
            #expect(try eventually("there are three files") { try names().count > 2 || !daemon.isRunning })
            #expect(daemon.end() == 0, "\(daemon.errors)")
            let files = try names()
            #expect(files.count > 2)
            for name in files {
                var reader = CaptureReader()
                var isTorn = false
                var isOpen = false
                let bytes = try [UInt8](Data(contentsOf: folder.appending(path: name)))
                try reader.read(bytes.span.bytes) { item, _ in
                    guard case .snapshot(let block) = item else { return }
                    isTorn = isTorn || !block.isContinuous
                    isOpen = block.end == nil
                }
                #expect(!isTorn && !isOpen, "\(name)")
            }
        }
    }
}
