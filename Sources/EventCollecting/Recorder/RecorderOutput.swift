// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BasicContainers
internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import ToolSupport

/// A flight recorder: takes the stream into memory, where the newest blocks take the room of the oldest, and writes what is
/// there as a capture when something happens.
///
/// While a dump is written, what it still needs is kept: newer blocks wait in the rings then, if the memory is full.
struct RecorderOutput: ~Copyable, StreamOutput {
    private(set) var account = OutputAccount()
    private var blocks: NewestBlocks
    private var kept: KeptRings
    private var files: DumpFiles
    /// Tells the code of processes whose stacks are in rings that keep their events.
    private let watch: ProcessWatch
    /// The dump that is being written; one at most.
    private var dumps = UniqueArray<Dump>()
    private let options: RecorderOptions
    private var condition: DumpCondition?
    private let reporter: Reporter
    private let hadTerminal = HangUp.isTerminalThere
    /// Why a dump is to be written as soon as none is; nil for none.
    private var reason: String?
    /// Whether the loop ends, and the last dump is begun.
    private var isEnding = false
    /// Whether the memory is full of what a dump still needs.
    private var isFull = false
    /// Of the rings that keep their events and are looked at all the same.
    private var followed = StreamWriter(format: .capture)
    /// When they are looked at next, in nanoseconds.
    private var nextLook: UInt64 = 0
    /// Before that time a condition writes nothing, in nanoseconds.
    private var conditionDue: UInt64 = 0
    /// Events for which nothing was written since the last dump was so near.
    private var hasPassedOver = false
    /// What became of a dump that failed.
    private(set) var failure: Diagnostic.Code?
    private(set) var count = 0
    /// The number of the last block of the last dump.
    private var lastBlock: UInt64 = 0

    /// Between two looks at followed rings, and between two dumps for a condition, in nanoseconds.
    private static let lookInterval: UInt64 = 20_000_000
    private static let conditionInterval: UInt64 = 10_000_000_000
    /// As often a followed ring is gone on with where the writer was full.
    private static let mostRounds = 64

    /// - Parameters:
    ///   - memory: The bytes for what is drained.
    ///   - kept: Rings that keep their events themselves.
    ///   - watch: Tells the code of processes.
    init(
        _ options: RecorderOptions, memory: Int, kept: consuming KeptRings, watch: ProcessWatch, files: DumpFiles,
        reporter: Reporter
    ) throws(WhereError) {
        condition = try options.dumpWhen.map { text throws(WhereError) in try DumpCondition(text) }
        self.options = options
        blocks = NewestBlocks(capacity: memory)
        self.kept = kept
        self.watch = watch
        self.files = files
        self.reporter = reporter
    }

    var name: String { files.name }

    var preamble: [UInt8] = [] {
        didSet {
            // Our own writer has made it.
            do throws(CaptureError) { try condition?.read(preamble: preamble) } catch { report(error) }
        }
    }

    var isBlocked: Bool { isFull }
    var isDone: Bool { false }

    var deadline: ContinuousClock.Instant? {
        if dumps.count > 0 && !dumps[0].isBlocked || reason != nil { return .now }
        guard let due = nextTurn else { return nil }
        let now = MonotonicClock.nanoseconds
        return .now + .nanoseconds(Int64(clamping: due - min(now, due)))
    }

    private var nextTurn: UInt64? {
        isFollowing ? nextLook : kept.nextMark
    }

    /// Whether events of rings that keep them are looked at.
    private var isFollowing: Bool { condition != nil && !kept.isEmpty }

    func watch(with poll: borrowing EventPoll, token: UInt64) throws(BPFError) {}

    func noteOccurrence(_ readiness: EventPoll.Interest) throws(Errno) {
        if dumps.count > 0 { try dumps[0].noteOccurrence(readiness) }
    }

    mutating func goesOn(after signal: SignalSource.Signal) -> Bool {
        switch signal {
        case .user1 where options.dumps(on: .user1): reason = "SIGUSR1"
        case .user2 where options.dumps(on: .user2): reason = "SIGUSR2"
        case .hangUp:
            // Each dump is a new file anyway.
            return HangUp(
                isNamedFile: true, hadTerminal: hadTerminal, hasTerminal: hadTerminal && HangUp.isTerminalThere)
                == .reopen
        default: return false
        }
        return true
    }

    mutating func write(
        _ writer: inout StreamWriter, poll: borrowing EventPoll, isLast: Bool = false
    ) throws(Errno) {
        let now = MonotonicClock.nanoseconds
        kept.tick(now, poll: poll).forEach(reporter.report)
        take(&writer, now)
        if isFollowing, now >= nextLook {
            nextLook = now + Self.lookInterval
            follow(now)
        }
        if dumps.count == 0, let reason {
            // Copies leave out rings that are followed: what they have by now belongs to the dump.
            if isFollowing { follow(now, isLast: true) }
            self.reason = nil
            begin(reason, now, poll)
        }
        progress(poll)
        // The last block waits until the last dump is written, so that the loop does.
        if isEnding, dumps.count == 0, reason == nil { writer.discard() }
    }

    /// Takes the blocks of a writer into memory.
    private mutating func take(_ writer: inout StreamWriter, _ now: UInt64) {
        isFull = false
        while let facts = Self.first(of: writer) {
            if facts.isEnd {
                guard !isEnding else { return }
                isEnding = true
                // The condition may be true for the last of them.
                if isFollowing { follow(now, isLast: true) }
                if options.dumps(on: .exit) { reason = "exit" }
                return
            }
            guard Self.move(facts, of: writer, to: &blocks) else {
                isFull = true
                return
            }
            if facts.hasRecords, Self.isTrue(&condition, facts, of: writer) { meet(now) }
            writer.markWritten(facts.byteCount)
        }
    }

    private static func first(of writer: borrowing StreamWriter) -> CaptureBlockFacts? {
        CaptureBlockFacts(writer.pending)
    }

    private static func move(
        _ block: CaptureBlockFacts, of writer: borrowing StreamWriter, to blocks: inout NewestBlocks
    ) -> Bool {
        blocks.append(writer.pending.extracting(first: block.byteCount))
    }

    /// Whether the condition is true for an event of the first block.
    private static func isTrue(
        _ condition: inout DumpCondition?, _ block: CaptureBlockFacts, of writer: borrowing StreamWriter
    ) -> Bool {
        // Our own writer has made the block, so that it can be read.
        do throws(CaptureError) {
            return try condition?.isTrue(in: writer.pending.extracting(first: block.byteCount)) ?? false
        } catch {
            return false
        }
    }

    /// The condition is true for an event.
    private mutating func meet(_ now: UInt64) {
        guard reason == nil else { return }
        guard now >= conditionDue else {
            hasPassedOver = true
            return
        }
        reason = "condition"
        conditionDue = now + Self.conditionInterval
    }

    /// Takes in what has come into rings that keep their events.
    ///
    /// - Parameter isLast: Whether all of it is wanted now, and no record that is still being written is waited for.
    private mutating func follow(_ now: UInt64, isLast: Bool = false) {
        // A program that outruns this has the rest of it taken next time.
        for _ in 0..<(isLast ? Self.mostRounds : 1) {
            followed.beginRound(at: now)
            let (hasMore, failures) = Self.follow(&kept, into: &followed, watch, isLast: isLast)
            for failure in failures { report(failure) }
            followed.finishBlock()
            while let facts = Self.first(of: followed) {
                guard Self.move(facts, of: followed, to: &blocks) else { return }
                if facts.hasRecords, Self.isTrue(&condition, facts, of: followed) { meet(now) }
                followed.markWritten(facts.byteCount)
            }
            guard hasMore else { return }
        }
    }

    private static func follow(
        _ kept: inout KeptRings, into writer: inout StreamWriter, _ watch: ProcessWatch, isLast: Bool
    ) -> (hasMore: Bool, failures: [BPFError]) {
        guard watch.isNeeded else { return kept.follow(into: &writer, isLast: isLast) }
        var watched = WatchedWriter(writer, watch)
        let result = kept.follow(into: &watched, isLast: isLast)
        writer = watched.release()
        return result
    }

    private mutating func begin(_ reason: String, _ now: UInt64, _ poll: borrowing EventPoll) {
        do {
            let earliest = options.time.map { now - min($0, now) } ?? 0
            let copies = kept.copy(earliest: earliest, isFollowed: condition != nil)
            for failure in copies.failures { report(failure) }
            if copies.overwritten > 0 || copies.unfinished > 0 {
                reporter.report(
                    Diagnostic(
                        .ringRecordUnfinished, .note, stage: .ring,
                        "of the oldest events \(copies.overwritten) were written over while the ring buffer was copied, "
                            + "and \(copies.unfinished) of the newest were not finished"))
            }
            dumps.append(
                try Dump(
                    for: reason, into: try files.begin(), preamble: preamble, after: lastBlock, blocks: &blocks,
                    copies: copies, earliest: earliest,
                    now: now, poll: poll, watch: watch))
        } catch {
            blocks.keep = nil
            report(error)
        }
    }

    private mutating func progress(_ poll: borrowing EventPoll) {
        guard dumps.count > 0 else { return }
        do throws(Errno) {
            guard try dumps[0].write(&blocks, poll: poll) else { return }
            count += 1
            reporter.status(
                "Dumped \(dumps[0].events) events to \(files.name).", event: "dumped",
                [
                    ("path", .string(files.name)), ("events", .integer(Int64(dumps[0].events))),
                    ("reason", .string(dumps[0].reason)),
                ])
        } catch {
            report(dumps[0].diagnostic(error))
        }
        endDump()
    }

    private mutating func endDump() {
        lastBlock = dumps[0].lastBlock
        account.bytes += dumps[0].account.bytes
        account.writes += dumps[0].account.writes
        _ = dumps.remove(at: 0)
        blocks.keep = nil
    }

    mutating func abandon(_ writer: inout StreamWriter) -> (events: Int, endsInFrame: Bool) {
        writer.discard()
        return (blocks.events, false)
    }

    func diagnostic(_ errno: Errno) -> Diagnostic {
        Diagnostic(.dumpFailed, stage: .stream, "cannot write a dump to \(files.name)", cause: errno.described)
    }

    /// Tells at the end of a condition that was not met, or could not be.
    func tellCondition() {
        guard let condition, let text = options.dumpWhen else { return }
        let sources = condition.sourcesWithoutField
        if !sources.isEmpty {
            reporter.report(
                Diagnostic(
                    .dumpConditionUnmet, .warning, stage: .stream,
                    "no event of \(sources.joined(separator: ", ").terminalSafe) has what --dump-when asks for",
                    cause: "their type is not known, or has no such field: \(text)",
                    nextStep: "give the type: --object FILE or --layout TEXT"))
        }
        if hasPassedOver {
            reporter.report(
                Diagnostic(
                    .dumpConditionUnmet, .note, stage: .stream,
                    "more events were like that within 10 s of a dump, and none was written for them"))
        }
    }

    private mutating func report(_ error: any Error) {
        guard var diagnostic = (error as? any DiagnosticError)?.diagnostic else { return }
        if diagnostic.severity == .error { failure = diagnostic.code }
        diagnostic.severity = .warning
        diagnostic.details.append("recording goes on")
        reporter.report(diagnostic)
    }

    private mutating func report(_ diagnostic: Diagnostic) {
        failure = diagnostic.code
        var diagnostic = diagnostic
        diagnostic.severity = .warning
        reporter.report(diagnostic)
    }
}
