// SPDX-License-Identifier: Apache-2.0

/// A place in a template, or in a list of fields, where a value is written: `{time:iso:>30}`.
package struct FieldReference: Sendable, Equatable {
    /// The name of the field, as it was written.
    package let name: String
    /// The format that was asked for.
    package let format: ValueFormat?
    /// The columns to fill, and the side that the value stands on.
    package let padding: Padding?
    /// Where the name stands in the text: scalars from its start.
    package let place: Range<Int>

    /// The room that a value takes at least.
    package struct Padding: Sendable, Equatable {
        /// The side that the value stands on.
        package let alignment: Alignment
        /// Columns of a terminal.
        package let width: Int
    }
}

/// A part of a template.
package enum TemplatePart: Sendable, Equatable {
    /// Bytes that are written as they are: safe text, tabs and newlines.
    case literal([UInt8])
    /// A value.
    case field(FieldReference)
}

/// A line that the user has put together: the value of `--format`.
///
///     {time:iso} {comm:<16} {pid:>7} {filename}
///
/// `{name}` is the value of a field; `{name:format}` writes it in a ``ValueFormat``; `{name:>8}`, `{name:format:<8}` fill it
/// to so many columns, on the right or the left side. `{{` and `}}` are braces, `\t`, `\n` and `\\` a tab, a newline and a
/// backslash. Other backslashes and control characters are refused: a template brings no colour and moves no cursor.
package struct Template: Sendable, Equatable {
    /// The parts in order; two literals never follow each other.
    package let parts: [TemplatePart]
    /// The template as it was written.
    package let text: String

    /// The largest width that a value may be filled to, in columns.
    package static let widthLimit = 4096

    /// Reads a template.
    package init(parsing text: String) throws(TemplateError) {
        var parser = TemplateParser(text)
        parts = try parser.template()
        self.text = text
    }

    /// The places of values.
    package var fields: [FieldReference] {
        parts.compactMap { part in
            guard case .field(let field) = part else { return nil }
            return field
        }
    }

    /// Reads a list of fields: the value of `--fields`, `time:iso,comm,pid:>7`.
    package static func fields(parsing text: String) throws(TemplateError) -> [FieldReference] {
        var parser = TemplateParser(text)
        return try parser.list()
    }
}
