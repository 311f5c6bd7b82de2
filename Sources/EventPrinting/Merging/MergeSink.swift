// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import Records

/// Puts the records of several captures into the order of the time of day, and shows each as its capture tells.
///
/// A record waits until each file has come to a time that is a second later (`RecordSorter`). What was read from another
/// file before is left out: copies are recognised by the numbers of their blocks.
struct MergeSink: ~Copyable {
    /// Shows them.
    var display: EventDisplay
    private var sorter: RecordSorter
    /// The captures that are read or wait; places of those that are gone are used again.
    private var captures: [MergedCapture?] = []
    private var unused: [Int] = []
    /// The capture that ``display`` shows.
    private var shown: Int?
    private var accounts: [MergedAccount.Key: MergedAccount] = [:]
    private let corrections: [String: Int64]
    private let makeTypes: () throws -> TypeTable
    /// Why no more can be read.
    private(set) var failure: (any Error)?

    /// As long a record waits for one of another ring of its capture.
    private static let window: UInt64 = 1_000_000_000
    /// Bytes of records that wait: some for any number of files, and some for each.
    private static let memory = (all: 64 << 20, each: 1 << 20)

    /// - Parameters:
    ///   - files: How many there are.
    ///   - corrections: What the clocks of hosts are behind, in ns.
    ///   - makeTypes: Makes the types of a capture.
    init(
        _ display: consuming EventDisplay, files: Int, corrections: [String: Int64],
        makeTypes: @escaping () throws -> TypeTable
    ) {
        sorter = RecordSorter(
            window: .max, capacity: Self.memory.all + min(files, 1 << 12) * Self.memory.each, keepsOrigins: true,
            captures: files)
        self.display = display
        self.corrections = corrections
        self.makeTypes = makeTypes
    }

    /// Whether all events are there that were asked for, or nothing more can be shown.
    var isDone: Bool { failure != nil || display.isDone }

    /// What is known of each capture, in the order of hosts.
    var sortedAccounts: [MergedAccount] {
        accounts.sorted { ($0.value.host, $0.key.boot, $0.key.began) < ($1.value.host, $1.key.boot, $1.key.began) }
            .map(\.value)
    }

    // MARK: What files hold

    /// Takes a part of a file.
    ///
    /// - Parameters:
    ///   - lane: The file, of which the newest time is noted.
    mutating func take(_ item: CaptureItem, at offset: UInt64, in block: UInt64, _ lane: inout MergeLane) {
        if case .header(let header) = item { return take(header, &lane) }
        if case .damage(let damage) = item { return display.report.note(damage, in: lane.name) }
        guard let number = lane.capture, let capture = captures[number] else { return }
        switch item {
        case .records(var records):
            guard isNew(block, capture) else { return }
            capture.account.events &+= UInt64(records.count)
            let isForeign = records.isForeign
            while let record = records.next() {
                let time = (record.time ?? record.readTime).map(capture.wallTime)
                lane.note(time)
                capture.waiting += 1
                add(record, isForeign, time, UInt32(number))
            }
        case .loss(let loss):
            guard isNew(block, capture) else { return }
            capture.account.note(loss)
            let time = (loss.from ?? loss.to).map(capture.wallTime)
            lane.note(time)
            capture.waiting += 1
            Self.add(loss, at: offset, time, Self.origin(block, number), &sorter, &display, &captures, &shown)
        case .text(let text):
            guard isNew(block, capture) else { return }
            let time = text.time > 0 ? capture.wallTime(text.time) : nil
            lane.note(time)
            capture.waiting += 1
            Self.add(text, at: offset, time, Self.origin(block, number), &sorter, &display, &captures, &shown)
        case .snapshot(var snapshot):
            let isNew = isNew(block, capture)
            Self.enter(number, &display, &captures, &shown)
            display.keepStacks(ofWaiting: snapshot)
            guard isNew else { return }
            let time = capture.wallTime(snapshot.head.began)
            if snapshot.isFirst { lane.note(time) }
            capture.waiting += 1
            Self.add(&snapshot, time, UInt32(number), &sorter, &display, &captures, &shown)
        case .end(let end):
            guard isNew(block, capture) else { return }
            capture.account.hasEnded = true
            if display.identifies {
                Self.enter(number, &display, &captures, &shown)
                display.showEnd(end, block: block)
            }
        case .missing(let numbers):
            guard display.identifies else { return }
            for missing in capture.account.taken.missing(in: numbers) {
                Self.enter(number, &display, &captures, &shown)
                display.showMissing(missing)
            }
        case .clock(var clock):
            clock.bootOffset = corrected(clock.bootOffset, of: capture.header.host)
            capture.clockChanges.note(from: clock.from, bootOffset: clock.bootOffset)
            Self.enter(number, &display, &captures, &shown)
            display.note(clock, isTold: capture.account.isNew(clock))
        case .source(let source):
            Self.enter(number, &display, &captures, &shown)
            display.note(source)
        case .schema(let schema):
            Self.enter(number, &display, &captures, &shown)
            display.note(schema)
        case .names(let names):
            Self.enter(number, &display, &captures, &shown)
            display.note(names)
        case .process(let process):
            Self.enter(number, &display, &captures, &shown)
            display.note(process)
        case .header, .damage: break
        }
    }

    /// Takes in that a file has ended.
    mutating func end(_ lane: inout MergeLane) {
        if let number = lane.capture { leave(number) }
        lane.capture = nil
    }

    /// Takes in that another capture begins in a file, or the same goes on.
    private mutating func take(_ header: CaptureHeader, _ lane: inout MergeLane) {
        var header = header
        header.bootOffset = corrected(header.bootOffset, of: header.host)
        if let number = lane.capture {
            if captures[number]?.header == header {
                Self.enter(number, &display, &captures, &shown)
                return display.note(header, isTold: false)
            }
            leave(number)
        }
        let key = MergedAccount.Key(header)
        let known = accounts[key]
        let account = known ?? MergedAccount(header)
        accounts[key] = account
        do {
            let state = EventDisplay.CaptureState(try makeTypes(), display.maps.options)
            let capture = MergedCapture(header, account, state)
            let number = unused.popLast() ?? captures.count
            if number == captures.count { captures.append(capture) } else { captures[number] = capture }
            lane.capture = number
            Self.enter(number, &display, &captures, &shown)
            display.note(header, isTold: known == nil)
        } catch {
            failure = error
        }
    }

    private func corrected(_ bootOffset: Int64, of host: String) -> Int64 {
        bootOffset.addingReportingOverflow(corrections[host] ?? 0).partialValue
    }

    /// Whether a block was not read from another file.
    private func isNew(_ block: UInt64, _ capture: MergedCapture) -> Bool {
        guard !capture.account.taken.take(block) else { return true }
        capture.account.repeated &+= 1
        return false
    }

    // MARK: The order

    /// Shows what is in front of all that files can still have.
    ///
    /// - Parameter time: The least of the times that the files have come to.
    mutating func release(upTo time: UInt64) {
        guard time > Self.window else { return }
        Self.release(upTo: time - Self.window, &sorter, &display, &captures, &shown)
        free()
    }

    /// Shows all that waits, and takes in that nothing more comes.
    ///
    /// - Parameter isCut: Whether it must end now: what waits for others is let go.
    mutating func finish(isCut: Bool = false) {
        if !isCut { Self.release(upTo: .max, &sorter, &display, &captures, &shown) }
        for number in captures.indices where captures[number] != nil && number != shown {
            Self.enter(number, &display, &captures, &shown)
            display.finishMaps()
        }
        // What had to leave early left in order, as long as nothing came too late for it.
        display.finish(late: sorter.late, forced: 0)
    }

    @inline(__always)
    private mutating func add(_ record: CaptureRecord, _ isForeign: Bool, _ time: UInt64?, _ lane: UInt32) {
        Self.add(record, isForeign, time, lane, &sorter, &display, &captures, &shown)
    }

    private static func add(
        _ record: CaptureRecord, _ isForeign: Bool, _ time: UInt64?, _ lane: UInt32, _ sorter: inout RecordSorter,
        _ display: inout EventDisplay, _ captures: inout [MergedCapture?], _ shown: inout Int?
    ) {
        sorter.add(record, isForeign: isForeign, order: time, lane: lane) {
            show($0, $1, &display, &captures, &shown)
        }
    }

    private static func add(
        _ loss: CaptureLoss, at offset: UInt64, _ time: UInt64?, _ origin: SortedOrigin, _ sorter: inout RecordSorter,
        _ display: inout EventDisplay, _ captures: inout [MergedCapture?], _ shown: inout Int?
    ) {
        sorter.add(loss, at: offset, order: time, from: origin) { show($0, $1, &display, &captures, &shown) }
    }

    private static func add(
        _ text: CaptureText, at offset: UInt64, _ time: UInt64?, _ origin: SortedOrigin, _ sorter: inout RecordSorter,
        _ display: inout EventDisplay, _ captures: inout [MergedCapture?], _ shown: inout Int?
    ) {
        sorter.add(text, at: offset, order: time, from: origin) { show($0, $1, &display, &captures, &shown) }
    }

    private static func add(
        _ snapshot: inout CaptureSnapshot, _ time: UInt64, _ lane: UInt32, _ sorter: inout RecordSorter,
        _ display: inout EventDisplay, _ captures: inout [MergedCapture?], _ shown: inout Int?
    ) {
        sorter.add(snapshot, order: time, lane: lane) { show($0, $1, &display, &captures, &shown) }
    }

    private static func release(
        upTo time: UInt64, _ sorter: inout RecordSorter, _ display: inout EventDisplay,
        _ captures: inout [MergedCapture?], _ shown: inout Int?
    ) {
        sorter.release(upTo: time) { show($0, $1, &display, &captures, &shown) }
    }

    private static func origin(_ block: UInt64, _ number: Int) -> SortedOrigin {
        SortedOrigin(place: CapturePlace(block: block), lane: UInt32(truncatingIfNeeded: number))
    }

    // MARK: Captures

    private static func show(
        _ item: SortedItem, _ origin: SortedOrigin, _ display: inout EventDisplay,
        _ captures: inout [MergedCapture?], _ shown: inout Int?
    ) {
        let number = Int(origin.lane)
        enter(number, &display, &captures, &shown)
        captures[number]?.waiting -= 1
        display.show(item, origin)
    }

    /// Has the display show records of a capture.
    @inline(__always)
    private static func enter(
        _ number: Int, _ display: inout EventDisplay, _ captures: inout [MergedCapture?], _ shown: inout Int?
    ) {
        guard shown != number else { return }
        change(to: number, &display, &captures, &shown)
    }

    private static func change(
        to number: Int, _ display: inout EventDisplay, _ captures: inout [MergedCapture?], _ shown: inout Int?
    ) {
        if let shown, let capture = captures[shown] { display.exchange(&capture.state) }
        if let capture = captures[number] { display.exchange(&capture.state) }
        shown = number
        display.report.host = display.context.host
    }

    /// Nothing more is read of a capture in one of its files.
    private mutating func leave(_ number: Int) {
        captures[number]?.isOver = true
        free(number)
    }

    /// Lets captures go of which nothing is read and nothing waits.
    private mutating func free() {
        for number in captures.indices { free(number) }
    }

    private mutating func free(_ number: Int) {
        guard let capture = captures[number], capture.isOver, capture.waiting == 0 else { return }
        Self.enter(number, &display, &captures, &shown)
        display.finishMaps()
        display.exchange(&capture.state)
        shown = nil
        captures[number] = nil
        unused.append(number)
    }
}
