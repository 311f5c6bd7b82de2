// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Reads templates and lists of fields, scalar by scalar.
struct TemplateParser {
    private let text: String
    private let scalars: [Unicode.Scalar]
    private var at = 0
    private var literal: [UInt8] = []
    private var parts: [TemplatePart] = []

    init(_ text: String) {
        self.text = text
        scalars = Array(text.unicodeScalars)
    }

    mutating func template() throws(TemplateError) -> [TemplatePart] {
        while at < scalars.count {
            let scalar = scalars[at]
            let next = at + 1 < scalars.count ? scalars[at + 1] : nil
            switch (scalar, next) {
            case ("{", "{"), ("}", "}"), ("\\", "\\"):
                append(scalar)
                at += 2
            case ("\\", "t"):
                append("\t")
                at += 2
            case ("\\", "n"):
                append("\n")
                at += 2
            case ("\\", _): throw error(.escape, at..<min(at + 2, scalars.count))
            case ("}", _): throw error(.closingBrace, at..<at + 1)
            case ("{", _):
                let open = at
                at += 1
                guard let end = scalars[at...].firstIndex(of: "}") else {
                    throw error(.openBrace, open..<open + 1)
                }
                let field = try reference(upTo: end)
                endLiteral()
                parts.append(.field(field))
                at = end + 1
            case ("\t", _), ("\n", _):
                append(scalar)
                at += 1
            default:
                guard !scalar.isUnsafeForTerminal else { throw error(.control, at..<at + 1) }
                append(scalar)
                at += 1
            }
        }
        endLiteral()
        return parts
    }

    mutating func list() throws(TemplateError) -> [FieldReference] {
        var fields: [FieldReference] = []
        while true {
            let end = scalars[at...].firstIndex(of: ",") ?? scalars.count
            fields.append(try reference(upTo: end))
            guard end < scalars.count else { return fields }
            at = end + 1
        }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        literal.append(contentsOf: Array(String(scalar).utf8))
    }

    private mutating func endLiteral() {
        guard !literal.isEmpty else { return }
        parts.append(.literal(literal))
        literal = []
    }

    /// Reads `name`, `name:format`, `name:>8` or `name:format:>8` from here to an end.
    private func reference(upTo end: Int) throws(TemplateError) -> FieldReference {
        var (start, stop) = (at, end)
        while start < stop, scalars[start] == " " { start += 1 }
        while start < stop, scalars[stop - 1] == " " { stop -= 1 }
        let pieces = scalars[start..<stop].split(separator: ":", omittingEmptySubsequences: false)
        guard let name = pieces.first, !name.isEmpty else { throw error(.noName, start..<max(stop, start + 1)) }
        // A brace within braces is one that was not closed before.
        for (index, scalar) in zip(name.indices, name)
        where scalar == "{" || scalar == " " || scalar.isUnsafeForTerminal {
            throw error(.name, index..<index + 1)
        }
        guard pieces.count <= 3 else { throw error(.tooMuch, pieces[3].startIndex - 1..<stop) }
        var format: ValueFormat?
        var padding: FieldReference.Padding?
        for (index, piece) in pieces.dropFirst().enumerated() {
            if index == 0, piece.first != "<", piece.first != ">" {
                let word = String(String.UnicodeScalarView(piece))
                guard let known = ValueFormat(rawValue: word) else {
                    throw error(.format(word), place(of: piece))
                }
                format = known
            } else if padding == nil {
                padding = try width(piece)
            } else {
                throw error(.tooMuch, place(of: piece))
            }
        }
        return FieldReference(
            name: String(String.UnicodeScalarView(name)), format: format, padding: padding, place: place(of: name))
    }

    private func width(_ piece: ArraySlice<Unicode.Scalar>) throws(TemplateError) -> FieldReference.Padding {
        let digits = String(String.UnicodeScalarView(piece.dropFirst()))
        guard let side = piece.first, side == "<" || side == ">", !digits.isEmpty,
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let width = Int(digits),
            (1...Template.widthLimit).contains(width)
        else { throw error(.width, place(of: piece)) }
        return FieldReference.Padding(alignment: side == "<" ? .left : .right, width: width)
    }

    /// Where a piece stands; an empty one has the scalar behind it, so that there is something to point at.
    private func place(of piece: ArraySlice<Unicode.Scalar>) -> Range<Int> {
        piece.startIndex..<max(piece.endIndex, piece.startIndex + 1)
    }

    private func error(_ reason: TemplateError.Reason, _ place: Range<Int>) -> TemplateError {
        TemplateError(reason, in: text, at: place)
    }
}
