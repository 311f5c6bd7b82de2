// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
internal import BPFCore
public import EventDecoding

/// Which events are shown.
struct SelectionOptions: ParsableArguments {
    @Option(
        name: .customLong("where"), help: ArgumentHelp("Only these: 'pid == 1234 && ns > 1ms'.", valueName: "condition")
    )
    var condition: String?

    @Flag(help: ArgumentHelp("Put a capture's events into the order of time.", visibility: .hidden))
    var sorted = false

    @Option(
        help: ArgumentHelp("From then on: 14:30, +5s, 2026-11-21T14:30:00Z.", valueName: "time", visibility: .hidden))
    var from: TimePoint?

    @Option(help: ArgumentHelp("Before then.", valueName: "time", visibility: .hidden))
    var toTime: TimePoint?

    @Option(help: ArgumentHelp("The first ones only.", valueName: "n", visibility: .hidden))
    var head: Int?

    @Option(help: ArgumentHelp("The last ones only.", valueName: "n", visibility: .hidden))
    var tail: Int?

    @Option(help: ArgumentHelp("Only those of these CPUs: 0,2-3.", valueName: "list", visibility: .hidden))
    var cpu: String?

    @Option(help: ArgumentHelp("Only those of these processes: 1,1234.", valueName: "list", visibility: .hidden))
    var pid: String?

    /// The choice that the options name.
    func selection(map: String?) throws -> Selection {
        var selection = Selection()
        if let cpu {
            guard let ids = CPUList.parse(cpu), !ids.isEmpty else {
                throw ValidationError("--cpu \(cpu) is no list of CPUs, such as 0,2-3.")
            }
            selection.cpus = Set(ids.map { UInt32($0) })
        }
        if let pid {
            let ids = pid.split(separator: ",", omittingEmptySubsequences: false).map { UInt32($0) }
            guard !ids.contains(nil) else {
                throw ValidationError("--pid \(pid) is no list of processes, such as 1,1234.")
            }
            selection.pids = Set(ids.compactMap { $0 })
        }
        if let head {
            guard head >= 0 else { throw ValidationError("--head \(head) is below 0.") }
            selection.left = head
        }
        if let tail {
            guard (0...Self.tailLimit).contains(tail) else {
                throw ValidationError("--tail \(tail) is not from 0 to \(Self.tailLimit).")
            }
        }
        selection.from = from
        selection.to = toTime
        selection.map = map
        return selection
    }

    /// Lines that are kept in memory.
    private static let tailLimit = 10_000_000
}

extension TimePoint: ExpressibleByArgument {
    /// Reads a time as ``init(_:)`` does.
    public init?(argument: String) { self.init(argument) }
}
