// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

/// Where the programs of a loaded object go, and which of those that do the same have taken the place of others.
struct PlacedPrograms {
    private var placements: [CollectionPlan.Placement]
    private(set) var alternatives: [CollectionPlan.Alternative]
    private(set) var notes: [Diagnostic]
    var omissions: [LoadPlan.Omission]
    /// What programs are loaded with that take the place of others; nil once that is no more.
    private var reserve: Reserve?
    private let process: Int32?

    private struct Reserve {
        let plan: CollectionPlan.Reserve
        let options: Loader.Options
    }

    init(_ plan: CollectionPlan, _ options: Loader.Options) {
        placements = plan.placements
        alternatives = plan.alternatives
        notes = plan.notes
        omissions = plan.omissions
        process = plan.process
        if !replaceable.isEmpty { reserve = Reserve(plan: plan.reserve, options: options) }
    }

    /// The programs that others can stand in for.
    var replaceable: Set<String> { Set(placements.filter { !$0.spares.isEmpty }.map(\.program.name)) }

    func placement(of program: String) -> CollectionPlan.Placement? {
        placements.first { $0.program.name == program }
    }

    /// The placement of a program in the form in which it is loaded.
    func placement(of program: ProgramDefinition) -> CollectionPlan.Placement? {
        placements.first { $0.program.isSameForm(as: program) }
    }

    /// Tells something, once.
    mutating func note(_ note: Diagnostic) {
        if !notes.contains(note) { notes.append(note) }
    }

    /// Nothing is refused any more.
    mutating func end() { reserve = nil }

    /// Loads a program that does the same in the place of one that the kernel refused.
    ///
    /// - Throws: What the kernel said of the first one, if it takes none of them.
    mutating func replace(
        _ program: ProgramDefinition, refused error: BPFError, in loaded: inout LoadedObject
    ) throws(BPFError) {
        guard let reserve, let place = placements.firstIndex(where: { $0.program.name == program.name }) else {
            throw error
        }
        var error = error
        let kernel = reserve.plan.kernel
        for spare in placements[place].spares {
            do throws(BPFError) {
                var resolver = kernel.resolver()
                resolver.process = process
                var targets: [ResolvedTarget] = []
                for target in spare.targets { targets += try resolver.resolveAll(target, types: kernel) }
                let placement = CollectionPlan.Placement(
                    program: spare.program, targets: targets, isOptional: placements[place].isOptional)
                let forms = try Self.load(placement, reserve, on: kernel, resolver, in: &loaded)
                placements.replaceSubrange(place...place, with: forms.placements)
                for note in forms.notes { self.note(note) }
            } catch let second {
                error.diagnostic.details.append(
                    "\(spare.program.name), which does the same: \(second.diagnostic.message)")
                continue
            }
            tell(spare.program, takes: program, because: error)
            return
        }
        guard placements[place].isOptional else { throw error }
        omissions.append(LoadPlan.Omission(program, because: error.explained().diagnostic))
    }

    private static func load(
        _ placement: CollectionPlan.Placement, _ reserve: Reserve, on kernel: Kernel, _ resolver: TargetResolver,
        in loaded: inout LoadedObject
    ) throws(BPFError) -> SyscallForms {
        let program = placement.program
        let plan: LoadPlan
        do throws(ObjectError) {
            var options = reserve.plan.options
            options.neededPrograms.insert(program.name)
            options.optionalPrograms.remove(program.name)
            plan = try LoadPlan(
                object: reserve.plan.object, programs: [program], kernel: kernel, options: options)
        } catch {
            throw error.asBPFError
        }
        var forms = SyscallForms(plan, of: reserve.plan.object, [placement], kernel, resolver)
        if !reserve.plan.keepsRawArguments { try forms.choose() }
        try Loader(forms.plan, of: reserve.plan.object, options: reserve.options)
            .load(into: &loaded, isAddition: true)
        return forms
    }

    private mutating func tell(
        _ spare: ProgramDefinition, takes program: ProgramDefinition, because error: BPFError
    ) {
        let event = alternatives.first { $0.program.name == spare.name }?.event ?? ""
        alternatives.removeAll { $0.program.name == spare.name }
        for index in alternatives.indices where alternatives[index].chosen == program.name {
            alternatives[index].chosen = spare.name
        }
        alternatives.append(.init(program, chosen: spare.name, event: event))
        var note = Diagnostic(
            .alternativeTaken, .note, stage: error.diagnostic.stage,
            "program \(program.name) is left out, which this kernel refuses: \(spare.name) does the same, for \(event)",
            nextStep: "\(.program, program.name) shows why")
        note.program = program.name
        self.note(note)
    }
}
