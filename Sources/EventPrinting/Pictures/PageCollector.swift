// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventStream
internal import EventSummaries
internal import MapTables
internal import Pictures

/// Counts what a page tells: rates, what most events have, how numbers are spread, the largest elements of maps.
final class PageCollector {
    /// Figures of one field.
    private final class FieldFigures {
        let title: String
        var summary: EventSummary
        var heat = TimeBuckets(rows: PageContent.Spread.rows)
        /// The binding that was prepared last.
        var prepared: ObjectIdentifier?

        init(_ title: String, values: [String], groups: [String]) {
            self.title = title
            summary = EventSummary(values: values, by: groups, limit: PageCollector.groupLimit, memory: 8 << 20)
        }
    }

    /// The largest elements of the last snapshot of a map.
    private struct Largest {
        let map: String
        let columns: [String]
        let number: String
        var rows: [(cells: [String], count: UInt64)] = []
        var elements = 0
    }

    /// The histograms in the last snapshot of a map, the largest ones.
    private struct Drawn {
        let plan: HistogramPlan
        var histograms: [(title: String, unit: String, histogram: BucketHistogram)] = []
        /// Those there was no room for.
        var more = 0
    }

    private var rates = TimeBuckets(rows: 2)
    private var figures: [String: FieldFigures] = [:]
    private var order: [String] = []
    private var maps: [MapKey: Largest] = [:]
    /// Those of captures that came before, whose maps no other has.
    private var settled: [Largest] = []
    private var drawn: [MapKey: Drawn] = [:]
    private var settledDrawn: [Drawn] = []
    private var leftOut = LeftOut()
    private var events: UInt64 = 0
    private var elements: UInt64 = 0
    private var types: [String: UInt64] = [:]
    private var cell = LineBuffer(capacity: 256)

    /// Rows of a table.
    private static let rowLimit = 20
    /// Different values of a field that are counted each.
    private static let groupLimit = 2000
    /// Fields that there are figures of.
    private static let fieldLimit = 24
    private static let mapLimit = 16
    /// Histograms of a map.
    private static let histogramLimit = 12
    private static let typeLimit = 256

    /// What there was no room for.
    private struct LeftOut {
        var maps: Set<MapKey> = []
        var typed: UInt64 = 0
        /// The hashes of the fields.
        var fields: Set<Int> = []

        static let limit = 1 << 12
    }

    // MARK: What comes

    func beginSnapshot(of map: MapKey) { (maps[map], drawn[map]) = (nil, nil) }

    /// Takes in that what comes from here on is of another capture, whose numbers of maps are others.
    ///
    /// - Parameter boot: The boot that it is of; nil if nothing more comes.
    func settle(before boot: String?) {
        settled += maps.settledKeys(before: boot).compactMap { maps.removeValue(forKey: $0) }
        settledDrawn += drawn.settledKeys(before: boot).compactMap { drawn.removeValue(forKey: $0) }
    }

    func add(
        _ event: RawSpan, _ context: borrowing EventContext, _ view: EventView, _ binding: PictureBinding,
        source: MapKey?
    ) {
        guard let source else { return add(event, context, view, binding) }
        elements += 1
        if draw(event, context, binding, source) { return }
        guard let ranked = binding.ranked else { return }
        if maps[source] == nil {
            guard hasRoom(for: source) else { return }
            maps[source] = Largest(
                map: context.map, columns: ranked.cells.columns.map(\.title), number: ranked.number.path)
        }
        maps[source]?.elements += 1
        guard let count = ranked.number.count(in: event) else { return }
        let rows = maps[source]?.rows ?? []
        guard rows.count < Self.rowLimit || count > (rows.last?.count ?? 0) else { return }
        let place = rows.firstIndex { $0.count < count } ?? rows.count
        maps[source]?.rows.insert((texts(ranked.cells, event, context), count), at: place)
        if rows.count >= Self.rowLimit { maps[source]?.rows.removeLast() }
    }

    /// Takes the histograms of an element.
    ///
    /// - Returns: False if it has none.
    private func draw(
        _ event: RawSpan, _ context: borrowing EventContext, _ binding: PictureBinding, _ source: MapKey
    ) -> Bool {
        // What has numbers of its own is a row.
        guard binding.numbers.isEmpty else { return false }
        if drawn[source] == nil {
            let plan = HistogramPlan(map: context.map, plan: binding.plan, isArray: false, choices: [])
            guard !plan.arrays.isEmpty, hasRoom(for: source) else { return false }
            drawn[source] = Drawn(plan: plan)
        }
        guard let plan = drawn[source]?.plan else { return false }
        var name = context.map.isEmpty ? "map" : context.map
        if let labels = binding.labels {
            for (column, text) in zip(labels.columns, texts(labels, event, context)) {
                name += ", \(column.title.hasPrefix("key.") ? String(column.title.dropFirst(4)) : column.title) \(text)"
            }
        }
        for array in plan.arrays {
            let histogram = array.histogram(of: event)
            guard histogram.total > 0 else { continue }
            let title = plan.arrays.count > 1 ? "\(name): \(array.counters.path)" : name
            let all = drawn[source]?.histograms ?? []
            let place = all.firstIndex { $0.histogram.total < histogram.total } ?? all.count
            if all.count >= Self.histogramLimit {
                drawn[source]?.more += 1
                guard place < all.count else { continue }
                drawn[source]?.histograms.removeLast()
            }
            drawn[source]?.histograms.insert((title, array.unit, histogram), at: place)
        }
        return true
    }

    private func hasRoom(for map: MapKey) -> Bool {
        let known = maps.count + settled.count + drawn.count + settledDrawn.count
        if known >= Self.mapLimit, leftOut.maps.count < LeftOut.limit { leftOut.maps.insert(map) }
        return known < Self.mapLimit
    }

    private func texts(_ cells: EventCells, _ event: RawSpan, _ context: borrowing EventContext) -> [String] {
        var texts: [String] = []
        for index in 0..<cells.count {
            cell.removeAll()
            cell.open(room: 4096)
            cells.append(index, event, context, to: &cell)
            cell.close()
            texts.append(String(decoding: cell.take(from: 0), as: UTF8.self))
        }
        return texts
    }

    private func add(
        _ event: RawSpan, _ context: borrowing EventContext, _ view: EventView, _ binding: PictureBinding
    ) {
        events += 1
        if let time = context.time { rates.add(at: time, row: 0) }
        let type = binding.plan.shortName
        if types[type] != nil || types.count < Self.typeLimit {
            types[type, default: 0] += 1
        } else {
            leftOut.typed += 1
        }
        guard let page = binding.page else { return }
        for field in page.groups {
            guard let found = figures(field.name, type, values: [], groups: [field.name]) else { continue }
            prepare(found, field, view)
            found.summary.add(event, context, field.binding, room: 4096)
        }
        for field in page.values {
            guard let found = figures(field.name, type, values: [field.name], groups: []) else { continue }
            prepare(found, field, view)
            found.summary.add(event, context, field.binding)
            guard let time = context.time, let number = field.number else { continue }
            switch number.value(in: event) {
            case .integer(let value): found.heat.add(at: time, row: PageContent.Spread.row(value))
            case .float(let value) where value.isFinite && value.magnitude < 0x1p62:
                found.heat.add(at: time, row: PageContent.Spread.row(Int128(value)))
            case .float, .missing, .text, .bytes: break
            }
        }
    }

    private func prepare(_ figures: FieldFigures, _ field: PageBinding.Field, _ view: EventView) {
        guard figures.prepared != ObjectIdentifier(view) else { return }
        figures.prepared = ObjectIdentifier(view)
        figures.summary.prepare(field.binding)
    }

    private func figures(_ name: String, _ type: String, values: [String], groups: [String]) -> FieldFigures? {
        let key = "\(type)\0\(name)\0\(values.count)"
        if let known = figures[key] { return known }
        guard figures.count < Self.fieldLimit else {
            if leftOut.fields.count < LeftOut.limit { leftOut.fields.insert(key.hashValue) }
            return nil
        }
        let new = FieldFigures("\(type).\(name)", values: values, groups: groups)
        figures[key] = new
        order.append(key)
        return new
    }

    func note(_ loss: CaptureLoss) {
        guard let time = loss.to ?? loss.from else { return }
        rates.add(loss.events ?? 1, at: time, row: 1)
    }

    // MARK: The end

    /// What the page lacks, as lines of its legend.
    var notes: [String] {
        var notes: [String] = []
        func add(_ count: UInt64, _ words: String) { if count > 0 { notes.append("\(count) \(words)") } }
        add(UInt64(leftOut.maps.count), "maps are left out: \(Self.mapLimit) are shown")
        add(UInt64(leftOut.fields.count), "fields are left out: \(Self.fieldLimit) are shown")
        add(
            UInt64((settledDrawn + drawn.values).reduce(0) { $0 + $1.more }),
            "histograms are left out: the \(Self.histogramLimit) with the most values of each map are shown")
        add(leftOut.typed, "events of further types are not counted by type: \(Self.typeLimit) types are")
        return notes
    }

    /// What the page tells.
    func content(_ legend: PictureLegend, _ header: CaptureHeader?, lost: UInt64) -> PageContent {
        var page = PageContent()
        page.legend = legend
        page.environment = FormatEnvironment(bootOffset: header?.bootOffset)
        page.rates = rates
        page.facts = facts(header, lost: lost)
        for key in order {
            guard let figures = figures[key] else { continue }
            if figures.summary.values.isEmpty {
                page.tables.append(table(figures))
            } else {
                page.spreads.append(
                    PageContent.Spread(
                        title: figures.title, unit: figures.summary.unitName(ofValue: 0),
                        figures: figures.summary.figures(ofValue: 0),
                        histogram: figures.summary.histogram(ofValue: 0), heat: figures.heat))
            }
        }
        settle(before: nil)
        for map in settledDrawn {
            for (title, unit, histogram) in map.histograms {
                page.spreads.append(
                    PageContent.Spread(
                        title: title, unit: unit, figures: histogram.figures, histogram: histogram.rows,
                        heat: TimeBuckets(rows: PageContent.Spread.rows)))
            }
        }
        for map in settled where !map.rows.isEmpty {
            let more = map.elements > map.rows.count ? ", the largest of \(map.elements)" : ""
            page.tables.append(
                PageContent.Table(
                    title: "\(map.map.isEmpty ? "map" : map.map)\(more)", columns: map.columns, countName: map.number,
                    rows: map.rows))
        }
        return page
    }

    private func table(_ figures: FieldFigures) -> PageContent.Table {
        let rows = figures.summary.top(Self.rowLimit).map { row in
            (cells: row.cells.map { String(decoding: $0, as: UTF8.self) }, count: row.count)
        }
        let more = figures.summary.groupCount > Self.rowLimit ? ", \(figures.summary.groupCount) values" : ""
        return PageContent.Table(
            title: figures.title + more, columns: figures.summary.groups, countName: "events", rows: rows)
    }

    private func facts(_ header: CaptureHeader?, lost: UInt64) -> [(name: String, text: String)] {
        var facts: [(name: String, text: String)] = []
        func add(_ name: String, _ text: String) { if !text.isEmpty { facts.append((name, text)) } }
        if let header {
            add("host", header.host)
            add("kernel", header.kernel)
            add("machine", header.machine)
            add("processors", header.onlineCPUs)
            add("written by", header.writer)
        }
        if events > 0 || elements == 0 { add("events", "\(events)") }
        if types.count > 1 {
            for (type, count) in types.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }).prefix(8) {
                add(type, "\(count)")
            }
        }
        if elements > 0 { add("elements of maps", "\(elements)") }
        add("lost events", "\(lost)")
        return facts
    }
}
