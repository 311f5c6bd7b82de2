// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Text with the escapes of C.
enum EscapedText {
    private static let simple: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13, UInt8(ascii: "\\"): 92,
        UInt8(ascii: "'"): 39, UInt8(ascii: "\""): 34, UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8,
        UInt8(ascii: "f"): 12, UInt8(ascii: "v"): 11, UInt8(ascii: "e"): 27,
    ]

    /// The bytes that a text with escapes means: `\n`, `\\`, `\xNN` (two digits), `\0` to `\377`; nil for unknown ones.
    static func bytes(_ text: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        var index = 0
        /// Up to so many digits of a radix.
        func number(_ radix: Int, _ most: Int) -> UInt8? {
            var value = 0
            var digits = 0
            while digits < most, index < text.count, let digit = Int(String(UnicodeScalar(text[index])), radix: radix) {
                value = value * radix + digit
                digits += 1
                index += 1
            }
            return digits == 0 ? nil : UInt8(exactly: value)
        }
        while index < text.count {
            let byte = text[index]
            index += 1
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            guard index < text.count else { return nil }
            if let meant = simple[text[index]] {
                bytes.append(meant)
                index += 1
            } else if text[index] == UInt8(ascii: "x") {
                index += 1
                guard let value = number(16, 2) else { return nil }
                bytes.append(value)
            } else {
                guard let value = number(8, 3) else { return nil }
                bytes.append(value)
            }
        }
        return bytes
    }

    /// A text in quotes that `bytes` gives back, printable ASCII and UTF-8 left as they are, all else escaped.
    static func quoted(_ bytes: some Sequence<UInt8>) -> String {
        var text = "\""
        for scalar in String(decoding: Array(bytes), as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            default: text += String(Character(scalar)).terminalSafe
            }
        }
        return text + "\""
    }
}
