// SPDX-License-Identifier: Apache-2.0

public import BPFObject
package import Diagnostics

/// What loading and attaching an object will do on a kernel: a value to look at before anything is made.
///
/// ``BPFCollection`` makes one by itself; who wants to print or to change something first makes it here.
public struct CollectionPlan: Sendable {
    /// What is left to the user.
    package struct Options: Sendable {
        /// What is wanted of maps, other than the object says.
        package var maps = MapOptions()
        /// The license of an object without one.
        package var assumedLicense = "GPL"
        /// The only process that is traced, by targets that have processes; nil is all.
        package var process: Int32?
        /// Whether of programs that are alternatives for the same event only the best is taken that this kernel has a
        /// place for, such as `fentry` in place of `kprobe`.
        package var choosesAlternatives = true
        /// Whether programs on system calls are attached as they are, whatever they read there.
        ///
        /// Otherwise a plain program on `sys_NAME` whose loads of arguments would read the registers of a wrapper gets
        /// copies of the user's, and one that cannot be changed that way is refused.
        package var keepsRawArguments = false

        /// Creates the usual options.
        package init() {}
    }

    /// A program with the places that the kernel has for it.
    package struct Placement: Sendable {
        /// The program; one that is loaded in two forms has two placements.
        package internal(set) var program: ProgramDefinition
        /// Where it is attached; none where it is only loaded.
        package internal(set) var targets: [ResolvedTarget]
        /// Whether the others go on without it.
        package let isOptional: Bool
        /// Programs that do the same, of which the first is taken that the kernel takes, should it refuse this one.
        var spares: [ProgramChoice] = []

        /// Whether the program may forbid this process what it does next.
        var mayForbid: Bool { targets.contains { $0.target.value.mayForbid } }

        /// The target in BTF that the program must be loaded for; nil if it goes to none.
        var targetOfLoad: AttachTarget? {
            get throws(BPFError) {
                let typed = targets.map(\.target).filter { $0.typeInKernel != nil }
                guard let first = typed.first else { return nil }
                if let other = typed.first(where: { $0 != first }) {
                    throw BPFError(
                        .readObject, .targetConflict, "program \(program.name) cannot go to \(first) and to \(other)",
                        cause: "a program with a target in BTF is loaded for that one")
                }
                return first
            }
        }

        /// What the program must be loaded for to be attached at its places; nil is what its section says.
        var attachTypeOfLoad: AttachType? {
            get throws(BPFError) {
                guard let first = targets.first(where: { $0.place.attachTypeOfLoad != nil }) else { return nil }
                if let other = targets.first(where: { $0.place.attachTypeOfLoad != first.place.attachTypeOfLoad }) {
                    throw BPFError(
                        .readObject, .targetConflict, "program \(program.name) cannot go to \(first) and to \(other)",
                        cause: "a program is loaded either for many functions or for single ones",
                        nextStep: "name all of them in one target, with commas between them")
                }
                return first.place.attachTypeOfLoad
            }
        }
    }

    /// The object.
    package let object: Object
    /// What is loaded, step by step.
    package let plan: LoadPlan
    /// The programs with their places.
    package let placements: [Placement]
    /// Programs that are left out since this kernel lacks what they need, and that are optional.
    package let omissions: [LoadPlan.Omission]
    /// A program that is left out, since another one does the same.
    public struct Alternative: Sendable {
        /// The program.
        public let program: ProgramDefinition
        /// The name of the other.
        public internal(set) var chosen: String
        /// What happens when they run.
        public let event: String

        init(_ program: ProgramDefinition, chosen: String, event: String?) {
            self.program = program
            self.chosen = chosen
            self.event = event ?? ""
        }

        /// That it is left out.
        var note: Diagnostic {
            var note = Diagnostic(
                .alternativeLeft, .note, stage: .resolve,
                "program \(program.name) is left out: \(chosen) does the same, for \(event)",
                nextStep: "\(.alternatives) takes both, and \(.program, program.name) that one")
            note.program = program.name
            return note
        }
    }

    /// Programs that are left out, since others do the same.
    package let alternatives: [Alternative]
    /// What the user should know of it.
    package let notes: [Diagnostic]
    /// The only process that is traced.
    let process: Int32?
    /// What plans of other programs of the object are made with.
    let reserve: Reserve

    /// What a plan was made of, for a program that takes the place of one that the kernel refuses.
    struct Reserve: Sendable {
        let object: Object
        let btf: String?
        let roots: KernelRoots
        let options: LoadPlan.Options
        let keepsRawArguments: Bool

        /// The kernel again, which keeps nothing until it is needed.
        var kernel: Kernel { Kernel(btf: btf, roots: roots) }
    }

    /// What is wrong with the programs although they load: only what their code proves.
    package var doubts: [Diagnostic] {
        let targets = placements.map { ($0.program.name, $0.targets.map(\.target)) }
        return ObjectDoubts(
            plan, of: object, targets: Dictionary(targets) { first, _ in first }, kernel: reserve.kernel
        ).all
    }

    /// Finds the targets on a kernel and plans the load.
    ///
    /// - Parameters:
    ///   - object: The object.
    ///   - choices: The programs that are wanted; nil is what ``BPFObject/Object/choices(named:optional:targets:)`` gives.
    ///   - options: What is left to the user.
    ///   - kernel: The kernel that is asked.
    /// - Throws: ``BPFError`` for what this kernel cannot load or attach, before anything is created.
    package init(
        _ object: Object, _ choices: [ProgramChoice]? = nil, options: Options = Options(), on kernel: Kernel
    ) throws(BPFError) {
        self.object = object
        process = options.process
        var draft = Draft(kernel: kernel, process: options.process)
        do throws(ObjectError) {
            let own: [ProgramChoice]
            if let choices { own = choices } else { own = try object.choices() }
            if options.choosesAlternatives { draft.chooseBest(of: own) } else { draft.take(own) }
        } catch {
            throw error.asBPFError
        }
        draft.place()
        if let failure = draft.failure { throw failure }
        var planOptions = LoadPlan.Options()
        planOptions.maps = options.maps
        planOptions.assumedLicense = options.assumedLicense
        if object.maps.contains(where: \.dependsOnMachine) { planOptions.machine = try MapFacts.ofThisMachine() }
        for placement in draft.placements {
            planOptions.attachTypes[placement.program.name] = try placement.attachTypeOfLoad
            guard let target = try placement.targetOfLoad else { continue }
            planOptions.targets[placement.program.name] = target
        }
        planOptions.optionalPrograms = Set(draft.placements.filter(\.isOptional).map(\.program.name))
        planOptions.neededPrograms = Set(draft.placements.filter { !$0.isOptional }.map(\.program.name))
        let linked: LoadPlan
        do throws(ObjectError) {
            linked = try LoadPlan(
                object: object, programs: draft.placements.map(\.program), kernel: kernel, options: planOptions)
        } catch {
            throw draft.explained(error, object)
        }
        var forms = SyscallForms(linked, of: object, draft.placements, kernel, draft.resolver)
        if !options.keepsRawArguments { try forms.choose() }
        plan = forms.plan
        placements = forms.placements
        omissions = draft.omissions + plan.omissions + forms.omissions
        reserve = Reserve(
            object: object, btf: kernel.btf, roots: kernel.roots, options: planOptions,
            keepsRawArguments: options.keepsRawArguments)
        alternatives = draft.alternatives
        notes = draft.notes + forms.targetNotes + forms.notes + kernel.notes + plan.warnings
    }
}

/// A plan in the making.
private struct Draft {
    var placements: [CollectionPlan.Placement] = []
    var omissions: [LoadPlan.Omission] = []
    var notes: [Diagnostic] = []
    private(set) var alternatives: [CollectionPlan.Alternative] = []
    var failure: BPFError?
    private let kernel: Kernel
    private(set) var resolver: TargetResolver
    private var wanted: [Wanted] = []

    /// A program that is taken.
    private struct Wanted {
        let choice: ProgramChoice
        /// Its places, where they were looked for to choose it.
        var targets: [ResolvedTarget]?
        var spares: [ProgramChoice] = []
    }

    init(kernel: Kernel, process: Int32?) {
        self.kernel = kernel
        resolver = kernel.resolver()
        resolver.process = process
    }

    /// Takes all programs.
    mutating func take(_ choices: [ProgramChoice]) { wanted = choices.map { Wanted(choice: $0) } }

    /// Takes of alternatives the best that this kernel has a place for, and all other programs.
    mutating func chooseBest(of choices: [ProgramChoice]) {
        var left: Set<Int> = []
        var chosen: [Int: Wanted] = [:]
        for group in Alternatives.groups(choices.map { ($0.program, $0.targets) }) {
            // Where none has a place, each says why.
            var found: (index: Int, targets: [ResolvedTarget])?
            for index in group where found == nil { found = places(of: choices[index]).map { (index, $0) } }
            guard let found else { continue }
            let worse = group.drop { $0 != found.index }.dropFirst()
            chosen[found.index] = Wanted(
                choice: choices[found.index], targets: found.targets, spares: worse.map { choices[$0] })
            for index in group where index != found.index {
                left.insert(index)
                alternatives.append(
                    .init(
                        choices[index].program, chosen: choices[found.index].program.name,
                        event: choices[index].targets.first?.event))
            }
        }
        notes += alternatives.map(\.note)
        wanted = choices.indices.filter { !left.contains($0) }.map { chosen[$0] ?? Wanted(choice: choices[$0]) }
    }

    /// The places of a program; nil if this kernel does not have them, in its types as well if they are needed.
    private mutating func places(of choice: ProgramChoice) -> [ResolvedTarget]? {
        do throws(BPFError) {
            let targets = try resolve(choice)
            for target in targets { guard try kernel.hasType(of: target.target) else { return nil } }
            return targets
        } catch {
            return nil
        }
    }

    private mutating func resolve(_ choice: ProgramChoice) throws(BPFError) -> [ResolvedTarget] {
        var targets: [ResolvedTarget] = []
        for target in choice.targets { targets += try resolver.resolveAll(target, types: kernel) }
        return targets
    }

    mutating func place() {
        for wanted in wanted {
            let choice = wanted.choice
            do throws(BPFError) {
                let targets: [ResolvedTarget]
                if let known = wanted.targets { targets = known } else { targets = try resolve(choice) }
                placements.append(
                    .init(
                        program: choice.program, targets: targets, isOptional: choice.isOptional,
                        spares: wanted.spares))
            } catch {
                let error = error.placed(choice.program)
                guard choice.isOptional && error.isTargetMissing else {
                    failure = error
                    if self.wanted.count > 1, error.isTargetMissing { failure?.offerOptional(choice.program) }
                    return
                }
                omissions.append(LoadPlan.Omission(choice.program, because: error.explained().diagnostic))
            }
        }
    }

    /// The symbols know names that are near the one that BTF does not have.
    mutating func explained(_ error: ObjectError, _ object: Object) -> BPFError {
        guard case .missingAttachTarget(let target) = error.reason else { return error.asBPFError }
        var missing = resolver.missing(target)
        missing.diagnostic.object = object.name
        missing.diagnostic.program = error.program
        missing.diagnostic.section = error.section
        if placements.count > 1, missing.isTargetMissing,
            let program = placements.first(where: { $0.program.name == error.program })?.program
        {
            missing.offerOptional(program)
        }
        return missing
    }
}

extension BPFError {
    /// Says how the other programs go on without one.
    fileprivate mutating func offerOptional(_ program: ProgramDefinition) {
        let offer: Diagnostic.Hint = "\(.optional, program.name) goes on without it"
        diagnostic.hint =
            diagnostic.hint.map { "\($0)\($0.text().hasSuffix("?") ? "" : ";") \(offer)" } ?? offer
    }

    /// The error with the program that it is about.
    func placed(_ program: ProgramDefinition) -> BPFError {
        var error = self
        error.diagnostic.program = program.name
        error.diagnostic.section = program.section
        return error
    }
}

extension ObjectError {
    /// The error as those of the whole library are.
    var asBPFError: BPFError { BPFError(.readObject, diagnostic) }
}
