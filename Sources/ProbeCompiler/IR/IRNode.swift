// SPDX-License-Identifier: Apache-2.0

/// A node of the metadata in LLVM's text form: `!12 = distinct !DISubprogram(name: "f", line: 3, file: !4)`.
struct IRNode: Equatable {
    /// What a field says.
    enum Value: Equatable {
        /// A text in quotation marks, without them.
        case text(String)
        /// Another node.
        case reference(Int)
        /// A number, a flag or an expression, as it stands there.
        case word(String)
    }

    /// `DISubprogram` and so on; empty for a list of nodes.
    let kind: String
    private let fields: [String: Value]
    /// The nodes of a list, in their order; what is no node is left out.
    let items: [Int]

    /// Reads what stands behind the equals sign; nil for what is no node.
    init?(_ text: Substring) {
        var rest = text
        if rest.hasPrefix("distinct ") { rest.removeFirst("distinct ".count) }
        guard rest.first == "!" else { return nil }
        rest.removeFirst()
        if rest.first == "{" {
            kind = ""
            fields = [:]
            items = rest.dropFirst().split(separator: ",").compactMap { Self.reference(Self.trimmed($0)) }
            return
        }
        guard let open = rest.firstIndex(of: "("), rest.last == ")" else { return nil }
        kind = String(rest[..<open])
        items = []
        var found: [String: Value] = [:]
        for part in Self.parts(rest[rest.index(after: open)..<rest.index(before: rest.endIndex)]) {
            guard let colon = part.firstIndex(of: ":") else { continue }
            let name = Self.trimmed(part[..<colon])
            found[String(name)] = Self.value(Self.trimmed(part[part.index(after: colon)...]))
        }
        fields = found
    }

    subscript(name: String) -> Value? { fields[name] }

    /// The text of a field; nil if it is none.
    func text(_ name: String) -> String? {
        guard case .text(let text)? = fields[name] else { return nil }
        return text
    }

    /// The node that a field refers to.
    func reference(_ name: String) -> Int? {
        guard case .reference(let number)? = fields[name] else { return nil }
        return number
    }

    /// The number of a field.
    func number(_ name: String) -> Int? {
        guard case .word(let word)? = fields[name] else { return nil }
        return Int(word)
    }

    /// The word of a field, such as its tag.
    func word(_ name: String) -> String? {
        guard case .word(let word)? = fields[name] else { return nil }
        return word
    }

    private static func value(_ text: Substring) -> Value {
        if text.first == "\"", text.last == "\"", text.count >= 2 {
            return .text(IRText.unescaped(text.dropFirst().dropLast()))
        }
        if let number = reference(text) { return .reference(number) }
        return .word(String(text))
    }

    private static func reference(_ text: Substring) -> Int? { text.first == "!" ? Int(text.dropFirst()) : nil }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while let last = text.last, last == " " || last == "}" { text.removeLast() }
        return text
    }

    /// What stands between the commas that are in no text and in no parentheses.
    private static func parts(_ text: Substring) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var depth = 0
        var isText = false
        let bytes = text.utf8
        var place = bytes.startIndex
        while place < bytes.endIndex {
            switch bytes[place] {
            case UInt8(ascii: "\""): isText.toggle()
            case UInt8(ascii: "("), UInt8(ascii: "{"): depth += isText ? 0 : 1
            case UInt8(ascii: ")"), UInt8(ascii: "}"): depth -= isText ? 0 : 1
            case UInt8(ascii: ",") where !isText && depth == 0:
                parts.append(text[start..<place])
                start = bytes.index(after: place)
            default: break
            }
            place = bytes.index(after: place)
        }
        parts.append(text[start...])
        return parts
    }
}
