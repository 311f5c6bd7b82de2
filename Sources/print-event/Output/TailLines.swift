// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding

/// The last lines of a stream whose length is not known before its end.
struct TailLines {
    private var kept: [[UInt8]] = []
    private var next = 0
    private let limit: Int

    /// - Parameter limit: How many lines are kept.
    init(limit: Int) { self.limit = limit }

    /// Takes the lines behind a place out of the text that waits to be written.
    mutating func take(from start: Int, of lines: inout LineBuffer) {
        let line = lines.take(from: start)
        guard limit > 0 else { return }
        if kept.count < limit {
            kept.append(line)
        } else {
            kept[next] = line
            next = (next + 1) % limit
        }
    }

    /// Gives them all back, the oldest first.
    mutating func give(to lines: inout LineBuffer) {
        for index in kept.indices {
            let line = kept[(next + index) % kept.count]
            unsafe lines.append(raw: line.span.bytes)
        }
        kept = []
        next = 0
    }
}
