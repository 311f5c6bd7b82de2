// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import ToolSupport

/// What went through the daemon.
struct DrainStatistics {
    /// Returns from waiting.
    var wakeups = 0
    private var events = 0
    private var bytes = 0
    private var writes = 0

    mutating func note(_ round: RingSet.Round) {
        events += round.samples
    }

    mutating func noteWrite(_ count: Int) {
        bytes += count
        writes += 1
    }

    func report(_ reporter: Reporter, lost: UInt64) {
        reporter.status(
            "events: \(events), bytes: \(bytes), lost: \(lost), writes: \(writes), wakeups: \(wakeups)",
            event: "statistics",
            [
                ("events", .integer(Int64(events))), ("bytes", .integer(Int64(bytes))), ("lost", .unsigned(lost)),
                ("writes", .integer(Int64(writes))), ("wakeups", .integer(Int64(wakeups))),
            ])
    }
}
