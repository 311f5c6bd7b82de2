// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Takes an expression apart into words.
struct WhereLexer {
    let text: [UInt8]
    var at = 0

    init(_ text: [UInt8]) {
        self.text = text
    }

    /// The byte at a distance; 0, which is in no word, behind the end.
    func peek(_ distance: Int = 0) -> UInt8 {
        at + distance < text.count ? text[at + distance] : 0
    }

    mutating func skip(_ count: Int = 1) {
        at += count
    }

    func string(_ range: Range<Int>) -> String {
        String(decoding: text[range], as: UTF8.self)
    }

    /// The next word.
    mutating func next() throws(WhereProblem) -> WhereToken {
        while [0x20, 0x09, 0x0a, 0x0d].contains(peek()), at < text.count { skip() }
        let start = at
        guard at < text.count else { return WhereToken(kind: .end, position: at..<at) }
        let byte = peek()
        if let address = try address() { return WhereToken(kind: .address(address), position: start..<at) }
        if byte.isDigit || (byte == UInt8(ascii: ".") && peek(1).isDigit) {
            return WhereToken(kind: try number(), position: start..<at)
        }
        if byte == UInt8(ascii: "\"") { return WhereToken(kind: .text(try quoted(byte)), position: start..<at) }
        if byte == UInt8(ascii: "'") { return WhereToken(kind: .character(try quoted(byte)), position: start..<at) }
        if byte.isNameStart { return try name() }
        return try symbol()
    }

    // MARK: Names and signs

    /// A path: `pid`, `key.saddr`, `args[2].x`.
    private mutating func name() throws(WhereProblem) -> WhereToken {
        let start = at
        skipName()
        if let word = WhereSymbol.word(string(start..<at)) {
            return WhereToken(kind: .symbol(word), position: start..<at)
        }
        while true {
            if peek() == UInt8(ascii: "."), peek(1).isNameStart {
                skip()
                skipName()
            } else if peek() == UInt8(ascii: "[") {
                let open = at
                skip()
                while peek().isDigit { skip() }
                guard peek() == UInt8(ascii: "]"), at > open + 1 else {
                    throw WhereProblem(
                        open..<min(at + 1, text.count), "an index is a number in brackets, as in args[2]")
                }
                skip()
            } else {
                return WhereToken(kind: .name(string(start..<at)), position: start..<at)
            }
        }
    }

    private mutating func skipName() {
        while peek().isNamePart { skip() }
    }

    private mutating func symbol() throws(WhereProblem) -> WhereToken {
        let start = at
        let rest = text[start..<min(start + 3, text.count)]
        if let (sign, message, next) = Self.mistakes.first(where: { rest.starts(with: $0.0.utf8) }) {
            throw WhereProblem(start..<(start + sign.utf8.count), message, next: Diagnostic.Hint(next))
        }
        for symbol in WhereSymbol.allCases where symbol != .isIn && symbol != .notWord {
            if rest.starts(with: symbol.rawValue.utf8) {
                skip(symbol.rawValue.utf8.count)
                return WhereToken(kind: .symbol(symbol), position: start..<at)
            }
        }
        if rest.first == UInt8(ascii: "=") {
            throw WhereProblem(start..<(start + 1), "'=' is not an operator here", next: "write == to compare")
        }
        var end = start + 1
        // A character of several bytes is one.
        while end < text.count, text[end] & 0xc0 == 0x80 { end += 1 }
        throw WhereProblem(start..<end, "this character is not part of an expression")
    }

    /// What other languages write.
    private static let mistakes: [(String, String, String)] = [
        ("===", "'===' is not an operator", "write == to compare"),
        ("=~", "there are no regular expressions here", "write == with a pattern: comm == \"ssh*\", * ? [a-z]"),
        ("!~", "there are no regular expressions here", "write != with a pattern: comm != \"ssh*\", * ? [a-z]"),
        ("<>", "'<>' is not an operator", "write != for what is not equal"),
        ("=<", "'=<' is not an operator", "write <="),
        ("=>", "'=>' is not an operator", "write >="),
    ]

    // MARK: Texts

    private mutating func quoted(_ quote: UInt8) throws(WhereProblem) -> WherePattern {
        let start = at
        skip()
        var pattern = WherePattern()
        while at < text.count {
            let byte = peek()
            let place = at
            skip()
            switch byte {
            case quote: return pattern
            case UInt8(ascii: "\\"): pattern.append(.byte(try escape(place)))
            case UInt8(ascii: "*"): pattern.append(.star)
            case UInt8(ascii: "?"): pattern.append(.any)
            case UInt8(ascii: "["): pattern.append(try set(place, quote))
            default: pattern.append(.byte(byte))
            }
        }
        throw WhereProblem(
            start..<(start + 1), "the text that begins here has no end", next: "close it by another quote")
    }

    /// What follows a backslash.
    private mutating func escape(_ start: Int) throws(WhereProblem) -> UInt8 {
        let byte = peek()
        skip()
        switch byte {
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "0"): return 0
        case UInt8(ascii: "x"):
            guard let high = peek().hexValue, let low = peek(1).hexValue else { break }
            skip(2)
            return high << 4 | low
        default:
            if Array("\\\"'*?[]-!^".utf8).contains(byte) { return byte }
        }
        throw WhereProblem(
            start..<min(at, text.count), "there is no such escape",
            next: "these are there: \\n \\t \\r \\0 \\xNN, and \\ in front of a quote, \\ * ? [ ]")
    }

    /// What follows `[` up to `]`.
    private mutating func set(_ start: Int, _ quote: UInt8) throws(WhereProblem) -> WherePattern.Step {
        var set = WherePattern.ByteSet()
        let isInverted = peek() == UInt8(ascii: "!") || peek() == UInt8(ascii: "^")
        if isInverted { skip() }
        var isFirst = true
        while at < text.count, peek() != quote {
            // A bracket that comes first is meant, as in the shell.
            if peek() == UInt8(ascii: "]"), !isFirst {
                skip()
                if isInverted { set.invert() }
                return .set(set)
            }
            isFirst = false
            let low = try member()
            guard peek() == UInt8(ascii: "-"), peek(1) != UInt8(ascii: "]"), at + 1 < text.count, peek(1) != quote
            else {
                set.insert(low)
                continue
            }
            skip()
            let high = try member()
            guard low <= high else { throw WhereProblem(start..<at, "this range of characters has none in it") }
            for byte in low...high { set.insert(byte) }
        }
        throw WhereProblem(
            start..<(start + 1), "the set of characters that begins here has no ]",
            next: "write \\[ for the bracket itself")
    }

    private mutating func member() throws(WhereProblem) -> UInt8 {
        let byte = peek()
        let start = at
        skip()
        return byte == UInt8(ascii: "\\") ? try escape(start) : byte
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    var isNameStart: Bool {
        let lower = self | 0x20
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower) || self == UInt8(ascii: "_")
    }

    var isNamePart: Bool { isNameStart || isDigit }

    var hexValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
