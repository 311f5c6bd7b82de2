// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import MapTables

/// Where merged records are shown: one display, and for each capture what that has to know while it shows its records.
struct MergeStage: ~Copyable {
    /// Shows them.
    var display: EventDisplay
    /// The captures that are read or wait; places of those that are gone are used again.
    private var captures: [MergedCapture?] = []
    private var unused: [Int] = []
    /// The capture that ``display`` shows; nil where it has what is no capture's.
    private var shown: Int?
    private let common: CommonSources
    /// Whether it was looked for a type that has what the user names.
    private var hasLookedForFields = false
    /// The maps of the captures that are gone, by their names and pins.
    private var maps: Set<String> = []
    /// Captures that lack stacks.
    private var lackingStacks = 0

    /// Names of maps that are kept for what is told at the end.
    private static let mostMaps = 4096
    /// Captures of which it is told that they lack stacks.
    private static let mostTold = 8

    init(_ display: consuming EventDisplay, _ common: CommonSources) {
        self.display = display
        self.common = common
    }

    // MARK: Captures

    /// How many there are.
    var count: Int { captures.count - unused.count }

    /// The capture of a number.
    func capture(_ number: Int) -> MergedCapture? { captures[number] }

    /// Takes another one in.
    ///
    /// - Returns: Its number, as long as it is there.
    mutating func add(_ capture: MergedCapture) -> Int {
        guard let number = unused.popLast() else {
            captures.append(capture)
            return captures.count - 1
        }
        captures[number] = capture
        return number
    }

    /// Has the display show records of a capture.
    @inline(__always)
    mutating func enter(_ number: Int) {
        guard shown != number else { return }
        change(to: number)
    }

    private mutating func change(to number: Int) {
        leave()
        guard let capture = captures[number] else { return }
        display.exchange(&capture.state)
        shown = number
        display.report.host = display.context.host
    }

    /// Takes in what a capture says of itself.
    ///
    /// - Parameter isTold: Whether a record is written of it; another file may have told it.
    mutating func note(_ header: CaptureHeader, of number: Int, isTold: Bool) {
        enter(number)
        display.note(header, isTold: isTold)
        display.report.host = display.context.host
    }

    /// Gives the display what it had before it showed a capture.
    private mutating func leave() {
        guard let number = shown, let capture = captures[number] else { return }
        display.exchange(&capture.state)
        shown = nil
    }

    /// Takes in that nothing more is read of a capture in one of its files.
    mutating func end(_ number: Int) {
        captures[number]?.isOver = true
        free(number)
    }

    /// Lets captures go of which nothing is read and nothing waits.
    mutating func free() {
        for number in captures.indices { free(number) }
    }

    private mutating func free(_ number: Int) {
        guard let capture = captures[number], capture.isOver, capture.waiting == 0 else { return }
        close(number)
        leave()
        captures[number] = nil
        unused.append(number)
    }

    /// Ends what is shown of a capture, and keeps of it what is told at the end.
    private mutating func close(_ number: Int) {
        enter(number)
        display.finishMaps()
        if !display.maps.options.histograms.isEmpty {
            for name in display.namesOfMaps where maps.count < Self.mostMaps { maps.insert(name) }
        }
        guard var note = display.types.stacks.note else { return }
        lackingStacks += 1
        guard lackingStacks <= Self.mostTold else { return }
        note.details.append("in a capture of \(display.report.host.terminalSafe)")
        display.report.tell(note)
    }

    // MARK: Records

    /// Shows what leaves the order.
    mutating func show(_ item: SortedItem, _ origin: SortedOrigin) {
        if !hasLookedForFields { lookForFields() }
        let number = Int(origin.lane)
        enter(number)
        captures[number]?.waiting -= 1
        display.show(item, origin)
    }

    /// Looks for a type that has what the user names, in all captures that have begun, before the first record is shown:
    /// those that lack it are no mistake then.
    private mutating func lookForFields() {
        hasLookedForFields = true
        for number in captures.indices where captures[number] != nil && !common.fit.hasOne {
            enter(number)
            display.types.lookForFields()
        }
    }

    // MARK: The end

    /// Shows what is told at the end.
    ///
    /// - Parameters:
    ///   - gaps: Of the captures the blocks that no file had.
    ///   - late: Records that came too late to be put in order.
    ///   - forced: Records that left early, as there were too many captures at once.
    mutating func finish(gaps: [(RecordIdentity, [ClosedRange<UInt64>])], late: UInt64, forced: UInt64) {
        for number in captures.indices where captures[number] != nil { close(number) }
        leave()
        for (identity, ranges) in gaps {
            display.form.identity = identity
            for range in ranges where !display.isDone { display.showMissing(range) }
        }
        if lackingStacks > Self.mostTold {
            display.report.tell(
                Diagnostic(
                    .stacksMissing, .warning, stage: .stream,
                    "stacks are missing in \(lackingStacks - Self.mostTold) further captures"))
        }
        display.report.host = ""
        display.finish(late: late, forced: forced, maps: maps.sorted())
    }
}
