// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// A ring buffer.
///
/// A program that outputs into an empty ring buffer wakes its reader, and pays for that: so while many events come the
/// daemon does not listen, but comes by itself when the ring buffer should be a quarter full, within its deadline. While
/// few come it listens, and looks now and then for programs that wake nobody (`BPF_RB_NO_WAKEUP`).
struct RingBufferSource: ~Copyable {
    private var ring: BPFRingBuffer
    private let reporter: Reporter
    private let latency: Latency
    /// Marks the ring buffer in an ``EventPoll``.
    private let token: UInt64
    /// The number of the map.
    let number: UInt32
    private var isListening = true
    private var lastRound = DrainRound()
    private var pace = RingPace(.quiet, at: MonotonicClock.nanoseconds)
    /// The wait between rounds while many events come, in microseconds.
    private var interval = Self.firstInterval
    /// When the last sample came, in nanoseconds.
    private var lastSample: UInt64 = 0
    /// The bytes read since the last pause began, and when that was, in nanoseconds.
    private var drained = 0
    private var lastPause = MonotonicClock.nanoseconds
    /// The events that were read.
    private(set) var samples: UInt64 = 0
    /// Samples that no block of a capture can hold: they are lost.
    private(set) var tooLarge: UInt64 = 0
    /// The bytes of the largest one.
    private var largest = 0
    /// Where the producers were when the end began.
    private var end: UInt64 = 0
    private var busyRounds = 0

    /// A round reads that much at most, so that what it copies is still in the cache when it is written.
    private static let roundLimit = 1 << 19
    /// The wait after the first events, of which the rate is not known yet: 256 KiB in that time is 1 GB a second.
    private static let firstInterval = 250
    /// Below that a wait is not worth its system call.
    private static let shortestInterval = 50
    /// The milliseconds that a program gets at the end to finish an event that it has begun.
    private static let patience = 1000

    /// In a token, the bit that marks a ring buffer; the number of the map is in the lower half.
    private static let tokenBit: UInt64 = 1 << 62

    init(
        _ ring: consuming BPFRingBuffer, source: UInt32, latency: Latency, poll: borrowing EventPoll, reporter: Reporter
    ) throws(BPFError) {
        token = Self.tokenBit | UInt64(source)
        number = source
        self.latency = latency
        try poll.add(ring.descriptor, token: token, .readable)
        self.ring = ring
        self.reporter = reporter
    }

    /// Moves what is there into a writer, a part of the ring buffer at a time.
    mutating func drain(into writer: inout StreamWriter) throws(BPFError) -> DrainRound {
        let start = ring.position
        writer.begin(source: number, cpu: nil)
        let pass = try ring.drain(into: &writer, limit: Self.roundLimit)
        largest = max(largest, pass.largest)
        samples &+= UInt64(pass.samples)
        tooLarge &+= UInt64(pass.tooLarge)
        let bytes = Int(clamping: pass.position &- start)
        drained += bytes
        lastRound = DrainRound(
            samples: pass.samples, bytes: bytes,
            hasMore: pass.stop == .writerFull || pass.stop == .limit, isBusy: pass.stop == .busy)
        return lastRound
    }

    /// Chooses how long to wait for the next round, in microseconds, and what for.
    ///
    /// - Parameter isBlocked: Whether the output takes nothing and no room is left, so that there is no use in draining.
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
        if mode == .busy {
            interval = hasChanged ? Self.firstInterval : min(expected, interval * 2, latency.deadline)
        } else {
            // An event that is being written is there in no time, and until then its ring buffer tells of it.
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
    mutating func isFinished() -> Bool {
        if Int64(bitPattern: ring.position &- end) >= 0 { return true }
        busyRounds = lastRound.isBusy && lastRound.bytes == 0 ? busyRounds + 1 : 0
        guard busyRounds > Self.patience else { return false }
        reporter.report(
            Diagnostic(
                .warning, stage: .ring, "a program has not finished an event that it began, and later ones wait for it",
                cause: "they stay in the ring buffer for its next reader", exitStatus: .success))
        return true
    }

    /// Tells at the end if programs may have found no room.
    func tellAllLosses() {
        if tooLarge > 0 {
            reporter.report(
                Diagnostic(
                    .warning, stage: .ring, "lost \(tooLarge) events that are larger than 16 MiB",
                    cause: "no block of a capture can hold them", nextStep: "use --format frames", exitStatus: .success)
            )
        }
        // At the fullest that was seen, an event like the largest would not have fitted (`__bpf_ringbuf_reserve`).
        guard largest > 0, ring.fullest + RingBufferCursor.headerSize + largest >= ring.size else { return }
        reporter.report(
            Diagnostic(
                .warning, stage: .ring, "the ring buffer was full, and events may be lost; how many is not known",
                cause: "a ring buffer does not count them: only the program learns it, from what bpf_ringbuf_output or "
                    + "bpf_ringbuf_reserve returns",
                nextStep: "make it larger (max_entries, now \(ring.size)), and have the program count what fails",
                exitStatus: .success))
    }

    /// The most bytes that were seen in it at once, and how many it has.
    var fill: (highWater: Int, size: Int) { (ring.fullest, ring.size) }
}
