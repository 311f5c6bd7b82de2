// SPDX-License-Identifier: Apache-2.0

/// LLVM's text form, as far as lines of it are looked at.
enum IRText {
    /// The lines, without their ends.
    static func lines(_ text: String) -> [Substring] {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Substring($0) }
    }

    /// What stands between two marks, the first of them at its first place.
    static func between(_ start: String, _ end: String, in line: Substring) -> Substring? {
        guard let from = place(of: start, in: line).map({ line.utf8.index($0, offsetBy: start.utf8.count) }),
            let to = place(of: end, in: line[from...])
        else { return nil }
        return line[from..<to]
    }

    /// Where a text begins in a line, compared byte for byte.
    static func place(of text: String, in line: Substring) -> Substring.Index? {
        let wanted = Array(text.utf8)
        let bytes = line.utf8
        guard let first = wanted.first else { return line.startIndex }
        var rest = bytes[...]
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.starts(with: wanted) { return start }
            rest = rest.dropFirst()
        }
        return nil
    }

    /// Whether a text is in a line.
    static func has(_ text: String, in line: Substring) -> Bool { place(of: text, in: line) != nil }

    /// The first name in a line that is written with an at sign: of a global variable or a function.
    static func symbol(in line: Substring) -> Substring? {
        guard let sign = line.utf8.firstIndex(of: UInt8(ascii: "@")) else { return nil }
        let rest = line[line.utf8.index(after: sign)...]
        if rest.utf8.first == UInt8(ascii: "\"") {
            let name = rest.dropFirst()
            guard let end = name.utf8.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
            return name[..<end]
        }
        let name = rest.utf8.prefix { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        return name.isEmpty ? nil : Substring(name)
    }

    /// The function that a call names, from the word `call` on; nil for a call by a pointer, or of assembler.
    ///
    /// It stands in front of the arguments: those may be functions as well, as may be what a number is made a pointer of.
    static func callee(of call: Substring) -> Substring? {
        var depth = 0
        var isText = false
        let bytes = call.utf8
        var place = bytes.startIndex
        while place < bytes.endIndex {
            switch bytes[place] {
            case UInt8(ascii: "@") where !isText && depth == 0: return symbol(in: call[place...])
            case UInt8(ascii: "\""): isText.toggle()
            case UInt8(ascii: "("), UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "<"): depth += isText ? 0 : 1
            case UInt8(ascii: ")"), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ">"): depth -= isText ? 0 : 1
            default: break
            }
            place = bytes.index(after: place)
        }
        return nil
    }

    /// The node that a line names as its place: `!dbg !12`.
    static func place(in line: Substring) -> Int? {
        guard let start = place(of: "!dbg !", in: line) else { return nil }
        return Int(
            Substring(line[start...].utf8.dropFirst(6).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }))
    }

    /// A text of LLVM, in which bytes are written as `\22`, and a backslash as two.
    static func unescaped(_ text: Substring) -> String {
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.first == byte {
                bytes.append(byte)
                rest = rest.dropFirst()
            } else if byte == UInt8(ascii: "\\"), let value = UInt8(Substring(rest.prefix(2)), radix: 16),
                rest.count >= 2
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A text as LLVM writes it between quotation marks.
    static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { escaped, byte in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0..<32, 127...255:
                escaped += "\\\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            default: escaped.append(Character(UnicodeScalar(byte)))
            }
        }
    }
}
