// SPDX-License-Identifier: Apache-2.0

package import BasicContainers
internal import BPFObject
internal import CBPF
public import Diagnostics
public import Records

/// Reads any number of perf event arrays and ring buffers: one wait, one drain.
///
/// ```swift
/// var group = try ReaderGroup()
/// try group.add(map)
/// while true {
///     try group.wait()
///     try group.drain { sample in print(sample.bytes.byteCount) } lost: { loss in print(loss.samples ?? 0) }
/// }
/// ```
///
/// A group has one owner, and may be handed to another thread; there, ``run(into:)`` reads until ``Waker/end()``.
///
/// It decides how programs wake it (``ReaderLatency``), follows CPUs that go and come, and asks the kernel once a second for
/// losses that no ring tells of.
public struct ReaderGroup: ~Copyable, Sendable {
    package var arrays = UniqueArray<PerfRings>()
    package var buffers = UniqueArray<PacedRingBuffer>()
    package let poll: EventPoll
    /// Wakes or ends a wait from another thread.
    public let waker: Waker
    private let latency: ReaderLatency
    private var notes: [Diagnostic] = []
    /// Whether samples came since the rings were looked after last.
    private var isActive = false
    /// When the rings are to be looked after again, in nanoseconds.
    package private(set) var nextLook = MonotonicClock.nanoseconds + Self.second
    /// The rounds that found all rings of arrays empty, since the last sample.
    private var emptyRounds = 0

    private static let second: UInt64 = 1_000_000_000
    private static let wakerToken: UInt64 = 1 << 61
    /// What a round reads of a ring buffer at most, so that what a sink copies is still in the cache when it is written.
    private static let roundLimit = 1 << 19
    /// When a full sink is asked again, in microseconds, if nobody tells that it has room.
    private static let patience = 100_000

    /// Creates a group that reads nothing yet.
    ///
    /// - Parameter latency: How late samples may be.
    /// - Throws: `BPFError` of operation `openRing`.
    public init(latency: ReaderLatency = ReaderLatency()) throws(BPFError) {
        let poll = try EventPoll()
        let waker = try Waker()
        try poll.add(waker.descriptor.rawValue, token: Self.wakerToken, .readable)
        self.latency = latency
        self.poll = poll
        self.waker = waker
    }

    // MARK: Opening

    /// Opens the rings of a map, and reads them from here on.
    ///
    /// - Parameters:
    ///   - map: A perf event array (`BPF_MAP_TYPE_PERF_EVENT_ARRAY`) or a ring buffer (`BPF_MAP_TYPE_RINGBUF`, Linux 5.8);
    ///     it may be closed afterwards.
    ///   - source: The number of the map in the context of its samples; by default how many were added before.
    ///   - options: How the rings of a perf event array are opened.
    /// - Returns: The number of the map.
    /// - Throws: `BPFError` of operation `openRing`, `mapElement`, `reuseMap` or `mapRing`: the map is of another type, or
    ///   its rings cannot be opened.
    @discardableResult
    public mutating func add(
        _ map: borrowing Map, source: UInt32? = nil, options: PerfReader.Options = PerfReader.Options()
    ) throws(BPFError) -> UInt32 {
        let source = source ?? UInt32(clamping: arrays.count + buffers.count)
        let info = try map.info()
        switch info.type {
        case .perfEventArray: try add(perfEventArray: map, source, options)
        case .ringbuf: try add(ringBuffer: map, source)
        default: throw info.isNot("a perf_event_array or ringbuf")
        }
        return source
    }

    mutating func add(
        perfEventArray map: borrowing Map, _ source: UInt32 = 0, _ options: PerfReader.Options
    ) throws(BPFError) {
        let rings = try PerfRings.open(map: map, poll: poll, source: source, options: options)
        notes += rings.notes
        arrays.append(rings)
    }

    mutating func add(ringBuffer map: borrowing Map, _ source: UInt32 = 0) throws(BPFError) {
        let ring = try RingBuffer(map: map)
        buffers.append(try PacedRingBuffer(ring, source: source, latency: latency, poll: poll))
    }

    /// Takes in where programs count what finds no room in a ring buffer, so that its losses are known.
    ///
    /// `RINGBUF_LOST` of `Examples/include/ringbuf_lost.h` makes such a map. What it has by now was lost before.
    ///
    /// - Parameters:
    ///   - source: The number of the ring buffer.
    ///   - counts: A per-CPU array with one value of 8 bytes, which may be closed afterwards.
    /// - Throws: `BPFError` of operation `mapRing`: there is no ring buffer of that number, or the map has another form.
    public mutating func countLosses(of source: UInt32, in counts: borrowing Map) throws(BPFError) {
        try count(source, in: LossCounter(counts))
    }

    /// Takes in where programs count what finds no room in a ring buffer.
    package mutating func count(_ source: UInt32, in counter: consuming LossCounter) throws(BPFError) {
        guard let index = (0..<buffers.count).first(where: { buffers[$0].source == source }) else {
            throw BPFError(
                .mapRing, .ringOtherType, "there is no ring buffer of number \(source)",
                nextStep: "add the ring buffer first")
        }
        buffers[index].count(in: counter)
    }

    /// What went through each ring, by map and CPU.
    public var accounts: [RingAccount] {
        var all: [RingAccount] = []
        for index in 0..<arrays.count { all += arrays[index].accounts }
        for index in 0..<buffers.count { all.append(buffers[index].account) }
        return all
    }

    /// What the user should know since the last call: rings that are smaller than was asked for, CPUs that came and went.
    public mutating func takeNotes() -> [Diagnostic] {
        defer { notes = [] }
        return notes
    }

    // MARK: Draining

    /// Hands what is there to a sink, of ring buffers at most 512 KiB each.
    ///
    /// - Throws: `BPFError` of operation `drainRing`: a ring buffer has another reader, or is damaged.
    @discardableResult
    public mutating func drain(into sink: inout some SampleSink & ~Copyable) throws(BPFError) -> DrainRound {
        try drain(into: &sink, limit: Self.roundLimit)
    }

    mutating func drain(
        into sink: inout some SampleSink & ~Copyable, limit: Int
    ) throws(BPFError) -> DrainRound {
        var round = DrainRound()
        for index in 0..<arrays.count { round += arrays[index].drain(into: &sink) }
        // A sink that was full says nothing of the rings.
        emptyRounds = round.samples == 0 && !round.isSinkFull ? emptyRounds + 1 : 0
        for index in 0..<buffers.count { round += try buffers[index].drain(into: &sink, limit: limit) }
        isActive = isActive || round.samples > 0 || round.hasMore
        let now = MonotonicClock.nanoseconds
        if now >= nextLook {
            nextLook = now + Self.second
            lookAfter(&sink)
            round.hasLookedAfter = true
            for index in 0..<arrays.count where arrays[index].knowsOfLost { round.knowsOfLost = true }
            for index in 0..<buffers.count where buffers[index].knowsOfLost { round.knowsOfLost = true }
        }
        return round
    }

    /// Looks after CPUs that go and come, and after losses that no ring has told of.
    private mutating func lookAfter(_ sink: inout some SampleSink & ~Copyable) {
        // Asking the kernel for the count interrupts each CPU, so idle ones are left alone.
        if isActive { for index in 0..<arrays.count { arrays[index].countLosses(into: &sink) } }
        // Behind one record that is not finished all others are lost, and no sample comes.
        for index in 0..<buffers.count { buffers[index].countLosses(into: &sink) }
        isActive = false
        for index in 0..<arrays.count { notes += arrays[index].followCPUs(poll: poll, into: &sink) }
    }

    /// Asks the kernel for losses that the rings have not told of (`PERF_FORMAT_LOST`, Linux 6.0), and looks what programs
    /// have counted of ring buffers.
    ///
    /// - Parameter sink: Gets them; in a later round if it has no room now.
    public mutating func countLosses(into sink: inout some SampleSink & ~Copyable) {
        for index in 0..<arrays.count { arrays[index].countLosses(into: &sink) }
        for index in 0..<buffers.count { buffers[index].countLosses(into: &sink) }
    }

    /// Hands every sample that is there to a closure.
    ///
    /// Samples that come meanwhile are left to the next call. The room of a ring buffer is given back a quarter at a time,
    /// so that programs can go on while a slow `body` works.
    ///
    /// - Parameters:
    ///   - body: Gets a sample, valid during the call. The sample for which it throws counts as read.
    ///   - lost: Gets the losses, in their places between the samples.
    /// - Returns: The number of samples.
    /// - Throws: What the closures throw, and `BPFError` of operation `drainRing`.
    @discardableResult
    public mutating func drain(
        _ body: (Sample) throws -> Void, lost: (SampleLoss) throws -> Void = { _ in }
    ) throws -> Int {
        try withoutActuallyEscaping(body) { body in
            try withoutActuallyEscaping(lost) { lost in
                var sink = ClosureSink(body, lost: lost)
                let round = try drain(into: &sink, limit: .max)
                if let failure = sink.failure { throw failure }
                return round.samples
            }
        }
    }

    // MARK: Waiting

    /// Waits until something is there to be drained, somebody wakes the reader, or the time is up.
    ///
    /// With perf event arrays it ends within a second in any case: a drain then looks after CPUs that go and come.
    ///
    /// - Parameter milliseconds: 0 only looks; a negative number waits for ever.
    /// - Returns: Whether something is there, also if its program woke nobody.
    /// - Throws: `BPFError` of operation `openRing`: epoll(7) failed.
    @discardableResult
    public mutating func wait(milliseconds: Int = -1) throws(BPFError) -> Bool {
        var end = arrays.count > 0 ? nextLook : .max
        if milliseconds >= 0 {
            end = min(end, MonotonicClock.nanoseconds + UInt64(min(milliseconds, 1 << 40)) * 1_000_000)
        }
        while true {
            let pause = try pause(isBlocked: false)
            if !isPaced && !isEmpty { return true }
            let now = MonotonicClock.nanoseconds
            let left = end == .max ? ReaderLatency.untilWoken : Int(clamping: (end - min(now, end)) / 1000)
            let isWoken = wait(microseconds: min(pause, left)) { _ in }
            if isWoken || left == 0 || !isEmpty { return !isEmpty }
        }
    }

    /// Whether nothing is there to be read.
    private var isEmpty: Bool {
        for index in 0..<arrays.count where !arrays[index].isEmpty { return false }
        for index in 0..<buffers.count where !buffers[index].isEmpty { return false }
        return true
    }

    /// Whether a ring has so many samples that the reader comes by itself.
    private var isPaced: Bool {
        for index in 0..<arrays.count where arrays[index].patience == .deadline { return true }
        for index in 0..<buffers.count where buffers[index].isBusy { return true }
        return false
    }

    /// Chooses how long to wait for the next round, in microseconds, and what for.
    ///
    /// - Parameter isBlocked: Whether the sink has no room, so that there is no use in draining.
    package mutating func pause(isBlocked: Bool) throws(BPFError) -> Int {
        var pause = ReaderLatency.untilWoken
        for index in 0..<arrays.count { pause = min(pause, arrays[index].pause(latency)) }
        for index in 0..<buffers.count {
            pause = min(pause, try buffers[index].pause(isBlocked: isBlocked, poll: poll))
        }
        return pause
    }

    /// Waits for whatever ``poll`` knows.
    ///
    /// - Parameters:
    ///   - microseconds: How long at most; ``ReaderLatency/untilWoken`` is for ever.
    ///   - body: Gets what happened to descriptors that are not the group's.
    /// - Returns: Whether the ``waker`` was used.
    @discardableResult
    package func wait(microseconds: Int, _ body: (EventPoll.Occurrence) -> Void) -> Bool {
        // Shorter than epoll_wait(2) can, and too short for anybody else to notice.
        if (1..<1000).contains(microseconds) { usleep(UInt32(microseconds)) }
        var isWoken = false
        poll.wait(milliseconds: microseconds == ReaderLatency.untilWoken ? -1 : microseconds / 1000) { occurrence in
            if occurrence.token == Self.wakerToken {
                waker.clear()
                isWoken = true
            } else if !noteOccurrence(occurrence) {
                body(occurrence)
            }
        }
        return isWoken
    }

    /// - Returns: Whether it is of a ring.
    private func noteOccurrence(_ occurrence: EventPoll.Occurrence) -> Bool {
        guard occurrence.token >= Self.wakerToken else { return false }
        for index in 0..<arrays.count { arrays[index].stopWaiting(for: occurrence, poll: poll) }
        return true
    }

    // MARK: The end

    /// Begins the end: what programs output from here on is refused in perf rings, and stays in ring buffers for their
    /// next reader.
    public mutating func stop() {
        for index in 0..<arrays.count { arrays[index].disable() }
        for index in 0..<buffers.count { buffers[index].stop(poll: poll) }
        emptyRounds = 0
    }

    /// Whether everything from before ``stop()`` was read, asked once after each drain; a millisecond between them gives
    /// programs time to finish what they have begun.
    public mutating func isFinished() -> Bool {
        // A program that was in the middle of a sample may finish it yet, so once empty is not enough.
        var isFinished = arrays.count == 0 || emptyRounds >= 3
        for index in 0..<buffers.count where !buffers[index].isFinished(&notes) { isFinished = false }
        return isFinished
    }

    /// Reads until ``Waker/end()``, then what is left.
    ///
    /// When the sink is full, reading goes on after ``Waker/wake()``; at the end it is given up.
    ///
    /// - Throws: `BPFError` of operation `drainRing` or `openRing`.
    public mutating func run(into sink: inout some SampleSink & ~Copyable) throws(BPFError) {
        while !waker.hasEnded {
            let round = try drain(into: &sink)
            if round.isSinkFull {
                _ = try pause(isBlocked: true)
                wait(microseconds: Self.patience) { _ in }
            } else if !round.hasMore {
                try wait()
            }
        }
        stop()
        while !(try drain(into: &sink)).isSinkFull, !isFinished() { usleep(1000) }
        countLosses(into: &sink)
    }
}

extension Map.Info {
    /// The map is of another type than its reader takes.
    func isNot(_ wanted: String) -> BPFError {
        BPFError(
            .mapRing, .ringOtherType, "map \(name) (id \(id)) is not \(wanted)", cause: "it is of type \(type)",
            nextStep: "use a map of type \(wanted.dropFirst(2))")
    }
}
