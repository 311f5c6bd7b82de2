// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Diagnostics
internal import EventCollecting
internal import ToolSupport

/// Collects the events of a pinned map into a stream, as the original daemon did.
@main
struct BPFEventd: Tool {
    static let configuration = CommandConfiguration(
        commandName: "bpf-eventd",
        abstract: "Write the events or the elements of a pinned map to a file or a pipe.",
        usage: "bpf-eventd [options] MAP-PATH... OUTPUT",
        discussion: """
            MAP-PATH is the pin of a perf event array or a ring buffer; where nothing is
            pinned a perf event array is made. With --every or --once it is the pin of any
            map that can be read. OUTPUT is a file, a FIFO, a Unix socket, or - for stdout.

            Examples:
              sudo bpf-eventd /sys/fs/bpf/map_event - | print-event
              sudo bpf-eventd --format capture /sys/fs/bpf/rb trace.bev
              sudo bpf-eventd --sorted /sys/fs/bpf/map_event /sys/fs/bpf/rb both.bev
              sudo bpf-eventd --every 1s /sys/fs/bpf/counts - | print-event --top 10
              sudo bpf-eventd --once /sys/fs/bpf/counts /sys/fs/bpf/hists maps.bev
              sudo bpf-eventd --last 64M --dump-on SIGUSR1 /sys/fs/bpf/rb crash.bev
              sudo bpf-eventd --append --rotate-size 100M --keep 10 /sys/fs/bpf/rb rb.bin

            Exit codes:
              0 success               69 not supported by this kernel
              3 events were lost      74 input or output failed
              64 usage                75 another daemon drains the map
              65 another map or file  77 no permission
            docs/options.md has them all in one table, with what each means.
            """,
        version: toolVersion)

    @Argument(help: ArgumentHelp("Pins of maps, then the output.", valueName: "map-path"), completion: .pinsAndFiles)
    var paths: [String] = []

    @OptionGroup(title: "Stream") var capture: CaptureOptions

    @OptionGroup(title: "Stream") var host: HostOptions

    @OptionGroup(title: "Maps") var snapshotOptions: SnapshotOptions

    @Option(help: ArgumentHelp("Data pages of each CPU's ring, a power of two.", valueName: "n"))
    var pages: Int?

    @Option(help: ArgumentHelp("Maximum delay of an event: 5ms. (default: 10ms)", valueName: "time"))
    var latency: DurationArgument?

    @Option(
        help: ArgumentHelp("Memory to buffer events while the reader stalls. (default: 16M)", valueName: "size"))
    var spill: SizeArgument?

    @OptionGroup(title: "Flight recorder") var recorder: RecorderOptions

    @OptionGroup(title: "Output file") var outputOptions: OutputOptions

    @Flag(help: ArgumentHelp("Remove the pins at the end."))
    var unpin = false

    @Option(help: ArgumentHelp("Drop all privileges and run as this user once the rings are open.", valueName: "name"))
    var user: String?

    @Option(help: ArgumentHelp("Exit after this time: 10s, 500ms, 2m.", valueName: "time"))
    var duration: DurationArgument?

    @Option(help: ArgumentHelp("Write the PID to this file.", valueName: "file"), completion: .file())
    var pidFile: String?

    @Flag(help: "Print events, bytes, losses and writes at the end.")
    var stats = false

    @Option(
        help: ArgumentHelp("Write the statistics to this file as JSON, every second.", valueName: "file"),
        completion: .file())
    var statsFile: String?

    @Option(
        help: ArgumentHelp("Write metrics to this file in the Prometheus text format.", valueName: "file"),
        completion: .file())
    var metrics: String?

    @Option(
        help: ArgumentHelp(
            "Pin or id of the map where programs count what a ring buffer lost; with several maps PIN-NAME=MAP.",
            valueName: "map"),
        completion: .pins)
    var lostCounts: [String] = []

    @Flag(help: "Take the map over from the daemon that drains it.")
    var takeover = false

    @OptionGroup var common: CommonOptions

    /// Checks what the parser cannot; only after it has had its say, since it knows misspelt options.
    func checkArguments() throws {
        try check(places)
    }

    private func check(_ places: Places) throws {
        let maps = places.maps
        guard paths.count > 1 || !maps.isEmpty else {
            throw CommandMistake.missing(
                paths.isEmpty ? "MAP-PATH" : "OUTPUT",
                because: paths.isEmpty
                    ? "it is the pin of the map that the programs send their events to"
                    : "the last word is the output, a file or - for stdout, and those before it are maps",
                shortest: Self.shortest)
        }
        if let pages, !(1...(1 << 20)).contains(pages) || pages & (pages - 1) != 0 {
            throw CommandMistake.value("--pages", "\(pages)", "is not a power of two from 1 to 1048576")
        }
        try snapshotOptions.check(metrics: metrics != nil, isDumped: recorder.isOn)
        try capture.check(
            maps: maps.count, readsMaps: snapshotOptions.times != nil, isDumped: recorder.isOn, others: host.named)
        try host.check()
        try outputOptions.check(output: places.output, isDumped: recorder.isOn)
        try recorder.check(output: outputOptions, pages: pages)
        let names = maps.map { String($0.split(separator: "/").last ?? "") }
        for text in lostCounts where maps.count > 1 && !names.contains(where: { text.hasPrefix($0 + "=") }) {
            throw CommandMistake.value(
                "--lost-counts", text, "does not say of which map", hint: "with several maps write PIN-NAME=MAP")
        }
        if unpin && user != nil {
            throw CommandMistake.exclusive(
                ["--unpin", "--user"], because: "--unpin needs the privilege that --user gives up")
        }
    }

    /// What the paths are.
    private struct Places {
        /// The maps.
        let maps: [String]
        /// A file, a FIFO, a socket, or `-` for stdout.
        let output: String
        /// Whether there is no output but metrics: all paths are maps, since none can be written to.
        let hasNoStream: Bool
    }

    /// What the paths are, asked of the file system once a run, since its answer may change.
    private var places: Places {
        if snapshotOptions.times != nil, metrics != nil, let last = paths.last,
            paths.count == 1 || CollectingOptions.isPin(last)
        {
            return Places(maps: paths, output: "/dev/null", hasNoStream: true)
        }
        return Places(maps: Array(paths.dropLast()), output: paths.last ?? "-", hasNoStream: false)
    }

    static let shortest = "sudo bpf-eventd /sys/fs/bpf/rb trace.bev"

    func makeReporter() -> Reporter { common.reporter(tool: "bpf-eventd") }

    func execute(signals: borrowing SignalSource, reporter: Reporter) throws -> ExitStatus {
        let places = places
        try check(places)
        return try CollectingSession(collecting(places), reporter: reporter).run(signals: signals)
    }

    /// The command line as the work takes it.
    private func collecting(_ places: Places) -> CollectingOptions {
        var collecting = CollectingOptions(
            mapPaths: places.maps, output: places.output, capture: capture, recorder: recorder,
            file: outputOptions.file)
        collecting.host = host.facts
        collecting.pages = pages
        collecting.latency = latency
        collecting.spill = spill
        collecting.unpin = unpin
        collecting.user = user
        collecting.duration = duration
        collecting.pidFile = pidFile
        collecting.stats = stats
        collecting.statsFile = statsFile
        collecting.metrics = metrics
        collecting.lostCounts = lostCounts
        collecting.snapshots = snapshotOptions.times
        collecting.metricsLimit = snapshotOptions.limit
        collecting.histograms = snapshotOptions.histograms
        collecting.hasNoStream = places.hasNoStream
        collecting.takeover = takeover
        return collecting
    }
}

extension BPFEventd: PlainOptions {
    mutating func take(from line: inout PlainLine) {
        capture = line.options()
        host = line.options()
        snapshotOptions = line.options()
        pages = line.value("--pages")
        latency = line.value("--latency")
        spill = line.value("--spill")
        recorder = line.options()
        outputOptions = line.options()
        unpin = line.flag("--unpin")
        user = line.value("--user")
        duration = line.value("--duration")
        pidFile = line.value("--pid-file")
        stats = line.flag("--stats")
        statsFile = line.value("--stats-file")
        metrics = line.value("--metrics")
        lostCounts = line.values("--lost-counts")
        takeover = line.flag("--takeover")
        common = line.options()
        paths = line.rest()
    }
}
