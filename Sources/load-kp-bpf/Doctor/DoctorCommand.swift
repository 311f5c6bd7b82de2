// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import ToolSupport

/// `--doctor [TARGET]`: what this machine allows, and whether something can be attached to.
struct DoctorCommand {
    let reporter: Reporter

    /// Prints what the machine allows.
    ///
    /// - Returns: Success if programs on kprobes work for this user, else whether it is a matter of permission.
    func examineMachine() -> ExitStatus {
        let report = MachineReport(facts: .read(), trials: .run(on: Kernel()))
        let status = Self.status(of: report)
        reporter.status(
            MachineText(report).lines.joined(separator: "\n"), event: "doctor",
            MachineText(report).members + [("exit", .integer(Int64(status.rawValue)))])
        return status
    }

    static func status(of report: MachineReport) -> ExitStatus {
        guard let obstacle = report.obstacle else { return .success }
        return ExitStatus(obstacle.code) == .notPermitted ? .notPermitted : .kernelLacks
    }

    /// Prints what of a target can be attached to, and how.
    ///
    /// - Throws: The error that attaching to it would end with.
    func examine(_ text: String) throws -> ExitStatus {
        let kernel = Kernel()
        let convention = try SectionConvention(given: text, inPlaceOf: SectionConvention(section: "kprobe/any"))
        guard case .target(let target) = convention.target else {
            throw CommandMistake.unexpected(
                text, because: "it names no target", hint: "name a function, or KIND:TARGET")
        }
        if let function = try Self.function(of: target) {
            return try examine(function, kernel, asked: target.value is TracedFunction ? "fentry" : "kprobe")
        }
        var resolver = TargetResolver()
        let places = try resolver.resolveAll(target, types: kernel)
        let doubts = AttachDoubts.found(for: target)
        for note in places.flatMap(\.notes) + doubts { reporter.report(note) }
        reporter.status(
            "\(target) is there", event: "target",
            [("target", .string("\(target)")), ("places", .integer(Int64(places.count)))])
        return .success
    }

    /// The function of the kernel that a target is; nil if it is none.
    private static func function(of target: AttachTarget) throws -> ProbeTarget? {
        if let probe = target.value as? Kprobe { return probe.function }
        guard let traced = target.value as? TracedFunction, traced.program == nil else { return nil }
        return try ProbeTarget(parsing: (traced.module.map { $0 + ":" } ?? "") + traced.name)
    }

    /// - Parameter asked: The way that the exit code answers for.
    private func examine(_ function: ProbeTarget, _ kernel: Kernel, asked: String) throws -> ExitStatus {
        // The machine is asked first whether anything can be tried.
        let machine = MachineReport(facts: .read(), trials: .run(on: kernel))
        let report = try FunctionDoctor(kernel: kernel, machine: machine).examine(function)
        for note in report.notes { reporter.report(note) }
        reporter.status(Self.lines(report).joined(separator: "\n"), event: "function", Self.members(report))
        if let obstacle = machine.obstacle { reporter.report(Self.note(obstacle)) }
        return report.ways.first { $0.name == asked }?.state == .no ? .noSuchProbe : .success
    }

    /// What keeps this user from trying, which is no mistake of the question.
    private static func note(_ obstacle: Diagnostic) -> Diagnostic {
        var note = obstacle
        note.severity = .note
        return note
    }

    // MARK: - A function

    static func lines(_ report: FunctionReport) -> [String] {
        let place = report.address.map { " at 0x" + String($0, radix: 16) } ?? ""
        var lines = [
            "\(report.name.terminalSafe)" + (report.declaration.map { ": \($0.terminalSafe)" } ?? ""),
            "  in \(report.module?.terminalSafe ?? "vmlinux")\(place)",
        ]
        for way in report.ways {
            lines.append("  " + MachineText.row(way.name, way.state, way.reason))
            if let hint = way.hint { lines.append("    next: \(hint.text(.options).terminalSafe)") }
        }
        return lines
    }

    private static func members(_ report: FunctionReport) -> [(String, JSONValue)] {
        [
            ("name", .string(report.name)), ("module", report.module.map { .string($0) } ?? .null),
            ("address", report.address.map { .unsigned($0) } ?? .null),
            ("declaration", report.declaration.map { .string($0) } ?? .null),
            (
                "ways",
                .array(
                    report.ways.map {
                        MachineText.way($0.name, $0.state, $0.reason, next: $0.hint?.text(.options))
                    })
            ),
        ]
    }
}
