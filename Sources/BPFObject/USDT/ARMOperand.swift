// SPDX-License-Identifier: Apache-2.0

/// Operands of arm64, in the words of the GNU assembler.
enum ARMOperand {
    /// Reads an operand: `x0`, `w1`, `5`, `#5`, `[sp, 60]`, `[x0, x1, lsl 3]`.
    static func place(_ text: inout OperandText) -> USDTArgument.Place {
        if text.take("[") { return memory(&text) }
        if text.take("#") || text.take("$") {
            return text.number().map { .constant($0) } ?? unknown
        }
        if let number = text.number() { return .constant(number) }
        let name = text.word()
        if name == "xzr" || name == "wzr" { return .constant(0) }
        if let register = register(name) { return .register(register) }
        let isFloat = ["v", "q", "d", "s", "h", "b"].contains(String(name.prefix(1))) && UInt8(name.dropFirst()) != nil
        return .unreadable(
            isFloat
                ? "it is in a floating-point register, which programs of probes do not get"
                : "register \(name) is not known")
    }

    private static let unknown = USDTArgument.Place.unreadable("its form is not known")

    private static func memory(_ text: inout OperandText) -> USDTArgument.Place {
        guard let base = register(text.word()) else { return unknown }
        guard text.take(",") else { return text.take("]") ? .memory(base, displacement: 0) : unknown }
        let isMarked = text.take("#")
        if let displacement = text.number() {
            return text.take("]") ? .memory(base, displacement: displacement) : unknown
        }
        let name = text.word()
        // Half a register is sign-extended on its way, which nothing can say.
        guard !isMarked, name.hasPrefix("x"), let index = register(name) else { return unknown }
        var shift: Int64 = 0
        if text.take(",") {
            guard text.word() == "lsl" else { return unknown }
            _ = text.take("#")
            guard let bits = text.number(), (0...3).contains(bits) else { return unknown }
            shift = bits
        }
        return text.take("]") ? .indexed(base, index: index, shift: Int(shift), displacement: 0) : unknown
    }

    /// A register of 64 bits or half of one, in `struct user_pt_regs`.
    private static func register(_ name: String) -> USDTArgument.Register? {
        switch name {
        case "sp", "wsp": return .init(name: "sp", offset: 248)
        case "fp": return .init(name: "x29", offset: 232)
        case "lr": return .init(name: "x30", offset: 240)
        default:
            guard name.hasPrefix("x") || name.hasPrefix("w"), let number = Int16(name.dropFirst()), number >= 0,
                number <= 30
            else { return nil }
            return .init(name: "x\(number)", offset: number * 8)
        }
    }
}
