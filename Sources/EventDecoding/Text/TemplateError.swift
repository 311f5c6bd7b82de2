// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// What is wrong with a template or a list of fields, and where.
package struct TemplateError: DiagnosticError, Equatable {
    /// What is wrong; the cases are stable to switch on.
    package enum Reason: Sendable, Equatable {
        /// A `{` that nothing closes.
        case openBrace
        /// A `}` that closes nothing.
        case closingBrace
        /// Braces, or a place in a list, without a name.
        case noName
        /// A character that no name has.
        case name
        /// There is no such format.
        case format(String)
        /// A width that is not `>` or `<` and a number.
        case width
        /// More than a name, a format and a width.
        case tooMuch
        /// A backslash in front of something that it means nothing with.
        case escape
        /// A character that moves a cursor or is not seen.
        case control
        /// No type of event has a field of that name; the names there are.
        case unknownField(String, among: [String])
        /// The format says nothing of the field's values.
        case unfit(FormatError)
    }

    /// What is wrong.
    package let reason: Reason
    /// The text that it is in.
    package let text: String
    /// Where: scalars from the start of the text.
    package let place: Range<Int>

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - reason: What is wrong.
    ///   - text: The text that it is in.
    ///   - place: Where: scalars from the start of the text (``FieldReference/place``).
    package init(_ reason: Reason, in text: String, at place: Range<Int>) {
        self.reason = reason
        self.text = text
        self.place = place
    }

    /// The error as the user sees it, with a caret under the place.
    package var diagnostic: Diagnostic {
        let (message, cause, next) = words
        var diagnostic = Diagnostic(
            code, stage: .arguments, message, cause: cause, nextStep: next)
        diagnostic.labels = [Diagnostic.Label(of: text, scalars: place)]
        if diagnostic.hint == nil {
            diagnostic.hint = "write {name}, {name:format}, {name:>8} or {name:format:>8}"
        }
        return diagnostic
    }

    private var code: Diagnostic.Code {
        switch reason {
        case .format: .formatUnknown
        case .unknownField: .fieldUnknown
        case .unfit(let error): error.diagnostic.code
        default: .templateInvalid
        }
    }

    private var words: (message: String, cause: String?, next: Diagnostic.Hint?) {
        switch reason {
        case .openBrace: ("a '{' is not closed", nil, "close it, or write '{{' for a brace")
        case .closingBrace: ("a '}' closes nothing", nil, "write '}}' for a brace")
        case .noName: ("a field has no name", nil, nil)
        case .name: ("a field's name has a character that no name has", nil, nil)
        case .format(let name):
            (
                "there is no format '\(name)'", FormatError.unknown(name).diagnostic.cause,
                FormatError.unknown(name).diagnostic.hint
            )
        case .width: ("this is not a width", "a width is '>' or '<' and a number up to \(Template.widthLimit)", nil)
        case .tooMuch: ("a field has more than a name, a format and a width", nil, nil)
        case .escape: ("this backslash means nothing", nil, #"there are \t, \n and \\"#)
        case .control: ("a control character, or one that is not seen", nil, "leave it out")
        case .unknownField(let name, let names):
            (
                "there is no field '\(name)'",
                names.isEmpty
                    ? nil
                    : "the fields are " + names.prefix(40).joined(separator: ", ") + (names.count > 40 ? ", …" : ""),
                EditDistance.names(near: name, among: names, limit: 1).first.map {
                    "did you mean '\(.chooseName([$0]), $0)'?"
                }
                    ?? "take one of the fields"
            )
        case .unfit(let error): (error.diagnostic.message, error.diagnostic.cause, error.diagnostic.hint)
        }
    }
}
