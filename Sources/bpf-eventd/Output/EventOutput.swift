// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventStream
internal import SystemPackage
internal import ToolSupport

/// Where the events go, and how far: a file or a row of files, a pipe, a FIFO, a socket, a terminal.
///
/// It never waits in write(2), never splits a frame over two files, and keeps what it could not write.
struct EventOutput: ~Copyable {
    typealias Instant = ContinuousClock.Instant

    /// What went out.
    struct Account {
        /// The bytes, without those that were cut off again, and without preambles.
        var bytes = 0
        /// The calls of write(2) that took something.
        var writes = 0
        /// The files that were begun, without the first.
        var rotations = 0
    }

    /// What the user calls it: a path, or `stdout`.
    let name: String
    /// What has gone out.
    private(set) var account = Account()
    /// What every further file begins with: the blocks that tell a capture's reader what it reads.
    var preamble: [UInt8] = []

    private var data: DataOutput
    /// The place of a file on a disk, where a new one may begin; nil for all else.
    private let place: OutputPath?
    private let options: OutputOptions
    private let reporter: Reporter
    private let hadTerminal = HangUp.isTerminalThere
    private var schedule: RotationSchedule
    /// The bytes in the file, as far as somebody asks.
    private var size: Int64 = 0
    /// What is to be written before the next event, and how much of it has been.
    private var prologue = (bytes: [UInt8](), written: 0)
    private var shortage: Shortage?
    private var waitsForReader = false
    private var wantsReopening = false
    /// Whether the file ends within a frame that could not be cut off, so that the rest of it must follow.
    private var endsInFrame = false
    private var token: UInt64?

    /// Opens the output, and waits for the reader of a FIFO; nothing is overwritten yet.
    ///
    /// - Parameters:
    ///   - path: A path, or `-` for stdout.
    ///   - signals: End the wait.
    init(
        _ path: String, options: OutputOptions, signals: borrowing SignalSource, reporter: Reporter
    ) throws(StreamFile.Refusal) {
        let place = path == "-" ? nil : try StreamFile.place(of: path)
        let data = try Self.open(place, signals: signals)
        let isFile = data.kind == .regularFile
        let schedule = RotationSchedule(
            size: options.rotateSize?.bytes, interval: options.rotateEvery.map { .milliseconds($0.milliseconds) },
            now: .now)
        guard isFile || !schedule.isWanted else {
            throw .refused(
                Diagnostic(
                    stage: .stream, "\(path) cannot be rotated: it is no file on a disk",
                    nextStep: "leave out --rotate-size and --rotate-every", exitStatus: .usage))
        }
        name = place?.path ?? "stdout"
        self.place = isFile ? place : nil
        self.data = data
        self.options = options
        self.reporter = reporter
        self.schedule = schedule
    }

    private static func open(
        _ place: OutputPath?, signals: borrowing SignalSource
    ) throws(StreamFile.Refusal) -> DataOutput {
        guard let place else { return try StreamFile.standardOutput() }
        return try StreamFile.open(place, signals: signals)
    }

    /// Empties a file that is not added to: once everything else is ready.
    mutating func begin() throws(StreamFile.Refusal) {
        guard place != nil, !options.append, !data.empty() else { return }
        throw .refused(Diagnostic(stage: .stream, "cannot overwrite \(name)", exitStatus: .io))
    }

    /// Has a poll tell when the reader of the output goes away; a file on a disk has none.
    ///
    /// - Parameter token: What ``noteOccurrence(_:)`` is to be called for.
    mutating func watch(with poll: borrowing EventPoll, token: UInt64) throws(BPFError) {
        guard data.isPollable else { return }
        do throws(BPFError) {
            try poll.add(data.rawDescriptor, token: token, [])
            self.token = token
        } catch  where error.errno == .notPermitted {
            // Devices such as /dev/null cannot be waited for: they are always ready.
        }
    }

    /// Whether the events go to a terminal.
    var isTerminal: Bool { data.kind == .terminal }

    // MARK: The loop

    /// Whether nothing more goes out now: until the poll tells of room, or until ``deadline``.
    var isBlocked: Bool { waitsForReader || shortage != nil }

    /// When ``write(_:poll:isLast:)`` has something to do although nothing happened; nil if never.
    var deadline: Instant? {
        if let shortage { return shortage.retry }
        return place == nil || endsInFrame ? nil : schedule.deadline
    }

    /// Takes in what the poll told of the output.
    ///
    /// - Throws: `EPIPE` if its reader has gone.
    func noteOccurrence(_ readiness: EventPoll.Interest) throws(Errno) {
        guard readiness.isDisjoint(with: .broken) else { throw .brokenPipe }
    }

    /// Takes in a signal.
    ///
    /// - Returns: Whether the daemon goes on; the next ``write(_:poll:isLast:)`` then begins the file anew.
    mutating func goesOn(after signal: SignalSource.Signal) -> Bool {
        guard signal == .hangUp else { return false }
        let meaning = HangUp(
            isNamedFile: place != nil, hadTerminal: hadTerminal, hasTerminal: hadTerminal && HangUp.isTerminalThere)
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
    mutating func write(
        _ writer: inout StreamWriter, poll: borrowing EventPoll, isLast: Bool = false
    ) throws(Errno) {
        if wantsReopening && !endsInFrame { reopen() }
        if let shortage, !isLast, ContinuousClock.now < shortage.retry { return }
        if let deadline = schedule.deadline, !endsInFrame { rotate(ifPast: deadline) }
        do throws(Errno) {
            try move(&writer)
            endShortage()
        } catch {
            keepBegun(&writer)
            guard Shortage.isMeant(by: error), !isLast else { throw error }
            noteShortage(error)
        }
        try waitForReader(shortage == nil && writer.pendingBytes > 0, poll)
    }

    /// Drops what is not written; a file ends at a border if that is possible.
    ///
    /// - Returns: The events that were dropped, and whether the stream ends within one.
    mutating func abandon(_ writer: inout StreamWriter) -> (events: Int, endsInFrame: Bool) {
        keepBegun(&writer)
        let (events, begun) = writer.unwritten
        writer.discard()
        return (events, begun > 0)
    }

    /// What the user is told when a write failed for good.
    func diagnostic(_ errno: Errno) -> Diagnostic {
        var diagnostic = Diagnostic(stage: .stream, "cannot write to \(name)", exitStatus: .io)
        switch errno {
        case .brokenPipe, .connectionReset: diagnostic.cause = "\(errno.name): its reader has gone"
        default: diagnostic.cause = errno.described
        }
        if Shortage.isMeant(by: errno) { diagnostic.nextStep = "make room, or write to another disk" }
        return diagnostic
    }

    // MARK: Writing

    private mutating func move(_ writer: inout StreamWriter) throws(Errno) {
        if schedule.size != nil || !preamble.isEmpty { lookAtFile() }
        while true {
            try writePrologue()
            guard writer.pendingBytes > 0 else { return }
            guard let most = portion(of: writer) else { continue }
            let count = try data.write(writer.pending.extracting(first: most))
            guard count > 0 else { return }
            writer.markWritten(count)
            account.bytes += count
            account.writes += 1
            size += Int64(count)
            if endsInFrame { endsInFrame = writer.unwritten.bytesOfBegunFrame > 0 }
        }
    }

    private mutating func writePrologue() throws(Errno) {
        while prologue.written < prologue.bytes.count {
            let count = try unsafe data.write(prologue.bytes.span.bytes.extracting(droppingFirst: prologue.written))
            guard count > 0 else { throw .ioError }
            prologue.written += count
            size += Int64(count)
        }
        prologue = ([], 0)
    }

    /// How much of what is pending goes out by the next write; nil if a new file was begun.
    private mutating func portion(of writer: borrowing StreamWriter) -> Int? {
        let all = writer.pending.byteCount
        guard let limit = schedule.size, Int64(all) > limit - size else { return all }
        if endsInFrame { return Self.firstBorder(of: writer) }
        let fitting = writer.border(within: Int(clamping: limit - size))
        if fitting > 0 { return fitting }
        // One frame alone may be larger than a file.
        guard holdsEvents else { return Self.firstBorder(of: writer) }
        let now = ContinuousClock.now
        guard schedule.mayTry(at: now) else { return all }
        return rotate(at: now) ? nil : all
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
            size -= Int64(prologue.written)
            prologue.written = 0
        }
        let begun = writer.unwritten.bytesOfBegunFrame
        guard begun > 0 else { return }
        // Where somebody else has emptied the file, the begun frame went with the rest.
        endsInFrame = !data.cut(begun) && data.fileStatus?.size != 0
        guard !endsInFrame else { return }
        writer.unwrite(begun)
        account.bytes -= begun
        size -= Int64(begun)
    }

    private mutating func waitForReader(_ wanted: Bool, _ poll: borrowing EventPoll) throws(Errno) {
        guard wanted != waitsForReader, let token else { return }
        do throws(BPFError) {
            try poll.change(data.rawDescriptor, token: token, wanted ? .writable : [])
        } catch {
            throw error.errno ?? .ioError
        }
        waitsForReader = wanted
    }

    // MARK: No room

    private mutating func noteShortage(_ errno: Errno) {
        let now = ContinuousClock.now
        guard shortage == nil else {
            shortage?.goOn(at: now)
            return
        }
        shortage = Shortage(at: now)
        reporter.report(
            Diagnostic(
                .warning, stage: .stream, "no room in \(name): the events wait", cause: errno.described,
                nextStep: "make room; it goes on by itself", exitStatus: .success))
    }

    private mutating func endShortage() {
        guard let start = shortage?.start else { return }
        shortage = nil
        let time = Shortage.seconds(start.duration(to: .now))
        reporter.report(
            Diagnostic(.note, stage: .stream, "room again in \(name) after \(time)", exitStatus: .success))
    }

    // MARK: New files

    /// Whether there is more in the file than what every file begins with.
    private var holdsEvents: Bool { size > Int64(preamble.count) }

    /// Asks for the file's size: others may add to it or empty it, and then a capture begins anew.
    private mutating func lookAtFile() {
        guard place != nil, let now = data.fileStatus?.size else { return }
        if now == 0 && size > 0 && prologue.bytes.isEmpty { prologue = (preamble, 0) }
        size = now
    }

    private mutating func rotate(ifPast deadline: Instant) {
        let now = ContinuousClock.now
        guard place != nil, now >= deadline else { return }
        lookAtFile()
        if holdsEvents { _ = rotate(at: now) } else { schedule.begin(at: now) }
    }

    /// Renames the file and begins a new one.
    ///
    /// - Returns: Whether that could be done; the old one goes on otherwise.
    private mutating func rotate(at now: Instant) -> Bool {
        guard let place, let permissions = data.fileStatus?.permissions else { return false }
        do throws(OutputPath.Refusal) {
            let rotated = try place.rotate(
                current: FileIdentity(descriptor: data.rawDescriptor), keep: options.keep, mode: permissions)
            if let refusal = rotated.refusal { tell(refusal, "cannot remove an old file of \(name)") }
            beginFile(rotated.release(), at: now)
            account.rotations += 1
            return true
        } catch {
            if !schedule.hasFailed { tell(error, "cannot rotate \(name): the events go on in it") }
            schedule.fail(at: now)
            return false
        }
    }

    /// Begins anew with what has the file's name, or makes it.
    private mutating func reopen() {
        wantsReopening = false
        guard let place, let permissions = data.fileStatus?.permissions else { return }
        do throws(OutputPath.Refusal) {
            let file = try place.reopen(mode: permissions)
            let isOther = FileIdentity(descriptor: file.rawValue) != FileIdentity(descriptor: data.rawDescriptor)
            if isOther { beginFile(file, at: .now) }
            reporter.status("Reopened.", event: "reopened", [("path", .string(name)), ("new", .bool(isOther))])
        } catch {
            tell(error, "cannot reopen \(name): the events go on in the old file")
        }
    }

    private mutating func beginFile(_ file: consuming OwnedDescriptor, at now: Instant) {
        data = DataOutput(file)
        size = data.fileStatus?.size ?? 0
        prologue = (preamble, 0)
        shortage?.tryNow(now)
        schedule.begin(at: now)
    }

    private func tell(_ refusal: OutputPath.Refusal, _ message: String) {
        let cause = refusal.errno?.described ?? "something else than a file has that name"
        reporter.report(
            Diagnostic(.warning, stage: .stream, message, cause: "\(refusal.name): \(cause)", exitStatus: .success))
    }
}
