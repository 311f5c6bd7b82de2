// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import ToolSupport

/// What these tools have loaded and attached on the machine, shown or ended.
struct Inventory {
    let options: LoadOptions
    let reporter: Reporter

    /// The processes whose programs are listed.
    private static let tools: Set<String> = ["load-kp-bpf", "bpf-eventd"]

    // MARK: - --list

    func show() throws -> ExitStatus {
        let programs = try LoadedProgram.all(heldBy: Self.tools, pinnedBelow: options.bpffs)
        guard !programs.isEmpty else {
            reporter.status("No programs.", event: "programs", [("programs", .array([]))])
            return .success
        }
        let isCounted = programs.contains { $0.info.runCount > 0 } || RunTimeStatistics.areOn
        let lines = programs.map { text($0, isCounted: isCounted) }.joined(separator: "\n")
        reporter.status(lines, event: "programs", [("programs", .array(programs.map(json)))])
        return .success
    }

    private func text(_ program: LoadedProgram, isCounted: Bool) -> String {
        let info = program.info
        var runs = "runs are not counted (sysctl kernel.bpf_stats_enabled=1)"
        if isCounted {
            runs = "\(info.runCount) runs in \(info.runTime) ns"
            if info.recursionMisses > 0 { runs += ", \(info.recursionMisses) missed" }
        }
        var lines = ["\(info.name.terminalSafe): \(info.type), id \(info.id), uid \(info.creator), \(runs)"]
        lines += program.places.map { place in
            "  at \(place.kind) \(place.target?.terminalSafe ?? "(the kernel does not tell which)")"
                + (place.attachType.map { " (\($0))" } ?? "") + (place.link.map { ", link \($0)" } ?? "")
        }
        if !program.maps.isEmpty {
            let maps = program.maps.map { "\($0.name.terminalSafe) (\($0.type), id \($0.id))" }
            lines.append("  maps \(maps.joined(separator: ", "))")
        }
        lines += program.pins.map { "  pinned at \($0.terminalSafe)" }
        lines += program.holders.map { "  held by \($0.name.terminalSafe) (pid \($0.pid))" }
        return lines.joined(separator: "\n")
    }

    private func json(_ program: LoadedProgram) -> JSONValue {
        .object(
            facts(program.info) + [
                (
                    "attachments",
                    .array(
                        program.places.map {
                            .object([
                                ("kind", .string($0.kind)), ("target", $0.target.map { .string($0) } ?? .null),
                                ("attach_type", $0.attachType.map { .string("\($0)") } ?? .null),
                                ("link_id", $0.link.map { .integer(Int64($0)) } ?? .null),
                            ])
                        })
                ),
                (
                    "maps",
                    .array(
                        program.maps.map {
                            .object([
                                ("name", .string($0.name)), ("type", .string("\($0.type)")),
                                ("id", .integer(Int64($0.id))),
                            ])
                        })
                ),
                ("pins", .array(program.pins.map { .string($0) })),
                (
                    "processes",
                    .array(
                        program.holders.map {
                            .object([("pid", .integer(Int64($0.pid))), ("name", .string($0.name))])
                        })
                ),
            ])
    }

    private func facts(_ info: Program.Info) -> [(String, JSONValue)] {
        [
            ("name", .string(info.name)), ("type", .string("\(info.type)")), ("id", .integer(Int64(info.id))),
            ("uid", .integer(Int64(info.creator))), ("tag", .string(info.tag)), ("runs", .unsigned(info.runCount)),
            ("run_time_ns", .unsigned(info.runTime)), ("recursion_misses", .unsigned(info.recursionMisses)),
        ]
    }

    // MARK: - --stop

    func stop(_ directory: String) throws -> ExitStatus {
        let ended = try PinnedLinks.stop(in: directory)
        let lines = ended.map { link in
            let target = link.target.map { " " + $0.terminalSafe } ?? ""
            return
                "  \(link.program?.name.terminalSafe ?? "a program"): \(link.link.event ?? "\(link.link.kind)")\(target)"
        }
        reporter.status(
            (["Stopped. \(ended.count) links of \(directory) are gone."] + lines).joined(separator: "\n"),
            event: "stopped",
            [
                (
                    "links",
                    .array(
                        ended.map { link in
                            .object(
                                [
                                    ("pin", .string(link.pin)), ("link_id", .integer(Int64(link.link.id))),
                                    ("kind", .string(link.link.event ?? "\(link.link.kind)")),
                                    ("target", link.target.map { .string($0) } ?? .null),
                                ] + (link.program.map { [("program", .object(facts($0)))] } ?? []))
                        })
                )
            ])
        return .success
    }
}
