// SPDX-License-Identifier: Apache-2.0

import BPFObject
import CBPF
import Diagnostics
import EventStream
import Foundation
import Records
import TestSupport
import Testing

@testable import BPFCore

/// Ring buffers of a running kernel, filled by a program that is run and not attached.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct RingReaderTests {
    private func map(size: UInt32 = 1 << 18) throws -> Map {
        try Map.create(
            Map.Attributes(type: .ringbuf, keySize: 0, valueSize: 0, maxEntries: size, name: "ring_test"))
    }

    private func number(_ sample: RawSpan) -> Int {
        sample.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
    }

    @Test func `samples come out in order, whole, of their exact size, around the end of the ring many times`() throws {
        let map = try map(size: 1 << 16)
        var ring = try RingReader(map)
        let generator = try RingBufferGenerator(map: map.descriptor.rawValue)
        var next = 0
        for _ in 0..<200 {
            try #expect(generator.emit(60) == 0)
            let count = try ring.drain { sample in
                let isWhole = sample.bytes.withUnsafeBytes { $0.elementsEqual(generator.bytes(of: next)) }
                #expect(isWhole, "sample \(next)")
                next += 1
            }
            #expect(count == 60 && ring.isEmpty)
        }
        #expect(next == 12_000)
        #expect(ring.size == 1 << 16 && ring.fullest > 60 * 16 && ring.fullest < ring.size)
    }

    @Test func `frames have the exact sizes, and a writer that is full leaves the rest in the ring`() throws {
        let map = try map()
        var ring = try RingReader(map)
        let generator = try RingBufferGenerator(map: map.descriptor.rawValue)
        var writer = StreamWriter(capacity: 1 << 16)
        try #expect(generator.emit(400) == 0)
        var reader = FrameReader()
        var next = 0
        var passes = 0
        while !ring.isEmpty {
            let round = try ring.drain(into: &writer)
            passes += 1
            #expect(round.isSinkFull == !ring.isEmpty && round.hasMore == !ring.isEmpty)
            try reader.read(writer.pending) { frame, _ in
                #expect(frame.byteCount == generator.size(of: next) && number(frame) == next)
                next += 1
            }
            writer.discard()
        }
        #expect(next == 400 && passes > 2)
    }

    @Test func `a full ring refuses samples, keeps those it has, and takes new ones after a drain`() throws {
        let map = try map(size: 4096)
        var ring = try RingReader(map)
        let generator = try RingBufferGenerator(map: map.descriptor.rawValue, spread: 0)
        try #expect(generator.emit(1000) == -EAGAIN)
        var numbers: [Int] = []
        let first = try ring.drain { numbers.append(number($0.bytes)) }
        #expect(first == 170 && numbers == Array(0..<170), "24 bytes each, and one byte is always free")
        #expect(ring.fullest == 4080)
        try #expect(generator.emit(1) == 0)
        let second = try ring.drain { numbers.append(number($0.bytes)) }
        #expect(second == 1 && numbers.last == 1000)
    }

    @Test func `an error of the body ends the drain behind its sample, and no sample is handed out twice`() throws {
        let map = try map()
        var ring = try RingReader(map)
        let generator = try RingBufferGenerator(map: map.descriptor.rawValue)
        try generator.emit(10)
        var numbers: [Int] = []
        #expect(throws: CancellationError.self) {
            _ = try ring.drain { sample in
                numbers.append(number(sample.bytes))
                if numbers.count == 4 { throw CancellationError() }
            }
        }
        let rest = try ring.drain { numbers.append(number($0.bytes)) }
        #expect(rest == 6 && numbers == Array(0..<10))
    }

    @Test func `room is given back while a long drain goes on`() throws {
        let map = try map(size: 4096)
        var ring = try RingReader(map)
        let generator = try RingBufferGenerator(map: map.descriptor.rawValue, spread: 0)
        try generator.emit(170)
        var results: [Int32] = []
        _ = try ring.drain { _ in results.append(try generator.emit(1)) }
        #expect(results.first == -EAGAIN && results.last == 0)
    }

    @Test func `what nobody has read is there for the next reader`() throws {
        let map = try map()
        let generator = try RingBufferGenerator(map: map.descriptor.rawValue)
        try generator.emit(3)
        var numbers: [Int] = []
        do {
            var ring = try RingReader(map)
            _ = try ring.drain { numbers.append(number($0.bytes)) }
            try generator.emit(2)
        }
        var ring = try RingReader(map)
        _ = try ring.drain { numbers.append(number($0.bytes)) }
        #expect(numbers == Array(0..<5))
    }

    @Test func `a second reader is noticed by the first, and position and samples of both are told apart`() throws {
        let map = try map()
        let generator = try RingBufferGenerator(map: map.descriptor.rawValue)
        var first = try RingReader(map)
        var second = try RingReader(map)
        try generator.emit(3)
        let count = try second.drain { _ in }
        #expect(count == 3)
        let error = #expect(throws: BPFError.self) { _ = try first.drain { _ in } }
        #expect(error?.operation == .drainRing && error?.diagnostic.message.contains("another reader") == true)
    }

    @Test func `waiting ends when a sample comes, and finds one whose program woke nobody`() throws {
        let map = try map()
        var ring = try RingReader(map)
        let start = ContinuousClock.now
        let nothing = try ring.wait(milliseconds: 30)
        #expect(!nothing && start.duration(to: .now) >= .milliseconds(29))
        let generator = try RingBufferGenerator(
            map: map.descriptor.rawValue, flags: RingBufferGenerator.noWakeup)
        try generator.emit(1)
        let something = try ring.wait(milliseconds: 0)
        #expect(something)
        let count = try ring.drain { _ in }
        #expect(count == 1)

        let waking = try RingBufferGenerator(map: map.descriptor.rawValue)
        Thread.detachNewThread {
            usleep(50_000)
            _ = try? waking.emit(1)
        }
        let begin = ContinuousClock.now
        let woken = try ring.wait(milliseconds: 60_000)
        #expect(woken && begin.duration(to: .now) < .seconds(60), "woken, and not at the end of its time")
    }

    @Test func `a sample ends a wait without end, and one that is read does not`() throws {
        let map = try map()
        var ring = try RingReader(map)
        let generator = try RingBufferGenerator(map: map.descriptor.rawValue)
        for _ in 0..<50 {
            let before = try ring.wait(milliseconds: 0)
            #expect(!before)
            try generator.emit(7)
            let after = try ring.wait()
            #expect(after)
            let count = try ring.drain { _ in }
            #expect(count == 7)
        }
    }

    @Test func `a map of another type, a frozen one and one with a lying position are refused in words`() throws {
        let array = try Map.create(
            Map.Attributes(type: .array, keySize: 4, valueSize: 4, maxEntries: 1, name: "ring_test"))
        let other = #expect(throws: BPFError.self) { _ = try RingReader(array).size }
        #expect(other?.code == .ringOtherType && other?.diagnostic.cause?.contains("array") == true)

        let frozen = try map()
        var attr = cbpf_map_elem_attr()
        attr.map_fd = UInt32(frozen.descriptor.rawValue)
        try #require(cbpf_bpf(22, &attr, 4) == 0)  // BPF_MAP_FREEZE
        let refused = #expect(throws: BPFError.self) { _ = try RingReader(frozen).size }
        #expect(
            refused?.code == .ringFrozen && refused?.errno == .notPermitted
                && refused?.diagnostic.cause?.contains("frozen") == true)
        #expect(refused?.diagnostic.nextStep != nil)

        let lying = try map()
        let page = try #require(cbpf_mmap_shared(lying.descriptor.rawValue, sysconf(Int32(_SC_PAGESIZE)), 1, 0))
        page.storeBytes(of: 4, as: UInt64.self)
        var ring = try RingReader(lying)
        let drained = #expect(throws: BPFError.self) { _ = try ring.drain { _ in } }
        #expect(drained?.operation == .drainRing && drained?.code == .ringDamaged)
        var writer = StreamWriter()
        #expect(throws: BPFError.self) { _ = try ring.drain(into: &writer) }
        munmap(page, sysconf(Int32(_SC_PAGESIZE)))
    }

    @Test func `a pin is opened by its path, and what is no ring buffer or not there is refused in words`() throws {
        let path = "/sys/fs/bpf/ring_test_\(getpid())"
        let missing = #expect(throws: BPFError.self) { _ = try RingReader(pinnedAt: path).size }
        #expect(missing?.operation == .openPin && missing?.errno == .noSuchFileOrDirectory)
        let attributes = Map.Attributes(type: .ringbuf, keySize: 0, valueSize: 0, maxEntries: 4096, name: "ring_test")
        var pinned = try PinnedMap.openOrCreate(PinPath(path: path), attributes)
        defer { unlink(path) }
        pinned.keepPin()
        try RingBufferGenerator(pinnedAt: path).emit(2)
        var ring = try RingReader(pinnedAt: path)
        let count = try ring.drain { _ in }
        #expect(count == 2)
    }

    private static let overwriting = Map.Attributes(
        type: .ringbuf, keySize: 0, valueSize: 0, maxEntries: 4096, flags: 1 << 19, name: "ring_test")
    private static let canOverwrite: Bool = {
        do {
            _ = try Map.create(overwriting).descriptor.rawValue
            return true
        } catch {
            return false
        }
    }()

    @Test(.enabled(if: canOverwrite, "overwrite mode is of Linux 6.19"))
    func `a ring buffer in overwrite mode is not drained, and the hint says how to read it`() throws {
        let map = try Map.create(Self.overwriting)
        let error = #expect(throws: BPFError.self) { _ = try RingReader(map).size }
        #expect(error?.diagnostic.cause?.contains("BPF_F_RB_OVERWRITE") == true)
        #expect(error?.diagnostic.nextStep?.contains("OverwrittenRingReader") == true)
    }
}
