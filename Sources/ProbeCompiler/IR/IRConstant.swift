// SPDX-License-Identifier: Apache-2.0

/// A constant in LLVM's text form: `%T <{ i32 1, [2 x i8] c"a\00" }>`.
indirect enum IRConstant: Equatable {
    case number(String)
    case zero
    case list([IRConstant])

    /// Reads a type and a value behind it; nil for what is no constant of numbers.
    init?(_ text: Substring) {
        var reader = Reader(tokens: Self.tokens(text))
        guard reader.skipType(), let value = reader.value(depth: 0), reader.isAtEnd else { return nil }
        self = value
    }

    /// The numbers of 32 bits that are in it as `UInt32` of Swift, in their order.
    static func words(_ text: Substring) -> [UInt32] {
        let tokens = tokens(text)
        var words: [UInt32] = []
        for (index, token) in tokens.enumerated() where token == "%Ts6UInt32V" {
            let rest = tokens[(index + 1)...].prefix(3)
            if rest.first == "zeroinitializer" {
                words.append(0)
            } else if rest.first == "<{", let last = rest.last, let number = Int64(last) {
                words.append(UInt32(truncatingIfNeeded: number))
            }
        }
        return words
    }

    /// An initialiser of C.
    ///
    /// Structures of one member are the member, as Swift wraps each number into a structure.
    var initialiser: String {
        switch self {
        case .number(let number): number
        case .zero: "{0}"
        case .list(let parts) where parts.count == 1: parts[0].initialiser
        case .list(let parts): "{" + parts.map(\.initialiser).joined(separator: ", ") + "}"
        }
    }

    // MARK: - Reading

    private static let opening: [String: String] = ["<{": "}>", "{": "}", "[": "]", "<": ">"]
    private static let deepest = 64

    private struct Reader {
        let tokens: [String]
        var place = 0

        var isAtEnd: Bool { place == tokens.count }

        private mutating func next() -> String? {
            guard place < tokens.count else { return nil }
            place += 1
            return tokens[place - 1]
        }

        /// Steps over a type: `i32`, `ptr`, `%T`, `[4 x i8]`, `<{ i32, i64 }>`.
        mutating func skipType() -> Bool {
            guard let first = next() else { return false }
            guard IRConstant.opening[first] != nil else { return true }
            var depth = 1
            while depth > 0 {
                guard let token = next() else { return false }
                if IRConstant.opening[token] != nil { depth += 1 }
                if ["}>", "}", "]", ">"].contains(token) { depth -= 1 }
            }
            return true
        }

        mutating func value(depth: Int) -> IRConstant? {
            guard depth < IRConstant.deepest, let token = next() else { return nil }
            if let close = IRConstant.opening[token] { return list(close, depth) }
            switch token {
            case "zeroinitializer", "undef", "poison": return .zero
            case "true": return .number("1")
            case "false": return .number("0")
            case _ where token.hasPrefix("c\""):
                let text = IRText.unescaped(token.dropFirst(2).dropLast())
                return .list(Array(text.utf8).map { .number(String($0)) })
            case _ where Int64(token) != nil || UInt64(token) != nil: return .number(token)
            default: return nil
            }
        }

        private mutating func list(_ close: String, _ depth: Int) -> IRConstant? {
            var parts: [IRConstant] = []
            while place < tokens.count, tokens[place] != close {
                if tokens[place] == "," {
                    place += 1
                    continue
                }
                let isBytes = tokens[place] == "["
                guard skipType(), let part = value(depth: depth + 1) else { return nil }
                // What pads a structure is bytes without a name.
                if close == "}>", isBytes, part == .zero { continue }
                parts.append(part)
            }
            guard next() == close else { return nil }
            return parts.isEmpty ? .zero : .list(parts)
        }
    }

    private static func tokens(_ text: Substring) -> [String] {
        var tokens: [String] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: " "): rest = rest.dropFirst()
            case UInt8(ascii: "c") where rest.dropFirst().first == UInt8(ascii: "\""):
                let end = rest.dropFirst(2).firstIndex(of: UInt8(ascii: "\"")).map { $0 + 1 } ?? rest.endIndex
                tokens.append(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
                rest = rest[end...]
            case UInt8(ascii: "<") where rest.dropFirst().first == UInt8(ascii: "{"),
                UInt8(ascii: "}") where rest.dropFirst().first == UInt8(ascii: ">"):
                tokens.append(String(decoding: rest.prefix(2), as: UTF8.self))
                rest = rest.dropFirst(2)
            case _ where isMark(byte):
                tokens.append(String(UnicodeScalar(byte)))
                rest = rest.dropFirst()
            default:
                let word = rest.prefix { $0 != UInt8(ascii: " ") && !isMark($0) }
                tokens.append(String(decoding: word, as: UTF8.self))
                rest = rest[word.endIndex...]
            }
        }
        return tokens
    }

    private static func isMark(_ byte: UInt8) -> Bool { "[]{}<>,".utf8.contains(byte) }
}
