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
    /// The work of a plain command line, read without ArgumentParser; nil leaves the line to ArgumentParser.
    ///
    /// ArgumentParser finds its way by reflection, which costs each start of a tool more than loading a program does.
    /// It has the last word on everything else: help, mistakes, unusual spellings.
    static func quick(_ arguments: [String]) -> (any ToolRun)?
}

extension Tool {
    /// No command line is plain enough, unless the tool says so.
    package static func quick(_ arguments: [String]) -> (any ToolRun)? { nil }

    /// Runs the tool with the process's arguments and ends the process with its documented exit code.
    ///
    /// What the tool made is let go before the process ends: everything that owns something lives in `execute`.
    package static func main() {
        StandardStreams.fillGaps()
        Glibc.exit(runToStatus().rawValue)
    }

    private static func runToStatus() -> ExitStatus {
        let arguments = ProcessArguments.all
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
                return refuseArguments(error, bare)
            }
            return try run.execute(signals: signals, reporter: run.makeReporter())
        } catch let error as EndedBySignal {
            bare.finish()
            SignalSource.die(of: error.signal)
        } catch let error as any DiagnosticError {
            let diagnostic = (error as? any MachineError)?.explained().diagnostic ?? error.diagnostic
            bare.report(diagnostic)
            return ExitStatus(diagnostic.code)
        } catch {
            return refuseArguments(error, bare)
        }
    }

    /// Reads a command line with ArgumentParser, and takes `--where '-1 == a'` and `--head -1` for an option and its value.
    ///
    /// ArgumentParser takes what begins with a dash for an option in any case, and says that the value is missing.
    package static func parseTakingDashes(_ arguments: [String]) throws -> Self {
        var arguments = arguments
        while true {
            do {
                return try parse(arguments)
            } catch {
                guard let joined = DashedValue.join(arguments, after: message(for: error)) else { throw error }
                arguments = joined
            }
        }
    }

    /// Help, version, and usage errors, the last as a diagnostic.
    private static func refuseArguments(_ error: any Error, _ reporter: Reporter) -> ExitStatus {
        guard exitCode(for: error) != .success else {
            return write(trimmed(fullMessage(for: error)), reporter)
        }
        let usage = "usage: " + (configuration.usage ?? _commandName)
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

    /// Takes off the newlines at the end, of which ArgumentParser gives the help one and the version none.
    private static func trimmed(_ text: String) -> String {
        var rest = text[...]
        while rest.last == "\n" { rest.removeLast() }
        return String(rest)
    }
}

/// A value on the command line that begins with a dash.
enum DashedValue {
    /// Joins an option with the value behind it, `--head -1` to `--head=-1`.
    ///
    /// - Parameters:
    ///   - arguments: The command line.
    ///   - message: What ArgumentParser says of it: `Missing value for '--head <n>'`.
    /// - Returns: nil if the message is another, or what follows the option looks like an option itself.
    static func join(_ arguments: [String], after message: String) -> [String]? {
        guard message.hasPrefix("Missing value for '") else { return nil }
        let option = message.dropFirst("Missing value for '".count).prefix { $0 != " " && $0 != "'" }
        guard option.hasPrefix("--") else { return nil }
        for index in arguments.indices.dropLast() where arguments[index] == option {
            let value = arguments[index + 1]
            let isOption = value.hasPrefix("--") || (value.count == 2 && value.last?.isLetter == true)
            guard value.hasPrefix("-"), value.count > 1, !isOption else { continue }
            var joined = arguments
            joined[index] = option + "=" + value
            joined.remove(at: index + 1)
            return joined
        }
        return nil
    }
}
