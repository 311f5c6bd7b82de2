// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Diagnostics
internal import EventPrinting
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
            docs/options.md has them all in one table, with what each means.
            """,
        version: toolVersion)

    @Argument(help: "File of events; \"-\" or nothing means stdin.", completion: .file())
    var file: String?

    @OptionGroup(title: "Types of events") var typeObject: TypeObjectOptions
    @OptionGroup(title: "Types of events") var typeOptions: TypeOptions
    @OptionGroup(title: "Output") var formOptions: FormOptions
    @OptionGroup(title: "Selection and order") var selectionOptions: SelectionOptions
    @OptionGroup(title: "Selection and order") var processOptions: ProcessOptions
    @OptionGroup(title: "Summaries") var summaryOptions: SummaryOptions
    @OptionGroup(title: "Maps") var mapOptions: MapOptions

    @Flag(name: .shortAndLong, help: "Wait for more at the end of a file, until interrupted.")
    var follow = false

    @Flag(help: "Print events, and messages on stderr, as JSON lines.")
    var json = false

    @OptionGroup var schema: SchemaOption

    @Flag(name: .shortAndLong, help: "Print errors only.")
    var quiet = false

    static let shortest = "print-event trace.bev"

    func makeReporter() -> Reporter {
        Reporter(tool: "print-event", format: json ? .json : .text, quiet: quiet)
    }

    func execute(signals: borrowing SignalSource, reporter: Reporter) throws -> ExitStatus {
        let rest = try typeOptions.tags().rest
        guard rest.count + (file == nil ? 0 : 1) <= 1 else {
            throw CommandMistake.unexpected(rest.last ?? "", because: "print-event takes one FILE")
        }
        var options = PrintingOptions(
            types: typeOptions, form: formOptions, selection: selectionOptions, summary: summaryOptions,
            maps: mapOptions, json: json)
        options.object = typeObject
        options.process = processOptions
        return try PrintingRun(options, reporter: reporter).print(
            file ?? rest.first ?? "-", follow: follow, signals: signals)
    }
}
