// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Diagnostics
import EventCollecting
import EventPrinting
import ToolSupport

/// What of the object's answers is shown, or kept.
struct AnswerCommandOptions: ParsableArguments {
    @Flag(help: "Print the events of the object's maps until Ctrl-C, as a typed table on a terminal.")
    var events = false

    @Flag(help: "Print the object's maps at the end, or with --every.")
    var maps = false

    @Flag(help: "Print the object's global variables at the end, or with --every.")
    var globals = false

    @Flag(help: "Print all that the object has: events, maps, global variables, and what its programs print.")
    var show = false

    @Option(
        help: ArgumentHelp(
            "Write it to this file as a capture instead, for print-event; '-' is stdout.", valueName: "file"),
        completion: .file())
    var capture: String?

    @Option(
        help: ArgumentHelp(
            "Print or write maps and global variables at this interval, and the table of --top FIELDS: 1s.",
            valueName: "time"))
    var every: DurationArgument?
}

extension AnswerCommandOptions: PlainOptions {
    mutating func take(from line: inout PlainLine) {
        events = line.flag("--events")
        maps = line.flag("--maps")
        globals = line.flag("--globals")
        show = line.flag("--show")
        capture = line.value("--capture")
        every = line.value("--every")
    }
}

/// What of the object's answers is shown, and how.
struct AnswerOptions {
    /// Whether events are.
    var events = false
    /// Whether maps are.
    var maps = false
    /// Whether global variables are.
    var globals = false
    /// Whether all that the object has is.
    var all = false
    /// The file that takes it as a capture.
    var capture: String?
    /// Between two looks at maps and global variables; nil is one at the end.
    var every: DurationArgument?
    /// How it is printed; nil where no command line says it.
    var printing: PrintingOptions?
    /// How the file of a capture is kept; nil where no command line says it.
    var file: OutputOptions?
    /// What a capture says of this host; nil where no command line says it.
    var host: HostOptions?

    /// Whether anything is asked for.
    var isAsked: Bool { events || maps || globals || all || capture != nil }
    /// The first option that asks for something.
    var asked: String {
        let flags = [("--events", events), ("--maps", maps), ("--globals", globals), ("--show", all)]
        return flags.first(where: \.1)?.0 ?? "--capture"
    }
    /// Whether nothing is chosen from what there is.
    var takesAll: Bool { all || capture != nil && !events && !maps && !globals }

    var takesEvents: Bool { events || takesAll }
    var takesMaps: Bool { maps || takesAll }
    var takesGlobals: Bool { globals || takesAll }

    /// How it is printed, checked; nil where nothing is.
    func printingRun(reporter: Reporter) throws -> PrintingRun? {
        guard isAsked, capture == nil, let printing else { return nil }
        var options = printing
        if printing.maps.topFields != nil { options.every = every }
        var run = try PrintingRun(options, reporter: reporter)
        try run.beginLive()
        return run
    }

    /// Options that mean something for elements of maps alone.
    private static let ofMaps: Set<String> = ["--top", "--sort"]
    /// Options that mean something for variables too.
    private static let ofVariables: Set<String> = ["--delta", "--per-cpu", "--hist"]

    /// Checks what ArgumentParser cannot.
    func check(trace: Bool) throws {
        let drawsTop = printing?.maps.topFields != nil
        let printed = (printing?.named ?? []) + (drawsTop ? ["--top"] : [])
        let kept = (file?.named ?? []) + (host?.named ?? [])
        guard isAsked else {
            if let first = printed.first {
                throw CommandMistake.needs(first, ["--events", "--maps", "--globals", "--show"])
            }
            if every != nil { throw CommandMistake.needs("--every", ["--maps", "--globals", "--show", "--capture"]) }
            if let first = kept.first { throw CommandMistake.needs(first, ["--capture"]) }
            return
        }
        if drawsTop, !takesEvents {
            throw CommandMistake.needs("--top", ["--events", "--show"], because: "FIELDS are those of events")
        }
        if every != nil, !takesMaps, !takesGlobals, !drawsTop {
            throw CommandMistake.needs("--every", ["--maps", "--globals", "--show", "--capture"])
        }
        if !takesMaps, !drawsTop, let first = printed.first(where: Self.ofMaps.contains) {
            throw CommandMistake.needs(first, ["--maps", "--show"], because: "it is for maps")
        }
        if !takesMaps, !takesGlobals, let first = printed.first(where: Self.ofVariables.contains) {
            throw CommandMistake.needs(
                first, ["--maps", "--globals", "--show"], because: "it is for maps and variables")
        }
        guard let capture else {
            if let first = kept.first { throw CommandMistake.needs(first, ["--capture"]) }
            return
        }
        if let first = printed.first(where: { $0 != "--sorted" }) {
            throw CommandMistake.exclusive(
                ["--capture", first], because: "it is for what is printed, and a capture is not",
                leave: "\(first), and give it to print-event, which prints the capture")
        }
        try file?.check(output: capture)
        try host?.check()
    }
}

extension AnswerOptions: Equatable {
    /// Whether the same is asked for; how it is printed and kept does not matter where nothing is.
    static func == (one: AnswerOptions, other: AnswerOptions) -> Bool {
        (one.events, one.maps, one.globals, one.all, one.capture, one.every)
            == (other.events, other.maps, other.globals, other.all, other.capture, other.every)
            && (one.printing?.named ?? []) == (other.printing?.named ?? [])
    }
}
