// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
package import Diagnostics
public import EventDecoding
package import ToolSupport

/// How events look.
package struct FormOptions: ParsableArguments {
    /// What is there without options.
    package init() {}

    /// What of the context is printed.
    package enum ContextKind: String, ExpressibleByArgument, CaseIterable {
        /// What the kernel says of an event.
        case event
        /// All that identifies a record among those of all hosts.
        case full
    }

    /// `--context` alone is what it was.
    package static let optionalValues = [
        "--context": (alone: ContextKind.event.rawValue, words: [ContextKind.full.rawValue])
    ]

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

    @Option(
        help: ArgumentHelp(
            "Print the time, CPU, process and thread of each event too; full, with --json: all that identifies a record.",
            valueName: "full"))
    var context: ContextKind?

    @Flag(help: "Write the members of structures in JSON as members of the event: key_saddr.")
    var flat = false

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

    @Option(
        help: ArgumentHelp(
            "Programs, libraries and debug files of the traced machine, laid out as / or /usr/lib/debug.",
            valueName: "dir"),
        completion: .directory)
    var symbols: String?

    @Flag(help: "Show the lines of source of stacks, and inlined functions, by elfutils' libdw: slow.")
    var sourceLines = false

    /// The options that the command line has.
    var named: [String] {
        let flags = [
            ("--table", table), ("--lines", lines), ("--csv", csv), ("--tsv", tsv), ("--raw", raw),
            ("--format", format != nil), ("--fields", fields != nil), ("--context", context != nil), ("--flat", flat),
            ("--json-int64", jsonInt64 != .number), ("--no-header", noHeader), ("--wide", wide),
            ("--color", color != .auto), ("--kallsyms", kallsyms != nil),
            ("--symbols", symbols != nil), ("--source-lines", sourceLines),
        ]
        return flags.filter(\.1).map(\.0)
    }

    /// The options that say how each event is printed.
    var printing: [String] { named.filter { $0 != "--kallsyms" && $0 != "--color" && $0 != "--wide" } }

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
        if flat, !json { throw CommandMistake.needs("--flat", ["--json"]) }
        if context == .full {
            if let other = forms.first(where: { $0.name != "--json" })?.name ?? (isSummary ? "--summary" : nil) {
                throw CommandMistake.exclusive(
                    ["--context", other], because: "--context full is for --json",
                    leave: "full: --context alone is the time, CPU, process and thread")
            }
            if !json { throw CommandMistake.needs("--context", ["--json"], because: "full is for programs") }
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

extension FormOptions: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        table = line.flag("--table")
        lines = line.flag("--lines")
        csv = line.flag("--csv")
        tsv = line.flag("--tsv")
        raw = line.flag("--raw")
        format = line.value("--format")
        fields = line.value("--fields")
        context = line.value("--context")
        flat = line.flag("--flat")
        jsonInt64 = line.value("--json-int64") ?? .number
        noHeader = line.flag("--no-header")
        wide = line.flag("--wide")
        color = line.value("--color") ?? .auto
        kallsyms = line.value("--kallsyms")
        symbols = line.value("--symbols")
        sourceLines = line.flag("--source-lines")
    }
}

extension JSONIntegers: ExpressibleByArgument {}
extension ColourMode: ExpressibleByArgument {}
