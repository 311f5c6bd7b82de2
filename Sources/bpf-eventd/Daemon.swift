// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventStream
internal import SystemPackage
internal import ToolSupport

/// The draining loop: rings into one buffer, the buffer into one write.
///
/// The kernel wakes it when there is enough to do (``EventSource`` knows what that is), and a timer when there may be
/// less: every 40 ms while nothing happens, every 10 ms at most while events flow. So an event is on its way in 40 ms at
/// most, the traced programs hardly ever pay for a wakeup, and an idle daemon costs 25 wakeups a second. One write for
/// all that a round found also keeps a probe on write(2) from feeding on the daemon's own writes without end.
struct Daemon<Source: EventSource & ~Copyable>: ~Copyable {
    private var output: EventOutput
    private var source: Source
    private let poll: EventPoll
    private let reporter: Reporter
    private var writer: StreamWriter
    private var statistics = DrainStatistics()

    private static var signalToken: UInt64 { 1 }
    private static var outputToken: UInt64 { 2 }

    /// Why the loop is left before its time.
    private enum Failure: Error {
        case source(BPFError)
        case write(Errno)
        /// A second signal, while the reader of the output stalls.
        case abandoned
    }

    init(
        output: consuming EventOutput, source: consuming Source, poll: consuming EventPoll, reporter: Reporter
    ) {
        self.output = output
        writer = StreamWriter(capacity: source.writerCapacity)
        self.source = source
        self.poll = poll
        self.reporter = reporter
    }

    /// Drains until a signal comes or the time is up, then what is left.
    ///
    /// - Parameters:
    ///   - map: The map of the events, for CPUs that come and go.
    ///   - signals: End the loop.
    ///   - milliseconds: How long at most; nil is for ever.
    mutating func run(
        map: borrowing MapHandle, signals: borrowing SignalSource, milliseconds: Int64?
    ) throws(BPFError) -> ExitStatus {
        try poll.add(signals.rawDescriptor, token: Self.signalToken, .readable)
        try output.watch(with: poll, token: Self.outputToken)
        var status = ExitStatus.success
        do throws(Failure) {
            try drain(map, signals, until: milliseconds.map { ContinuousClock.now + .milliseconds($0) })
            ServiceManager.notify(.stopping)
            try finish(signals)
        } catch {
            status = fail(error)
        }
        source.tellAllLosses()
        return status
    }

    /// Tells what went through.
    func reportStatistics() {
        statistics.report(reporter, source.account, output.account)
    }

    // MARK: The loop

    private mutating func drain(
        _ map: borrowing MapHandle, _ signals: borrowing SignalSource, until end: ContinuousClock.Instant?
    ) throws(Failure) {
        var nextChores = ContinuousClock.now + .seconds(1)
        var wait = 0
        var isActive = false
        while true {
            if try happened(within: wait), let signal = signals.take(), !output.goesOn(after: signal) { return }
            let round = try round()
            if round.knowsOfLost { source.tellLosses() }
            isActive = isActive || round.samples > 0 || round.hasMore
            wait = try interval(after: round)
            let now = ContinuousClock.now
            if now >= nextChores {
                nextChores = now + .seconds(1)
                // Asking the kernel for the count interrupts each CPU, so idle ones are left alone.
                if isActive { source.tellLosses() }
                isActive = false
                source.look(map: map, poll: poll, into: &writer).forEach(reporter.report)
            }
            if let end {
                guard now < end else { return }
                wait = min(wait, Self.milliseconds(from: now, to: end))
            }
            if let due = output.deadline { wait = min(wait, Self.milliseconds(from: now, to: max(now, due))) }
        }
    }

    /// Moves what is there to the output.
    private mutating func round(isLast: Bool = false) throws(Failure) -> DrainRound {
        let round: DrainRound
        do throws(BPFError) {
            round = try source.drain(into: &writer)
        } catch {
            throw .source(error)
        }
        statistics.note(round)
        do throws(Errno) {
            try output.write(&writer, poll: poll, isLast: isLast)
        } catch {
            throw .write(error)
        }
        return round
    }

    /// Until when to wait, in milliseconds from now, if nothing happens.
    private mutating func interval(after round: DrainRound) throws(Failure) -> Int {
        if round.hasMore && !output.isBlocked { return 0 }
        do throws(BPFError) {
            return try source.pause(after: round, isBlocked: output.isBlocked, poll: poll)
        } catch {
            throw .source(error)
        }
    }

    /// Waits.
    ///
    /// - Returns: Whether a signal is there to be taken.
    private mutating func happened(within milliseconds: Int) throws(Failure) -> Bool {
        var hasSignal = false
        statistics.wakeups += 1
        for occurrence in poll.wait(milliseconds: milliseconds) {
            switch occurrence.token {
            case Self.signalToken: hasSignal = true
            case Self.outputToken:
                do throws(Errno) {
                    try output.noteOccurrence(occurrence.readiness)
                } catch {
                    throw .write(error)
                }
            default: source.noteOccurrence(occurrence, poll: poll)
            }
        }
        return hasSignal
    }

    /// Writes what programs have output by now.
    private mutating func finish(_ signals: borrowing SignalSource) throws(Failure) {
        source.stop(poll: poll)
        while true {
            let round = try round(isLast: true)
            if writer.pendingBytes == 0, source.isFinished(after: round) { return }
            let wait = output.isBlocked ? -1 : round.hasMore ? 0 : 1
            if try happened(within: wait), signals.take() != nil, writer.pendingBytes > 0 { throw .abandoned }
        }
    }

    private static func milliseconds(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) -> Int {
        let left = start.duration(to: end).components
        return Int(clamping: left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1)
    }

    // MARK: The end before its time

    /// Counts what will not be written, and tells why.
    private mutating func fail(_ failure: Failure) -> ExitStatus {
        let dropped = output.abandon(&writer)
        var diagnostic = diagnostic(failure)
        diagnostic.message += "; events not written: \(dropped.events + source.abandon(&writer))"
        if dropped.endsInFrame { diagnostic.details = ["the stream ends within a frame"] }
        reporter.report(diagnostic)
        return diagnostic.exitStatus
    }

    private func diagnostic(_ failure: Failure) -> Diagnostic {
        switch failure {
        case .source(let error): error.diagnostic
        case .write(let errno): output.diagnostic(errno)
        case .abandoned:
            Diagnostic(
                stage: .stream, "ended before the reader of \(output.name) took everything",
                cause: "a second signal came", exitStatus: .io)
        }
    }
}
