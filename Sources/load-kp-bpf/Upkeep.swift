// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Diagnostics
import ToolSupport

/// What a run sees to while its programs run, in whatever loop it waits: calls that the programs do not see are told once,
/// what they print and what the kernel reports of them is taken, CPUs are followed, and a structure of functions that the
/// kernel takes off ends the run.
struct Upkeep {
    /// What programs print each by itself.
    var streams: ProgramStreams
    /// Why the run is to end; nil while nothing ends it.
    private(set) var failure: BPFError?
    private let session: Session
    private let showsLines: Bool
    private var hasBegun = false
    /// When each is due, in nanoseconds of `CLOCK_MONOTONIC`.
    private var unseenDue: UInt64 = 0
    private var unseen: UnseenCalls?
    private var streamsDue: UInt64 = 0
    private var structuresDue: UInt64 = 0
    private var processorsDue: UInt64 = 0

    /// What came of a turn.
    struct Turn {
        /// What programs have printed since, lines with their newlines.
        var lines: [UInt8] = []
        /// When the next turn is at the latest, in nanoseconds of `CLOCK_MONOTONIC`; nil if the run is to end, see
        /// ``Upkeep/failure``.
        var due: UInt64?
    }

    /// Nanoseconds after which a run is no short one: to know the calls that are not seen takes the kernel longer than
    /// attaching did.
    private static let settled: UInt64 = 1_000_000_000
    /// Nanoseconds between two looks whether those calls are known.
    private static let unseenInterval: UInt64 = 100_000_000
    /// Nanoseconds between two looks at structures.
    private static let structuresInterval: UInt64 = 300_000_000
    /// Nanoseconds between two looks at the CPUs.
    private static let processorsInterval: UInt64 = 1_000_000_000
    /// Nanoseconds between two looks at what the kernel reports, where the lines of programs are not shown.
    private static let reportInterval: UInt64 = 10_000_000_000

    /// Begins with the first turn, when the programs are attached.
    ///
    /// - Parameters:
    ///   - session: The run.
    ///   - showsLines: Whether the lines of programs are shown, and not only what the kernel reports of them.
    init(_ session: Session, _ streams: ProgramStreams, showsLines: Bool) {
        self.session = session
        self.streams = streams
        self.showsLines = showsLines
    }

    /// Does what is due.
    ///
    /// - Parameter takesLines: Whether there is room for what programs have printed; it waits otherwise.
    mutating func turn(_ loaded: inout BPFCollection, takesLines: Bool = true) throws -> Turn {
        let now = MonotonicClock.nanoseconds
        if !hasBegun {
            hasBegun = true
            unseenDue = now + Self.settled
            if !showsLines { streamsDue = unseenDue }
        }
        if now >= unseenDue {
            let search = unseen ?? UnseenCalls(of: session.targets(loaded))
            unseen = search
            unseenDue = now + Self.unseenInterval
            if let found = search.all {
                unseenDue = .max
                // In a verbose run those were told when the programs were attached.
                session.tell(found.filter { !session.options.verbose || !$0.isOfMany })
            }
        }
        if loaded.hasStructures, now >= structuresDue {
            structuresDue = now + Self.structuresInterval
            if let taken = loaded.structureTakenOff() {
                failure = taken
                return Turn(due: nil)
            }
        }
        if loaded.followsCPUs, now >= processorsDue {
            processorsDue = now + Self.processorsInterval
            loaded.followCPUs().forEach(session.reporter.report)
        }
        var turn = Turn(due: unseenDue)
        if streams.interval != nil, takesLines, now >= streamsDue { turn.lines = try look(loaded, now) }
        if loaded.hasStructures { turn.due = min(turn.due ?? .max, structuresDue) }
        if loaded.followsCPUs { turn.due = min(turn.due ?? .max, processorsDue) }
        if streams.interval != nil, takesLines { turn.due = min(turn.due ?? .max, streamsDue) }
        return turn
    }

    /// Takes the last that programs have printed, lines without an end as well, once they are off or are going to be.
    mutating func lastLines(_ loaded: borrowing BPFCollection) throws -> [UInt8] {
        let lines = try streams.lines(of: loaded.programs) + streams.lastLines(of: loaded.programs)
        try report(loaded)
        return lines
    }

    private mutating func look(_ loaded: borrowing BPFCollection, _ now: UInt64) throws -> [UInt8] {
        let interval = showsLines ? streams.interval.map { UInt64($0) * 1_000_000 } : nil
        streamsDue = now + (interval ?? Self.reportInterval)
        let lines = showsLines ? try streams.lines(of: loaded.programs) : []
        try report(loaded)
        return lines
    }

    private mutating func report(_ loaded: borrowing BPFCollection) throws {
        try streams.reports(of: loaded.programs).forEach(session.reporter.report)
    }
}

/// When a run ends by itself.
struct RunEnd {
    private let time: ContinuousClock.Instant?

    /// - Parameter milliseconds: How long it lasts from now on; nil is without end.
    init(milliseconds: Int64?) { time = milliseconds.map { ContinuousClock.now + .milliseconds($0) } }

    /// Milliseconds that are left, 0 if there are none; nil is without end.
    var milliseconds: Int64? {
        time.map { max(0, Int64((min(($0 - .now) / .milliseconds(1), 1e15)).rounded(.up))) }
    }

    /// Milliseconds that are left until something is due or the run ends, the first of both; nil is without end.
    ///
    /// - Parameter due: In nanoseconds of `CLOCK_MONOTONIC`; `UInt64.max` is never.
    func milliseconds(until due: UInt64) -> Int64? {
        guard due < .max else { return milliseconds }
        let now = MonotonicClock.nanoseconds
        // A little late, and not a little early, so that something is due then.
        let wait = due > now ? Int64(clamping: (due - now) / 1_000_000 + 1) : 0
        return min(wait, milliseconds ?? .max)
    }
}
