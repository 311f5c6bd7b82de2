// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// The rings behind a perf event array.
///
/// The kernel wakes the daemon when a ring is a quarter full, and a timer when a ring may hold less than that.
struct PerfEventSource: EventSource, ~Copyable {
    private var rings: RingSet
    private var losses: LossReport
    private var emptyRounds = 0

    init(_ rings: consuming RingSet, reporter: Reporter) {
        self.rings = rings
        losses = LossReport(reporter: reporter)
    }

    let writerCapacity = 1 << 20

    mutating func drain(into writer: inout StreamWriter) -> DrainRound {
        let round = rings.drain(into: &writer)
        return DrainRound(samples: round.samples, hasMore: round.isWriterFull, knowsOfLost: round.knowsOfLost)
    }

    func pause(after round: DrainRound, isBlocked: Bool, poll: borrowing EventPoll) -> Int {
        round.samples > 0 && !isBlocked ? DrainInterval.busy : DrainInterval.idle
    }

    func noteOccurrence(_ occurrence: EventPoll.Occurrence, poll: borrowing EventPoll) {
        rings.stopWaiting(for: occurrence, poll: poll)
    }

    mutating func look(
        map: borrowing MapHandle, poll: borrowing EventPoll, into writer: inout StreamWriter
    ) -> [Diagnostic] {
        rings.followCPUs(map: map, poll: poll, into: &writer)
    }

    mutating func stop(poll: borrowing EventPoll) {
        rings.disable()
        emptyRounds = 0
    }

    mutating func isFinished(after round: DrainRound) -> Bool {
        // A program that was in the middle of an event may finish it yet, so once empty is not enough.
        emptyRounds = round.samples == 0 ? emptyRounds + 1 : 0
        return emptyRounds >= 3
    }

    mutating func abandon(_ writer: inout StreamWriter) -> Int {
        rings.disable()
        var events = 0
        while true {
            let round = rings.drain(into: &writer)
            events += round.samples
            writer.discard()
            if round.samples == 0 { return events }
        }
    }

    mutating func tellLosses() { losses.reportSoon(&rings) }

    mutating func tellAllLosses() { losses.finish(&rings) }

    var account: DrainStatistics.Account { DrainStatistics.Account(lost: losses.total) }
}
