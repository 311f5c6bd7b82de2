// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BPFCore
internal import Diagnostics
package import EventDecoding
package import ToolSupport

/// Whose events are shown; for a tool that loads programs the same option says whom they trace.
package struct ProcessOptions: ParsableArguments {
    /// What is there without options.
    package init() {}

    @Option(help: ArgumentHelp("Only events of these processes: 1,1234.", valueName: "list"))
    var pid: String?

    /// The processes.
    func processes() throws -> Set<UInt32>? {
        guard let pid else { return nil }
        let ids = pid.split(separator: ",", omittingEmptySubsequences: false).map { UInt32($0) }
        guard !ids.contains(nil) else {
            throw CommandMistake.value("--pid", pid, "is not a list of processes, such as 1,1234")
        }
        return Set(ids.compactMap { $0 })
    }
}

extension ProcessOptions: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        pid = line.value("--pid")
    }
}

/// Which events are shown.
package struct SelectionOptions: ParsableArguments {
    /// What is there without options.
    package init() {}

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Only events that match: 'pid == 1234 && ns > 1ms'.", valueName: "condition"),
        completion: .field)
    var condition: String?

    @Flag(help: ArgumentHelp("Sort the events of a capture by time."))
    package var sorted = false

    @Option(help: ArgumentHelp("Events from this time on: 14:30, +5s, 2026-11-21T14:30:00Z.", valueName: "time"))
    var from: TimePoint?

    @Option(help: ArgumentHelp("Events before this time.", valueName: "time"))
    var toTime: TimePoint?

    @Option(help: ArgumentHelp("Only the first N events.", valueName: "n"))
    var head: Int?

    @Option(help: ArgumentHelp("Only the last N events.", valueName: "n"))
    var tail: Int?

    @Option(help: ArgumentHelp("Only events of these CPUs: 0,2-3.", valueName: "list"))
    var cpu: String?

    /// The options that the command line has.
    var named: [String] {
        let flags = [
            ("--where", condition != nil), ("--sorted", sorted), ("--from", from != nil), ("--to-time", toTime != nil),
            ("--head", head != nil), ("--tail", tail != nil), ("--cpu", cpu != nil),
        ]
        return flags.filter(\.1).map(\.0)
    }

    /// The choice that the options name.
    func selection(maps: [String]) throws -> Selection {
        var selection = Selection()
        if let cpu {
            guard let ids = CPUList.parse(cpu), !ids.isEmpty else {
                throw CommandMistake.value("--cpu", cpu, "is not a list of CPUs, such as 0,2-3")
            }
            selection.cpus = Set(ids.map { UInt32($0) })
        }
        if let head {
            guard head >= 0 else { throw CommandMistake.value("--head", "\(head)", "is below 0") }
            selection.left = head
        }
        if let tail {
            guard (0...Self.tailLimit).contains(tail) else {
                throw CommandMistake.value("--tail", "\(tail)", "is not from 0 to \(Self.tailLimit)")
            }
        }
        selection.from = from
        selection.to = toTime
        selection.maps = maps.isEmpty ? nil : Set(maps)
        return selection
    }

    /// Lines that are kept in memory.
    private static let tailLimit = 10_000_000
}

extension SelectionOptions: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        condition = line.value("--where")
        sorted = line.flag("--sorted")
        from = line.value("--from")
        toTime = line.value("--to-time")
        head = line.value("--head")
        tail = line.value("--tail")
        cpu = line.value("--cpu")
    }
}

extension TimePoint: ExpressibleByArgument {
    /// Reads a time as ``init(_:)`` does.
    package init?(argument: String) { self.init(argument) }
}
