// SPDX-License-Identifier: Apache-2.0

/// The side of its column that a value stands on.
package enum Alignment: Sendable, Equatable {
    /// Text: spaces behind it.
    case left
    /// Numbers: spaces in front of it.
    case right
}

extension LineBuffer {
    /// Fills the text from an offset on with spaces until it takes so many columns of a terminal.
    ///
    /// - Parameters:
    ///   - start: The bytes of the text in front of it.
    ///   - width: The columns to take; nothing happens if it takes as many.
    ///   - alignment: The side that it stays on.
    package mutating func pad(from start: Int, to width: Int, _ alignment: Alignment) {
        guard (0...count).contains(start) else { return }
        let missing = width - DisplayWidth.of(bytes.extracting(start..<count))
        guard missing > 0 else { return }
        append(byte: UInt8(ascii: " "), count: missing)
        if alignment == .right { moveSpaces(to: start, count: missing) }
    }
}
