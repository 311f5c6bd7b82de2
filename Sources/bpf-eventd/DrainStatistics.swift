// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import ToolSupport

/// What went through the daemon.
struct DrainStatistics {
    /// What the source of the events knows.
    struct Account {
        /// Events lost; nil where nobody counts them: a ring buffer tells only the program.
        var lost: UInt64?
        /// The most bytes seen in a ring buffer at once.
        var fullest = 0
        /// The bytes of the ring buffer; 0 for a perf event array.
        var size = 0
    }

    /// Returns from waiting.
    var wakeups = 0
    private var events = 0

    mutating func note(_ round: DrainRound) {
        events += round.samples
    }

    func report(_ reporter: Reporter, _ account: Account, _ output: EventOutput.Account) {
        var text = "events: \(events), bytes: \(output.bytes), lost: \(account.lost.map { "\($0)" } ?? "not known"), "
        text += "writes: \(output.writes), wakeups: \(wakeups)"
        var members: [(String, JSONValue)] = [
            ("events", .integer(Int64(events))), ("bytes", .integer(Int64(output.bytes))),
            ("lost", account.lost.map { .unsigned($0) } ?? .null), ("writes", .integer(Int64(output.writes))),
            ("wakeups", .integer(Int64(wakeups))),
        ]
        if account.size > 0 {
            text += ", fullest: \(account.fullest) of \(account.size) bytes"
            members += [("fullest", .integer(Int64(account.fullest))), ("size", .integer(Int64(account.size)))]
        }
        reporter.status(text, event: "statistics", members)
    }
}
