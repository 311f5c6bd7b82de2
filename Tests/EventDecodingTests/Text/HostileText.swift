// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Diagnostics
import EventDecoding

/// Texts that do something to a terminal, a log or a reader of one that lets them through.
enum HostileText {
    /// Every byte alone, between letters, and at the end of a run that is copied by words.
    static let bytes: [[UInt8]] = (0...255).flatMap { byte in
        [[byte], [0x61, byte, 0x62], Array(repeating: 0x61, count: 16) + [byte] + Array(repeating: 0x62, count: 9)]
    }

    /// Sequences that terminals obey, characters that nobody sees, and bytes that only look like text.
    static let sequences: [[UInt8]] = {
        var texts: [String] = []
        // CSI with every final byte: moving, erasing, reports that are typed back, modes, colours that hide.
        for final in 0x40...0x7e { texts.append("\u{1b}[1;31" + String(UnicodeScalar(UInt8(final)))) }
        // The same by the single control of C1.
        for final in "ABCDHJKSTcfhlmnrsu" { texts.append("\u{9b}2" + String(final)) }
        // Every escape of two bytes.
        for final in 0x30...0x7e { texts.append("\u{1b}" + String(UnicodeScalar(UInt8(final)))) }
        // OSC: titles, colours, links, notifications, the clipboard; ended by BEL, ST and the ST of C1.
        for (number, end) in [(0, "\u{7}"), (2, "\u{1b}\\"), (4, "\u{9c}"), (7, "\u{7}"), (9, "\u{7}"), (50, "\u{7}")] {
            texts.append("\u{1b}]\(number);x" + end)
        }
        texts += [
            "\u{1b}]52;c;cm0gLXJmIC8=\u{7}", "\u{9d}52;c;?\u{9c}",
            "\u{1b}]8;;http://example.org\u{1b}\\text\u{1b}]8;;\u{1b}\\",
            "\u{1b}]1337;File=name=eA==:AAAA\u{7}", "\u{1b}]777;notify;a;b\u{7}", "\u{1b}P$q\"p\u{1b}\\",
            "\u{1b}P+q544e\u{1b}\\",
            "\u{1b}_Gf=24;AAAA\u{1b}\\", "\u{1b}^private\u{1b}\\", "\u{1b}X\u{1b}\\", "\u{1b}[?1049h", "\u{1b}[6n",
            "\u{1b}[c",
            "\u{1b}[>c", "\u{1b}[5i", "\u{1b}[21t", "\u{1b}[200~rm\n\u{1b}[201~", "\u{1b}[3J", "\u{1b}[8m",
            "\u{1b}[0;0H",
            "\u{1b}(0", "\u{1b})B", "\u{1b}#8", "\u{1b}%G", "\u{1b}c", "\u{e}\u{f}", "\u{5}",
            "\u{84}\u{85}\u{8d}\u{8e}\u{8f}\u{90}",
            "safe\rrm -rf", "abc\u{8}\u{8}\u{8}xyz", "a\u{b}b\u{c}c", "line\nidx: 1, cmd: 2", "a\r\nb", "\0", "a\0b",
            "\u{7f}\u{7f}",
            "user\u{202e}gnp.exe", "\u{202a}a\u{202b}b\u{202d}c\u{202c}", "\u{2066}a\u{2067}b\u{2068}c\u{2069}",
            "\u{61c}\u{200e}\u{200f}",
            "a\u{200b}b\u{200c}c\u{200d}d", "\u{2060}\u{feff}\u{ad}", "\u{2028}\u{2029}", "\u{fff9}a\u{fffa}b\u{fffb}",
            "\u{e0001}\u{e0041}\u{e007f}", "a\u{fe0f}\u{fe00}", "\u{e0100}\u{e01ef}",
            "\u{180e}\u{34f}\u{115f}\u{1160}\u{3164}\u{ffa0}",
            "\u{206a}\u{206f}", "\u{1d173}", "\u{1bca0}", "\u{13430}", "\u{13431}",
            "\"quoted\"", "\\", "\\x1b[2J", "\\u001b", "\\u{1b}", "=1+1", "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)",
            "\t=1", "a,b",
            "a\tb", "{}", "</script>", "'; DROP", "%s%n", "`id`", "$(id)", "🇩🇪", "é\u{301}\u{301}", "漢字",
            "👩\u{200d}👩\u{200d}👧",
        ]
        var all = texts.map { Array($0.utf8) }
        // C1 as single bytes, as terminals that do not know UTF-8 take them.
        for byte in 0x80...0x9f { all.append([UInt8(byte), 0x32, 0x4a]) }
        all += [
            [0xc0, 0x80], [0xc0, 0x9b], [0xc1, 0x9b], [0xe0, 0x80, 0x9b], [0xf0, 0x80, 0x80, 0x9b],
            [0xf8, 0x80, 0x80, 0x80, 0x9b],
            [0xfc, 0x80, 0x80, 0x80, 0x80, 0x9b], [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf],
            [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
            [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff, 0xfe], [0xfe, 0xff], [0xc3], [0xe2, 0x80],
            [0xf0, 0x9f, 0x98],
            [0xe2, 0x80, 0x1b, 0x5b], [0xc2, 0x1b], [0x80], [0xbf], [0xe2, 0x28, 0xa1], [0xf0, 0x28, 0x8c, 0x28],
            [0xef, 0xbb, 0xbf],
        ]
        // Noncharacters, which Swift's source may not hold.
        for value in [0xfdd0, 0xfdef, 0xfffe, 0xffff, 0x1ffff, 0x10fffe] as [UInt32] {
            if let scalar = Unicode.Scalar(value) { all.append(Array(String(scalar).utf8)) }
        }
        return all
    }()

    static var all: [[UInt8]] { bytes + sequences }

    /// What is wrong with bytes that should be safe text; nil if nothing is.
    ///
    /// - Parameter controls: The control bytes that may be there.
    static func harm(in text: [UInt8], allowing controls: Set<UInt8> = []) -> String? {
        if let control = text.first(where: { ($0 < 0x20 || $0 == 0x7f) && !controls.contains($0) }) {
            return "control byte \(control)"
        }
        guard let string = String(validating: text, as: UTF8.self) else { return "invalid UTF-8" }
        let scalar = string.unicodeScalars.first { scalar in
            scalar.isUnsafeForTerminal && !(scalar.value < 0x20 && controls.contains(UInt8(scalar.value)))
        }
        return scalar.map { "U+\(String($0.value, radix: 16))" }
    }
}

/// Everything that is written into an empty buffer.
func written(_ body: (inout LineBuffer) -> Void) -> [UInt8] {
    var line = LineBuffer(capacity: 1)
    body(&line)
    return line.bytes.withUnsafeBytes { Array($0) }
}

/// The same as a string.
func text(_ body: (inout LineBuffer) -> Void) -> String { String(decoding: written(body), as: UTF8.self) }

extension SeededNumbers {
    /// Bytes that are sometimes text, sometimes hostile text, sometimes noise.
    mutating func text() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 0...8, using: &self) {
            switch Int.random(in: 0..<4, using: &self) {
            case 0: bytes += HostileText.sequences.randomElement(using: &self) ?? []
            case 1:
                bytes += (0..<Int.random(in: 0...20, using: &self)).map { _ in
                    UInt8.random(in: 0x20...0x7e, using: &self)
                }
            case 2:
                bytes += (0..<Int.random(in: 0...6, using: &self)).map { _ in
                    UInt8.random(in: .min ... .max, using: &self)
                }
            default:
                let value = UInt32.random(in: 0...0x10ffff, using: &self)
                if let scalar = Unicode.Scalar(value) { bytes += Array(String(scalar).utf8) }
            }
        }
        return bytes
    }
}
