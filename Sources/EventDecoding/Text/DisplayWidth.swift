// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// How many columns of a terminal text takes.
package enum DisplayWidth {
    /// The columns of a character.
    static func of(_ scalar: Unicode.Scalar) -> Int { scalar.displayWidth }

    /// The columns of safe text: UTF-8 without controls.
    package static func of(_ text: RawSpan) -> Int {
        let high: UInt64 = 0x8080_8080_8080_8080
        var columns = 0
        var at = 0
        while at < text.byteCount {
            if text.byteCount &- at >= 8 {
                if unsafe text.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self) & high == 0 {
                    columns &+= 8
                    at &+= 8
                    continue
                }
            } else if text.byteCount &- at >= 4,
                unsafe text.unsafeLoadUnaligned(fromByteOffset: at, as: UInt32.self) & UInt32(truncatingIfNeeded: high)
                    == 0
            {
                columns &+= 4
                at &+= 4
                continue
            }
            guard unsafe text.unsafeLoadUnaligned(fromByteOffset: at, as: UInt8.self) >= 0x80 else {
                columns += 1
                at += 1
                continue
            }
            switch UTF8Scalar(text, at: at) {
            case .scalar(let scalar, let length):
                columns += of(scalar)
                at += length
            case .invalid(let length):
                columns += 1
                at += length
            }
        }
        return columns
    }

    /// The part of safe text, from its start on, that fits into so many columns.
    ///
    /// An escape (`\n`, `\x1b`, `\u{202e}`) and a wide character fit as a whole or not at all, and a character keeps the
    /// marks on it.
    ///
    /// - Returns: The bytes of the part, and the columns that it takes.
    static func prefix(of text: RawSpan, columns limit: Int) -> (bytes: Int, columns: Int) {
        var columns = 0
        var at = 0
        while at < text.byteCount {
            let length: Int
            let width: Int
            let byte = unsafe text.unsafeLoadUnaligned(fromByteOffset: at, as: UInt8.self)
            if byte == UInt8(ascii: "\\") {
                length = escapeLength(text, at)
                width = length
            } else if byte < 0x80 {
                (length, width) = (1, 1)
            } else {
                switch UTF8Scalar(text, at: at) {
                case .scalar(let scalar, let bytes): (length, width) = (bytes, of(scalar))
                case .invalid(let bytes): (length, width) = (bytes, 1)
                }
            }
            guard width <= limit - columns else { break }
            columns += width
            at += length
        }
        return (at, columns)
    }

    /// The bytes of the escape that begins with the backslash at an offset.
    private static func escapeLength(_ text: RawSpan, _ offset: Int) -> Int {
        func byte(_ index: Int) -> UInt8? {
            offset + index < text.byteCount
                ? unsafe text.unsafeLoadUnaligned(fromByteOffset: offset + index, as: UInt8.self) : nil
        }
        let rest = text.byteCount - offset
        switch byte(1) {
        case UInt8(ascii: "x"): return min(4, rest)
        case UInt8(ascii: "u") where byte(2) == UInt8(ascii: "{"):
            // At most six digits.
            for index in 3..<10 where byte(index) == UInt8(ascii: "}") { return index + 1 }
            return min(2, rest)
        default: return min(2, rest)
        }
    }
}
