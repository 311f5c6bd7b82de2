// SPDX-License-Identifier: Apache-2.0

internal import BPFObject

/// What one instruction that is no call does to what is known.
enum AbstractStep {
    /// The classes of instructions: the low three bits of the code.
    private enum Class {
        static let load: UInt8 = 0x00
        static let loadRegister: UInt8 = 0x01
        static let store: UInt8 = 0x02
        static let storeRegister: UInt8 = 0x03
        static let arithmetic32: UInt8 = 0x04
        static let arithmetic64: UInt8 = 0x07
    }

    static func run(
        _ instruction: Instruction, _ target: ObjectFunction.Reference.Target?, _ state: inout AbstractState
    ) {
        switch instruction.code & 0x07 {
        case Class.load:
            // The number of a wide load without a reference is in two halves, and no size is so large.
            guard instruction.isWideLoad else {
                // BPF_ABS and BPF_IND: loads of packets, which call.
                for register in 0...5 { state.registers[register] = .unknown }
                return
            }
            switch target {
            case .map(let map): state[instruction.destination] = .maps([map])
            case .data(let map, let offset):
                state[instruction.destination] = .global(map: map, offset: Int(offset))
            default: state[instruction.destination] = .unknown
            }
        case Class.loadRegister: state[instruction.destination] = loaded(instruction, state)
        case Class.store, Class.storeRegister: store(instruction, &state)
        case Class.arithmetic32, Class.arithmetic64:
            state[instruction.destination] = result(instruction, state)
        default: break
        }
    }

    /// Bytes that a load or store moves.
    static func width(_ code: UInt8) -> Int {
        switch code & 0x18 {
        case 0x00: 4
        case 0x08: 2
        case 0x10: 1
        default: 8
        }
    }

    private static func loaded(_ instruction: Instruction, _ state: AbstractState) -> AbstractValue {
        // BPF_LDX | BPF_MEM; what extends the sign is another mode.
        guard instruction.code & 0xe0 == 0x60 else { return .unknown }
        // BPF_DW
        guard instruction.code == 0x79, case .frame(let base) = state[instruction.source] else {
            return NumberRange.bytes(width(instruction.code))
        }
        return state.slots[base + Int(instruction.offset)] ?? .unknown
    }

    private static func store(_ instruction: Instruction, _ state: inout AbstractState) {
        // Atomic operations may give back the old value: in the source, or in register 0.
        let isAtomic = instruction.code & 0xe0 == 0xc0
        if isAtomic, instruction.immediate & 1 != 0 {
            state[instruction.source] = .unknown
            state.registers[0] = .unknown
        }
        guard case .frame(let base) = state[instruction.destination] else {
            if state[instruction.destination] == .frameSomewhere { state.slots = [:] }
            return
        }
        let place = base + Int(instruction.offset)
        let width = width(instruction.code)
        state.forget(from: place, count: width)
        guard width == 8, !isAtomic else { return }
        let value =
            instruction.code & 0x07 == Class.store
            ? .number(Int64(instruction.immediate)) : state[instruction.source]
        // Slots that are known cost time; a frame has 64 at most.
        if value != .unknown, state.slots.count < 32 { state.slots[place] = value }
    }

    private static func result(_ instruction: Instruction, _ state: AbstractState) -> AbstractValue {
        let is64Bit = instruction.code & 0x07 == Class.arithmetic64
        let usesRegister = instruction.code & 0x08 != 0
        let operand =
            usesRegister ? state[instruction.source] : AbstractValue.number(Int64(instruction.immediate))
        let old = state[instruction.destination]
        switch instruction.code & 0xf0 {
        case 0xb0:
            // BPF_MOV; with an offset it extends the sign (instruction set v4).
            guard instruction.offset == 0 else { return .unknown }
            return is64Bit ? operand : cut(operand)
        case 0x00, 0x10:
            let sign: Int64 = instruction.code & 0xf0 == 0 ? 1 : -1
            let sum = { numbers(old, operand, instruction) { $0 &+ $1 &* sign } }
            guard is64Bit else { return cut(sum()) }
            guard case .numbers(let distances) = operand else {
                return isInFrame(old) || isInFrame(operand) ? .frameSomewhere : sum()
            }
            guard distances.count == 1, let distance = Int(exactly: distances[0]), distance.magnitude < 1 << 20 else {
                return isInFrame(old) ? .frameSomewhere : sum()
            }
            switch old {
            case .frame(let place): return .frame(place + distance * Int(sign))
            case .frameSomewhere: return .frameSomewhere
            case .global(let map, let place): return .global(map: map, offset: place + distance * Int(sign))
            case .given(let memory): return memory.moved(by: distance * Int(sign)).map { .given($0) } ?? .unknown
            default: return sum()
            }
        case 0x20: return cut(numbers(old, operand, instruction) { $0 &* $1 }, unless: is64Bit)
        case 0x40: return cut(numbers(old, operand, instruction) { $0 | $1 }, unless: is64Bit)
        case 0x50: return cut(numbers(old, operand, instruction) { $0 & $1 }, unless: is64Bit)
        case 0x60: return cut(numbers(old, operand, instruction) { $0 << ($1 & (is64Bit ? 63 : 31)) }, unless: is64Bit)
        case 0x70 where is64Bit:
            return numbers(old, operand, instruction) { Int64(bitPattern: UInt64(bitPattern: $0) >> UInt64($1 & 63)) }
        // Of what is not negative the sign is of no account.
        case 0xc0 where is64Bit && NumberRange(old) != nil:
            return numbers(old, operand, instruction) { $0 >> ($1 & 63) }
        case 0xc0 where is64Bit: return numbers(old, operand) { $0 >> ($1 & 63) }
        default: return isInFrame(old) ? .frameSomewhere : .unknown
        }
    }

    private static func isInFrame(_ value: AbstractValue) -> Bool {
        switch value {
        case .frame, .frameSomewhere: true
        default: false
        }
    }

    /// Numbers that are computed from numbers; of several with several nothing is known.
    ///
    /// - Parameter instruction: The one that computes them, where it tells a range of a range.
    private static func numbers(
        _ first: AbstractValue, _ second: AbstractValue, _ instruction: Instruction? = nil,
        _ operation: (Int64, Int64) -> Int64
    ) -> AbstractValue {
        guard case .numbers(let left) = first, case .numbers(let right) = second, right.count == 1 else {
            guard let instruction, !isInFrame(first), !isInFrame(second) else { return .unknown }
            let is64Bit = instruction.code & 0x07 == Class.arithmetic64
            // BPF_ARSH of what is not negative is BPF_RSH.
            let code = instruction.code & 0xf0 == 0xc0 ? 0x70 : instruction.code & 0xf0
            return NumberRange.computed(first, second, code, is64Bit: is64Bit)
        }
        return .numbers(Set(left.map { operation($0, right[0]) }).sorted())
    }

    /// What is left of a value in the low 32 bits.
    private static func cut(_ value: AbstractValue, unless is64Bit: Bool = false) -> AbstractValue {
        if is64Bit { return value }
        guard case .numbers(let numbers) = value else {
            if case .range(let range) = value, range.most < 1 << 32 { return value }
            return isInFrame(value) ? .frameSomewhere : NumberRange.bytes(4)
        }
        return .numbers(Set(numbers.map { Int64(UInt32(truncatingIfNeeded: $0)) }).sorted())
    }
}
