// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
internal import CBPF
internal import Diagnostics
internal import Records

/// A ring buffer and how its reader is woken.
///
/// A program that outputs into an empty ring buffer wakes its reader, and pays for that: so while many samples come the
/// reader does not listen, but comes by itself when the ring buffer should be a quarter full, within its deadline. While
/// few come it listens, and looks now and then for programs that wake nobody (`BPF_RB_NO_WAKEUP`).
package struct PacedRingBuffer: ~Copyable, Sendable {
    private var ring: RingBuffer
    private let latency: ReaderLatency
    /// Marks the ring buffer in an ``EventPoll``.
    private let token: UInt64
    /// The number of the map, in the context of its samples.
    package let source: UInt32
    private var isListening = true
    private var lastRound = DrainRound()
    private var pace = RingPace(.quiet, at: MonotonicClock.nanoseconds)
    /// The wait between rounds while many samples come, in microseconds.
    private var interval = Self.firstInterval
    /// When the last sample came, in nanoseconds.
    private var lastSample: UInt64 = 0
    /// The bytes read since the last pause began, and when that was, in nanoseconds.
    private var drained = 0
    private var lastPause = MonotonicClock.nanoseconds
    /// Samples that were read.
    private var samples: UInt64 = 0
    /// Samples that the sink can have no room for: they are lost.
    package private(set) var tooLarge: UInt64 = 0
    /// The bytes of the largest one.
    private var largest = 0
    /// Where the producers were when the end began.
    private var end: UInt64 = 0
    private var busyRounds = 0
    /// What programs count of their losses; none as long as that is not known.
    var counters = UniqueArray<LossCounter>()
    /// Losses that a sink had no room for yet.
    var untold: [SampleLoss] = []
    /// When the counters were looked at last, in nanoseconds.
    var lastCount: UInt64 = 0
    /// Losses by CPU that ``takeLosses()`` has not given yet.
    var unreported: [Int: UInt64] = [:]

    /// The wait after the first samples, of which the rate is not known yet: 256 KiB in that time is 1 GB a second.
    private static let firstInterval = 250
    /// Below that a wait is not worth its system call.
    private static let shortestInterval = 50
    /// The milliseconds that a program gets at the end to finish a sample that it has begun.
    private static let patience = 1000
    /// In a token, the bit that marks a ring buffer; the number of the map is in the lower half.
    private static let tokenBit: UInt64 = 1 << 62

    init(_ ring: consuming RingBuffer, source: UInt32, latency: ReaderLatency, poll: borrowing EventPoll)
        throws(BPFError)
    {
        token = Self.tokenBit | UInt64(source)
        self.source = source
        self.latency = latency
        try poll.add(ring.descriptor, token: token, .readable)
        self.ring = ring
    }

    /// Hands what is there to a sink.
    ///
    /// - Parameter limit: The bytes to read at most.
    mutating func drain(
        into sink: inout some SampleSink & ~Copyable, limit: Int
    ) throws(BPFError) -> DrainRound {
        let start = ring.position
        let pass = try ring.drain(into: &sink, source: source, limit: limit)
        largest = max(largest, pass.largest)
        samples &+= UInt64(pass.samples)
        tooLarge &+= UInt64(pass.tooLarge)
        if !untold.isEmpty { tellLosses(to: &sink) }
        lastRound = DrainRound()
        lastRound.samples = pass.samples
        lastRound.bytes = Int(clamping: pass.position &- start)
        lastRound.isSinkFull = pass.stop == .sinkFull
        lastRound.hasMore = pass.stop == .sinkFull || pass.stop == .limit
        lastRound.isBusy = pass.stop == .busy
        drained += lastRound.bytes
        return lastRound
    }

    /// Whether somebody had read it before.
    var wasRead: Bool { ring.wasRead }

    /// Whether nothing is there to be read, not even a sample that is being written.
    var isEmpty: Bool { ring.isEmpty }

    /// Whether the reader comes by itself, and listens to nobody.
    var isBusy: Bool { pace.mode == .busy || lastRound.isBusy }

    /// Chooses how long to wait for the next round, in microseconds, and what for.
    ///
    /// - Parameter isBlocked: Whether the sink has no room, so that there is no use in draining.
    mutating func pause(isBlocked: Bool, poll: borrowing EventPoll) throws(BPFError) -> Int {
        if isBlocked {
            try listen(false, poll)
            return latency.idle
        }
        let now = MonotonicClock.nanoseconds
        let expected = timeToFillQuarter(at: now)
        let mode = pace.wanted(after: lastRound.samples, at: now)
        let hasChanged = mode != pace.mode
        if hasChanged { pace.change(to: mode, at: now) }
        if lastRound.samples > 0 { lastSample = now }
        // A wait that is followed by another one found none.
        lastRound.samples = 0
        if mode == .busy {
            interval = hasChanged ? Self.firstInterval : min(expected, interval * 2, latency.deadline)
        } else {
            // A sample that is being written is there in no time, and until then its ring buffer tells of it.
            let isIdle = now &- lastSample > 1_000_000_000
            interval = lastRound.isBusy ? Self.firstInterval : isIdle ? latency.longIdle : latency.idle
        }
        try listen(mode == .quiet && !lastRound.isBusy, poll)
        interval = max(interval, Self.shortestInterval)
        return interval
    }

    /// The microseconds in which a quarter of the ring buffer fills, if it goes on as since the last pause.
    private mutating func timeToFillQuarter(at now: UInt64) -> Int {
        let elapsed = Int(clamping: min(now &- lastPause, 1_000_000_000) / 1000)
        let expected = drained > 0 ? elapsed * (ring.size / 4) / drained : .max
        lastPause = now
        drained = 0
        return expected
    }

    private mutating func listen(_ wanted: Bool, _ poll: borrowing EventPoll) throws(BPFError) {
        guard wanted != isListening else { return }
        try poll.change(ring.descriptor, token: token, wanted ? .readable : [])
        isListening = wanted
    }

    /// Begins the end: what programs output from here on need not be read.
    mutating func stop(poll: borrowing EventPoll) {
        poll.remove(ring.descriptor)
        // Programs cannot be stopped from here; what they output later stays for the next reader.
        end = ring.producerPosition
    }

    /// Whether everything from before ``stop(poll:)`` was read, asked once after each round.
    ///
    /// - Parameter notes: Gets what the user should know of it.
    mutating func isFinished(_ notes: inout [Diagnostic]) -> Bool {
        if Int64(bitPattern: ring.position &- end) >= 0 { return true }
        busyRounds = lastRound.isBusy && lastRound.bytes == 0 ? busyRounds + 1 : 0
        guard busyRounds > Self.patience else { return false }
        notes.append(
            Diagnostic(
                .ringRecordUnfinished, .warning, stage: .ring,
                "a program has not finished an event that it began, and later ones wait for it",
                cause: "they stay in the ring buffer for its next reader"))
        return true
    }

    /// Whether programs may have found no room and nobody counts it: at the fullest that was seen, a sample like the
    /// largest would not have fitted (`__bpf_ringbuf_reserve`).
    package var mayHaveLost: Bool {
        !countsLosses && largest > 0 && ring.fullest + RingBufferCursor.headerSize + largest >= ring.size
    }

    /// The most bytes that were seen in it at once.
    package var fullest: Int { ring.fullest }

    /// The bytes of the ring buffer, a power of two (`max_entries`).
    package var size: Int { ring.size }

    /// What went through.
    package var account: RingAccount {
        RingAccount(
            source: source, cpu: nil, samples: samples, lost: lost, lostBefore: lostBefore, highWater: ring.fullest,
            ringBytes: ring.size)
    }
}
