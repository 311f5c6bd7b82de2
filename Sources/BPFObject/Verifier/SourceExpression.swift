// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// A piece of C on one line that begins at a known column, such as the compiler tells it of an instruction.
///
/// The compiler tells where an expression begins and not where it ends, so that the end is looked for in the text. It is
/// for an underline and for the name of a variable: a mistake costs no more than a clumsy line.
struct SourceExpression {
    private let scalars: [Unicode.Scalar]
    /// The expression, in scalars of the line.
    private(set) var range: Range<Int>

    /// Looks at a label of which the first column is known, counted in bytes as compilers do.
    init?(_ label: Diagnostic.Label) {
        guard label.column > 0, label.text.utf8.count <= Self.longestLine else { return nil }
        scalars = Array(label.text.unicodeScalars)
        var bytes = 1
        guard
            let start = scalars.firstIndex(where: { scalar in
                defer { bytes += UTF8.width(scalar) }
                return bytes >= label.column
            })
        else { return nil }
        range = start..<start
        range = start..<end(from: start)
        if let place = assigned(at: start) {
            range = place
        } else if isMember(start) {
            // The compiler tells where the member stands, and the pointer in front of it is what is used.
            range = chain(before: start)..<range.upperBound
        }
    }

    /// Lines that are longer were not written by people.
    private static let longestLine = 4096

    /// The text of the expression.
    var text: String { text(range) }

    private func text(_ range: some Sequence<Int>) -> String {
        var text = ""
        for index in range { text.unicodeScalars.append(scalars[index]) }
        return text
    }

    // MARK: - Names

    /// The variable that the expression is about: `start` of `*start` and of `start->time`.
    var variable: String? {
        let name = range.drop { !isWord($0) }.prefix { isWord($0) }
        guard let first = name.first, !(0x30...0x39).contains(scalars[first].value) else { return nil }
        // A call is no variable.
        if name.endIndex < range.upperBound, scalars[name.endIndex] == "(" { return nil }
        let word = text(name)
        return Self.statements.contains(word) || word == "return" ? nil : word
    }

    /// The pointer that the last arrow follows, where it was read through another one: `skb->sk` of `skb->sk->family`.
    var pointer: String? {
        guard
            let arrow = range.dropLast().last(where: { scalars[$0] == "-" && scalars[$0 + 1] == ">" }),
            case let base = range.lowerBound..<arrow,
            base.allSatisfy({ isWord($0) || ["-", ">", "."].contains(scalars[$0]) }),
            base.contains(where: { scalars[$0] == ">" }), let first = base.first, isWord(first)
        else { return nil }
        return text(base)
    }

    /// The variable that the expression is assigned to: `start` of `u64 *start = bpf_map_lookup_elem(…)`.
    var target: String? {
        var index = range.lowerBound - 1
        while index >= 0, scalars[index] == " " { index -= 1 }
        guard index > 0, scalars[index] == "=", !["=", "!", "<", ">", "+", "-", "|", "&"].contains(scalars[index - 1])
        else { return nil }
        index -= 1
        while index >= 0, scalars[index] == " " { index -= 1 }
        let end = index + 1
        while index >= 0, isWord(index) || scalars[index] == "." || scalars[index] == "-" || scalars[index] == ">" {
            index -= 1
        }
        guard index + 1 < end, isWord(index + 1) else { return nil }
        return text(index + 1..<end)
    }

    /// The variable that is passed as an argument of a call: `key` of `&key`; the first argument is 1.
    func argument(_ number: Int) -> String? {
        guard let open = range.first(where: { scalars[$0] == "(" }) else { return nil }
        var depth = 0
        var count = 1
        var word: [Int] = []
        for index in open..<range.upperBound {
            switch scalars[index] {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "," where depth == 1:
                if count == number { return name(word) }
                count += 1
                word = []
                continue
            default: break
            }
            if depth == 0 { return count == number ? name(word) : nil }
            if index > open { word.append(index) }
        }
        return nil
    }

    private func name(_ word: [Int]) -> String? {
        let name = word.filter { scalars[$0] != " " && scalars[$0] != "&" }
        guard let first = name.first, name.allSatisfy({ isWord($0) }), !(0x30...0x39).contains(scalars[first].value)
        else { return nil }
        return text(name)
    }

    /// What an assignment writes to, for which the compiler tells the place of the `=`.
    private func assigned(at start: Int) -> Range<Int>? {
        var sign = start
        while sign < scalars.count, ["+", "-", "*", "/", "%", "&", "|", "^", "<", ">"].contains(scalars[sign]) {
            sign += 1
        }
        guard sign < scalars.count, scalars[sign] == "=", sign + 1 == scalars.count || scalars[sign + 1] != "=",
            sign == start || !["<", ">"].contains(scalars[start]) || sign == start + 2
        else { return nil }
        var end = start
        while end > 0, scalars[end - 1] == " " { end -= 1 }
        let first = chain(before: end)
        return first < end ? first..<end : nil
    }

    /// Whether `->` or `.` stands in front.
    private func isMember(_ start: Int) -> Bool {
        guard start > 1, start < scalars.count, isWord(start) else { return false }
        return scalars[start - 1] == "." || scalars[start - 1] == ">" && scalars[start - 2] == "-"
    }

    /// Where names, members, indices and stars begin that end here.
    private func chain(before end: Int) -> Int {
        var first = end
        var depth = 0
        while first > 0 {
            let scalar = scalars[first - 1]
            if scalar == "]" || scalar == ")" { depth += 1 }
            if scalar == "[" || scalar == "(" { depth -= 1 }
            let isArrow = scalar == ">" && first > 1 && scalars[first - 2] == "-"
            let isDash = scalar == "-" && first < end && scalars[first] == ">"
            guard
                depth > 0
                    || depth == 0 && (isWord(first - 1) || ["[", "(", ".", "*"].contains(scalar) || isArrow || isDash)
            else { break }
            first -= 1
        }
        return first
    }

    // MARK: - The end

    private static let statements: Set<String> = ["if", "while", "for", "switch", "asm", "__asm__"]

    private func end(from start: Int) -> Int {
        var index = start
        while index < scalars.count, ["*", "&", "!", "~", "-", "+"].contains(scalars[index]),
            index == start || scalars[index] != "-"
        {
            index += 1
        }
        let word = index
        while index < scalars.count, isWord(index) { index += 1 }
        if index == word {
            if index < scalars.count, scalars[index] == "(" || scalars[index] == "[" { return tail(closing(index)) }
            // An operator, such as the = of an assignment.
            while index < scalars.count, ["=", "<", ">", "/", "%", "|", "^", "?"].contains(scalars[index]) {
                index += 1
            }
            return max(index, min(start + 1, scalars.count))
        }
        let name = text(word..<index)
        if name == "return" { return statementEnd(index) }
        if Self.statements.contains(name) {
            while index < scalars.count, scalars[index] == " " { index += 1 }
            return index < scalars.count && scalars[index] == "(" ? closing(index) : index
        }
        return tail(index)
    }

    /// Members, indices and arguments that follow.
    private func tail(_ start: Int) -> Int {
        var index = start
        while index < scalars.count {
            if scalars[index] == "(" || scalars[index] == "[" {
                index = closing(index)
            } else if scalars[index] == ".", index + 1 < scalars.count, isWord(index + 1) {
                index += 1
                while index < scalars.count, isWord(index) { index += 1 }
            } else if scalars[index] == "-", index + 2 < scalars.count, scalars[index + 1] == ">", isWord(index + 2) {
                index += 2
                while index < scalars.count, isWord(index) { index += 1 }
            } else {
                break
            }
        }
        return index
    }

    /// Behind the parenthesis that closes the one here; the end of the line where it goes on below.
    private func closing(_ start: Int) -> Int {
        var depth = 0
        for index in start..<scalars.count {
            switch scalars[index] {
            case "(", "[": depth += 1
            case ")", "]":
                depth -= 1
                if depth == 0 { return index + 1 }
            default: break
            }
        }
        return statementEnd(start)
    }

    private func statementEnd(_ start: Int) -> Int {
        var end = start
        while end < scalars.count, scalars[end] != ";", scalars[end] != "{" { end += 1 }
        while end > start, scalars[end - 1] == " " { end -= 1 }
        return end
    }

    private func isWord(_ index: Int) -> Bool {
        switch scalars[index].value {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f: true
        default: false
        }
    }
}

extension Diagnostic.Label {
    /// The same with the columns of the whole expression, where only the first was known.
    func underlined(_ expression: SourceExpression?) -> Diagnostic.Label {
        guard let expression, columns?.isEmpty == true else { return self }
        var label = self
        label.columns = expression.range.lowerBound + 1..<expression.range.upperBound + 1
        return label
    }
}
