// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// The rings behind a perf event array.
struct PerfEventSource: ~Copyable {
    private var rings: RingSet
    private var losses: LossReport
    private let latency: Latency
    /// The number of the map.
    let number: UInt32
    /// The rounds that found all rings empty, since the last event.
    private var emptyRounds = 0

    init(_ rings: consuming RingSet, source: UInt32, latency: Latency, losses: LossReport) {
        number = source
        self.rings = rings
        self.latency = latency
        self.losses = losses
    }

    /// Moves what is there into a writer.
    mutating func drain(into writer: inout StreamWriter) -> DrainRound {
        let round = rings.drain(into: &writer)
        // A writer that was full says nothing of the rings.
        emptyRounds = round.samples == 0 && !round.isWriterFull ? emptyRounds + 1 : 0
        return DrainRound(samples: round.samples, hasMore: round.isWriterFull, knowsOfLost: round.knowsOfLost)
    }

    /// How long to wait for the next round, in microseconds.
    var pause: Int {
        switch rings.patience {
        case .untilWoken: Latency.untilWoken
        case .deadline: latency.deadline
        case .idle: latency.idle
        }
    }

    /// Takes in an occurrence that is not the daemon's own.
    func noteOccurrence(_ occurrence: EventPoll.Occurrence, poll: borrowing EventPoll) {
        rings.stopWaiting(for: occurrence, poll: poll)
    }

    /// Looks after CPUs that go and come, once a second.
    ///
    /// - Returns: What the user should know.
    mutating func look(poll: borrowing EventPoll, into writer: inout StreamWriter) -> [Diagnostic] {
        rings.followCPUs(poll: poll, into: &writer)
    }

    /// Puts the rings into their slots once more, after another daemon that had the map has ended.
    mutating func setSlots() throws(BPFError) { try rings.setSlots() }

    /// Begins the end: what programs output from here on is refused.
    mutating func stop() {
        rings.disable()
        emptyRounds = 0
    }

    /// Whether everything from before ``stop()`` was read.
    var isFinished: Bool {
        // A program that was in the middle of an event may finish it yet, so once empty is not enough.
        emptyRounds >= 3
    }

    /// Lets go of what cannot be written any more.
    ///
    /// - Returns: The events that are lost by that.
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

    /// Asks the kernel for losses that the rings have not told of.
    mutating func countLosses(into writer: inout StreamWriter) { rings.countLosses(into: &writer) }

    /// Whether a capture has all losses that are known; it gets those that it had no room for.
    mutating func hasTold(_ writer: inout StreamWriter) -> Bool { rings.hasTold(&writer) }

    /// Tells of new losses, if it is time.
    mutating func tellLosses() { losses.reportSoon(&rings) }

    /// Tells of what was not told yet, and of the total.
    mutating func tellAllLosses() { losses.finish(&rings) }

    /// What went through, by CPU.
    var accounts: [RingSet.Account] { rings.accounts }
}
