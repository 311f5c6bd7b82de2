// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import ToolSupport

/// What is not as "attached" sounds: parts that are not, hooks that are shared, programs that are never called.
struct AttachReport {
    /// A program with the places that this kernel has for it.
    typealias Part = (program: ProgramDefinition, targets: [ResolvedTarget])

    /// Tells of programs that share a hook, and of what keeps the kernel from calling them.
    static func warnings(of parts: [Part], roots: KernelRoots = KernelRoots()) -> [Diagnostic] {
        var told: [Diagnostic] = []
        for target in parts.flatMap(\.targets) {
            for doubt in AttachDoubts.found(for: target.target, roots: roots) where !told.contains(doubt) {
                told.append(doubt)
            }
        }
        return told + shared(parts)
    }

    /// A warning for each hook of several programs, or of one program twice.
    static func shared(_ parts: [Part]) -> [Diagnostic] {
        shared(parts.map { ($0.program.name, $0.targets.compactMap(\.hook)) })
    }

    /// The same for programs that are known by their names and the words for their hooks.
    static func shared(_ parts: [(program: String, hooks: [String])]) -> [Diagnostic] {
        var hooks: [String] = []
        var users: [String: [String]] = [:]
        for part in parts {
            for hook in part.hooks {
                if users[hook] == nil { hooks.append(hook) }
                users[hook, default: []].append(part.program)
            }
        }
        return hooks.compactMap { hook in
            guard let names = users[hook], names.count > 1 else { return nil }
            return Diagnostic(
                .programsTwice, .warning, stage: .attach, "\(list(names)) run for the same events: \(hook)",
                cause: "what they count or send is there \(names.count == 2 ? "twice" : "\(names.count) times")",
                nextStep: advice(names.last ?? "NAME", hook))
        }
    }

    private static func advice(_ name: String, _ hook: String) -> Diagnostic.Hint {
        hook == PerfEventSamples.usual
            ? "name the event of each that is to have another: --attach \(name)=cache-misses@period=1000"
            : "if they are alternatives, name the one: --program \(name)"
    }

    private static func list(_ names: [String]) -> String {
        let distinct = Set(names)
        guard distinct.count > 1 else { return "the runs of program \(names.first ?? "")" }
        return "programs " + names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }

    /// Why a program that is loaded is attached nowhere; the words for JSON and text.
    static func reason(of program: ProgramDefinition) -> String {
        let unnamed = "its section \(program.section) does not name what to attach it to"
        if let form = program.convention?.targetForm {
            return "\(unnamed): --attach \(program.name)=\(form)"
        }
        guard let convention = program.convention, convention.target != .unnamed else { return unnamed }
        return convention.leftAlone(program.name) ?? unnamed
    }

    /// A program of the object that is attached nowhere, or not everywhere, and why.
    struct Missing {
        let program: ProgramDefinition
        /// Whether the kernel has it all the same.
        let isLoaded: Bool
        let reason: String

        /// One that is loaded, and of a kind that is attached by others.
        init(loaded program: ProgramDefinition) {
            self.program = program
            isLoaded = true
            reason = AttachReport.reason(of: program)
        }

        /// One that nobody asked for.
        init(unasked program: ProgramDefinition, of object: Object) {
            self.program = program
            isLoaded = false
            reason =
                object.whyNotInStructure(program)
                ?? (program.convention == nil
                    ? Self.unknownSection : "its section begins with ?, and --program does not name it")
        }

        /// One that another does the work of.
        init(_ alternative: CollectionPlan.Alternative) {
            program = alternative.program
            isLoaded = false
            reason = "\(alternative.chosen) does the same, for \(alternative.event)"
        }

        /// Why nobody knows how to load a program.
        static let unknownSection = "its section is not a name that says what the program is"

        /// One that was left out, or left off a place, since it is optional.
        init(_ omission: LoadPlan.Omission, isLoaded: Bool) {
            program = omission.program
            self.isLoaded = isLoaded
            reason = [omission.reason.message, omission.reason.cause].compactMap(\.self).joined(separator: ": ")
        }
    }

    /// One warning of all programs that are loaded and attached nowhere; nil if there is none.
    static func unattached(_ programs: [ProgramDefinition]) -> Diagnostic? {
        guard !programs.isEmpty else { return nil }
        let names = programs.map(\.name)
        return Diagnostic(
            .programNotAttached, .warning, stage: .attach,
            "loaded and not attached: \(names.joined(separator: ", "))",
            cause: programs.count == 1 ? reason(of: programs[0]) : nil,
            details: programs.count == 1 ? [] : programs.map { "\($0.name): \(reason(of: $0))" },
            nextStep: "to load some of the programs only, name each: --program")
    }
}
