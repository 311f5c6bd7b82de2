// SPDX-License-Identifier: Apache-2.0

public import Diagnostics

/// Why a text of C does not tell what an event is, and where in it.
public struct LayoutError: DiagnosticError, Equatable {
    /// What is wrong; the cases are stable to switch on.
    public enum Reason: Sendable, Equatable {
        /// A byte that no declaration has outside of comments and strings.
        case character(UInt8)
        /// A string or a character has no end.
        case openQuote
        /// A comment has no end.
        case openComment
        /// A line for the preprocessor that is not obeyed.
        case directive(String)
        /// A macro with parameters is used.
        case parameters(String)
        /// Another word should be here; the words that are found are empty at the end of the text.
        case unexpected(found: String, wanted: String)
        /// There is no type of the name; those that are near.
        case unknownType(String, near: [String])
        /// There is no number of the name; those that are near.
        case unknownNumber(String, near: [String])
        /// There is no attribute of the name that is known to leave places alone; those that are near.
        case unknownAttribute(String, near: [String])
        /// Words such as `long` and `char` that make no type together.
        case mixedWords(String)
        /// A type that is only declared, or has no size, where a value of it is needed.
        case noSize(String)
        /// Something of C that events are not made of, and what to write in its place.
        case notSupported(String, instead: String)
        /// A name is given twice.
        case duplicate(String)
        /// What is no constant: why.
        case constant(String)
        /// What no bit-field is: why.
        case bitField(String)
        /// What no array is: why.
        case array(String)
        /// What no alignment is: why.
        case alignment(String)
        /// A member would lie beyond the bytes that an event may have.
        case tooLarge(limit: Int)
        /// The text has more bytes than are read.
        case tooLong(limit: Int)
        /// The text has more words than are read, those that macros stand for included.
        case tooManyWords(limit: Int)
        /// Things lie within each other too deep.
        case tooDeep(limit: Int)
        /// No structure or union is defined.
        case noEvent
    }

    /// What is wrong.
    public let reason: Reason
    /// The line, from 1.
    public let line: Int
    /// The column in characters, from 1.
    public let column: Int
    /// The line and the place in it, and where that leads.
    let labels: [Diagnostic.Label]

    init(_ fault: LayoutFault, in text: [UInt8]) {
        reason = fault.reason
        let position = LayoutPosition(fault.place, in: text)
        line = position.line
        column = position.label.column
        labels =
            [position.label]
            + (fault.origin.map { place in
                var label = LayoutPosition(place, in: text).label
                label.role = .secondary
                label.message = "it is here first"
                return [label]
            } ?? [])
    }

    /// The error as the user sees it.
    public var diagnostic: Diagnostic {
        let (cause, next) = words
        var diagnostic = Diagnostic(
            .layoutInvalid, stage: .arguments, "cannot read the layout: line \(line), column \(column)", cause: cause,
            nextStep: next)
        diagnostic.labels = labels
        return diagnostic
    }

    private var words: (cause: String, next: Diagnostic.Hint?) {
        func meant(_ near: [String], else next: Diagnostic.Hint?) -> Diagnostic.Hint? {
            near.isEmpty ? next : "did you mean \(.chooseName(near), near.joined(separator: ", "))?"
        }
        return switch reason {
        case .character(let byte):
            ("a byte 0x\(String(byte, radix: 16)) is no part of a declaration", nil)
        case .openQuote: ("the quote has no end on its line", nil)
        case .openComment: ("the comment has no end", nil)
        case .directive(let what): (what, "leave the line out: only #define NAME, #ifdef and #ifndef are followed")
        case .parameters(let name):
            ("\(name) is a macro with parameters, and those are not followed", "write what it stands for")
        case .unexpected(let found, let wanted):
            (
                found.isEmpty
                    ? "the text ends where \(wanted) should be" : "\(found) is where \(wanted) should be", nil
            )
        case .unknownType(let name, let near):
            (
                "there is no type \(name)",
                meant(near, else: "define it before its use, such as: typedef unsigned int \(name);")
            )
        case .unknownNumber(let name, let near):
            ("there is no number \(name)", meant(near, else: "define it before its use: #define \(name) 16"))
        case .unknownAttribute(let name, let near):
            (
                "it is not known whether the attribute \(name) moves members",
                meant(near, else: "leave it out if it does not")
            )
        case .mixedWords(let words): ("\(words) is no type", nil)
        case .noSize(let type): ("\(type) has no size here", "define it before its use, or point to it: \(type) *")
        case .notSupported(let what, let instead): ("\(what) are not read", Diagnostic.Hint(instead))
        case .duplicate(let name): ("\(name) is there already", "give each a name of its own")
        case .constant(let why), .bitField(let why), .array(let why), .alignment(let why): (why, nil)
        case .tooLarge(let limit): ("an event has at most \(limit) bytes, as rings take them", nil)
        case .tooLong(let limit):
            ("the text has more than \(limit) bytes", "leave out what the event is not made of")
        case .tooManyWords(let limit): ("with its macros it has more than \(limit) words", nil)
        case .tooDeep(let limit): ("things lie within each other more than \(limit) deep", nil)
        case .noEvent:
            (
                "no structure or union is defined in it",
                "write what an event is, such as: struct { u32 pid; char comm[16]; }"
            )
        }
    }
}

/// A place in a text as people find it.
private struct LayoutPosition {
    let line: Int
    let label: Diagnostic.Label

    init(_ place: Range<Int>, in text: [UInt8]) {
        let newline = UInt8(ascii: "\n")
        let start = min(place.lowerBound, text.count)
        line = 1 + text[..<start].count { $0 == newline }
        let begin = text[..<start].lastIndex(of: newline).map { $0 + 1 } ?? 0
        let end = text[start...].firstIndex(of: newline) ?? text.count
        label = Diagnostic.Label(
            of: text[begin..<end], line: line, bytes: start - begin..<max(min(place.upperBound, end), start) - begin)
    }
}
