// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import Glibc
internal import MapTables
package import ToolSupport

/// What a command line asks for of the events of a stream, checked before any of it is done.
package struct PrintingRun {
    private let options: PrintingOptions
    private let reporter: Reporter
    private let choice: EventView.Choice
    private let selection: () throws -> Selection
    private let given: GivenTypes
    private var liveWriter: LineWriter?
    private var liveBefore: PictureBook.Stacks?
    private let tables: TableOptions

    /// Checks what is asked for.
    ///
    /// - Parameters:
    ///   - options: The options of the command line.
    ///   - reporter: Is told what the user should know.
    package init(_ options: PrintingOptions, reporter: Reporter) throws {
        self.options = options
        self.reporter = reporter
        let form = try Self.form(options)
        try options.checkTop()
        if options.form.context == .full, let other = options.maps.named.first {
            throw CommandMistake.exclusive(
                ["--context", other], because: "--context full has each element once, at its place in the capture",
                leave: other)
        }
        _ = try Self.selection(options)
        tables = try options.maps.tableOptions()
        selection = { try Self.selection(options) }
        choice = EventView.Choice(
            form: form, fields: try options.form.fields.map { try FieldList(parsing: $0) },
            hasContext: options.form.context != nil, hasHost: options.isMerged,
            identifies: options.form.context == .full, isFlat: options.form.flat,
            condition: try options.selection.condition.map { try WhereExpression(parsing: $0) },
            summed: try options.summary.summed(), groups: try options.groups(),
            pictures: try options.pictures.choice(
                summed: try options.summary.summed(), groups: try options.summary.groups()))
        given = try GivenTypes(options.types, options.object, reporter: reporter)
    }

    private static func form(_ options: PrintingOptions) throws -> EventView.Form? {
        let pictures = options.pictures
        try pictures.check(
            forms: options.form.printing + (options.json ? ["--json"] : [])
                + (options.selection.tail != nil ? ["--tail"] : [])
                + (options.maps.topFields == nil ? [] : ["--top"]), summaries: options.summary.named)
        guard !pictures.areAsked else { return .picture }
        return try options.form.form(json: options.json, isSummary: options.isSummary)
    }

    private static func selection(_ options: PrintingOptions) throws -> Selection {
        var selection = try options.selection.selection(maps: try options.types.maps())
        selection.pids = try options.process?.processes()
        return selection
    }

    /// Prints a file to its end.
    ///
    /// - Parameters:
    ///   - path: The file; `-` is stdin.
    ///   - follow: Whether to wait for more at its end.
    package func print(_ path: String, follow: Bool, signals: borrowing SignalSource) throws -> ExitStatus {
        var input = try EventInput.open(path)
        try options.pictures.check(input: input.identity, input.name)
        if input.isTerminal {
            reporter.report(
                Diagnostic(
                    .terminalInput, .note, stage: .stream, "reading events from the terminal",
                    nextStep: "name a FILE, or pipe bpf-eventd into print-event"))
        }
        let before = try stacksBefore()
        // Pictures wait for stacks themselves; of a file that grows the end is not there yet.
        var ahead: StacksAhead?
        if !follow, !options.pictures.areAsked, input.isOnDisk, path != "-" {
            var stacks = StacksAhead()
            try stacks.read(path)
            ahead = stacks
        }
        let writer = try makeWriter()
        // Files are begun before anything is read, and a signal must not leave what is begun.
        if options.pictures.areAsked { signals.deferEnding() }
        let title = path == "-" ? "" : path.split(separator: "/").last.map(String.init) ?? ""
        let pictures = try pictures(title, before: before)
        let isLive = follow || !input.isOnDisk
        let sink = try sink(
            to: writer, drawsOver: isLive, pictures: pictures, stacks: StackTable(ahead: ahead))
        var printer = EventPrinter(writer, sink, reporter: reporter, follow: follow)
        if isLive, let topInterval { printer.drawTop(every: topInterval) }
        if !options.json, writer.output.kind != .terminal, ProgressLine.isPossible { printer.showProgress(of: input) }
        // From here on a signal ends the stream: what was summed up until then is printed.
        signals.deferEnding()
        return printer.run(&input)
    }

    /// Prints several captures to their ends, as one in the order of the time of day.
    package func merge(_ paths: [String], signals: borrowing SignalSource) throws -> ExitStatus {
        let lanes = try MergePrinter.open(paths)
        try options.merge?.check(hosts: lanes.map(\.host))
        // One reader of lines, and one of each file with symbols, for all captures.
        var common = common(files: paths.count)
        var stacks = StacksAhead()
        for (lane, path) in zip(lanes, paths) where lane.isOnDisk && path != "-" { try stacks.read(path) }
        common.ahead = stacks
        let writer = try makeWriter()
        let isTerminal = writer.output.kind == .terminal
        let display = try display(to: writer, drawsOver: false, common)
        let corrections = try options.merge?.corrections() ?? [:]
        let sink = MergeSink(
            display, common, files: paths.count, corrections: corrections
        ) { [self, isTerminal, common] in
            try types(common, StackTable(ahead: common.ahead), isTerminal: isTerminal)
        }
        var printer = MergePrinter(writer, sink, lanes, reporter: reporter)
        // From here on a signal ends the stream: what was summed up until then is printed.
        signals.deferEnding()
        return printer.run()
    }

    /// The pictures that were asked for; nil for none.
    ///
    /// - Parameters:
    ///   - title: What they are called.
    ///   - before: What stacks are compared with.
    private func pictures(_ title: String, before: PictureBook.Stacks?) throws -> PictureBook? {
        guard options.pictures.areAsked else { return nil }
        var plan = options.pictures.plan
        plan.title = title
        let book = try PictureBook(plan, reporter: reporter)
        if let before { book.compare(with: before) }
        return book
    }

    /// The stacks of another capture, chosen as those of the first one are; nil if none is named.
    ///
    /// To be read before signals are deferred, so that they end it as they end any reading.
    private func stacksBefore() throws -> PictureBook.Stacks? {
        guard let path = options.pictures.diff else { return nil }
        var input = try EventInput.open(path)
        try options.pictures.check(input: input.identity, input.name)
        let writer = try makeWriter()
        let book = try PictureBook(PictureBook.Plan(keepsStacks: true), reporter: reporter)
        let sink = try sink(to: writer, drawsOver: false, pictures: book)
        var printer = EventPrinter(writer, sink, reporter: reporter, follow: false)
        guard printer.run(&input) == .success else {
            throw InputFailure(
                diagnostic: Diagnostic(
                    .captureIncomplete, stage: .stream, "nothing is compared with \(path.terminalSafe)",
                    cause: "it cannot be read to its end", nextStep: "leave out --diff"))
        }
        return book.takeStacks()
    }

    /// Opens stdout for what this process itself collects: before it makes anything that a signal must not leave behind,
    /// since signals end the process from here on until they are deferred.
    package mutating func beginLive() throws {
        if options.form.context == .full {
            throw CommandMistake.value(
                "--context", "full", "is for captures, whose records have an identity",
                hint: "write one by --capture FILE, and give --context full to print-event")
        }
        liveBefore = try stacksBefore()
        liveWriter = try makeWriter(isLive: true)
    }

    /// Prints what this process itself collects, after ``beginLive()``.
    ///
    /// - Parameters:
    ///   - settings: The variables of the program that hold numbers: they may say what its histograms count.
    ///   - stacks: Asks its map of stacks, if it has one.
    package func live(
        settings: [(name: String, value: Int128)] = [], stacks: LiveStacks? = nil
    ) throws -> LivePrinter {
        let writer = try liveWriter ?? makeWriter(isLive: true)
        var sink = try sink(
            to: writer, drawsOver: true, pictures: try pictures("", before: liveBefore),
            stacks: StackTable(live: stacks), isLive: true)
        for setting in settings where sink.display.maps.unit == nil {
            sink.display.maps.unit = HistogramUnit.bySetting(setting.name, setting.value)
        }
        return LivePrinter(writer, sink, reporter: reporter, drawsTopEvery: topInterval)
    }

    /// What becomes of text that programs print, between events of the form that was asked for.
    private var textForm: TextForm {
        switch choice.form {
        case .json: .json
        case nil, .lines, .table, .template: .lines
        case .separated, .raw, .summary, .picture: .beside
        }
    }

    /// Opens stdout.
    ///
    /// - Parameter isLive: Whether the reader of the lines is never waited for before the end.
    func makeWriter(isLive: Bool = false) throws -> LineWriter {
        // The same signals once more: what the tool has is lent to it, and the writer of lines keeps its own.
        let ownSignals = try SignalSource()
        do throws(Errno) {
            return LineWriter(try DataOutput(), ownSignals, isLive: isLive)
        } catch {
            throw InputFailure(
                diagnostic: Diagnostic(
                    .outputFailed, stage: .stream, "there is no stdout to print to", cause: error.described))
        }
    }

    /// How a summary is written; nil if there is none.
    private var summaryForm: EventForm.SummaryForm? {
        guard options.isSummary, !options.pictures.areAsked else { return nil }
        return options.json ? .json : options.form.csv ? .csv : options.maps.topFields != nil ? .top : .text
    }

    /// How often the table of what most events have is drawn while they come, in ns; nil if there is none.
    private var topInterval: UInt64? {
        summaryForm == .top ? options.every?.nanoseconds ?? 1_000_000_000 : nil
    }

    /// What shows the events as it is asked for.
    ///
    /// - Parameters:
    ///   - drawsOver: Whether events come as they happen, so that tables of maps are drawn over those before.
    ///   - pictures: What draws the events, if they are not printed.
    ///   - stacks: What numbers of stacks stand for.
    ///   - isLive: Whether events are of the processes that this machine has now.
    func sink(
        to writer: LineWriter, drawsOver: Bool, pictures: PictureBook? = nil, stacks: StackTable = StackTable(),
        isLive: Bool = false
    ) throws -> EventSink {
        let display = try display(
            to: writer, drawsOver: drawsOver, pictures: pictures, stacks: stacks, isLive: isLive, common())
        // What is collected here comes in order already, if that is wanted.
        return EventSink(display, isSorted: options.selection.sorted && !writer.isLive)
    }

    /// What the captures of a run have in common.
    ///
    /// - Parameter files: How many are read at once.
    private func common(files: Int = 1) -> CommonSources {
        CommonSources(
            kallsyms: options.form.kallsyms, folder: options.form.symbols,
            lines: options.form.sourceLines ? SourceLines() : nil, files: files, reporter: reporter)
    }

    private func display(
        to writer: LineWriter, drawsOver: Bool, pictures: PictureBook? = nil, stacks: StackTable = StackTable(),
        isLive: Bool = false, _ common: CommonSources
    ) throws -> EventDisplay {
        let isTerminal = writer.output.kind == .terminal
        let look = EventForm.Look(
            width: options.form.wide || !isTerminal ? nil : Terminal.width(of: writer.output.rawDescriptor),
            hasColour: options.form.color.isOn(isTerminal: isTerminal) { ProcessEnvironment.value($0) },
            hasHeader: !options.form.noHeader, redraws: isTerminal && drawsOver && !options.form.wide,
            height: isTerminal ? Terminal.height(of: writer.output.rawDescriptor) : nil,
            identifies: options.form.context == .full, summary: summaryForm)
        return EventDisplay(
            to: writer, types: try types(common, stacks, isLive: isLive, isTerminal: isTerminal),
            selection: try selection(),
            form: EventForm(
                look: look, tail: options.selection.tail, summary: options.summary.emptySummary(choice),
                pictures: pictures),
            maps: MapDisplays(tables, common.elements),
            report: CaptureReport(reporter: reporter, isLive: writer.isLive),
            textForm: textForm)
    }

    /// The types of the events of a capture, of which nothing is known yet.
    private func types(
        _ common: CommonSources, _ stacks: StackTable = StackTable(), isLive: Bool = false, isTerminal: Bool
    ) throws -> TypeTable {
        var choice = choice
        choice.isTerminal = isTerminal
        return TypeTable(
            given: given, maps: try options.types.maps(), common: common,
            processes: ProcessPlaces(
                live: isLive ? ProcessSymbols(lines: common.lines) : nil, files: common.files, lines: common.lines,
                only: try options.process?.processes()),
            stacks: stacks, tables: tables
        ) { [choice] plan, isTyped, isLenient, environment, element throws(InputFailure) in
            try EventView(plan, isTyped: isTyped, isLenient: isLenient, choice, environment, element: element)
        }
    }
}
