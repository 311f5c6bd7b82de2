// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventStream

/// What becomes of the events of a stream: they are put in order if that is asked for, and shown.
struct EventSink: ~Copyable {
    /// Shows them.
    var display: EventDisplay
    private var sorter = RecordSorter()
    private let isSorted: Bool

    init(_ display: consuming EventDisplay, isSorted: Bool) {
        self.display = display
        self.isSorted = isSorted
    }

    /// Whether all events are there that were asked for, or nothing more can be shown.
    var isDone: Bool { display.isDone }
    /// Whether events wait for others to be put in order with.
    var isWaiting: Bool { sorter.waiting > 0 }

    /// A frame of the original framing.
    mutating func take(frame: RawSpan, at offset: UInt64) {
        display.show(frame: frame, at: offset)
    }

    /// A part of a capture.
    mutating func take(_ item: CaptureItem, at offset: UInt64) {
        switch item {
        case .records(var records):
            if isSorted { Self.sort(&records, &sorter, &display) } else { display.show(&records) }
        case .loss(let loss):
            if isSorted { Self.sort(loss, at: offset, &sorter, &display) } else { display.show(loss) }
        case .header(let header):
            if display.isNew(header) { Self.restart(&sorter, &display) }
            display.note(header)
        case .clock(let clock): display.note(clock)
        case .source(let source): display.note(source)
        case .schema(let schema): display.note(schema)
        case .names(let names): display.note(names)
        case .text(let text): display.show(text)
        case .snapshot(var snapshot): display.show(&snapshot)
        case .missing(let numbers): display.report.noteMissing(numbers)
        case .damage(let damage): display.report.note(damage)
        case .end: break
        }
    }

    /// Shows what waits for others: nothing more comes, or not for a while.
    mutating func release() {
        Self.release(&sorter, &display)
    }

    /// Takes in that nothing more comes.
    ///
    /// - Parameter isCut: Whether it must end now: what waits for others is let go.
    mutating func finish(isCut: Bool = false) {
        if !isCut { release() }
        display.finish(late: sorter.late, forced: sorter.forced)
    }

    // MARK: The order

    private static func sort(
        _ records: inout CaptureRecords, _ sorter: inout RecordSorter, _ display: inout EventDisplay
    ) {
        let isForeign = records.isForeign
        while let record = records.next() {
            sorter.add(record, isForeign: isForeign) { display.show($0) }
        }
    }

    private static func sort(
        _ loss: CaptureLoss, at offset: UInt64, _ sorter: inout RecordSorter, _ display: inout EventDisplay
    ) {
        sorter.add(loss, at: offset) { display.show($0) }
    }

    /// Another capture begins, whose times may be earlier.
    private static func restart(_ sorter: inout RecordSorter, _ display: inout EventDisplay) {
        sorter.restart { display.show($0) }
    }

    private static func release(_ sorter: inout RecordSorter, _ display: inout EventDisplay) {
        sorter.releaseAll { display.show($0) }
    }
}
