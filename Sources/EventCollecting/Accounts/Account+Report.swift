// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import ToolSupport

extension Account {
    /// Tells what went through, in one line: `--stats`.
    func report(_ reporter: Reporter) {
        var text = "events: \(events), bytes: \(bytes), lost: \(lost.map { "\($0)" } ?? "not known"), "
        text += "writes: \(writes), wakeups: \(wakeups)"
        var members: [(String, JSONValue)] = [
            ("events", .unsigned(events)), ("bytes", .unsigned(bytes)), ("lost", lost.map { .unsigned($0) } ?? .null),
            ("writes", .unsigned(writes)), ("wakeups", .unsigned(wakeups)),
        ]
        if let fullest {
            text += ", fullest: \(fullest.highWater) of \(fullest.bytes) bytes"
            members += [("fullest", .integer(Int64(fullest.highWater))), ("size", .integer(Int64(fullest.bytes)))]
        }
        let snapshots = maps.compactMap(\.snapshots)
        if !snapshots.isEmpty {
            let (taken, elements) = snapshots.reduce((0, 0)) { ($0.0 &+ $1.taken, $0.1 &+ $1.allElements) }
            text += ", snapshots: \(taken), elements: \(elements)"
            members += [("snapshots", .unsigned(taken)), ("elements", .unsigned(elements))]
        }
        reporter.status(text, event: "statistics", members)
    }

    /// The ring that was nearest to being full.
    private var fullest: Ring? {
        maps.flatMap(\.rings).filter { $0.bytes > 0 }.max {
            Double($0.highWater) / Double($0.bytes) < Double($1.highWater) / Double($1.bytes)
        }
    }
}
