// SPDX-License-Identifier: Apache-2.0

/// Operands of x86-64, in the words of the GNU assembler.
enum X86Operand {
    /// Reads an operand: `%rdi`, `$-9`, `-8(%rbp)`, `(%rax,%rbx,8)`, `counter(%rip)`.
    static func place(_ text: inout OperandText) -> USDTArgument.Place {
        if text.take("$") {
            guard let (name, value) = text.sum() else { return unknown }
            return name == nil ? .constant(value) : .unreadable("it is the address of a symbol")
        }
        if text.next == UInt8(ascii: "%") { return register(&text) }
        var displacement: (name: String?, value: Int64) = (nil, 0)
        if text.next != UInt8(ascii: "(") {
            guard let sum = text.sum() else { return unknown }
            displacement = sum
        }
        guard text.take("(") else {
            return displacement.name.map { .variable($0, displacement: displacement.value) }
                ?? .unreadable("it is at an absolute address")
        }
        return memory(&text, displacement)
    }

    /// `rip`, which in a probe is the address of the probed instruction.
    static let instructionPointer = USDTArgument.Register(name: "rip", offset: 128)

    private static let unknown = USDTArgument.Place.unreadable("its form is not known")

    private static func register(_ text: inout OperandText) -> USDTArgument.Place {
        _ = text.take("%")
        let name = text.word()
        guard let register = registers[name] else {
            return if name.hasPrefix("xmm") || name.hasPrefix("ymm") || name.hasPrefix("st") {
                .unreadable("it is in a floating-point register, which programs of probes do not get")
            } else if text.next == UInt8(ascii: ":") {
                .unreadable("it is in the memory of a thread")
            } else {
                .unreadable("register \(name) is not known")
            }
        }
        return .register(register)
    }

    /// What follows the opening parenthesis: `BASE`, `BASE,INDEX`, `BASE,INDEX,SCALE`, `,INDEX,SCALE`.
    private static func memory(
        _ text: inout OperandText, _ displacement: (name: String?, value: Int64)
    ) -> USDTArgument.Place {
        var base: USDTArgument.Register?
        if text.take("%") {
            guard let found = registers[text.word()] else { return unknown }
            base = found
        }
        var index: USDTArgument.Register?
        var scale: Int64 = 1
        if text.take(",") {
            guard text.take("%"), let found = registers[text.word()] else { return unknown }
            index = found
            if text.take(",") { scale = text.number() ?? 0 }
        }
        guard text.take(")"), [1, 2, 4, 8].contains(scale) else { return unknown }
        if let name = displacement.name {
            // Against the instruction pointer the assembler counts to the variable itself.
            guard let base, base.name == "rip", index == nil else { return unknown }
            return .variable(name, displacement: displacement.value)
        }
        guard let base else { return .unreadable("it has no register that it begins at") }
        guard let index else { return .memory(base, displacement: displacement.value) }
        return .indexed(base, index: index, shift: scale.trailingZeroBitCount, displacement: displacement.value)
    }

    /// The names of all registers and their parts; of `ah` and the like the bits lie elsewhere.
    private static let registers: [String: USDTArgument.Register] = {
        var all: [String: USDTArgument.Register] = [:]
        let old: [(String, Int16)] = [
            ("ax", 80), ("bx", 40), ("cx", 88), ("dx", 96), ("si", 104), ("di", 112), ("bp", 32), ("sp", 152),
            ("ip", 128),
        ]
        for (name, offset) in old {
            let register = USDTArgument.Register(name: "r" + name, offset: offset)
            let low = name.hasSuffix("x") ? String(name.prefix(1)) + "l" : name + "l"
            for part in ["r" + name, "e" + name, name, low] { all[part] = register }
        }
        for (number, offset) in [(12, 24), (13, 16), (14, 8), (15, 0), (11, 48), (10, 56), (9, 64), (8, 72)] {
            let register = USDTArgument.Register(name: "r\(number)", offset: Int16(offset))
            for part in ["", "d", "w", "b"] { all["r\(number)\(part)"] = register }
        }
        return all
    }()
}
