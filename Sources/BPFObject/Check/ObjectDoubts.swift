// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// What is wrong with an object although it loads: only what its code proves.
package struct ObjectDoubts {
    /// All of it, as warnings.
    package private(set) var all: [Diagnostic] = []

    /// Instructions that are looked at for one program.
    private static let steps = 20_000
    /// Instructions that are looked at for all programs together.
    private static let allSteps = 1_000_000

    /// Looks at what a plan loads of an object.
    ///
    /// - Parameters:
    ///   - plan: The plan.
    ///   - object: The object.
    ///   - targets: Where programs are attached, by their names.
    ///   - kernel: What is asked for the types of arguments, if a program reads behind them; nil is nothing.
    package init(
        _ plan: LoadPlan, of object: Object, targets: [String: [AttachTarget]] = [:],
        kernel: (any KernelEnvironment)? = nil
    ) {
        let constants = plan.constants
        let steps = plan.programSteps
        var left = Self.allSteps
        for (index, program) in plan.programs.enumerated() {
            guard let step = steps[index], Self.isWorthAWalk(program, step) else { continue }
            let arguments = Self.arguments(targets[program.definition.name] ?? [])
            let walk = CodeWalk(
                program, steps: min(Self.steps, left), arguments: arguments, constants: constants)
            left -= walk.steps
            // A way that was not walked may write the bytes.
            guard walk.isWhole else { continue }
            for unset in walk.unset.values.sorted(by: { $0.call < $1.call }) where !unset.bytes.isEmpty {
                all.append(Self.warning(unset, program))
            }
            noteReturns(walk, program, step)
            if let warning = FixedOffsets.warning(walk.kernelReads, program, arguments, kernel) { all.append(warning) }
            noteElements(walk.kernelReads, program, step, object)
        }
        noteMaps(of: object, pinned: plan.pinnedMaps)
        for index in all.indices { all[index].object = object.name }
    }

    private static func isWorthAWalk(_ program: LinkedProgram, _ step: LoadPlan.ProgramStep) -> Bool {
        ReturnRule.mayDoubt(step.type, in: step.section)
            || readsOneCPU(step)
            || program.instructions.contains {
                $0.code == Instruction.callCode && $0.source == 0
                    && (CodeWalk.senders[$0.immediate] != nil || KernelReads.currentTask.contains($0.immediate)
                        || KernelReads.probeReads.contains($0.immediate))
            }
    }

    /// Of which function the context of a program has the arguments; nil if its targets do not agree.
    private static func arguments(_ targets: [AttachTarget]) -> ContextArguments? {
        guard let first = targets.first?.value.contextArguments,
            targets.allSatisfy({ $0.others.isEmpty && $0.value.contextArguments == first })
        else { return nil }
        return first
    }

    // MARK: - Events

    private static func warning(_ unset: CodeWalk.Unset, _ program: LinkedProgram) -> Diagnostic {
        let ranges = ranges(unset.bytes)
        let shown = ranges.prefix(4).map {
            $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound - 1)"
        }
        let (bytes, are) = unset.bytes.count == 1 ? ("byte", "is") : ("bytes", "are")
        var warning = Diagnostic(
            .eventBytesUnset, .warning, stage: .program,
            "program \(program.definition.name) sends an event of \(unset.size) bytes of which \(bytes) "
                + shown.joined(separator: ", ") + (ranges.count > 4 ? ", …" : "") + " \(are) never written",
            cause: "what the kernel's stack held there goes to user space; kernels before 6.3 refuse the program",
            nextStep: "clear the structure first: __builtin_memset(&event, 0, sizeof(event));")
        warning.program = program.definition.name
        warning.section = program.definition.section
        warning.instruction = unset.call
        if let line = program.sourceLine(ofInstruction: unset.call) { warning.labels = [line] }
        return warning
    }

    /// Numbers in their order as ranges.
    static func ranges(_ numbers: [Int]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for number in numbers {
            if let last = ranges.last, last.upperBound == number {
                ranges[ranges.count - 1] = last.lowerBound..<(number + 1)
            } else {
                ranges.append(number..<(number + 1))
            }
        }
        return ranges
    }

    // MARK: - What is returned

    private mutating func noteReturns(_ walk: CodeWalk, _ program: LinkedProgram, _ step: LoadPlan.ProgramStep) {
        guard ReturnRule.mayDoubt(step.type, in: step.section) else { return }
        for (index, numbers) in walk.returns.sorted(by: { $0.key < $1.key }) {
            let returned = numbers.map { Int32(truncatingIfNeeded: $0) }.sorted { $0.magnitude < $1.magnitude }
            guard
                let (number, doubt) = returned.lazy.compactMap({ number in
                    ReturnRule.doubt(number, of: step.type, in: step.section).map { (number, $0) }
                }).first
            else { continue }
            var warning = Diagnostic(
                .returnValueUnknown, .warning, stage: .program,
                "program \(program.definition.name) returns \(number), which is \(doubt.what)", cause: doubt.cause,
                nextStep: Diagnostic.Hint(doubt.remedy))
            warning.program = program.definition.name
            warning.section = program.definition.section
            warning.instruction = index
            if let line = program.sourceLine(ofInstruction: index) { warning.labels = [line] }
            all.append(warning)
        }
    }

    // MARK: - Values of one CPU

    /// Whether a program answers for the machine, and not for what happened on its CPU: an iterator, or one that user
    /// space calls.
    private static func readsOneCPU(_ step: LoadPlan.ProgramStep) -> Bool {
        step.type == .syscall || step.attachType == .traceIterator
    }

    /// Maps with a value for each CPU whose elements a program only reads, and only those of the CPU that it runs on.
    private mutating func noteElements(
        _ reads: KernelReads, _ program: LinkedProgram, _ step: LoadPlan.ProgramStep, _ object: Object
    ) {
        guard Self.readsOneCPU(step) else { return }
        for (map, place) in reads.elementsRead.sorted(by: { $0.key < $1.key })
        where !reads.elementsWritten.contains(map) && object.maps.indices.contains(map)
            && object.maps[map].type.facts.value == .perCPU
        {
            let name = object.maps[map].name
            var warning = Diagnostic(
                .cpuValueAlone, .warning, stage: .program,
                "program \(program.definition.name) reads only one CPU's value of map \(name)",
                cause:
                    "the map has a value for each CPU, and bpf_map_lookup_elem() finds that of the CPU that the program "
                    + "runs on, which is the one that reads the iterator or calls the program",
                nextStep: "read each with bpf_map_lookup_percpu_elem(&\(name), &key, cpu) (Linux 5.19)")
            warning.map = name
            warning.program = program.definition.name
            warning.section = program.definition.section
            warning.instruction = place
            if let line = program.sourceLine(ofInstruction: place) { warning.labels = [line] }
            all.append(warning)
        }
    }

    // MARK: - Maps

    /// `BPF_MAP_TYPE_SOCKMAP` and `BPF_MAP_TYPE_SOCKHASH`, to which programs are attached.
    private static let takesPrograms: Set<UInt32> = [15, 18]

    /// Maps that no function of the object uses, and that nobody else gets to by a pin.
    private mutating func noteMaps(of object: Object, pinned: Set<Int>) {
        var used: Set<Int> = []
        for target in object.functions.flatMap(\.references).map(\.target) {
            switch target {
            case .map(let map), .data(let map, _): used.insert(map)
            default: break
            }
        }
        guard !object.functions.isEmpty else { return }
        var held: Set<Int> = []
        for map in object.maps {
            for case .map(let inner) in map.slots.map(\.target) { held.insert(inner) }
        }
        for (index, map) in object.maps.enumerated()
        where !used.contains(index) && !held.contains(index) && !map.isData && map.structure == nil && map.pinning == 0
            && !Self.takesPrograms.contains(map.type.rawValue) && map.id == 0 && !map.name.hasPrefix(".")
            && !map.name.hasPrefix("__bpf_") && !pinned.contains(index)
        {
            // The samples' maps of maps name inner ones by their place.
            guard !object.maps.contains(where: { $0.innerMapIndex != nil && $0.type.holdsMaps }) else { continue }
            var warning = Diagnostic(
                .mapNeverUsed, .warning, stage: .map, "no program of the object uses map \(map.name)",
                cause: "it is created all the same, and nothing but user space can put anything into it",
                nextStep: "remove it, or use it")
            warning.map = map.name
            all.append(warning)
        }
    }
}

extension LoadPlan {
    /// The steps that load programs, by the places of those.
    var programSteps: [Int: ProgramStep] {
        var found: [Int: ProgramStep] = [:]
        for case .load(let step) in steps { found[step.program] = step }
        return found
    }

    /// The maps that are pinned.
    fileprivate var pinnedMaps: Set<Int> {
        Set(
            steps.compactMap { step in
                if case .map(let map) = step, map.pin != nil { map.map } else { nil }
            })
    }
}
