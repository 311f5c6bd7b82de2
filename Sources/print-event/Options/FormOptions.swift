// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import EventDecoding

/// How events look.
struct FormOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Events as columns, as on a terminal where their type is known.", visibility: .hidden))
    var table = false

    @Flag(help: ArgumentHelp("Events as lines: name: value, …", visibility: .hidden))
    var lines = false

    @Flag(help: ArgumentHelp("Events as CSV with a header.", visibility: .hidden))
    var csv = false

    @Flag(help: ArgumentHelp("Events as TSV with a header.", visibility: .hidden))
    var tsv = false

    @Flag(help: ArgumentHelp("Events as they are, each with its size in front.", visibility: .hidden))
    var raw = false

    @Option(help: ArgumentHelp("Lines of your own: '{time:iso} {comm} {pid}'.", valueName: "template"))
    var format: String?

    @Option(help: ArgumentHelp("Fields to show, with formats: pid,comm,daddr:ip4.", valueName: "list"))
    var fields: String?

    @Flag(help: ArgumentHelp("Show time, CPU, process and thread of each event too.", visibility: .hidden))
    var context = false

    @Option(
        name: .customLong("json-int64"),
        help: ArgumentHelp("64-bit integers in JSON: number or string.", valueName: "kind", visibility: .hidden))
    var jsonInt64: JSONIntegers = .number

    @Flag(name: .customLong("no-header"), help: ArgumentHelp("No line of names.", visibility: .hidden))
    var noHeader = false

    @Flag(help: ArgumentHelp("Lines wider than the terminal are not cut.", visibility: .hidden))
    var wide = false

    @Option(help: ArgumentHelp("auto, always or never; NO_COLOR counts.", valueName: "when", visibility: .hidden))
    var color: ColourMode = .auto

    @Option(
        help: ArgumentHelp("Names of addresses, if not of this kernel.", valueName: "file", visibility: .hidden))
    var kallsyms: String?

    /// The form that the options name.
    ///
    /// - Parameters:
    ///   - json: Whether `--json` was given.
    ///   - isSummary: Whether events are only counted.
    /// - Returns: Nil if they name none.
    func form(json: Bool, isSummary: Bool) throws -> EventView.Form? {
        var forms: [(name: String, form: EventView.Form)] = []
        if lines { forms.append(("--lines", .lines)) }
        if table { forms.append(("--table", .table)) }
        if json { forms.append(("--json", .json(jsonInt64))) }
        if csv { forms.append(("--csv", .separated(.csv))) }
        if tsv { forms.append(("--tsv", .separated(.tsv))) }
        if raw { forms.append(("--raw", .raw)) }
        if let format { forms.append(("--format", .template(try Template(parsing: format)))) }
        guard forms.count <= 1 else {
            throw ValidationError("\(forms[0].name) and \(forms[1].name) are two forms: leave one out.")
        }
        if fields != nil, raw || format != nil {
            throw ValidationError("--fields goes with lines, --table, --json, --csv and --tsv.")
        }
        if isSummary {
            if let other = forms.first, !json, !csv {
                throw ValidationError("--summary shows no events: leave out \(other.name).")
            }
            return .summary
        }
        return forms.first?.form
    }
}

extension JSONIntegers: ExpressibleByArgument {}
extension ColourMode: ExpressibleByArgument {}
