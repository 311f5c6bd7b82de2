// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Which bytes end a run that is copied as it is.
private enum Run {
    /// `\`, and whatever is no printable ASCII.
    case text
    /// The same and `"`.
    case quoted
}

extension LineBuffer {
    /// Appends foreign text so that it is harmless on a terminal and can be read back without doubt.
    ///
    /// Printable UTF-8 stays as it is. The backslash is `\\`, newline, tab and carriage return are `\n`, `\t`, `\r`;
    /// other controls (C0, DEL, C1) are `\xNN`; what else `Unicode.Scalar.isUnsafeForTerminal` names is `\u{N}`; every
    /// byte that is not part of a valid UTF-8 scalar is `\xNN`. A control of C1 as two bytes of UTF-8 is written as its
    /// two bytes, so that `\xNN` always is one byte.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - quoted: Whether the text stands in `"`, so that one within it is `\"`. The quotes are the caller's.
    package mutating func appendEscaped(_ bytes: RawSpan, quoted: Bool) {
        let kind: Run = quoted ? .quoted : .text
        var at = 0
        while true {
            at = appendRun(of: bytes, from: at, kind)
            at = appendUnreadable(bytes, from: at)
            guard at < bytes.byteCount else { return }
            switch UTF8Scalar(bytes, at: at) {
            case .scalar(let scalar, let length):
                appendEscaped(scalar, bytes.extracting(at..<at + length))
                at += length
            case .invalid(let length):
                for index in 0..<length {
                    appendHexEscape(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at + index, as: UInt8.self))
                }
                at += length
            }
        }
    }

    /// Appends foreign text as a JSON string with its quotes (RFC 8259).
    ///
    /// The result is always valid UTF-8, valid JSON and harmless on a terminal: controls and what else
    /// `Unicode.Scalar.isUnsafeForTerminal` names are `\n`, `\t`, `\r` or `\uXXXX` (a surrogate pair above U+FFFF), which
    /// a JSON reader turns back into what they were. JSON has no form for bytes that are not UTF-8: each longest start of
    /// a scalar, as in Unicode's recommendation, becomes one U+FFFD. Who needs those bytes asks for the format `bytes`.
    package mutating func appendJSON(_ bytes: RawSpan) {
        append(byte: UInt8(ascii: "\""))
        var at = 0
        while true {
            at = appendRun(of: bytes, from: at, .quoted)
            guard at < bytes.byteCount else { break }
            switch UTF8Scalar(bytes, at: at) {
            case .scalar(let scalar, let length):
                appendJSON(scalar, bytes.extracting(at..<at + length))
                at += length
            case .invalid(let length):
                append("\u{fffd}")
                at += length
            }
        }
        append(byte: UInt8(ascii: "\""))
    }

    /// Appends foreign text as ``appendEscaped(_:quoted:)`` does with its bytes.
    package mutating func appendEscaped(_ text: String, quoted: Bool) {
        appendEscaped(unsafe text.utf8.span.bytes, quoted: quoted)
    }

    /// Appends foreign text as a JSON string with its quotes.
    package mutating func appendJSON(_ text: String) {
        appendJSON(unsafe text.utf8.span.bytes)
    }

    private mutating func appendEscaped(_ scalar: Unicode.Scalar, _ bytes: RawSpan) {
        guard !appendShortEscape(scalar) else { return }
        switch scalar {
        case _ where !scalar.isUnsafeForTerminal: append(raw: bytes)
        case _ where scalar.value < 0xa0:
            for index in 0..<bytes.byteCount {
                appendHexEscape(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self))
            }
        default:
            append("\\u{")
            append(UInt128(scalar.value), bitsPerDigit: 4)
            append("}")
        }
    }

    /// Appends a scalar that C and JSON escape alike by one letter.
    ///
    /// - Returns: False if it is none; nothing is appended then.
    private mutating func appendShortEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\n": append("\\n")
        case "\t": append("\\t")
        case "\r": append("\\r")
        case "\\": append("\\\\")
        case "\"": append("\\\"")
        default: return false
        }
        return true
    }

    /// Appends the escapes of bytes that no scalar begins with and of those controls that have no letter.
    ///
    /// - Returns: The offset behind them.
    @inline(__always)
    private mutating func appendUnreadable(_ bytes: RawSpan, from start: Int) -> Int {
        var at = start
        while at < bytes.byteCount {
            let byte = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt8.self)
            switch byte {
            case 0x00...0x08, 0x0e...0x1f, 0x7f, 0x80...0xc1, 0xf5...0xff: appendHexEscape(byte)
            default: return at
            }
            at &+= 1
        }
        return at
    }

    private mutating func appendJSON(_ scalar: Unicode.Scalar, _ bytes: RawSpan) {
        guard !appendShortEscape(scalar) else { return }
        switch scalar {
        case _ where !scalar.isUnsafeForTerminal: append(raw: bytes)
        case _ where scalar.value <= 0xffff: appendUnit(scalar.value)
        default:
            let rest = scalar.value - 0x10000
            appendUnit(0xd800 | (rest >> 10))
            appendUnit(0xdc00 | (rest & 0x3ff))
        }
    }

    private mutating func appendUnit(_ unit: UInt32) {
        append("\\u")
        append(UInt128(unit), bitsPerDigit: 4, minimum: 4)
    }

    /// Copies printable ASCII from an offset on, eight bytes a step, and returns where it ends.
    @inline(__always)
    private mutating func appendRun(of bytes: RawSpan, from start: Int, _ kind: Run) -> Int {
        let count = bytes.byteCount
        var at = appendWords(of: bytes, from: start) { !Self.hasSpecial($0, kind) }
        while at < count {
            let byte = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt8.self)
            guard (0x20..<0x7f).contains(byte), byte != UInt8(ascii: "\\"), kind == .text || byte != UInt8(ascii: "\"")
            else { break }
            append(byte: byte)
            at &+= 1
        }
        return at
    }

    /// Whether one of eight bytes is no printable ASCII, a backslash, or a quote where those count.
    private static func hasSpecial(_ word: UInt64, _ kind: Run) -> Bool {
        let high: UInt64 = 0x8080_8080_8080_8080
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Where a byte is zero, subtracting one borrows into its highest bit; false hits can only stand above true ones.
        func hasZero(_ word: UInt64) -> UInt64 { (word &- ones) & ~word }
        let low = (word &- 0x20 &* ones) & ~word
        var special = word | low | hasZero(word ^ 0x7f &* ones) | hasZero(word ^ 0x5c &* ones)
        if kind == .quoted { special |= hasZero(word ^ 0x22 &* ones) }
        return special & high != 0
    }
}
