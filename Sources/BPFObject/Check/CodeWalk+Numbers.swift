// SPDX-License-Identifier: Apache-2.0

extension CodeWalk {
    /// What an operation on registers gives.
    static func result(_ instruction: Instruction, _ state: CodeState) -> CodeValue {
        let isWide = instruction.codeClass == .arithmetic64
        let operand: CodeValue =
            instruction.code & 0x08 != 0
            ? state[instruction.source] : .number(UInt64(bitPattern: Int64(instruction.immediate)))
        let old = state[instruction.destination]
        let operation = instruction.code >> 4
        // Moves that extend a sign, divisions of signed numbers, byte swaps.
        guard instruction.offset == 0, operation != 0xd else {
            return old.isOfStack || operand.isOfStack ? .stackSomewhere : .unknown
        }
        if operation == 0xb { return isWide ? operand : narrow(operand) }
        if let left = old.number, let right = operand.number {
            return number(operation, left, right, isWide: isWide).map { .number($0) } ?? .unknown
        }
        if isWide, operation <= 1, let distance = operand.number.flatMap({ Int(exactly: Int64(bitPattern: $0)) }) {
            switch old {
            case .stack(let level, let offset):
                return .stack(level: level, offset: operation == 0 ? offset &+ distance : offset &- distance)
            case .data(let map, let offset):
                return .data(map: map, offset: operation == 0 ? offset &+ distance : offset &- distance)
            // Only what stands in the code itself: what is in a register may be worked out from the kernel's types.
            case .kernel(let pointer, let offset) where operation == 0 && instruction.code & 0x08 == 0:
                let sum = offset.addingReportingOverflow(distance)
                return sum.overflow ? .unknown : .kernel(pointer, offset: sum.partialValue)
            case .context(let offset) where operation == 0:
                let sum = offset.addingReportingOverflow(distance)
                return sum.overflow ? .unknown : .context(offset: sum.partialValue)
            case .element: return old
            default: break
            }
        }
        return old.isOfStack || operand.isOfStack ? .stackSomewhere : .unknown
    }

    private static func narrow(_ value: CodeValue) -> CodeValue {
        if let number = value.number { return .number(number & 0xffff_ffff) }
        return value.isOfStack ? .stackSomewhere : .unknown
    }

    /// An operation on two numbers; nil for those that are not worked out.
    private static func number(_ operation: UInt8, _ left: UInt64, _ right: UInt64, isWide: Bool) -> UInt64? {
        let mask: UInt64 = isWide ? .max : 0xffff_ffff
        let (left, right) = (left & mask, right & mask)
        let shift = right & (isWide ? 63 : 31)
        let result: UInt64
        switch operation {
        case 0x0: result = left &+ right
        case 0x1: result = left &- right
        case 0x2: result = left &* right
        case 0x3: result = right == 0 ? 0 : left / right
        case 0x4: result = left | right
        case 0x5: result = left & right
        case 0x6: result = left << shift
        case 0x7: result = left >> shift
        case 0x8: result = 0 &- left
        case 0x9: result = right == 0 ? left : left % right
        case 0xa: result = left ^ right
        case 0xc:
            result =
                isWide
                ? UInt64(bitPattern: Int64(bitPattern: left) >> Int64(shift))
                : UInt64(UInt32(bitPattern: Int32(truncatingIfNeeded: left) >> Int32(shift)))
        default: return nil
        }
        return result & mask
    }

    /// Whether a comparison jumps; nil if its numbers are not known.
    static func isTaken(_ instruction: Instruction, _ state: CodeState) -> Bool? {
        let isWide = instruction.codeClass == .jump
        let operand: CodeValue =
            instruction.code & 0x08 != 0
            ? state[instruction.source] : .number(UInt64(bitPattern: Int64(instruction.immediate)))
        if state[instruction.destination] == .kernelFunction, operand.number == 0, isWide {
            switch instruction.code >> 4 {
            case 0x1: return false
            case 0x5: return true
            default: return nil
            }
        }
        guard let first = state[instruction.destination].number, let second = operand.number else { return nil }
        let mask: UInt64 = isWide ? .max : 0xffff_ffff
        let (left, right) = (first & mask, second & mask)
        func signed(_ number: UInt64) -> Int64 {
            isWide ? Int64(bitPattern: number) : Int64(Int32(truncatingIfNeeded: number))
        }
        switch instruction.code >> 4 {
        case 0x1: return left == right
        case 0x2: return left > right
        case 0x3: return left >= right
        case 0x4: return left & right != 0
        case 0x5: return left != right
        case 0x6: return signed(left) > signed(right)
        case 0x7: return signed(left) >= signed(right)
        case 0xa: return left < right
        case 0xb: return left <= right
        case 0xc: return signed(left) < signed(right)
        case 0xd: return signed(left) <= signed(right)
        default: return nil
        }
    }
}
