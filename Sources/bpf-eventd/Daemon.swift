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
/// no event is later than ``Latency`` says. One write for all that a round found also keeps a probe on write(2) from
/// feeding on the daemon's own writes without end.
struct Daemon: ~Copyable {
    private let output: DataOutput
    private let outputName: String
    private var sources: SourceSet
    private let poll: EventPoll
    private let reporter: Reporter
    private var writer: StreamWriter
    private var statistics = DrainStatistics()
    private var waitsForRoom = false

    private static let signalToken: UInt64 = 1
    private static let outputToken: UInt64 = 2

    /// Why the loop is left before its time.
    private enum Failure: Error {
        case source(BPFError)
        case write(Errno)
        /// A second signal, while the reader of the output stalls.
        case abandoned
    }

    init(
        output: consuming DataOutput, name: String, sources: consuming SourceSet, writer: consuming StreamWriter,
        poll: consuming EventPoll, reporter: Reporter
    ) {
        self.output = output
        outputName = name
        self.writer = writer
        self.sources = sources
        self.poll = poll
        self.reporter = reporter
    }

    /// Drains until a signal comes or the time is up, then what is left.
    ///
    /// - Parameters:
    ///   - signals: End the loop.
    ///   - milliseconds: How long at most; nil is for ever.
    /// - Returns: ``ExitStatus/lost`` if everything was done and events were lost all the same.
    mutating func run(signals: borrowing SignalSource, milliseconds: Int64?) throws(BPFError) -> ExitStatus {
        try poll.add(signals.rawDescriptor, token: Self.signalToken, .readable)
        try watchOutput()
        var status = ExitStatus.success
        do throws(Failure) {
            try drain(signals, until: milliseconds.map { ContinuousClock.now + .milliseconds($0) })
            ServiceManager.notify(.stopping)
            try finish(signals)
        } catch {
            status = fail(error)
        }
        sources.countLosses(into: &writer)
        sources.tellAllLosses()
        return status == .success && (sources.lost ?? 0) > 0 ? .lost : status
    }

    /// Tells what went through.
    func reportStatistics() {
        statistics.report(reporter, lost: sources.lost, fill: sources.fill)
    }

    // MARK: The loop

    private mutating func drain(
        _ signals: borrowing SignalSource, until end: ContinuousClock.Instant?
    ) throws(Failure) {
        var nextChores = ContinuousClock.now + .seconds(1)
        var wait = 0
        var isActive = false
        while true {
            if try happened(within: wait), signals.take() != nil { return }
            let round = try round()
            if round.knowsOfLost { sources.tellLosses() }
            isActive = isActive || round.samples > 0 || round.hasMore
            wait = try interval(after: round)
            let now = ContinuousClock.now
            if now >= nextChores {
                nextChores = now + .seconds(1)
                if isActive {
                    // Asking the kernel for the count interrupts each CPU, so idle ones are left alone.
                    sources.countLosses(into: &writer)
                    sources.tellLosses()
                }
                isActive = false
                sources.look(poll: poll, into: &writer).forEach(reporter.report)
            }
            wait = min(wait, Self.microseconds(from: now, to: end.map { min($0, nextChores) } ?? nextChores))
            if let end, now >= end { return }
        }
    }

    /// Moves what is there to the output.
    private mutating func round() throws(Failure) -> DrainRound {
        let round: DrainRound
        do throws(BPFError) {
            round = try sources.drain(into: &writer)
        } catch {
            throw .source(error)
        }
        statistics.note(round)
        try write()
        return round
    }

    /// How long to wait, in microseconds, if nothing happens.
    private mutating func interval(after round: DrainRound) throws(Failure) -> Int {
        if round.hasMore && !waitsForRoom { return 0 }
        do throws(BPFError) {
            return try sources.pause(after: round, isBlocked: round.hasMore, poll: poll)
        } catch {
            throw .source(error)
        }
    }

    /// Waits.
    ///
    /// - Returns: Whether a signal is there to be taken.
    private mutating func happened(within microseconds: Int) throws(Failure) -> Bool {
        var hasSignal = false
        // Shorter than epoll_wait(2) can, and too short for anybody who sends a signal to notice.
        if (1..<1000).contains(microseconds) { usleep(UInt32(microseconds)) }
        statistics.wakeups += 1
        try poll.wait(milliseconds: microseconds / 1000) { occurrence throws(Failure) in
            switch occurrence.token {
            case Self.signalToken: hasSignal = true
            case Self.outputToken where !occurrence.readiness.isDisjoint(with: .broken):
                throw .write(.brokenPipe)
            default: sources.noteOccurrence(occurrence, poll: poll)
            }
        }
        return hasSignal
    }

    /// Writes what programs have output by now.
    private mutating func finish(_ signals: borrowing SignalSource) throws(Failure) {
        sources.stop(poll: poll)
        while true {
            let round = try round()
            if writer.pendingBytes == 0, sources.isFinished(after: round) { return }
            let wait = waitsForRoom ? 100_000 : round.hasMore ? 0 : 1000
            if try happened(within: wait), signals.take() != nil, writer.pendingBytes > 0 { throw .abandoned }
        }
    }

    private static func microseconds(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) -> Int {
        let left = start.duration(to: end).components
        guard left.seconds >= 0, left.attoseconds >= 0 else { return 0 }
        return Int(clamping: min(left.seconds, 1 << 40) * 1_000_000 + left.attoseconds / 1_000_000_000_000 + 1)
    }

    // MARK: The output

    /// Has the poll tell when the reader of the output goes away; a file on a disk has none.
    private func watchOutput() throws(BPFError) {
        guard output.isPollable else { return }
        do throws(BPFError) {
            try poll.add(output.rawDescriptor, token: Self.outputToken, [])
        } catch  where error.errno == .notPermitted {
            // Devices such as /dev/null cannot be waited for: they are always ready.
        }
    }

    /// Writes as much as the output takes now.
    private mutating func write() throws(Failure) {
        while writer.pendingBytes > 0 {
            let count: Int
            do throws(Errno) {
                count = try output.write(writer.pending)
            } catch {
                throw .write(error)
            }
            guard count > 0 else { break }
            statistics.noteWrite(count)
            writer.markWritten(count)
        }
        try waitForRoom(writer.pendingBytes > 0)
    }

    private mutating func waitForRoom(_ wanted: Bool) throws(Failure) {
        guard wanted != waitsForRoom else { return }
        do throws(BPFError) {
            try poll.change(output.rawDescriptor, token: Self.outputToken, wanted ? .writable : [])
        } catch {
            throw .write(error.errno ?? .ioError)
        }
        waitsForRoom = wanted
    }

    /// Counts what will not be written, and tells why.
    private mutating func fail(_ failure: Failure) -> ExitStatus {
        let (begun, bytesOfBegunFrame) = writer.unwritten
        let isCut = output.cut(bytesOfBegunFrame)
        writer.discard()
        let unwritten = begun + sources.abandon(&writer)
        let diagnostic = Self.diagnostic(
            failure, outputName, unwritten: unwritten, endsInFrame: bytesOfBegunFrame > 0 && !isCut)
        reporter.report(diagnostic)
        return diagnostic.exitStatus
    }

    private static func diagnostic(
        _ failure: Failure, _ name: String, unwritten: Int, endsInFrame: Bool
    ) -> Diagnostic {
        var diagnostic = Diagnostic(stage: .stream, "cannot write to \(name)", exitStatus: .io)
        switch failure {
        case .source(let error):
            diagnostic = error.diagnostic
        case .abandoned:
            diagnostic.message = "ended before the reader of \(name) took everything"
            diagnostic.cause = "a second signal came"
        case .write(.brokenPipe):
            diagnostic.cause = "EPIPE: its reader has gone"
        case .write(let errno):
            diagnostic.cause = errno.described
            if errno == .noSpace { diagnostic.nextStep = "make room, or write to another disk" }
        }
        diagnostic.message += "; events not written: \(unwritten)"
        if endsInFrame { diagnostic.details = ["the stream ends within a frame"] }
        return diagnostic
    }
}
