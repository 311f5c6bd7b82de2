// SPDX-License-Identifier: Apache-2.0

/// The least and the greatest number that a register can hold, where neither is negative nor near to overflow.
///
/// It is what is known of the size of an event that is computed as the program runs: `offsetof(struct event, args)` and
/// some bytes more.
struct NumberRange: Hashable {
    let least: Int64
    let most: Int64

    /// Sums of two of these do not overflow.
    private static let limit: Int64 = 1 << 62
    /// Where a range that grows as the code runs around a loop comes to rest.
    private static let rests: [Int64] = [0xff, 0xffff, 0xffff_ffff, limit]

    /// Nil if these are no such numbers.
    init?(_ least: Int64, _ most: Int64) {
        guard least >= 0, least <= most, most <= Self.limit else { return nil }
        self.least = least
        self.most = most
    }

    /// The numbers of some bytes.
    static func bytes(_ count: Int) -> AbstractValue {
        count < 8 ? value(0, 1 << Int64(count * 8) - 1) : .unknown
    }

    /// What is known of numbers of a range; nothing if it is not one.
    static func value(_ least: Int64, _ most: Int64) -> AbstractValue {
        guard let range = NumberRange(least, most) else { return .unknown }
        return least == most ? .number(least) : .range(range)
    }

    /// The range of what is known; nil if none is.
    init?(_ value: AbstractValue) {
        switch value {
        case .range(let range): self = range
        case .numbers(let numbers):
            guard let least = numbers.min(), let most = numbers.max() else { return nil }
            self.init(least, most)
        default: return nil
        }
    }

    /// What is known if the code came with either of two values; a range that grows does so a few times only.
    static func joined(_ old: AbstractValue, _ new: AbstractValue) -> AbstractValue {
        guard let one = NumberRange(old), let other = NumberRange(new) else { return .unknown }
        guard case .range = old else { return value(min(one.least, other.least), max(one.most, other.most)) }
        let least = other.least < one.least ? 0 : one.least
        let most = other.most > one.most ? rests.first { $0 >= other.most } ?? limit : one.most
        return value(least, most)
    }

    /// What a jump that compares with a number tells of what it compares, on either way.
    ///
    /// - Parameters:
    ///   - value: What is known of the register.
    ///   - operation: The code of the jump without its class and where its operand is.
    ///   - number: What it is compared with.
    ///   - isTaken: Whether the jump is taken.
    ///   - is64Bit: Whether all of the register is compared.
    static func compared(
        _ value: AbstractValue, _ operation: UInt8, _ number: Int64, isTaken: Bool, is64Bit: Bool
    ) -> AbstractValue {
        if case .numbers = value { return value }
        guard number >= 0 else { return value }
        let known = NumberRange(value)
        let isSigned = operation & 0x40 != 0
        // Of half a register only a number that fits is all there is; an unsigned comparison takes in any number.
        guard let all = known ?? (is64Bit && value == .unknown && !isSigned ? NumberRange(0, limit) : nil),
            is64Bit || all.most < (isSigned ? 1 << 31 : 1 << 32)
        else { return value }
        let narrowed: NumberRange?
        switch (operation, isTaken) {
        // BPF_JGT, BPF_JSGT; BPF_JLE, BPF_JSLE
        case (0x20, false), (0x60, false), (0xb0, true), (0xd0, true):
            narrowed = NumberRange(all.least, min(all.most, number))
        case (0x20, true), (0x60, true), (0xb0, false), (0xd0, false):
            narrowed = known == nil || number == .max ? nil : NumberRange(max(all.least, number + 1), all.most)
        // BPF_JGE, BPF_JSGE; BPF_JLT, BPF_JSLT
        case (0x30, true), (0x70, true), (0xa0, false), (0xc0, false):
            narrowed = known == nil ? nil : NumberRange(max(all.least, number), all.most)
        case (0x30, false), (0x70, false), (0xa0, true), (0xc0, true):
            narrowed = NumberRange(all.least, min(all.most, number - 1))
        default: narrowed = nil
        }
        return narrowed.map { Self.value($0.least, $0.most) } ?? value
    }

    /// What an operation makes of a value and a number or a range; nothing where more than that is known or less.
    ///
    /// - Parameter operation: The code of the instruction without its class and where its operand is.
    static func computed(
        _ old: AbstractValue, _ operand: AbstractValue, _ operation: UInt8, is64Bit: Bool
    ) -> AbstractValue {
        if operation == 0x50 {
            // BPF_AND: a mask that is not negative bounds whatever it is applied to.
            let most = [NumberRange(old)?.most, NumberRange(operand)?.most].compactMap(\.self).min()
            return most.map { value(0, $0) } ?? .unknown
        }
        guard let right = NumberRange(operand) else { return .unknown }
        let known = NumberRange(old)
        switch operation {
        case 0x00: return known.map { value($0.least + right.least, $0.most + right.most) } ?? .unknown
        case 0x10:
            guard let known else { return .unknown }
            return value(known.least - right.most, known.most - right.least)
        case 0x20:
            guard let known, right.least == right.most else { return .unknown }
            let (most, overflow) = known.most.multipliedReportingOverflow(by: right.most)
            return overflow ? .unknown : value(known.least &* right.most, most)
        case 0x60:
            guard let known, right.least == right.most, right.most < 62, known.most <= limit >> right.most else {
                return .unknown
            }
            return value(known.least << right.most, known.most << right.most)
        case 0x70:
            guard right.least == right.most, right.most < 64 else { return .unknown }
            if let known { return value(known.least >> right.most, known.most >> right.most) }
            let bits = (is64Bit ? 64 : 32) - right.most
            return (1..<62).contains(bits) ? value(0, 1 << bits - 1) : .unknown
        default: return .unknown
        }
    }
}
