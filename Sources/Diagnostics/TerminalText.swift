// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The string with everything that could move a cursor, hide a row or reorder text written as `\xNN` or `\u{N}`.
    ///
    /// Names from objects, kernels and events are foreign bytes: C0 and C1 controls, DEL, bidirectional overrides,
    /// zero-width characters and line separators never reach a terminal or a log as they are. The backslash itself is
    /// left alone, since the result is for reading and not for parsing.
    package var terminalSafe: String {
        guard unicodeScalars.contains(where: { $0.isUnsafeForTerminal || $0.foreignByte != nil }) else { return self }
        var safe = ""
        for scalar in unicodeScalars {
            if let byte = scalar.foreignByte {
                safe += "\\x" + String(byte, radix: 16)
            } else if !scalar.isUnsafeForTerminal {
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

    /// A text of several lines, each made safe; the newlines between them stay.
    package var terminalSafeLines: String {
        guard utf8.contains(UInt8(ascii: "\n")) else { return terminalSafe }
        return unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { String($0).terminalSafe }.joined(separator: "\n")
    }

    /// Lines of foreign bytes for a stream of text: newlines and tabs stay, what would do something on a terminal and
    /// what is no UTF-8 is written as `\xNN` or `\u{N}`.
    package static func terminalSafeLines(_ bytes: [UInt8]) -> [UInt8] {
        func isPlain(_ byte: UInt8) -> Bool { 0x20...0x7e ~= byte || byte == 0x0a || byte == 0x09 }
        guard !bytes.allSatisfy(isPlain) else { return bytes }
        var safe: [UInt8] = []
        for piece in bytes.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 0x0a }) {
            let columns = piece.split(omittingEmptySubsequences: false) { $0 == 0x09 }
            for (index, column) in columns.enumerated() {
                if index > 0 { safe.append(0x09) }
                safe += String(foreignBytes: Array(column)).terminalSafe.utf8
            }
            safe.append(0x0a)
        }
        safe.removeLast()
        return safe
    }
}

extension Unicode.Scalar {
    /// Whether the scalar must never reach a terminal or a text file as it is.
    ///
    /// True of everything that is not seen and still does something. By the properties of Unicode: controls (C0, DEL,
    /// C1), format characters (`Cf`: bidirectional marks and overrides, zero-width characters, interlinear marks, tags)
    /// but for the visible prepended marks, the line and paragraph separators, everything ignored by default (soft
    /// hyphen, fillers, variation selectors, which hide data as tags do), and the noncharacters.
    package var isUnsafeForTerminal: Bool {
        switch value {
        case 0x20...0x7e, 0xa0...0xac, 0xae...0x34e: false
        case 0..<0x20, 0x7f..<0xa0, 0xad, 0x34f, 0x61c, 0x115f...0x1160, 0x17b4...0x17b5, 0x180b...0x180f,
            0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0x3164, 0xfdd0...0xfdef, 0xfe00...0xfe0f, 0xfeff,
            0xffa0, 0xfff0...0xfffb, 0x13430...0x1343f, 0x1bca0...0x1bca3, 0x1d173...0x1d17a, 0xe0000...0xe0fff:
            true
        default: value & 0xfffe == 0xfffe
        }
    }
}
