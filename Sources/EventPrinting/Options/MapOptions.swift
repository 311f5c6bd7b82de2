// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Diagnostics
package import MapTables
package import ToolSupport

/// How the elements of maps are shown; what is said of events (`--where`, `--json` and so on) holds for them too.
package struct MapOptions: ParsableArguments {
    /// What is there without options.
    package init() {}

    @Option(
        help: ArgumentHelp(
            "Only the first N elements of each map in the order of --sort; FIELDS: a table of what most events have.",
            valueName: "n|fields"),
        completion: .fields)
    var top: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Sort elements by fields, descending with '-': -value.bytes,key.pid. --top alone sorts by the value.",
            valueName: "fields"),
        completion: .fields)
    var sort: String?

    @Flag(help: "Show changes since the snapshot before too, and their rates a second.")
    var delta = false

    @Option(
        name: .customLong("per-cpu"),
        help: ArgumentHelp("Values per CPU: sum, each (a row for each CPU) or minmax.", valueName: "kind"))
    var perCPU: CPUFold = .sum

    @Option(
        help: ArgumentHelp(
            "Draw a map's counters as a histogram: MAP[.FIELD][:log2|:linear(min,step)]; may be repeated.",
            valueName: "map"))
    var hist: [String] = []

    /// The options that the command line has.
    var named: [String] {
        let flags = [
            ("--top", topRows != nil), ("--sort", sort != nil), ("--delta", delta), ("--per-cpu", perCPU != .sum),
            ("--hist", !hist.isEmpty),
        ]
        return flags.filter(\.1).map(\.0)
    }

    /// How many rows of a map are shown.
    private var topRows: Int? { top.flatMap { Int($0) } }

    /// The fields of the table of what most events have.
    package var topFields: String? { topRows == nil ? top : nil }

    /// What the options ask for.
    func tableOptions() throws -> TableOptions {
        var options = TableOptions()
        if let rows = topRows {
            guard rows > 0 else { throw CommandMistake.value("--top", "\(rows)", "is not above 0") }
            options.top = rows
        }
        if let sort {
            guard let order = SortOrder(parsing: sort) else {
                throw CommandMistake.value(
                    "--sort", sort, "is not a list of up to \(SortOrder.limit) fields: -value.bytes,key.pid")
            }
            options.sort = order
        }
        options.hasChanges = delta
        options.fold = perCPU
        options.histograms = try hist.map { text in
            guard let choice = HistogramChoice(parsing: text) else {
                throw CommandMistake.value("--hist", text, "is not MAP[.FIELD][:log2|:linear(min,step)]")
            }
            return choice
        }
        return options
    }
}

extension MapOptions: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        top = line.value("--top")
        sort = line.value("--sort")
        delta = line.flag("--delta")
        perCPU = line.value("--per-cpu") ?? .sum
        hist = line.values("--hist")
    }
}

extension CPUFold: ExpressibleByArgument {}
