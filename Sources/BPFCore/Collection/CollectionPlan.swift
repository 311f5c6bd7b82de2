// SPDX-License-Identifier: Apache-2.0

public import BPFObject
public import Diagnostics

/// What loading and attaching an object will do on a kernel: a value to look at before anything is made.
///
/// ``BPFCollection`` makes one by itself; who wants to print or to change something first makes it here.
public struct CollectionPlan: Sendable {
    /// What is left to the user.
    public struct Options: Sendable {
        /// What is wanted of maps, other than the object says.
        public var maps = MapOptions()
        /// The license of an object without one.
        public var assumedLicense = "GPL"
        /// The only process that is traced, by targets that have processes; nil is all.
        public var process: Int32?

        /// Creates the usual options.
        public init() {}
    }

    /// A program with the places that the kernel has for it.
    public struct Placement: Sendable {
        /// The program.
        public let program: ProgramDefinition
        /// Where it is attached; none where it is only loaded.
        public let targets: [ResolvedTarget]
        /// Whether the others go on without it.
        public let isOptional: Bool

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
    public let object: Object
    /// What is loaded, step by step.
    public let plan: LoadPlan
    /// The programs with their places.
    public let placements: [Placement]
    /// Programs that are left out since this kernel lacks what they need, and that are optional.
    public let omissions: [LoadPlan.Omission]
    /// What the user should know of it.
    public let notes: [Diagnostic]
    /// The only process that is traced.
    let process: Int32?

    /// Finds the targets on a kernel and plans the load.
    ///
    /// - Parameters:
    ///   - object: The object.
    ///   - choices: The programs that are wanted; nil is what ``BPFObject/Object/choices(named:optional:targets:)`` gives.
    ///   - options: What is left to the user.
    ///   - kernel: The kernel that is asked.
    /// - Throws: ``BPFError`` for what this kernel cannot load or attach, before anything is created.
    public init(
        _ object: Object, _ choices: [ProgramChoice]? = nil, options: Options = Options(), on kernel: Kernel
    ) throws(BPFError) {
        self.object = object
        process = options.process
        var draft = Draft(kernel: kernel, process: options.process)
        do throws(ObjectError) {
            let own: [ProgramChoice]
            if let choices { own = choices } else { own = try object.choices() }
            draft.place(own)
        } catch {
            throw error.asBPFError
        }
        if let failure = draft.failure { throw failure }
        placements = draft.placements
        var planOptions = LoadPlan.Options()
        planOptions.maps = options.maps
        planOptions.assumedLicense = options.assumedLicense
        if object.maps.contains(where: \.dependsOnMachine) { planOptions.machine = try MapFacts.ofThisMachine() }
        for placement in placements {
            planOptions.attachTypes[placement.program.name] = try placement.attachTypeOfLoad
            guard let target = try placement.targetOfLoad else { continue }
            planOptions.targets[placement.program.name] = target
        }
        planOptions.optionalPrograms = Set(placements.filter(\.isOptional).map(\.program.name))
        planOptions.neededPrograms = Set(placements.filter { !$0.isOptional }.map(\.program.name))
        do throws(ObjectError) {
            plan = try LoadPlan(
                object: object, programs: placements.map(\.program), kernel: kernel, options: planOptions)
        } catch {
            throw draft.explained(error, object)
        }
        omissions = draft.omissions + plan.omissions
        notes = draft.notes + kernel.notes + plan.warnings
    }
}

/// A plan in the making.
private struct Draft {
    var placements: [CollectionPlan.Placement] = []
    var omissions: [LoadPlan.Omission] = []
    var notes: [Diagnostic] = []
    var failure: BPFError?
    private var resolver: TargetResolver

    init(kernel: Kernel, process: Int32?) {
        resolver = kernel.resolver()
        resolver.process = process
    }

    mutating func place(_ choices: [ProgramChoice]) {
        for choice in choices {
            do throws(BPFError) {
                var targets: [ResolvedTarget] = []
                for target in choice.targets { targets += try resolver.resolveAll(target) }
                // What holds for several programs is told once.
                for note in targets.flatMap(\.notes) where !notes.contains(note) { notes.append(note) }
                placements.append(.init(program: choice.program, targets: targets, isOptional: choice.isOptional))
            } catch {
                let error = error.placed(choice.program)
                guard choice.isOptional && error.isTargetMissing else {
                    failure = error
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
        return missing
    }
}

extension BPFError {
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
