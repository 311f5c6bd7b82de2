// SPDX-License-Identifier: Apache-2.0

/// Rows of cells as a table for eyes: columns under each other, wide lines cut.
///
/// Write each cell of a row into ``row`` and call ``endCell()`` behind it, then ``endRow(to:)``. Foreign text goes into the
/// row by `LineBuffer.appendEscaped(_:quoted:)`, so that widths are those of what is seen. A column that a value does not
/// fit into grows for the rows to come, up to ``growthLimit``; longer values move the rest of their own row only. Where a
/// row has no room, texts give way to numbers: the widest are cut first, each in its own column. Nothing is allocated per
/// row once the longest row was there.
package struct TableRenderer: ~Copyable {
    /// The width up to which columns grow.
    package static let growthLimit = 48

    /// The cells of the row that is being written.
    package var row: LineBuffer

    private let columns: [TableColumn]
    private let limit: Int?
    private let colour: Bool
    /// Whether a text in the last column is written whole: a terminal goes on in its next line.
    private let wraps: Bool
    /// How wide columns are where there is room.
    private var widths: [Int]
    /// How wide they are on lines of the limit; empty where that is to be reckoned.
    private var fitted: [Int] = []
    private var cells: [Cell] = []

    private struct Cell {
        let end: Int
        let width: Int
    }

    /// Creates a table.
    ///
    /// - Parameters:
    ///   - columns: Its columns, from the left.
    ///   - width: The columns that a line may take: those of the terminal. nil for lines of any width.
    ///   - colour: Whether cells are coloured.
    ///   - wraps: Whether a text in the last column is written whole, however long the line gets.
    package init(_ columns: [TableColumn], width: Int?, colour: Bool, wraps: Bool = false) {
        self.columns = columns
        self.colour = colour
        self.wraps = wraps
        limit = width.flatMap { $0 > 0 ? $0 : nil }
        row = LineBuffer(capacity: 1 << 12)
        widths = []
        for column in columns {
            row.appendEscaped(column.title, quoted: false)
            widths.append(max(column.width, DisplayWidth.of(row.bytes)))
            row.removeAll()
        }
        cells.reserveCapacity(columns.count)
    }

    /// Has columns begin as wide as rows need that are known already, up to ``growthLimit``.
    package mutating func widen(to known: [Int]) {
        for (index, width) in known.enumerated() where index < widths.count {
            widths[index] = max(widths[index], min(width, Self.growthLimit))
        }
        fitted.removeAll(keepingCapacity: true)
    }

    /// Writes the line of the columns' names, and forgets the cells of a row that was not ended.
    package mutating func writeHeader(to lines: inout LineBuffer) {
        removeCells()
        for column in columns {
            row.appendEscaped(column.title, quoted: false)
            endCell()
        }
        writeRow(to: &lines, isHeader: true)
    }

    /// Ends a cell: what was written into ``row`` since the last one.
    ///
    /// Cells beyond the last column are kept and stand at the end of the line.
    package mutating func endCell() {
        let start = cells.last?.end ?? 0
        let width = DisplayWidth.of(row.bytes.extracting(start..<row.count))
        if cells.count < widths.count, width > widths[cells.count] {
            let grown = max(widths[cells.count], min(width, Self.growthLimit))
            if grown != widths[cells.count] {
                widths[cells.count] = grown
                fitted.removeAll(keepingCapacity: true)
            }
        }
        cells.append(Cell(end: row.count, width: width))
    }

    /// Writes the row as a line.
    package mutating func endRow(to lines: inout LineBuffer) {
        writeRow(to: &lines, isHeader: false)
    }

    /// Writes what stands in ``row``, without cells, as a line of its own: that events were lost.
    package mutating func endLoss(to lines: inout LineBuffer) {
        let style: TextStyle = colour ? .loss : .plain
        lines.begin(style)
        let width = DisplayWidth.of(row.bytes)
        if let limit, width > limit {
            lines.append(raw: row.bytes.extracting(0..<DisplayWidth.prefix(of: row.bytes, columns: limit - 1).bytes))
            lines.append("…")
        } else {
            lines.append(raw: row.bytes)
        }
        lines.end(style)
        lines.append("\n")
        removeCells()
    }

    /// How wide a column is by now.
    package func width(ofColumn index: Int) -> Int { index < widths.count ? widths[index] : 0 }

    private mutating func removeCells() {
        row.removeAll()
        cells.removeAll(keepingCapacity: true)
    }

    private mutating func writeRow(to lines: inout LineBuffer, isHeader: Bool) {
        if fitted.isEmpty { fit() }
        let isCut = limit.map { rowWidth > $0 && !goesOn } ?? false
        let limit = limit ?? .max
        // The last column of a line that is cut is the sign of it.
        var budget = isCut ? limit - 1 : Int.max
        var start = 0
        for (index, cell) in cells.enumerated() {
            let gap = index == 0 ? 0 : Self.gap
            let style: TextStyle =
                !colour ? .plain : isHeader ? .header : index < columns.count ? columns[index].style : .plain
            let padding = padding(of: index)
            let before = gap + padding.before
            guard before < budget || !isCut else { break }
            lines.append(byte: UInt8(ascii: " "), count: before)
            budget -= before
            let text = row.bytes.extracting(start..<cell.end)
            let shown = shown(index)
            // One that the end of the line falls into has the sign there.
            let isShort = shown < cell.width && shown <= budget
            let part =
                isShort || isCut
                ? DisplayWidth.prefix(of: text, columns: isShort ? shown - 1 : budget)
                : (bytes: text.byteCount, columns: cell.width)
            if part.bytes > 0 || isShort {
                lines.begin(style)
                lines.append(raw: text.extracting(0..<part.bytes))
                if isShort { lines.append("…") }
                lines.end(style)
            }
            budget -= isShort ? shown : part.columns
            guard isShort || part.bytes == text.byteCount else { break }
            // A wide character that is cut off leaves a column.
            let after = min(padding.after + (isShort ? max(shown - 1 - part.columns, 0) : 0), budget)
            lines.append(byte: UInt8(ascii: " "), count: index == cells.count - 1 ? 0 : after)
            budget -= after
            start = cell.end
        }
        if isCut { lines.append("…") }
        lines.append("\n")
        removeCells()
    }

    /// Reckons how wide columns are on a line of the limit: the widest texts are made narrower until all has room.
    private mutating func fit() {
        fitted = widths
        guard let limit, !columns.isEmpty else { return }
        // A line goes on in the next one with the rest of the last column.
        let last = columns.count - 1
        if wraps, columns[last].alignment == .left { fitted[last] = min(fitted[last], Self.least) }
        var over = fitted.reduce(0, +) + Self.gap * last - limit
        while over > 0 {
            let texts = columns.indices.filter { columns[$0].alignment == .left && fitted[$0] > Self.least }
            guard let widest = texts.max(by: { fitted[$0] < fitted[$1] }) else { break }
            // Down to the next one at once.
            let next = texts.filter { fitted[$0] < fitted[widest] }.map { fitted[$0] }.max() ?? Self.least
            let step = max(min(over, fitted[widest] - next), 1)
            fitted[widest] -= step
            over -= step
        }
    }

    /// What a column of text keeps of its width.
    private static let least = 12

    /// Whether the last cell of the row is written whole.
    private var goesOn: Bool {
        guard wraps, let last = cells.indices.last else { return false }
        // What is behind all columns is text too.
        return last >= columns.count || last == columns.count - 1 && columns[last].alignment == .left
    }

    /// The width that a cell is shown with.
    private func shown(_ index: Int) -> Int {
        let width = cells[index].width
        guard limit != nil, index < columns.count, columns[index].alignment == .left, width > fitted[index] else {
            return width
        }
        if index == cells.count - 1, goesOn { return width }
        // What is wider than its column moves its own row, if there is room.
        return width > widths[index] && isRoomy ? width : fitted[index]
    }

    /// Whether all cells of the row have room as they are.
    private var isRoomy: Bool {
        guard let limit else { return true }
        var width = Self.gap * max(cells.count - 1, 0)
        for (index, cell) in cells.enumerated() {
            width += max(cell.width, index < widths.count && index < cells.count - 1 ? widths[index] : 0)
        }
        return width <= limit
    }

    /// Spaces between two columns.
    private static let gap = 2

    private func padding(of index: Int) -> (before: Int, after: Int) {
        guard index < columns.count else { return (0, 0) }
        let missing = max(0, fitted[index] - shown(index))
        switch columns[index].alignment {
        // A row that is cut ends in the sign of it, wherever its column would stand.
        case .right: return (index == cells.count - 1 && endsInCutMark ? 0 : missing, 0)
        // Nothing follows the last cell of a line.
        case .left: return (0, index == cells.count - 1 ? 0 : missing)
        }
    }

    /// Whether the row has fewer cells than columns since its text was cut, as `LineBuffer.appendCutMark()` says it.
    private var endsInCutMark: Bool {
        guard cells.count < columns.count, cells.last?.width == 1 else { return false }
        let start = cells.count > 1 ? cells[cells.count - 2].end : 0
        return row.bytes.extracting(start..<row.count).byteCount == "…".utf8.count
    }

    private var rowWidth: Int {
        var width = 0
        for index in cells.indices {
            let padding = padding(of: index)
            width += (index == 0 ? 0 : Self.gap) + padding.before + shown(index) + padding.after
        }
        return width
    }
}
