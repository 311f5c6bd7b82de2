// SPDX-License-Identifier: Apache-2.0

import BPFObject
import CBPF
import Diagnostics
import Foundation
import Records
import Synchronization
import TestSupport
import Testing

@testable import BPFCore

/// Perf event arrays and ring buffers of a running kernel behind one wait.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct ReaderGroupTests {
    private let cpu = (try? CPUList.online())?.first ?? 0

    private func array() throws -> Map {
        try Map.create(
            Map.Attributes(type: .perfEventArray, keySize: 4, valueSize: 4, maxEntries: 1 << 10, name: "group_test"))
    }

    private func buffer(size: UInt32 = 1 << 18) throws -> Map {
        try Map.create(
            Map.Attributes(type: .ringbuf, keySize: 0, valueSize: 0, maxEntries: size, name: "group_test"))
    }

    /// Takes so many samples, and is full until it is emptied.
    private struct Shelf: SampleSink, Sendable {
        var room: Int
        var taken: [SampleContext] = []

        mutating func take(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
            guard taken.count < room else { return .full }
            taken.append(context)
            return .taken
        }
    }

    /// Runs a group on a thread of its own.
    private final class BackgroundReader: Sendable {
        private let group: Mutex<ReaderGroup>
        private let shelf: Mutex<Shelf>
        private let waker: Waker
        private let done = DispatchSemaphore(value: 0)

        init(_ group: consuming ReaderGroup, _ shelf: Shelf) {
            waker = group.waker
            self.group = Mutex(group)
            self.shelf = Mutex(shelf)
            Thread.detachNewThread { [self] in
                self.group.withLock { group in self.shelf.withLock { try? group.run(into: &$0) } }
                done.signal()
            }
        }

        func end() -> Shelf {
            waker.end()
            done.wait()
            return shelf.withLock { $0 }
        }
    }

    @Test func `samples of an array and of a ring buffer come with their source, CPU and time`() throws {
        let array = try array()
        let buffer = try buffer()
        var group = try ReaderGroup()
        let (first, second) = (try group.add(array), try group.add(buffer))
        #expect(first == 0 && second == 1)
        let before = MonotonicClock.nanoseconds
        try EventGenerator(map: array.descriptor.rawValue).emit(3, cpu: cpu)
        try RingBufferGenerator(map: buffer.descriptor.rawValue).emit(2)
        var contexts: [SampleContext] = []
        let isThere = try group.wait(milliseconds: 60_000)
        let count = try group.drain { contexts.append($0.context) }
        #expect(isThere && count == 5 && contexts.map(\.source) == [0, 0, 0, 1, 1])
        #expect(contexts.map(\.cpu) == [cpu, cpu, cpu, nil, nil])
        #expect(contexts.map(\.isPadded) == [true, true, true, false, false])
        for context in contexts.prefix(3) {
            #expect(try #require(context.time) >= before && context.pid == UInt32(getpid()) && context.tid != nil)
        }
        #expect(contexts.suffix(2).allSatisfy { $0.time == nil && $0.pid == nil })
        #expect(group.accounts.filter { $0.samples > 0 }.map(\.samples) == [3, 2])
    }

    @Test func `what an array lost comes as a loss in front of the next sample`() throws {
        let map = try array()
        var reader = try PerfReader(map, options: .init(pages: 1))
        let generator = try EventGenerator(map: map.descriptor.rawValue)
        try #expect(generator.emit(1000, cpu: cpu) == -ENOSPC)
        var (found, lost, behind) = (0, UInt64(0), 0)
        try reader.drain { _ in found += 1 }
        try generator.emit(1, cpu: cpu)
        try reader.drain { _ in
            behind += 1
        } lost: { loss in
            #expect(loss.cause == .ringFull && loss.cpu == cpu && behind == 0 && loss.from != nil && loss.to != nil)
            lost += loss.samples ?? 0
        }
        #expect(found > 0 && behind == 1 && found + behind + Int(lost) == 1001)
    }

    @Test func `a full sink leaves samples in their rings, and gets them later`() throws {
        let array = try array()
        let buffer = try buffer()
        var group = try ReaderGroup()
        try group.add(array)
        try group.add(buffer)
        try EventGenerator(map: array.descriptor.rawValue).emit(5, cpu: cpu)
        try RingBufferGenerator(map: buffer.descriptor.rawValue).emit(5)
        var sources: [UInt32] = []
        var rounds = 0
        while sources.count < 10, rounds < 20 {
            var shelf = Shelf(room: 3)
            let round = try group.drain(into: &shelf)
            #expect(round.samples == shelf.taken.count && round.isSinkFull == (sources.count + round.samples < 10))
            sources += shelf.taken.map(\.source)
            rounds += 1
        }
        #expect(sources.sorted() == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    }

    @Test func `a wait without end is ended from another thread`() throws {
        var group = try ReaderGroup()
        try group.add(try buffer())
        let waker = group.waker
        Thread.detachNewThread {
            usleep(20_000)
            waker.wake()
        }
        let isThere = try group.wait()
        #expect(!isThere && !waker.hasEnded)
        let start = ContinuousClock.now
        let again = try group.wait(milliseconds: 30)
        #expect(!again && start.duration(to: .now) >= .milliseconds(29), "one wake ends one wait")
    }

    @Test func `a group that another thread runs hands on everything until it is ended`() throws {
        let array = try array()
        let buffer = try buffer()
        var opened = try ReaderGroup()
        try opened.add(array)
        try opened.add(buffer)
        let waker = opened.waker
        let reader = BackgroundReader(opened, Shelf(room: .max))
        let perf = try EventGenerator(map: array.descriptor.rawValue)
        let ring = try RingBufferGenerator(map: buffer.descriptor.rawValue)
        for _ in 0..<20 {
            try perf.emit(50, cpu: cpu)
            try ring.emit(50)
            usleep(2000)
        }
        let taken = reader.end().taken
        #expect(taken.count == 2000 && taken.count { $0.source == 1 } == 1000)
        #expect(waker.hasEnded)
    }

    @Test func `a map without rings is refused in words`() throws {
        let map = try Map.create(
            Map.Attributes(type: .array, keySize: 4, valueSize: 4, maxEntries: 1, name: "group_test"))
        var group = try ReaderGroup()
        let error = #expect(throws: BPFError.self) { try group.add(map) }
        #expect(error?.diagnostic.message.contains("is not a perf_event_array or ringbuf") == true)
        let other = #expect(throws: BPFError.self) { _ = try PerfReader(map).cpus }
        #expect(other?.diagnostic.message.contains("is not a perf_event_array") == true)
    }
}
