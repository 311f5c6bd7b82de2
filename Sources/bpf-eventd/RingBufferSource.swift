// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// A ring buffer.
///
/// A program that outputs into an empty ring buffer wakes its reader, and pays for that: so while events flow the daemon
/// does not listen, but comes by itself when the ring buffer should be a quarter full, after 10 ms at most. While
/// nothing happens it listens, and looks now and then for programs that wake nobody (`BPF_RB_NO_WAKEUP`).
struct RingBufferSource: EventSource, ~Copyable {
    private var ring: BPFRingBuffer
    private let reporter: Reporter
    private var isListening = true
    /// The wait between rounds while events flow, in microseconds.
    private var interval = Self.firstInterval
    /// The bytes read since the last pause began, and when that was.
    private var drained = 0
    private var lastPause = ContinuousClock.now
    /// Whether the last samples that came out of silence woke the daemon.
    private var isWoken = true
    private var wasToldOfSamples = false
    private var largest = 0
    /// Where the producers were when the end began.
    private var end: UInt64 = 0
    private var busyRounds = 0

    /// Marks the ring buffer in an ``EventPoll``.
    private static let token: UInt64 = 3
    /// A round reads that much at most, so that what it copies is still in the cache when it is written.
    private static let roundLimit = 1 << 19
    /// The wait after the first events, of which the rate is not known yet: 256 KiB in that time is 1 GB a second.
    private static let firstInterval = 250
    /// Below that a wait is not worth its system call.
    private static let shortestInterval = 50
    /// The milliseconds that a program gets at the end to finish an event that it has begun.
    private static let patience = 1000

    init(_ ring: consuming BPFRingBuffer, poll: borrowing EventPoll, reporter: Reporter) throws(BPFError) {
        try poll.add(ring.descriptor, token: Self.token, .readable)
        self.ring = ring
        // Also with --quiet: events that are missing are no matter of taste.
        self.reporter = Reporter(tool: reporter.tool, format: reporter.format)
    }

    /// The largest event has as many bytes as the ring buffer.
    var writerCapacity: Int { 1 << 20 }

    mutating func drain(into writer: inout StreamWriter) throws(BPFError) -> DrainRound {
        let start = ring.position
        let pass = try ring.drain(into: &writer, limit: Self.roundLimit)
        largest = max(largest, pass.largest)
        let bytes = Int(clamping: pass.position &- start)
        drained += bytes
        return DrainRound(
            samples: pass.samples, bytes: bytes,
            hasMore: pass.stop == .writerFull || pass.stop == .limit, isBusy: pass.stop == .busy)
    }

    mutating func pause(
        after round: DrainRound, isBlocked: Bool, poll: borrowing EventPoll
    ) throws(BPFError) -> Int {
        if isBlocked {
            try listen(false, poll)
            return DrainInterval.idle
        }
        // An event that is being written is there in no time.
        let expected = min(timeToFillQuarter(), round.isBusy ? 1000 : .max)
        if isListening, round.bytes > 0 { isWoken = wasToldOfSamples }
        wasToldOfSamples = false
        guard round.bytes > 0 || round.isBusy else {
            try listen(true, poll)
            return isWoken ? DrainInterval.idle : DrainInterval.busy
        }
        interval = isListening ? Self.firstInterval : min(expected, interval * 2, DrainInterval.busy * 1000)
        try listen(false, poll)
        guard interval < 1000 else { return interval / 1000 }
        // Shorter than epoll_wait(2) can, and too short for anybody who sends a signal to notice.
        if interval >= Self.shortestInterval { usleep(UInt32(interval)) }
        interval = max(interval, Self.shortestInterval)
        return 0
    }

    /// The microseconds in which a quarter of the ring buffer fills, if it goes on as since the last pause.
    private mutating func timeToFillQuarter() -> Int {
        let now = ContinuousClock.now
        let (seconds, attoseconds) = lastPause.duration(to: now).components
        let elapsed = seconds > 0 ? 1_000_000 : Int(attoseconds / 1_000_000_000_000)
        let expected = drained > 0 ? elapsed * (ring.size / 4) / drained : .max
        lastPause = now
        drained = 0
        return expected
    }

    private mutating func listen(_ wanted: Bool, _ poll: borrowing EventPoll) throws(BPFError) {
        guard wanted != isListening else { return }
        try poll.change(ring.descriptor, token: Self.token, wanted ? .readable : [])
        isListening = wanted
    }

    mutating func noteOccurrence(_ occurrence: EventPoll.Occurrence, poll: borrowing EventPoll) {
        if occurrence.token == Self.token { wasToldOfSamples = true }
    }

    func look(
        map: borrowing MapHandle, poll: borrowing EventPoll, into writer: inout StreamWriter
    ) -> [Diagnostic] { [] }

    mutating func stop(poll: borrowing EventPoll) {
        poll.remove(ring.descriptor)
        // Programs cannot be stopped from here; what they output later stays for the next reader.
        end = ring.producerPosition
    }

    mutating func isFinished(after round: DrainRound) -> Bool {
        if Int64(bitPattern: ring.position &- end) >= 0 { return true }
        busyRounds = round.isBusy && round.bytes == 0 ? busyRounds + 1 : 0
        guard busyRounds > Self.patience else { return false }
        reporter.report(
            Diagnostic(
                .warning, stage: .ring, "a program has not finished an event that it began, and later ones wait for it",
                cause: "they stay in the ring buffer for its next reader", exitStatus: .success))
        return true
    }

    /// What is in the ring buffer stays there for its next reader.
    func abandon(_ writer: inout StreamWriter) -> Int { 0 }

    func tellLosses() {}

    func tellAllLosses() {
        // At the fullest that was seen, an event like the largest would not have fitted (`__bpf_ringbuf_reserve`).
        guard largest > 0, ring.fullest + RingBufferCursor.headerSize + largest >= ring.size else { return }
        reporter.report(
            Diagnostic(
                .warning, stage: .ring, "the ring buffer was full, and events may be lost; how many is not known",
                cause: "a ring buffer does not count them: only the program is told, by what bpf_ringbuf_output or "
                    + "bpf_ringbuf_reserve returns",
                nextStep: "make it larger (max_entries, now \(ring.size)), and have the program count what fails",
                exitStatus: .success))
    }

    var account: DrainStatistics.Account {
        DrainStatistics.Account(lost: nil, fullest: ring.fullest, size: ring.size)
    }
}
