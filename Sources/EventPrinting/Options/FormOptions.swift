// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
package import Diagnostics
public import EventDecoding
internal import ToolSupport

/// How events look.
package struct FormOptions: ParsableArguments {
    /// What is there without options.
    package init() {}

    @Flag(help: "Print a table; the default on a terminal if the type is known.")
    var table = false

    @Flag(help: "Print lines: name: value, …")
    var lines = false

    @Flag(help: "Print CSV with a header.")
    var csv = false

    @Flag(help: "Print TSV with a header.")
    var tsv = false

    @Flag(help: "Write the events themselves, each with its size in front.")
    var raw = false

    @Option(help: ArgumentHelp("Print lines by a template: '{time:iso} {comm} {pid}'.", valueName: "template"))
    var format: String?

    @Option(
        help: ArgumentHelp("Fields to print, with formats: pid,comm,daddr:ip4.", valueName: "list"),
        completion: .fields)
    var fields: String?

    @Flag(help: "Print the time, CPU, process and thread of each event too.")
    var context = false

    @Option(
        name: .customLong("json-int64"),
        help: ArgumentHelp("64-bit integers in JSON: number or string.", valueName: "kind"))
    var jsonInt64: JSONIntegers = .number

    @Flag(name: .customLong("no-header"), help: "Leave out the header line.")
    var noHeader = false

    @Flag(help: "Do not cut lines at the width of the terminal.")
    var wide = false

    @Option(help: ArgumentHelp("Colour: auto, always or never; NO_COLOR is obeyed.", valueName: "when"))
    var color: ColourMode = .auto

    @Option(
        help: ArgumentHelp("Kernel symbols of the traced machine, as /proc/kallsyms.", valueName: "file"),
        completion: .file())
    var kallsyms: String?

    /// The options that the command line has.
    var named: [String] {
        let flags = [
            ("--table", table), ("--lines", lines), ("--csv", csv), ("--tsv", tsv), ("--raw", raw),
            ("--format", format != nil), ("--fields", fields != nil), ("--context", context),
            ("--json-int64", jsonInt64 != .number), ("--no-header", noHeader), ("--wide", wide),
            ("--color", color != .auto), ("--kallsyms", kallsyms != nil),
        ]
        return flags.filter(\.1).map(\.0)
    }

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
            throw CommandMistake.exclusive([forms[0].name, forms[1].name], because: "they are two forms")
        }
        if fields != nil, raw || format != nil {
            throw CommandMistake.needs(
                "--fields", ["lines", "--table", "--json", "--csv", "--tsv"],
                because: "\(raw ? "--raw" : "--format") says all of the form")
        }
        if isSummary {
            if let other = forms.first, !json, !csv {
                throw CommandMistake.exclusive(
                    ["--summary", other.name], because: "--summary shows no events", leave: other.name)
            }
            return .summary
        }
        return forms.first?.form
    }

    /// Takes the file of the kernel's symbols out, for who has another use for it.
    package mutating func takeKernelSymbols() -> String? {
        defer { kallsyms = nil }
        return kallsyms
    }
}

extension JSONIntegers: ExpressibleByArgument {}
extension ColourMode: ExpressibleByArgument {}
