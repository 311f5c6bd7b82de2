// SPDX-License-Identifier: Apache-2.0

/// Walks through a linked program as the verifier does, one way after the other: numbers that are known decide branches.
///
/// What is not reached here the verifier does not look at either. It may know more, and then reach less: it knows ranges.
struct CodeWalk {
    /// The number in constant data: a map, bytes from the start of its value, and how many there are.
    typealias Constants = (_ map: Int, _ offset: Int, _ width: Int) -> UInt64?

    /// An event whose bytes were not all written.
    struct Unset: Hashable {
        /// The call that sends it.
        let call: Int
        /// Bytes of it.
        let size: Int
        /// Those that nothing wrote, from its start.
        let bytes: [Int]
    }

    /// Which instructions are reached.
    private(set) var reached: Set<Int> = []
    /// Whether all ways were walked to their ends.
    private(set) var isWhole = true
    /// The numbers that the program returns, with where it does.
    private(set) var returns: [Int: Set<UInt64>] = [:]
    /// Events that are sent with bytes that nothing wrote.
    private(set) var unset: [Int: Unset] = [:]
    /// What it reads of the kernel's structures, and of the elements of maps.
    private(set) var kernelReads = KernelReads()

    private let code: [Instruction]
    private let references: [Int: LinkedProgram.MapReference]
    private let globals: Set<Int>
    private let constants: Constants
    private let kernelFunctions: Set<Int>
    private let targets: Set<Int>
    private let live: [RegisterSet]
    private let program: LinkedProgram
    private let arguments: ContextArguments?
    private var seen: [Int: Set<CodeState>] = [:]
    private var waiting: [CodeState] = []
    private var callbacks: Set<Int> = []
    private var stepsLeft: Int
    /// States that are kept, to know them again.
    private var states = 0

    /// States of one program that are kept at most: a state may have some KiB.
    private static let mostStates = 10_000
    /// Instructions that were looked at.
    var steps: Int { allSteps - stepsLeft }
    private let allSteps: Int

    /// Functions that call one another at most (`MAX_CALL_FRAMES`).
    private static let mostFrames = 8

    /// Walks.
    ///
    /// - Parameters:
    ///   - program: The program.
    ///   - steps: How many instructions are looked at, each as often as it is come by.
    ///   - kernelFunctions: Instructions that load the address of a function of the kernel, of which the verifier knows that
    ///     it is not null.
    ///   - arguments: Of which function its context has the arguments.
    ///   - constants: What is known of data: constants, and what stands for the kernel's configuration.
    init(
        _ program: LinkedProgram, steps: Int, kernelFunctions: Set<Int> = [], arguments: ContextArguments? = nil,
        constants: @escaping Constants
    ) {
        code = program.instructions
        self.program = program
        self.arguments = arguments
        references = Dictionary(program.mapReferences.map { ($0.instruction, $0) }) { first, _ in first }
        globals = Set(program.pieces.dropFirst().filter { $0.function.isGlobal }.map(\.start))
        self.constants = constants
        self.kernelFunctions = kernelFunctions
        var targets: Set<Int> = []
        for (index, instruction) in code.enumerated() {
            guard case .distances(let distances) = instruction.effects.next, distances != [1], distances != [2] else {
                continue
            }
            targets.formUnion(distances.map { index + $0 })
        }
        self.targets = targets
        live = UnusedFetches.liveBefore(code)
        stepsLeft = steps
        allSteps = steps
        var first = CodeState(entry: 0)
        first.registers[1] = .context(offset: 0)
        waiting = [first]
        while let state = waiting.popLast() {
            guard stepsLeft > 0 else {
                isWhole = false
                return
            }
            follow(state)
        }
    }

    /// Goes on from a state until the way ends, or was walked before.
    private mutating func follow(_ start: CodeState) {
        var state = start
        while code.indices.contains(state.place) {
            guard stepsLeft > 0 else {
                isWhole = false
                return
            }
            stepsLeft -= 1
            let place = state.place
            if targets.contains(place) {
                for register in 0..<10 where !live[place].contains(RegisterSet(UInt8(register))) {
                    state.registers[register] = .unknown
                }
                guard states < Self.mostStates else {
                    isWhole = false
                    return
                }
                guard seen[place, default: []].insert(state).inserted else { return }
                states += 1
            }
            reached.insert(place)
            guard step(code[place], &state) else { return }
        }
    }

    /// Takes one instruction in; false where the way ends.
    private mutating func step(_ instruction: Instruction, _ state: inout CodeState) -> Bool {
        let place = state.place
        state.place += instruction.isWideLoad ? 2 : 1
        switch instruction.codeClass {
        case .load: load(instruction, at: place, &state)
        case .loadRegister: loadRegister(instruction, at: place, &state)
        case .store:
            kernelReads.noteWrite(state[instruction.destination])
            state.store(
                .number(UInt64(bitPattern: Int64(instruction.immediate))), state[instruction.destination],
                Int(instruction.offset), width: instruction.width)
        case .storeRegister: store(instruction, &state)
        case .arithmetic32, .arithmetic64: calculate(instruction, at: place, &state)
        case .jump, .jump32: return jump(instruction, at: place, &state)
        }
        return true
    }

    private mutating func calculate(_ instruction: Instruction, at place: Int, _ state: inout CodeState) {
        let (old, operand) = (state[instruction.destination], state[instruction.source])
        let result = Self.result(instruction, state)
        // What becomes of an address that is not followed any more nobody knows.
        let isMove = instruction.code & 0xf0 == 0xb0
        let used = (isMove ? [] : [old]) + (instruction.code & 0x08 != 0 ? [operand] : [])
        for value in used where value.isOfElement && !result.isOfElement { kernelReads.noteWrite(value) }
        if case .kernel = result, program.isRelocated(place) {
            state[instruction.destination] = .unknown
        } else {
            state[instruction.destination] = result
        }
    }

    // MARK: - Memory

    private mutating func loadRegister(_ instruction: Instruction, at place: Int, _ state: inout CodeState) {
        let (address, distance) = (state[instruction.source], Int(instruction.offset))
        if !program.isRelocated(place) { kernelReads.note(address, plus: distance, at: place) }
        guard instruction.mode == 0x60 else {
            state[instruction.destination] = .unknown
            return
        }
        if case .context(let offset) = address, instruction.width == 8 {
            state[instruction.destination] =
                arguments?.argument(atOffset: offset &+ distance).map { .kernel(.argument($0), offset: 0) } ?? .unknown
        } else {
            state[instruction.destination] = state.loaded(address, distance, width: instruction.width, constants)
        }
    }

    private mutating func load(_ instruction: Instruction, at place: Int, _ state: inout CodeState) {
        guard instruction.isWideLoad else {
            // Loads of packets, which call.
            for register in UInt8(0)...5 { state[register] = .unknown }
            return
        }
        if let reference = references[place] {
            state[instruction.destination] =
                reference.valueOffset.map { .data(map: reference.map, offset: Int($0)) } ?? .map(reference.map)
            return
        }
        let high = code.indices.contains(place + 1) ? UInt32(bitPattern: code[place + 1].immediate) : 0
        switch instruction.source {
        case 0:
            state[instruction.destination] = .number(
                UInt64(UInt32(bitPattern: instruction.immediate)) | UInt64(high) << 32)
        case Instruction.pseudoFunction:
            state[instruction.destination] = .unknown
            let entry = place + 1 + Int(instruction.immediate)
            if callbacks.insert(entry).inserted {
                var callback = CodeState(entry: entry)
                callback.isCallback = true
                waiting.append(callback)
            }
        default: state[instruction.destination] = kernelFunctions.contains(place) ? .kernelFunction : .unknown
        }
    }

    private mutating func store(_ instruction: Instruction, _ state: inout CodeState) {
        let address = state[instruction.destination]
        kernelReads.noteWrite(address)
        // On a stack it is found again.
        if !(address.isOfStack && instruction.width == 8) { kernelReads.noteWrite(state[instruction.source]) }
        guard instruction.isAtomic else {
            state.store(state[instruction.source], address, Int(instruction.offset), width: instruction.width)
            return
        }
        if instruction.immediate == Instruction.loadAcquire {
            state[instruction.destination] = .unknown
            return
        }
        state.store(.unknown, address, Int(instruction.offset), width: instruction.width)
        if instruction.immediate == Instruction.compareAndExchange {
            state[0] = .unknown
        } else if instruction.immediate & Instruction.fetch != 0 {
            state[instruction.source] = .unknown
        }
    }

    // MARK: - Branches and calls

    private mutating func jump(_ instruction: Instruction, at place: Int, _ state: inout CodeState) -> Bool {
        switch instruction.code {
        case 0x05: state.place = place + 1 + Int(instruction.offset)
        case 0x06: state.place = place + 1 + Int(instruction.immediate)
        case Instruction.callCode: return call(instruction, at: place, &state)
        case 0x95: return leave(at: place, &state)
        default:
            guard case .distances(let ways) = instruction.effects.next, let far = ways.last else {
                isWhole = false
                return false
            }
            let isTaken = instruction.code == 0xe5 ? nil : Self.isTaken(instruction, state)
            if isTaken != false {
                var other = state
                other.place = place + far
                if isTaken == true {
                    state = other
                } else {
                    waiting.append(other)
                }
            }
        }
        return true
    }

    private mutating func call(_ instruction: Instruction, at place: Int, _ state: inout CodeState) -> Bool {
        guard instruction.source == Instruction.pseudoCall else {
            if instruction.source == 0 { noteEvent(instruction.immediate, at: place, state) }
            noteKernel(instruction, at: place, state)
            let answer = Self.answer(instruction, state)
            Self.forget(instruction, &state)
            state[0] = answer
            return true
        }
        guard state.frames.count < Self.mostFrames else { return false }
        let entry = place + 1 + Int(instruction.immediate)
        var frame = CodeState.Frame()
        frame.saved = Array(state.registers[6...9])
        frame.back = state.place
        state.frames.append(frame)
        // A global function is looked at by itself, whatever it is called with.
        if globals.contains(entry) {
            for register in 1...5 where !state.registers[register].isOfStack {
                kernelReads.noteWrite(state.registers[register])
                state.registers[register] = .unknown
            }
        }
        for register in [0, 6, 7, 8, 9] { state.registers[register] = .unknown }
        state.registers[10] = .stack(level: state.frames.count - 1, offset: 0)
        state.place = entry
        return true
    }

    /// The end of a function; false if it is the program's.
    private mutating func leave(at place: Int, _ state: inout CodeState) -> Bool {
        guard state.frames.count > 1, let frame = state.frames.popLast() else {
            if !state.isCallback, let number = state[0].number { returns[place, default: []].insert(number) }
            return false
        }
        if state[0].isOfStack || globals.contains(entry(of: place)) { state.registers[0] = .unknown }
        for register in 1...5 { state.registers[register] = .unknown }
        for (index, value) in frame.saved.enumerated() { state.registers[6 + index] = value }
        state.registers[10] = .stack(level: state.frames.count - 1, offset: 0)
        state.place = frame.back
        return true
    }

    private func entry(of place: Int) -> Int { globals.filter { $0 <= place }.max() ?? 0 }

    /// Helpers that send what lies behind a register, of the size in another one.
    static let senders: [Int32: (data: UInt8, size: UInt8)] = [
        25: (4, 5), 111: (4, 5), 121: (4, 5), 130: (2, 3),
    ]

    private mutating func noteEvent(_ helper: Int32, at place: Int, _ state: CodeState) {
        guard let (data, size) = Self.senders[helper] else { return }
        var event = Unset(call: place, size: 0, bytes: [])
        if case .stack(let level, let offset) = state[data],
            let count = state[size].number.flatMap({ Int(exactly: $0) }), state.frames.indices.contains(level),
            (-StackBytes.size..<0).contains(offset), (1...(-offset)).contains(count)
        {
            let written = state.frames[level].written
            event = Unset(call: place, size: count, bytes: (0..<count).filter { !written[offset + $0] })
        }
        // Ways are walked that never happen: what is unset is unset on each.
        guard let known = unset[place] else {
            unset[place] = event
            return
        }
        let bytes = known.size == event.size ? known.bytes.filter(Set(event.bytes).contains) : []
        unset[place] = Unset(call: place, size: event.size, bytes: bytes)
    }

    /// Helpers that only read what they are given.
    private static let readers: Set<Int32> = [1, 2, 3, 6, 25, 111, 121, 130]
    /// Helpers that call a function of the program, which may write through any pointer that it is handed.
    private static let callers: Set<Int32> = [164, 180, 181, 209]
    /// Helpers that write as many bytes to what the first register leads to as the second says.
    private static let fillers: Set<Int32> = [4, 16, 45, 112, 113, 114, 115]

    private mutating func noteKernel(_ instruction: Instruction, at place: Int, _ state: CodeState) {
        let helper = instruction.source == 0 ? instruction.immediate : 0
        if KernelReads.probeReads.contains(helper) { kernelReads.note(state[3], plus: 0, at: place) }
        // A function of the program's own may find addresses on its caller's stack.
        if Self.callers.contains(helper) {
            for value in state.frames.flatMap(\.slots.values) { kernelReads.noteWrite(value) }
        }
        // A lookup takes the map, and what only reads changes nothing.
        guard !Self.readers.contains(helper) || helper == 2 || helper == 3 else { return }
        for register in UInt8(1)...5 { kernelReads.noteWrite(state[register]) }
    }

    /// What a helper returns, as far as that is followed.
    private static func answer(_ instruction: Instruction, _ state: CodeState) -> CodeValue {
        guard instruction.source == 0 else { return .unknown }
        if KernelReads.currentTask.contains(instruction.immediate) { return .kernel(.task, offset: 0) }
        if instruction.immediate == KernelReads.lookup, case .map(let map) = state[1] { return .element(map: map) }
        return .unknown
    }

    /// What a helper or a kernel function leaves behind.
    private static func forget(_ instruction: Instruction, _ state: inout CodeState) {
        let helper = instruction.source == 0 ? instruction.immediate : 0
        if callers.contains(helper), state.registers[1...5].contains(where: \.isOfStack) { state.writeAnywhere() }
        if fillers.contains(helper) {
            state.writeBehind(state[1], count: state[2].number)
        } else if !readers.contains(helper) {
            for register in UInt8(1)...5 { state.writeBehind(state[register], count: nil) }
        }
        for register in UInt8(0)...5 { state[register] = .unknown }
    }
}

extension Instruction {
    /// Bytes that a load or store moves.
    fileprivate var width: Int { [4, 2, 1, 8][Int(code >> 3 & 3)] }
}
