// SPDX-License-Identifier: Apache-2.0

/// What each instruction does to the values that are followed.
extension ArgumentFlow {
    /// Carries out one instruction.
    ///
    /// - Returns: Whether the way goes on.
    mutating func step(
        _ instruction: Instruction, at index: Int, _ function: Int, _ state: inout TrackedState
    ) -> Bool {
        guard instruction.destination <= 10, instruction.source <= 10 || instruction.isWideLoad else {
            refuse(.unknownCode, at: index)
            return false
        }
        switch instruction.codeClass {
        case .load:
            guard instruction.isWideLoad else {
                refuse(.unknownCode, at: index)
                return false
            }
            state[instruction.destination] = .other
        case .loadRegister: load(instruction, at: index, function, &state)
        case .store, .storeRegister: store(instruction, at: index, function, &state)
        case .arithmetic32, .arithmetic64: calculate(instruction, at: index, function, &state)
        case .jump, .jump32:
            if instruction.code == Instruction.callCode {
                return call(instruction, at: index, function, &state)
            }
            if instruction.code == 0x95, function != 0, state[0].isContext { refuse(.contextReturned, at: index) }
        }
        return true
    }

    // MARK: - Memory

    private mutating func load(
        _ instruction: Instruction, at index: Int, _ function: Int, _ state: inout TrackedState
    ) {
        let size = instruction.accessSize
        var loaded = TrackedValue.other
        switch state[instruction.source] {
        case .context:
            let offset = instruction.offset
            let isArgument = registers.place(ofContextOffset: offset) != nil
            // BPF_MEM and BPF_MEMSX are the modes that the context is read with.
            if isArgument, offset & 7 + Int16(size) > 8 || ![0x60, 0x80].contains(instruction.mode) {
                refuse(.oddLoad, at: index)
            }
            noteLoad(at: index, offset: offset)
            if offset == registers.pointer, size == 8 { loaded = .firstArgument(0) }
        case .movedContext: refuse(.movedContext, at: index)
        case .maybeContext: refuse(.maybeContext, at: index)
        case .frame(let lowest, let isExact):
            let offset = Int32(clamping: Int(lowest) + Int(instruction.offset))
            noteFrame(Int(offset), in: function)
            if isExact {
                if size == 8 { loaded = state.value(at: offset) }
            } else if state.hasContext(from: offset) {
                loaded = .maybeContext
            }
        case .uninitialised, .firstArgument, .constant, .other: break
        }
        state[instruction.destination] = loaded
    }

    private mutating func store(
        _ instruction: Instruction, at index: Int, _ function: Int, _ state: inout TrackedState
    ) {
        if instruction.isAtomic, instruction.immediate == Instruction.loadAcquire {
            if state[instruction.source].isContext { refuse(.oddLoad, at: index) }
            state[instruction.destination] = .other
            return
        }
        let size = instruction.accessSize
        let isPlain = instruction.codeClass == .storeRegister && !instruction.isAtomic
        let given = instruction.codeClass == .storeRegister ? state[instruction.source] : .other
        let stored = isPlain ? given : .other
        if !isPlain, given.isContext { refuse(.contextInMemory, at: index) }
        switch state[instruction.destination] {
        case .context, .movedContext: refuse(.storeThroughContext, at: index)
        case .maybeContext: refuse(.maybeContext, at: index)
        case .frame(let lowest, let isExact):
            let offset = Int32(clamping: Int(lowest) + Int(instruction.offset))
            noteFrame(Int(offset), in: function)
            if isExact {
                let isFollowed = state.store(stored, at: offset, size: size)
                if !isFollowed, stored.isContext { refuse(.partOfContext, at: index) }
            } else {
                if stored.isContext { refuse(.contextInMemory, at: index) }
                // The verifier lets nobody write over a pointer at a place that is not known.
                state.doubt(from: offset, keepsContext: true)
            }
        case .uninitialised, .firstArgument, .constant, .other:
            if stored.isContext { refuse(.contextInMemory, at: index) }
        }
        guard instruction.isAtomic else { return }
        if instruction.immediate == Instruction.compareAndExchange {
            state[0] = .other
        } else if instruction.immediate & Instruction.fetch != 0 {
            state[instruction.source] = .other
        }
    }

    // MARK: - Arithmetic

    private mutating func calculate(
        _ instruction: Instruction, at index: Int, _ function: Int, _ state: inout TrackedState
    ) {
        let isWide = instruction.codeClass == .arithmetic64
        let operation = instruction.code & 0xf0
        guard operation <= 0xd0 else { return refuse(.unknownCode, at: index) }
        let isUnary = operation == 0x80 || operation == 0xd0
        let operand: TrackedValue =
            !isUnary && instruction.code & 0x08 != 0 ? state[instruction.source] : .constant(instruction.immediate)
        let result: TrackedValue
        if operation == 0xb0 {
            result = moved(
                operand, isWhole: isWide && instruction.offset == 0, isExtended: instruction.offset != 0, at: index)
        } else {
            result = combined(
                state[instruction.destination], operand, operation, isWide: isWide && !isUnary, at: index)
        }
        if case .frame(let lowest, _) = result { noteFrame(Int(lowest), in: function) }
        state[instruction.destination] = result
    }

    private mutating func moved(
        _ value: TrackedValue, isWhole: Bool, isExtended: Bool, at index: Int
    ) -> TrackedValue {
        if isWhole { return value }
        switch value {
        // In 32 bits a number stays what it is if it is not below 0, and a small one whatever is sign-extended.
        case .constant(let number): return number >= 0 && (number < 128 || !isExtended) ? value : .other
        case .context, .movedContext:
            refuse(.partOfContext, at: index)
            return .maybeContext
        case .maybeContext: return .maybeContext
        default: return .other
        }
    }

    private mutating func combined(
        _ left: TrackedValue, _ right: TrackedValue, _ operation: UInt8, isWide: Bool, at index: Int
    ) -> TrackedValue {
        let (isSum, isDifference) = (isWide && operation == 0x00, isWide && operation == 0x10)
        if case .constant(let number) = right {
            if isSum, let sum = left.adding(number) { return sum }
            if isDifference, number != .min, let sum = left.adding(-number) { return sum }
        } else if case .constant(let number) = left, isSum, let sum = right.adding(number) {
            return sum
        }
        switch (left, right) {
        case (.context, _), (.movedContext, _), (_, .context), (_, .movedContext):
            refuse(.arithmetic, at: index)
            return .maybeContext
        case (.maybeContext, _), (_, .maybeContext): return .maybeContext
        // The distance of two places.
        case (.frame, .frame): return .other
        case (.frame(let lowest, _), _):
            // A number that is not known is taken for an index, which is not below 0, unless it is subtracted.
            return .frame(lowest: isDifference ? -TrackedState.frameSize : lowest, isExact: false)
        case (_, .frame(let lowest, _)) where isSum: return .frame(lowest: lowest, isExact: false)
        default: return .other
        }
    }

    // MARK: - Calls

    private mutating func call(
        _ instruction: Instruction, at index: Int, _ function: Int, _ state: inout TrackedState
    ) -> Bool {
        switch instruction.source {
        case Instruction.pseudoCall:
            let target = index + 1 + Int(instruction.immediate)
            guard code.indices.contains(target), let callee = self.function(at: target) else {
                refuse(.unknownCode, at: index)
                return false
            }
            callFunction(callee, at: index, function, &state)
        case Instruction.pseudoKernelCall:
            if case .firstArgument(0) = state[1] {
                // bpf_rdonly_cast, to the user's registers.
                noteWrapperKnown(at: index)
            }
            if state.arguments.contains(where: \.isContext) { refuse(.kernelFunction, at: index) }
        default: callHelper(instruction.immediate, at: index, &state)
        }
        state.endCall()
        return true
    }

    private mutating func callFunction(_ callee: Int, at index: Int, _ function: Int, _ state: inout TrackedState) {
        let given = state.arguments.map { value -> TrackedValue in
            switch value {
            case .context, .maybeContext, .uninitialised, .firstArgument: value
            case .movedContext: .maybeContext
            case .frame, .constant, .other: .other
            }
        }
        for value in state.arguments {
            if case .movedContext = value { refuse(.movedContext, at: index) }
            guard case .frame(let lowest, _) = value else { continue }
            if state.hasContext(from: lowest) { refuse(.contextInArguments, at: index) }
            state.doubt(from: lowest, keepsContext: true)
        }
        noteCall(of: callee, from: function, given)
    }

    private mutating func callHelper(_ helper: Int32, at index: Int, _ state: inout TrackedState) {
        if helper == Self.tailCall { noteTailCall() }
        guard Self.reads.contains(helper) else { return }
        let isOfKernel = helper == Self.probeRead || helper == Self.probeReadKernel
        switch state[3] {
        // Of the context or of its first argument, as the kernel has it: that is how a program chooses that knows both.
        case .maybeContext where isOfKernel: noteWrapperKnown(at: index)
        case .context, .movedContext, .maybeContext: refuse(.probeReadOfContext, at: index)
        case .firstArgument(let offset) where isOfKernel && registers.isArgument(offset, size: state[2]):
            noteWrapperKnown(at: index)
        default: break
        }
        guard case .frame(let lowest, let isExact) = state[1] else { return }
        if isExact, case .constant(let size) = state[2], size >= 0 {
            state.overwrite(from: lowest, size: size)
        } else {
            state.doubt(from: lowest, keepsContext: false)
        }
    }

    private static let tailCall: Int32 = 12
    private static let (probeRead, probeReadKernel): (Int32, Int32) = (4, 113)
    /// `bpf_probe_read`, `_str`, and those of the user and of the kernel: from the third argument, to the first.
    private static let reads: Set<Int32> = [probeRead, 45, 112, probeReadKernel, 114, 115]
}

extension Instruction {
    /// The bytes of an access to memory (`BPF_SIZE`).
    fileprivate var accessSize: Int32 {
        switch code & 0x18 {
        case 0x00: 4
        case 0x08: 2
        case 0x10: 1
        default: 8
        }
    }
}
