// SPDX-License-Identifier: Apache-2.0

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

    /// The options of the command line that say how something is printed, `--json` not counted.
    package var named: [String] { types.named + form.named + selection.named + summary.named + maps.named }
}
