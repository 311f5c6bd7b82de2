// SPDX-License-Identifier: Apache-2.0

internal import Records

/// Puts the events of a capture into the order of their time while they are read.
///
/// Each ring is written in blocks of its own, so that a capture is in order only within a block. An event waits until
/// one comes whose time is more than ``window`` later; then whatever can still come in front of it is further out of
/// order than a capture should be. Events of equal times keep the order of the stream.
///
/// Several captures are merged by giving what each has with a time of one clock and the number of its lane; then nothing
/// leaves before ``release(upTo:_:)`` says so.
///
/// The memory is bounded: `capacity` bytes of events (and of 56 bytes that are kept of each, 24 more with
/// origins), and about 200 KB of what the order needs. Where they are not enough the oldest events leave early (``forced``). Events that come after a
/// later one has left are handed out at once (``late``), and so are those without a time (``untimed``).
///
/// The cost is near to that of copying as long as the events of a ring are nearly in order: rings are merged, and
/// nothing is allocated for an event once the memory is there.
package struct RecordSorter: ~Copyable {
    /// Called for what leaves.
    package typealias Body = (_ item: SortedItem, _ origin: SortedOrigin) -> Void

    /// How much later, in ns, an event's time must be to let another one go.
    package let window: UInt64
    /// Events, losses, texts and snapshots that came after one with a later time had left.
    package private(set) var late: UInt64 = 0
    /// Events, losses, texts and parts of snapshots that left before their time because the memory was full.
    package private(set) var forced: UInt64 = 0
    /// Events without a time, which left where they stood.
    package private(set) var untimed: UInt64 = 0
    /// Events, losses, texts and parts of snapshots that wait.
    package private(set) var waiting = 0

    private var store: EventStore
    private var runs: SortedRuns
    private var sequence: UInt64 = 0
    /// The latest time that was seen.
    private var newest: UInt64 = 0
    /// The latest time that left.
    private var given: UInt64 = 0

    /// Creates a sorter.
    ///
    /// - Parameters:
    ///   - window: How long events wait, in ns of their own time.
    ///   - capacity: Bytes that may wait; at least 256 KiB are taken for it.
    ///   - keepsOrigins: Whether what leaves has its origin; without it origins say nothing.
    ///   - captures: How many captures are merged.
    package init(
        window: UInt64 = 1_000_000_000, capacity: Int = 64 << 20, keepsOrigins: Bool = false, captures: Int = 1
    ) {
        self.window = window
        store = EventStore(capacity: capacity, hasOrigins: keepsOrigins)
        // Each has some rings.
        runs = SortedRuns(limit: max(SortedRuns.limit, 64 * min(captures, 1 << 20)))
    }

    /// The bytes of memory that events have.
    package var memory: Int { store.allocated }

    // MARK: Taking

    /// Takes an event, and gives out what has waited long enough.
    ///
    /// - Parameters:
    ///   - record: The event.
    ///   - isForeign: What ``CaptureRecords/isForeign`` says of its block.
    ///   - order: The time that it is put in order by; nil for its own.
    ///   - lane: Which of several captures it is from.
    ///   - body: Called for what leaves, which can be this event.
    @inline(__always)
    package mutating func add(
        _ record: CaptureRecord, isForeign: Bool = false, order: UInt64? = nil, lane: UInt32 = 0, _ body: Body
    ) {
        var origin = SortedOrigin(place: record.place, lane: lane)
        guard let own = record.time ?? record.readTime else {
            untimed += 1
            return body(.record(record, isForeign: isForeign), origin)
        }
        let time = order ?? own
        origin.time = own
        var front = EventStore.Front(
            time: time, sequence: sequence, offset: record.offset,
            size: UInt32(truncatingIfNeeded: record.bytes.byteCount), parts: isForeign ? .foreign : [])
        front.set(record)
        guard let run = place(time, record.bytes.byteCount, body) else {
            return body(.record(record, isForeign: isForeign), origin)
        }
        append(front, origin, record.bytes, to: run)
        releaseOld(body)
    }

    /// Takes a loss: it leaves behind the last event before it, or else in front of the first one after it.
    ///
    /// - Parameters:
    ///   - loss: The loss; one without times leaves at once.
    ///   - offset: The position of its block in the stream.
    ///   - order: The time that it is put in order by; nil for its own.
    ///   - origin: Where it is from.
    ///   - body: Called for what leaves, which can be this loss.
    package mutating func add(
        _ loss: CaptureLoss, at offset: UInt64, order: UInt64? = nil, from origin: SortedOrigin = SortedOrigin(),
        _ body: Body
    ) {
        let payload = loss.payload
        guard let own = loss.from ?? loss.to else { return body(.loss(loss, offset: offset), origin) }
        let time = order ?? own
        guard let run = place(time, payload.count, body) else { return body(.loss(loss, offset: offset), origin) }
        let front = EventStore.Front(
            time: time, sequence: sequence, offset: offset, size: UInt32(payload.count), parts: .loss)
        unsafe append(front, origin, payload.span.bytes, to: run)
        releaseOld(body)
    }

    /// Takes text of programs, which was read at its time; text without one leaves at once.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - offset: The position of its block in the stream.
    ///   - order: The time that it is put in order by; nil for its own.
    ///   - origin: Where it is from.
    ///   - body: Called for what leaves, which can be this text.
    package mutating func add(
        _ text: CaptureText, at offset: UInt64, order: UInt64? = nil, from origin: SortedOrigin = SortedOrigin(),
        _ body: Body
    ) {
        let payload = text.payload
        let time = order ?? text.time
        guard text.time > 0, let run = place(time, payload.count, body) else { return body(.text(text), origin) }
        let front = EventStore.Front(
            time: time, sequence: sequence, offset: offset, size: UInt32(truncatingIfNeeded: payload.count),
            parts: .text)
        unsafe append(front, origin, payload.span.bytes, to: run)
        releaseOld(body)
    }

    /// Takes a snapshot of a map, or a part of one: its time is the one at which reading it began.
    ///
    /// Parts that come after the first one has left are handed out at once, and are not late: reading a large map takes
    /// longer than events wait.
    ///
    /// - Parameters:
    ///   - snapshot: The snapshot, of which no element was taken yet.
    ///   - order: The time that it is put in order by; nil for its own.
    ///   - lane: Which of several captures it is from.
    ///   - body: Called for what leaves, which can be this snapshot.
    package mutating func add(
        _ snapshot: CaptureSnapshot, order: UInt64? = nil, lane: UInt32 = 0, _ body: Body
    ) {
        let (time, bytes) = (order ?? snapshot.head.began, snapshot.bytes)
        let origin = SortedOrigin(place: CapturePlace(block: snapshot.block), lane: lane)
        guard snapshot.isFirst || time >= given, let run = place(time, bytes.byteCount, body) else {
            return body(.snapshot(snapshot), origin)
        }
        var front = EventStore.Front(
            time: time, sequence: sequence, offset: snapshot.blockOffset,
            size: UInt32(truncatingIfNeeded: bytes.byteCount),
            parts: .snapshot)
        if snapshot.isForeign { front.parts.insert(.foreign) }
        if snapshot.isContinuous { front.parts.insert(.continuous) }
        append(front, origin, bytes, to: run)
        releaseOld(body)
    }

    /// Finds the queue for what has that time, and makes room for it.
    ///
    /// - Returns: Nil if it has to leave at once; what comes in front of it has left then.
    @inline(__always)
    private mutating func place(_ time: UInt64, _ size: Int, _ body: Body) -> Int? {
        guard time >= given else {
            late += 1
            return nil
        }
        guard store.reserve(size) || makeRoom(for: size, at: time, body) else { return nil }
        guard let run = runs.run(for: time) else {
            pass(time, body)
            return nil
        }
        return run
    }

    /// Lets the oldest go until there is room.
    ///
    /// - Returns: False if the new one is older than all that are left, or too large.
    @inline(never)
    private mutating func makeRoom(for size: Int, at time: UInt64, _ body: Body) -> Bool {
        while let first = runs.first, first.time <= time {
            giveFirst(body)
            forced += 1
            if store.reserve(size) { return true }
        }
        pass(time, body)
        return false
    }

    /// Notes that one with that time leaves at once, and gives out what comes in front of it.
    @inline(never)
    private mutating func pass(_ time: UInt64, _ body: Body) {
        while let first = runs.first, first.time <= time {
            giveFirst(body)
            forced += 1
        }
        forced += 1
        given = max(given, time)
        newest = max(newest, time)
    }

    @inline(__always)
    private mutating func append(
        _ front: EventStore.Front, _ origin: SortedOrigin, _ bytes: RawSpan, to run: Int
    ) {
        let place = store.put(front, origin, bytes)
        runs.append(place, time: front.time, sequence: sequence, to: run, in: &store)
        sequence &+= 1
        waiting &+= 1
        newest = max(newest, front.time)
    }

    // MARK: Giving out

    @inline(__always)
    private mutating func releaseOld(_ body: Body) {
        guard newest > window else { return }
        let limit = newest &- window
        while let first = runs.first, first.time < limit { giveFirst(body) }
    }

    /// Gives out what happened up to a time.
    package mutating func release(upTo time: UInt64, _ body: Body) {
        while let first = runs.first, first.time <= time { giveFirst(body) }
    }

    /// Gives out all that waits: the stream has ended, or nothing more has come for a while.
    package mutating func releaseAll(_ body: Body) {
        release(upTo: .max, body)
    }

    /// Gives out all that waits and forgets the times: another capture begins, with a clock of its own.
    package mutating func restart(_ body: Body) {
        releaseAll(body)
        runs.reset()
        (newest, given) = (0, 0)
    }

    @inline(__always)
    private mutating func giveFirst(_ body: Body) {
        guard let first = runs.first else { return }
        give(first.place, body)
        runs.removeFirst(in: store)
        store.remove(first.place)
        waiting &-= 1
        given = max(given, first.time)
    }

    @inline(__always)
    private func give(_ place: EventStore.Place, _ body: Body) {
        let front = store.front(at: place)
        let origin = store.origin(at: place)
        let bytes = store.bytes(at: place, size: front.size)
        guard !front.parts.isDisjoint(with: .others) else {
            var record = CaptureRecord(bytes: bytes, front: front)
            if store.hasOrigins { record.set(origin, front.parts) }
            return body(.record(record, isForeign: front.parts.contains(.foreign)), origin)
        }
        // It was written by this sorter, or read before it came here, so it can be read.
        if front.parts.contains(.snapshot) {
            let payload = CaptureBytes(bytes, isSwapped: front.parts.contains(.foreign))
            if var snapshot = try? CaptureSnapshot(
                payload, offset: front.offset, isContinuous: front.parts.contains(.continuous))
            {
                snapshot.block = origin.place.block
                body(.snapshot(snapshot), origin)
            }
        } else if front.parts.contains(.text) {
            if let text = try? CaptureText(CaptureBytes(bytes, isSwapped: false)) { body(.text(text), origin) }
        } else if let loss = try? CaptureLoss(CaptureBytes(bytes, isSwapped: false)) {
            body(.loss(loss, offset: front.offset), origin)
        }
    }
}

extension EventStore.Front {
    @inline(__always)
    fileprivate mutating func set(_ record: CaptureRecord) {
        if let pid = record.pid {
            self.pid = pid
            parts.insert(.pid)
        }
        if let tid = record.tid {
            self.tid = tid
            parts.insert(.tid)
        }
        if let cpu = record.cpu {
            self.cpu = cpu
            parts.insert(.cpu)
        }
        if let source = record.source {
            self.source = source
            parts.insert(.source)
        }
        if record.time == nil { parts.insert(.readTime) }
    }
}

extension CaptureRecord {
    @inline(__always)
    @_lifetime(copy bytes)
    fileprivate init(bytes: RawSpan, front: EventStore.Front) {
        self.init(bytes: bytes, offset: front.offset)
        if front.parts.contains(.readTime) { readTime = front.time } else { time = front.time }
        if front.parts.contains(.pid) { pid = front.pid }
        if front.parts.contains(.tid) { tid = front.tid }
        if front.parts.contains(.cpu) { cpu = front.cpu }
        if front.parts.contains(.source) { source = front.source }
    }

    @inline(__always)
    fileprivate mutating func set(_ origin: SortedOrigin, _ parts: EventStore.Parts) {
        place = origin.place
        if parts.contains(.readTime) { readTime = origin.time } else { time = origin.time }
    }
}
