// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// A ring buffer.
///
/// A program that outputs into an empty ring buffer wakes its reader, and pays for that: so while events flow the daemon
/// does not listen, but comes by itself every 1 to 10 ms, sooner the fuller it found the ring buffer. While nothing
/// happens it listens, and looks every 40 ms for programs that wake nobody (`BPF_RB_NO_WAKEUP`).
struct RingBufferSource: EventSource, ~Copyable {
    private var ring: BPFRingBuffer
    private let reporter: Reporter
    private var isListening = true
    private var interval = 1
    private var largest = 0
    /// Where the producers were when the end began.
    private var end: UInt64 = 0
    private var busyRounds = 0

    /// Marks the ring buffer in an ``EventPoll``.
    private static let token: UInt64 = 3
    /// A round reads that much at most, so that what it copies is still in the cache when it is written.
    private static let roundLimit = 1 << 19
    /// The milliseconds that a program gets at the end to finish an event that it has begun.
    private static let patience = 1000

    init(_ ring: consuming BPFRingBuffer, poll: borrowing EventPoll, reporter: Reporter) throws(BPFError) {
        try poll.add(ring.descriptor, token: Self.token, .readable)
        self.ring = ring
        // Also with --quiet: events that are missing are no matter of taste.
        self.reporter = Reporter(tool: reporter.tool, format: reporter.format)
    }

    /// The largest event has as many bytes as the ring buffer.
    var writerCapacity: Int { max(1 << 20, ring.size + FrameWriter.headerSize) }

    mutating func drain(into writer: inout FrameWriter) throws(BPFError) -> DrainRound {
        let start = ring.position
        let pass = try ring.drain(into: &writer, limit: Self.roundLimit)
        largest = max(largest, pass.largest)
        return DrainRound(
            samples: pass.samples, bytes: Int(clamping: pass.position &- start),
            hasMore: pass.stop == .writerFull || pass.stop == .limit, isBusy: pass.stop == .busy)
    }

    mutating func pause(
        after round: DrainRound, isBlocked: Bool, poll: borrowing EventPoll
    ) throws(BPFError) -> Int {
        if isBlocked {
            try listen(false, poll)
            return DrainInterval.idle
        }
        guard round.bytes > 0 || round.isBusy else {
            interval = 1
            try listen(true, poll)
            return DrainInterval.idle
        }
        try listen(false, poll)
        if round.bytes > ring.size / 2 { return 0 }
        if round.isBusy || round.bytes > ring.size / 8 {
            interval = 1
        } else if round.bytes < ring.size / 32 {
            interval = min(interval * 2, DrainInterval.busy)
        }
        return interval
    }

    private mutating func listen(_ wanted: Bool, _ poll: borrowing EventPoll) throws(BPFError) {
        guard wanted != isListening else { return }
        try poll.change(ring.descriptor, token: Self.token, wanted ? .readable : [])
        isListening = wanted
    }

    func noteOccurrence(_ occurrence: EventPoll.Occurrence, poll: borrowing EventPoll) {}

    func look(
        map: borrowing MapHandle, poll: borrowing EventPoll, into writer: inout FrameWriter
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
    func abandon(_ writer: inout FrameWriter) -> Int { 0 }

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
