// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

/// Writes stacks as a flame graph: an SVG file that needs nothing else, is readable without its script, and can be searched and
/// zoomed with it.
///
/// Widths are parts of the picture's width, whatever that is, and each frame clips its own name, so that nothing is to be laid
/// out anew in a narrow window.
package struct FlameGraph {
    private let tree: StackTree
    private let layout: FlameLayout
    private let legend: PictureLegend
    /// The largest change of a frame's part of the whole, where stacks are compared.
    private let largestChange: Double

    private static let rowHeight = 18
    private static let margin = 12
    private static let titleHeight = 30
    private static let lineHeight = 18

    /// Lays a picture out.
    package init(_ counts: StackCounts, _ legend: PictureLegend) {
        let tree = StackTree(counts)
        let layout = FlameLayout(tree)
        var legend = legend
        if layout.hidden > 0 {
            legend.notes.append("\(layout.hidden) frames are too narrow to be drawn each")
        }
        if counts.totalBefore != nil {
            let gone = counts.nodes.indices.reduce(UInt64(0)) {
                tree.totals[$1] == 0 ? $0.saturating(adding: counts.nodes[$1].before) : $0
            }
            if gone > 0 {
                legend.notes.append("gone since then: \(legend.amount(gone)) in frames that are not there now")
            }
        }
        largestChange = layout.boxes.reduce(0) { max($0, $1.narrow > 0 ? 0 : abs(Self.change(tree, $1.node))) }
        (self.tree, self.layout, self.legend) = (tree, layout, legend)
    }

    /// Writes the picture.
    ///
    /// - Parameters:
    ///   - isFile: Whether it is a file of its own, and not a part of a page.
    ///   - each: Called behind each frame.
    package func write(isFile: Bool = true, to lines: inout LineBuffer, _ each: (inout LineBuffer) -> Void) {
        if isFile { lines.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") }
        let top = writeHead(to: &lines)
        let rows = max(layout.height, 1)
        let bottom = top + rows * Self.rowHeight
        for box in layout.boxes {
            write(box, y: bottom - (box.depth + 1) * Self.rowHeight, to: &lines)
            each(&lines)
        }
        if layout.boxes.isEmpty {
            writeText("no stacks", x: Self.margin, y: bottom - 5, style: "t", to: &lines)
        }
        lines.append("<text class=\"t details\" x=\"12\" y=\"")
        lines.append(UInt64(bottom + Self.lineHeight))
        lines.append("\"> </text>\n<script><![CDATA[\n")
        lines.append(own: FlameScript.text)
        lines.append("]]></script>\n</svg>\n")
        each(&lines)
    }

    // MARK: What stands above

    /// Whether the stacks are compared with others, so that colours say something.
    private var isComparison: Bool { tree.counts.totalBefore != nil }

    private var heightOfHead: Int {
        let lines = legend.notes.count + (legend.origin.isEmpty ? 1 : 2) + (isComparison ? 1 : 0)
        return Self.titleHeight + lines * Self.lineHeight + 30
    }

    /// - Returns: Where the frames begin.
    private func writeHead(to lines: inout LineBuffer) -> Int {
        let top = heightOfHead
        let height = top + max(layout.height, 1) * Self.rowHeight + Self.lineHeight + Self.margin
        lines.append("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"flames\" width=\"100%\" height=\"")
        lines.append(UInt64(height))
        lines.append("\" role=\"group\" aria-label=\"")
        lines.appendMarkup(legend.title)
        lines.append("\" data-top=\"")
        lines.append(UInt64(top - 26))
        lines.append("\" font-family=\"system-ui,sans-serif\" font-size=\"12\">\n<style>\n")
        lines.append(own: FlameScript.style)
        lines.append("</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n")
        var y = 22
        writeText(legend.title, x: Self.margin, y: y, style: "t title", to: &lines)
        y += Self.lineHeight
        if !legend.origin.isEmpty {
            writeText(legend.origin, x: Self.margin, y: y, style: "t", to: &lines)
            y += Self.lineHeight
        }
        writeText(summary, x: Self.margin, y: y, style: "t", to: &lines)
        if isComparison {
            y += Self.lineHeight
            writeText("red: a larger part than before, blue: a smaller", x: Self.margin, y: y, style: "t", to: &lines)
        }
        for note in legend.notes {
            y += Self.lineHeight
            writeText(note, x: Self.margin, y: y, style: "t note", to: &lines)
        }
        return top
    }

    private var summary: String {
        let whole = "\(legend.amount(tree.totals[0])), \(tree.counts.frameCount) frames"
        guard let before = tree.counts.totalBefore else { return whole }
        return "\(whole); before \(legend.amount(before))"
    }

    private func writeText(_ text: String, x: Int, y: Int, style: StaticString, to lines: inout LineBuffer) {
        lines.append("<text class=\"")
        lines.append(style)
        lines.append("\" x=\"")
        lines.append(UInt64(max(x, 0)))
        lines.append("\" y=\"")
        lines.append(UInt64(max(y, 0)))
        lines.append("\">")
        lines.appendMarkup(text)
        lines.append("</text>\n")
    }

    // MARK: Frames

    private func write(_ box: FlameLayout.Box, y: Int, to lines: inout LineBuffer) {
        let total = Double(max(tree.totals[0], 1))
        let width = Double(box.weight) / total * 100
        lines.append("<svg class=\"f ")
        appendColour(box, to: &lines)
        lines.append("\" x=\"")
        lines.append(Double(box.start) / total * 100, places: 4)
        lines.append("%\" y=\"")
        lines.append(UInt64(max(y, 0)))
        lines.append("\" width=\"")
        lines.append(width, places: 4)
        lines.append("%\" height=\"17\" data-w=\"")
        lines.append(box.weight)
        lines.append("\"><title>")
        let name = name(box)
        lines.appendMarkup(name)
        lines.append(" — ")
        lines.appendMarkup(legend.amount(box.weight))
        lines.append(", ")
        lines.append(width, places: 2)
        lines.append(" %")
        if box.narrow == 0, let before = tree.counts.totalBefore {
            lines.append("; before ")
            lines.append(before > 0 ? Double(tree.totalsBefore[box.node]) / Double(before) * 100 : 0, places: 2)
            lines.append(" %")
        }
        lines.append("</title><rect width=\"100%\" height=\"17\"/><text x=\"3\" y=\"13\">")
        // The name of a frame that is too narrow for a letter is in its title, where the script finds it.
        if width > 0.8 { lines.appendMarkup(name) }
        lines.append("</text></svg>\n")
    }

    private func name(_ box: FlameLayout.Box) -> String {
        if box.narrow > 0 { return box.narrow == 1 ? "(1 narrow frame)" : "(\(box.narrow) narrow frames)" }
        return box.node == 0 ? "all" : Self.cut(tree.name(box.node))
    }

    /// Bytes of a name: those of templates are longer, and thousands of them would be no picture that a browser opens.
    private static let longestName = 512

    private static func cut(_ name: String) -> String {
        guard name.utf8.count > longestName else { return name }
        var end = name.utf8.index(name.startIndex, offsetBy: longestName)
        while end > name.startIndex, end.samePosition(in: name.unicodeScalars) == nil {
            end = name.utf8.index(before: end)
        }
        return name[..<end] + "…"
    }

    private func appendColour(_ box: FlameLayout.Box, to lines: inout LineBuffer) {
        guard box.narrow == 0, box.node > 0 else { return lines.append("n") }
        if tree.counts.totalBefore != nil {
            let change = Self.change(tree, box.node)
            let level = largestChange > 0 ? Int((abs(change) / largestChange * 4).rounded(.up)) : 0
            guard level > 0, abs(change) >= 0.0002 else { return lines.append("z") }
            lines.append(change > 0 ? "r" : "b")
            return lines.append(UInt64(min(level, 4)))
        }
        switch tree.node(box.node).kind {
        case .process: lines.append("p")
        case .user: lines.append("u")
        case .inlined: lines.append("i")
        case .kernel: lines.append("k")
        case .note: return lines.append("n")
        }
        lines.append(Self.shade(of: tree.name(box.node)))
    }

    /// One of five, the same for the same name in all pictures.
    private static func shade(of name: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return (hash >> 32) % 5
    }

    /// How much larger a frame's part of the whole is than it was.
    private static func change(_ tree: StackTree, _ node: Int) -> Double {
        let (now, before) = (tree.totals[0], tree.totalsBefore[0])
        return (now > 0 ? Double(tree.totals[node]) / Double(now) : 0)
            - (before > 0 ? Double(tree.totalsBefore[node]) / Double(before) : 0)
    }
}
