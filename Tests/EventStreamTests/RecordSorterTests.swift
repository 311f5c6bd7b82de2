// SPDX-License-Identifier: Apache-2.0

@testable import EventStream
import Records
import Testing

/// One event of a test: where it stands in the stream tells it from all others.
private struct Event: Equatable {
    var time: UInt64?
    var offset: UInt64
    var size = 16
    var isLoss = false

    var bytes: [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: Int(offset) &* 31 &+ $0) } }
}

/// What the sorter should do, event by event.
private struct Oracle {
    let window: UInt64
    var waiting: [Event] = []
    var out: [Event] = []
    var newest: UInt64 = 0
    var given: UInt64 = 0
    var late: UInt64 = 0

    mutating func add(_ event: Event) {
        guard let time = event.time else { return out.append(event) }
        guard time >= given else {
            late += 1
            return out.append(event)
        }
        waiting.append(event)
        newest = max(newest, time)
        if newest > window {
            let limit = newest - window
            release { $0 < limit }
        }
    }

    mutating func release(_ goes: (UInt64) -> Bool) {
        let gone = waiting.filter { goes($0.time ?? 0) }.sorted { ($0.time ?? 0) < ($1.time ?? 0) }
        waiting.removeAll { goes($0.time ?? 0) }
        out += gone
        given = max(given, gone.last?.time ?? 0)
    }
}

extension RecordSorter {
    fileprivate mutating func add(_ event: Event, to out: inout [Event]) {
        let body: (SortedItem, SortedOrigin) -> Void = { item, _ in out.append(Event(item)) }
        if event.isLoss {
            let loss = CaptureLoss(source: 1, cpu: 2, events: 3, from: event.time, cause: .ringFull)
            return add(loss, at: event.offset, body)
        }
        let bytes = event.bytes
        var record = CaptureRecord(bytes: bytes.span.bytes, offset: event.offset)
        record.time = event.time
        record.cpu = UInt32(event.size)
        if event.offset % 2 == 0 { record.pid = UInt32(truncatingIfNeeded: event.offset) }
        if event.offset % 3 == 0 { record.tid = 7 }
        if event.offset % 5 == 0 { record.source = 9 }
        add(record, isForeign: event.offset % 7 == 0, body)
    }

    fileprivate mutating func finish(_ out: inout [Event]) {
        releaseAll { item, _ in out.append(Event(item)) }
    }
}

extension Event {
    /// Everything that comes with the event is checked here.
    fileprivate init(_ item: SortedItem) {
        switch item {
        case .loss(let loss, let offset):
            self.init(time: loss.from, offset: offset, isLoss: true)
            #expect(loss == CaptureLoss(source: 1, cpu: 2, events: 3, from: time, cause: .ringFull))
        case .record(let record, let isForeign):
            self.init(time: record.time, offset: record.offset, size: record.bytes.byteCount)
            let sound = record.bytes.withUnsafeBytes { $0.elementsEqual(bytes) }
            #expect(sound && isForeign == (offset % 7 == 0) && record.cpu == UInt32(size))
            #expect(record.pid == (offset % 2 == 0 ? UInt32(truncatingIfNeeded: offset) : nil))
            #expect(record.tid == (offset % 3 == 0 ? 7 : nil) && record.source == (offset % 5 == 0 ? 9 : nil))
        case .text(let text): self.init(time: text.time, offset: 0, size: text.bytes.count)
        case .snapshot(let snapshot): self.init(time: snapshot.head.began, offset: 0, size: snapshot.count)
        }
    }
}

/// Blocks of several rings, each nearly in order.
private func blocks(_ count: Int, rings: Int, jitter: UInt64, using generator: inout some RandomNumberGenerator)
    -> [Event]
{
    var events: [Event] = []
    var clocks = [UInt64](repeating: 1000, count: rings)
    for _ in 0..<count {
        let ring = Int.random(in: 0..<rings, using: &generator)
        // A ring that is behind the others catches up.
        clocks[ring] = max(clocks[ring], (clocks.max() ?? 0) - min(clocks.max() ?? 0, 400))
        for _ in 0..<Int.random(in: 1...20, using: &generator) {
            clocks[ring] += .random(in: 0...10, using: &generator)
            let time = clocks[ring] - .random(in: 0...jitter, using: &generator)
            let isTimed = Int.random(in: 0..<50, using: &generator) > 0
            events.append(
                Event(
                    time: isTimed ? time : nil, offset: UInt64(events.count),
                    size: .random(in: 0...40, using: &generator)))
            if Int.random(in: 0..<30, using: &generator) == 0 {
                events.append(Event(time: time, offset: UInt64(events.count), isLoss: true))
            }
        }
    }
    return events
}

struct RecordSorterTests {
    @Test(arguments: [0, 1, 50, 300, 1000, 1_000_000] as [UInt64])
    func `events leave as a stable sort with a window has them`(window: UInt64) {
        var generator = SystemRandomNumberGenerator()
        for round in 0..<10 {
            let events = blocks(40, rings: 1 + round % 6, jitter: UInt64(round * 40), using: &generator)
            var sorter = RecordSorter(window: window)
            var oracle = Oracle(window: window)
            var out: [Event] = []
            let inStep = events.allSatisfy { event in
                sorter.add(event, to: &out)
                oracle.add(event)
                return out.count == oracle.out.count && sorter.waiting == oracle.waiting.count
            }
            #expect(inStep)
            sorter.finish(&out)
            oracle.release { _ in true }
            #expect(out == oracle.out)
            #expect(sorter.late == oracle.late && sorter.forced == 0 && sorter.waiting == 0)
            #expect(sorter.untimed == UInt64(events.count { $0.time == nil }))
        }
    }

    @Test func `any order of times is put right as long as the window and the memory hold it`() {
        var generator = SystemRandomNumberGenerator()
        var events = (0..<5000).map { Event(time: UInt64($0) / 3, offset: 0) }.shuffled(using: &generator)
        for index in events.indices { events[index].offset = UInt64(index) }
        var sorter = RecordSorter(window: .max)
        var out: [Event] = []
        for event in events { sorter.add(event, to: &out) }
        #expect(out.isEmpty)
        sorter.finish(&out)
        #expect(out == events.sorted { ($0.time ?? 0, $0.offset) < ($1.time ?? 0, $1.offset) })
        #expect(sorter.late == 0 && sorter.forced == 0)
    }

    @Test func `text and snapshots stand where their times are, and the rest of a snapshot behind its beginning`()
        throws
    {
        func payload(_ began: UInt64, total: UInt64, first: Bool) -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.append(integer: UInt32(0))
            bytes.append(integer: UInt32(first ? 1 : 2))
            for number in [1, began, began] { bytes.append(integer: number) }
            for number in [1, 8, 8, 0, 0, 0] as [UInt32] { bytes.append(integer: number) }
            bytes.append(integer: total)
            return bytes + [UInt8](repeating: UInt8(total), count: 16)
        }
        var sorter = RecordSorter(window: 1000)
        var out: [(time: UInt64?, offset: UInt64, isContinuous: Bool?, first: UInt8?)] = []
        let body: (SortedItem, SortedOrigin) -> Void = { item, _ in
            switch item {
            case .record(let record, _): out.append((record.time, record.offset, nil, nil))
            case .loss(let loss, let offset): out.append((loss.from, offset, nil, nil))
            case .text(let text): out.append((text.time, 0, nil, text.bytes.first))
            case .snapshot(var snapshot):
                let place = snapshot.blockOffset
                let first = snapshot.next()?.bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self)
                out.append((snapshot.head.began, place, snapshot.isContinuous, first))
            }
        }
        func add(_ time: UInt64, _ offset: UInt64) {
            let bytes = [UInt8](repeating: 1, count: 8)
            var record = CaptureRecord(bytes: bytes.span.bytes, offset: offset)
            record.time = time
            sorter.add(record, body)
        }
        var position: CaptureSnapshot.Position?
        func add(_ payload: [UInt8], _ offset: UInt64) throws {
            let snapshot = try CaptureSnapshot(
                CaptureBytes(payload.span.bytes, isSwapped: false), offset: offset, after: position)
            position = snapshot.position
            sorter.add(snapshot, body)
        }
        sorter.add(CaptureText(origin: "bpf_printk", time: 500, bytes: [33]), at: 1, body)
        try add(payload(200, total: 1, first: true), 2)
        sorter.add(CaptureText(origin: "bpf_printk", time: 0, bytes: [34]), at: 3, body)
        try add(payload(200, total: 2, first: false), 4)
        add(300, 5)
        add(100, 6)
        #expect(out.map(\.first) == [34])
        sorter.releaseAll(body)
        #expect(out.map(\.time) == [0, 100, 200, 200, 300, 500] && out.map(\.first) == [34, nil, 1, 2, nil, 33])
        #expect(out.compactMap(\.isContinuous) == [true, true] && out.map(\.offset) == [0, 6, 2, 4, 5, 0])
        // A part that comes when later ones have left is not late: reading a large map takes long.
        try add(payload(200, total: 3, first: false), 7)
        #expect(out.last?.first == 3 && sorter.late == 0 && sorter.waiting == 0)
        // Nor is a part whose beginning never came taken for whole.
        position = nil
        try add(payload(900, total: 9, first: false), 8)
        sorter.releaseAll(body)
        #expect(out.last?.isContinuous == false)
    }

    @Test func `when the memory is full the oldest leave early, and it stays within its bound`() {
        let capacity = 1 << 20
        var sorter = RecordSorter(window: .max, capacity: capacity)
        var out: [Event] = []
        var most = 0
        for offset in UInt64(0)..<40_000 {
            // Two rings in turn, one of them a little behind.
            sorter.add(Event(time: offset % 2 == 0 ? offset + 100 : offset, offset: offset), to: &out)
            most = max(most, sorter.memory)
        }
        #expect(most <= capacity)
        #expect(sorter.forced > 20_000 && sorter.late == 0 && out.count == Int(sorter.forced))
        sorter.finish(&out)
        #expect(out.count == 40_000 && sorter.waiting == 0)
        let times = out.compactMap(\.time)
        #expect(times == times.sorted())
    }

    @Test func `memory is used again and does not grow with the stream`() {
        var sorter = RecordSorter(window: 1000, capacity: 4 << 20)
        var out: [Event] = []
        for offset in UInt64(0)..<100_000 {
            sorter.add(Event(time: offset, offset: offset, size: 60), to: &out)
            out.removeAll(keepingCapacity: true)
        }
        #expect(sorter.memory <= 4 * (1 << 16) && sorter.waiting == 1001 && sorter.forced == 0)
    }

    @Test func `an event that is too large for the memory leaves at once, behind those before it`() {
        var sorter = RecordSorter(window: .max, capacity: 1 << 18)
        var out: [Event] = []
        let large = Event(time: 20, offset: 3, size: 1 << 18)
        for event in [Event(time: 10, offset: 0), Event(time: 30, offset: 1), Event(time: 20, offset: 2), large] {
            sorter.add(event, to: &out)
        }
        #expect(out.map(\.offset) == [0, 2, 3] && sorter.forced == 3)
        sorter.add(Event(time: 25, offset: 4), to: &out)
        sorter.add(Event(time: 15, offset: 5), to: &out)
        sorter.finish(&out)
        #expect(out.map(\.offset) == [0, 2, 3, 5, 4, 1] && sorter.late == 1)
        // One that is only larger than a usual chunk is held.
        sorter.restart { _, _ in }
        sorter.add(Event(time: 1, offset: 6, size: 1 << 17), to: &out)
        #expect(sorter.waiting == 1 && sorter.memory >= 1 << 17)
        sorter.finish(&out)
        sorter.add(Event(time: 2, offset: 7), to: &out)
        #expect(sorter.memory <= 1 << 18 && out.last?.size == 1 << 17)
    }

    @Test func `times that only fall are held up to a number, and all events leave`() {
        var sorter = RecordSorter(window: .max)
        var out: [Event] = []
        for offset in UInt64(0)..<10_000 { sorter.add(Event(time: 1_000_000 - offset, offset: offset), to: &out) }
        #expect(sorter.waiting == SortedRuns.limit)
        #expect(sorter.forced + sorter.late == UInt64(10_000 - SortedRuns.limit))
        sorter.finish(&out)
        #expect(Set(out.map(\.offset)).count == 10_000)
        let held = out.suffix(SortedRuns.limit).compactMap(\.time)
        #expect(held == held.sorted())
    }

    @Test func `the extremes of time leave in order, and a restart forgets the clock`() {
        var sorter = RecordSorter()
        var out: [Event] = []
        for (offset, time) in [UInt64.max, 0, .max - 1, 5, .max].enumerated() {
            sorter.add(Event(time: time, offset: UInt64(offset)), to: &out)
        }
        sorter.finish(&out)
        #expect(out.map(\.offset) == [1, 3, 2, 0, 4] && sorter.late == 0)
        sorter.restart { _, _ in }
        sorter.add(Event(time: 3, offset: 9), to: &out)
        #expect(sorter.late == 0 && sorter.waiting == 1)
        sorter.release(upTo: 2) { item, _ in out.append(Event(item)) }
        #expect(out.count == 5)
        sorter.release(upTo: 3) { item, _ in out.append(Event(item)) }
        #expect(out.count == 6)
    }

    @Test func `random use with little memory loses nothing`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            var sorter = RecordSorter(window: .random(in: 0...5000, using: &generator), capacity: 1 << 18)
            var out: [Event] = []
            let count = 1000
            var most = 0
            for offset in UInt64(0)..<UInt64(count) {
                let isFar = Int.random(in: 0..<20, using: &generator) == 0
                let time =
                    isFar
                    ? UInt64.random(in: 0...(.max), using: &generator)
                    : offset + .random(in: 0...900, using: &generator)
                let size =
                    isFar ? Int.random(in: 0...10_000, using: &generator) : .random(in: 0...200, using: &generator)
                sorter.add(Event(time: time, offset: offset, size: size), to: &out)
                most = max(most, sorter.memory)
                if Int.random(in: 0..<500, using: &generator) == 0 { sorter.finish(&out) }
            }
            sorter.finish(&out)
            #expect(Set(out.map(\.offset)).count == count && out.count == count && sorter.waiting == 0)
            #expect(most <= 1 << 18)
        }
    }
}
