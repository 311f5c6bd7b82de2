// SPDX-License-Identifier: Apache-2.0

import BPFObject
import EventStream
import Foundation
import Records
import TestSupport
import Testing

@testable import BPFCore

/// Ring buffers of a running kernel whose programs count what finds no room.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct RingLossTests {
    private func ring(size: UInt32 = 1 << 16, name: String = "loss_ring") throws -> Map {
        try Map.create(Map.Attributes(type: .ringbuf, keySize: 0, valueSize: 0, maxEntries: size, name: name))
    }

    private func counts(name: String = "loss_ring_lost", type: UInt32 = 6, value: UInt32 = 8) throws -> Map {
        try Map.create(
            Map.Attributes(
                type: MapType(rawValue: type), keySize: 4, valueSize: value, maxEntries: 1, name: name))
    }

    private struct Counted: SampleSink {
        var samples = 0
        var lost: [Int: UInt64] = [:]
        var before: [Int: UInt64] = [:]

        mutating func take(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
            samples += 1
            return .taken
        }

        mutating func take(_ loss: SampleLoss) -> SampleAnswer {
            if loss.cause == .noReader {
                before[loss.cpu ?? -1, default: 0] += loss.samples ?? 0
            } else {
                lost[loss.cpu ?? -1, default: 0] += loss.samples ?? 0
            }
            return .taken
        }
    }

    @Test func `of ten million events on all CPUs each is read or counted as lost, by CPU`() throws {
        let ring = try ring()
        let counts = try counts()
        var reader = try RingReader(ring)
        try reader.countLosses(in: counts)
        let cpus = try CPUList.online()
        let each = 10_000_000 / cpus.count
        let generators = try cpus.map { _ in
            try RingBufferGenerator(
                map: ring.descriptor.rawValue, spread: 0, flags: RingBufferGenerator.noWakeup,
                counts: counts.descriptor.rawValue)
        }
        var sink = Counted()
        let done = DispatchGroup()
        for (cpu, generator) in zip(cpus, generators) {
            done.enter()
            Thread.detachNewThread {
                // Pauses, so that some of them find room.
                for _ in 0..<100 {
                    _ = try? generator.emit(each / 100, cpu: cpu)
                    usleep(500)
                }
                done.leave()
            }
        }
        while done.wait(timeout: .now()) == .timedOut {
            try reader.drain(into: &sink)
            reader.countLosses(into: &sink)
        }
        while !reader.isEmpty { try reader.drain(into: &sink) }
        reader.countLosses(into: &sink)
        let lost = sink.lost.values.reduce(0, +)
        #expect(UInt64(sink.samples) + lost == UInt64(each / 100 * 100 * cpus.count))
        #expect(lost > 0 && sink.samples > 0 && sink.lost.keys.allSatisfy { cpus.contains($0) })
        let (account, mayHaveLost) = (reader.account, reader.mayHaveLost)
        #expect(account.lost == lost && account.lostBefore == 0 && !mayHaveLost)
    }

    @Test func `what was lost before anybody read is told as such, and is not counted as lost since`() throws {
        let ring = try ring(size: 4096)
        let counts = try counts()
        let generator = try RingBufferGenerator(
            map: ring.descriptor.rawValue, spread: 0, counts: counts.descriptor.rawValue)
        try generator.emit(1000)
        var reader = try RingReader(ring)
        try reader.countLosses(in: counts)
        var sink = Counted()
        try reader.drain(into: &sink)
        #expect(sink.samples == 170 && sink.before == [0: 830] && sink.lost.isEmpty)
        let account = reader.account
        #expect(account.lost == 0 && account.lostBefore == 830)
        try generator.emit(200)
        reader.countLosses(into: &sink)
        try reader.drain(into: &sink)
        #expect(sink.lost == [0: 30] && sink.samples == 340)
        // Somebody had read it: he may have told of them.
        var second = try RingReader(ring)
        try second.countLosses(in: counts)
        var other = Counted()
        try second.drain(into: &other)
        let before = second.account.lostBefore
        #expect(other.before.isEmpty && before == 860)
    }

    @Test func `counts are found by their name among the maps of a program that is loaded later`() throws {
        let ring = try ring()
        var search = LossCounterSearch(for: try ring.info(), pin: nil)
        guard case .nothing = try search.look() else {
            Issue.record("found too early")
            return
        }
        let counts = try counts()
        let generator = try RingBufferGenerator(
            map: ring.descriptor.rawValue, spread: 0, counts: counts.descriptor.rawValue)
        try generator.emit(100_000)
        guard case .counter(let counter) = try search.look() else {
            Issue.record("not found")
            return
        }
        let (id, before, lost) = (counter.id, counter.before, counter.lost)
        try #expect(id == counts.info().id)
        // It was made after the search began, so that all it has is of this time.
        #expect(before.allSatisfy { $0 == 0 } && lost.reduce(0, +) > 90_000)
        #expect(search.hasEnded)
    }

    @Test func `maps of another form or name are no counts, and two of a name are in doubt`() throws {
        #expect(LossCounter.names(for: "rb") == ["rb_lost", "rb_lost_samples"])
        #expect(LossCounter.names(for: "connection_even").allSatisfy { $0 == "connection_even" })
        #expect(LossCounter.names(for: "ring_events_1").first == "ring_events_1_l")
        let array = try counts(type: 2)
        let small = try counts(value: 4)
        #expect(throws: BPFError.self) { _ = try LossCounter(array).id }
        #expect(throws: BPFError.self) { _ = try LossCounter(small).id }
        let ring = try ring(name: "a_long_ring_nam")
        let other = try counts(name: "else")
        var search = LossCounterSearch(for: try ring.info(), pin: nil)
        let unrelated = try RingBufferGenerator(
            map: ring.descriptor.rawValue, counts: other.descriptor.rawValue)
        guard case .nothing = try search.look() else {
            Issue.record("found by another name")
            return
        }
        let first = try counts(name: "a_long_ring_nam")
        let second = try counts(name: "a_long_ring_nam")
        let generators = try [first.descriptor.rawValue, second.descriptor.rawValue].map {
            try RingBufferGenerator(map: ring.descriptor.rawValue, counts: $0)
        }
        guard case .doubtful(let ids) = try search.look() else {
            Issue.record("no doubt")
            return
        }
        #expect(ids.count == 2 && search.hasEnded)
        extendLifetime(unrelated)
        extendLifetime(generators)
    }

    @Test func `a name that was cut is one of counts only where the declared names say so`() {
        func isName(_ name: String, of ring: String, _ declared: Set<String> = []) -> Bool? {
            LossCounter.isName(name, of: ring, declared: declared)
        }
        #expect(isName("rb_lost", of: "rb") == true && isName("rb_lost_samples", of: "rb") == true)
        #expect(isName("rb_total", of: "rb") == false)
        #expect(isName("ring_events_1_l", of: "ring_events_1") == nil)
        #expect(isName("ring_events_1_l", of: "ring_events_1", ["ring_events_1", "ring_events_1_lost"]) == true)
        #expect(isName("ring_events_1_l", of: "ring_events_1", ["ring_events_1", "ring_events_1_load"]) == false)
        let cut = "connection_even"
        #expect(isName(cut, of: cut) == nil)
        #expect(isName(cut, of: cut, ["connection_events", "connection_events_total"]) == false)
        #expect(isName(cut, of: cut, ["connection_events", "connection_events_lost"]) == true)
        #expect(
            isName(cut, of: cut, ["connection_events", "connection_events_lost", "connection_events_total"]) == nil)
    }

    @Test func `counts that were set to zero go on from there`() throws {
        let counts = try counts()
        var counter = try LossCounter(counts)
        let cpus = try CPUList.possible().count
        func set(_ value: UInt64) throws {
            try counts.setBytes((0..<cpus).flatMap { _ in value.bytes }, ofKey: UInt32(0).bytes)
        }
        try set(10)
        counter.look()
        let first = counter.takeNew().map(\.samples)
        #expect(first == Array(repeating: 10, count: cpus))
        try set(3)
        counter.look()
        let second = counter.takeNew().map(\.samples)
        let (third, lost) = (counter.takeNew().count, counter.lost)
        #expect(second == Array(repeating: 3, count: cpus) && lost[0] == 13 && third == 0)
    }
}
