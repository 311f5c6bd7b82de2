// SPDX-License-Identifier: Apache-2.0

package import BPFCore
package import Diagnostics
package import EventStream
package import ToolSupport

/// Where the events go, and how far: a file or a row of files, a pipe, a FIFO, a socket, a terminal.
///
/// It never waits in write(2), never splits a frame over two files, and keeps what it could not write.
package struct EventOutput: ~Copyable, StreamOutput {
    package typealias Instant = ContinuousClock.Instant

    /// What the user calls it: a path, or `stdout`.
    package let name: String
    /// What has gone out.
    package private(set) var account = OutputAccount()
    /// What every further file begins with: the blocks that tell a capture's reader what it reads.
    package var preamble: [UInt8] = []

    private var data: DataOutput
    /// The row of files that it is one of, if it is a file on a disk that was named.
    private var files: FileSeries?
    private let append: Bool
    private let reporter: Reporter
    private let hadTerminal = HangUp.isTerminalThere
    /// What is to be written before the next event, and how much of it has been.
    private var prologue = (bytes: [UInt8](), written: 0)
    private var shortage: Shortage?
    private var reader = ReaderWatch()
    private var wantsReopening = false
    /// Whether the file ends within a frame that could not be cut off, so that the rest of it must follow.
    private var endsInFrame = false

    /// Opens the output, and waits for the reader of a FIFO; nothing is overwritten yet.
    ///
    /// - Parameters:
    ///   - path: A path, or `-` for stdout.
    ///   - format: What the events are written as.
    ///   - signals: End the wait.
    package init(
        _ path: String, options: OutputOptions.File, format: StreamWriter.Format, signals: borrowing SignalSource,
        reporter: Reporter
    ) throws(StreamFile.Refusal) {
        let place = path == "-" ? nil : try StreamFile.place(of: path)
        try self.init(
            try StreamFile.open(place, signals: signals), at: place, options: options, format: format,
            reporter: reporter)
    }

    /// Takes over an output that was opened.
    ///
    /// - Parameter place: Where it has its name; nil for stdout.
    init(
        _ data: consuming DataOutput, at place: OutputPath?, options: OutputOptions.File,
        format: StreamWriter.Format = .frames, reporter: Reporter
    ) throws(StreamFile.Refusal) {
        let isFile = data.kind == .regularFile
        let name = place?.path ?? "stdout"
        let schedule = RotationSchedule(
            size: options.rotateSize, interval: options.rotateEvery.map { .milliseconds($0) }, now: .now)
        guard isFile || !schedule.isWanted else {
            throw .refused(
                Diagnostic(
                    .rotationNotFile, stage: .stream, "\(name) cannot be rotated: it is not a file on a disk",
                    nextStep: "leave out --rotate-size and --rotate-every"))
        }
        files = place.flatMap { place in
            isFile ? FileSeries(place, keep: options.keep, schedule: schedule, reporter: reporter) : nil
        }
        // Before there are rings that fill meanwhile.
        if options.append { try files?.lookAtContent(data, format) }
        self.name = name
        self.data = data
        append = options.append
        self.reporter = reporter
    }

    /// Empties a file that is not added to, and mends the end of one that is: once everything else is ready.
    package func begin() throws(StreamFile.Refusal) {
        guard let files else { return }
        guard !append else { return try files.mend(data) }
        guard !data.truncate(to: 0) else { return }
        throw .refused(Diagnostic(.outputFailed, stage: .stream, "cannot overwrite \(name)"))
    }

    /// Has a poll tell when the reader of the output goes away; a file on a disk has none.
    ///
    /// - Parameter token: What ``noteOccurrence(_:)`` is to be called for.
    package mutating func watch(with poll: borrowing EventPoll, token: UInt64) throws(BPFError) {
        try reader.begin(data, poll, token: token)
    }

    /// Whether the events go to a terminal.
    var isTerminal: Bool { data.kind == .terminal }

    // MARK: The loop

    /// Whether nothing more goes out now: until the poll tells of room, or until ``deadline``.
    package var isBlocked: Bool { reader.isWaiting || shortage != nil }

    /// When ``write(_:poll:isLast:)`` has something to do although nothing happened; nil if never.
    package var deadline: Instant? {
        if let shortage { return shortage.retry }
        return endsInFrame ? nil : files?.deadline
    }

    /// Always false: events go on for as long as they come.
    package var isDone: Bool { false }

    /// Takes in what the poll told of the output.
    ///
    /// - Throws: `EPIPE` if its reader has gone.
    package func noteOccurrence(_ readiness: EventPoll.Interest) throws(Errno) {
        guard readiness.isDisjoint(with: .broken) else { throw .brokenPipe }
    }

    /// Takes in a signal.
    ///
    /// - Returns: Whether the daemon goes on; the next ``write(_:poll:isLast:)`` then begins the file anew.
    package mutating func goesOn(after signal: SignalSource.Signal) -> Bool {
        guard signal == .hangUp else { return false }
        let meaning = HangUp(
            isNamedFile: files != nil, hadTerminal: hadTerminal, hasTerminal: hadTerminal && HangUp.isTerminalThere)
        wantsReopening = meaning == .reopen
        return wantsReopening
    }

    /// Writes what the output takes now, and begins a new file where it is time for one.
    ///
    /// To be called in each round, with something to be written or not. A disk without room is told, and borne: the
    /// events wait in the writer.
    ///
    /// - Parameter isLast: Whether there is no later: a disk without room is then an error.
    /// - Throws: What write(2) said; the output is of no more use.
    package mutating func write(
        _ writer: inout StreamWriter, poll: borrowing EventPoll, isLast: Bool = false
    ) throws(Errno) {
        let isWithinSnapshot = !endsInFrame && writer.isWithinSnapshot
        if wantsReopening && !endsInFrame && !isWithinSnapshot { reopen() }
        if let shortage, !isLast, ContinuousClock.now < shortage.retry { return }
        if !isWithinSnapshot { rotateIfDue() }
        do throws(Errno) {
            try move(&writer)
            endShortage()
        } catch {
            keepBegun(&writer)
            guard Shortage.isMeant(by: error), !isLast else { throw error }
            noteShortage(error)
        }
        try reader.wait(shortage == nil && writer.pendingBytes > 0, for: data, poll)
    }

    /// Drops what is not written; a file ends at a border if that is possible.
    ///
    /// - Returns: The events that were dropped, and whether the stream ends within one.
    package mutating func abandon(_ writer: inout StreamWriter) -> (events: Int, endsInFrame: Bool) {
        keepBegun(&writer)
        let (events, begun) = writer.unwritten
        writer.discard()
        return (events, begun > 0)
    }

    /// What the user is told when a write failed for good.
    package func diagnostic(_ errno: Errno) -> Diagnostic {
        var diagnostic = Diagnostic(.outputFailed, stage: .stream, "cannot write to \(name)")
        switch errno {
        case .brokenPipe, .connectionReset: diagnostic.cause = "\(errno.name): its reader has gone"
        default: diagnostic.cause = errno.described
        }
        if Shortage.isMeant(by: errno) { diagnostic.hint = "make room, or write to another disk" }
        return diagnostic
    }

    // MARK: Writing

    private mutating func move(_ writer: inout StreamWriter) throws(Errno) {
        if files?.room != nil || !preamble.isEmpty { lookAtFile() }
        while true {
            try writePrologue()
            guard writer.pendingBytes > 0 else { return }
            guard let most = portion(of: writer) else { continue }
            let count = try data.write(writer.pending.extracting(first: most))
            guard count > 0 else { return }
            writer.markWritten(count)
            account.bytes += count
            account.writes += 1
            files?.grow(by: count)
            if endsInFrame { endsInFrame = writer.unwritten.bytesOfBegunFrame > 0 }
        }
    }

    private mutating func writePrologue() throws(Errno) {
        while prologue.written < prologue.bytes.count {
            let count = try unsafe data.write(prologue.bytes.span.bytes.extracting(droppingFirst: prologue.written))
            guard count > 0 else { throw .ioError }
            prologue.written += count
            files?.grow(by: count)
        }
        prologue = ([], 0)
    }

    /// How much of what is pending goes out by the next write; nil if a new file was begun.
    private mutating func portion(of writer: borrowing StreamWriter) -> Int? {
        let all = writer.pending.byteCount
        guard let room = files?.room, Int64(all) > room else { return all }
        if endsInFrame { return Self.firstBorder(of: writer) }
        let fitting = writer.border(within: Int(clamping: room))
        if fitting > 0 { return fitting }
        // One frame alone may be larger than a file.
        guard holdsEvents, !goesOnForSnapshot(writer, without: room) else { return Self.firstBorder(of: writer) }
        let now = ContinuousClock.now
        guard files?.mayRotate(at: now) == true else { return all }
        return rotate(at: now) ? nil : all
    }

    /// Whether a file that has its size goes on, as it would end within a snapshot: up to twice that size.
    private func goesOnForSnapshot(_ writer: borrowing StreamWriter, without room: Int64) -> Bool {
        guard let files, writer.isWithinSnapshot else { return false }
        return -room < files.size + room
    }

    /// The bytes up to the first border, found by halving.
    private static func firstBorder(of writer: borrowing StreamWriter) -> Int {
        var (without, with) = (0, writer.pending.byteCount)
        while with - without > 1 {
            let middle = without + (with - without) / 2
            if writer.border(within: middle) > 0 { with = middle } else { without = middle }
        }
        return with
    }

    /// Cuts off what was begun, so that it is pending again and the file ends at a border.
    private mutating func keepBegun(_ writer: inout StreamWriter) {
        if prologue.written > 0, data.cut(prologue.written) {
            files?.grow(by: -prologue.written)
            prologue.written = 0
        }
        let begun = writer.unwritten.bytesOfBegunFrame
        guard begun > 0 else { return }
        // Where somebody else has emptied the file, the begun frame went with the rest.
        endsInFrame = !data.cut(begun) && data.fileStatus?.size != 0
        guard !endsInFrame else { return }
        writer.unwrite(begun)
        account.bytes -= begun
        files?.grow(by: -begun)
    }

    // MARK: No room

    private mutating func noteShortage(_ errno: Errno) {
        guard shortage == nil else {
            shortage?.goOn(at: .now)
            return
        }
        shortage = Shortage(at: .now)
        reporter.report(Shortage.beginning(name, errno))
    }

    private mutating func endShortage() {
        guard let past = shortage else { return }
        shortage = nil
        reporter.report(past.end(name, at: .now))
    }

    // MARK: New files

    /// Whether there is more in the file than what every file begins with.
    private var holdsEvents: Bool { (files?.size ?? 0) > Int64(preamble.count) }

    /// Asks for the file's size; where somebody has emptied it, a capture begins anew.
    private mutating func lookAtFile() {
        if files?.look(at: data) == true && prologue.bytes.isEmpty { prologue = (preamble, 0) }
    }

    private mutating func rotateIfDue() {
        guard let deadline = files?.deadline, !endsInFrame else { return }
        let now = ContinuousClock.now
        guard now >= deadline else { return }
        lookAtFile()
        if holdsEvents { _ = rotate(at: now) } else { files?.wait(from: now) }
    }

    /// - Returns: Whether a new file was begun.
    private mutating func rotate(at now: Instant) -> Bool {
        guard let file = files?.rotate(data, at: now) else { return false }
        begin(DataOutput(file), at: now)
        account.rotations += 1
        return true
    }

    private mutating func reopen() {
        wantsReopening = false
        let now = ContinuousClock.now
        guard let file = files?.reopen(data, at: now) else { return }
        begin(DataOutput(file), at: now)
    }

    private mutating func begin(_ file: consuming DataOutput, at now: Instant) {
        data = file
        prologue = (preamble, 0)
        shortage?.tryNow(now)
    }
}
