// SPDX-License-Identifier: Apache-2.0

/// What is known of a register or of a slot of the frame wherever the code may have come from.
enum AbstractValue: Hashable {
    /// Nothing.
    case unknown
    /// One of a few numbers.
    case numbers([Int64])
    /// Some number from 0 up, as unsigned numbers are: all of them lie in a range.
    case range(NumberRange)
    /// A map, by its index: one of a few.
    case maps([Int])
    /// The frame of the function, and bytes from its top.
    case frame(Int)
    /// Somewhere in the frame of the function.
    case frameSomewhere
    /// Memory that a helper gave, such as a value of a map.
    case given(GivenMemory)
    /// A global variable: the index of its map, and bytes from the start.
    case global(map: Int, offset: Int)

    /// How many numbers or maps are told apart.
    private static let most = 4

    static func number(_ value: Int64) -> AbstractValue { .numbers([value]) }

    /// What is known if the code came with either of two values.
    func joined(_ other: AbstractValue) -> AbstractValue {
        guard self != other else { return self }
        switch (self, other) {
        case (.numbers(let first), .numbers(let second)):
            let all = Set(first).union(second)
            return all.count <= Self.most ? .numbers(all.sorted()) : NumberRange.joined(self, other)
        case (.numbers, .range), (.range, .numbers), (.range, .range): return NumberRange.joined(self, other)
        case (.maps(let first), .maps(let second)):
            let all = Set(first).union(second)
            return all.count <= Self.most ? .maps(all.sorted()) : .unknown
        case (.frame, .frame), (.frame, .frameSomewhere), (.frameSomewhere, .frame): return .frameSomewhere
        // A null pointer is not what an event lies at.
        case (.given, .numbers([0])), (.global, .numbers([0])): return self
        case (.numbers([0]), .given), (.numbers([0]), .global): return other
        case (.given(let one), .given(let another)): return one.joined(another).map { .given($0) } ?? .unknown
        // What may be in the frame may be changed through it.
        case (.frame, _), (.frameSomewhere, _), (_, .frame), (_, .frameSomewhere): return .frameSomewhere
        default: return .unknown
        }
    }
}

/// What is known at one place of a function.
struct AbstractState: Hashable {
    /// The registers, without the frame pointer.
    var registers = [AbstractValue](repeating: .unknown, count: 10)
    /// The slots of the frame that hold something known: 8 bytes each, by their bytes from its top.
    var slots: [Int: AbstractValue] = [:]

    static let framePointer = 10

    subscript(register: UInt8) -> AbstractValue {
        get {
            if Int(register) == Self.framePointer { return .frame(0) }
            return registers.indices.contains(Int(register)) ? registers[Int(register)] : .unknown
        }
        set { if registers.indices.contains(Int(register)) { registers[Int(register)] = newValue } }
    }

    /// Takes in what is known on another way to the same place; whether that changed anything.
    mutating func join(_ other: AbstractState) -> Bool {
        let before = self
        for index in registers.indices { registers[index] = registers[index].joined(other.registers[index]) }
        for (slot, value) in slots {
            let joined = other.slots[slot].map { value.joined($0) } ?? .unknown
            slots[slot] = joined == .unknown ? nil : joined
        }
        return self != before
    }

    /// Forgets what some bytes of the frame held.
    mutating func forget(from start: Int, count: Int) {
        for slot in slots.keys where slot < start + count && slot + 8 > start { slots[slot] = nil }
    }

    /// Forgets what a callee with this pointer may have written to.
    mutating func forget(behind pointer: AbstractValue) {
        switch pointer {
        case .frame(let start): forget(from: start, count: max(0, -start))
        case .frameSomewhere: slots = [:]
        default: break
        }
    }
}
