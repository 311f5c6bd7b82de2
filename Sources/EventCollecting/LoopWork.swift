// SPDX-License-Identifier: Apache-2.0

package import EventStream

/// What a loop does beside draining rings: takes a turn, and answers when the next one is at the latest, in ns of
/// `CLOCK_MONOTONIC`; nil ends the loop in order.
///
/// What it has for the stream goes into the writer.
package typealias LoopWork<Output: StreamOutput & ~Copyable> = (
    _ phase: LoopPhase, _ output: inout Output, _ writer: inout StreamWriter
) -> UInt64?

/// When work beside the rings has a turn.
package enum LoopPhase {
    /// While the loop runs.
    case during
    /// After the rings have been read to their ends; it comes again until nil is answered.
    case atEnd
}

/// By what the poll tells of what is not a ring.
enum LoopToken {
    static let signal: UInt64 = 1
    static let output: UInt64 = 2
    static let clock: UInt64 = 3
    static let work: UInt64 = 4
}
