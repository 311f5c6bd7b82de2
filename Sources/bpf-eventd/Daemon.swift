// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import EventStream
internal import SystemPackage
internal import ToolSupport

/// The draining loop: rings into one buffer, the buffer into one write.
///
/// Programs wake it at every event while few come, and when there is much to do while many come; a timer sees to it that
/// no event is later than ``ReaderLatency`` says. One write for all that a round found also keeps a probe on write(2) from
/// feeding on the daemon's own writes without end.
struct Daemon: ~Copyable {
    private var output: EventOutput
    private var sources: SourceSet
    private let latency: ReaderLatency
    private let reporter: Reporter
    private var writer: StreamWriter
    private var housekeeping: Housekeeping
    private var account: Account
    /// When the daemon was started, in nanoseconds of `CLOCK_MONOTONIC`.
    private let started = MonotonicClock.nanoseconds
    /// Whether the wall clock may have been set.
    private var clockIsDue = false
    /// A change of the wall clock that a capture had no room for yet.
    private var clockChange: CaptureClock?

    private static let signalToken: UInt64 = 1
    private static let outputToken: UInt64 = 2
    private static let clockToken: UInt64 = 3

    /// Why the loop is left before its time.
    private enum Failure: Error {
        case source(BPFError)
        case write(Errno)
        /// A second signal, while the reader of the output stalls.
        case abandoned
    }

    init(
        output: consuming EventOutput, sources: consuming SourceSet, writer: consuming StreamWriter,
        housekeeping: consuming Housekeeping, maps: [Account.Map], latency: ReaderLatency, reporter: Reporter
    ) {
        self.output = output
        self.writer = writer
        self.housekeeping = housekeeping
        account = Account(started: 0, bytes: 0, writes: 0, wakeups: 0, maps: maps)
        self.sources = sources
        self.latency = latency
        self.reporter = reporter
        noteStart()
    }

    /// Tells since when the daemon runs, as the wall clock is now.
    private mutating func noteStart() {
        account.started = UInt64(clamping: (Int64(clamping: started) &+ housekeeping.bootOffset) / 1_000_000)
    }

    /// Drains until a signal comes or the time is up, then what is left.
    ///
    /// - Parameters:
    ///   - signals: End the loop.
    ///   - milliseconds: How long at most; nil is for ever.
    /// - Returns: ``ExitStatus/lost`` if everything was done and events were lost all the same.
    mutating func run(signals: borrowing SignalSource, milliseconds: Int64?) throws(BPFError) -> ExitStatus {
        try sources.readers.poll.add(signals.rawDescriptor, token: Self.signalToken, .readable)
        try output.watch(with: sources.readers.poll, token: Self.outputToken)
        if let clock = housekeeping.clockDescriptor {
            try sources.readers.poll.add(clock, token: Self.clockToken, .readable)
        }
        var status = ExitStatus.success
        do throws(Failure) {
            try drain(signals, until: Self.end(after: milliseconds))
            ServiceManager.notify(.stopping)
            try finish(signals)
        } catch {
            status = fail(error)
        }
        sources.readers.countLosses(into: &writer)
        sources.tellAllLosses()
        updateAccount()
        housekeeping.end(account)
        tellLateEvents()
        return status == .success && (account.lost ?? 0) > 0 ? .lost : status
    }

    /// Tells of events that are not in their place in a sorted capture.
    private func tellLateEvents() {
        let (_, late, _) = writer.sorting
        guard late > 0 else { return }
        reporter.report(
            Diagnostic(
                .eventsLate, .warning, stage: .stream,
                "\(late) events came too late for the order of time, and are in the capture later",
                cause: "their programs were interrupted, or more came at once than wait in memory"))
    }

    /// Tells what went through.
    func reportStatistics() {
        account.report(reporter)
    }

    private mutating func updateAccount() {
        account.bytes = UInt64(clamping: output.account.bytes)
        account.writes = UInt64(clamping: output.account.writes)
        sources.fill(&account.maps)
    }

    // MARK: The loop

    private mutating func drain(
        _ signals: borrowing SignalSource, until end: UInt64
    ) throws(Failure) {
        var wait = 0
        var isActive = false
        while true {
            if try happened(within: wait), let signal = signals.take(), !output.goesOn(after: signal) { return }
            let round = try round()
            if round.knowsOfLost { sources.tellLosses() }
            isActive = isActive || round.samples > 0 || round.hasMore
            wait = try interval(after: round)
            let now = MonotonicClock.nanoseconds
            if round.hasLookedAfter {
                if isActive { lookForPrograms(now) }
                isActive = false
                clockIsDue = true
                updateAccount()
                housekeeping.tick(now, account)
            }
            guard now < end else { return }
            let next = max(min(sources.readers.nextLook, end), now)
            wait = min(wait, Int(clamping: (next - now) / 1000 + 1))
            if let deadline = output.deadline { wait = min(wait, Self.microseconds(to: deadline)) }
        }
    }

    /// Moves what is there to the output.
    ///
    /// - Parameter isLast: Whether what cannot be written now will not be.
    private mutating func round(isLast: Bool = false) throws(Failure) -> DrainRound {
        var round: DrainRound
        let now = MonotonicClock.nanoseconds
        // The loader leaves the types before the first event can come.
        if let preamble = housekeeping.preambleWithNewTypes(now) { set(preamble) }
        noteClock(now)
        writer.beginRound(at: now)
        do throws(BPFError) {
            round = try sources.drain(into: &writer)
        } catch {
            throw .source(error)
        }
        if !writer.finishRound(isComplete: !round.hasMore) { round.hasMore = true }
        try write(isLast: isLast)
        return round
    }

    private mutating func write(isLast: Bool) throws(Failure) {
        do throws(Errno) {
            try output.write(&writer, poll: sources.readers.poll, isLast: isLast)
        } catch {
            throw .write(error)
        }
    }

    /// How long to wait, in microseconds, if nothing happens.
    private mutating func interval(after round: DrainRound) throws(Failure) -> Int {
        if round.hasMore && !output.isBlocked { return 0 }
        // Events that wait for those of other CPUs are out after the next round, whether something comes or not.
        let most = writer.sorting.waiting > 0 ? latency.deadline : ReaderLatency.untilWoken
        do throws(BPFError) {
            return min(try sources.readers.pause(isBlocked: round.hasMore), most)
        } catch {
            throw .source(error)
        }
    }

    /// Waits.
    ///
    /// - Returns: Whether a signal is there to be taken.
    private mutating func happened(within microseconds: Int) throws(Failure) -> Bool {
        var (hasSignal, isClockDue) = (false, false)
        account.wakeups &+= 1
        var failure: Errno?
        sources.readers.wait(microseconds: microseconds) { occurrence in
            switch occurrence.token {
            case Self.signalToken: hasSignal = true
            case Self.outputToken:
                do throws(Errno) {
                    try output.noteOccurrence(occurrence.readiness)
                } catch {
                    failure = error
                }
            case Self.clockToken: isClockDue = true
            default: break
            }
        }
        if isClockDue { clockIsDue = true }
        if let failure { throw .write(failure) }
        return hasSignal
    }

    /// Writes what programs have output by now, and what a capture ends with.
    private mutating func finish(_ signals: borrowing SignalSource) throws(Failure) {
        sources.readers.stop()
        while true {
            let round = try round(isLast: true)
            if writer.pendingBytes == 0, sources.readers.isFinished() { break }
            try waitForOutput(hasMore: round.hasMore, signals)
        }
        sources.readers.countLosses(into: &writer)
        lookForPrograms(nil)
        var isWhole = false
        while true {
            isWhole = isWhole || (sources.haveTold(&writer) && writer.finishCapture())
            try write(isLast: true)
            if isWhole && writer.pendingBytes == 0 { return }
            try waitForOutput(hasMore: !isWhole, signals)
        }
    }

    /// Has a capture tell which programs send its events, if there are new ones.
    private mutating func lookForPrograms(_ now: UInt64?) {
        if let preamble = housekeeping.newPreamble(now) { set(preamble) }
    }

    /// Has a capture tell that the wall clock was set, in front of the events that come after.
    private mutating func noteClock(_ now: UInt64) {
        if clockIsDue {
            clockIsDue = false
            if let (change, preamble) = housekeeping.clockChange(now) {
                clockChange = change
                if let preamble { output.preamble = preamble }
                noteStart()
            }
        }
        if let change = clockChange, writer.noteClock(change) { clockChange = nil }
    }

    private mutating func set(_ preamble: [UInt8]) {
        writer.setPreamble(preamble)
        output.preamble = preamble
    }

    private mutating func waitForOutput(hasMore: Bool, _ signals: borrowing SignalSource) throws(Failure) {
        let wait = output.isBlocked ? 100_000 : hasMore ? 0 : 1000
        if try happened(within: wait), signals.take() != nil, writer.pendingBytes > 0 { throw .abandoned }
    }

    /// The time, in nanoseconds, at which the loop ends; nil is never.
    private static func end(after milliseconds: Int64?) -> UInt64 {
        let most: Int64 = 1 << 40
        return milliseconds.map { MonotonicClock.nanoseconds + UInt64(clamping: min($0, most)) * 1_000_000 } ?? .max
    }

    private static func microseconds(to end: ContinuousClock.Instant) -> Int {
        let left = ContinuousClock.now.duration(to: end).components
        guard left.seconds >= 0, left.attoseconds >= 0 else { return 0 }
        return Int(clamping: min(left.seconds, 1 << 40) * 1_000_000 + left.attoseconds / 1_000_000_000_000 + 1)
    }

    // MARK: The end before its time

    /// Counts what will not be written, and tells why.
    private mutating func fail(_ failure: Failure) -> ExitStatus {
        let dropped = output.abandon(&writer)
        var diagnostic = diagnostic(failure)
        diagnostic.message += "; events not written: \(dropped.events + sources.abandon(&writer))"
        if dropped.endsInFrame { diagnostic.details = ["the stream ends within a frame"] }
        reporter.report(diagnostic)
        return ExitStatus(diagnostic.code)
    }

    private func diagnostic(_ failure: Failure) -> Diagnostic {
        switch failure {
        case .source(let error): error.diagnostic
        case .write(let errno): output.diagnostic(errno)
        case .abandoned:
            Diagnostic(
                .outputAbandoned, stage: .stream, "ended before the reader of \(output.name) took everything",
                cause: "a second signal came")
        }
    }
}
