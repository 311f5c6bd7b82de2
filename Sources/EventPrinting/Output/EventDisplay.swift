// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import MapTables

/// Chooses events and shows them, each as the type says that its source has.
struct EventDisplay: ~Copyable {
    /// The text that waits to be written.
    var lines = LineBuffer()
    var report: CaptureReport
    /// Why nothing more can be shown.
    var failure: InputFailure? { didSet { hasFailed = failure != nil } }
    /// Whether there is a ``failure``, which is large to look at for each event.
    private var hasFailed = false

    let writer: LineWriter
    var untold: UntoldContext
    var types: TypeTable
    var selection: Selection
    var form: EventForm
    /// The maps that the stream has snapshots of.
    var maps: MapDisplays
    /// What becomes of text of programs.
    let textForm: TextForm
    /// Whether something of an event's context is asked for before its type is.
    let asksContext: Bool
    /// Whether each record tells its identity.
    let identifies: Bool
    var budget = TextBudget()
    /// Bytes of the key in a row of a further CPU, as far as they count; nil for other rows.
    var repeated: Int?
    /// The source of the last event.
    private var current: EventSource?
    var context = EventContext()
    /// Whether the time of ``context`` is the one at which the event was read.
    private var isReadTime = false

    init(
        to writer: LineWriter, types: consuming TypeTable, selection: consuming Selection, form: consuming EventForm,
        maps: MapDisplays, report: CaptureReport, textForm: TextForm
    ) {
        self.writer = writer
        untold = UntoldContext(reporter: report.reporter)
        self.types = types
        asksContext = selection.needsContext || selection.maps != nil
        self.selection = selection
        identifies = form.identity != nil
        self.form = form
        self.maps = maps
        self.textForm = textForm
        self.report = report
    }

    /// Whether all events are there that were asked for, or nothing more can be shown.
    var isDone: Bool { hasFailed || selection.isDone || writer.isEnded }

    // MARK: One of several captures

    /// What is known of a capture, and is another's where several are shown in turn.
    struct CaptureState: ~Copyable {
        fileprivate var types: TypeTable
        fileprivate var maps: MapDisplays
        fileprivate var current: EventSource?
        fileprivate var bounds = Selection.Bounds()
        fileprivate var identity: RecordIdentity? = RecordIdentity()
        fileprivate var host = ""

        /// A capture of which nothing is known yet.
        init(_ types: consuming TypeTable, _ tables: TableOptions, _ room: ElementRoom) {
            self.types = types
            maps = MapDisplays(tables, room)
        }
    }

    /// Shows records of another capture from here on.
    ///
    /// - Parameter state: What is known of it; gets what was known of the one before.
    mutating func exchange(_ state: inout CaptureState) {
        swap(&types, &state.types)
        swap(&maps, &state.maps)
        swap(&current, &state.current)
        swap(&selection.bounds, &state.bounds)
        if identifies { swap(&form.identity, &state.identity) }
        swap(&context.host, &state.host)
        context.map = current?.map ?? ""
    }

    // MARK: What a capture tells

    func isNew(_ header: CaptureHeader) -> Bool { header != types.header }

    /// Takes in that a capture begins, or goes on.
    ///
    /// - Parameter isTold: Whether a record is written of a new one; another file may have told it.
    mutating func note(_ header: CaptureHeader, isTold: Bool = true) {
        form.pictures?.note(header)
        let isNew = isNew(header)
        types.note(header)
        selection.begin(header, types.clockChanges)
        context.host = header.host.utf8.count <= Self.longestHost ? header.host : ""
        current = nil
        guard identifies, isNew else { return }
        form.identity?.begin(header, types.clockChanges)
        if isTold { showCapture(header) }
    }

    /// Bytes of the longest name of a host: it may stand in each line.
    private static let longestHost = 255

    mutating func note(_ clock: CaptureClock, isTold: Bool = true) {
        let isNew = types.note(clock)
        if identifies, isNew, isTold { showClock(clock) }
    }

    func note(_ names: CaptureNames) { types.note(names) }

    func note(_ process: CaptureProcess) { types.note(process) }

    mutating func note(_ source: CaptureSource) {
        types.note(source)
        current = nil
    }

    mutating func note(_ schema: CaptureSchema) {
        types.note(schema)
        current = nil
    }

    // MARK: Events

    /// Shows a frame of the original framing.
    mutating func show(frame: RawSpan, at offset: UInt64) {
        show(frame, source: nil, isForeign: false, at: offset)
    }

    /// Shows the events of a block.
    mutating func show(_ records: inout CaptureRecords) {
        let isForeign = records.isForeign
        while !isDone, let record = records.next() { show(record, isForeign: isForeign) }
    }

    /// Shows what a sorter gives out.
    mutating func show(_ item: SortedItem, _ origin: SortedOrigin) {
        switch item {
        case .record(let record, let isForeign): show(record, isForeign: isForeign)
        case .loss(let loss, _): show(loss, in: origin.place.block)
        case .text(let text): show(text, in: origin.place.block)
        case .snapshot(var snapshot): show(&snapshot)
        }
    }

    @inline(__always)
    private mutating func show(_ record: CaptureRecord, isForeign: Bool) {
        context.cpu = record.cpu
        context.pid = record.pid
        context.tid = record.tid
        // Records of BPF ring buffers have no time of their own.
        context.time = record.time ?? record.readTime
        context.snapshot = nil
        isReadTime = record.time == nil && record.readTime != nil
        if identifies { form.identity?.note(record.place) }
        show(record.bytes, source: record.source ?? 0, isForeign: isForeign, at: record.offset)
    }

    private mutating func show(_ event: RawSpan, source number: UInt32?, isForeign: Bool, at offset: UInt64) {
        guard !isDone else { return }
        defer { writer.step(&lines) }
        let room = budget.receive(event.byteCount)
        do throws(InputFailure) {
            let source = try source(number)
            let answer = asksContext ? selection.has(context) : .yes
            switch answer {
            case .no: return
            case .untold(let part): return untold.note(part, source.firstView.plan)
            case .yes, .ownProcess: break
            }
            guard let (view, isPadded, size) = try source.view(of: event, isForeign: isForeign) else {
                return report.noteForeign(offset)
            }
            let event = event.extracting(0..<size)
            if case .ownProcess = answer { guard hasOwnProcess(event, view) else { return } }
            guard view.has(event, context) else {
                if let part = view.askedContext.first(where: { !context.has($0) }) { untold.note(part, view.plan) }
                return
            }
            if !view.namedContext.isEmpty { untold.noteAbsent(view.namedContext, context, view.plan) }
            if isReadTime, selection.from != nil || selection.to != nil || view.usesTime { untold.noteReadTime() }
            if view.isUnknown {
                report.noteUnknown(size: event.byteCount, map: source.map, offset: offset, object: types.object)
            }
            selection.count()
            form.breakRegion()
            let shown = try form.show(event, context, view, isPadded: isPadded, room: room, to: &lines)
            budget.spend(shown.cost)
            if shown.isCut { report.noteCut(view.plan.typeName) }
        } catch {
            failure = error
        }
    }

    /// Whether an event says itself that one of the chosen processes sent it.
    private mutating func hasOwnProcess(_ event: RawSpan, _ view: EventView) -> Bool {
        guard let field = view.ownProcess, let process = field.process(in: event) else {
            untold.note(.pid, view.plan)
            return false
        }
        untold.noteProcess(field, view.plan.typeName)
        return selection.pids?.contains(process) ?? true
    }

    mutating func source(_ number: UInt32?) throws(InputFailure) -> EventSource {
        if let current, current.number == number { return current }
        let source = try types.source(number)
        for warning in types.takeWarnings() { report.tell(warning) }
        context.map = source.map
        current = source
        return source
    }

    // MARK: Losses

    /// Shows events that are missing: where the form has a place for it, and on stderr.
    ///
    /// - Parameter block: The number of its block.
    mutating func show(_ loss: CaptureLoss, in block: UInt64) {
        if identifies { form.identity?.note(CapturePlace(block: block)) }
        do throws(InputFailure) {
            let source = try source(loss.source)
            guard !isDone, selection.has(loss, map: source.map) else { return }
            let isTold = try form.show(
                loss, map: source.map, host: report.host, bootOffset: types.bootOffset(at: loss.from),
                source.firstView, &budget, to: &lines)
            if !isTold { report.note(loss) }
            writer.step(&lines)
        } catch {
            failure = error
        }
    }

    /// Takes in that nothing more comes.
    ///
    /// - Parameters:
    ///   - late: Events that came too late to be put in order.
    ///   - forced: Events that left early for want of memory.
    ///   - maps: The names of all maps that there were; nil for those that the capture told.
    mutating func finish(late: UInt64, forced: UInt64, maps: [String]? = nil) {
        if failure == nil { tellUnknownMaps(among: maps ?? namesOfMaps) }
        finishMaps()
        report.noteOrder(late: late, forced: forced)
        if failure == nil { report.note(untold.finish(hasShown: selection.hasShown)) }
        writer.beginLast()
        showKept()
        finishForm()
        // Pictures look for stacks up to their end.
        types.notesOfStacks.forEach(report.tell)
    }

    private mutating func finishForm() {
        // A summary that stopped at an error would be taken for that of all events.
        guard failure == nil else { return }
        do throws(InputFailure) {
            try form.finish(to: &lines) { [writer] in writer.step(&$0) }
        } catch {
            failure = error
        }
    }

    /// Writes what was kept for the end, since the end of what is there is reached.
    mutating func showKept() {
        let (kept, wanted) = form.showKept(to: &lines) { [writer] in writer.step(&$0) }
        if kept < wanted { report.noteTail(kept: kept, wanted: wanted) }
    }
}
