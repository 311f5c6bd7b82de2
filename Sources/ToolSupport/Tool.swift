// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
internal import BPFCore
internal import Diagnostics
internal import Glibc

/// What a command does, whoever read its arguments.
package protocol ToolRun {
    /// The reporter that the arguments ask for.
    func makeReporter() -> Reporter

    /// Does the work.
    ///
    /// - Parameters:
    ///   - signals: The signals that end the tool. They kill it until it says that it makes something that must be undone.
    ///   - reporter: Where the tool's words go.
    func execute(signals: borrowing SignalSource, reporter: Reporter) throws -> ExitStatus
}

/// A command of this package: arguments in, one call, report out.
package protocol Tool: ParsableCommand, ToolRun {
    /// The work of a plain command line (``PlainLine``), read without ArgumentParser; nil leaves the line to ArgumentParser.
    static func quick(_ arguments: [String]) -> (any ToolRun)?

    /// The shortest command line that does something, as an example.
    static var shortest: String { get }

    /// Options that can stand alone, with what they mean then and the words that they can have behind them.
    static var optionalValues: [String: (alone: String, words: [String])] { get }

    /// A mistake of a command line in words that know more of what it is for.
    static func explained(_ mistake: CommandMistake, in arguments: [String]) -> CommandMistake
}

extension Tool {
    /// No command line is plain enough, unless the tool says so.
    package static func quick(_ arguments: [String]) -> (any ToolRun)? { nil }

    /// What is wrong with a command line is wrong with any.
    package static func explained(_ mistake: CommandMistake, in arguments: [String]) -> CommandMistake { mistake }

    /// Every option has a value or none, unless the tool says so.
    package static var optionalValues: [String: (alone: String, words: [String])] { [:] }

    /// Runs the tool with the process's arguments and ends the process with its documented exit code.
    ///
    /// What the tool made is let go before the process ends: everything that owns something lives in `execute`.
    package static func main() {
        StandardStreams.fillGaps()
        Glibc.exit(runToStatus().rawValue)
    }

    private static func runToStatus() -> ExitStatus {
        let arguments = OptionalValue.join(ProcessArguments.all, optionalValues)
        let bare = Reporter(tool: _commandName, format: arguments.contains("--json") ? .json : .text)
        let status = run(arguments, bare)
        bare.finish()
        return status
    }

    private static func run(_ arguments: [String], _ bare: Reporter) -> ExitStatus {
        if arguments.prefix(while: { $0 != "--" }).contains("--json-schema") {
            return write(JSONSchema.text, bare)
        }
        do {
            let signals = try SignalSource()
            let run: any ToolRun
            do {
                run = try quick(arguments) ?? parseTakingDashes(arguments)
            } catch {
                return refuseArguments(error, arguments, bare)
            }
            return try run.execute(signals: signals, reporter: run.makeReporter())
        } catch let error as EndedBySignal {
            bare.finish()
            SignalSource.die(of: error.signal)
        } catch let mistake as CommandMistake {
            return tell(mistake, arguments, bare)
        } catch let error as any DiagnosticError {
            let diagnostic = (error as? any MachineError)?.explained().diagnostic ?? error.diagnostic
            bare.report(diagnostic)
            return ExitStatus(diagnostic.code)
        } catch {
            return refuseArguments(error, arguments, bare)
        }
    }

    /// Reads a command line with ArgumentParser, and takes `--where '-1 == a'` and `--head -1` for an option and its value.
    package static func parseTakingDashes(_ arguments: [String]) throws -> Self {
        do {
            return try parse(arguments)
        } catch {
            guard exitCode(for: error) != .success else { throw error }
            let joined = DashedValue.join(arguments, declared)
            guard joined != arguments else { throw error }
            return try parse(joined)
        }
    }

    /// What the tool takes, as ArgumentParser knows it.
    private static var declared: [DeclaredArgument] {
        // Those that the dump leaves out.
        var shell = DeclaredArgument(.option, ["--generate-completion-script"])
        (shell.valueName, shell.values) = ("shell", ["bash", "fish", "zsh"])
        return DeclaredArgument.all(in: _dumpHelp()) + [shell, DeclaredArgument(.flag, ["--help-hidden"])]
    }

    /// What is wrong with a command line that ArgumentParser refuses; nil if only ArgumentParser knows it.
    static func mistake(in arguments: [String]) -> CommandMistake? {
        let declared = declared
        let check = CommandLineCheck(tool: _commandName, declared: declared) { option, value in
            // The option alone: whatever is wrong then is the value.
            (try? parse([option + "=" + value])) != nil
        }
        return check.mistake(in: DashedValue.join(arguments, declared))
    }

    /// Help, version, and usage errors, the last as a diagnostic.
    private static func refuseArguments(
        _ error: any Error, _ arguments: [String], _ reporter: Reporter
    ) -> ExitStatus {
        guard exitCode(for: error) != .success else {
            return write(trimmed(fullMessage(for: error)), reporter)
        }
        if let mistake = mistake(in: arguments) { return tell(mistake, arguments, reporter) }
        reporter.report(
            Diagnostic(
                .argumentsInvalid, stage: .arguments, message(for: error),
                details: reporter.format == .text ? [usage] : [],
                nextStep: "\(_commandName) --help"))
        return .usage
    }

    /// Prints what the tool is asked to say of itself.
    private static func write(_ text: String, _ reporter: Reporter) -> ExitStatus {
        guard reporter.write(text, to: .standardOutput) else {
            reporter.report(Diagnostic(.outputFailed, stage: .arguments, "cannot write to stdout"))
            return .io
        }
        return .success
    }

    /// Tells a mistake with its place on the command line.
    private static func tell(
        _ mistake: CommandMistake, _ arguments: [String], _ reporter: Reporter
    ) -> ExitStatus {
        let mistake = explained(mistake, in: arguments)
        var diagnostic = mistake.diagnostic(
            in: WrittenLine(tool: _commandName, DashedValue.join(arguments, declared)))
        if mistake.words.isEmpty, reporter.format == .text {
            diagnostic.details.append(mistake.usage.map { "usage: " + $0 } ?? usage)
        }
        reporter.report(diagnostic)
        return ExitStatus(mistake.code)
    }

    private static var usage: String { "usage: " + (configuration.usage ?? _commandName) }

    /// Takes off the newlines at the end, of which ArgumentParser gives the help one and the version none.
    private static func trimmed(_ text: String) -> String {
        var rest = text[...]
        while rest.last == "\n" { rest.removeLast() }
        return String(rest)
    }
}

extension Tool where Self: PlainOptions {
    /// A plain command line is read by itself.
    package static func quick(_ arguments: [String]) -> (any ToolRun)? { PlainLine.read(arguments, as: Self.self) }

    /// Reads a command line, by itself where it is plain.
    package static func parsePlain(_ arguments: [String]) throws -> Self {
        let arguments = OptionalValue.join(arguments, optionalValues)
        return try PlainLine.read(arguments, as: Self.self) ?? parseTakingDashes(arguments)
    }
}
