// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import ToolSupport

/// Tells of lost events: at once, but one line a second and CPU while it goes on, and all of them at the end.
///
/// Also with `--quiet`: events that are missing are no matter of taste.
struct LossReport {
    private let reporter: Reporter
    private var next = ContinuousClock.now
    /// All events lost so far.
    private(set) var total: UInt64 = 0

    init(reporter: Reporter) {
        self.reporter = Reporter(tool: reporter.tool, format: reporter.format)
    }

    /// Tells of new losses, unless it has done so within the last second.
    mutating func reportSoon(_ rings: inout RingSet) {
        let now = ContinuousClock.now
        guard now >= next else { return }
        if report(&rings) { next = now + .seconds(1) }
    }

    /// Tells of the last losses, and of the total where there were any.
    mutating func finish(_ rings: inout RingSet) {
        report(&rings)
        if rings.corruptRecords > 0 {
            reporter.report(
                Diagnostic(
                    .warning, stage: .ring, "\(rings.corruptRecords) records of the rings had impossible lengths",
                    nextStep: "this should not happen on any kernel: please report it", exitStatus: .success))
        }
        guard total > 0 else { return }
        let each = rings.losses.map { "\($0.events) on CPU \($0.cpu)" }.joined(separator: ", ")
        reporter.status(
            "lost \(total) events in total: \(each)", event: "lost-total",
            [
                ("events", .unsigned(total)),
                (
                    "cpus",
                    .array(
                        rings.losses.map {
                            .object([("cpu", .integer(Int64($0.cpu))), ("events", .unsigned($0.events))])
                        })
                ),
            ])
    }

    @discardableResult
    private mutating func report(_ rings: inout RingSet) -> Bool {
        let losses = rings.takeLosses()
        for loss in losses {
            total += loss.events
            // The original's words, and the CPU.
            reporter.status(
                "lost \(loss.events) events on CPU \(loss.cpu)", event: "lost",
                [("cpu", .integer(Int64(loss.cpu))), ("events", .unsigned(loss.events))])
        }
        return !losses.isEmpty
    }
}
