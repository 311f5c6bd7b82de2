// SPDX-License-Identifier: Apache-2.0

/// What is known of the registers and of the stack at one place of a program.
struct TrackedState: Sendable {
    /// Eight bytes of the stack of which something is known.
    private struct Slot: Sendable, Equatable {
        /// Counted from the frame's end: -8 to -512.
        let offset: Int32
        var value: TrackedValue

        /// Whether some of its bytes lie at or above an offset.
        func reaches(_ lowest: Int32) -> Bool { Int(offset) + 8 > Int(lowest) }
    }

    /// `r0` to `r10`.
    private var registers: [TrackedValue]
    /// In the order of their offsets.
    private var slots: [Slot] = []

    /// The bytes of a stack frame at most (`MAX_BPF_STACK`).
    static let frameSize: Int32 = 512

    /// The state at the entry of a function.
    init(arguments: [TrackedValue]) {
        registers = Array(repeating: .uninitialised, count: 16)
        for (index, value) in arguments.prefix(5).enumerated() { registers[index + 1] = value }
        registers[10] = .frame(lowest: 0, isExact: true)
    }

    /// What it takes to keep it, in registers' worth.
    var weight: Int { 16 + 2 * slots.count }

    /// What a register holds; those that no program has hold nothing.
    subscript(register: UInt8) -> TrackedValue {
        get { registers[Int(register & 0xf)] }
        set { registers[Int(register & 0xf)] = newValue }
    }

    /// The arguments of a call.
    var arguments: ArraySlice<TrackedValue> { registers[1...5] }

    /// What a call leaves of the registers.
    mutating func endCall() {
        registers[0] = .other
        for index in 1...5 { registers[index] = .uninitialised }
    }

    // MARK: - The stack

    /// What eight bytes of the stack hold.
    func value(at offset: Int32) -> TrackedValue { slots.first { $0.offset == offset }?.value ?? .other }

    /// Whether the context is among what lies at or above an offset.
    func hasContext(from lowest: Int32) -> Bool { slots.contains { $0.reaches(lowest) && $0.value.isContext } }

    /// Puts a value into the stack: what it covers is gone, and only eight whole bytes are followed.
    ///
    /// - Returns: Whether the value is followed.
    @discardableResult
    mutating func store(_ value: TrackedValue, at offset: Int32, size: Int32) -> Bool {
        overwrite(from: offset, size: size)
        guard size == 8, offset % 8 == 0, offset >= -Self.frameSize, offset < 0 else { return false }
        if value != .other && value != .uninitialised {
            let place = slots.firstIndex { $0.offset > offset } ?? slots.endIndex
            slots.insert(Slot(offset: offset, value: value), at: place)
        }
        return true
    }

    /// Takes away what is known of bytes that somebody writes.
    mutating func overwrite(from offset: Int32, size: Int32) {
        slots.removeAll { Int($0.offset) < Int(offset) + Int(size) && Int(offset) < Int($0.offset) + 8 }
    }

    /// Takes away what is known of everything at or above an offset that somebody may have written.
    ///
    /// - Parameter keepsContext: Whether the writer cannot have touched the context; otherwise it may still be there.
    mutating func doubt(from lowest: Int32, keepsContext: Bool) {
        slots.removeAll { $0.reaches(lowest) && !$0.value.isContext }
        guard !keepsContext else { return }
        for index in slots.indices where slots[index].reaches(lowest) { slots[index].value = .maybeContext }
    }

    // MARK: - Joining

    /// Takes in what is known on another way to the same place.
    ///
    /// - Returns: Whether less is known now.
    mutating func join(_ other: TrackedState) -> Bool {
        var isChanged = false
        for index in registers.indices {
            let joined = registers[index].joined(with: other.registers[index])
            guard joined != registers[index] else { continue }
            registers[index] = joined
            isChanged = true
        }
        guard slots != other.slots else { return isChanged }
        // Both are in the order of their offsets; what only one knows is something else on the other way.
        var joined: [Slot] = []
        var (left, right) = (slots[...], other.slots[...])
        while let next = Self.first(left.first, right.first) {
            let own = left.first?.offset == next ? left.popFirst()?.value : nil
            let others = right.first?.offset == next ? right.popFirst()?.value : nil
            let value = (own ?? .other).joined(with: others ?? .other)
            if value != .other { joined.append(Slot(offset: next, value: value)) }
        }
        guard joined != slots else { return isChanged }
        slots = joined
        return true
    }

    /// The lower of two offsets; nil where there is neither.
    private static func first(_ left: Slot?, _ right: Slot?) -> Int32? {
        guard let left else { return right?.offset }
        return right.map { min(left.offset, $0.offset) } ?? left.offset
    }
}
