// SPDX-License-Identifier: Apache-2.0

internal import BPFObject

/// Finds out how an object's code chooses the bucket that it counts in.
///
/// Each function is walked forwards along all its branches. A number that is only added to, divided by a constant and bounded
/// keeps the distances of what was measured: its buckets have one width. What is computed in any other way, as powers of two
/// are (shifts by what comparisons gave), is not known.
struct BucketScanner {
    /// Where buckets are counted.
    struct Place: Hashable {
        let map: Int
        /// The first of them: bytes from the start of the value, or of the first element of an array that has several.
        let offset: Int
        /// Bytes of each.
        let width: Int
    }

    /// How the buckets of each place are chosen; nil where that is in doubt.
    private(set) var found: [Place: BucketIndex?] = [:]
    /// The calls that look for, set or remove a key of each map: functions and their instructions.
    private(set) var keyed: [Int: Set<Call>] = [:]
    /// Instructions that may still be looked at.
    private var allowance = 2_000_000

    /// A call of a helper.
    struct Call: Hashable {
        let function: Int
        let instruction: Int
    }

    private static let mostPlaces = 4_096
    private static let mostFound = 1_024

    init(_ functions: [ObjectFunction]) {
        let called = Set(
            functions.flatMap(\.references).compactMap { reference in
                if case .call(let function) = reference.target { function } else { nil }
            })
        for (index, function) in functions.enumerated() where function.refusal == nil {
            walk(function, index, isCalled: called.contains(index))
        }
        // What was not looked at may count otherwise.
        if allowance <= 0 { found = [:] }
    }

    private mutating func walk(_ function: ObjectFunction, _ number: Int, isCalled: Bool) {
        let code = function.instructions
        let references = Dictionary(function.references.map { ($0.instruction, $0.target) }) { first, _ in first }
        let targets = EmissionScanner.targets(code)
        guard !code.isEmpty, targets.count <= Self.mostPlaces else {
            if !code.isEmpty { allowance = 0 }
            return
        }
        var entry = BucketState()
        for register: UInt8 in 1...5 { entry[register] = isCalled ? .stored : register == 1 ? .context : .other }
        var states: [Int: BucketState] = [0: entry]
        var work = [0]
        var counted: [Int: (place: Place, index: BucketIndex?)] = [:]
        while let start = work.popLast(), var state = states[start] {
            var place = start
            while place < code.count {
                allowance -= 1
                guard allowance > 0 else { return }
                let instruction = code[place]
                counted[place] = BucketStep.count(instruction, state)
                // bpf_map_lookup_elem, bpf_map_update_elem, bpf_map_delete_elem
                if instruction.code == Instruction.callCode, instruction.source == 0,
                    (1...3).contains(instruction.immediate), case .map(let map) = state[1]
                {
                    keyed[map, default: []].insert(Call(function: number, instruction: place))
                }
                BucketStep.run(instruction, references[place], &state)
                var ways: [Int] = []
                if let jump = EmissionScanner.jump(instruction, at: place) { ways.append(jump) }
                let next = place + (instruction.isWideLoad ? 2 : 1)
                if !EmissionScanner.endsBlock(instruction) { ways.append(next) }
                var goesOn = false
                for way in ways where code.indices.contains(way) {
                    guard targets.contains(way) else {
                        goesOn = true
                        continue
                    }
                    if states[way] == nil {
                        states[way] = state
                        work.append(way)
                    } else if states[way]?.join(state) == true {
                        work.append(way)
                    }
                }
                guard goesOn else { break }
                place = next
            }
        }
        for (place, index) in counted.values { note(place, index) }
    }

    /// Takes in one place of the code that counts; several must count alike.
    private mutating func note(_ place: Place, _ index: BucketIndex?) {
        guard let known = found[place] else {
            if found.count < Self.mostFound { found[place] = .some(index) }
            return
        }
        guard let known, let index else {
            found[place] = .some(nil)
            return
        }
        found[place] = .some(known.joined(index))
    }
}

/// What one instruction does to what is known.
enum BucketStep {
    /// The bucket that an instruction counts in; nil if it writes to none.
    ///
    /// A store to a place that an index chooses is one too: it ends the addition of one that is not atomic.
    static func count(
        _ instruction: Instruction, _ state: BucketState
    ) -> (place: BucketScanner.Place, index: BucketIndex?)? {
        // BPF_STX, with BPF_MEM or BPF_ATOMIC
        guard instruction.code & 0x07 == 0x03, [0x60, 0xc0].contains(instruction.code & 0xe0),
            case .memory(let memory) = state[instruction.destination]
        else { return nil }
        let width = AbstractStep.width(instruction.code)
        let place = BucketScanner.Place(map: memory.map, offset: memory.offset + Int(instruction.offset), width: width)
        if let index = memory.index { return (place, Int64(width) == index.factor ? index : nil) }
        // Something that is not known chooses it.
        return memory.hasOther ? (place, nil) : nil
    }

    static func run(
        _ instruction: Instruction, _ target: ObjectFunction.Reference.Target?, _ state: inout BucketState
    ) {
        switch instruction.code & 0x07 {
        case 0x00:
            guard instruction.isWideLoad else {
                for register: UInt8 in 0...5 { state[register] = .other }
                return
            }
            switch target {
            case .map(let map): state[instruction.destination] = .map(map)
            case .data(let map, let offset):
                state[instruction.destination] = .memory(BucketPlace(map: map, offset: Int(offset)))
            default: state[instruction.destination] = .other
            }
        case 0x01: state[instruction.destination] = loaded(instruction, state)
        case 0x02, 0x03: store(instruction, &state)
        case 0x04, 0x07: state[instruction.destination] = computed(instruction, state)
        default: if instruction.code == Instruction.callCode { call(instruction, target, &state) }
        }
    }

    private static func loaded(_ instruction: Instruction, _ state: BucketState) -> BucketValue {
        // BPF_MEM, BPF_MEMSX
        guard [0x60, 0x80].contains(instruction.code & 0xe0) else { return .other }
        return switch state[instruction.source] {
        case .frame(let base): state.load(base + Int(instruction.offset), AbstractStep.width(instruction.code))
        case .context: .measured
        // Behind a pointer of the kernel there is what the kernel counts.
        case .index(let pointer) where !pointer.isStored: .measured
        default: .stored
        }
    }

    private static func store(_ instruction: Instruction, _ state: inout BucketState) {
        let isAtomic = instruction.code & 0xe0 == 0xc0
        if isAtomic, instruction.immediate & 1 != 0 {
            state[instruction.source] = .other
            state[0] = .other
        }
        guard case .frame(let base) = state[instruction.destination] else { return }
        let value: BucketValue =
            isAtomic
            ? .other
            : instruction.code & 0x07 == 0x02 ? .number(Int64(instruction.immediate)) : state[instruction.source]
        state.store(base + Int(instruction.offset), AbstractStep.width(instruction.code), value)
    }

    private static func call(
        _ instruction: Instruction, _ target: ObjectFunction.Reference.Target?, _ state: inout BucketState
    ) {
        var result = BucketValue.other
        var filled: (place: Int, size: Int)?
        if instruction.source == 0 {
            result = .measured
            if EmissionHelper.isLookup(instruction.immediate) {
                result = .other
                if case .map(let map) = state[1] { result = .memory(BucketPlace(map: map, offset: 0)) }
            }
            // bpf_probe_read, bpf_probe_read_user, bpf_probe_read_kernel
            if [4, 112, 113].contains(instruction.immediate), case .frame(let place) = state[1],
                case .number(let size) = state[2], [1, 2, 4, 8].contains(size)
            {
                filled = (place, Int(size))
            }
        }
        for register: UInt8 in 1...5 {
            guard case .frame(let place) = state[register] else { continue }
            if filled != nil, register == 1 { continue }
            state.forget(from: place)
        }
        if let filled { state.store(filled.place, filled.size, .measured) }
        for register: UInt8 in 1...5 { state[register] = .other }
        state[0] = result
    }

    private static func computed(_ instruction: Instruction, _ state: BucketState) -> BucketValue {
        let is64Bit = instruction.code & 0x07 == 0x07
        let operand: BucketValue =
            instruction.code & 0x08 != 0 ? state[instruction.source] : .number(Int64(instruction.immediate))
        let old = state[instruction.destination]
        switch instruction.code & 0xf0 {
        case 0xb0:
            guard instruction.offset == 0 else { return .other }
            if is64Bit { return operand }
            switch operand {
            case .number(let number): return .number(Int64(UInt32(truncatingIfNeeded: number)))
            case .index: return operand
            default: return .other
            }
        case 0x00: return sum(old, operand, is64Bit)
        case 0x10:
            switch (old, operand) {
            case (.index(let one), .index(let other)): return value(one.combined(with: other))
            case (_, .number(let number)) where number != .min: return sum(old, .number(-number), is64Bit)
            default: return .other
            }
        case 0x20: return scaled(old, operand) { $0.multiplied(by: $1) }
        case 0x30 where instruction.offset == 0: return scaled(old, operand) { $0.divided(by: $1) }
        case 0x60:
            if is64Bit, operand == .number(32), case .index(let index) = old { return .shifted(index) }
            return scaled(old, operand) { (0..<21).contains($1) ? $0.multiplied(by: 1 << $1) : nil }
        case 0x70, 0xc0:
            if is64Bit, case .shifted(let index) = old, case .number(let bits) = operand, (12...32).contains(bits) {
                return value(index.multiplied(by: 1 << (32 - bits)))
            }
            return scaled(old, operand) { (0..<40).contains($1) ? $0.divided(by: 1 << $1) : nil }
        case 0x50: return operand == .number(0xffff_ffff) ? old : .other
        default: return .other
        }
    }

    private static func value(_ index: BucketIndex?) -> BucketValue { index.map { .index($0) } ?? .other }

    private static func scaled(
        _ old: BucketValue, _ operand: BucketValue, _ operation: (BucketIndex, Int64) -> BucketIndex?
    ) -> BucketValue {
        guard case .index(let index) = old, case .number(let number) = operand else { return .other }
        return value(operation(index, number))
    }

    private static func sum(_ old: BucketValue, _ operand: BucketValue, _ is64Bit: Bool) -> BucketValue {
        switch (old, operand) {
        case (.number(let one), .number(let other)): return .number(one &+ other)
        case (.frame(let place), .number(let number)):
            guard is64Bit, number.magnitude < 1 << 20 else { return .other }
            return .frame(place + Int(number))
        case (.memory(let place), .number(let number)), (.number(let number), .memory(let place)):
            return place.moved(by: number).map { .memory($0) } ?? .other
        case (.memory(let place), .index(let index)), (.index(let index), .memory(let place)):
            return place.adding(index).map { .memory($0) } ?? .other
        case (.memory(var place), .other), (.other, .memory(var place)):
            place.hasOther = true
            return .memory(place)
        case (.index(let index), .number(let number)), (.number(let number), .index(let index)):
            return value(index.adding(number))
        case (.index(let one), .index(let other)): return value(one.combined(with: other))
        default: return .other
        }
    }
}
