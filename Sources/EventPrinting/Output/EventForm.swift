// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventSummaries
internal import EventStream
internal import MapTables

/// Writes events in the form that was asked for.
struct EventForm: ~Copyable {
    /// How forms with columns look.
    struct Look {
        /// The columns of the terminal; nil where lines may be of any width.
        var width: Int?
        var hasColour = false
        var hasHeader = true
        /// Whether tables of maps are drawn over those before: on a terminal that shows what happens now.
        var redraws = false
        /// The lines of the terminal.
        var height: Int?
        /// Whether all that identifies a record is written behind it.
        var identifies = false
        /// How a summary is written; nil if events are shown.
        var summary: SummaryForm?
    }

    /// How a summary is written.
    enum SummaryForm {
        case text
        case json
        case csv
        /// What most events have, drawn again and again.
        case top
    }

    let look: Look
    var table = TableRenderer([], width: nil, colour: false)
    var cells = SeparatedRenderer([], .csv)
    /// The view that the columns are of, and their names.
    var columns: (view: EventView, titles: [String])?
    private(set) var tail: TailLines?
    /// The tables that would be drawn over.
    var region = TableRegion()
    var summary: EventSummary
    /// The table of what most events have, and the lines that it takes on the terminal.
    var top = (table: TopTable(), lines: 0)
    /// What is written behind each record; nil for what the events' own context says.
    var identity: RecordIdentity?
    /// The pictures that events go into; nil where none are made.
    let pictures: PictureBook?
    /// How wide the cells of rows are that are known before the table begins, by their columns.
    private var measured: [Int] = []
    /// The view whose events were summed up last.
    private var summed: EventView?

    init(look: Look, tail: Int?, summary: consuming EventSummary, pictures: PictureBook? = nil) {
        self.pictures = pictures
        self.summary = summary
        self.look = look
        identity = look.identifies ? RecordIdentity() : nil
        self.tail = tail.map { TailLines(limit: $0) }
    }

    /// What writing an event took.
    struct Outcome {
        /// As a ``TextBudget`` counts it.
        var cost = 0
        /// Whether something of the event was left out, as there was no room for it.
        var isCut = false
    }

    /// Writes an event.
    ///
    /// - Parameters:
    ///   - room: What its text may take.
    ///   - element: The source of the map that it is an element of; nil for events.
    mutating func show(
        _ event: RawSpan, _ context: borrowing EventContext, _ view: EventView, isPadded: Bool, room: Int,
        histograms: HistogramPlan? = nil, unit: String? = nil, element: UInt32? = nil, to lines: inout LineBuffer
    ) throws(InputFailure) -> Outcome {
        guard let columnCost = try beginColumns(of: view, room: room, to: &lines) else {
            lines.appendCutMark()
            lines.append("\n")
            return Outcome(isCut: true)
        }
        let start = lines.count
        let room = room - columnCost
        var outcome = Outcome()
        switch view.form {
        case .lines, .json:
            lines.open(room: room)
            view.renderer?.append(event, context, isPadded: isPadded, to: &lines)
            outcome = Outcome(lines.isCut, lines.close())
            if let histograms, case .json = view.form {
                let left = room - outcome.cost
                if let cost = appendHistograms(histograms, event, unit: unit, room: left, to: &lines) {
                    outcome.cost += cost
                } else {
                    outcome.isCut = true
                }
            }
            identity?.complete(
                element == nil ? "event" : "element", from: start, context, type: view.typeText, to: &lines)
        case .raw: lines.append(frame: event)
        case .table: outcome = showRow(event, context, view, isPadded: isPadded, room: room, to: &lines)
        case .separated: outcome = showCells(event, context, view, isPadded: isPadded, room: room, to: &lines)
        case .template(let template):
            lines.open(room: room)
            showTemplate(template, event, context, view, to: &lines)
            outcome = Outcome(lines.isCut, lines.close())
        case .picture:
            guard let pictures else { return outcome }
            let (cost, isCut) = try pictures.add(
                event, context, view, isPadded: isPadded, room: room, source: element)
            return Outcome(cost: cost, isCut: isCut)
        case .summary:
            guard let binding = view.summary else { return outcome }
            if summed !== view {
                summary.prepare(binding)
                summed = view
            }
            let key = summary.add(event, context, binding, room: room)
            return Outcome(cost: key.cost, isCut: key.isCut)
        }
        keep(from: start, &lines)
        outcome.cost += columnCost
        return outcome
    }

    mutating func keep(from start: Int, _ lines: inout LineBuffer) {
        tail?.take(from: start, of: &lines)
    }

    /// Writes the lines that were kept for the end, and keeps none from here on.
    ///
    /// - Parameter each: Called behind each line.
    /// - Returns: How many were kept, and how many of those that there were should have been.
    mutating func showKept(to lines: inout LineBuffer, _ each: (inout LineBuffer) -> Void) -> (kept: Int, wanted: Int) {
        var kept: TailLines?
        swap(&kept, &tail)
        return kept?.give(to: &lines, each) ?? (0, 0)
    }

    /// Writes what is known at the end.
    ///
    /// - Parameter each: Called behind each line or so.
    mutating func finish(to lines: inout LineBuffer, _ each: (inout LineBuffer) -> Void) throws(InputFailure) {
        try pictures?.finish(to: &lines, each)
        switch look.summary {
        case nil: break
        case .text: summary.writeText(to: &lines, width: look.width, colour: look.hasColour, each)
        case .json: summary.writeJSON(to: &lines, each)
        case .csv: summary.writeSeparated(to: &lines, .csv, each)
        case .top: drawTop(seconds: nil, size: (look.width, look.height), to: &lines)
        }
    }

    // MARK: Columns

    /// Takes the columns of a view, and writes their names where they are new.
    ///
    /// - Returns: What it took of the room; nil if there is not as much, since a stream changes its columns all the time.
    @inline(__always)
    mutating func beginColumns(
        of view: EventView, room: Int, to lines: inout LineBuffer
    ) throws(InputFailure) -> Int? {
        guard view.hasColumns, columns?.view !== view else { return 0 }
        return try takeColumns(of: view, room: room, to: &lines)
    }

    private mutating func takeColumns(
        of view: EventView, room: Int, to lines: inout LineBuffer
    ) throws(InputFailure) -> Int? {
        guard let shown = view.cells else { return 0 }
        guard columns == nil || view.columnCost <= room else { return nil }
        let titles = shown.columns.map(\.title)
        defer { columns = (view, titles) }
        guard columns?.titles != titles else { return view.columnCost }
        if case .separated(let dialect) = view.form {
            guard columns == nil else { throw InputFailure(diagnostic: secondType(view.plan.typeName)) }
            cells = SeparatedRenderer(titles + ["_lost", "_rest"], dialect)
            if look.hasHeader { cells.writeHeader(to: &lines) }
        } else {
            table = TableRenderer(
                shown.columns, width: look.width, colour: look.hasColour, wraps: !look.redraws)
            table.widen(to: measured)
            measured = []
            if look.hasHeader { table.writeHeader(to: &lines) }
        }
        return view.columnCost
    }

    /// Takes in a row of a table that is going to begin, so that its columns are as wide from their head on.
    mutating func measure(_ row: RawSpan, _ context: borrowing EventContext, _ view: EventView) {
        guard case .table = view.form, let shown = view.cells else { return }
        if measured.count != shown.count { measured = [Int](repeating: 0, count: shown.count) }
        var cell = LineBuffer(capacity: 256)
        for index in 0..<shown.count {
            cell.open(room: Self.widestMeasured)
            shown.append(index, row, context, to: &cell)
            _ = cell.close()
            measured[index] = max(measured[index], DisplayWidth.of(cell.bytes))
            cell.removeAll()
        }
    }

    /// Bytes of a cell that are measured: no column grows as wide.
    private static let widestMeasured = 256

    func secondType(_ name: String) -> Diagnostic {
        Diagnostic(
            .columnsDiffer, stage: .stream, "an event of \(name.terminalSafe) has other columns than those before",
            cause: "CSV and TSV hold events of one type",
            nextStep: "choose them by --map, --fields or --where '_type == \"…\"', or write --json")
    }

    private mutating func showRow(
        _ event: RawSpan, _ context: borrowing EventContext, _ view: EventView, isPadded: Bool, room: Int,
        to lines: inout LineBuffer
    ) -> Outcome {
        guard let shown = view.cells else { return Outcome() }
        table.row.open(room: room)
        for index in 0..<shown.count {
            if table.row.isCut { break }
            table.row.charge(Self.cellCost + table.width(ofColumn: index))
            shown.append(index, event, context, to: &table.row)
            table.endCell()
        }
        let rest = shown.rest(of: event, isPadded: isPadded)
        if !rest.isEmpty, !table.row.isCut {
            table.row.append("_rest: ")
            table.row.appendHexadecimal(event.extracting(rest))
            table.endCell()
        }
        let outcome = Outcome(table.row.isCut, table.row.close())
        table.endRow(to: &lines)
        return outcome
    }

    /// What the place of a cell takes beside its value.
    static let cellCost = 32

    private mutating func showCells(
        _ event: RawSpan, _ context: borrowing EventContext, _ view: EventView, isPadded: Bool, room: Int,
        to lines: inout LineBuffer
    ) -> Outcome {
        guard let shown = view.cells else { return Outcome() }
        cells.row.open(room: room)
        for index in 0..<shown.count {
            if cells.row.isCut { break }
            cells.row.charge(Self.cellCost)
            shown.append(index, event, context, to: &cells.row)
            cells.endCell()
        }
        // A row that is cut ends there: thousands of empty cells would be the very text that there is no room for.
        if !cells.row.isCut {
            cells.endCell()
            cells.row.appendHexadecimal(event.extracting(shown.rest(of: event, isPadded: isPadded)))
            cells.endCell()
        }
        let outcome = Outcome(cells.row.isCut, cells.row.close())
        cells.endRow(to: &lines)
        return outcome
    }

    private func showTemplate(
        _ template: Template, _ event: RawSpan, _ context: borrowing EventContext, _ view: EventView,
        to lines: inout LineBuffer
    ) {
        guard let shown = view.cells else { return }
        var index = 0
        for part in template.parts {
            if lines.isCut { break }
            switch part {
            case .literal(let text): unsafe lines.append(raw: text.span.bytes)
            case .field(let field):
                let start = lines.count
                shown.append(index, event, context, to: &lines)
                if let padding = field.padding { lines.pad(from: start, to: padding.width, padding.alignment) }
                index += 1
            }
        }
        lines.append("\n")
    }

    // MARK: Losses

    /// Bytes that a loss takes in a capture.
    private static let lossSize = 72

    /// Writes a loss where the form has a place for it.
    ///
    /// - Returns: False if it has none: then it is reported on stderr alone.
    mutating func show(
        _ loss: CaptureLoss, map: String, host: String, bootOffset: Int64?, _ view: EventView,
        _ budget: inout TextBudget, to lines: inout LineBuffer
    ) throws(InputFailure) -> Bool {
        let room = budget.receive(Self.lossSize)
        guard let columnCost = try beginColumns(of: view, room: room, to: &lines) else { return false }
        budget.spend(columnCost + map.utf8.count)
        let start = lines.count
        switch view.form {
        case .json:
            guard map.utf8.count <= room else { return false }
            if let identity {
                lines.append(loss, map: map, identity)
            } else {
                lines.append(loss, map: map, host: host, bootOffset: bootOffset)
            }
        case .separated:
            guard let columns else { return false }
            let cost = columns.titles.count * Self.cellCost
            guard cost <= room else { return false }
            budget.spend(cost)
            for title in columns.titles {
                if title == ContextField.host.name, !host.isEmpty { cells.row.appendEscaped(host, quoted: false) }
                cells.endCell()
            }
            if let events = loss.events { cells.row.append(events) } else { cells.row.append("unknown") }
            cells.endCell()
            cells.endCell()
            cells.endRow(to: &lines)
        case .table:
            let words = host.isEmpty ? loss.words : host.terminalSafe + ": " + loss.words
            unsafe table.row.append(raw: Array(words.utf8).span.bytes)
            table.endLoss(to: &lines)
            keep(from: start, &lines)
            return true
        case .summary:
            summary.noteLoss(loss.events)
            return false
        case .picture:
            try pictures?.note(loss, map: map)
            return false
        case .lines, .template, .raw: return false
        }
        keep(from: start, &lines)
        return false
    }
}

extension EventForm.Outcome {
    fileprivate init(_ isCut: Bool, _ cost: Int) { self.init(cost: cost, isCut: isCut) }
}
