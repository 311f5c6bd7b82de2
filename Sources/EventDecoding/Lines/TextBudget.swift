// SPDX-License-Identifier: Apache-2.0

/// What the text of events may take, so that a few bytes of a stream cannot become gigabytes and minutes.
///
/// A type may have 16,384 values that lie over each other, each with a name of a kilobyte: then an event of four bytes is
/// megabytes of text. Text may be so many times as large as the events are, and what honest events leave of that is saved
/// up for others. Sixteen fields with names of 20 letters in an event of eight bytes fit as JSON, for any number of
/// events; 32 MiB of events take no more than some seconds, whatever their types are.
package struct TextBudget: Sendable {
    /// Bytes that the text of one event may have, whatever was saved up.
    package static let largestEvent = 4 << 20
    /// What every stream has: a large type has room for some thousand events.
    private static let own = 1 << 28
    /// What there is where nothing bounds it.
    package static let unlimited = 1 << 60
    /// What each byte of an event brings.
    private static let perByte = 160
    /// Bytes of a stream that even an event of none takes.
    private static let overhead = 4
    /// Nothing is saved up beyond that, so that what a long stream brought is not taken by its last events all at once.
    private static let most = 1 << 32

    private var left = Self.own

    /// Creates the budget of a stream.
    package init() {}

    /// Notes that an event was read.
    ///
    /// - Returns: What it may take.
    @inline(__always)
    package mutating func receive(_ bytes: Int) -> Int {
        left = min(left + (bytes + Self.overhead) * Self.perByte, Self.most)
        return max(left, 0)
    }

    /// What text may take now that no event brings anything for.
    package var room: Int { max(left, 0) }

    /// Notes what an event took.
    @inline(__always)
    package mutating func spend(_ cost: Int) { left -= cost }
}

extension LineBuffer {
    /// The sign that something of the event is left out.
    package mutating func appendCutMark() { append("…") }

    /// Leaves the rest of an event out where a name would come; JSON has its mark behind all.
    mutating func appendCut(_ isJSON: Bool) {
        if !isJSON { appendCutMark() }
        cut()
    }

    /// Leaves the rest of an event out where a value would come: JSON needs one there.
    mutating func appendCutValue(_ isJSON: Bool) {
        if isJSON { append("null") } else { appendCutMark() }
        cut()
    }

    /// As many of some bytes as there is room for; each takes one byte at least.
    func room(for range: Range<Int>) -> Range<Int> {
        range.lowerBound..<min(range.upperBound, range.lowerBound + max(room, 0))
    }
}
