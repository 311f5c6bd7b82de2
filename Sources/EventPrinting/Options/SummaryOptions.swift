// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import EventDecoding
internal import EventSummaries
package import ToolSupport

/// What is told of all events together, instead of each of them.
package struct SummaryOptions: ParsableArguments {
    /// What is there without options.
    package init() {}

    @Option(
        help: ArgumentHelp("Print count, rate, percentiles and a histogram of a number.", valueName: "field"),
        completion: .field)
    var summary: String?

    @Option(
        help: ArgumentHelp("Group by these fields; alone, count the events of each group.", valueName: "fields"),
        completion: .fields)
    var by: String?

    /// The options that the command line has.
    var named: [String] { (summary == nil ? [] : ["--summary"]) + (by == nil ? [] : ["--by"]) }

    /// Whether events are only counted.
    var isSummary: Bool { summary != nil || by != nil }

    /// A summary of nothing yet.
    func emptySummary(_ choice: EventView.Choice) -> EventSummary {
        EventSummary(
            values: choice.summed?.references.map(\.name) ?? [], by: choice.groups?.references.map(\.name) ?? [])
    }

    /// What is summed up.
    func summed() throws(TemplateError) -> FieldList? {
        guard let summary else { return nil }
        return try FieldList(parsing: summary)
    }

    /// What events are counted by.
    func groups() throws(TemplateError) -> FieldList? {
        guard let by else { return nil }
        return try FieldList(parsing: by)
    }
}

extension SummaryOptions: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        summary = line.value("--summary")
        by = line.value("--by")
    }
}
