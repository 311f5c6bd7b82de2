// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import MapTables
internal import Records

extension EventDisplay {
    /// Shows the elements of a block.
    mutating func show(_ snapshot: inout CaptureSnapshot) {
        guard !isDone else { return }
        do throws(InputFailure) {
            // A map that is not wanted need not have what the user names.
            let name = try source(snapshot.head.source).map
            let facts = types.description(of: snapshot.head.source)
            let (holdsStacks, byBuildIDs) = (facts?.holdsStacks == true, facts?.hasBuildIDs == true)
            let isLeftOut = !selection.isChosen(map: name)
            // What had no room in the map that is wanted is told beside it, where the form has a place for another map.
            guard !isLeftOut || name == Selection.uncounted else {
                if holdsStacks { keepStacks(&snapshot) }
                return
            }
            let map: MapDisplay
            do throws(InputFailure) {
                map = try self.map(of: snapshot.head, isForeign: snapshot.isForeign)
            } catch {
                guard isLeftOut else { throw error }
                return
            }
            if isLeftOut, case .separated = map.view.form { return }
            guard !map.isReference else { return keepStacks(&snapshot) }
            if let open = maps.open, snapshot.isFirst || open !== map {
                open.isTorn = true
                try finish(open, nil)
            }
            if map.head == nil {
                begin(map, snapshot.head)
                map.isTorn = !snapshot.isFirst
            } else {
                // Events may have come between two blocks.
                beginContext(map, snapshot.head)
            }
            if !snapshot.isContinuous { map.isTorn = true }
            var row: [UInt8] = []
            map.place = CapturePlace(block: snapshot.block, index: UInt32(clamping: snapshot.count))
            while !isDone, let element = snapshot.next() {
                map.elements += 1
                if identifies { form.identity?.note(element.place) }
                if holdsStacks {
                    types.stacks.take(
                        element.bytes, of: map.number, byBuildIDs: byBuildIDs, isForeign: snapshot.isForeign)
                }
                for number in 0..<map.rows.perElement(element.bytes) {
                    guard !isDone else { break }
                    let cpu = map.rows.make(number, of: element.bytes, into: &row)
                    noteSettings(map, row)
                    // Each further CPU's row has the key once more, which no bytes of the stream stand for.
                    repeated = number == 0 ? nil : min(snapshot.head.keySize, Self.longestRepeatedKey)
                    try unsafe take(row.span.bytes, cpu, map)
                    // Rows that are kept or left out make no lines, and signals must not wait for a block of millions.
                    writer.step(&lines)
                }
            }
            if let end = snapshot.end { try finish(map, end) }
        } catch {
            failure = error
        }
    }

    /// Takes in stacks that are shown where their numbers are.
    func keepStacks(_ snapshot: inout CaptureSnapshot) {
        types.stacks.take(
            &snapshot, byBuildIDs: types.description(of: snapshot.head.source)?.hasBuildIDs == true)
    }

    /// Takes in the stacks of a snapshot that is to wait: events that wait too have numbers of them.
    func keepStacks(ofWaiting snapshot: CaptureSnapshot) {
        guard types.description(of: snapshot.head.source)?.holdsStacks == true else { return }
        var stacks = snapshot
        keepStacks(&stacks)
    }

    /// Whether the elements of a map are shown as part of others: stacks whose numbers another type has, if the table is for
    /// eyes and nobody asks for the map.
    private mutating func isReference(_ facts: CaptureSource?, _ view: EventView) throws(InputFailure) -> Bool {
        guard facts?.holdsStacks == true else { return false }
        // In a picture a stack is what others have the number of.
        if case .picture = view.form { return true }
        guard case .table = view.form, view.isOwnForm, selection.maps == nil else { return false }
        for number in types.described where number != facts?.number {
            let other = try types.source(number)
            if other.element?.parts.plan.columns.contains(where: { $0.textFormat == .stackid }) == true { return true }
        }
        return false
    }

    /// Shows what is there of a snapshot whose end never came.
    mutating func finishMaps() {
        guard let open = maps.open, failure == nil else { return }
        open.isTorn = true
        do throws(InputFailure) {
            try finish(open, nil)
        } catch {
            failure = error
        }
    }

    // MARK: The map

    private mutating func map(of head: SnapshotHead, isForeign: Bool) throws(InputFailure) -> MapDisplay {
        let source = try source(head.source)
        if let known = maps.all[head.source], known.rows.fits(head) {
            if known.source === source { return known }
            // What else the stream tells anew of a map (programs that use it) changes nothing of its elements.
            if let element = source.element, element.view === known.view, source.map == known.source.map {
                known.source = source
                return known
            }
        }
        let facts = types.description(of: head.source)
        var shown: (view: EventView, parts: ElementParts)
        var isTyped = true
        if let element = source.element, SnapshotRows(element.parts, maps.options).fits(head) {
            shown = element
        } else {
            isTyped = false
            shown = try types.untypedElement(
                keySize: head.keySize, valueSize: head.valueSize, isForeign: isForeign, facts)
        }
        if maps.all.count >= MapDisplays.limit { maps.all = [:] }
        let rowSize = (max(shown.parts.plan.size, 0) + 7) & ~7
        var order: [MapDisplay.SortField] = []
        // Variables are in no order but their own.
        if facts?.content != .globals {
            switch MapDisplay.order(shown.parts.plan, maps.options) {
            case .success(let fields):
                order = fields
                maps.hasSorted = true
            case .failure(let failure):
                // A map that lacks a field is shown as it comes, if another one has it.
                guard try isSortedElsewhere() else { throw failure }
            }
        }
        let map = MapDisplay(
            source, facts, shown.view, shown.parts, maps.options, types.environment, order: order, rowSize: rowSize,
            room: maps.room)
        map.isReference = try isReference(facts, shown.view)
        maps.all[head.source] = map
        if !isTyped { note(.untyped, map) }
        return map
    }

    /// Whether a map that is shown has the fields that rows are sorted by.
    private mutating func isSortedElsewhere() throws(InputFailure) -> Bool {
        for number in types.described where !maps.hasSorted {
            guard types.description(of: number)?.content == .elements else { continue }
            let other = try types.source(number)
            guard selection.isChosen(map: other.map) else { continue }
            guard let plan = other.element?.parts.plan else { continue }
            if case .success = MapDisplay.order(plan, maps.options) { maps.hasSorted = true }
        }
        return maps.hasSorted
    }

    // MARK: Rows

    private mutating func begin(_ map: MapDisplay, _ head: SnapshotHead) {
        map.head = head
        map.isTorn = false
        map.elements = 0
        map.hasBegun = false
        map.order?.removeAll()
        map.rows.begin(head)
        form.pictures?.beginSnapshot(of: map.number, mapID: types.description(of: map.number)?.mapID)
        maps.open = map
        beginContext(map, head)
    }

    private mutating func beginContext(_ map: MapDisplay, _ head: SnapshotHead) {
        let host = context.host
        context = EventContext()
        context.host = host
        context.time = head.began
        context.snapshot = head.number
        context.map = map.source.map
    }

    /// Takes a row: shows it, or keeps it until all are there.
    private mutating func take(_ row: RawSpan, _ cpu: UInt32?, _ map: MapDisplay) throws(InputFailure) {
        context.cpu = cpu
        if asksContext {
            switch selection.has(context) {
            case .no: return
            case .untold(let part): return untold.note(part, map.view.plan)
            case .yes: break
            case .ownProcess:
                guard let field = map.view.ownProcess, let process = field.process(in: row) else {
                    return untold.note(.pid, map.view.plan)
                }
                guard selection.pids?.contains(process) ?? true else { return }
            }
        }
        guard map.view.has(row, context) else { return }
        if map.draws, let keys = map.histograms?.keys {
            guard case .integer(let slot) = keys.slot.value(in: row),
                case .integer(let count) = keys.count.value(in: row)
            else { return }
            map.keyed.add(map.label(row, context), slot: slot, count: count)
            if case .table = map.view.form { _ = budget.receive(repeated ?? row.byteCount) }
            if case .table = map.view.form { return }
        }
        if map.order != nil {
            map.order?.add(row, cpu: cpu)
        } else {
            try show(row, map)
        }
    }

    /// Shows a row, as ``context`` is.
    private mutating func show(_ row: RawSpan, _ map: MapDisplay) throws(InputFailure) {
        guard !isDone, let head = map.head else { return }
        beginTable(map, head)
        let bytes = repeated.map { min(head.valueSize, row.byteCount) + $0 } ?? row.byteCount
        let room = budget.receive(bytes)
        selection.count()
        let outcome = try form.show(row: row, context, map, unit: map.unit(setting: maps.unit), room: room, to: &lines)
        budget.spend(outcome.cost)
        if outcome.isCut { report.noteCut(map.view.plan.typeName) }
        writer.step(&lines)
    }

    private mutating func beginTable(_ map: MapDisplay, _ head: SnapshotHead, note: StaticString? = nil) {
        guard !map.hasBegun else { return }
        map.hasBegun = true
        form.begin(map, head, types.environment, host: report.host, note: note, to: &lines)
    }

    // MARK: The end of a snapshot

    /// Shows what was kept of a snapshot, and tells what it lacks.
    ///
    /// - Parameter end: What is known of its end; nil if that is missing.
    private mutating func finish(_ map: MapDisplay, _ end: SnapshotEnd?) throws(InputFailure) {
        guard let head = map.head else { return }
        defer {
            map.head = nil
            maps.open = nil
        }
        beginContext(map, head)
        var row: [UInt8] = []
        if let end, !map.isTorn { map.rows.end(end) } else { map.rows.abandon() }
        repeated = nil
        while let cpu = map.rows.makeGone(into: &row) {
            guard !writer.isAskedToStop else { return stop(map) }
            try unsafe take(row.span.bytes, cpu, map)
        }
        let writer = writer
        guard map.order?.sort(unless: { writer.isAskedToStop }) != false else { return stop(map) }
        if map.variables == nil {
            for index in 0..<min(map.order?.count ?? 0, Self.mostMeasured) {
                context.cpu = map.order?.row(index, into: &row) ?? nil
                unsafe form.measure(row.span.bytes, context, map.view)
            }
        }
        let count = map.order?.count ?? 0
        let shown = min(count, form.rowsOnScreen(map))
        for index in 0..<shown {
            guard !writer.isAskedToStop else { return stop(map) }
            context.cpu = map.order?.row(index, into: &row) ?? nil
            repeated = (context.cpu ?? 0) > 0 ? min(head.keySize, Self.longestRepeatedKey) : nil
            try unsafe show(row.span.bytes, map)
        }
        context.cpu = nil
        repeated = nil
        guard drawKeyed(map, head) else { return stop(map) }
        // What counts what had no room is told only where there was none.
        let hasNothing = map.elements == 0 && !map.isTorn && map.source.map == Selection.uncounted
        if !map.hasBegun, !hasNothing {
            let isHistogram = map.draws && map.histograms?.keys != nil
            let note: StaticString = isHistogram ? "no values" : "no element matches"
            beginTable(map, head, note: map.elements == 0 ? "empty" : note)
        }
        let beyond = (map.order?.beyond ?? 0) + UInt64(count - shown)
        if beyond > 0 {
            form.foot(map.view, to: &lines) { lines in
                lines.append("… ")
                lines.append(beyond)
                lines.append(" more")
            }
        }
        if !hasNothing, map.elements == 0 || map.isTorn || end?.extent != .whole, case .json = map.view.form {
            writeEnd(map, head, end)
        }
        tell(map, end)
        if let reason = map.isTorn || end == nil ? "parts of it are missing" : end?.extent.lack {
            form.pictures?.noteIncomplete(map.source.map, because: reason)
        }
        map.order?.release()
        writer.step(&lines)
    }

    /// Rows of a table by which the widths of its columns are chosen: those on the first screens.
    private static let mostMeasured = 200

    /// Leaves the rest of a snapshot: a signal came, which does not wait for millions of rows to be put in order.
    private mutating func stop(_ map: MapDisplay) {
        switch writer.end {
        case .readerGone?, .failed?: break
        default: note(.stopped, map)
        }
        // A program that reads the rows must not take them for all.
        if case .json = map.view.form, let head = map.head {
            map.isTorn = true
            writeEnd(map, head, nil)
        }
        map.keyed = KeyedHistograms()
        map.rows.abandon()
        map.order?.release()
        writer.step(&lines)
    }

    /// Draws the histograms whose buckets are elements.
    ///
    /// - Returns: False if a signal came before the last one.
    private mutating func drawKeyed(_ map: MapDisplay, _ head: SnapshotHead) -> Bool {
        guard map.draws, let keys = map.histograms?.keys else { return true }
        if map.keyed.dropped > 0 { note(.uncounted, map) }
        var isFirst = true
        for (label, histogram) in map.keyed.take(keys.scale) where histogram.total > 0 {
            guard !writer.isAskedToStop else { return false }
            // Two elements make a histogram of any number of buckets.
            let cost = histogram.rows.count * Self.bucketCost + label.count
            guard isFirst || cost <= budget.room else {
                report.noteCut(map.view.plan.typeName)
                break
            }
            isFirst = false
            budget.spend(cost)
            beginTable(map, head)
            let unit = keys.unit.isEmpty ? map.unit(setting: maps.unit) ?? "" : keys.unit
            form.draw(histogram, map, unit: unit, label, host: report.host, context, to: &lines)
            writer.step(&lines)
        }
        return true
    }

    /// What a bucket takes of the room for text.
    private static let bucketCost = 80
    /// Bytes of a key that rows of further CPUs bring room for: no map that counts has longer ones.
    private static let longestRepeatedKey = 1024

    /// Writes for programs that a snapshot is empty, or not whole.
    private mutating func writeEnd(_ map: MapDisplay, _ head: SnapshotHead, _ end: SnapshotEnd?) {
        guard selection.left == nil else { return }
        let start = lines.count
        lines.append("{\"_elements\":")
        lines.append(map.elements)
        lines.append(",\"_extent\":")
        lines.appendJSON(map.isTorn ? "torn" : end.map { "\($0.extent)" } ?? "torn")
        if !identifies, types.environment.bootOffset != nil {
            lines.append(",\"_time\":\"")
            ValueFormat.ktime.append(Int128(head.began), bits: 64, to: &lines, types.environment)
            lines.append("\"")
        }
        if !identifies {
            lines.append(",\"_map\":")
            lines.appendJSON(map.source.map)
            lines.appendHost(report.host)
        }
        lines.append(",\"_snapshot\":")
        lines.append(head.number)
        lines.append("}\n")
        if var identity = form.identity {
            identity.note(map.place)
            var context = EventContext()
            (context.time, context.map) = (head.began, map.source.map)
            identity.complete("snapshot", from: start, context, to: &lines)
        }
        form.keep(from: start, &lines)
    }

    /// Keeps what the settings of a program say of the unit of its histograms.
    private mutating func noteSettings(_ map: MapDisplay, _ row: [UInt8]) {
        guard map.facts?.content == .globals, maps.unit == nil else { return }
        for column in map.view.plan.columns where column.path.hasPrefix("value.") {
            guard case .integer(let value) = unsafe column.value(in: row.span.bytes),
                let unit = HistogramUnit.bySetting(String(column.path.dropFirst(6)), value)
            else { continue }
            maps.unit = unit
        }
    }
}

extension SnapshotEnd.Extent {
    /// What a snapshot lacks, for pictures of it; nil for nothing.
    fileprivate var lack: String? {
        switch self {
        case .whole: nil
        case .limited: "only the first elements were read"
        case .unsteady: "elements changed faster than they were read"
        case .failed: "reading the map stopped at an error"
        }
    }
}
