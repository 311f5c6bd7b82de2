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
            MAP-PATH is the pin of a perf event array or a ring buffer; where nothing is
            pinned a perf event array is made. OUTPUT is a file, a FIFO, a Unix socket, or
            - for stdout.

            Examples:
              sudo bpf-eventd /sys/fs/bpf/map_event - | print-event
              sudo bpf-eventd --format capture /sys/fs/bpf/rb trace.bev
              sudo bpf-eventd --sorted /sys/fs/bpf/map_event /sys/fs/bpf/rb both.bev
              sudo bpf-eventd --append --rotate-size 100M --keep 10 /sys/fs/bpf/rb rb.bin

            Exit codes:
              0 success               69 not supported by this kernel
              3 events were lost      74 input or output failed
              64 usage                75 another daemon drains the map
              65 another map or file  77 no permission
            """,
        version: toolVersion)

    @Argument(help: ArgumentHelp("Pins of perf event arrays or ring buffers, then the output.", valueName: "map-path"))
    var paths: [String] = []

    @OptionGroup(title: "Stream") var capture: CaptureOptions

    @Option(help: ArgumentHelp("Data pages of each CPU's ring, a power of two.", valueName: "n"))
    var pages: Int?

    @Option(help: ArgumentHelp("Maximum delay of an event: 5ms. (default: 10ms)", valueName: "time"))
    var latency: DurationArgument?

    @Option(
        help: ArgumentHelp("Memory to buffer events while the reader stalls. (default: 16M)", valueName: "size"))
    var spill: SizeArgument?

    @OptionGroup(title: "Output file") var outputOptions: OutputOptions

    @Flag(help: ArgumentHelp("Remove the pins at the end."))
    var unpin = false

    @Option(help: ArgumentHelp("Drop all privileges and run as this user once the rings are open.", valueName: "name"))
    var user: String?

    @Option(help: ArgumentHelp("Exit after this time: 10s, 500ms, 2m.", valueName: "time"))
    var duration: DurationArgument?

    @Option(help: ArgumentHelp("Write the PID to this file.", valueName: "file"))
    var pidFile: String?

    @Flag(help: "Print events, bytes, losses and writes at the end.")
    var stats = false

    @Option(help: ArgumentHelp("Write the statistics to this file as JSON, every second.", valueName: "file"))
    var statsFile: String?

    @Option(help: ArgumentHelp("Write metrics to this file in the Prometheus text format.", valueName: "file"))
    var metrics: String?

    @Flag(help: "Take the map over from the daemon that drains it.")
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
