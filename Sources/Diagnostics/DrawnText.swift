// SPDX-License-Identifier: Apache-2.0

/// Lines of a diagnostic, in pieces that a terminal may show in colours.
struct DrawnText {
    /// How a piece looks.
    enum Tone {
        case plain
        /// What matters most.
        case error
        /// What led there.
        case secondary
        /// Names and titles.
        case strong
        /// Numbers and lines of the drawing itself.
        case faint

        /// The parameters of the escape sequence that chooses it (SGR).
        var parameters: String? {
            switch self {
            case .plain: nil
            case .error: "1;31"
            case .secondary: "36"
            case .strong: "1"
            case .faint: "34"
            }
        }
    }

    typealias Piece = (text: String, tone: Tone)

    var lines: [[Piece]] = []
    /// The columns of the numbers of lines, if lines of source are drawn.
    let margin: Int?

    init(margin: Int?) { self.margin = margin }

    mutating func add(_ line: [Piece]) { lines.append(line) }

    /// Adds a fact with its title.
    mutating func note(_ title: String, _ text: String) {
        guard let margin else { return lines.append([("  \(title): ", .plain), (text, .plain)]) }
        lines.append([(SourceDrawing.space(margin) + " = ", .faint), (title + ": ", .strong), (text, .plain)])
    }

    /// Adds a further line to a fact.
    mutating func more(_ text: String) {
        lines.append([(SourceDrawing.space(margin.map { $0 + 5 } ?? 4) + text, .plain)])
    }

    /// The text, with nothing in it but its own colours that a terminal would obey.
    func rendered(isColoured: Bool) -> String {
        lines.map { line in
            line.map { piece in
                let safe = piece.text.terminalSafe
                guard isColoured, !safe.isEmpty, let parameters = piece.tone.parameters else { return safe }
                return "\u{1b}[\(parameters)m\(safe)\u{1b}[0m"
            }.joined()
        }.joined(separator: "\n")
    }
}
