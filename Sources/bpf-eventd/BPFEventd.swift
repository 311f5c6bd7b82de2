// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BPFCore
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// Collects the events of a pinned map into a stream, as the original daemon did.
@main
struct BPFEventd: Tool {
    static let configuration = CommandConfiguration(
        commandName: "bpf-eventd",
        abstract: "Write the events of a pinned map to a file or a pipe.",
        usage: "bpf-eventd [options] MAP-PATH... OUTPUT",
        discussion: """
            Example: sudo bpf-eventd /sys/fs/bpf/map_event - | print-event
            Exit: 0, 3 lost, 64 usage, 65 data, 69 kernel, 74 i/o, 75 busy, 77 permission.
            All options: --help-hidden
            """,
        version: toolVersion)

    @Argument(help: ArgumentHelp("Pins of perf event arrays (made if none) or ringbufs.", valueName: "map-path"))
    var paths: [String] = []

    @OptionGroup var capture: CaptureOptions

    @Option(help: ArgumentHelp("Data pages per CPU, a power of two.", valueName: "n"))
    var pages: Int?

    @Option(help: ArgumentHelp("How late an event may be: 5ms.", valueName: "time"))
    var latency: DurationArgument?

    @Option(
        help: ArgumentHelp(
            "Memory for events while nobody takes them (16M).", valueName: "size", visibility: .hidden))
    var spill: SizeArgument?

    @OptionGroup var outputOptions: OutputOptions

    @Flag(help: ArgumentHelp("Remove the pin at the end.", visibility: .hidden))
    var unpin = false

    @Option(help: ArgumentHelp("Go on as this user, without privilege.", valueName: "name", visibility: .hidden))
    var user: String?

    @Option(help: ArgumentHelp("End after a time: 10s, 500ms, 2m.", valueName: "time", visibility: .hidden))
    var duration: DurationArgument?

    @Option(help: ArgumentHelp("Write the process id there.", valueName: "file", visibility: .hidden))
    var pidFile: String?

    @Flag(help: "At the end: events, bytes, losses, writes.")
    var stats = false

    @Option(help: ArgumentHelp("The same as JSON, each second.", valueName: "file", visibility: .hidden))
    var statsFile: String?

    @Option(help: ArgumentHelp("Account for Prometheus, in its text format.", valueName: "file"))
    var metrics: String?

    @Flag(help: "End the daemon that has the map, and go on.")
    var takeover = false

    @OptionGroup var common: CommonOptions

    /// Checks what the parser cannot; only after it has had its say, since it knows misspelt options.
    private func checkArguments() throws {
        guard paths.count > 1 else {
            throw ValidationError("Missing expected argument '<output>'.")
        }
        if let pages, !(1...(1 << 20)).contains(pages) || pages & (pages - 1) != 0 {
            throw ValidationError("--pages \(pages) is not a power of two from 1 to 1048576.")
        }
        try capture.check(maps: mapPaths.count)
        try outputOptions.check(output: output)
        if unpin && user != nil {
            throw ValidationError("--unpin needs the privilege that --user gives up.")
        }
    }

    /// The maps.
    var mapPaths: [String] { Array(paths.dropLast()) }

    /// How long events may wait.
    var drainLatency: ReaderLatency { ReaderLatency(deadline: latency.map { .milliseconds($0.milliseconds) }) }

    /// What the events are written as.
    var streamFormat: StreamWriter.Format { capture.streamFormat(maps: mapPaths.count) }

    /// A file, a FIFO, a socket, or `-` for stdout.
    var output: String { paths.last ?? "-" }

    func makeReporter() -> Reporter { common.reporter(tool: "bpf-eventd") }

    func execute(signals: borrowing SignalSource, reporter: Reporter) throws -> ExitStatus {
        try checkArguments()
        do {
            return try Session(options: self, reporter: reporter).run(signals: signals)
        } catch StreamFile.Refusal.signal {
            return .success
        } catch LockFailure.signal {
            return .success
        }
    }
}
