// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import ToolSupport

/// Tells of frames that hold something else than the event: the first ones with their place, the rest as a number.
struct MisfitReport {
    private var report: LimitedReport

    init(reporter: Reporter) {
        report = LimitedReport(reporter: reporter)
    }

    /// Notes a frame that is no event.
    mutating func note(size: Int, offset: UInt64) {
        report.note(
            Diagnostic(
                stage: .stream, "the frame at byte \(offset) is not printed: it has \(size) bytes",
                cause: "the event has \(OriginalEvent.size) bytes, with the kernel's padding "
                    + "\(OriginalEvent.size + 4)",
                exitStatus: .badData))
    }

    /// Tells the number of the frames that got no report.
    ///
    /// - Returns: The exit code that the frames lead to.
    func finish() -> ExitStatus {
        report.finish { "\($0) further frames are no events and are not printed" }
    }
}
