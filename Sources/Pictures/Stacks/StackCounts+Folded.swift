// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

extension StackCounts {
    /// Bytes of folded text, or of speedscope's JSON: stacks of few bytes in a stream may make much text.
    package static let textLimit = 256 << 20

    /// Writes a line for each stack: its frames, the outermost first, with semicolons between them, a space and its weight,
    /// as flamegraph.pl and its kin read it.
    ///
    /// A name is escaped as on a terminal, and a semicolon in it is `\x3b`. Of stacks that are compared a line has both weights,
    /// that from before first, as difffolded.pl writes it.
    ///
    /// - Parameter each: Called behind each line.
    /// - Returns: The weight of the stacks that are left out, as the text has no more than ``textLimit`` bytes.
    package func writeFolded(to lines: inout LineBuffer, _ each: (inout LineBuffer) -> Void) -> UInt64 {
        let tree = StackTree(self)
        var escaped = FoldedNames(names.count)
        var (written, leftOut) = (0, UInt64(0))
        var line = LineBuffer(capacity: 4096)
        tree.walk { index, path in
            let node = tree.node(index)
            guard node.own > 0 || node.before > 0 else { return true }
            guard written < Self.textLimit else {
                leftOut = leftOut.saturating(adding: node.own)
                return true
            }
            line.removeAll()
            for (place, frame) in path.enumerated() {
                if place > 0 { line.append(";") }
                let name = Int(tree.node(Int(frame)).name)
                unsafe line.append(raw: escaped.bytes(name, names).span.bytes)
            }
            line.append(" ")
            if totalBefore != nil {
                line.append(node.before)
                line.append(" ")
            }
            line.append(node.own)
            line.append("\n")
            written += line.count
            lines.append(raw: line.bytes)
            each(&lines)
            return true
        }
        return leftOut
    }
}

/// Names as folded text has them, each made once.
private struct FoldedNames {
    private var known: [[UInt8]?]

    init(_ count: Int) { known = Array(repeating: nil, count: count) }

    mutating func bytes(_ number: Int, _ names: [String]) -> [UInt8] {
        guard known.indices.contains(number) else { return [] }
        if let bytes = known[number] { return bytes }
        var text = LineBuffer(capacity: 256)
        text.appendEscaped(names[number], quoted: false)
        var bytes: [UInt8] = []
        for byte in text.take(from: 0) {
            if byte == UInt8(ascii: ";") { bytes += Array("\\x3b".utf8) } else { bytes.append(byte) }
        }
        known[number] = bytes
        return bytes
    }
}
