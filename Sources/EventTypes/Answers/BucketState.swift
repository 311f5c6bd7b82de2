// SPDX-License-Identifier: Apache-2.0

internal import BPFObject

/// What is known of a register for finding out how buckets are chosen.
enum BucketValue: Hashable {
    /// Nothing, or what is computed in another way.
    case other
    /// A number that is in the code.
    case number(Int64)
    case index(BucketIndex)
    /// An index in the upper half of the register.
    case shifted(BucketIndex)
    case map(Int)
    /// A place in a value of a map, or in global variables.
    case memory(BucketPlace)
    /// The frame of the function, and bytes from its top.
    case frame(Int)
    /// What the kernel gave the program, whose members it measures.
    case context

    static let measured = BucketValue.index(BucketIndex(isStored: false))
    static let stored = BucketValue.index(BucketIndex(isStored: true))

    func joined(_ other: BucketValue) -> BucketValue {
        guard self != other else { return self }
        switch (self, other) {
        case (.index(let index), .number(let number)), (.number(let number), .index(let index)):
            return index.joined(number).map { .index($0) } ?? .other
        case (.index(let one), .index(let another)): return one.joined(another).map { .index($0) } ?? .other
        case (.memory(let place), .number(0)), (.number(0), .memory(let place)): return .memory(place)
        case (.memory(let one), .memory(let another)): return one.joined(another).map { .memory($0) } ?? .other
        default: return .other
        }
    }
}

/// A place in a value of a map: bytes from its start, and the index that chooses it among others.
struct BucketPlace: Hashable {
    let map: Int
    var offset: Int
    /// The index of a bucket with its bytes as factor; nil if none was added.
    var index: BucketIndex?
    /// Whether something else was added: the place of an element of an array around it, or an index that is not known.
    var hasOther = false

    /// Bytes that a bucket may have.
    private static let widths: Set<Int64> = [4, 8]

    func moved(by distance: Int64) -> BucketPlace? {
        guard distance.magnitude < 1 << 30, offset.magnitude < 1 << 30 else { return nil }
        var place = self
        place.offset += Int(distance)
        return place
    }

    func adding(_ index: BucketIndex) -> BucketPlace? {
        var place = self
        if Self.widths.contains(index.factor) {
            guard self.index == nil else { return nil }
            place.index = index
        } else {
            place.hasOther = true
        }
        return place
    }

    func joined(_ other: BucketPlace) -> BucketPlace? {
        guard map == other.map, offset == other.offset else { return nil }
        var place = self
        place.hasOther = hasOther || other.hasOther
        guard index != other.index else { return place }
        guard let index, let another = other.index, let joined = index.joined(another) else { return nil }
        place.index = joined
        return place
    }
}

/// What is known at one place of a function.
struct BucketState: Hashable {
    private var registers = [BucketValue](repeating: .other, count: 10)
    /// What slots of the frame hold, by their bytes from its top.
    private var slots: [Int: Slot] = [:]

    private struct Slot: Hashable {
        let size: Int
        let value: BucketValue
    }

    private static let mostSlots = 32

    subscript(register: UInt8) -> BucketValue {
        get {
            if register == 10 { return .frame(0) }
            return registers.indices.contains(Int(register)) ? registers[Int(register)] : .other
        }
        set { if registers.indices.contains(Int(register)) { registers[Int(register)] = newValue } }
    }

    func load(_ place: Int, _ size: Int) -> BucketValue {
        guard let slot = slots[place], slot.size == size else { return .other }
        return slot.value
    }

    mutating func store(_ place: Int, _ size: Int, _ value: BucketValue) {
        for (start, slot) in slots where start < place + size && start + slot.size > place { slots[start] = nil }
        if value != .other, slots.count < Self.mostSlots { slots[place] = Slot(size: size, value: value) }
    }

    /// Forgets what a function may have written from a place of the frame on.
    mutating func forget(from place: Int) { store(place, max(-place, 0), .other) }

    /// Takes in what is known on another way to the same place; whether that changed anything.
    mutating func join(_ other: BucketState) -> Bool {
        let before = self
        for index in registers.indices { registers[index] = registers[index].joined(other.registers[index]) }
        for (place, slot) in slots {
            guard let another = other.slots[place], another.size == slot.size else {
                slots[place] = nil
                continue
            }
            let value = slot.value.joined(another.value)
            slots[place] = value == .other ? nil : Slot(size: slot.size, value: value)
        }
        return self != before
    }
}
