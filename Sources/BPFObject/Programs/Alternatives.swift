// SPDX-License-Identifier: Apache-2.0

/// Programs of an object that are there for one another: each for other kernels, all for the same event.
///
/// Objects carry them (`fentry` and `kprobe`, `tp_btf` and `raw_tp`) and leave the choice to a loader of their own. To
/// attach them all would count each event several times. The words of their names that say how they are attached differ
/// (`sched_switch` and `handle_sched_switch`, `read_entry` and `read_fentry`), the others do not.
package enum Alternatives {
    /// The programs that are alternatives, by their places in a list, the best of each group first.
    ///
    /// They have the same event, the same role by their names, and each another type. A program whose target was given is
    /// none, since who gives a target wants the program; but it stands for another that was written for the same
    /// placeholder (`SEC("fentry/dummy_file_read")`) and was given none.
    ///
    /// - Parameter programs: Programs with what they are to be attached to.
    package static func groups(_ programs: [(program: ProgramDefinition, targets: [AttachTarget])]) -> [[Int]] {
        struct Key: Hashable {
            let event: String
            let role: [Substring]
        }
        var order: [Key] = []
        var members: [Key: [Int]] = [:]
        var named: [Key: [Int]] = [:]
        for (index, entry) in programs.enumerated() {
            guard entry.program.givenTargets.isEmpty else {
                let own = SectionConvention(section: entry.program.section)?.attachTarget?.event
                if let own, own.contains(placeholder) {
                    named[Key(event: own, role: role(entry.program.name)), default: []].append(index)
                }
                continue
            }
            guard entry.targets.count == 1, let event = entry.targets[0].event else { continue }
            let key = Key(event: event, role: role(entry.program.name))
            if members[key] == nil { order.append(key) }
            members[key, default: []].append(index)
        }
        return order.compactMap { key in
            guard let own = members[key] else { return nil }
            let given = named[key] ?? []
            let group = given + own
            guard group.count > 1, given.count < 2 else { return nil }
            let types = Set(group.map { programs[$0].program.convention?.type })
            guard types.count == group.count else { return nil }
            // By BTF a program is called for less, and reads its arguments by their types.
            func rank(_ index: Int) -> (Int, Int, Int) {
                (given.contains(index) ? 0 : 1, programs[index].program.convention?.type == .tracing ? 0 : 1, index)
            }
            return group.sorted { rank($0) < rank($1) }
        }
    }

    /// What the names of functions begin with that only say: the loader names one.
    private static let placeholder = "dummy_"

    /// What a program is for, by the words of its name that do not say how it is attached.
    ///
    /// A name that consists of such words alone (`handle_entry`) keeps those that say where in a function it runs.
    static func role(_ name: String) -> [Substring] {
        let words = name.split(separator: "_").filter { !ways.contains($0.lowercased()) }
        let role = words.filter { !places.contains($0.lowercased()) }
        return role.isEmpty ? words : role
    }

    private static let ways: Set<String> = [
        "btf", "raw", "tp", "rawtp", "rtp", "tpbtf", "tracepoint", "kprobe", "kretprobe", "kp", "krp", "kret", "fentry",
        "fexit", "probe", "handle", "handler", "on", "do", "trace", "prog", "bpf", "dummy",
    ]

    /// Words for where in a function a program runs, which its event says already.
    private static let places: Set<String> = ["entry", "enter", "exit", "return", "ret"]
}
