// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import ToolSupport

/// Reports the first places where something is wrong with the stream, and of the rest as a number.
struct LimitedReport {
    private let reporter: Reporter
    private var count: UInt64 = 0

    /// The places that get a report of their own.
    private static let limit: UInt64 = 10

    init(reporter: Reporter) {
        self.reporter = reporter
    }

    /// Notes a place.
    mutating func note(_ diagnostic: @autoclosure () -> Diagnostic) {
        count += 1
        if count <= Self.limit { reporter.report(diagnostic()) }
    }

    /// Reports the number of the places that got no report.
    ///
    /// - Parameter message: What is said of that number of places.
    /// - Returns: The exit code that the places lead to.
    func finish(_ message: (UInt64) -> String) -> ExitStatus {
        guard count > 0 else { return .success }
        if count > Self.limit {
            reporter.report(Diagnostic(.linesLost, stage: .stream, message(count - Self.limit)))
        }
        return .badData
    }
}
