// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventSummaries

extension EventForm {
    /// Rows of a table that is no screen's.
    private static let rows = 20

    /// Draws the table of what most events have: over the one before on a terminal, else below it.
    ///
    /// - Parameters:
    ///   - seconds: The time since the last one; nil at the end, when it is of all events.
    ///   - size: The columns and lines that the terminal has now; nil for what is none.
    mutating func drawTop(seconds: Double?, size: (width: Int?, height: Int?), to lines: inout LineBuffer) {
        if look.redraws, top.lines > 0 {
            lines.append("\u{1b}[")
            lines.append(UInt64(top.lines))
            lines.append("A\r\u{1b}[J")
        } else if top.lines > 0 {
            lines.append("\n")
        }
        let start = lines.count
        lines.append(summary.events)
        lines.append(summary.events == 1 ? " event" : " events")
        if summary.lost > 0 || summary.lostUnknown {
            lines.append(", lost ")
            if summary.lost > 0 { lines.append(summary.lost) }
            if summary.lostUnknown { lines.append(summary.lost > 0 ? " and more" : "an unknown number") }
        }
        lines.append("\n")
        // The heading, the names, what is not shown, and the line of the cursor.
        let rows = look.redraws ? size.height.map { max($0 - 5, 1) } ?? Self.rows : Self.rows
        top.table.write(
            summary, seconds: seconds, rows: min(rows, Self.rows * 5), width: size.width, colour: look.hasColour,
            to: &lines)
        top.lines = lines.newlines(from: start)
    }
}

extension LineBuffer {
    fileprivate func newlines(from start: Int) -> Int {
        let bytes = bytes
        return (start..<count).reduce(0) { found, index in
            let isEnd = unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) == UInt8(ascii: "\n")
            return found + (isEnd ? 1 : 0)
        }
    }
}
