// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import Glibc
internal import SystemPackage
internal import ToolSupport

/// Prints the events of a stream that bpf-eventd wrote.
@main
struct PrintEvent: Tool {
    static let configuration = CommandConfiguration(
        commandName: "print-event",
        abstract: "Print the events that bpf-eventd wrote.",
        usage: "print-event [options] [FILE]",
        discussion: """
            FILE is a stream that bpf-eventd wrote: frames as in 2018, or a capture, which
            has the types of its events.

            Examples:
              sudo bpf-eventd /sys/fs/bpf/map_event - | print-event
              print-event --json trace.bev
              print-event --where 'pid == 1234 && duration_ns > 1ms' trace.bev
              print-event --format '{_time} {comm:<16} {pid:>7}' --follow trace.bev
              print-event --summary duration_ns --by comm trace.bev
              print-event --object prog.o events.bin

            Exit codes:
              0 success               66 cannot read a file
              64 usage                74 input or output failed
              65 damaged stream
            """,
        version: toolVersion)

    @Argument(help: "File of events; \"-\" or nothing means stdin.")
    var file: String?

    @OptionGroup(title: "Types of events") var typeOptions: TypeOptions
    @OptionGroup(title: "Output") var formOptions: FormOptions
    @OptionGroup(title: "Selection and order") var selectionOptions: SelectionOptions
    @OptionGroup(title: "Summaries") var summaryOptions: SummaryOptions

    @Flag(name: .shortAndLong, help: "Wait for more at the end of a file, until interrupted.")
    var follow = false

    @Flag(help: "Print events, and messages on stderr, as JSON lines.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print errors only.")
    var quiet = false

    func makeReporter() -> Reporter {
        Reporter(tool: "print-event", format: json ? .json : .text, quiet: quiet)
    }

    func execute(signals: borrowing SignalSource, reporter: Reporter) throws -> ExitStatus {
        let (tags, rest) = try typeOptions.tags()
        guard rest.count + (file == nil ? 0 : 1) <= 1 else {
            throw ValidationError("Unexpected argument '\(rest.last ?? "")'.")
        }
        let form = try formOptions.form(json: json, isSummary: summaryOptions.isSummary)
        let selection = try selectionOptions.selection(map: typeOptions.map)
        let condition = try selectionOptions.condition.map { try WhereExpression(parsing: $0) }
        let fields = try formOptions.fields.map { try FieldList(parsing: $0) }
        let summed = try summaryOptions.summed()
        let groups = try summaryOptions.groups()
        let given = try GivenTypes(typeOptions, tags: tags, reporter: reporter)
        var input = try EventInput.open(file ?? rest.first ?? "-")
        if input.isTerminal {
            reporter.report(
                Diagnostic(
                    .terminalInput, .note, stage: .stream, "reading events from the terminal",
                    nextStep: "name a FILE, or pipe bpf-eventd into print-event"))
        }
        // The same signals once more: what the tool has is lent to it, and the writer of lines keeps its own.
        let ownSignals = try SignalSource()
        do throws(Errno) {
            let writer = LineWriter(try DataOutput(), ownSignals)
            let isTerminal = writer.output.kind == .terminal
            let choice = EventView.Choice(
                form: form, isTerminal: isTerminal, fields: fields, hasContext: formOptions.context,
                condition: condition, summed: summed, groups: groups)
            let look = EventForm.Look(
                width: formOptions.wide || !isTerminal ? nil : Terminal.width(of: writer.output.rawDescriptor),
                hasColour: formOptions.color.isOn(isTerminal: isTerminal) { Terminal.environment($0) },
                hasHeader: !formOptions.noHeader,
                summary: !summaryOptions.isSummary ? nil : json ? .json : formOptions.csv ? .csv : .text)
            let types = TypeTable(
                given: given, symbols: SymbolSource(path: formOptions.kallsyms, reporter: reporter)
            ) { plan, isTyped, isLenient, environment throws(InputFailure) in
                try EventView(plan, isTyped: isTyped, isLenient: isLenient, choice, environment)
            }
            let display = EventDisplay(
                to: writer, types: types, selection: selection,
                form: EventForm(
                    look: look, tail: selectionOptions.tail, summary: summaryOptions.emptySummary(choice)),
                report: CaptureReport(reporter: reporter))
            var printer = EventPrinter(
                writer, EventSink(display, isSorted: selectionOptions.sorted), reporter: reporter, follow: follow)
            // From here on a signal ends the stream: what was summed up until then is printed.
            signals.deferEnding()
            return printer.run(&input)
        } catch {
            reporter.report(
                Diagnostic(.outputFailed, stage: .stream, "there is no stdout to print to", cause: error.described))
            return .io
        }
    }
}
