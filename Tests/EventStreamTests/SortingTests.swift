// SPDX-License-Identifier: Apache-2.0

import EventStream
import RingImages
import Records
import Testing

struct SortingTests {
    @Test func `records of several rings come out in the order of their time`() throws {
        var writer = StreamWriter(format: .capture, sortWindow: 1 << 20)
        var generator = SystemRandomNumberGenerator()
        var expected: [UInt64] = []
        var capture: [UInt8] = []
        var clock: UInt64 = 1_000_000_000
        for _ in 0..<50 {
            writer.beginRound(at: clock)
            for cpu in UInt32(0)..<4 {
                var ring = RingImage(size: 1 << 14)
                let times = (0..<20).map { _ in clock + UInt64.random(in: 0..<3_000_000, using: &generator) }.sorted()
                for time in times { ring.append(event: bytes(time), pid: cpu, tid: cpu, time: time) }
                expected += times
                (ring.source, ring.cpu) = (1, Int(cpu))
                let pass = ring.drain(.context, into: &writer)
                #expect(pass.samples == 20)
            }
            let isDone = writer.finishRound(isComplete: true)
            #expect(isDone)
            capture += writer.takeAll()
            clock += 3_000_000
        }
        #expect(writer.unwritten.events == writer.sorting.waiting && writer.sorting.waiting < 200)
        _ = writer.finishCapture()
        capture += writer.takeAll()
        let found = try content(capture)
        let events = found.compactMap { found -> Found.Event? in
            if case .event(let event) = found { event } else { nil }
        }
        #expect(events.map(\.time) == expected.sorted())
        #expect(events.allSatisfy { $0.pid == $0.cpu && $0.source == 1 && $0.bytes.prefix(8) == bytes($0.time!)[...] })
        #expect(writer.sorting == (0, 0, 0))
    }

    @Test func `a sorted record without a time has that at which it was read, also in a round that goes on`() throws {
        var writer = StreamWriter(format: .capture, sortWindow: 1 << 20)
        for now in [UInt64(5_000_000), 9_000_000] {
            writer.beginRound(at: now)
            _ = writer.append(bytes(now).span.bytes)
            _ = writer.finishRound(isComplete: false)
        }
        _ = writer.finishCapture()
        let times = try content(writer.takeAll()).compactMap { found -> UInt64? in
            if case .event(let event) = found { event.time } else { nil }
        }
        #expect(times == [5_000_000, 9_000_000])
    }

    @Test func `when the memory is full the oldest go out, and late ones are counted`() throws {
        var writer = StreamWriter(format: .capture, capacity: 4 << 20, sortWindow: 1)
        var ring = RingImage(size: 1 << 12)
        writer.beginRound(at: 5)
        var count = 0
        for time in UInt64(1)...40_000 {
            ring.append(event: bytes(time), pid: 1, tid: 1, time: time)
            count += ring.drain(.context, into: &writer).samples
        }
        #expect(writer.sorting.forced > 10_000 && writer.sorting.waiting < 1 << 20 / 48)
        ring.append(event: bytes(UInt64(1)), pid: 1, tid: 1, time: 1)
        count += ring.drain(.context, into: &writer).samples
        #expect(writer.unwritten.events == count)
        let isDone = writer.finishCapture()
        #expect(isDone)
        let found = try content(writer.takeAll())
        #expect(found.compactMap(\.event).count == 40_001)
        guard case .end(let end) = found.last else {
            Issue.record("no end")
            return
        }
        #expect(end.events == 40_001 && end.late == 1 && writer.sorting.late == 1)
    }

    @Test func `samples of a ring buffer get the time of the round, and too large ones do not wait`() throws {
        var writer = StreamWriter(format: .capture, capacity: 4 << 20, sortWindow: 1)
        writer.beginRound(at: 77_000_000)
        writer.begin(source: 3, cpu: nil)
        var ring = RingBufferImage(size: 4096)
        ring.source = 3
        ring.append(event(5))
        let pass = ring.drain(into: &writer)
        #expect(pass.samples == 1 && writer.sorting.waiting == 1)
        let large = event(2 << 20)
        let added = writer.add(large)
        #expect(added && writer.sorting.waiting == 0)
        let found = try content(writer.takeAll())
        #expect(
            found == [
                .event(.init(bytes: event(5), source: 3, time: 77_000_000)), .event(.init(bytes: large, source: 3)),
            ])
    }
}
