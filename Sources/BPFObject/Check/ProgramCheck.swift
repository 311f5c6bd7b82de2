// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// A program that is to be loaded, and what it is to be attached to.
package struct CheckedChoice: Sendable {
    /// The program.
    package let program: ProgramDefinition
    /// What it is attached to; none where it is only loaded.
    package let targets: [AttachTarget]
    /// Whether the others go on where the kernel lacks its target or refuses it.
    package let isOptional: Bool

    /// Chooses a program.
    package init(_ program: ProgramDefinition, targets: [AttachTarget], isOptional: Bool) {
        self.program = program
        self.targets = targets
        self.isOptional = isOptional
    }
}

/// What is known of a program on a kernel.
package struct ProgramCheck: Sendable {
    /// The program.
    package let definition: ProgramDefinition
    /// Whether the others go on without it.
    package let isOptional: Bool
    /// The program that does the same and is taken in its place; nil if this one is taken.
    package let chosenInstead: String?
    /// The programs that do the same and are left.
    package internal(set) var alternatives: [String] = []
    /// Its type.
    package let type: ProgramType
    /// What it is loaded for; nil if that is nothing.
    package let attachType: AttachType?
    /// What the kernel has for each of its targets.
    package let places: [(target: AttachTarget, place: CheckedPlace)]
    /// Its instructions with the functions that it calls; nil if it cannot be linked.
    package internal(set) var instructionCount: Int?
    /// What it asks the kernel for.
    package internal(set) var asks: [KernelAsk] = []
    /// Whether it loads.
    package internal(set) var verdict = CheckVerdict.loads
    /// The maps that it uses, by their index in `Object.maps`.
    package internal(set) var maps: [Int] = []

    /// Why it cannot be attached; nil if it can, as far as the kernel's files tell.
    package var absence: Diagnostic? {
        for case .absent(var diagnostic) in places.map(\.place) {
            diagnostic.program = definition.name
            diagnostic.section = definition.section
            return diagnostic
        }
        return nil
    }

    init(
        _ choice: CheckedChoice, chosenInstead: String?,
        _ places: [(target: AttachTarget, place: CheckedPlace)], attachType: AttachType?
    ) {
        definition = choice.program
        isOptional = choice.isOptional
        self.chosenInstead = chosenInstead
        self.places = places
        type = choice.program.convention?.type ?? .kprobe
        self.attachType = attachType
    }
}

/// What is known of a map on a kernel.
package struct MapCheck: Sendable {
    /// Its place in `Object.maps`.
    package let index: Int
    /// How it is created; nil if it is not, since no program that is loaded uses it.
    package let step: LoadPlan.MapStep?
    /// Its type, and whether the kernel has it.
    package let ask: KernelAsk
    /// Where it is pinned; nil is nowhere.
    package let pin: CheckedPin?
    /// Its definition in the form of `.maps`, if it is a legacy one.
    package let modernForm: String?

    /// Why the kernel refuses it; nil if nothing is known against it.
    func refusal(_ name: String, on kernel: any CheckedKernel) -> Diagnostic? {
        guard let step else { return nil }
        var refusal: Diagnostic
        if ask.answer == .no {
            refusal = Diagnostic(
                .mapRefused, stage: .map, "the kernel does not create map \(name)",
                cause: "it is of \(ask.words); this kernel is \(kernel.name)",
                nextStep: "use a type of maps that it has")
        } else if let rule = rule(step, name, kernel) {
            refusal = Diagnostic(
                .mapRuleBroken, stage: .map, "the kernel does not create map \(name)", cause: rule.cause,
                nextStep: rule.hint)
        } else if let memory = kernel.memory, step.shape(name).leastMemory > memory {
            refusal = Diagnostic(
                .mapMemory, stage: .map, "the kernel does not create map \(name)",
                cause:
                    "its \(step.maxEntries) entries take \(step.shape(name).leastMemory) bytes at once, and this machine "
                    + "has \(memory)", nextStep: "make it smaller: \(.mapSize, name, to: "ENTRIES")")
        } else {
            return nil
        }
        refusal.map = name
        return refusal
    }

    /// Pages of every machine are multiples of these bytes.
    private static let smallestPage: UInt32 = 4096

    /// The rule that its definition breaks; its type is one that the kernel has.
    private func rule(_ step: LoadPlan.MapStep, _ name: String, _ kernel: any CheckedKernel) -> MapRule? {
        guard step.structure == nil, let release = kernel.release else { return nil }
        return MapRule.broken(
            by: step.shape(name), release: max(release, ask.since ?? release), pageSize: Self.smallestPage)
    }
}

extension LoadPlan.MapStep {
    /// What `BPF_MAP_CREATE` is told.
    fileprivate func shape(_ name: String) -> MapRule.Shape {
        MapRule.Shape(
            name: name, type: type, keySize: keySize, valueSize: valueSize, maxEntries: maxEntries, flags: flags)
    }
}
