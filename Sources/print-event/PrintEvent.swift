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
        usage: "print-event [options] [FILE] | print-event --merge [options] FILE...",
        discussion: """
            FILE is a stream that bpf-eventd wrote: frames as in 2018, or a capture, which
            has the types of its events.

            Examples:
              sudo bpf-eventd /sys/fs/bpf/map_event - | print-event
              print-event --json trace.bev
              print-event --where 'pid == 1234 && duration_ns > 1ms' trace.bev
              print-event --format '{_time} {comm:<16} {pid:>7}' --follow trace.bev
              print-event --summary duration_ns --by comm trace.bev
              print-event --merge --by _host web1.bev web2.bev
              print-event --json --context full --flat trace.bev
              print-event --flamegraph cpu.svg trace.bev
              print-event --object prog.o events.bin

            Exit codes:
              0 success               66 cannot read a file
              64 usage                74 input or output failed
              65 damaged stream
            docs/options.md has them all in one table, with what each means.
            """,
        version: toolVersion)

    @Argument(
        help: ArgumentHelp("File of events; \"-\" or nothing means stdin. Several with --merge.", valueName: "file"),
        completion: .file())
    var files: [String] = []

    @OptionGroup(title: "Types of events") var typeObject: TypeObjectOptions
    @OptionGroup(title: "Types of events") var typeOptions: TypeOptions
    @OptionGroup(title: "Output") var formOptions: FormOptions
    @OptionGroup(title: "Selection and order") var selectionOptions: SelectionOptions
    @OptionGroup(title: "Selection and order") var processOptions: ProcessOptions
    @OptionGroup(title: "Selection and order") var mergeOptions: MergeOptions
    @OptionGroup(title: "Summaries") var summaryOptions: SummaryOptions
    @OptionGroup(title: "Maps") var mapOptions: MapOptions
    @OptionGroup(title: "Pictures") var pictureOptions: PictureOptions

    @Option(
        help: ArgumentHelp(
            "With --top FIELDS: how often the table is drawn; without it once a second.", valueName: "time"))
    var every: DurationArgument?

    @Flag(name: .shortAndLong, help: "Wait for more at the end of a file, until interrupted.")
    var follow = false

    @Flag(help: "Print events, and messages on stderr, as JSON lines.")
    var json = false

    @OptionGroup var schema: SchemaOption

    @Flag(name: .shortAndLong, help: "Print errors only.")
    var quiet = false

    static let shortest = "print-event trace.bev"
    static let optionalValues = FormOptions.optionalValues

    func makeReporter() -> Reporter {
        Reporter(tool: "print-event", format: json ? .json : .text, quiet: quiet)
    }

    func execute(signals: borrowing SignalSource, reporter: Reporter) throws -> ExitStatus {
        let files = try files + typeOptions.tags().rest
        try mergeOptions.check()
        try check(files)
        var options = PrintingOptions(
            types: typeOptions, form: formOptions, selection: selectionOptions, summary: summaryOptions,
            maps: mapOptions, json: json)
        options.object = typeObject
        options.process = processOptions
        options.pictures = pictureOptions
        options.every = every
        options.merge = mergeOptions
        let run = try PrintingRun(options, reporter: reporter)
        guard !mergeOptions.isAsked else { return try run.merge(files, signals: signals) }
        return try run.print(files.first ?? "-", follow: follow, signals: signals)
    }

    /// Checks how many files there are, and what is possible with several.
    private func check(_ files: [String]) throws {
        guard mergeOptions.isAsked else {
            guard files.count <= 1 else {
                throw CommandMistake.unexpected(
                    files[1], because: "print-event takes one FILE, or several with --merge",
                    hint: "merge them by the time of day: print-event --merge \(files.prefix(3).joined(separator: " "))"
                )
            }
            return
        }
        if follow {
            throw CommandMistake.exclusive(["--merge", "--follow"], because: "what is merged is read to its end")
        }
        if pictureOptions.areAsked {
            throw CommandMistake.exclusive(["--merge", "a picture"], because: "a picture is of one capture")
        }
        guard !files.isEmpty else {
            throw CommandMistake.missing(
                "FILE", because: "--merge is of captures", shortest: "print-event --merge web1.bev web2.bev")
        }
    }
}

extension PrintEvent: PlainOptions {
    mutating func take(from line: inout PlainLine) {
        typeObject = line.options()
        typeOptions = line.options()
        formOptions = line.options()
        selectionOptions = line.options()
        processOptions = line.options()
        mergeOptions = line.options()
        summaryOptions = line.options()
        mapOptions = line.options()
        pictureOptions = line.options()
        every = line.value("--every")
        follow = line.flag("--follow", "-f")
        json = line.flag("--json")
        schema = line.options()
        quiet = line.flag("--quiet", "-q")
        files = line.rest()
    }
}
