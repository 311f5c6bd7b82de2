// SPDX-License-Identifier: Apache-2.0

extension Instruction: CustomStringConvertible {
    /// The instruction in the notation of `llvm-objdump` and the verifier, for messages.
    ///
    /// Of a 64-bit load this is the first half, with the low 32 bits of its value.
    package var description: String {
        switch code & 0x07 {
        case 0x00 where code == 0: "second half of a 64-bit load"
        case 0x00: loadText
        case 0x01: "\(register(destination)) = *(\(width) *)(\(address(source)))"
        case 0x02: "*(\(width) *)(\(address(destination))) = \(immediate)"
        case 0x03: storeText
        case 0x04: arithmeticText(register: "w")
        case 0x07: arithmeticText(register: "r")
        default: jumpText
        }
    }

    private var unknown: String { "code 0x" + String(code, radix: 16) }

    private func register(_ number: UInt8, _ prefix: String = "r") -> String { prefix + "\(number)" }

    private func address(_ base: UInt8) -> String {
        register(base) + (offset < 0 ? " - \(-Int(offset))" : " + \(offset)")
    }

    private var width: String { ["u32", "u16", "u8", "u64"][Int(code >> 3 & 3)] }

    private var loadText: String {
        if isWideLoad {
            let value = "0x" + String(UInt32(bitPattern: immediate), radix: 16)
            return register(destination) + " = " + (source == Self.pseudoMapDescriptor ? "map fd " : "") + value + " ll"
        }
        switch code & 0xe0 {
        case 0x20: return "r0 = *(\(width) *)skb[\(immediate)]"
        case 0x40: return "r0 = *(\(width) *)skb[\(register(source)) + \(immediate)]"
        default: return unknown
        }
    }

    private var storeText: String {
        let place = "*(\(width) *)(\(address(destination)))"
        return code & 0xe0 == 0xc0
            ? "lock \(place), \(register(source)), operation 0x" + String(UInt32(bitPattern: immediate), radix: 16)
            : "\(place) = \(register(source))"
    }

    /// With `BPF_X` (0x08) the operand is a register, else the immediate.
    private func operand(_ prefix: String) -> String {
        code & 0x08 != 0 ? register(source, prefix) : "\(immediate)"
    }

    private func arithmeticText(register prefix: String) -> String {
        let left = register(destination, prefix)
        let operators = ["+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "", "%=", "^=", "=", "s>>="]
        switch code >> 4 {
        case 8: return "\(left) = -\(left)"
        case 13: return "\(left) = \(code & 0x08 != 0 ? "be" : "le")\(immediate) \(left)"
        case let operation where Int(operation) < operators.count:
            return "\(left) \(operators[Int(operation)]) \(operand(prefix))"
        default: return unknown
        }
    }

    private var jumpText: String {
        let prefix = code & 0x07 == 0x06 ? "w" : "r"
        let distance = (offset < 0 ? "" : "+") + "\(offset)"
        let comparisons = ["", "==", ">", ">=", "&", "!=", "s>", "s>=", "", "", "<", "<=", "s<", "s<="]
        switch code >> 4 {
        case 0: return "goto " + (prefix == "w" ? "+\(immediate)" : distance)
        case 8: return source == 0 ? "call helper \(immediate)" : "call function \(immediate)"
        case 9: return "exit"
        case let operation where Int(operation) < comparisons.count:
            return "if \(register(destination, prefix)) \(comparisons[Int(operation)]) \(operand(prefix)) goto "
                + distance
        default: return unknown
        }
    }
}
