// SPDX-License-Identifier: Apache-2.0

package import BPFCore
package import Diagnostics
package import EventStream
package import ToolSupport

/// Where a collecting loop's stream goes: a file of a daemon, or a printer in the same process.
///
/// It never waits: what it does not take stays in the writer.
package protocol StreamOutput: ~Copyable {
    /// What the user calls it: a path, or `stdout`.
    var name: String { get }
    /// What has gone out.
    var account: OutputAccount { get }
    /// What every further file begins with.
    var preamble: [UInt8] { get set }
    /// Whether nothing more goes out now: until the poll tells of room, or until ``deadline``.
    var isBlocked: Bool { get }
    /// When ``write(_:poll:isLast:)`` has something to do although nothing happened; nil if never.
    var deadline: ContinuousClock.Instant? { get }
    /// Whether nothing more is wanted, so that the loop ends in order.
    var isDone: Bool { get }

    /// Has a poll tell when the reader of the output goes away.
    ///
    /// - Parameter token: What ``noteOccurrence(_:)`` is to be called for.
    mutating func watch(with poll: borrowing EventPoll, token: UInt64) throws(BPFError)

    /// Takes in what the poll told of the output.
    ///
    /// - Throws: `EPIPE` if its reader has gone and that is an error.
    mutating func noteOccurrence(_ readiness: EventPoll.Interest) throws(Errno)

    /// Takes in a signal.
    ///
    /// - Returns: Whether the loop goes on.
    mutating func goesOn(after signal: SignalSource.Signal) -> Bool

    /// Writes what the output takes now; to be called in each round, with something to be written or not.
    ///
    /// - Parameter isLast: Whether there is no later.
    /// - Throws: What write(2) said; the output is of no more use.
    mutating func write(_ writer: inout StreamWriter, poll: borrowing EventPoll, isLast: Bool) throws(Errno)

    /// Drops what is not written.
    ///
    /// - Returns: The events that were dropped, and whether the stream ends within one.
    mutating func abandon(_ writer: inout StreamWriter) -> (events: Int, endsInFrame: Bool)

    /// What the user is told when a write failed for good.
    func diagnostic(_ errno: Errno) -> Diagnostic
}

/// What has gone out.
package struct OutputAccount {
    /// The bytes, without those that were cut off again, and without preambles.
    package var bytes = 0
    /// The calls of write(2) that took something.
    package var writes = 0
    /// The files that were begun, without the first.
    package var rotations = 0

    /// Nothing yet.
    package init() {}
}
