// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// Reports what a capture lacks: events that were lost when it was made, and what became of its own bytes since.
struct CaptureReport {
    let reporter: Reporter
    private var damage: LimitedReport
    private var hasForeign = false
    private var hasCut = false
    /// What else the exit code tells.
    private var status = ExitStatus.success
    /// The maps that had events of no known type.
    private var unknown: Set<String> = []

    private static let unknownLimit = 16

    /// Whether the events come from the same process, which tells of losses itself and has the object.
    let isLive: Bool
    /// The host that is told of, where there are several; empty for the only one.
    var host = ""

    init(reporter: Reporter, isLive: Bool = false) {
        self.reporter = reporter
        self.isLive = isLive
        damage = LimitedReport(reporter: reporter)
    }

    /// Reports events that the writer of the capture did not get.
    func note(_ loss: CaptureLoss) {
        guard !isLive else { return }
        var members: [(String, JSONValue)] = [("source", .unsigned(UInt64(loss.source)))]
        if let cpu = loss.cpu { members.append(("cpu", .unsigned(UInt64(cpu)))) }
        if let events = loss.events { members.append(("events", .unsigned(events))) }
        if let from = loss.from { members.append(("from", .unsigned(from))) }
        if let to = loss.to { members.append(("to", .unsigned(to))) }
        members.append(("cause", .unsigned(UInt64(loss.cause.rawValue))))
        if !host.isEmpty { members.append(("host", .string(host))) }
        let words = host.isEmpty ? loss.words : "\(host.terminalSafe): \(loss.words)"
        reporter.status(words, event: "lost", members, on: .standardError)
    }

    /// Notes an exit code that something leads to which was told elsewhere.
    mutating func note(_ status: ExitStatus) {
        if status != .success { self.status = status }
    }

    /// Reports a doubt of another kind.
    func tell(_ diagnostic: Diagnostic) { reporter.report(diagnostic) }

    /// Reports bytes that cannot be read.
    ///
    /// - Parameter file: The file that they are in, where there are several.
    mutating func note(_ found: CaptureDamage, in file: String? = nil) {
        var diagnostic = found.diagnostic
        if let file { diagnostic.details.append("in \(file.terminalSafe)") }
        damage.note(diagnostic)
    }

    /// Reports a frame that its file does not hold to the end.
    mutating func note(_ found: StreamError) {
        damage.note(found.diagnostic)
    }

    /// Reports blocks that should have been there.
    mutating func noteMissing(_ numbers: ClosedRange<UInt64>) {
        let blocks =
            numbers.lowerBound == numbers.upperBound
            ? "block \(numbers.lowerBound) is" : "blocks \(numbers.lowerBound) to \(numbers.upperBound) are"
        damage.note(
            Diagnostic(
                .captureIncomplete, stage: .stream, "\(blocks) missing in the capture",
                cause: "they are damaged, or in a file that was left out"))
    }

    /// Reports events whose bytes are in another order.
    mutating func noteForeign(_ offset: UInt64) {
        guard !hasForeign else { return }
        hasForeign = true
        damage.note(
            Diagnostic(
                .captureByteOrder, stage: .stream, "the events from byte \(offset) on are not printed",
                cause: "they come from a machine of the other byte order"))
    }

    /// Reports that events of no known type are shown in hexadecimal, the first one of each map.
    ///
    /// - Parameter object: The object that was given and does not say the type.
    mutating func noteUnknown(size: Int, map: String, offset: UInt64, object: String?) {
        guard unknown.count < Self.unknownLimit, unknown.insert(map).inserted else { return }
        let name = map.isEmpty ? "the event at byte \(offset)" : "an event of \(map.terminalSafe)"
        reporter.report(
            Diagnostic(
                .eventsUntyped, .warning, stage: .stream,
                "\(name) has \(size) bytes of no known type and is shown in hexadecimal",
                cause: object.map { "\($0.terminalSafe) sends no such events" },
                nextStep: isLive
                    ? "name the type by an annotation in the program, or by --layout 'struct { … }'"
                    : object == nil
                        ? "name the type by --object prog.o, --type or --layout 'struct { … }'"
                        : "give the object whose program sends them, or --layout 'struct { … }'"))
    }

    /// Tells, once, that events are shown in part.
    mutating func noteCut(_ type: String) {
        guard !hasCut else { return }
        hasCut = true
        note(.badData)
        reporter.report(
            Diagnostic(
                .eventTextTooLong, stage: .stream,
                "events are cut: those of \(String(type.prefix(128)).terminalSafe) make too much text",
                cause: "text may be some hundred times as large as the events are, and 4 MiB for one event",
                nextStep: "choose fields by --fields, or write the events as they are by --raw"))
    }

    /// Tells of events that were not put in order.
    func noteOrder(late: UInt64, forced: UInt64) {
        guard late > 0 || forced > 0 else { return }
        let why = late > 0 ? "\(late) came too late" : "\(forced) had to leave early"
        reporter.report(
            Diagnostic(
                .eventsOutOfOrder, .warning, stage: .stream, "not all events are in order of time: \(why)",
                cause: "the capture is further out of order than a second or 64 MiB of events"))
    }

    /// Reports that fewer of the last lines were kept than were asked for.
    func noteTail(kept: Int, wanted: Int) {
        reporter.report(
            Diagnostic(
                .linesCut, .warning, stage: .stream, "\(kept) of the last \(wanted) lines are shown",
                cause: "no more than \(TailLines.byteLimit >> 20) MiB of lines are kept in memory",
                nextStep: "print all lines, and cut them with tail(1)"))
    }

    /// Reports that the capture stops without its end.
    func noteNoEnd() {
        reporter.report(
            Diagnostic(
                .captureOpenEnded, .warning, stage: .stream, "the capture has no end",
                cause: "its writer was stopped or still runs, or it continues in another file"))
    }

    /// Reports the number of the damaged places that got no report.
    ///
    /// - Returns: The exit code that they lead to.
    func finish() -> ExitStatus {
        let found = damage.finish { "the capture is damaged at \($0) further places" }
        return found == .success ? status : found
    }
}
