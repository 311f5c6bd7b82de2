// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import Diagnostics
import EventDecoding
import EventSummaries
import EventTypes
import MapTables
import Records

@testable import EventStream

/// Decodes a hostile snapshot by a hostile type and shows it in every way that print-event has for maps: rows of all
/// CPUs, changes against the same snapshot before, in order, as histograms, as metrics.
///
/// The input is the options (1 byte), the number of the type (1), the bytes of the BTF (2, little-endian), then the BTF
/// and the payload of a block of a snapshot; what is behind it is elements of a second snapshot of the same sizes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMaps(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard bytes.count >= 4 else { return 0 }
    let size = min(Int(bytes[2]) | Int(bytes[3]) << 8, bytes.count - 4)
    let btf = Array(bytes[4..<(4 + size)])
    var payload = Array(bytes[(4 + size)...])
    payload += [UInt8](repeating: 0, count: -payload.count & 7)
    // Twice, so that there is a snapshot before.
    var stream: [UInt8] = []
    for sequence in UInt64(1)...2 {
        stream += CaptureBlock.bytes(
            kind: CaptureBlock.Kind.snapshot, flags: 0, sequence: sequence, payload: payload)
    }
    var reader = CaptureReader()
    var shown: Shown?
    do {
        try unsafe reader.read(stream.span.bytes) { item, _ in
            guard case .snapshot(var snapshot) = item else { return }
            if shown == nil { shown = Shown(snapshot.head, btf, typeID: Int(bytes[1]), options: bytes[0]) }
            shown?.show(&snapshot)
        }
    } catch {
        precondition(!error.description.isEmpty)
    }
    return 0
}

/// The rows of one map, and what is made of them.
private final class Shown {
    private var rows: SnapshotRows
    private var order: RowOrder
    private let parts: ElementParts
    private let histograms: HistogramPlan
    private let renderers: [EventRenderer]
    private let cells: EventCells
    private let sorts: Bool

    init(_ head: SnapshotHead, _ btf: [UInt8], typeID: Int, options: UInt8) {
        var tables = TableOptions()
        tables.fold = CPUFold.allCases[Int(options & 3) % CPUFold.allCases.count]
        tables.hasChanges = options & 4 != 0
        let extras = SnapshotRows.extras(tables, isPerCPU: head.cpus != nil)
        let room = ElementRoom(limit: 1 << 16)
        let plan = (try? EventSchema(name: "struct map", btf: btf, typeID: typeID)).flatMap { try? DecodingPlan($0) }
        var parts = plan.map { ElementParts($0, extras) }
        if let own = parts, !SnapshotRows(own, tables).fits(head) { parts = nil }
        let fitting =
            parts
            ?? ElementParts(
                DecodingPlan(untypedKey: head.keySize, value: head.valueSize, isForeign: options & 8 != 0), extras)
        self.parts = fitting
        rows = SnapshotRows(fitting, tables, isGlobals: options & 16 != 0, room: room)
        precondition(rows.fits(head))
        histograms = HistogramPlan(map: "some_hist_us", plan: fitting.plan, isArray: options & 32 != 0, choices: [])
        renderers = [
            EventRenderer(fitting.plan, style: .line, environment: FormatEnvironment()),
            EventRenderer(fitting.plan, style: .json(.number), environment: FormatEnvironment()),
        ]
        let columns = fitting.plan.columns.prefix(16)
        cells = EventCells(
            fitting.plan, environment: FormatEnvironment(),
            fields: columns.map { ShownField(.event($0), name: $0.path) })
        let fields = columns.prefix(4).enumerated().map { (place: $1, isDescending: $0 % 2 == 0) }
        order = RowOrder(
            by: fields, top: options & 64 != 0 ? 3 : 100, rowSize: (max(fitting.plan.size, 0) + 7) & ~7)
        sorts = options & 128 != 0
    }

    func show(_ snapshot: inout CaptureSnapshot) {
        guard rows.fits(snapshot.head) else { return }
        order.removeAll()
        rows.begin(snapshot.head)
        var keyed = KeyedHistograms()
        var row: [UInt8] = []
        // The bytes of a row that are not shown again: what a stream brings is what it may take.
        var budget = TextBudget()
        while let element = snapshot.next() {
            let most = rows.perElement(element.bytes)
            precondition(most <= max(element.bytes.byteCount, 1))
            for number in 0..<most {
                let cpu = rows.make(number, of: element.bytes, into: &row)
                if let keys = histograms.keys, case .integer(let slot) = unsafe keys.slot.value(in: row.span.bytes),
                    case .integer(let count) = unsafe keys.count.value(in: row.span.bytes)
                {
                    keyed.add(Array(row.prefix(16)), slot: slot, count: count)
                }
                if sorts {
                    unsafe order.add(row.span.bytes, cpu: cpu)
                } else {
                    show(row, &budget)
                }
            }
        }
        if let end = snapshot.end { rows.end(end) } else { rows.abandon() }
        while let cpu = rows.makeGone(into: &row) {
            if sorts { unsafe order.add(row.span.bytes, cpu: cpu) } else { show(row, &budget) }
        }
        precondition(order.sort())
        for index in 0..<order.count {
            _ = order.row(index, into: &row)
            show(row, &budget)
        }
        if let keys = histograms.keys {
            for (_, histogram) in keyed.take(keys.scale).prefix(16) { draw(histogram, keys.unit) }
        }
    }

    private func show(_ row: [UInt8], _ budget: inout TextBudget) {
        let room = min(budget.receive(row.count), 1 << 16)
        for renderer in renderers {
            var line = LineBuffer(capacity: 64)
            line.open(room: room)
            unsafe renderer.append(row.span.bytes, EventContext(), isPadded: false, to: &line)
            budget.spend(line.close())
        }
        var table = TableRenderer(cells.columns, width: 100, colour: false)
        var lines = LineBuffer(capacity: 64)
        for index in 0..<cells.count {
            table.row.open(room: room)
            unsafe cells.append(index, row.span.bytes, EventContext(), to: &table.row)
            table.endCell()
        }
        table.endRow(to: &lines)
        for array in histograms.arrays.prefix(4) {
            draw(unsafe array.histogram(of: row.span.bytes), array.unit)
        }
    }

    private func draw(_ histogram: BucketHistogram, _ unit: String) {
        var lines = LineBuffer(capacity: 64)
        histogram.write(to: &lines, width: 80)
        histogram.appendJSON(unit: unit, to: &lines)
        histogram.appendPrometheus("some", labels: [("key", "value")], to: &lines)
        precondition(histogram.counts.count <= KeyedHistograms.bucketLimit)
    }
}
