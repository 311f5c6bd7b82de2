// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventStream

/// Where the daemon's events come from: the rings behind a perf event array, or one ring buffer.
protocol EventSource: ~Copyable {
    /// The bytes that the buffer for frames has at least.
    var writerCapacity: Int { get }

    /// Moves what is there into a frame writer.
    mutating func drain(into writer: inout StreamWriter) throws(BPFError) -> DrainRound

    /// Chooses how long to wait after a round, and what for.
    ///
    /// - Parameters:
    ///   - round: The last one; nothing more was left to be read at once.
    ///   - isBlocked: Whether the output takes nothing now, so that there is no use in draining.
    /// - Returns: Milliseconds.
    mutating func pause(after round: DrainRound, isBlocked: Bool, poll: borrowing EventPoll) throws(BPFError) -> Int

    /// Takes in an occurrence that is not the daemon's own.
    mutating func noteOccurrence(_ occurrence: EventPoll.Occurrence, poll: borrowing EventPoll)

    /// Looks after what changes slowly, once a second.
    ///
    /// - Returns: What the user should know.
    mutating func look(
        map: borrowing MapHandle, poll: borrowing EventPoll, into writer: inout StreamWriter
    ) -> [Diagnostic]

    /// Begins the end: what programs output from here on need not be read.
    mutating func stop(poll: borrowing EventPoll)

    /// Whether everything from before ``stop(poll:)`` was read, asked once after each round.
    mutating func isFinished(after round: DrainRound) -> Bool

    /// Lets go of what cannot be written any more.
    ///
    /// - Returns: The events that are lost by that.
    mutating func abandon(_ writer: inout StreamWriter) -> Int

    /// Tells of events that were lost, unless it has done so within the last second.
    mutating func tellLosses()

    /// Tells of the last losses, and of all together.
    mutating func tellAllLosses()

    /// Facts for the statistics at the end.
    var account: DrainStatistics.Account { get }
}

/// What one round of draining did.
struct DrainRound {
    /// Events that went into the writer.
    var samples = 0
    /// The bytes that they and their headers took.
    var bytes = 0
    /// Whether more is there to be read, as soon as the writer has room.
    var hasMore = false
    /// Whether a program is still writing the next event.
    var isBusy = false
    /// Whether something new is known of lost events.
    var knowsOfLost = false
}

/// How long the daemon waits, in milliseconds.
enum DrainInterval {
    /// While nothing happens.
    static let idle = 40
    /// At most, while events flow.
    static let busy = 10
}
