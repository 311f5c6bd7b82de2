// SPDX-License-Identifier: Apache-2.0

internal import BPFObject

/// An integer constant as C computes it: in 32 or 64 bits, with a sign or without.
struct LayoutConstant: Equatable {
    private(set) var value: Int128
    private(set) var bits: Int
    private(set) var isSigned: Bool

    /// The number itself, in the smallest type that C would give it.
    init(_ value: Int128) {
        self.value = value
        bits = Self.holds(value, 32, true) ? 32 : 64
        isSigned = Self.holds(value, 64, true)
    }

    private init(wrapping value: Int128, bits: Int, isSigned: Bool) {
        let all = (Int128(1) << Int128(bits)) - 1
        let low = value & all
        self.value = isSigned && low > all >> 1 ? low - all - 1 : low
        self.bits = bits
        self.isSigned = isSigned
    }

    private static func holds(_ value: Int128, _ bits: Int, _ isSigned: Bool) -> Bool {
        let most = isSigned ? (Int128(1) << Int128(bits - 1)) - 1 : (Int128(1) << Int128(bits)) - 1
        return value <= most && value >= (isSigned ? -most - 1 : 0)
    }

    /// A number as it is written: decimal, `0x`, `0b`, or octal, with `u`, `l` and `ll` behind it; nil if it is none.
    init?(literal: String) {
        var digits = Array(literal.utf8)
        var isUnsigned = false
        var longs = 0
        let isHexadecimal = digits.count > 1 && digits[0] == UInt8(ascii: "0") && digits[1] | 0x20 == UInt8(ascii: "x")
        while let last = digits.last, !isUnsigned || longs < 2 {
            if last | 0x20 == UInt8(ascii: "u"), !isUnsigned {
                isUnsigned = true
            } else if last | 0x20 == UInt8(ascii: "l"), longs < 2 {
                longs += 1
            } else {
                break
            }
            digits.removeLast()
        }
        // `0o` and `_` are no C, and IntegerText reads them.
        guard let first = digits.first, LayoutLexer.isDigit(first), !digits.contains(UInt8(ascii: "_")),
            digits.count < 2 || digits[1] | 0x20 != UInt8(ascii: "o"),
            let text = IntegerText(String(decoding: digits, as: UTF8.self)), text.magnitude <= UInt128(UInt64.max)
        else { return nil }
        let value = Int128(text.magnitude)
        let isDecimal = !isHexadecimal && first != UInt8(ascii: "0")
        for bits in longs > 0 ? [64] : [32, 64] {
            if !isUnsigned, Self.holds(value, bits, true) {
                self.init(wrapping: value, bits: bits, isSigned: true)
                return
            }
            if isUnsigned || !isDecimal, Self.holds(value, bits, false) {
                self.init(wrapping: value, bits: bits, isSigned: false)
                return
            }
        }
        self.init(wrapping: value, bits: 64, isSigned: false)
    }

    /// The result of an operator on one number.
    func applying(_ sign: String) -> LayoutConstant {
        switch sign {
        case "-": LayoutConstant(wrapping: -value, bits: bits, isSigned: isSigned)
        case "~": LayoutConstant(wrapping: ~value, bits: bits, isSigned: isSigned)
        case "!": LayoutConstant(value == 0 ? 1 : 0)
        default: self
        }
    }

    /// The result of an operator between two; a text that says why there is none.
    func applying(_ sign: String, _ other: LayoutConstant) -> Result<LayoutConstant, Refusal> {
        func refused(_ why: String) -> Result<LayoutConstant, Refusal> { .failure(Refusal(why: why)) }
        // A shift has the type of what is shifted; all else the larger of both.
        let isShift = sign == "<<" || sign == ">>"
        let bits = isShift ? self.bits : max(self.bits, other.bits)
        let isSigned =
            isShift
            ? self.isSigned : (self.isSigned || self.bits < bits) && (other.isSigned || other.bits < bits)
        let left = LayoutConstant(wrapping: value, bits: bits, isSigned: isSigned).value
        let right = isShift ? other.value : LayoutConstant(wrapping: other.value, bits: bits, isSigned: isSigned).value
        let result: Int128
        switch sign {
        case "+": result = left + right
        case "-": result = left - right
        case "*": result = left &* right
        case "&": result = left & right
        case "|": result = left | right
        case "^": result = left ^ right
        case "/", "%":
            guard right != 0 else { return refused("a division by zero") }
            result = sign == "/" ? left / right : left % right
        case "<<", ">>":
            guard right >= 0, right < Int128(bits) else { return refused("a shift by \(right) bits") }
            result = sign == "<<" ? left << right : left >> right
        default: return refused("\(sign) is not read in a constant")
        }
        // As C has it, a sum of numbers with a sign has no meaning beyond their bits; compilers shift into the sign.
        guard !isSigned || sign == "<<" || Self.holds(result, bits, true) else {
            return refused("the number does not fit into \(bits) bits")
        }
        return .success(LayoutConstant(wrapping: result, bits: bits, isSigned: isSigned))
    }

    /// Why an operator has no result.
    struct Refusal: Error {
        let why: String
    }
}

extension LayoutParser {
    /// Operators by how strong they bind, the weakest first.
    private static let operators: [[String]] = [["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "/", "%"]]

    /// Reads a constant expression.
    mutating func constant() throws(LayoutFault) -> LayoutConstant {
        let value = try binary(0)
        // What C could go on with here and is not read.
        if ["?", "&&", "||", "==", "!=", "<", ">", "<=", ">="].contains(token.text), token.kind == .punctuator {
            throw LayoutFault(.constant("\(token.text) is not read in a constant"), token.place)
        }
        return value
    }

    private mutating func binary(_ level: Int) throws(LayoutFault) -> LayoutConstant {
        guard level < Self.operators.count else { return try unary() }
        var value = try binary(level + 1)
        while token.kind == .punctuator, Self.operators[level].contains(token.text) {
            let sign = advance()
            let right = try binary(level + 1)
            switch value.applying(sign.text, right) {
            case .success(let result): value = result
            case .failure(let refusal): throw LayoutFault(.constant(refusal.why), sign.place)
            }
        }
        return value
    }

    private mutating func unary() throws(LayoutFault) -> LayoutConstant {
        try enter()
        defer { depth -= 1 }
        switch token.kind {
        case .punctuator where ["-", "+", "~", "!"].contains(token.text):
            let sign = advance().text
            return try unary().applying(sign)
        case .punctuator where token.text == "(":
            advance()
            if startsType {
                throw LayoutFault(.constant("a cast is not read in a constant"), token.place)
            }
            let value = try constant()
            try expect(")")
            return value
        case .number:
            guard let value = LayoutConstant(literal: token.text) else {
                throw LayoutFault(.constant("\(token.text) is no integer of 64 bits"), token.place)
            }
            advance()
            return value
        case .character:
            guard let value = IntegerText("'" + token.text + "'"), let byte = UInt8(exactly: value) else {
                throw LayoutFault(.constant("'\(token.text)' is not one character"), token.place)
            }
            advance()
            return LayoutConstant(Int128(Int8(bitPattern: byte)))
        case .identifier where token.text == "sizeof" || token.text == "_Alignof":
            return try sizeOf(advance())
        case .identifier:
            guard let value = enumerators[token.text] else {
                throw LayoutFault(
                    .unknownNumber(token.text, near: near(token.text, enumerators.keys.sorted())), token.place)
            }
            advance()
            return value
        default: throw unexpected("a number")
        }
    }

    /// `sizeof(TYPE)` and `_Alignof(TYPE)`, which are `unsigned long`.
    private mutating func sizeOf(_ word: LayoutToken) throws(LayoutFault) -> LayoutConstant {
        try expect("(")
        guard startsType else { throw unexpected("a type") }
        let place = token.place
        let type = try typeName()
        try expect(")")
        guard type.isComplete else { throw LayoutFault(.noSize(type.words), place) }
        let number = word.text == "sizeof" ? type.size : type.alignment
        return LayoutConstant(literal: "\(number)ul") ?? LayoutConstant(Int128(number))
    }
}
