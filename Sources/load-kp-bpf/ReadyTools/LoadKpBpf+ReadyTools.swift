// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import BPFCore
import BPFObject
import Diagnostics
import ToolSupport

/// `load-kp-bpf opensnoop`: a tool that is found by its name, and shown as its object says.
extension LoadKpBpf {
    /// The word that `--list` takes for the names of all tools.
    static let listOfTools = "tools"

    /// Runs or lists ready tools; nil if the command line asks for none.
    func runReadyTool(signals: borrowing SignalSource, reporter: Reporter) throws -> ExitStatus? {
        if runOptions.list, object == Self.listOfTools { return try listTools(reporter) }
        guard let (name, content) = try readyTool() else {
            guard toolOptions.tools == nil else {
                throw CommandMistake.needs("--tools", ["the name of a ready tool", "--list tools"])
            }
            return nil
        }
        let about = try content.about(name)
        if let argument = about.argument, functions.isEmpty, !runOptions.loadOnly, !runOptions.check {
            throw about.missing(argument)
        }
        if let word = functions.first, !about.takesFunctions, !choosesTargets { throw about.unexpected(word) }
        let arguments = ProcessArguments.all
        var options = try Self.parsePlain(about.preset.words(beside: arguments) + arguments).options
        options.object = content.path
        options.content = content.bytes
        var reporter = options.makeReporter()
        // What is found out about an object is for its author.
        reporter.tellsNotes = options.verbose
        do {
            return try options.execute(signals: signals, reporter: reporter)
        } catch let error as ObjectError where [.globalUnknown, .globalValue].contains(error.diagnostic.code) {
            throw about.setting(error)
        }
    }

    /// Whether an option says what the words behind the object are for.
    private var choosesTargets: Bool { programOptions.section != nil || !programOptions.program.isEmpty }

    /// Options of a ready tool that are none may be its settings.
    static func explained(_ mistake: CommandMistake, in arguments: [String]) -> CommandMistake {
        guard mistake.code == .optionUnknown, let option = mistake.words.first, let about = about(in: arguments) else {
            return mistake
        }
        let at = mistake.index ?? arguments.firstIndex(of: option) ?? 0
        let next = arguments.dropFirst(at + 1).first.flatMap { $0.hasPrefix("-") ? nil : $0 }
        return about.explained(mistake, option, value: next)
    }

    /// What the tool says of itself whose name stands on a command line that is not understood; nil if none does.
    private static func about(in arguments: [String]) -> ToolAbout? {
        let chosen =
            arguments.firstIndex(of: "--tools").flatMap { arguments.dropFirst($0 + 1).first }
            ?? arguments.first { $0.hasPrefix("--tools=") }.map { String($0.dropFirst("--tools=".count)) }
        guard let shelf = ToolShelf(chosen: chosen) else { return nil }
        for word in arguments.prefix(while: { $0 != "--" }) {
            guard let name = ToolName(word), let content = try? shelf.content(of: name) else { continue }
            return try? content.about(name)
        }
        return nil
    }

    /// The tool that stands in the place of the object.
    ///
    /// A file of the name in the working directory is not taken in its place: whoever may write there could have put it.
    private func readyTool() throws -> (name: ToolName, content: ToolShelf.Content)? {
        guard !runOptions.list, !runOptions.doctor, !probeOptions.kernelTypes, runOptions.stop == nil,
            runOptions.why == nil, let object,
            let name = ToolName(object)
        else { return nil }
        let shelf = ToolShelf(chosen: toolOptions.tools)
        let content = try shelf?.content(of: name)
        if KernelFile.mayExist(object) {
            guard content == nil else {
                throw CommandMistake.unexpected(
                    object, because: "it is a ready tool, and a file in the working directory",
                    hint: "write ./\(name) for the file; the tool is \(content?.path ?? "")")
            }
            return nil
        }
        if let content { return (name, content) }
        throw ToolShelf.Failure(diagnostic: Self.missing(name, among: shelf))
    }

    private static func missing(_ name: ToolName, among shelf: ToolShelf?) -> Diagnostic {
        let names = shelf?.names.map(\.description) ?? []
        let near = EditDistance.names(near: name.description, among: names).first
        return Diagnostic(
            .inputUnreadable, stage: .object, "cannot read \(name)", cause: Errno.noSuchFileOrDirectory.described,
            details: shelf.map { ["nor is there a ready tool of that name in \($0.path)"] } ?? [],
            nextStep: near.map { "did you mean \(.chooseName([$0]), $0)?" }
                ?? (names.isEmpty ? nil : "load-kp-bpf --list tools"))
    }

    /// What `--help` beside a tool's name prints; nil if there is none.
    static func toolHelp(_ arguments: [String]) -> (any ToolRun)? {
        let rest = arguments.filter { $0 != "--help" && $0 != "-h" }
        guard rest.count < arguments.count, let command = try? parse(rest), let found = try? command.readyTool() else {
            return nil
        }
        return ToolHelp(name: found.name, content: found.content, isJSON: command.common.json)
    }

    private struct ToolHelp: ToolRun {
        let name: ToolName
        let content: ToolShelf.Content
        let isJSON: Bool

        func makeReporter() -> Reporter {
            Reporter(tool: "load-kp-bpf", format: isJSON ? .json : .text, statusStream: .standardOutput)
        }

        func execute(signals: borrowing SignalSource, reporter: Reporter) throws -> ExitStatus {
            let about = try content.about(name)
            reporter.status(about.help, event: "tool", about.json)
            return .success
        }
    }

    // MARK: - --list tools

    private func listTools(_ reporter: Reporter) throws -> ExitStatus {
        let plain = LoadOptions(
            object: Self.listOfTools, list: true, bpffs: options.bpffs, json: common.json, quiet: common.quiet)
        guard options == plain else {
            throw CommandMistake.exclusive(["--list"], because: "goes with no option of a run", leave: "the others")
        }
        guard let shelf = ToolShelf(chosen: toolOptions.tools) else { return .success }
        var tools: [ToolAbout] = []
        for name in shelf.names {
            // One that is damaged or not to be trusted does not hide the others.
            do {
                guard let content = try shelf.content(of: name) else { continue }
                tools.append(try content.about(name))
            } catch let error as any DiagnosticError {
                var diagnostic = error.diagnostic
                diagnostic.severity = .warning
                reporter.report(diagnostic)
            }
        }
        let width = tools.map(\.name.count).max() ?? 0
        let lines = tools.map { tool in
            tool.name + String(repeating: " ", count: width - tool.name.count + 2) + tool.line
        }
        reporter.status(
            lines.isEmpty ? "No ready tools in \(shelf.path)." : lines.joined(separator: "\n"), event: "tools",
            [("directory", .string(shelf.path)), ("tools", .array(tools.map { .object($0.json) }))])
        return .success
    }
}
