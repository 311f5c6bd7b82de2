// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
package import ToolSupport

/// How events are printed, and which.
package struct PrintingOptions {
    /// What the events are.
    package var types: TypeOptions
    /// The object that tells what they are; nil where a tool has it already.
    package var object: TypeObjectOptions?
    /// How they look.
    package var form: FormOptions
    /// Which of them.
    package var selection: SelectionOptions
    /// Of which processes; nil where a tool traces those alone.
    package var process: ProcessOptions?
    /// What is told of all of them.
    package var summary: SummaryOptions
    /// How the elements of maps are shown.
    package var maps: MapOptions
    /// Which pictures are made in place of lines.
    package var pictures = PictureOptions()
    /// Whether several captures are printed as one, and how.
    package var merge: MergeOptions?
    /// How often the table of what most events have is drawn; nil for once a second.
    package var every: DurationArgument?
    /// Whether they are JSON lines.
    package var json: Bool

    /// Options of a command line.
    package init(
        types: TypeOptions, form: FormOptions, selection: SelectionOptions, summary: SummaryOptions, maps: MapOptions,
        json: Bool
    ) {
        self.types = types
        self.form = form
        self.selection = selection
        self.summary = summary
        self.maps = maps
        self.json = json
    }

    /// Whether several captures are printed as one.
    var isMerged: Bool { merge?.isAsked ?? false }

    /// Whether events are only counted.
    var isSummary: Bool { summary.isSummary || maps.topFields != nil }

    /// What events are counted by.
    func groups() throws -> FieldList? {
        guard let fields = maps.topFields else { return try summary.groups() }
        guard !summary.named.contains("--by") else {
            throw CommandMistake.exclusive(["--by", "--top"], because: "--top \(fields) counts by these fields")
        }
        return try FieldList(parsing: fields)
    }

    /// Checks that a table of what most events have is possible.
    func checkTop() throws {
        guard maps.topFields == nil else { return }
        if every != nil {
            throw CommandMistake.needs("--every", ["--top"], because: "it says how often the table is drawn")
        }
    }

    /// The options of the command line that say how something is printed, `--json` not counted.
    package var named: [String] {
        types.named + form.named + selection.named + summary.named + maps.named + pictures.named
    }
}
