// SPDX-License-Identifier: Apache-2.0

/// An argument of a static tracepoint: where a program finds its value.
package struct USDTArgument: Sendable, Equatable {
    /// A register, by its place in the registers that a program of a probe gets (`struct pt_regs`).
    package struct Register: Sendable, Equatable {
        package let name: String
        package let offset: Int16
    }

    /// Where the value is.
    package enum Place: Sendable, Equatable {
        /// The value itself.
        case constant(Int64)
        /// In a register.
        case register(Register)
        /// In memory, some bytes from where a register points.
        case memory(Register, displacement: Int64)
        /// In memory, some bytes from the sum of a register and another one that is multiplied by a power of two.
        case indexed(Register, index: Register, shift: Int, displacement: Int64)
        /// In memory, some bytes from a variable of the program.
        case variable(String, displacement: Int64)
        /// Nowhere that a program of a probe can get at: why.
        case unreadable(String)
    }

    /// Where it is.
    package var place: Place
    /// Bytes of the value: 1, 2, 4 or 8.
    package let size: Int
    /// Whether it is signed.
    package let isSigned: Bool
    /// Whether it is a floating-point number.
    package let isFloat: Bool
    /// The argument as the note has it.
    package let text: String

    /// Reads the arguments of a note: `SIZE@PLACE`, in the assembler's words, with spaces between.
    package static func all(in text: String, machine: UInt16) -> [USDTArgument] {
        words(Array(text.utf8)).prefix(most).map { USDTArgument($0, machine: machine) }
    }

    /// `sys/sdt.h` takes 12, and the largest known probes have no more than that.
    private static let most = 64

    /// The words of the text: spaces within brackets and around the `@` do not end one.
    private static func words(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var words: [ArraySlice<UInt8>] = []
        var start: Int?
        var depth = 0
        let (space, at) = (UInt8(ascii: " "), UInt8(ascii: "@"))
        for (place, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[") { depth += 1 }
            if byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") { depth -= 1 }
            let isSpace = byte == space || byte == UInt8(ascii: "\t")
            guard isSpace, depth <= 0 else {
                if start == nil, !isSpace { start = place }
                continue
            }
            guard let begin = start else { continue }
            let next = bytes[place...].first { $0 != space }
            if bytes[place - 1] == at || next == at { continue }
            words.append(bytes[begin..<place])
            start = nil
        }
        if let start { words.append(bytes[start...]) }
        return words
    }

    private init(_ word: ArraySlice<UInt8>, machine: UInt16) {
        text = String(decoding: word, as: UTF8.self)
        let at = word.firstIndex(of: UInt8(ascii: "@"))
        var operand = OperandText(word[(at.map { $0 + 1 } ?? word.startIndex)...])
        var kind = OperandText(at.map { word[..<$0] } ?? [])
        // Old notes have no sizes: the registers' own.
        let number = at == nil ? 8 : kind.number() ?? 0
        isFloat = kind.take("f")
        isSigned = number < 0
        let bytes = Int(clamping: number.magnitude)
        guard [1, 2, 4, 8].contains(bytes), kind.isAtEnd else {
            size = 8
            place = .unreadable("it has \(bytes) bytes")
            return
        }
        size = bytes
        switch machine {
        case 62: place = X86Operand.place(&operand)
        case 183: place = ARMOperand.place(&operand)
        default: place = .unreadable("arguments are read on x86-64 and arm64")
        }
        if operand.isAtEnd { return }
        if case .unreadable = place { return }
        place = .unreadable("its form is not known")
    }
}

/// The text of an operand, read from the left.
struct OperandText {
    private let bytes: ArraySlice<UInt8>
    private var place: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        place = bytes.startIndex
    }

    /// Whether nothing but spaces is left.
    var isAtEnd: Bool { bytes[place...].allSatisfy { $0 == UInt8(ascii: " ") } }

    private mutating func skipSpaces() {
        while place < bytes.endIndex, bytes[place] == UInt8(ascii: " ") { place += 1 }
    }

    /// The next character, which stays.
    var next: UInt8? { bytes[place...].first { $0 != UInt8(ascii: " ") } }

    /// Takes a character if it is the next one.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpaces()
        guard place < bytes.endIndex, bytes[place] == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    /// Takes a name: letters, digits, `_`, `.`, `$` and `@`; empty if there is none.
    mutating func word() -> String {
        skipSpaces()
        let start = place
        while place < bytes.endIndex {
            switch bytes[place] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "$"),
                UInt8(ascii: "@"):
                place += 1
            default: return String(decoding: bytes[start..<place], as: UTF8.self)
            }
        }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    /// Takes a number with its sign, decimal or hexadecimal; nil if there is none, and nothing is taken.
    mutating func number() -> Int64? {
        let begin = place
        skipSpaces()
        var isNegative = false
        if take("-") { isNegative = true } else { _ = take("+") }
        skipSpaces()
        let zero = UInt8(ascii: "0")
        let isHex = bytes[place...].count > 2 && bytes[place] == zero && bytes[place + 1] | 0x20 == UInt8(ascii: "x")
        if isHex { place += 2 }
        let start = place
        while place < bytes.endIndex, let digit = Self.digit(bytes[place]), digit < (isHex ? 16 : 10) { place += 1 }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        guard let value = UInt64(text, radix: isHex ? 16 : 10) else {
            place = begin
            return nil
        }
        let bits = Int64(bitPattern: value)
        return isNegative ? 0 &- bits : bits
    }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte) - 0x61 + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte) - 0x41 + 10
        default: nil
        }
    }

    /// Takes a sum of numbers and at most one name, such as `-8+24` and `counter+4`; nil if it is something else.
    mutating func sum() -> (name: String?, value: Int64)? {
        var name: String?
        var value: Int64 = 0
        while true {
            if let number = number() {
                value &+= number
            } else {
                _ = take("+")
                let word = word()
                guard !word.isEmpty, name == nil else { return nil }
                name = word
            }
            guard next == UInt8(ascii: "+") || next == UInt8(ascii: "-") else { return (name, value) }
        }
    }
}
