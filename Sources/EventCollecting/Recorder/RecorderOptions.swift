// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Diagnostics
internal import EventDecoding
package import ToolSupport

extension WhereError {
    /// The error of a condition that an option other than `--where` has.
    func of(_ option: String) -> CommandMistake {
        CommandMistake.value(option, expression, "is no condition: \(message)", hint: hint)
    }
}

/// Whether only the newest events are kept, and when they are written.
package struct RecorderOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Keep the newest events only, and write them later: 64M, 30s; both limits if given twice.",
            valueName: "size-or-time"))
    var last: [LastArgument] = []

    @Option(
        help: ArgumentHelp(
            "When to write what --last keeps: SIGUSR1, SIGUSR2 or exit. (default: exit)", valueName: "event"),
        completion: .list(["SIGUSR1", "SIGUSR2", "exit"]))
    var dumpOn: [DumpEvent] = []

    @Option(
        help: ArgumentHelp("Write what --last keeps when an event is like that: 'duration_ns > 1s'.", valueName: "expr")
    )
    var dumpWhen: String?

    /// Events are written as they come.
    package init() {}

    /// A value of `--dump-on`.
    package enum DumpEvent: String, ExpressibleByArgument, CaseIterable {
        case user1 = "SIGUSR1"
        case user2 = "SIGUSR2"
        case exit
    }

    /// A value of `--last`.
    package enum LastArgument: ExpressibleByArgument, Equatable {
        /// Bytes of memory, of all maps together.
        case size(Int64)
        /// Milliseconds.
        case time(Int64)

        /// Reads `64M` or `30s`; a number without a unit is neither.
        package init?(argument: String) {
            guard argument.utf8.last.map({ $0 < UInt8(ascii: "0") || $0 > UInt8(ascii: "9") }) == true else {
                return nil
            }
            if let time = DurationArgument(argument: argument) {
                self = .time(time.milliseconds)
            } else if let size = SizeArgument(argument: argument) {
                self = .size(size.bytes)
            } else {
                return nil
            }
        }
    }

    /// Whether only the newest events are kept.
    package var isOn: Bool { !last.isEmpty }

    /// The least that is kept; a block of events takes up to 256 KiB.
    private static let leastSize: Int64 = 1 << 20

    /// The bytes of memory for all maps together.
    var size: Int {
        let sizes = last.compactMap { if case .size(let bytes) = $0 { bytes } else { nil } }
        return Int(clamping: sizes.min() ?? 64 << 20)
    }

    /// How far back events are kept, in nanoseconds; nil for as far as the memory reaches.
    var time: UInt64? {
        let times = last.compactMap { if case .time(let milliseconds) = $0 { milliseconds } else { nil } }
        return times.min().map { UInt64(clamping: min($0, 1 << 40)) * 1_000_000 }
    }

    /// Whether rings that can keep their events do: no condition has to be looked at.
    var keepsRings: Bool { isOn && dumpWhen == nil }

    /// Whether something makes it write.
    func dumps(on event: DumpEvent) -> Bool {
        dumpOn.contains(event) || event == .exit && dumpOn.isEmpty && dumpWhen == nil
    }

    /// Checks what the parser cannot.
    package func check(output: OutputOptions, pages: Int?) throws {
        guard isOn else {
            if !dumpOn.isEmpty { throw CommandMistake.needs("--dump-on", ["--last"]) }
            if dumpWhen != nil { throw CommandMistake.needs("--dump-when", ["--last"]) }
            return
        }
        if last.count > 2
            || last.count == 2 && (time == nil || last.allSatisfy { if case .time = $0 { true } else { false } })
        {
            throw CommandMistake.exclusive(["--last"], because: "takes one size and one time at most")
        }
        if Int64(size) < Self.leastSize {
            throw CommandMistake.value("--last", "\(size)", "bytes are too few: less than 1M holds no events")
        }
        if output.append || output.rotateSize != nil || output.rotateEvery != nil {
            let others = output.named.filter { $0 != "--keep" }
            throw CommandMistake.exclusive(
                ["--last"] + others,
                because: "each dump is a file of its own, and older ones are OUTPUT.1, OUTPUT.2 and so on",
                leave: others.first)
        }
        if pages != nil {
            throw CommandMistake.exclusive(
                ["--last", "--pages"], because: "--last says how much is kept", leave: "--pages")
        }
        if let dumpWhen {
            do throws(WhereError) {
                _ = try WhereExpression(parsing: dumpWhen)
            } catch {
                throw error.of("--dump-when")
            }
        }
    }
}

extension RecorderOptions: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        last = line.values("--last")
        dumpOn = line.values("--dump-on")
        dumpWhen = line.value("--dump-when")
    }
}
