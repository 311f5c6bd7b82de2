// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import EventTypes
import ToolSupport

/// `--check`: tells whether an object would load, on this kernel or on others, and all that is known of it.
///
/// bpf(2) is not called, and no privilege is needed.
struct CheckRun {
    let options: LoadOptions
    let reporter: Reporter

    /// - Returns: What loading would end with; ``ExitStatus/notKnown`` if what was given does not tell.
    func run() throws -> ExitStatus {
        let (object, selection) = try options.read(reporter)
        object.eventDoubts(object.events()).forEach(reporter.report)
        let choices = selection.choices.map {
            CheckedChoice($0.program, targets: $0.targets, isOptional: $0.isOptional)
        }
        var check = ObjectCheck.Options()
        check.plan.maps = try options.mapOptions()
        if object.maps.contains(where: \.dependsOnMachine) { check.plan.machine = try MapFacts.ofThisMachine() }
        check.choosesAlternatives = !options.takesAll && !options.namesPrograms
        guard let folder = options.btf, options.kernel == nil, KernelFolder.isFolder(folder) else {
            return tell(ObjectCheck(object, choices, options: check, on: try kernel()), of: object)
        }
        let checks = try KernelFolder.kernels(in: folder).map { entry throws in
            let kernel = try OfflineKernel(named: entry.name, btf: entry.btf, kallsyms: symbols(of: entry.name))
            return ObjectCheck(object, choices, options: check, on: kernel)
        }
        return tell(checks, of: object)
    }

    /// The one kernel that is meant.
    private func kernel() throws -> OfflineKernel {
        guard options.kernel != nil || options.btf != nil else {
            return OfflineKernel(mountPoint: options.bpffs, process: options.process)
        }
        guard let path = options.btf else {
            return try OfflineKernel(named: options.kernel ?? "", btf: nil, kallsyms: options.kallsyms)
        }
        let name = options.kernel ?? String(path.split(separator: "/").last ?? "")
        guard KernelFolder.isFolder(path) else {
            return try OfflineKernel(named: name, btf: path, kallsyms: symbols(of: name))
        }
        let entry = try KernelFolder.kernel(name, in: path)
        return try OfflineKernel(named: entry.name, btf: entry.btf, kallsyms: symbols(of: entry.name))
    }

    /// The file of a kernel's symbols: the one that is given, or that of its name in a directory that is given.
    private func symbols(of name: String) -> String? {
        guard let path = options.kallsyms, KernelFolder.isFolder(path) else { return options.kallsyms }
        let file = path + "/" + name
        return FileFacts(file) == nil ? nil : file
    }

    // MARK: - One kernel

    private func tell(_ check: ObjectCheck, of object: Object) -> ExitStatus {
        check.warnings.forEach(reporter.report)
        CheckedPairs(check).warnings.forEach(reporter.report)
        reporter.status(
            CheckText(check, of: object).text, event: "check",
            [("object", .string(options.object))] + CheckJSON(check, of: object).members)
        let verdict = check.verdict
        for var reason in verdict.reasons {
            if reason.object == nil { reason.object = object.name }
            reporter.report(reason)
        }
        return Self.status(verdict)
    }

    private static func status(_ verdict: CheckVerdict) -> ExitStatus {
        switch verdict {
        case .loads: .success
        case .notKnown: .notKnown
        case .doesNotLoad(let reasons): reasons.first.map { ExitStatus($0.code) } ?? .kernelLacks
        }
    }

    // MARK: - Several kernels

    private func tell(_ checks: [ObjectCheck], of object: Object) -> ExitStatus {
        var told: Set<String> = []
        for warning in checks.flatMap(\.warnings) where told.insert(warning.message).inserted {
            reporter.report(warning)
        }
        reporter.status(
            CheckMatrix(checks).text, event: "check-matrix",
            [
                ("object", .string(options.object)),
                (
                    "kernels",
                    .array(checks.map { .object(CheckJSON($0, of: object).members) })
                ),
            ])
        let statuses = checks.map { Self.status($0.verdict) }
        return statuses.first { $0 != .success && $0 != .notKnown } ?? statuses.first { $0 != .success } ?? .success
    }
}

/// Programs that run for the same events, and are no alternatives.
struct CheckedPairs {
    let warnings: [Diagnostic]

    init(_ check: ObjectCheck) {
        var parts: [(program: String, hooks: [String])] = []
        for program in check.programs where program.chosenInstead == nil {
            parts.append((program.definition.name, program.places.compactMap { $0.target.event }))
        }
        warnings = AttachReport.shared(parts)
    }
}
