// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

/// Finds what a linked program asks of a kernel, and what of it the kernel does not have.
struct ProgramChecker {
    let plan: LoadPlan
    let kernel: any CheckedKernel
    let numbers: KernelNumbers

    /// Instructions that are looked at for one program.
    static let steps = 100_000
    /// Instructions that are looked at for all programs together.
    static let allSteps = 4_000_000

    struct Findings {
        var asks: [KernelAsk] = []
        var reasons: [Diagnostic] = []
        var doubts: [String] = []
    }

    private let steps: [Int: LoadPlan.ProgramStep]
    private let constants: CodeWalk.Constants
    private var left = Self.allSteps

    init(plan: LoadPlan, kernel: any CheckedKernel, numbers: KernelNumbers) {
        self.plan = plan
        self.kernel = kernel
        self.numbers = numbers
        steps = plan.programSteps
        constants = plan.constants
    }

    mutating func check(_ index: Int, _ check: inout ProgramCheck) {
        let program = plan.programs[index]
        guard let step = steps[index] else { return }
        check.instructionCount = program.instructions.count
        check.maps = program.maps.sorted()
        let walk = CodeWalk(
            program, steps: min(Self.steps, left), kernelFunctions: addressesOfFunctions(in: program),
            constants: constants)
        left -= walk.steps
        var found = Findings()
        askForWhole(step, program, isAttached: !check.places.isEmpty, &found)
        askForPoison(program, walk, &found)
        askForHelpers(program, walk, &found)
        askForInstructions(program, walk, &found)
        askForReturns(step, program, walk, &found)
        askForLicense(step, program, walk, &found)
        check.asks = found.asks
        check.verdict = CheckVerdict(reasons: found.reasons, doubts: found.doubts)
    }

    func diagnostic(
        _ code: Diagnostic.Code, _ program: LinkedProgram, _ instruction: Int?, cause: String,
        next: Diagnostic.Hint? = nil
    ) -> Diagnostic {
        let verb = code == .programRefused ? "the kernel does not load" : "the verifier rejects"
        var diagnostic = Diagnostic(
            code, stage: .program, "\(verb) program \(program.definition.name)", cause: cause, nextStep: next)
        diagnostic.program = program.definition.name
        diagnostic.section = program.definition.section
        diagnostic.instruction = instruction
        if let line = instruction.flatMap({ program.sourceLine(ofInstruction: $0) }) { diagnostic.labels = [line] }
        return diagnostic
    }

    // MARK: - The program as a whole

    private func askForWhole(
        _ step: LoadPlan.ProgramStep, _ program: LinkedProgram, isAttached: Bool, _ found: inout Findings
    ) {
        var asks = [
            KernelAsk(
                .programType, "\(step.type)", since: step.type.since, number: UInt64(step.type.rawValue), numbers,
                kernel.release)
        ]
        if let type = step.attachType {
            var ask = KernelAsk(
                .attachType, "\(type)", since: type.since, number: UInt64(type.rawValue), numbers, kernel.release)
            // Of programs on probes the kernel looks at it when they are attached, and takes any number before.
            ask.isOptional = step.attachTypeIsOptional || step.type == .kprobe && !isAttached
            asks.append(ask)
        }
        // Of what is not a number the release tells.
        let needs = kernel.release.map { plan.lacking(step, in: $0) } ?? []
        for need in needs where need.isOfFlags {
            asks.append(KernelAsk(.feature, need.what, since: need.since, answer: .no))
        }
        found.asks += asks
        for ask in asks where !ask.isOptional {
            note(ask, &found) {
                let hint = needs.first { $0.what.contains(ask.name) }?.hint
                return diagnostic(
                    .programRefused, program, nil, cause: "it is of \(ask.words); this kernel is \(kernel.name)",
                    next: hint)
            }
        }
    }

    private func note(_ ask: KernelAsk, _ found: inout Findings, _ reason: () -> Diagnostic) {
        switch ask.answer {
        case .yes: break
        case .no: found.reasons.append(reason())
        case .notKnown: found.doubts.append("whether the kernel has \(ask.words)")
        }
    }

    // MARK: - Its code

    /// Loads of addresses of the kernel's functions (`if (bpf_task_from_pid)`), which the verifier knows not to be null since
    /// Linux 6.4; of variables it walks both ways.
    private func addressesOfFunctions(in program: LinkedProgram) -> Set<Int> {
        guard let release = kernel.release, release >= KernelRelease(6, 4), let types = try? kernel.kernelTypes().btf
        else { return [] }
        let code = program.instructions
        return Set(
            code.indices.dropLast().filter { index in
                // The second half has a module's descriptor, whose types are others.
                code[index].isWideLoad && code[index].source == Instruction.pseudoKernelVariable
                    && code[index + 1].immediate == 0 && types[Int(code[index].immediate)]?.kind == .function
            })
    }

    private func askForPoison(_ program: LinkedProgram, _ walk: CodeWalk, _ found: inout Findings) {
        for (index, failure) in program.poison.sorted(by: { $0.key < $1.key }) {
            if walk.reached.contains(index) {
                var reason = failure
                reason.severity = .error
                reason.program = program.definition.name
                reason.section = program.definition.section
                reason.instruction = index
                found.reasons.append(reason)
            } else if !walk.isWhole {
                found.doubts.append("whether the program comes to where \(failure.message)")
            }
        }
    }

    private func askForHelpers(_ program: LinkedProgram, _ walk: CodeWalk, _ found: inout Findings) {
        var places: [Int32: (first: Int, isReached: Bool)] = [:]
        var index = 0
        while index < program.instructions.count {
            let instruction = program.instructions[index]
            if instruction.code == Instruction.callCode, instruction.source == 0, program.poison[index] == nil,
                instruction.immediate != Instruction.missingFunction
            {
                let isReached = walk.reached.contains(index)
                if places[instruction.immediate]?.isReached != true {
                    places[instruction.immediate] = (index, isReached)
                }
            }
            index += instruction.isWideLoad ? 2 : 1
        }
        for (number, place) in places.sorted(by: { $0.key < $1.key }) {
            let helper = Helper(rawValue: number)
            var ask = KernelAsk(
                .helper, helper.name ?? "number \(number)", since: helper.since,
                number: UInt64(UInt32(bitPattern: number)),
                numbers, kernel.release)
            ask.isOptional = !place.isReached
            found.asks.append(ask)
            if helper.name == nil, place.isReached, numbers.has(.helper, UInt64(UInt32(bitPattern: number))) == nil {
                found.doubts.append("whether the kernel has helper number \(number)")
                continue
            }
            guard !ask.isOptional || !walk.isWhole else { continue }
            if ask.isOptional {
                if ask.answer == .no { found.doubts.append("whether the program comes to its call of \(ask.name)") }
                continue
            }
            note(ask, &found) {
                let guardText = helper.constant.map { "bpf_core_enum_value_exists(enum bpf_func_id, \($0))" }
                return diagnostic(
                    .verifierHelperMissing, program, place.first,
                    cause: "it calls \(ask.words); this kernel is \(kernel.name)",
                    next: guardText.map { "guard the call with \($0)" } ?? "use a newer kernel")
            }
        }
    }

    private func askForInstructions(_ program: LinkedProgram, _ walk: CodeWalk, _ found: inout Findings) {
        guard let release = kernel.release else {
            for (_, need) in program.lacking(in: KernelRelease(5, 10)) {
                found.doubts.append("whether the kernel takes \(need.what)")
            }
            return
        }
        // Additions whose result nobody uses are loaded in the old form.
        var code = program
        if release < KernelRelease(5, 12) {
            code = program.withoutFetch(at: UnusedFetches(in: program.instructions).indices)
        }
        for (index, need) in code.lacking(in: release) {
            let instruction = code.instructions[index]
            // Those are known by their numbers.
            guard instruction.code != Instruction.callCode || instruction.source != 0 else { continue }
            let isReached = walk.reached.contains(index)
            found.asks.append(
                KernelAsk(.feature, need.what, since: need.since, answer: .no, isOptional: !isReached))
            guard isReached else {
                found.doubts.append("whether the kernel takes \(need.what) that it does not come to")
                continue
            }
            found.reasons.append(
                diagnostic(.verifierKernelTooOld, program, index, cause: need.cause(release), next: need.hint))
        }
    }

    /// Constants that the verifier refuses to see returned.
    private func askForReturns(
        _ step: LoadPlan.ProgramStep, _ program: LinkedProgram, _ walk: CodeWalk, _ found: inout Findings
    ) {
        guard let most = ReturnRule.most(step) else { return }
        for (index, numbers) in walk.returns.sorted(by: { $0.key < $1.key }) {
            guard let number = numbers.filter({ $0 > most }).min() else { continue }
            let range = most == 0 ? "0" : "0 or 1"
            found.reasons.append(
                diagnostic(
                    .verifierReturnValue, program, index,
                    cause:
                        "it returns \(Int64(bitPattern: number)), and a program of section \(program.definition.section) returns \(range)",
                    next: "return \(range)"))
        }
    }
}

extension LoadPlan {
    /// What is known of the data that programs read: constants, and what stands for the kernel's configuration.
    var constants: CodeWalk.Constants {
        var contents: [Int: [UInt8]] = [:]
        for case .map(let step) in steps {
            if let content = step.content, content.isReadOnly { contents[step.map] = content.bytes }
        }
        return { map, offset, width in
            guard let bytes = contents[map], offset >= 0, width <= 8, offset <= bytes.count - width else { return nil }
            // The order of the bytes is this machine's: others are refused before.
            var number: UInt64 = 0
            for index in 0..<width {
                let place = UInt64(ByteOrderOfMachine.isLittle ? index : width - 1 - index)
                number |= UInt64(bytes[offset + index]) << (place * 8)
            }
            return number
        }
    }
}

/// The order of bytes that programs of this machine see.
private enum ByteOrderOfMachine {
    static let isLittle = UInt16(littleEndian: 1) == 1
}

extension LinkedProgram {
    /// The program with some additions as the old ones that give nothing back.
    func withoutFetch(at places: [Int]) -> LinkedProgram {
        LinkedProgram(
            definition: definition, instructions: instructions.withoutFetch(at: places), mapReferences: mapReferences,
            functionInfo: functionInfo, lineInfo: lineInfo, modules: modules, moduleVariables: moduleVariables,
            poison: poison, pieces: pieces)
    }
}

extension KernelNeed {
    /// Whether it is of a flag of the program, and not of its type or attach type.
    fileprivate var isOfFlags: Bool { what.hasPrefix("a program of section ") || what.hasPrefix("packets ") }
}
