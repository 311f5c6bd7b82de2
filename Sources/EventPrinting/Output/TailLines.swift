// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding

/// The last lines of a stream whose length is not known before its end.
///
/// They are kept in large pieces of text, which take little more than the text itself.
struct TailLines {
    private struct Piece {
        var text: [UInt8] = []
        /// Where each line ends.
        var ends: [UInt32] = []
    }

    /// Bytes of lines that are kept.
    static let byteLimit = 64 << 20
    private static let pieceSize = 1 << 20

    /// The oldest first.
    private var pieces: [Piece] = []
    /// Lines and bytes of all pieces.
    private var count = 0
    private var bytes = 0
    /// All lines that there were.
    private var seen = 0
    private let limit: Int

    /// - Parameter limit: How many lines are kept.
    init(limit: Int) { self.limit = limit }

    /// Takes the lines behind a place out of the text that waits to be written.
    mutating func take(from start: Int, of lines: inout LineBuffer) {
        let line = lines.take(from: start)
        guard limit > 0 else { return }
        seen += 1
        if pieces.isEmpty || pieces[pieces.count - 1].text.count + line.count > Self.pieceSize {
            pieces.append(Piece())
        }
        let last = pieces.count - 1
        pieces[last].text += line
        // A line is one event's: some megabytes.
        pieces[last].ends.append(UInt32(truncatingIfNeeded: pieces[last].text.count))
        count += 1
        bytes += line.count + MemoryLayout<UInt32>.size
        while pieces.count > 1, count - pieces[0].ends.count >= limit || bytes > Self.byteLimit { removeFirst() }
    }

    private mutating func removeFirst() {
        let piece = pieces.removeFirst()
        count -= piece.ends.count
        bytes -= piece.text.count + piece.ends.count * MemoryLayout<UInt32>.size
    }

    /// Gives them all back, the oldest first.
    ///
    /// - Parameter each: Called behind each line.
    /// - Returns: How many there are, and how many of those that there were should be.
    func give(to lines: inout LineBuffer, _ each: (inout LineBuffer) -> Void) -> (kept: Int, wanted: Int) {
        var surplus = max(count - limit, 0)
        for piece in pieces {
            var start = 0
            for end in piece.ends {
                if surplus > 0 {
                    surplus -= 1
                } else {
                    unsafe lines.append(raw: piece.text.span.bytes.extracting(start..<Int(end)))
                    each(&lines)
                }
                start = Int(end)
            }
        }
        return (min(count, limit), min(seen, limit))
    }
}
