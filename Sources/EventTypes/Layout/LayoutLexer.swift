// SPDX-License-Identifier: Apache-2.0

/// Cuts the text of a layout into words; white space and comments lie between them.
struct LayoutLexer {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Punctuators of two bytes; all others have one.
    private static let pairs: Set<String> = ["<<", ">>", "&&", "||", "==", "!=", "<=", ">=", "##", "->"]

    /// The next word, `end` for ever after the last one.
    mutating func next() throws(LayoutFault) -> LayoutToken {
        let startsLine = try skipSpace()
        let start = at
        func token(_ kind: LayoutToken.Kind, _ end: Int, inner: Range<Int>? = nil) -> LayoutToken {
            let text = String(decoding: bytes[inner ?? start..<end], as: UTF8.self)
            return LayoutToken(kind: kind, text: text, place: start..<end, startsLine: startsLine)
        }
        guard let first = byte(0) else { return token(.end, at) }
        if Self.isNameStart(first) {
            repeat { at += 1 } while byte(0).map { Self.isNameStart($0) || Self.isDigit($0) } ?? false
            return token(.identifier, at)
        }
        if Self.isDigit(first) {
            // As C's own lexers do: what is no number in it is told when it is read as one.
            repeat { at += 1 } while byte(0).map { Self.isNameStart($0) || Self.isDigit($0) } ?? false
            return token(.number, at)
        }
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
            let end = try quoted(first)
            return token(
                first == UInt8(ascii: "'") ? .character : .string, end, inner: (start + 1)..<(end - 1))
        }
        guard first > 0x20, first < 0x7f, first != UInt8(ascii: "\\") else {
            throw LayoutFault(.character(first), start..<(start + 1))
        }
        at += 1
        if at < bytes.count, Self.pairs.contains(String(decoding: bytes[start...at], as: UTF8.self)) { at += 1 }
        return token(.punctuator, at)
    }

    private func byte(_ ahead: Int) -> UInt8? { at + ahead < bytes.count ? bytes[at + ahead] : nil }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z") || byte == UInt8(ascii: "_")
    }

    /// Where a string or character ends, with its quote.
    private mutating func quoted(_ quote: UInt8) throws(LayoutFault) -> Int {
        let start = at
        at += 1
        while let next = byte(0), next != UInt8(ascii: "\n") {
            at += next == UInt8(ascii: "\\") && byte(1) != nil ? 2 : 1
            if next == quote { return at }
        }
        throw LayoutFault(.openQuote, start..<(start + 1))
    }

    /// Skips white space and comments; true if a word after it is the first of its line.
    private mutating func skipSpace() throws(LayoutFault) -> Bool {
        var startsLine = at == 0
        while let next = byte(0) {
            switch (next, byte(1)) {
            case (UInt8(ascii: "\n"), _):
                startsLine = true
                at += 1
            case (UInt8(ascii: " "), _), (UInt8(ascii: "\t"), _), (UInt8(ascii: "\r"), _), (0x0b, _), (0x0c, _):
                at += 1
            case (UInt8(ascii: "\\"), UInt8(ascii: "\n")?): at += 2
            case (UInt8(ascii: "/"), UInt8(ascii: "/")?):
                while let inner = byte(0), inner != UInt8(ascii: "\n") { at += 1 }
            case (UInt8(ascii: "/"), UInt8(ascii: "*")?): try skipComment()
            default: return startsLine
            }
        }
        return startsLine
    }

    private mutating func skipComment() throws(LayoutFault) {
        let start = at
        at += 2
        while byte(0) != UInt8(ascii: "*") || byte(1) != UInt8(ascii: "/") {
            guard byte(0) != nil else { throw LayoutFault(.openComment, start..<(start + 2)) }
            at += 1
        }
        at += 2
    }
}
