// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
internal import BPFCore
public import Diagnostics
internal import Glibc

/// What a command does, whoever read its arguments.
public protocol ToolRun {
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
public protocol Tool: ParsableCommand, ToolRun {
    /// The work of a plain command line, read without ArgumentParser; nil leaves the line to ArgumentParser.
    ///
    /// ArgumentParser finds its way by reflection, which costs each start of a tool more than loading a program does.
    /// It has the last word on everything else: help, mistakes, unusual spellings.
    static func quick(_ arguments: [String]) -> (any ToolRun)?
}

extension Tool {
    /// No command line is plain enough, unless the tool says so.
    public static func quick(_ arguments: [String]) -> (any ToolRun)? { nil }

    /// Runs the tool with the process's arguments and ends the process with its documented exit code.
    ///
    /// What the tool made is let go before the process ends: everything that owns something lives in `execute`.
    public static func main() {
        StandardStreams.fillGaps()
        Glibc.exit(runToStatus().rawValue)
    }

    private static func runToStatus() -> ExitStatus {
        let wantsJSON = CommandLine.arguments.contains("--json")
        let bare = Reporter(tool: _commandName, format: wantsJSON ? .json : .text)
        do {
            let signals = try SignalSource()
            let run: any ToolRun
            do {
                run = try quick(Array(CommandLine.arguments.dropFirst())) ?? parse()
            } catch {
                return refuseArguments(error, bare)
            }
            return try run.execute(signals: signals, reporter: run.makeReporter())
        } catch let error as EndedBySignal {
            SignalSource.die(of: error.signal)
        } catch let error as any DiagnosticError {
            let diagnostic = (error as? any MachineError)?.explained().diagnostic ?? error.diagnostic
            bare.report(diagnostic)
            return diagnostic.exitStatus
        } catch {
            return refuseArguments(error, bare)
        }
    }

    /// Help, version, and usage errors, the last as a diagnostic where JSON is asked for.
    private static func refuseArguments(_ error: any Error, _ reporter: Reporter) -> ExitStatus {
        guard exitCode(for: error) != .success else {
            guard Reporter.write(trimmed(fullMessage(for: error)), to: .standardOutput) else {
                reporter.report(Diagnostic(stage: .arguments, "cannot write to stdout", exitStatus: .io))
                return .io
            }
            return .success
        }
        switch reporter.format {
        case .json:
            reporter.report(
                Diagnostic(
                    stage: .arguments, message(for: error), nextStep: "\(_commandName) --help", exitStatus: .usage))
        case .text:
            Reporter.write(trimmed(fullMessage(for: error)), to: .standardError)
        }
        return .usage
    }

    /// Takes off the newlines at the end, of which ArgumentParser gives the help one and the version none.
    private static func trimmed(_ text: String) -> String {
        var rest = text[...]
        while rest.last == "\n" { rest.removeLast() }
        return String(rest)
    }
}
