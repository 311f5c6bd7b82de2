// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// The draining loop: rings into one buffer, the buffer into one write.
///
/// Programs wake it at every event while few come, and when there is much to do while many come; a timer sees to it that
/// no event is later than ``ReaderLatency`` says. One write for all that a round found also keeps a probe on write(2) from
/// feeding on the daemon's own writes without end.
struct Daemon<Output: StreamOutput & ~Copyable>: ~Copyable {
    private(set) var output: Output
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
    /// Names that a capture had no room for yet.
    private var newNames: CaptureNames?

    /// Whether a signal ended the loop.
    private var wasAsked = false
    /// Whether losses were counted for the last time, right after the last drain.
    private var hasCounted = false
    /// When what else the loop does has its next turn, in nanoseconds.
    private var workDue: UInt64 = 0
    /// What gives it a turn as soon as it is readable.
    private var workDescriptor: Int32?
    /// Whether that was told of.
    private var workIsReady = false
    /// Whether it is waited for.
    private var workIsPolled = true

    /// Why the loop is left before its time.
    fileprivate enum Failure: Error {
        case source(BPFError)
        case write(Errno)
        /// A second signal, while the reader of the output stalls.
        case abandoned
    }

    init(
        output: consuming Output, sources: consuming SourceSet, writer: consuming StreamWriter,
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
    ///   - waking: A descriptor that gives `work` a turn as soon as it is readable.
    ///   - work: What else is done in the loop; its first turn is at once.
    /// - Returns: ``ExitStatus/lost`` if everything was done and events were lost all the same.
    mutating func run(
        signals: borrowing SignalSource, milliseconds: Int64?, waking: Int32? = nil,
        _ work: LoopWork<Output> = { phase, _, _ in phase == .during ? .max : nil }
    ) throws(BPFError) -> ExitStatus {
        try sources.readers.poll.add(signals.rawDescriptor, token: LoopToken.signal, .readable)
        try output.watch(with: sources.readers.poll, token: LoopToken.output)
        if let clock = housekeeping.clockDescriptor {
            try sources.readers.poll.add(clock, token: LoopToken.clock, .readable)
        }
        if let waking { try sources.readers.poll.add(waking, token: LoopToken.work, .readable) }
        workDescriptor = waking
        var status = ExitStatus.success
        do throws(Failure) {
            try drain(signals, until: Self.end(after: milliseconds), work)
            ServiceManager.notify(.stopping)
            try finish(signals, work)
        } catch {
            status = fail(error)
        }
        // Ring buffers go on to fill after the last drain: what is lost from there on is their next reader's.
        if !hasCounted { sources.countLosses(into: &writer) }
        sources.tellAllLosses()
        if let note = sources.processes.note { reporter.report(note) }
        updateAccount()
        housekeeping.end(account)
        tellLateEvents()
        if status == .success, let failure = sources.maps.failure { return ExitStatus(failure) }
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

    /// Hands over what the stream went into.
    consuming func takeOutput() -> Output { output }

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
        _ signals: borrowing SignalSource, until end: UInt64, _ work: LoopWork<Output>
    ) throws(Failure) {
        var wait = 0
        var isActive = false
        while true {
            if try happened(within: wait), let signal = signals.take(), !output.goesOn(after: signal) {
                wasAsked = true
                return
            }
            guard try takeTurn(work) else { return }
            let round = try round()
            if round.knowsOfLost { sources.tellLosses() }
            isActive = isActive || round.samples > 0 || round.hasMore
            wait = try interval(after: round)
            let now = MonotonicClock.nanoseconds
            if round.hasLookedAfter {
                if isActive { lookForPrograms(now) }
                if isActive { lookForNames(now) }
                isActive = false
                clockIsDue = true
                updateAccount()
                housekeeping.tick(now, account)
            }
            guard now < end, !output.isDone, !sources.isDone else { return }
            let next = max(
                min(sources.readers.nextLook, end, output.isBlocked ? .max : min(workDue, sources.maps.nextDue)), now)
            wait = min(wait, Int(clamping: (next - now) / 1000 + 1))
            if let deadline = output.deadline { wait = min(wait, Self.microseconds(to: deadline)) }
        }
    }

    /// Lets what else the loop does have its turn, if it is time and the output takes something.
    ///
    /// - Returns: Whether the loop goes on.
    private mutating func takeTurn(_ work: LoopWork<Output>) throws(Failure) -> Bool {
        let isBlocked = output.isBlocked
        if !isBlocked, workIsReady || MonotonicClock.nanoseconds >= workDue {
            workIsReady = false
            guard let due = work(.during, &output, &writer) else { return false }
            workDue = due
        }
        // A descriptor is told of for as long as it is ready, which must not wake the loop while nothing can be done.
        guard let workDescriptor, workIsPolled == isBlocked else { return true }
        workIsPolled = !isBlocked
        do throws(BPFError) {
            try sources.readers.poll.change(workDescriptor, token: LoopToken.work, isBlocked ? [] : .readable)
        } catch {
            throw .source(error)
        }
        return true
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
        noteNames()
        writer.beginRound(at: now)
        do throws(BPFError) {
            round = try sources.drain(into: &writer)
            try sources.readMaps(into: &writer)
        } catch {
            throw .source(error)
        }
        if let told = sources.processes.takeTold() { housekeeping.note(told, in: &output.preamble) }
        if let warning = sources.processes.takeWarning() { reporter.report(warning) }
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
        if round.hasMore || sources.mapsHaveMore, !output.isBlocked { return 0 }
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
            case LoopToken.signal: hasSignal = true
            case LoopToken.work: workIsReady = true
            case LoopToken.output:
                do throws(Errno) {
                    try output.noteOccurrence(occurrence.readiness)
                } catch {
                    failure = error
                }
            case LoopToken.clock: isClockDue = true
            default: break
            }
        }
        if isClockDue { clockIsDue = true }
        if let failure { throw .write(failure) }
        return hasSignal
    }

    /// Writes what programs have output by now, and what a capture ends with.
    private mutating func finish(
        _ signals: borrowing SignalSource, _ work: LoopWork<Output>
    ) throws(Failure) {
        sources.readers.stop()
        sources.maps.end(at: MonotonicClock.nanoseconds, isAsked: wasAsked)
        while true {
            if output.isDone { return writer.discard() }
            let round = try round(isLast: true)
            if writer.pendingBytes == 0, sources.maps.hasEnded, sources.readers.isFinished() { break }
            try waitForOutput(hasMore: round.hasMore || sources.mapsHaveMore, signals)
        }
        sources.countLosses(into: &writer)
        hasCounted = true
        while !output.isDone {
            try write(isLast: true)
            if output.isBlocked {
                try waitForOutput(hasMore: false, signals)
            } else if work(.atEnd, &output, &writer) == nil {
                break
            } else if try happened(within: 0), signals.take()?.asksForEnd == true {
                // An iterator may have more to say than anybody waits for.
                break
            }
        }
        lookForPrograms(nil)
        var isWhole = false
        while true {
            isWhole = isWhole || (sources.haveTold(&writer) && writer.finishCapture())
            try write(isLast: true)
            if output.isDone { return writer.discard() }
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

    /// Has a capture tell names that came up, in front of the events that come after.
    private mutating func noteNames() {
        guard var names = newNames else { return }
        names.entries.removeFirst(writer.noteNames(names))
        newNames = names.entries.isEmpty ? nil : names
    }

    /// Looks for names that came up; what a capture had no room for yet is told first.
    private mutating func lookForNames(_ now: UInt64) {
        guard newNames == nil, let (names, preamble) = housekeeping.newNames(now) else { return }
        newNames = names
        if let preamble { output.preamble = preamble }
    }

    private mutating func set(_ preamble: [UInt8]) {
        writer.setPreamble(preamble)
        output.preamble = preamble
    }

    private mutating func waitForOutput(hasMore: Bool, _ signals: borrowing SignalSource) throws(Failure) {
        let wait = output.isBlocked ? 100_000 : hasMore ? 0 : 1000
        guard try happened(within: wait), signals.take()?.asksForEnd == true else { return }
        // A map of a million elements is read no further.
        sources.maps.end(at: 0, isCut: true)
        if writer.pendingBytes > 0 { throw .abandoned }
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
