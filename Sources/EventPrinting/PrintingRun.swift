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
    private let tables: TableOptions

    /// Checks what is asked for.
    ///
    /// - Parameters:
    ///   - options: The options of the command line.
    ///   - reporter: Is told what the user should know.
    package init(_ options: PrintingOptions, reporter: Reporter) throws {
        self.options = options
        self.reporter = reporter
        let form = try options.form.form(json: options.json, isSummary: options.summary.isSummary)
        _ = try Self.selection(options)
        tables = try options.maps.tableOptions()
        selection = { try Self.selection(options) }
        choice = EventView.Choice(
            form: form, fields: try options.form.fields.map { try FieldList(parsing: $0) },
            hasContext: options.form.context,
            condition: try options.selection.condition.map { try WhereExpression(parsing: $0) },
            summed: try options.summary.summed(), groups: try options.summary.groups())
        given = try GivenTypes(options.types, options.object, reporter: reporter)
    }

    private static func selection(_ options: PrintingOptions) throws -> Selection {
        var selection = try options.selection.selection(map: options.types.map)
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
        if input.isTerminal {
            reporter.report(
                Diagnostic(
                    .terminalInput, .note, stage: .stream, "reading events from the terminal",
                    nextStep: "name a FILE, or pipe bpf-eventd into print-event"))
        }
        let writer = try makeWriter()
        let isLive = follow || !input.isOnDisk
        var printer = EventPrinter(writer, try sink(to: writer, drawsOver: isLive), reporter: reporter, follow: follow)
        // From here on a signal ends the stream: what was summed up until then is printed.
        signals.deferEnding()
        return printer.run(&input)
    }

    /// Opens stdout for what this process itself collects: before it makes anything that a signal must not leave behind,
    /// since signals end the process from here on until they are deferred.
    package mutating func beginLive() throws { liveWriter = try makeWriter(isLive: true) }

    /// Prints what this process itself collects, after ``beginLive()``.
    ///
    /// - Parameter settings: The variables of the program that hold numbers: they may say what its histograms count.
    package func live(settings: [(name: String, value: Int128)] = []) throws -> LivePrinter {
        let writer = try liveWriter ?? makeWriter(isLive: true)
        var sink = try sink(to: writer, drawsOver: true)
        for setting in settings where sink.display.maps.unit == nil {
            sink.display.maps.unit = HistogramUnit.bySetting(setting.name, setting.value)
        }
        return LivePrinter(writer, sink, reporter: reporter)
    }

    /// What becomes of text that programs print, between events of the form that was asked for.
    private var textForm: TextForm {
        switch choice.form {
        case .json: .json
        case nil, .lines, .table, .template: .lines
        case .separated, .raw, .summary: .beside
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

    /// What shows the events as it is asked for.
    ///
    /// - Parameter drawsOver: Whether events come as they happen, so that tables of maps are drawn over those before.
    func sink(to writer: LineWriter, drawsOver: Bool) throws -> EventSink {
        let isTerminal = writer.output.kind == .terminal
        var choice = choice
        choice.isTerminal = isTerminal
        let look = EventForm.Look(
            width: options.form.wide || !isTerminal ? nil : Terminal.width(of: writer.output.rawDescriptor),
            hasColour: options.form.color.isOn(isTerminal: isTerminal) { ProcessEnvironment.value($0) },
            hasHeader: !options.form.noHeader, redraws: isTerminal && drawsOver && !options.form.wide,
            height: isTerminal ? Terminal.height(of: writer.output.rawDescriptor) : nil,
            summary: !options.summary.isSummary ? nil : options.json ? .json : options.form.csv ? .csv : .text)
        let types = TypeTable(
            given: given, map: options.types.map,
            symbols: SymbolSource(path: options.form.kallsyms, reporter: reporter), tables: tables
        ) { [choice] plan, isTyped, isLenient, environment, element throws(InputFailure) in
            try EventView(plan, isTyped: isTyped, isLenient: isLenient, choice, environment, element: element)
        }
        let display = EventDisplay(
            to: writer, types: types, selection: try selection(),
            form: EventForm(
                look: look, tail: options.selection.tail, summary: options.summary.emptySummary(choice)),
            maps: MapDisplays(tables), report: CaptureReport(reporter: reporter, isLive: writer.isLive),
            textForm: textForm)
        // What is collected here comes in order already, if that is wanted.
        return EventSink(display, isSorted: options.selection.sorted && !writer.isLive)
    }
}
