// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import EventSummaries
internal import Pictures
internal import ToolSupport

/// Takes events and elements into the pictures that were asked for, and writes those at the end.
///
/// A class, since each of the values that show events would else carry all of it.
final class PictureBook {
    /// Which pictures there are.
    struct Plan {
        /// Whether folded stacks go to stdout.
        var isFolded = false
        /// The files of pictures.
        var flamegraph: String?
        var speedscope: String?
        var timeline: String?
        var page: String?
        /// What the pictures are called.
        var title = ""
        /// Whether nothing is written: the stacks are taken out by ``takeStacks()``.
        var keepsStacks = false
        /// Whether stacks are looked for.
        var hasStacks: Bool { needsStacks || page != nil || keepsStacks }
        /// Whether there is nothing to show without stacks.
        var needsStacks: Bool { isFolded || flamegraph != nil || speedscope != nil }
    }

    private let plan: Plan
    private let reporter: Reporter
    private let flamegraph: PictureFile?
    private let speedscope: PictureFile?
    private var timeline: TimelineCollector?
    private let page: (file: PictureFile, collector: PageCollector)?
    private var stacks = StackCollector()
    /// What the stacks are compared with; nil for nothing.
    private var before: Stacks?
    private var losses = PictureLosses()
    /// The first capture, which legends name, and the last one.
    private var header: CaptureHeader?
    private var lastHeader: CaptureHeader?
    /// What the map in which programs count what they had no room for has.
    private var uncounted: [MapKey: UInt64] = [:]
    /// The maps of the capture.
    private var keys = MapKeys()
    /// The same of captures that came before.
    private var uncountedBefore: UInt64 = 0

    /// Stacks for others to be compared with.
    struct Stacks {
        let counts: StackCounts
        /// What their weights count; nil if there are none.
        let measure: StackCollector.Measure?
        /// Whether a type with stacks came.
        let hasStacks: Bool
    }

    /// Opens the files.
    init(_ plan: Plan, reporter: Reporter) throws {
        self.plan = plan
        self.reporter = reporter
        flamegraph = try plan.flamegraph.map { try PictureFile($0) }
        speedscope = try plan.speedscope.map { try PictureFile($0) }
        page = try plan.page.map { (try PictureFile($0), PageCollector()) }
        timeline = try plan.timeline.map { TimelineCollector(try PictureFile($0)) }
    }

    /// Has the stacks compared with others.
    func compare(with stacks: Stacks) { before = stacks }

    // MARK: What comes

    /// Takes in what a capture says of itself.
    func note(_ header: CaptureHeader) {
        guard header != lastHeader else { return }
        if self.header == nil { self.header = header }
        lastHeader = header
        settle(before: header.bootID)
    }

    /// Numbers of sources stand for other maps in another capture.
    ///
    /// - Parameter boot: The boot that it is of.
    private func settle(before boot: String) {
        stacks.settle(before: boot) { SignalSource.isAsked }
        page?.collector.settle(before: boot)
        for map in uncounted.settledKeys(before: boot, most: Self.mapLimit / 2) {
            uncountedBefore = uncountedBefore.saturating(adding: uncounted.removeValue(forKey: map) ?? 0)
        }
        keys.removeAll()
    }

    /// What programs had no room for.
    private var left: UInt64 { uncounted.values.reduce(uncountedBefore) { $0.saturating(adding: $1) } }

    /// Whether something goes to stdout.
    var printsLines: Bool { plan.isFolded }

    /// Takes in that a snapshot of a map begins.
    ///
    /// - Parameters:
    ///   - source: The number of its source.
    ///   - mapID: The map's id; nil if it is not known.
    func beginSnapshot(of source: UInt32, mapID: UInt32? = nil) {
        keys.note(source, boot: lastHeader?.bootID ?? "", id: mapID)
        let map = keys[source]
        stacks.beginSnapshot(of: map)
        page?.collector.beginSnapshot(of: map)
        uncounted[map] = nil
    }

    /// Takes an event, or an element of a map.
    ///
    /// - Parameters:
    ///   - room: What its text may take.
    ///   - source: The map that it is an element of; nil for events.
    /// - Returns: What its text took, and whether there was no room for all of it.
    func add(
        _ event: RawSpan, _ context: borrowing EventContext, _ view: EventView, isPadded: Bool, room: Int,
        source: UInt32?
    ) throws(InputFailure) -> (cost: Int, isCut: Bool) {
        guard let binding = view.picture else { return (0, false) }
        let map = source.map { keys[$0] }
        if let map, context.map == Self.uncountedMap, binding.stacks.isEmpty {
            let old = uncounted[map] ?? 0
            if uncounted.count < Self.mapLimit || uncounted[map] != nil {
                uncounted[map] = old.saturating(adding: binding.weight(of: event) ?? 0)
            }
        }
        if plan.hasStacks { stacks.add(event, context, binding, source: map) }
        page?.collector.add(event, context, view, binding, source: map)
        return try timeline?.add(event, context, view, binding, room: room, isPadded: isPadded) ?? (0, false)
    }

    /// The map in which programs count what they had no room for.
    private static let uncountedMap = "not_counted"
    private static let mapLimit = 64

    /// Takes in that events are missing.
    ///
    /// - Parameter map: The map that they would have come from.
    func note(_ loss: CaptureLoss, map: String) throws(InputFailure) {
        losses.note(loss)
        page?.collector.note(loss)
        try timeline?.note(loss, map: map)
    }

    /// Takes in that a snapshot has not all elements of its map.
    func noteIncomplete(_ map: String, because reason: String) { losses.note(incomplete: map, reason) }

    // MARK: The end

    /// The stacks, for another picture to be compared with.
    func takeStacks() -> Stacks {
        stacks.settle { SignalSource.isAsked }
        return Stacks(
            counts: stacks.settled(lost: losses.events), measure: stacks.measure, hasStacks: stacks.hasStacks)
    }

    /// Writes the pictures.
    ///
    /// - Parameter each: Called behind each line of those that go to stdout.
    func finish(to lines: inout LineBuffer, _ each: (inout LineBuffer) -> Void) throws(InputFailure) {
        guard !plan.keepsStacks else {
            // What is not known then is told behind it.
            stacks.settle { SignalSource.isAsked }
            return
        }
        for note in try timeline?.finish() ?? [] { warn(note) }
        guard plan.hasStacks else { return }
        stacks.settle { SignalSource.isAsked }
        var counts = stacks.settled(lost: losses.events)
        if let before { counts.compare(with: before.counts) }
        let own = notes(counts)
        for note in own { warn(note) }
        let stackLegend = legend(own)
        if plan.needsStacks { try finishStacks(counts, stackLegend, to: &lines, each) }
        if let page {
            var text = LineBuffer(capacity: 1 << 17)
            let legend = pageLegend(own + page.collector.notes)
            var content = page.collector.content(legend, header, lost: losses.events)
            if stacks.hasStacks { content.stacks = (counts, stackLegend) }
            PageWriter(content).write(to: &text) { page.file.step(&$0) }
            try page.file.finish(&text)
        }
    }

    private func finishStacks(
        _ counts: StackCounts, _ legend: PictureLegend, to lines: inout LineBuffer,
        _ each: (inout LineBuffer) -> Void
    ) throws(InputFailure) {
        guard stacks.hasStacks else { throw InputFailure(diagnostic: withoutStacks) }
        if plan.isFolded { tell(leftOut: counts.writeFolded(to: &lines, each), of: "folded stacks") }
        try write(flamegraph) { lines, each in FlameGraph(counts, legend).write(to: &lines, each) }
        try write(speedscope) { lines, each in
            tell(leftOut: counts.writeSpeedscope(legend, to: &lines, each), of: "the profile")
        }
    }

    private func write(
        _ file: PictureFile?, _ body: (_ lines: inout LineBuffer, _ each: (inout LineBuffer) -> Void) -> Void
    ) throws(InputFailure) {
        guard let file else { return }
        var text = LineBuffer(capacity: 1 << 17)
        body(&text) { file.step(&$0) }
        try file.finish(&text)
    }

    private func legend(_ notes: [String]) -> PictureLegend {
        var legend = PictureLegend()
        let weight = stacks.weightName ?? "events"
        let name = plan.title.isEmpty ? stacks.maps.joined(separator: ", ") : plan.title
        legend.title = (name.isEmpty ? "stacks" : name) + " by " + weight
        legend.origin = header.map { PictureOrigin.text($0) } ?? ""
        (legend.weight, legend.unit) = (weight, stacks.unit)
        legend.exporter = "print-event \(toolVersion)"
        legend.notes = losses.notes + notes
        return legend
    }

    /// What stands above a page.
    private func pageLegend(_ notes: [String]) -> PictureLegend {
        var legend = PictureLegend()
        legend.title = plan.title.isEmpty ? "events" : plan.title
        legend.origin = header.map { PictureOrigin.text($0) } ?? ""
        legend.notes = losses.notes + notes
        return legend
    }

    /// What the stacks lack, which nobody else tells.
    private func notes(_ counts: StackCounts) -> [String] {
        var notes: [String] = []
        let left = self.left
        if left > 0 { notes.append("[not counted \(left)] the map of the program was full") }
        if stacks.unknown > 0 {
            notes.append("[unknown]: stacks of weight \(stacks.unknown) are not known, or in part")
        }
        if stacks.unnamed > 0 {
            notes.append("[unknown]: a signal came before stacks of weight \(stacks.unnamed) were named")
        }
        if stacks.unweighed > 0 { notes.append("\(stacks.unweighed) events have no weight of 0 or more") }
        for map in stacks.several {
            notes.append(
                "map \(map.terminalSafe) is left out: its values have several numbers, of which --weight names one")
        }
        if let other = stacks.otherWeight {
            notes.append(
                "weights that count different things are added up (\(stacks.weightName ?? "events"), \(other)): choose by --map or --weight"
            )
        }
        if let before, stacks.hasStacks {
            if !before.hasStacks { notes.append("the capture of --diff has no stacks: all of these are new") }
            if let measure = stacks.measure, let other = before.measure, measure != other {
                notes.append(
                    "weights of the capture of --diff count something else (\(measure.name), \(other.name)): choose by --map or --weight"
                )
            }
        }
        if counts.cut > 0 { notes.append("stacks of weight \(counts.cut) are cut for want of memory") }
        return notes
    }

    private func tell(leftOut weight: UInt64, of picture: String) {
        guard weight > 0 else { return }
        warn("\(picture): stacks of weight \(weight) are left out, as the text has no more than 256 MiB")
    }

    private func warn(_ message: String) {
        reporter.report(Diagnostic(.tableCut, .warning, stage: .stream, message.terminalSafe))
    }

    private var withoutStacks: Diagnostic {
        Diagnostic(
            .fieldUnknown, stage: .stream, "there are no stacks to draw",
            cause: "no event or element came that has a stack",
            nextStep: "name the field that is one, with its format: --stack key.stack_id:stackid, --stack ip:stack")
    }
}

/// A file of a picture, written while the picture is made.
final class PictureFile {
    private var draft: DraftFile
    private(set) var failure: InputFailure?

    private static let portion = 1 << 17

    init(_ path: String) throws(OutputFile.Failure) { draft = try AtomicFile(path: path).begin() }

    /// Writes what is there, if that is much.
    func step(_ lines: inout LineBuffer) {
        if lines.count >= Self.portion { write(&lines) }
    }

    private func write(_ lines: inout LineBuffer) {
        defer { lines.removeAll() }
        guard failure == nil else { return }
        do throws(OutputFile.Failure) {
            try draft.append(lines.bytes)
        } catch {
            failure = InputFailure(diagnostic: error.diagnostic)
        }
    }

    /// Writes the rest, and gives the file its name.
    func finish(_ lines: inout LineBuffer) throws(InputFailure) {
        write(&lines)
        if let failure { throw failure }
        do throws(OutputFile.Failure) {
            try draft.finish()
        } catch {
            throw InputFailure(diagnostic: error.diagnostic)
        }
    }
}
