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
    private var stage: MergeStage
    private var sorter: RecordSorter
    private var accounts: [MergedAccount.Key: MergedAccount] = [:]
    /// What the clocks of hosts are behind, in ns.
    private let corrections: [String: Int64]
    /// Those hosts that a capture is of.
    private var corrected: Set<String> = []
    private let makeTypes: () throws -> TypeTable
    private let common: CommonSources
    private let fileCount: Int
    /// Records that left early, as there were too many captures at once.
    private var forced: UInt64 = 0
    /// Why no more can be read.
    private(set) var failure: (any Error)?

    /// As long a record waits for one of another ring of its capture.
    private static let window: UInt64 = 1_000_000_000
    /// Bytes of records that wait: some for any number of files, and some for each.
    private static let memory = (all: 64 << 20, each: 1 << 20)
    /// Captures at once beside one for each file.
    private static let furtherCaptures = 256

    /// - Parameters:
    ///   - files: How many there are.
    ///   - corrections: What the clocks of hosts are behind, in ns.
    ///   - makeTypes: Makes the types of a capture.
    init(
        _ display: consuming EventDisplay, _ common: CommonSources, files: Int, corrections: [String: Int64],
        makeTypes: @escaping () throws -> TypeTable
    ) {
        sorter = RecordSorter(
            window: .max, capacity: Self.memory.all + min(files, 1 << 12) * Self.memory.each, keepsOrigins: true,
            captures: files)
        stage = MergeStage(display, common)
        fileCount = files
        self.common = common
        self.corrections = corrections
        self.makeTypes = makeTypes
    }

    /// Shows the records.
    var display: EventDisplay {
        _read { yield stage.display }
        _modify { yield &stage.display }
    }

    /// Whether all events are there that were asked for, or nothing more can be shown.
    var isDone: Bool { failure != nil || stage.display.isDone }

    /// What is known of each capture, in the order of hosts.
    var sortedAccounts: [MergedAccount] {
        accounts.sorted { ($0.value.host, $0.key.boot, $0.key.began) < ($1.value.host, $1.key.boot, $1.key.began) }
            .map(\.value)
    }

    /// Hosts whose clocks were to be corrected and of which there was no capture.
    var absentHosts: [String] { corrections.keys.filter { !corrected.contains($0) }.sorted() }

    // MARK: What files hold

    /// Takes a part of a file.
    ///
    /// - Parameters:
    ///   - lane: The file, of which the newest time is noted.
    mutating func take(_ item: CaptureItem, at offset: UInt64, in block: UInt64, _ lane: inout MergeLane) {
        if case .header(let header) = item { return take(header, &lane) }
        if case .damage(let damage) = item { return stage.display.report.note(damage, in: lane.name) }
        guard let number = lane.capture, let capture = stage.capture(number) else { return }
        switch item {
        case .records(var records):
            guard isNew(block, capture) else { return }
            capture.account.events &+= UInt64(records.count)
            let isForeign = records.isForeign
            while let record = records.next() {
                let time = (record.time ?? record.readTime).map(capture.wallTime)
                lane.note(time)
                capture.waiting += 1
                Self.add(record, isForeign, time, UInt32(number), &sorter, &stage)
            }
        case .loss(let loss):
            guard isNew(block, capture) else { return }
            capture.account.note(loss)
            let time = (loss.from ?? loss.to).map(capture.wallTime)
            lane.note(time)
            capture.waiting += 1
            Self.add(loss, at: offset, time, Self.origin(block, number), &sorter, &stage)
        case .text(let text):
            guard isNew(block, capture) else { return }
            let time = text.time > 0 ? capture.wallTime(text.time) : nil
            lane.note(time)
            capture.waiting += 1
            Self.add(text, at: offset, time, Self.origin(block, number), &sorter, &stage)
        case .snapshot(var snapshot):
            let isNew = isNew(block, capture)
            stage.enter(number)
            stage.display.keepStacks(ofWaiting: snapshot)
            guard isNew else { return }
            let time = capture.wallTime(snapshot.head.began)
            if snapshot.isFirst { lane.note(time) }
            capture.waiting += 1
            Self.add(&snapshot, time, UInt32(number), &sorter, &stage)
        case .end(let end):
            guard isNew(block, capture) else { return }
            capture.account.hasEnded = true
            guard stage.display.identifies else { return }
            stage.enter(number)
            stage.display.showEnd(end, block: block)
        // Another file may have them: what no file had is told at the end.
        case .missing: break
        case .clock, .source, .schema, .names, .process, .other:
            // They have numbers too, where they stand between records. Copies of them change nothing.
            if block > 0 { _ = capture.account.taken.take(block) }
            note(item, number, capture)
        case .header, .damage: break
        }
    }

    /// Takes in what a capture tells of itself.
    private mutating func note(_ item: CaptureItem, _ number: Int, _ capture: MergedCapture) {
        stage.enter(number)
        switch item {
        case .clock(var clock):
            clock.bootOffset = shifted(clock.bootOffset, of: capture.header.host)
            capture.clockChanges.note(from: clock.from, bootOffset: clock.bootOffset)
            capture.account.note(clock)
            stage.display.note(clock, isTold: capture.account.isNew(clock))
        case .source(let source): stage.display.note(source)
        case .schema(let schema): stage.display.note(schema)
        case .names(let names): stage.display.note(names)
        case .process(let process): stage.display.note(process)
        default: break
        }
    }

    /// Takes in that a file has ended.
    mutating func end(_ lane: inout MergeLane) {
        if let number = lane.capture { stage.end(number) }
        lane.capture = nil
    }

    /// Takes in that another capture begins in a file, or the same goes on.
    private mutating func take(_ header: CaptureHeader, _ lane: inout MergeLane) {
        var header = header
        header.bootOffset = shifted(header.bootOffset, of: header.host)
        if corrections[header.host] != nil { corrected.insert(header.host) }
        if let number = lane.capture {
            if stage.capture(number)?.header == header {
                return stage.note(header, of: number, isTold: false)
            }
            end(&lane)
        }
        // A file of nothing but headers must not fill the memory.
        if stage.count >= fileCount + Self.furtherCaptures { releaseAll() }
        let key = MergedAccount.Key(header)
        let known = accounts[key]
        let account = known ?? MergedAccount(header, files: fileCount)
        accounts[key] = account
        do {
            let state = EventDisplay.CaptureState(try makeTypes(), stage.display.maps.options, common.elements)
            let number = stage.add(MergedCapture(header, account, state))
            lane.capture = number
            stage.note(header, of: number, isTold: known == nil)
            account.identity = account.identity ?? stage.display.form.identity
        } catch {
            failure = error
        }
    }

    /// An offset of a host's clock, corrected as the user says.
    private func shifted(_ bootOffset: Int64, of host: String) -> Int64 {
        Int64(clamping: Int128(bootOffset) + Int128(corrections[host] ?? 0))
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
        Self.release(upTo: time - Self.window, &sorter, &stage)
        stage.free()
    }

    /// Shows all that waits, before it is its time.
    private mutating func releaseAll() {
        forced = forced.clampedSum(UInt64(clamping: sorter.waiting))
        Self.release(upTo: .max, &sorter, &stage)
        stage.free()
    }

    /// Shows all that waits, and takes in that nothing more comes.
    ///
    /// - Parameters:
    ///   - isCut: Whether it must end now: what waits for others is let go.
    ///   - isWhole: Whether all files were read to their ends, so that blocks which none had are missing.
    mutating func finish(isCut: Bool = false, isWhole: Bool) {
        if !isCut { Self.release(upTo: .max, &sorter, &stage) }
        var gaps: [(RecordIdentity, [ClosedRange<UInt64>])] = []
        if isWhole, stage.display.identifies {
            gaps = sortedAccounts.compactMap { account in
                account.identity.map { ($0, account.taken.gapRanges) }
            }
        }
        // What had to leave early for want of memory left in order, as long as nothing came too late for it.
        stage.finish(gaps: gaps, late: sorter.late, forced: forced)
    }

    private static func add(
        _ record: CaptureRecord, _ isForeign: Bool, _ time: UInt64?, _ lane: UInt32, _ sorter: inout RecordSorter,
        _ stage: inout MergeStage
    ) {
        sorter.add(record, isForeign: isForeign, order: time, lane: lane) { stage.show($0, $1) }
    }

    private static func add(
        _ loss: CaptureLoss, at offset: UInt64, _ time: UInt64?, _ origin: SortedOrigin, _ sorter: inout RecordSorter,
        _ stage: inout MergeStage
    ) {
        sorter.add(loss, at: offset, order: time, from: origin) { stage.show($0, $1) }
    }

    private static func add(
        _ text: CaptureText, at offset: UInt64, _ time: UInt64?, _ origin: SortedOrigin, _ sorter: inout RecordSorter,
        _ stage: inout MergeStage
    ) {
        sorter.add(text, at: offset, order: time, from: origin) { stage.show($0, $1) }
    }

    private static func add(
        _ snapshot: inout CaptureSnapshot, _ time: UInt64, _ lane: UInt32, _ sorter: inout RecordSorter,
        _ stage: inout MergeStage
    ) {
        sorter.add(snapshot, order: time, lane: lane) { stage.show($0, $1) }
    }

    private static func release(upTo time: UInt64, _ sorter: inout RecordSorter, _ stage: inout MergeStage) {
        sorter.release(upTo: time) { stage.show($0, $1) }
    }

    private static func origin(_ block: UInt64, _ number: Int) -> SortedOrigin {
        SortedOrigin(place: CapturePlace(block: block), lane: UInt32(truncatingIfNeeded: number))
    }
}
