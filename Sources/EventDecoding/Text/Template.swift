// SPDX-License-Identifier: Apache-2.0

/// A place in a template, or in a list of fields, where a value is written: `{time:iso:>30}`.
public struct FieldReference: Sendable, Equatable {
    /// The name of the field, as it was written.
    public let name: String
    /// The format that was asked for.
    public let format: ValueFormat?
    /// The columns to fill, and the side that the value stands on.
    public let padding: Padding?
    /// Where the name stands in the text: scalars from its start.
    public let place: Range<Int>

    /// The room that a value takes at least.
    public struct Padding: Sendable, Equatable {
        /// The side that the value stands on.
        public let alignment: Alignment
        /// Columns of a terminal.
        public let width: Int
    }
}

/// A part of a template.
public enum TemplatePart: Sendable, Equatable {
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
public struct Template: Sendable, Equatable {
    /// The parts in order; two literals never follow each other.
    public let parts: [TemplatePart]
    /// The template as it was written.
    public let text: String

    /// The largest width that a value may be filled to, in columns.
    public static let widthLimit = 4096

    /// Reads a template.
    public init(parsing text: String) throws(TemplateError) {
        var parser = TemplateParser(text)
        parts = try parser.template()
        self.text = text
    }

    /// The places of values.
    public var fields: [FieldReference] {
        parts.compactMap { part in
            guard case .field(let field) = part else { return nil }
            return field
        }
    }

    /// Reads a list of fields: the value of `--fields`, `time:iso,comm,pid:>7`.
    public static func fields(parsing text: String) throws(TemplateError) -> [FieldReference] {
        var parser = TemplateParser(text)
        return try parser.list()
    }
}
