// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BPFCore
internal import Diagnostics
internal import SystemPackage
internal import ToolSupport

/// Prints the events of a stream that bpf-eventd wrote, one line each.
@main
struct PrintEvent: Tool {
    static let configuration = CommandConfiguration(
        commandName: "print-event",
        abstract: "Print the events that bpf-eventd wrote.",
        usage: "print-event [--follow] [FILE]",
        discussion: """
            Example:
              bpf-eventd /sys/fs/bpf/map_event - | print-event

            Each event is a line: idx: 1, cmd: 0, cpu: 3, time: 81234567
            What is no event, and what a capture lost, is told on stderr with its place.

            Exit codes: 0, 64 usage, 65 damaged stream, 66 no such file, 74 i/o.
            """,
        version: toolVersion)

    @Argument(help: "A file of events; \"-\" or nothing means stdin.")
    var file = "-"

    @Flag(name: .shortAndLong, help: "At the end of a file wait for more, until a signal.")
    var follow = false

    @OptionGroup var common: CommonOptions

    func makeReporter() -> Reporter { common.reporter(tool: "print-event") }

    func execute(signals: borrowing SignalSource, reporter: Reporter) throws -> ExitStatus {
        var input = try EventInput.open(file)
        do throws(Errno) {
            var printer = EventPrinter(try DataOutput(), reporter: reporter, follow: follow)
            return printer.run(&input, signals)
        } catch {
            reporter.report(
                Diagnostic(stage: .stream, "there is no stdout to print to", cause: error.described, exitStatus: .io))
            return .io
        }
    }
}
