// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Diagnostics
internal import MapTables
package import ToolSupport

/// When maps are read that no events come from.
package struct SnapshotOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read maps that are no rings this often, and at the end: 1s, 500ms.", valueName: "time"))
    var every: DurationArgument?

    @Flag(help: "Read maps that are no rings once; exit then if there are no rings.")
    var once = false

    @Option(
        help: ArgumentHelp("Elements of a map in --metrics at most. (default: 1000)", valueName: "n"))
    var metricsLimit: Int?

    @Option(
        help: ArgumentHelp(
            "Buckets in --metrics, as print-event has it: MAP[.FIELD][:log2|:linear(min,step)].", valueName: "map"))
    var hist: [String] = []

    /// No map is read.
    package init() {}

    /// When maps are read; nil if there must be none.
    package var times: SnapshotTimes? {
        if once { return .once }
        return every.map { .every($0.nanoseconds) }
    }

    /// How many elements of a map the metrics have at most.
    package var limit: Int { metricsLimit ?? 1000 }

    /// What is said of histograms, each checked.
    package var histograms: [String] { hist }

    /// Checks what the parser cannot.
    ///
    /// - Parameters:
    ///   - metrics: Whether there are metrics.
    ///   - isDumped: Whether events are kept until something happens (`--last`).
    package func check(metrics: Bool, isDumped: Bool) throws {
        if isDumped && times != nil {
            throw CommandMistake.exclusive(
                ["--last", once ? "--once" : "--every"], because: "--last keeps events only")
        }
        if once && every != nil {
            throw CommandMistake.exclusive(["--once", "--every"], because: "both say when maps are read")
        }
        for text in hist where HistogramChoice(parsing: text) == nil {
            throw CommandMistake.value("--hist", text, "is not MAP[.FIELD][:log2|:linear(min,step)]")
        }
        guard hist.isEmpty || metrics && times != nil else {
            throw CommandMistake.needs(
                "--hist", metrics ? ["--every", "--once"] : ["--metrics"],
                because: "it says how the metrics of maps are read, which is at times")
        }
        guard let metricsLimit else { return }
        guard (1...1_000_000).contains(metricsLimit) else {
            throw CommandMistake.value("--metrics-limit", "\(metricsLimit)", "is not a number from 1 to 1000000")
        }
        guard metrics, times != nil else {
            throw CommandMistake.needs(
                "--metrics-limit", metrics ? ["--every", "--once"] : ["--metrics"],
                because: "it limits the metrics of maps that are read at times")
        }
    }
}

extension SnapshotOptions: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        every = line.value("--every")
        once = line.flag("--once")
        metricsLimit = line.value("--metrics-limit")
        hist = line.values("--hist")
    }
}
