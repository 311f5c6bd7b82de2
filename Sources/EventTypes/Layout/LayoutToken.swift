// SPDX-License-Identifier: Apache-2.0

/// A word of a layout.
struct LayoutToken: Equatable {
    /// What it is.
    enum Kind {
        case identifier
        case number
        case character
        case string
        case punctuator
        /// Behind the last one.
        case end
    }

    let kind: Kind
    /// As it is written; a string without its quotes.
    let text: String
    /// Where it is, in bytes of the text; of what a macro stands for, where the macro is named.
    var place: Range<Int>
    /// Whether it is the first of its line.
    let startsLine: Bool
}

/// What is wrong with a layout, and where.
struct LayoutFault: Error {
    let reason: LayoutError.Reason
    /// In bytes of the text.
    let place: Range<Int>
    /// The place that led there, such as where a name is first.
    let origin: Range<Int>?

    init(_ reason: LayoutError.Reason, _ place: Range<Int>, from origin: Range<Int>? = nil) {
        self.reason = reason
        self.place = place
        self.origin = origin
    }
}
