// SPDX-License-Identifier: Apache-2.0

/// Lines of source files with the places that a diagnostic is about, as compilers draw them.
///
///       --> prog.bpf.c:17:22 in handle_exec
///        |
///     15 |     start = bpf_map_lookup_elem(&exec_start, &pid);
///        |             -------------------------------------- bpf_map_lookup_elem() may return NULL
///     17 |     duration = now - *start;
///        |                      ^^^^^^ used without a check
struct SourceDrawing {
    private(set) var lines: [[DrawnText.Piece]] = []
    /// The columns that the numbers of lines take.
    let width: Int

    /// Draws labels of files; nil if there is no primary one.
    init?(_ labels: [Diagnostic.Label]) {
        let labels = labels.filter { !$0.file.isEmpty }
        guard let primary = labels.first(where: { $0.role == .primary }) else { return nil }
        width = labels.reduce(1) { max($0, String($1.line).utf8.count) }
        draw(labels.filter { $0.file == primary.file }, "-->", primary)
        for label in labels where label.file != primary.file { draw([label], ":::", label) }
    }

    private mutating func draw(_ labels: [Diagnostic.Label], _ arrow: String, _ head: Diagnostic.Label) {
        let place = "\(head.file):\(head.line)" + (head.column > 0 ? ":\(head.column)" : "")
        lines.append([
            (Self.space(width) + arrow + " ", .faint), (place + (head.function.map { " in \($0)" } ?? ""), .plain),
        ])
        let labels = labels.filter { !$0.text.isEmpty }
        guard !labels.isEmpty else { return }
        lines.append([(Self.space(width) + " |", .faint)])
        var shown: (line: Int, text: String)?
        for label in labels.sorted(by: { ($0.line, $0.column) < ($1.line, $1.column) }) {
            let drawing = label.drawing
            let text = drawing.first ?? label.text
            if shown?.line != label.line || shown?.text != text {
                let number = String(label.line)
                lines.append([
                    (Self.space(width - number.utf8.count) + number + " | ", .faint), (Self.plain(text), .plain),
                ])
            }
            shown = (label.line, text)
            guard drawing.count > 1 || label.message != nil else { continue }
            let marks = drawing.count > 1 ? drawing[1] + " " : ""
            lines.append([
                (Self.space(width) + " | ", .faint),
                (marks + (label.message ?? ""), label.role == .primary ? .error : .secondary),
            ])
            if label.message == nil { trimLast() }
        }
    }

    private mutating func trimLast() {
        guard var piece = lines.last?.last, piece.text.last == " " else { return }
        piece.text.removeLast()
        lines[lines.count - 1][lines[lines.count - 1].count - 1] = piece
    }

    /// A line that is not drawn with marks: its tabs would be shown escaped.
    private static func plain(_ text: String) -> String { text.replacing("\t", with: " ") }

    static func space(_ count: Int) -> String { String(repeating: " ", count: max(count, 0)) }
}
