// SPDX-License-Identifier: Apache-2.0

internal import BTF
package import Diagnostics

/// What an object would meet on a kernel, found without asking that kernel to do anything.
package struct ObjectCheck: Sendable {
    /// What is to be done with the object.
    package struct Options: Sendable {
        /// How it is planned.
        package var plan = LoadPlan.Options()
        /// Whether programs that do the same are chosen among.
        package var choosesAlternatives = true

        /// Creates the usual options.
        package init() {}
    }

    /// How the kernel is called.
    package let kernel: String
    /// The files that it is known by.
    package let sources: [String]
    /// The programs, in the order of the object.
    package private(set) var programs: [ProgramCheck] = []
    /// The maps.
    package private(set) var maps: [MapCheck] = []
    /// What the object wants of the kernel by name.
    package private(set) var externs: [KernelAsk] = []
    /// The CO-RE relocations of what is loaded.
    package private(set) var relocations: [RelocationRow] = []
    /// Relocations that have no row, since there are very many.
    package private(set) var relocationsLeft = 0
    /// What should be known of the object, whatever the kernel.
    package private(set) var warnings: [Diagnostic] = []
    /// Why nothing of it is loaded, besides what is told of each program.
    package private(set) var failures: [Diagnostic] = []
    /// What is not known, besides what is told of each program.
    package private(set) var doubts: [String] = []

    /// Checks an object.
    ///
    /// - Parameters:
    ///   - object: The object.
    ///   - choices: The programs that are wanted.
    ///   - options: What is to be done.
    ///   - kernel: The kernel.
    package init(_ object: Object, _ choices: [CheckedChoice], options: Options, on kernel: any CheckedKernel) {
        self.kernel = kernel.name
        sources = kernel.sources
        var planOptions = options.plan
        choose(choices, options, kernel)
        let taken = programs.indices.filter { programs[$0].chosenInstead == nil }
        // Each says why it is not loaded.
        planOptions.optionalPrograms = Set(choices.map(\.program.name))
        planOptions.neededPrograms = []
        for index in taken {
            guard let target = programs[index].places.map(\.target).first(where: { $0.typeInKernel != nil }) else {
                continue
            }
            planOptions.targets[programs[index].definition.name] = target
        }
        let numbers = KernelNumbers(kernel)
        externs = Self.externs(of: object, kernel)
        let plan: LoadPlan
        do throws(ObjectError) {
            plan = try LoadPlan(
                object: object, programs: taken.map { programs[$0].definition }, kernel: kernel, options: planOptions)
        } catch {
            let reason = error.diagnostic
            if kernel.isUnknown(reason.code) {
                doubts.append([reason.message, reason.cause].compactMap(\.self).joined(separator: ": "))
            } else {
                failures.append(reason)
            }
            return
        }
        warnings += plan.warnings
        read(plan, of: object, kernel, numbers)
        let targets = programs.map { ($0.definition.name, $0.places.map(\.target)) }
        warnings +=
            ObjectDoubts(
                plan, of: object, targets: Dictionary(targets) { first, _ in first }, kernel: kernel
            ).all
    }

    // MARK: - Programs

    private mutating func choose(_ choices: [CheckedChoice], _ options: Options, _ kernel: any CheckedKernel) {
        let places = choices.map { choice in choice.targets.map { ($0, Self.place(of: $0, kernel)) } }
        func isThere(_ index: Int) -> Bool {
            places[index].allSatisfy { if case .absent = $0.1 { false } else { true } }
        }
        var instead: [Int: Int] = [:]
        if options.choosesAlternatives {
            for group in Alternatives.groups(choices.map { ($0.program, $0.targets) }) {
                guard let best = group.first(where: isThere) else { continue }
                for index in group where index != best { instead[index] = best }
            }
        }
        var left: [Int: [Int]] = [:]
        for (index, best) in instead { left[best, default: []].append(index) }
        for (index, choice) in choices.enumerated() {
            let name = choice.program.name
            var program = ProgramCheck(
                choice, chosenInstead: instead[index].map { choices[$0].program.name }, places[index],
                attachType: options.plan.attachTypes[name] ?? choice.program.convention?.expectedAttachType)
            program.alternatives = (left[index] ?? []).sorted().map { choices[$0].program.name }
            programs.append(program)
        }
    }

    /// The first of the candidates that the kernel has, else what it says of the first.
    private static func place(of target: AttachTarget, _ kernel: any CheckedKernel) -> CheckedPlace {
        var first: CheckedPlace?
        for candidate in target.candidates {
            let place = kernel.place(of: candidate)
            guard case .absent = place else { return place }
            if first == nil { first = place }
        }
        return first ?? .notKnown("it names nothing")
    }

    private mutating func read(
        _ plan: LoadPlan, of object: Object, _ kernel: any CheckedKernel, _ numbers: KernelNumbers
    ) {
        var places: [String: Int] = [:]
        for (place, program) in plan.programs.enumerated() where places[program.definition.name] == nil {
            places[program.definition.name] = place
        }
        var omissions: [String: LoadPlan.Omission] = [:]
        for omission in plan.omissions where omissions[omission.program.name] == nil {
            omissions[omission.program.name] = omission
        }
        var checker = ProgramChecker(plan: plan, kernel: kernel, numbers: numbers)
        var functions: [ObjectFunction] = []
        for index in programs.indices where programs[index].chosenInstead == nil {
            let name = programs[index].definition.name
            if let place = places[name] {
                checker.check(place, &programs[index])
                noteConfiguration(of: object, at: index)
                functions += plan.programs[place].pieces.map(\.function)
            } else if let omission = omissions[name] {
                functions.append(programs[index].definition.function)
                var reason = omission.reason
                if kernel.isUnknown(reason.code) {
                    programs[index].verdict = .notKnown([
                        [reason.message, reason.cause].compactMap(\.self).joined(separator: ": ")
                    ])
                } else {
                    reason.severity = .error
                    programs[index].verdict = .doesNotLoad([reason])
                }
            }
        }
        var seen: Set<String> = []
        functions = functions.filter { seen.insert("\($0.section) \($0.start)").inserted }
        let table = RelocationTable(functions, object.typeInfo, kernel)
        (relocations, relocationsLeft) = (table.rows, table.left)
        readMaps(plan, of: object, kernel, numbers)
    }

    /// Branches are walked by what is known of the kernel: what is not known of it may lead elsewhere.
    private mutating func noteConfiguration(of object: Object, at index: Int) {
        let open = externs.filter { $0.kind == .configuration && $0.answer == .notKnown }.map(\.name)
        guard !open.isEmpty, programs[index].maps.contains(where: { object.maps[$0].origin == .configuration }) else {
            return
        }
        programs[index].verdict = .notKnown(["the values of " + open.prefix(8).joined(separator: ", ")])
    }

    // MARK: - Maps and externs

    private mutating func readMaps(
        _ plan: LoadPlan, of object: Object, _ kernel: any CheckedKernel, _ numbers: KernelNumbers
    ) {
        var steps: [Int: LoadPlan.MapStep] = [:]
        for case .map(let step) in plan.steps { steps[step.map] = step }
        for (index, map) in object.maps.enumerated() {
            let step = steps[index]
            let check = MapCheck(
                index: index, step: step,
                ask: KernelAsk(
                    .mapType, "\(map.type)", since: map.type.since, number: UInt64(map.type.rawValue), numbers,
                    kernel.release),
                pin: step?.pin.map { kernel.pin(at: $0) }, modernForm: object.modernForm(ofMap: index))
            if let refusal = check.refusal(map.name, on: kernel) { failures.append(refusal) }
            if step != nil, check.ask.answer == .notKnown {
                doubts.append("whether the kernel has \(check.ask.words), for map \(map.name)")
            }
            maps.append(check)
        }
    }

    private static func externs(of object: Object, _ kernel: any CheckedKernel) -> [KernelAsk] {
        object.externs.map { symbol in
            let kind: KernelAsk.Kind =
                switch symbol.kind {
                case .configuration: .configuration
                case .function: .kernelFunction
                case .address, .variable: .kernelSymbol
                }
            return KernelAsk(
                kind, symbol.name, since: symbol.kind == .function ? KernelRelease(5, 13) : nil,
                answer: answer(symbol, object.typeInfo.types, kernel), isOptional: symbol.isWeak)
        }
    }

    private static func answer(
        _ symbol: ExternSymbol, _ types: BTF?, _ kernel: any CheckedKernel
    ) -> KernelAsk.Answer {
        do throws(EnvironmentError) {
            switch symbol.kind {
            case .configuration:
                if KernelFacts.names.contains(symbol.name) { return kernel.release == nil ? .notKnown : .yes }
                let text = try kernel.configuration().text
                guard !text.isEmpty else { return .notKnown }
                return KernelConfigText(text, names: [symbol.name])[symbol.name] == nil ? .no : .yes
            case .address: return try kernel.address(ofSymbol: symbol.name) == nil ? .no : .yes
            case .variable:
                if try kernel.variable(named: symbol.name) != nil { return .yes }
                return kernel.isUnknown(.kernelVariableMissing) ? .notKnown : .no
            case .function:
                if try kernel.function(for: symbol, in: types) != nil { return .yes }
                return kernel.isUnknown(.kfuncMissing) ? .notKnown : .no
            }
        } catch {
            return kernel.isUnknown(error.diagnostic.code) ? .notKnown : .no
        }
    }

    // MARK: - The answer

    /// What is known of the whole object: of what is loaded, and where it is attached.
    package var verdict: CheckVerdict {
        var reasons = failures
        var doubts = doubts
        for program in programs where program.chosenInstead == nil && !program.isOptional {
            let absence = program.absence
            if let absence { reasons.append(absence) }
            // The plan says the same of a target in BTF.
            reasons += program.verdict.reasons.filter { absence == nil || $0.code != .noSuchTarget }
            doubts += program.verdict.doubts.map { "\(program.definition.name): \($0)" }
            for case .notKnown(let why) in program.places.map(\.place) {
                doubts.append("\(program.definition.name): \(why)")
            }
        }
        return CheckVerdict(reasons: reasons, doubts: doubts)
    }
}
