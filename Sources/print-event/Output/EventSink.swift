// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventStream

/// What becomes of the events of a stream: they are put in order, chosen, and shown.
struct EventSink: ~Copyable {
    /// The text that waits to be written.
    var lines = LineBuffer()
    var report: CaptureReport
    /// Why nothing more can be shown.
    private(set) var failure: InputFailure?

    private var types: TypeTable
    private var selection: Selection
    private var output: EventOutput
    private var sorter: RecordSorter?
    /// The source of the last events, and what it is in the table.
    private var current: (number: UInt32?, index: Int)?
    private var context = EventContext()

    init(types: TypeTable, selection: Selection, output: consuming EventOutput, sorter: consuming RecordSorter?, report: CaptureReport) {
        self.types = types
        self.selection = selection
        self.output = output
        self.sorter = sorter
        self.report = report
    }

    /// Whether all events are there that were asked for.
    var isDone: Bool { failure != nil || selection.isDone }

    // MARK: What the stream has

    /// A frame of the original framing.
    mutating func take(frame: RawSpan, at offset: UInt64) {
        guard !isDone else { return }
        show(frame, source: nil, isForeign: false, isPadded: nil, at: offset)
    }

    /// A part of a capture.
    mutating func take(_ item: CaptureItem, at offset: UInt64) {
        guard !isDone else { return }
        switch item {
        case .records(var records): take(&records)
        case .loss(let loss): take(loss, at: offset)
        case .missing(let numbers): report.noteMissing(numbers)
        case .damage(let damage): report.note(damage)
        case .header(let header):
            if header != types.header { releaseAll() }
            types.note(header)
            selection.begin(header)
            current = nil
        case .source(let source):
            types.note(source)
            current = nil
        case .schema(let schema):
            types.note(schema)
            current = nil
        case .end: break
        }
    }

    private mutating func take(_ records: inout CaptureRecords) {
        let isForeign = records.isForeign
        let isPadded = records.layout.contains(.padded)
        while let record = records.next() {
            if sorter != nil {
                sort(record, isForeign: isForeign)
            } else {
                guard selection.mayHave(record) else { continue }
                show(record, isForeign: isForeign, isPadded: isPadded)
            }
            if isDone { return }
        }
    }

    private mutating func show(_ record: CaptureRecord, isForeign: Bool, isPadded: Bool?) {
        context.cpu = record.cpu
        context.pid = record.pid
        context.tid = record.tid
        context.time = record.time
        show(record.bytes, source: record.source ?? 0, isForeign: isForeign, isPadded: isPadded, at: record.offset)
    }

    private mutating func take(_ loss: CaptureLoss, at offset: UInt64) {
        guard sorter == nil else {
            sort(loss, at: offset)
            return
        }
        note(loss)
    }

    private mutating func note(_ loss: CaptureLoss) {
        guard selection.has(loss) else { return }
        output.note(loss, map: types.mapName(loss.source), environment: types.environment, report, to: &lines)
    }

    // MARK: One event

    private mutating func show(
        _ event: RawSpan, source: UInt32?, isForeign: Bool, isPadded: Bool?, at offset: UInt64
    ) {
        do throws(InputFailure) {
            let index = try index(of: source)
            try output.show(
                event, context, types.sources[index], isForeign: isForeign, isPadded: isPadded, at: offset,
                &selection, to: &lines)
        } catch {
            failure = error
        }
    }

    /// The source of a number in the table of types.
    private mutating func index(of number: UInt32?) throws(InputFailure) -> Int {
        if let current, current.number == number { return current.index }
        let index = try types.index(of: number)
        for warning in types.takeWarnings() { report.tell(warning) }
        context.map = number.map { types.mapName($0) } ?? ""
        current = (number, index)
        return index
    }
}
