// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import ToolSupport

/// What went through the daemon.
struct DrainStatistics {
    /// Returns from waiting.
    var wakeups = 0
    private var events = 0

    mutating func note(_ round: DrainRound) {
        events += round.samples
    }

    /// - Parameters:
    ///   - output: What went out.
    ///   - lost: Events lost; nil where nobody counts them: a ring buffer tells only the program.
    ///   - fill: The most bytes seen in a ring buffer at once, and the bytes it has.
    func report(_ reporter: Reporter, output: EventOutput.Account, lost: UInt64?, fill: (highWater: Int, size: Int)?) {
        var text = "events: \(events), bytes: \(output.bytes), lost: \(lost.map { "\($0)" } ?? "not known"), "
        text += "writes: \(output.writes), wakeups: \(wakeups)"
        var members: [(String, JSONValue)] = [
            ("events", .integer(Int64(events))), ("bytes", .integer(Int64(output.bytes))),
            ("lost", lost.map { .unsigned($0) } ?? .null), ("writes", .integer(Int64(output.writes))),
            ("wakeups", .integer(Int64(wakeups))),
        ]
        if let fill {
            text += ", fullest: \(fill.highWater) of \(fill.size) bytes"
            members += [("fullest", .integer(Int64(fill.highWater))), ("size", .integer(Int64(fill.size)))]
        }
        reporter.status(text, event: "statistics", members)
    }
}
