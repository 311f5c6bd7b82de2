// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BTF

/// Finds where an object's code sends events: to which maps, how many bytes, from where.
///
/// Each function is walked forwards along all its branches, with what is known of registers and of its frame. Functions
/// that others call are walked once for each set of arguments, so that one that sends to the map that it is given tells
/// all of them.
struct EmissionScanner {
    private let functions: [ObjectFunction]
    private(set) var found: Set<Emission> = []
    /// What each function writes to memory that may become an event.
    private(set) var writes: [Int: Set<EventWrite>] = [:]
    private var writeCount = 0
    /// How deep the frame of each function is, as far as its code goes: bytes, a multiple of 8.
    private var depths: [Int: Int] = [:]
    /// The same without the slots around calls that keep registers (`bpf_fastcall`).
    private var ownDepths: [Int: Int] = [:]
    /// Instructions that may still be looked at, in all functions.
    private var allowance = 4_000_000
    /// Whether the code is too large to be looked at as a whole.
    private(set) var isCut = false
    /// The arguments that functions were walked with.
    private var seen: [Int: Set<[AbstractValue]>] = [:]
    private var work: [(function: Int, arguments: [AbstractValue])] = []

    /// Arguments that one function is walked with, before nothing of them is taken for known.
    private static let mostArguments = 16

    /// Places of one function where branches meet, and emissions of one object, that are remembered.
    private static let mostPlaces = 16_384
    private static let mostEmissions = 1_024
    private static let mostWrites = 16_384

    init(_ functions: [ObjectFunction]) {
        self.functions = functions
        let called = Set(
            functions.flatMap(\.references).compactMap { reference in
                if case .call(let function) = reference.target { function } else { nil }
            })
        let unknown = [AbstractValue](repeating: .unknown, count: 5)
        for index in functions.indices where functions[index].refusal == nil && !called.contains(index) {
            add(index, unknown)
        }
        walkAll()
        // What is only called by what nobody calls is still in the object.
        for index in functions.indices where functions[index].refusal == nil && seen[index] == nil {
            add(index, unknown)
            walkAll()
        }
    }

    private mutating func add(_ function: Int, _ arguments: [AbstractValue]) {
        guard functions.indices.contains(function) else { return }
        var arguments = arguments
        if seen[function, default: []].count >= Self.mostArguments {
            arguments = [AbstractValue](repeating: .unknown, count: 5)
        }
        if seen[function, default: []].insert(arguments).inserted { work.append((function, arguments)) }
    }

    private mutating func walkAll() {
        while let next = work.popLast() { walk(next.function, next.arguments) }
    }

    // MARK: - One function

    private mutating func walk(_ index: Int, _ arguments: [AbstractValue]) {
        let function = functions[index]
        guard !function.instructions.isEmpty else { return }
        // To prepare for a walk costs something for each instruction, whether it is reached or not.
        allowance -= function.instructions.count / 4
        guard allowance > 0 else {
            isCut = true
            return
        }
        let references = Dictionary(function.references.map { ($0.instruction, $0.target) }) { first, _ in first }
        var entry = AbstractState()
        for (number, argument) in arguments.enumerated() { entry.registers[number + 1] = argument }
        let targets = Self.targets(function.instructions)
        let spills = Self.fastcallSpills(function.instructions)
        guard targets.count <= Self.mostPlaces else {
            isCut = true
            return
        }
        // What is known at the beginning and where branches meet.
        var states: [Int: AbstractState] = [0: entry]
        var places = [0]
        var sent: [Int: Set<Emission>] = [:]
        var written: [Int: EventWrite] = [:]
        while let start = places.popLast(), var state = states[start] {
            var place = start
            while place < function.instructions.count {
                guard allowance > 0 else {
                    isCut = true
                    return
                }
                allowance -= 1 + state.slots.count / 8
                let instruction = function.instructions[place]
                if let depth = Self.place(instruction, state), depth < 0, depth >= -Self.largestFrame {
                    let bytes = (-depth + 7) / 8 * 8
                    depths[index] = max(depths[index] ?? 0, bytes)
                    if !spills.contains(place) { ownDepths[index] = max(ownDepths[index] ?? 0, bytes) }
                }
                if written.count < Self.mostWrites {
                    written[place] = EventWrite(function.instructions, at: place, in: index, state)
                }
                if instruction.code == Instruction.callCode {
                    sent[place] = call(index, place, references[place], &state)
                } else {
                    AbstractStep.run(instruction, references[place], &state)
                }
                let next = place + (instruction.isWideLoad ? 2 : 1)
                var ways: [Int] = []
                if let jump = Self.jump(instruction, at: place) { ways.append(jump) }
                if !Self.endsBlock(instruction) { ways.append(next) }
                var goesOn = false
                let before = state
                for way in ways where function.instructions.indices.contains(way) {
                    let known = Self.narrowed(before, by: instruction, isTaken: ways.count > 1 && way == ways[0])
                    guard targets.contains(way) else {
                        goesOn = true
                        state = known
                        continue
                    }
                    if states[way] == nil {
                        states[way] = known
                        places.append(way)
                    } else if states[way]?.join(known) == true {
                        places.append(way)
                    }
                }
                guard goesOn else { break }
                place = next
            }
        }
        // The last walk through a place knew what is so on all ways.
        for emissions in sent.values { found.formUnion(emissions) }
        if writeCount < Self.mostWrites, !written.isEmpty {
            writeCount += written.count
            writes[index, default: []].formUnion(written.values)
        }
        if found.count > Self.mostEmissions { allowance = 0 }
    }

    /// How deep the frame of a function may be as its compiler counts it.
    ///
    /// What keeps registers around a call of `bpf_fastcall` lies below the frame, and a frame that holds what is aligned
    /// to 16 bytes is rounded up to that.
    func frameDepths(of function: Int) -> Set<Int> {
        let told = [depths[function], ownDepths[function]].compactMap(\.self)
        return Set(told + told.map { ($0 + 15) / 16 * 16 })
    }

    /// The stores in front of calls, and the loads behind them, that only keep registers.
    private static func fastcallSpills(_ code: [Instruction]) -> Set<Int> {
        var found: Set<Int> = []
        for call in code.indices where code[call].code == Instruction.callCode {
            for distance in 1...5 {
                guard code.indices.contains(call - distance), code.indices.contains(call + distance) else { break }
                let (store, load) = (code[call - distance], code[call + distance])
                // BPF_STX | BPF_MEM | BPF_DW and BPF_LDX | BPF_MEM | BPF_DW, of one register and one slot
                guard store.code == 0x7b, load.code == 0x79, store.destination == 10, load.source == 10,
                    store.source == load.destination, (1...5).contains(store.source), store.offset == load.offset
                else { break }
                found.insert(call - distance)
                found.insert(call + distance)
            }
        }
        return found
    }

    /// The places that jumps lead to.
    static func targets(_ code: [Instruction]) -> Set<Int> {
        Set(code.indices.compactMap { jump(code[$0], at: $0) })
    }

    /// Where an instruction may jump to.
    static func jump(_ instruction: Instruction, at place: Int) -> Int? {
        // BPF_JMP and BPF_JMP32; calls and exits do not jump.
        guard [0x05, 0x06].contains(instruction.code & 0x07), ![0x80, 0x90].contains(instruction.code & 0xf0) else {
            return nil
        }
        // BPF_JMP32 | BPF_JA has a long distance (instruction set v4).
        return place + 1 + (instruction.code == 0x06 ? Int(instruction.immediate) : Int(instruction.offset))
    }

    /// Comparisons whose sides are exchanged.
    private static let mirrored: [UInt8: UInt8] = [
        0x20: 0xa0, 0xa0: 0x20, 0x30: 0xb0, 0xb0: 0x30, 0x60: 0xc0, 0xc0: 0x60, 0x70: 0xd0, 0xd0: 0x70,
    ]

    /// What is known behind a jump on one of its ways, where it compares a number.
    private static func narrowed(
        _ state: AbstractState, by instruction: Instruction, isTaken: Bool
    ) -> AbstractState {
        guard [0x05, 0x06].contains(instruction.code & 0x07), ![0x00, 0x80, 0x90].contains(instruction.code & 0xf0)
        else { return state }
        let is64Bit = instruction.code & 0x07 == 0x05
        var register = instruction.destination
        var operation = instruction.code & 0xf0
        var number = Int64(instruction.immediate)
        if instruction.code & 0x08 != 0 {
            if case .numbers(let numbers) = state[instruction.source], numbers.count == 1 {
                number = numbers[0]
            } else if case .numbers(let numbers) = state[register], numbers.count == 1,
                let other = Self.mirrored[operation]
            {
                (number, register, operation) = (numbers[0], instruction.source, other)
            } else {
                return state
            }
        }
        let value = state[register]
        let narrowed = NumberRange.compared(value, operation, number, isTaken: isTaken, is64Bit: is64Bit)
        guard narrowed != value else { return state }
        var state = state
        state[register] = narrowed
        return state
    }

    static func endsBlock(_ instruction: Instruction) -> Bool {
        [0x05, 0x06, 0x95].contains(instruction.code)
    }

    /// Bytes of a frame at most (`MAX_BPF_STACK`).
    private static let largestFrame = 512

    /// The place of the frame that an instruction loads from, stores to or makes the address of.
    private static func place(_ instruction: Instruction, _ state: AbstractState) -> Int? {
        switch instruction.code & 0x07 {
        case 0x01:
            guard case .frame(let base) = state[instruction.source] else { return nil }
            return base + Int(instruction.offset)
        case 0x02, 0x03:
            guard case .frame(let base) = state[instruction.destination] else { return nil }
            return base + Int(instruction.offset)
        // BPF_ALU64 | BPF_ADD | BPF_K
        case 0x07 where instruction.code == 0x07:
            guard case .frame(let base) = state[instruction.destination] else { return nil }
            return base + Int(instruction.immediate)
        default: return nil
        }
    }

    // MARK: - Calls

    private mutating func call(
        _ function: Int, _ place: Int, _ target: ObjectFunction.Reference.Target?, _ state: inout AbstractState
    ) -> Set<Emission> {
        let instruction = functions[function].instructions[place]
        var emissions: Set<Emission> = []
        var result = AbstractValue.unknown
        if case .call(let callee) = target {
            let arguments = (1...5).map { state.registers[$0] }
            // Its frame is another.
            add(
                callee,
                arguments.map { if case .frame = $0 { .unknown } else { $0 == .frameSomewhere ? .unknown : $0 } })
        } else if instruction.source == 0 {
            emissions = self.emissions(function, place, instruction.immediate, state)
            if EmissionHelper.isLookup(instruction.immediate), case .maps(let maps) = state.registers[1],
                maps.count == 1
            {
                result = .given(GivenMemory(.value(of: maps[0])))
            } else if EmissionHelper.isReservation(instruction.immediate), case .maps(let maps) = state.registers[1],
                maps.count == 1
            {
                result = .given(GivenMemory(.room(in: maps[0])))
            }
        }
        for register in 1...5 { state.forget(behind: state.registers[register]) }
        for register in 1...5 { state.registers[register] = .unknown }
        state.registers[0] = result
        return emissions
    }

    private func emissions(
        _ function: Int, _ place: Int, _ helper: Int32, _ state: AbstractState
    ) -> Set<Emission> {
        let map: AbstractValue
        let size: AbstractValue
        let data: Emission.Data
        var givers: [GivenMemory.Giver] = []
        switch EmissionHelper(helper) {
        case .output(let mapRegister, let dataRegister, let sizeRegister):
            (map, size) = (state.registers[mapRegister], state.registers[sizeRegister])
            data =
                switch state.registers[dataRegister] {
                case .frame(let offset): .frame(offset)
                case .frameSomewhere: .frame(nil)
                case .given(let memory): memory.map.map { .value(of: $0) } ?? .elsewhere
                case .global(let map, let offset): .global(map: map, offset: offset)
                default: .elsewhere
                }
            if case .given(let memory) = state.registers[dataRegister], memory.offset == 0 { givers = memory.givers }
        case .reserve(let mapRegister, let sizeRegister, let isDynamic):
            (map, size) = (state.registers[mapRegister], state.registers[sizeRegister])
            data = isDynamic ? .dynamic : .reserved
            if !isDynamic, case .maps(let maps) = map, maps.count == 1 { givers = [.room(in: maps[0])] }
        case nil: return []
        }
        var maps: [Int?] = [nil]
        if case .maps(let known) = map { maps = known }
        var sizes: [Int?] = [nil]
        // Which size goes to which of several maps is not told.
        if case .numbers(let known) = size, maps.count == 1 || known.count == 1 {
            // Where others are possible the kernel refuses these.
            sizes = known.filter { (1...Int64(Limits.event)).contains($0) }.map { Int($0) }
        }
        var least = 0
        if case .range(let range) = size { least = Int(min(range.least, Int64(Limits.event))) }
        return Set(
            maps.flatMap { map in
                sizes.map { size in
                    Emission(
                        function: function, instruction: place, map: map, size: size, least: size == nil ? least : 0,
                        data: data, givers: givers)
                }
            })
    }
}
