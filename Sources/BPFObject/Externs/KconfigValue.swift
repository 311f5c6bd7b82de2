// SPDX-License-Identifier: Apache-2.0

/// The value of an option of the kernel's configuration.
package enum KconfigValue: Sendable, Equatable {
    /// `y`.
    case yes
    /// `m`.
    case module
    /// `n`, or `is not set`.
    case no
    /// A number that is not negative, decimal or hexadecimal.
    case unsigned(UInt64)
    /// A number below zero.
    case negative(Int64)
    /// A text in quotes.
    case text(String)

    /// Reads what stands behind `=`; nil if it is none of these.
    package init?(parsing text: some StringProtocol) {
        switch text {
        case "y": self = .yes
        case "m": self = .module
        case "n": self = .no
        default:
            if text.hasPrefix("\"") {
                guard text.utf8.count >= 2, text.hasSuffix("\"") else { return nil }
                // Kconfig escapes quotes and backslashes and nothing else.
                self = .text(Self.unescaped(text.dropFirst().dropLast()))
            } else if let number = IntegerText(text) {
                if let value = UInt64(exactly: number) {
                    self = .unsigned(value)
                } else if let value = Int64(exactly: number) {
                    self = .negative(value)
                } else {
                    return nil
                }
            } else {
                return nil
            }
        }
    }

    private static func unescaped(_ text: some StringProtocol) -> String {
        var result: [UInt8] = []
        var isEscaped = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
            } else {
                result.append(byte)
                isEscaped = false
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// What to declare for it, for messages.
    var fittingType: String {
        switch self {
        case .yes, .no: "bool"
        case .module: "enum libbpf_tristate"
        case .unsigned: "unsigned long"
        case .negative: "long"
        case .text: "an array of char"
        }
    }
}

extension KconfigValue: CustomStringConvertible {
    /// The value as a configuration file has it.
    package var description: String {
        switch self {
        case .yes: "y"
        case .module: "m"
        case .no: "n"
        case .unsigned(let value): String(value)
        case .negative(let value): String(value)
        case .text(let value): EscapedText.quoted(value.utf8)
        }
    }
}
