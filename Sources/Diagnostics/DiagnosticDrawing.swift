// SPDX-License-Identifier: Apache-2.0

extension Diagnostic.Label {
    /// The text of the line without the spaces and tabs in front of it.
    package var unindentedText: String { String(text.drop { $0 == " " || $0 == "\t" }) }

    /// A place in a text of one line that the caller gave.
    ///
    /// - Parameter place: Scalars from its start; what is beyond its end is there.
    package init(of text: String, scalars place: Range<Int>) {
        let count = text.unicodeScalars.count
        let start = min(max(place.lowerBound, 0), count)
        let end = min(max(place.upperBound, start), count)
        self.init(file: "", line: 1, columns: start + 1..<end + 1, text: text)
    }

    /// A place in a line of a text that the caller gave, in bytes from the start of the line.
    package init(of text: some Sequence<UInt8>, line: Int = 1, bytes place: Range<Int>) {
        let text = String(decoding: Array(text), as: UTF8.self)
        // Bytes that are no UTF-8 are three in the string: what is behind them is a place further on.
        var (start, end, offset, count) = (-1, 0, 0, 0)
        for scalar in text.unicodeScalars {
            let next = offset + UTF8.width(scalar)
            if start < 0, next > place.lowerBound { start = count }
            if offset < place.upperBound { end = count + 1 }
            (offset, count) = (next, count + 1)
        }
        if start < 0 { start = count }
        self.init(file: "", line: line, columns: start + 1..<max(end, start) + 1, text: text)
    }

    /// A place in a text of one line that the caller gave, in bytes from its start.
    package init(of text: String, bytes place: Range<Int>) { self.init(of: text.utf8, bytes: place) }

    /// The part of the text around the place that fits on a line, as a terminal shows it, and a line with carets below
    /// the place; nothing where the columns are not known.
    package var drawing: [String] { Self.drawing(of: [self]) }

    /// The same of several places of one line: carets are below the primary one, and dashes below those that led there,
    /// as far as they are in the part that is shown.
    ///
    /// All quotes of what a user wrote are drawn here.
    package static func drawing(of labels: [Diagnostic.Label]) -> [String] {
        guard let main = labels.first(where: { $0.role == .primary }) ?? labels.first, let columns = main.columns else {
            return []
        }
        func scalars(_ columns: Range<Int>) -> Range<Int> {
            columns.lowerBound - 1..<max(columns.upperBound, columns.lowerBound) - 1
        }
        let place = scalars(columns)
        let others = labels.filter { $0 != main }.compactMap(\.columns).map(scalars)
        var shown = ""
        // Columns of the terminal, since characters may be wide, or shown escaped.
        var width = 0
        var carets: Range<Int>?
        var dashes: [Range<Int>] = []
        for (index, scalar) in main.text.unicodeScalars.enumerated() {
            if index + Self.before < place.lowerBound {
                if width == 0 { (shown, width) = ("...", 3) }
                continue
            }
            if index > place.lowerBound + Self.after {
                shown += "..."
                break
            }
            let part = Self.isSpace(scalar) ? " " : String(scalar).terminalSafe
            let start = width
            width += part.unicodeScalars.reduce(0) { $0 + $1.displayWidth }
            shown += part
            if index == place.lowerBound || place.contains(index) { carets = (carets?.lowerBound ?? start)..<width }
            if others.contains(where: { $0.contains(index) }) { dashes.append(start..<width) }
        }
        let marked = carets ?? width..<width
        let isPrimary = main.role == .primary
        var marks = [Character](repeating: " ", count: max(marked.lowerBound + max(marked.count, 1), width))
        for column in dashes.joined() { marks[column] = "-" }
        for column in marked.lowerBound..<marked.lowerBound + max(marked.count, 1) {
            marks[column] = isPrimary ? "^" : "-"
        }
        while marks.last == " " { marks.removeLast() }
        return [shown, String(marks)]
    }

    /// Characters that are shown in front of the place and from it on.
    private static let before = 48
    private static let after = 64

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == "\t" || scalar == "\n" || scalar == "\r" }
}

extension Diagnostic {
    /// What stands below the message: quotes of what the user gave as text, with carets, and the further lines.
    var quotes: [String] {
        var lines: [[Label]] = []
        for label in labels where label.file.isEmpty {
            if let index = lines.firstIndex(where: { $0[0].line == label.line && $0[0].text == label.text }) {
                lines[index].append(label)
            } else {
                lines.append([label])
            }
        }
        let drawn = lines.flatMap { labels in
            var drawing = Label.drawing(of: labels)
            // One that only led there says how, for nothing else does.
            if labels.count == 1, labels[0].role != .primary, let message = labels[0].message, drawing.count > 1 {
                drawing[1] += " " + message.terminalSafe
            }
            return drawing
        }
        return drawn + details
    }
}
