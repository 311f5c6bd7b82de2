// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// Tells what a capture lacks: events that were lost when it was made, and what became of its own bytes since.
struct CaptureReport {
    private let reporter: Reporter
    private var damage: LimitedReport
    private var hasForeign = false

    init(reporter: Reporter) {
        self.reporter = reporter
        damage = LimitedReport(reporter: reporter)
    }

    /// Tells of events that the writer of the capture did not get.
    func note(_ loss: CaptureLoss) {
        let events = loss.events.map { $0 == 1 ? "1 event" : "\($0) events" } ?? "an unknown number of events"
        let place = loss.cpu.map { " on CPU \($0)" } ?? ""
        let reason =
            switch loss.cause {
            case .ringFull: ""
            case .noReader: ": nobody read the ring"
            case .tooLarge: ": too large for a capture"
            case .damagedRing: ": the ring was damaged"
            default: ": cause \(loss.cause.rawValue)"
            }
        var members: [(String, JSONValue)] = [("source", .unsigned(UInt64(loss.source)))]
        if let cpu = loss.cpu { members.append(("cpu", .unsigned(UInt64(cpu)))) }
        if let events = loss.events { members.append(("events", .unsigned(events))) }
        if let from = loss.from { members.append(("from", .unsigned(from))) }
        if let to = loss.to { members.append(("to", .unsigned(to))) }
        members.append(("cause", .unsigned(UInt64(loss.cause.rawValue))))
        reporter.status("lost \(events)\(place)\(reason)", event: "lost", members, on: .standardError)
    }

    /// Tells of bytes that cannot be read.
    mutating func note(_ found: CaptureDamage) {
        damage.note(found.diagnostic)
    }

    /// Tells of a frame that its file does not hold to the end.
    mutating func note(_ found: StreamError) {
        damage.note(found.diagnostic)
    }

    /// Tells of blocks that should have been there.
    mutating func noteMissing(_ numbers: ClosedRange<UInt64>) {
        let blocks =
            numbers.lowerBound == numbers.upperBound
            ? "block \(numbers.lowerBound) is" : "blocks \(numbers.lowerBound) to \(numbers.upperBound) are"
        damage.note(
            Diagnostic(
                stage: .stream, "\(blocks) missing in the capture",
                cause: "they are damaged, or in a file that was left out", exitStatus: .badData))
    }

    /// Tells of events whose bytes are in another order.
    mutating func noteForeign(_ offset: UInt64) {
        guard !hasForeign else { return }
        hasForeign = true
        damage.note(
            Diagnostic(
                stage: .stream, "the events from byte \(offset) on are not printed",
                cause: "they come from a machine of the other byte order", exitStatus: .badData))
    }

    /// Tells that the capture stops without its end.
    func noteNoEnd() {
        reporter.report(
            Diagnostic(
                .warning, stage: .stream, "the capture has no end",
                cause: "its writer was stopped or still runs, or it goes on in another file", exitStatus: .success))
    }

    /// Tells the number of the damaged places that got no report.
    ///
    /// - Returns: The exit code that they lead to.
    func finish() -> ExitStatus {
        damage.finish { "the capture is damaged at \($0) further places" }
    }
}
