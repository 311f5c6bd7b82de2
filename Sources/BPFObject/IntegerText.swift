// SPDX-License-Identifier: Apache-2.0

/// An integer as people write it: decimal, `0x`, `0o` or a leading 0, `0b`, a character in quotes; `_` between digits.
package struct IntegerText: Equatable {
    let isNegative: Bool
    package let magnitude: UInt128

    package init(isNegative: Bool = false, magnitude: UInt128) {
        self.isNegative = isNegative && magnitude != 0
        self.magnitude = magnitude
    }

    /// Reads a whole text; nil if it is no integer or has more than 128 bits.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        if let character = Self.character(bytes) {
            self.init(magnitude: UInt128(character))
            return
        }
        var digits = bytes[...]
        let sign = digits.first
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { digits = digits.dropFirst() }
        guard let magnitude = Self.magnitude(digits) else { return nil }
        self.init(isNegative: sign == UInt8(ascii: "-"), magnitude: magnitude)
    }

    /// The bits of the number in so many bits of two's complement; nil if they do not hold it.
    func bits(width: Int, isSigned: Bool) -> UInt128? {
        guard width > 0, width <= 128 else { return nil }
        let all = width == 128 ? UInt128.max : (1 << UInt128(width)) - 1
        let most = isSigned ? all >> 1 : all
        guard isNegative else { return magnitude <= most ? magnitude : nil }
        guard isSigned, magnitude <= most + 1 else { return nil }
        return (0 &- magnitude) & all
    }

    private static func magnitude(_ text: ArraySlice<UInt8>) -> UInt128? {
        var digits = text
        var radix: UInt128 = 10
        if digits.first == UInt8(ascii: "0"), digits.count > 1 {
            switch digits[digits.startIndex + 1] {
            case UInt8(ascii: "x"), UInt8(ascii: "X"): (radix, digits) = (16, digits.dropFirst(2))
            case UInt8(ascii: "b"), UInt8(ascii: "B"): (radix, digits) = (2, digits.dropFirst(2))
            case UInt8(ascii: "o"), UInt8(ascii: "O"): (radix, digits) = (8, digits.dropFirst(2))
            default: (radix, digits) = (8, digits.dropFirst())
            }
        }
        guard let first = digits.first, first != UInt8(ascii: "_"), digits.last != UInt8(ascii: "_") else { return nil }
        var value: UInt128 = 0
        for byte in digits where byte != UInt8(ascii: "_") {
            guard let digit = digit(byte), digit < radix else { return nil }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: radix)
            let (sum, overflow) = product.addingReportingOverflow(digit)
            guard !tooLarge, !overflow else { return nil }
            value = sum
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt128? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt128(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt128(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt128(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// The byte of a character literal such as `'a'` or `'\n'`.
    private static func character(_ bytes: [UInt8]) -> UInt8? {
        guard bytes.count >= 3, bytes.first == UInt8(ascii: "'"), bytes.last == UInt8(ascii: "'") else { return nil }
        let inner = EscapedText.bytes(Array(bytes[1..<(bytes.count - 1)]))
        return inner?.count == 1 ? inner?.first : nil
    }
}

extension FixedWidthInteger {
    /// The number itself, if it fits.
    package init?(exactly text: IntegerText) {
        if text.isNegative {
            guard text.magnitude <= UInt128(Int128.max), let value = Self(exactly: -Int128(text.magnitude)) else {
                return nil
            }
            self = value
        } else {
            guard let value = Self(exactly: text.magnitude) else { return nil }
            self = value
        }
    }
}
