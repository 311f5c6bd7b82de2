// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import ToolSupport

/// Which programs of an object are loaded, and what each is attached to.
struct ProgramSelection {
    private(set) var choices: [ProgramChoice] = []
    /// What of the object is left alone, and why.
    private(set) var notes: [Diagnostic] = []
    /// Programs that are not loaded since nobody asked for them.
    private(set) var unasked: [ProgramDefinition] = []

    /// Chooses as the command line says.
    ///
    /// Functions on the command line are for the program of section `prog`, as the originals had it, or for the only
    /// program that there is; without them each program goes where the name of its section says.
    init(_ options: LoadOptions, of object: Object) throws {
        for name in options.optionalPrograms { _ = try object.program(named: name) }
        let programs = try Self.wanted(options, object)
        let isNamed = options.namesPrograms
        let structures = object.programsOfStructures
        for program in programs {
            let convention = program.convention
            if !isNamed, !Self.isLoadedUnasked(program, options, object, structures) {
                unasked.append(program)
                if convention?.isOptional != true, convention?.type != .structOps {
                    notes.append(Self.note(on: program))
                }
                continue
            }
            choices.append(
                ProgramChoice(
                    program, targets: try Self.targets(of: program, options),
                    isOptional: (convention?.isOptional == true && convention?.type != .structOps && !isNamed
                        && program.givenTargets.isEmpty)
                        || options.optionalPrograms.contains(program.name)))
        }
        let optional = unasked.filter { $0.convention?.isOptional == true && $0.convention?.type != .structOps }
        if !optional.isEmpty { notes.append(Self.note(optional: optional.map(\.name))) }
        let members = unasked.filter { $0.convention?.type == .structOps }
        if !members.isEmpty { notes.append(Self.note(members: members, object)) }
        // Programs of structures are registered with these.
        isAttached =
            choices.contains { !$0.targets.isEmpty }
            || (!options.loadOnly && choices.contains { $0.program.convention?.type == .structOps })
        try check(options, object)
        if let process = options.process { try check(process, object) }
    }

    private static func wanted(_ options: LoadOptions, _ object: Object) throws -> [ProgramDefinition] {
        let named = try self.named(options, object)
        // A target on the command line asks for its program.
        let given = object.programs.filter { program in
            !program.givenTargets.isEmpty && !named.contains { $0.name == program.name }
        }
        return named + given
    }

    private static func named(_ options: LoadOptions, _ object: Object) throws -> [ProgramDefinition] {
        if let section = options.section { return try object.programs(inSection: section) }
        if !options.programs.isEmpty {
            var seen: Set<String> = []
            return try options.programs.filter { seen.insert($0).inserted }.map { name throws in
                try object.program(named: name)
            }
        }
        guard !options.functions.isEmpty else { return object.programs }
        let isThere = object.programs.contains { $0.section == Object.defaultSection }
        if !isThere, object.programs.count == 1 { return object.programs }
        return try object.programs(inSection: Object.defaultSection)
    }

    /// Whether a program is loaded although nobody named it: its section says what it is, and has no `?`, or its target
    /// was given.
    private static func isLoadedUnasked(
        _ program: ProgramDefinition, _ options: LoadOptions, _ object: Object, _ structures: Set<String>
    ) -> Bool {
        if program.convention != nil {
            return !program.givenTargets.isEmpty || object.isLoadedUnasked(program, structures)
        }
        guard program.section == Object.defaultSection else { return false }
        return options.loadOnly || options.programPins != nil
    }

    private static func note(on program: ProgramDefinition) -> Diagnostic {
        var note = Diagnostic(
            .programNotLoaded, .warning, stage: .program, "program \(program.name) is not loaded",
            cause: AttachReport.Missing.unknownSection,
            nextStep: SectionKinds.near(program.section).map { "did you mean SEC(\"\($0)\")?" }
                ?? "name the function to attach it to: --program \(program.name) OBJECT FUNCTION")
        note.section = program.section
        note.program = program.name
        return note
    }

    private static func note(optional names: [String]) -> Diagnostic {
        let isOne = names.count == 1
        return Diagnostic(
            .programOptional, .note, stage: .program,
            "not loaded, since \(isOne ? "its section begins" : "their sections begin") with ?: "
                + names.joined(separator: ", "), nextStep: "--program \(names[0]) loads that one, and nothing else")
    }

    /// Of programs of struct_ops that no structure calls which is registered.
    private static func note(members programs: [ProgramDefinition], _ object: Object) -> Diagnostic {
        let reasons = programs.map { object.whyNotInStructure($0) ?? "" }
        let isOne = programs.count == 1
        return Diagnostic(
            .programNotLoaded, .note, stage: .program,
            "not loaded: \(programs.prefix(mostNames).map(\.name).joined(separator: ", "))",
            cause: isOne ? reasons[0] : nil,
            details: isOne
                ? [] : zip(programs, reasons).prefix(mostNames).map { "\($0.0.name): \($0.1)" },
            nextStep: "--program for each program of a structure registers that one")
    }

    private static func targets(of program: ProgramDefinition, _ options: LoadOptions) throws -> [AttachTarget] {
        guard !options.loadOnly else { return [] }
        guard !options.functions.isEmpty, program.givenTargets.isEmpty else { return try program.ownTargets }
        let member = "the structure that it is in says what calls it"
        if let left = program.convention?.leftAlone(program.name)
            ?? (program.convention?.type == .structOps ? member : nil)
        {
            var error = Diagnostic(
                .programTakesNoFunction, stage: .arguments,
                "program \(program.name) is not attached to \(options.functions[0])",
                cause: "by its section it is no program for a function of the kernel", details: [left],
                nextStep: "name another program with --program, or leave out the function")
            error.program = program.name
            error.section = program.section
            throw SelectionError(diagnostic: error)
        }
        if let many = try manyFunctions(of: program, options) { return [many] }
        return try options.functions.compactMap { function throws in
            guard let convention = program.convention, !convention.takesKernelFunction else {
                let isReturn = options.atReturn || program.convention?.pattern.hasPrefix("kret") == true
                return try .firstThere(of: candidates(function, isReturn: isReturn, options.maxactive))
            }
            switch convention.target(function) {
            case .target(let target): return target
            case .invalid(let error): throw error
            // Kinds without targets are left alone above.
            case .unnamed, .nothing: return .kprobe(try ProbeTarget(parsing: function))
            }
        }
    }

    private static func candidates(_ function: String, isReturn: Bool, _ maxactive: Int?) throws -> [AttachTarget] {
        try LoadOptions.candidates(function).map { name throws in
            guard !LoadOptions.isPattern(name) else { return try .kprobes(name, isReturn: isReturn) }
            return .kprobe(try ProbeTarget(parsing: name, isReturn: isReturn, maxActive: maxactive))
        }
    }

    /// All the functions as one target, if a pattern is among them, or the program's section is one for many; nil leaves
    /// each to be a target of its own.
    private static func manyFunctions(of program: ProgramDefinition, _ options: LoadOptions) throws -> AttachTarget? {
        let text = options.functions.joined(separator: ",")
        if let convention = program.convention, !["kprobe+", "kretprobe+"].contains(convention.pattern) {
            guard case .target(let own) = convention.target(text), own.isOfMany else { return nil }
            return own
        }
        guard LoadOptions.isPattern(text) || options.functions.count > fewFunctions, !text.contains("|") else {
            return nil
        }
        guard options.maxactive == nil else {
            throw SelectionError(
                diagnostic: Diagnostic(
                    .argumentsInvalid, stage: .arguments, "--maxactive is for single functions",
                    nextStep: "leave it out, or name one function"))
        }
        let isReturn = options.atReturn || program.convention?.pattern.hasPrefix("kret") == true
        return try .kprobes(text, isReturn: isReturn)
    }

    /// Up to so many names have each a target, and a line in reports, of their own.
    private static let fewFunctions = 16

    private func check(_ options: LoadOptions, _ object: Object) throws {
        let isOnlyLoaded = options.loadOnly || options.programPins != nil
        if choices.isEmpty {
            // Of an object without programs there are the maps to load.
            if isOnlyLoaded, object.programs.allSatisfy({ $0.section.hasPrefix(".text") }) { return }
            if object.programs.isEmpty { _ = try object.programs(inSection: Object.defaultSection) }
        } else if isOnlyLoaded || isAttached {
            return
        }
        let names = object.programs.prefix(Self.mostNames).map { "\($0.name) (section \($0.section))" }
        let chosen = choices.prefix(Self.mostNames).map(\.program)
        throw SelectionError(
            diagnostic: Diagnostic(
                .nothingToAttach, stage: .arguments,
                choices.isEmpty ? "no program of the object is to be loaded" : "nothing to attach",
                cause: choices.isEmpty
                    ? (object.programs.allSatisfy { $0.section.hasPrefix("?") } && !object.programs.isEmpty
                        ? "all of them are optional: their sections begin with ?"
                        : "no section of it says what its program is for")
                    : "none of its programs is of a kind that is attached here, or its section names no place",
                details: choices.isEmpty ? names : chosen.map { "\($0.name): \(AttachReport.reason(of: $0))" },
                nextStep: nextStep(object)))
    }

    /// An option that chooses nothing is none, and one that is contradicted is not either.
    private mutating func check(_ process: Int32, _ object: Object) throws {
        var without: [String] = []
        for choice in choices {
            for target in choice.targets {
                switch target.processes {
                case .choice: break
                case .named(process): break
                case .named(let other):
                    throw SelectionError(
                        diagnostic: Diagnostic(
                            .argumentsInvalid, stage: .arguments,
                            "--pid \(process) and the target of \(choice.program.name) name different processes",
                            cause: "it is \(target), of process or thread \(other)", nextStep: "leave one of both out"))
                case .all: if !without.contains(choice.program.name) { without.append(choice.program.name) }
                }
            }
        }
        guard !without.isEmpty else { return }
        let isAny = choices.contains { $0.targets.contains { $0.processes != .all } }
        let filter = Self.processVariable(of: object).map { "--set \($0)=\(process)" }
        guard isAny else {
            throw SelectionError(
                diagnostic: Diagnostic(
                    .argumentsInvalid, stage: .arguments, "--pid \(process) chooses nothing",
                    cause:
                        "it is for programs on user functions and tracepoints, samples and iterators of tasks, and there "
                        + "is none of them: \(without.prefix(8).joined(separator: ", "))",
                    nextStep: filter.map { "let the program choose: \($0)" }
                        ?? "let the program choose (bpf_get_current_pid_tgid), or show the events of the process alone: "
                        + "print-event --pid \(process)"))
        }
        notes.append(
            Diagnostic(
                .programNotInKernel, .warning, stage: .arguments,
                "--pid \(process) is not for \(without.prefix(8).joined(separator: ", ")): they see all processes",
                cause: "programs on user functions and tracepoints, samples and iterators of tasks are for one process",
                nextStep: filter.map { "let the program choose: \($0)" }))
    }

    /// A variable of the object by which programs choose a process, as authors call it.
    private static func processVariable(of object: Object) -> String? {
        [
            "targ_pid", "target_pid", "filter_pid", "only_pid", "targ_tgid", "target_tgid", "filter_tgid", "pid",
            "tgid",
        ].first {
            (try? object.globalPart($0)) != nil
        }
    }

    /// A function is no help to programs that others attach.
    private func nextStep(_ object: Object) -> Diagnostic.Hint {
        if choices.isEmpty {
            let unknown = object.programs.filter { $0.convention == nil }
            if let near = unknown.lazy.compactMap({ SectionKinds.near($0.section) }).first {
                return "did you mean SEC(\"\(near)\")?"
            }
            return "choose some of them by name: \(.program, "NAME"); or name the kernel function to attach to"
        }
        let unplaced = choices.first { $0.program.convention?.targetForm != nil }?.program
        if let unplaced, let form = unplaced.convention?.targetForm {
            return "say where they go: --attach \(unplaced.name)=\(form)"
        }
        if let user = choices.first(where: { $0.program.convention?.isOfUserFunctions == true })?.program {
            return "say where it goes: --attach \(user.name)=uprobe:PATH:FUNCTION, such as uprobe:libc.so.6:malloc"
        }
        let areOthers = choices.allSatisfy { $0.program.convention?.leftAlone($0.program.name) != nil }
        return areOthers
            ? "load them for the tools that attach them: --pin-programs DIR, or only verify them: --load-only"
            : "name the kernel function to attach to, or use --load-only or --pin-programs"
    }

    /// Programs that a message lists.
    private static let mostNames = 64

    /// Whether any program is an iterator, whose output is the tool's.
    var writesData: Bool { choices.contains { $0.targets.contains(where: \.runsWhenRead) } }

    /// Whether all programs that go anywhere are iterators.
    var onlyWritesData: Bool { writesData && choices.allSatisfy { $0.targets.allSatisfy(\.runsWhenRead) } }

    /// Whether any program goes anywhere.
    private(set) var isAttached = false
}

extension LoadOptions {
    /// Reads the object, changed as the command line says, and chooses its programs; what is to be told of them is told.
    func read(_ reporter: Reporter) throws -> (Object, ProgramSelection) {
        var object = try Object(
            parsing: try content ?? InputFile.read(self.object), name: self.object, mapLayout: mapLayout)
        try object.checkByteOrder()
        object.warnings.forEach(reporter.report)
        for assignment in assignments { try object.set(assignment) }
        try TracerSetting.apply(to: &object, OwnProcess.pid, beside: assignments)
        try name(&object)
        let selection = try ProgramSelection(self, of: object)
        selection.notes.forEach(reporter.report)
        return (object, selection)
    }
}

/// A command line that asks for nothing that the object has.
struct SelectionError: DiagnosticError {
    let diagnostic: Diagnostic
}
