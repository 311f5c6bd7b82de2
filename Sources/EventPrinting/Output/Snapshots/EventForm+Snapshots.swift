// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventStream
internal import MapTables
internal import Records

/// The tables that stand at the end of the output, nothing else between them: those that new ones are drawn over.
struct TableRegion {
    /// The lines that they take.
    var lines = 0
    /// The sources that they are of.
    var sources: Set<UInt32> = []
    /// Whether a table stands above.
    var hasTable = false
}

extension EventForm {
    /// Whether headings stand above the rows: in forms for eyes.
    private func hasHeadings(_ view: EventView) -> Bool {
        guard tail == nil else { return false }
        switch view.form {
        case .table, .lines: return true
        case .json, .separated, .template, .raw, .summary, .picture: return false
        }
    }

    /// Notes that something else than tables of maps was shown.
    mutating func breakRegion() {
        guard region.hasTable else { return }
        region = TableRegion()
    }

    /// The rows of a table that is drawn over by the next one: of one that is taller than the screen, the first rows would
    /// be out of sight.
    func rowsOnScreen(_ map: MapDisplay) -> Int {
        guard look.redraws, let height = look.height, case .table = map.view.form, !map.draws else { return .max }
        return max(height - Self.linesBesideRows, 1)
    }

    /// What it is of, the names of the columns, how many more there are, and the line where the cursor is.
    private static let linesBesideRows = 4

    /// Counts the lines behind a place, of which those drawn over later are.
    private mutating func countLines(from start: Int, _ lines: borrowing LineBuffer) {
        guard look.redraws, start < lines.count else { return }
        let bytes = lines.bytes
        let width = max(look.width ?? .max, 1)
        var (columns, isEscape) = (0, false)
        for index in start..<lines.count {
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            switch byte {
            case UInt8(ascii: "\n"):
                // The terminal goes on in the next line where one is wider than it is.
                region.lines += max(columns / width + (columns % width > 0 ? 1 : 0), 1)
                columns = 0
            case 0x1b: isEscape = true
            case _ where isEscape: isEscape = !(0x40...0x7e).contains(byte) || byte == UInt8(ascii: "[")
            // The first byte of a character.
            case _ where byte & 0xc0 != 0x80: columns += 1
            default: break
            }
        }
    }

    /// Begins the table of a snapshot.
    ///
    /// - Parameters:
    ///   - host: The host that the map is of, where there are several; empty for the only one.
    ///   - note: What is said instead of rows; nil if there are some.
    mutating func begin(
        _ map: MapDisplay, _ head: SnapshotHead, _ environment: FormatEnvironment, host: String,
        note: StaticString? = nil, to lines: inout LineBuffer
    ) {
        guard hasHeadings(map.view) else { return }
        if look.redraws {
            if region.sources.contains(head.source) {
                if let height = look.height, region.lines < height {
                    lines.append("\u{1b}[")
                    lines.append(UInt64(region.lines))
                    lines.append("A\r\u{1b}[J")
                } else {
                    lines.append("\u{1b}[H\u{1b}[2J")
                }
                region = TableRegion()
            }
            region.sources.insert(head.source)
        }
        let start = lines.count
        if region.hasTable { lines.append("\n") }
        region.hasTable = true
        let style: TextStyle = look.hasColour ? .header : .plain
        lines.begin(style)
        if !host.isEmpty {
            lines.appendEscaped(host, quoted: false)
            lines.append(": ")
        }
        lines.appendEscaped(map.source.map.isEmpty ? "map" : map.source.map, quoted: false)
        lines.append(", ")
        ValueFormat.ktime.append(Int128(head.began), bits: 64, to: &lines, environment)
        if let note {
            lines.append(": ")
            lines.append(note)
        }
        lines.end(style)
        lines.append("\n")
        if case .table = map.view.form { columns = nil }
        countLines(from: start, lines)
    }

    /// Writes a row, or what is drawn of it.
    mutating func show(
        row: RawSpan, _ context: borrowing EventContext, _ map: MapDisplay, unit: String?, room: Int,
        to lines: inout LineBuffer
    ) throws(InputFailure) -> Outcome {
        let start = lines.count
        var outcome = Outcome()
        if let variables = map.variables {
            // A table of no row has no header.
            if !variables.names.isEmpty || !map.draws {
                outcome = try show(variables, row, context, map.view, room: room, to: &lines)
            }
            if map.draws, let plan = map.histograms {
                let left = room - outcome.cost
                let isCut = draw(plan, row, context, map, unit, room: left, to: &lines)
                outcome.isCut = outcome.isCut || isCut
            }
        } else if map.draws, let plan = map.histograms, !plan.arrays.isEmpty {
            outcome.isCut = draw(plan, row, context, map, unit, room: room, to: &lines)
            outcome.cost = lines.count - start
        } else {
            // Rows are kept in whole words.
            let beyond = row.byteCount - map.view.plan.size
            let row = (1..<8).contains(beyond) ? row.extracting(first: map.view.plan.size) : row
            outcome = try show(
                row, context, map.view, isPadded: false, room: room, histograms: map.histograms, unit: unit,
                element: map.number, to: &lines)
        }
        countLines(from: start, lines)
        return outcome
    }

    /// Writes a line below the rows of a table.
    mutating func foot(_ view: EventView, to lines: inout LineBuffer, _ text: (inout LineBuffer) -> Void) {
        guard hasHeadings(view) else { return }
        let start = lines.count
        text(&lines)
        lines.append("\n")
        countLines(from: start, lines)
    }

    // MARK: Global variables

    private mutating func show(
        _ variables: VariableRows, _ event: RawSpan, _ context: borrowing EventContext, _ view: EventView, room: Int,
        to lines: inout LineBuffer
    ) throws(InputFailure) -> Outcome {
        var outcome = Outcome()
        switch view.form {
        case .table:
            table = TableRenderer(variables.columns, width: look.width, colour: look.hasColour)
            if look.hasHeader { table.writeHeader(to: &lines) }
        case .separated(let dialect):
            if let columns, columns.titles != variables.titles {
                throw InputFailure(diagnostic: secondType(view.plan.typeName))
            }
            cells = SeparatedRenderer(["_time", "_snapshot"] + variables.titles, dialect)
            if look.hasHeader, columns == nil { cells.writeHeader(to: &lines) }
            columns = (view, variables.titles)
        default: break
        }
        for (name, picks) in zip(variables.names, variables.picks) {
            let left = room - outcome.cost
            guard left > 0 else {
                outcome.isCut = true
                break
            }
            let start = lines.count
            var row = LineBuffer(capacity: 256)
            row.open(room: left)
            switch view.form {
            case .table:
                unsafe table.row.appendEscaped(name.span.bytes, quoted: false)
                table.endCell()
                for pick in picks {
                    if let pick { variables.cells.append(pick, event, context, to: &row) }
                    table.row.append(raw: row.bytes)
                    row.removeAll()
                    table.endCell()
                }
                table.endRow(to: &lines)
            case .separated:
                cells.row.append(context.time ?? 0)
                cells.endCell()
                cells.row.append(context.snapshot ?? 0)
                cells.endCell()
                unsafe cells.row.appendEscaped(name.span.bytes, quoted: false)
                cells.endCell()
                for pick in picks {
                    if let pick { variables.cells.append(pick, event, context, to: &row) }
                    cells.row.append(raw: row.bytes)
                    row.removeAll()
                    cells.endCell()
                }
                cells.endRow(to: &lines)
            default:
                lines.append("name: ")
                unsafe lines.appendEscaped(name.span.bytes, quoted: false)
                for (title, pick) in zip(variables.titles.dropFirst(), picks) {
                    guard let pick, variables.cells.append(pick, event, context, to: &row) else { continue }
                    lines.append(", ")
                    lines.appendEscaped(title, quoted: false)
                    lines.append(": ")
                    lines.append(raw: row.bytes)
                    row.removeAll()
                }
                lines.append("\n")
            }
            outcome.isCut = outcome.isCut || row.isCut
            outcome.cost += lines.count - start + Self.cellCost * (picks.count + 1)
            keep(from: start, &lines)
        }
        return outcome
    }

    // MARK: Histograms

    /// Draws the histograms of an element, those that have no values left out.
    ///
    /// - Returns: Whether some are left out for want of room.
    private func draw(
        _ plan: HistogramPlan, _ row: RawSpan, _ context: borrowing EventContext, _ map: MapDisplay, _ unit: String?,
        room: Int, to lines: inout LineBuffer
    ) -> Bool {
        let begin = lines.count
        let label = map.label(row, context)
        var isFirst = true
        // Arrays of a type may lie over each other, and each is read whether it has values or not.
        var work = 0
        for array in plan.arrays {
            // The first one is no longer than an element may be.
            guard work == 0 || lines.count - begin + work < room else { return true }
            work += array.counters.count
            let histogram = array.histogram(of: row)
            guard histogram.total > 0 else { continue }
            if !isFirst { lines.append("\n") }
            isFirst = false
            let title = map.variables == nil && plan.arrays.count == 1 ? nil : array.counters.path
            draw(
                histogram, title: title, unit: array.unit.isEmpty ? unit ?? "" : array.unit, label, to: &lines)
        }
        if isFirst, map.variables?.names.isEmpty != false {
            if !label.isEmpty {
                unsafe lines.append(raw: label.span.bytes)
                lines.append(": ")
            }
            lines.append("no values\n")
        }
        return false
    }

    /// Draws a histogram under the line that tells what it is.
    private func draw(
        _ histogram: BucketHistogram, title: String?, unit: String, _ label: [UInt8], to lines: inout LineBuffer
    ) {
        let start = lines.count
        if let title {
            lines.appendEscaped(title.hasPrefix("value.") ? String(title.dropFirst(6)) : title, quoted: false)
        }
        if !unit.isEmpty {
            lines.append(lines.count > start ? " in " : "in ")
            lines.appendEscaped(unit, quoted: false)
        }
        if !label.isEmpty {
            if lines.count > start { lines.append(", ") }
            unsafe lines.append(raw: label.span.bytes)
        }
        if lines.count > start { lines.append("\n") }
        histogram.write(to: &lines, width: look.width)
    }

    /// Draws the histogram whose buckets are the elements of a map.
    mutating func draw(
        _ histogram: BucketHistogram, _ map: MapDisplay, unit: String, _ label: [UInt8], host: String,
        _ context: borrowing EventContext, to lines: inout LineBuffer
    ) {
        let start = lines.count
        if case .json = map.view.form {
            lines.append("{\"_map\":")
            lines.appendJSON(map.source.map)
            lines.appendHost(host)
            lines.append(",\"_snapshot\":")
            lines.append(context.snapshot ?? 0)
            if !label.isEmpty {
                lines.append(",\"_label\":")
                unsafe lines.appendJSON(label.span.bytes)
            }
            lines.append(",\"_hist\":")
            histogram.appendJSON(unit: unit, to: &lines)
            lines.append("}\n")
            keep(from: start, &lines)
        } else {
            draw(histogram, title: nil, unit: unit, label, to: &lines)
            countLines(from: start, lines)
        }
    }

    /// Adds the histograms of an element to its JSON object: `"_hist":{"value.slots":{…}}`.
    ///
    /// - Parameter unit: What values are that no name tells of; nil if that is not known.
    /// - Returns: What that took of the room; nil if there is not as much.
    func appendHistograms(
        _ plan: HistogramPlan, _ row: RawSpan, unit: String?, room: Int, to lines: inout LineBuffer
    ) -> Int? {
        guard !plan.arrays.isEmpty else { return 0 }
        // A bucket is 60 bytes or so.
        let buckets = plan.arrays.reduce(0) { $0 + $1.counters.count + 8 }
        guard buckets * 64 <= room else { return nil }
        let start = lines.count
        lines.truncate(to: lines.count - 2)
        lines.append(",\"_hist\":{")
        var isFirst = true
        for array in plan.arrays {
            let histogram = array.histogram(of: row)
            guard histogram.total > 0 || plan.arrays.count == 1 else { continue }
            if !isFirst { lines.append(",") }
            isFirst = false
            lines.appendJSON(array.counters.path)
            lines.append(":")
            histogram.appendJSON(unit: array.unit.isEmpty ? unit ?? "" : array.unit, to: &lines)
        }
        lines.append("}}\n")
        return lines.count - start
    }
}

extension MapDisplay {
    /// What tells the histogram of a row from others: `pid 12, comm sshd`; what is 0 or empty is left out of values.
    func label(_ row: RawSpan, _ context: borrowing EventContext) -> [UInt8] {
        guard let labels, let histograms, variables == nil else { return [] }
        var text = LineBuffer(capacity: 128)
        var cell = LineBuffer(capacity: 64)
        text.open(room: 4096)
        // An array of one element is no map to anybody.
        let isSingle = facts?.isArray == true && facts?.maxEntries == 1
        for (index, field) in histograms.labels.enumerated() {
            guard case .event(let place) = field.source else { continue }
            let isKey = place.path == "key" || place.path.hasPrefix("key.")
            if isKey && isSingle { continue }
            cell.removeAll()
            labels.append(index, row, context, to: &cell)
            let isNothing = cell.count == 0 || cell.count == 1 && cell.first == UInt8(ascii: "0")
            if isNothing && !isKey { continue }
            if text.count > 0 { text.append(", ") }
            text.appendEscaped(field.name, quoted: false)
            text.append(" ")
            text.append(raw: cell.bytes)
        }
        if let cpu = context.cpu {
            if text.count > 0 { text.append(", ") }
            text.append("CPU ")
            text.append(UInt64(cpu))
        }
        return unsafe text.bytes.withUnsafeBytes { unsafe Array($0) }
    }
}

extension LineBuffer {
    /// Its first byte.
    fileprivate var first: UInt8? { count > 0 ? unsafe bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self) : nil }
}
