// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The string with everything that could move a cursor, hide a row or reorder text written as `\xNN` or `\u{N}`.
    ///
    /// Names from objects, kernels and events are foreign bytes: C0 and C1 controls, DEL, bidirectional overrides,
    /// zero-width characters and line separators never reach a terminal or a log as they are. The backslash itself is
    /// left alone, since the result is for reading and not for parsing.
    public var terminalSafe: String {
        guard unicodeScalars.contains(where: { $0.isUnsafeForTerminal }) else { return self }
        var safe = ""
        for scalar in unicodeScalars {
            if !scalar.isUnsafeForTerminal {
                safe.unicodeScalars.append(scalar)
            } else if scalar.value <= 0xff {
                let digits = String(scalar.value, radix: 16)
                safe += "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits
            } else {
                safe += "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
        return safe
    }
}

extension Unicode.Scalar {
    var isUnsafeForTerminal: Bool {
        switch value {
        case 0..<0x20, 0x7f..<0xa0, 0xad, 0x61c, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff,
            0xfff9...0xfffb, 0xe0000...0xe007f:
            true
        default: false
        }
    }
}
