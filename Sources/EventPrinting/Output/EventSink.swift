// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import Records

/// What becomes of the events of a stream: they are put in order if that is asked for, and shown.
struct EventSink: ~Copyable {
    /// Shows them.
    var display: EventDisplay
    private var sorter: RecordSorter
    private let isSorted: Bool

    init(_ display: consuming EventDisplay, isSorted: Bool) {
        sorter = RecordSorter(keepsOrigins: display.identifies)
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
    ///
    /// - Parameters:
    ///   - item: What it is.
    ///   - offset: Its position in the stream.
    ///   - block: The number of its block.
    mutating func take(_ item: CaptureItem, at offset: UInt64, in block: UInt64) {
        switch item {
        case .records(var records):
            if isSorted { Self.sort(&records, &sorter, &display) } else { display.show(&records) }
        case .loss(let loss):
            if isSorted { Self.sort(loss, at: offset, block, &sorter, &display) } else { display.show(loss, in: block) }
        case .header(let header):
            if display.isNew(header) { Self.restart(&sorter, &display) }
            display.note(header)
        case .clock(let clock): display.note(clock)
        case .source(let source): display.note(source)
        case .schema(let schema): display.note(schema)
        case .names(let names): display.note(names)
        case .process(let process): display.note(process)
        case .text(let text):
            if isSorted { Self.sort(text, at: offset, block, &sorter, &display) } else { display.show(text, in: block) }
        case .snapshot(var snapshot):
            if isSorted { Self.sort(snapshot, &sorter, &display) } else { display.show(&snapshot) }
        case .missing(let numbers):
            display.report.noteMissing(numbers)
            display.showMissing(numbers)
        case .damage(let damage): display.report.note(damage)
        case .other: break
        case .end(let end):
            // Nothing comes behind it.
            release()
            display.showEnd(end, block: block)
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
            sorter.add(record, isForeign: isForeign) { display.show($0, $1) }
        }
    }

    private static func sort(
        _ loss: CaptureLoss, at offset: UInt64, _ block: UInt64, _ sorter: inout RecordSorter,
        _ display: inout EventDisplay
    ) {
        let origin = SortedOrigin(place: CapturePlace(block: block))
        sorter.add(loss, at: offset, from: origin) { display.show($0, $1) }
    }

    private static func sort(
        _ text: CaptureText, at offset: UInt64, _ block: UInt64, _ sorter: inout RecordSorter,
        _ display: inout EventDisplay
    ) {
        let origin = SortedOrigin(place: CapturePlace(block: block))
        sorter.add(text, at: offset, from: origin) { display.show($0, $1) }
    }

    private static func sort(
        _ snapshot: CaptureSnapshot, _ sorter: inout RecordSorter, _ display: inout EventDisplay
    ) {
        display.keepStacks(ofWaiting: snapshot)
        sorter.add(snapshot) { display.show($0, $1) }
    }

    /// Another capture begins, whose times may be earlier.
    private static func restart(_ sorter: inout RecordSorter, _ display: inout EventDisplay) {
        sorter.restart { display.show($0, $1) }
    }

    private static func release(_ sorter: inout RecordSorter, _ display: inout EventDisplay) {
        sorter.releaseAll { display.show($0, $1) }
    }
}
