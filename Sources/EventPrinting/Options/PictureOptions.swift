// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Diagnostics
internal import EventDecoding
package import ToolSupport

/// Which pictures are made of events and elements, in place of printing them.
package struct PictureOptions: ParsableArguments {
    /// What is there without options.
    package init() {}

    @Flag(help: "Print stacks as folded text: a line for each, with its weight.")
    var folded = false

    @Option(
        help: ArgumentHelp("Write stacks as a flame graph that any browser shows.", valueName: "file.svg"),
        completion: .file())
    var flamegraph: String?

    @Option(
        help: ArgumentHelp("Write stacks for speedscope.", valueName: "file.json"), completion: .file())
    var speedscope: String?

    @Option(
        help: ArgumentHelp("Write a timeline that Perfetto and Chrome read.", valueName: "file.json"),
        completion: .file())
    var perfetto: String?

    @Option(
        help: ArgumentHelp(
            "A span of the timeline: 'start=NAME end=NAME by=FIELD' or duration=FIELD; may be repeated.",
            valueName: "span"))
    var span: [String] = []

    @Option(
        help: ArgumentHelp("Write one page with all figures, for a browser.", valueName: "file.html"),
        completion: .file())
    var html: String?

    @Option(
        help: ArgumentHelp("What a stack counts; without it events, and the value of an element.", valueName: "field"),
        completion: .field)
    var weight: String?

    @Option(
        help: ArgumentHelp(
            "Which stacks, the outermost first; without it all, those of the kernel on top.", valueName: "fields"),
        completion: .fields)
    var stack: String?

    @Option(
        help: ArgumentHelp("Compare stacks with those of this capture.", valueName: "capture"), completion: .file())
    var diff: String?

    /// The options that the command line has.
    var named: [String] { makers + ofStacks + (span.isEmpty ? [] : ["--span"]) }

    private var ofStacks: [String] {
        [("--weight", weight != nil), ("--stack", stack != nil), ("--diff", diff != nil)].filter(\.1).map(\.0)
    }

    /// Those of them that make a picture.
    var makers: [String] {
        let makers = [
            ("--folded", folded), ("--flamegraph", flamegraph != nil), ("--speedscope", speedscope != nil),
            ("--perfetto", perfetto != nil), ("--html", html != nil),
        ]
        return makers.filter(\.1).map(\.0)
    }

    /// Whether a picture is asked for.
    package var areAsked: Bool { !makers.isEmpty }

    /// Checks that the options go together.
    ///
    /// - Parameters:
    ///   - forms: The options that print events.
    ///   - summaries: Those that choose what is counted, which a page has too.
    func check(forms: [String], summaries: [String]) throws {
        if let first = ofStacks.first, !plan.hasStacks {
            throw CommandMistake.needs(first, ["--folded", "--flamegraph", "--speedscope", "--html"])
        }
        if !span.isEmpty, perfetto == nil { throw CommandMistake.needs("--span", ["--perfetto"]) }
        guard let maker = makers.first else { return }
        for (index, (option, path)) in files.enumerated() {
            if let other = files.dropFirst(index + 1).first(where: { Self.isSame($0.path, path) }) {
                throw CommandMistake.exclusive([option, other.option], because: "both name the same file")
            }
        }
        if let form = forms.first ?? (html == nil ? summaries.first : nil) {
            throw CommandMistake.exclusive([maker, form], because: "a picture is made in place of printing events")
        }
    }

    /// The files of pictures.
    private var files: [(option: String, path: String)] {
        let files: [(String, String?)] = [
            ("--flamegraph", flamegraph), ("--speedscope", speedscope), ("--perfetto", perfetto), ("--html", html),
        ]
        return files.compactMap { option, path in path.map { (option: option, path: $0) } }
    }

    private static func isSame(_ path: String, _ other: String) -> Bool {
        guard path != other else { return true }
        guard let file = FileIdentity(path) else { return false }
        return file == FileIdentity(other)
    }

    /// Checks that no picture takes the place of a capture that is read.
    ///
    /// - Parameters:
    ///   - input: The file of the capture; nil for what is none on a disk.
    ///   - name: Its name.
    func check(input: FileIdentity?, _ name: String) throws {
        guard let input else { return }
        for (option, path) in files where FileIdentity(path) == input {
            throw CommandMistake.value(
                option, path, "is the capture that is read: \(name.terminalSafe)", hint: "name another file")
        }
    }

    /// The pictures that the options name.
    var plan: PictureBook.Plan {
        PictureBook.Plan(
            isFolded: folded, flamegraph: flamegraph, speedscope: speedscope, timeline: perfetto, page: html)
    }

    /// What the options choose.
    ///
    /// - Parameters:
    ///   - summed: What a page sums up, if the user named it.
    ///   - groups: What it counts by.
    func choice(summed: FieldList?, groups: FieldList?) throws -> PictureChoice {
        PictureChoice(
            stack: try stack.map { try FieldList(parsing: $0) }, weight: try weight.map { try FieldList(parsing: $0) },
            wantsStacks: plan.hasStacks, spans: try span.map { try SpanChoice(parsing: $0) },
            hasPage: html != nil, summed: summed, groups: groups)
    }
}

extension PictureOptions: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        folded = line.flag("--folded")
        flamegraph = line.value("--flamegraph")
        speedscope = line.value("--speedscope")
        perfetto = line.value("--perfetto")
        span = line.values("--span")
        html = line.value("--html")
        weight = line.value("--weight")
        stack = line.value("--stack")
        diff = line.value("--diff")
    }
}
