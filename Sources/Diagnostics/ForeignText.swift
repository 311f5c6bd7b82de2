// SPDX-License-Identifier: Apache-2.0

/// Bytes that others chose and that are mostly, but not always, UTF-8: file names and arguments.
///
/// As a string, a byte that is no UTF-8 is one of the last private characters of Unicode, U+10FF80 to U+10FFFF; should
/// the bytes hold such a character itself, its four bytes are written so, each for itself. Thus every sequence of bytes
/// is one string, and the string gives the bytes back. For people such a byte is `\xNN` (``Swift/String/terminalSafe``).
extension String {
    /// The bytes as a string that gives them back.
    package init(foreignBytes bytes: [UInt8]) {
        if !bytes.contains(Self.leadOfStandIns), let text = String(validating: bytes, as: UTF8.self) {
            self = text
            return
        }
        self = ""
        var parser = UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var index = 0
        while true {
            let length: Int
            switch parser.parseScalar(from: &iterator) {
            case .emptyInput: return
            case .valid(let encoded):
                length = encoded.count
                let scalar = UTF8.decode(encoded)
                if scalar.foreignByte == nil {
                    unicodeScalars.append(scalar)
                    index += length
                    continue
                }
            case .error(let count): length = count
            }
            for byte in bytes[index..<min(index + length, bytes.count)] {
                unicodeScalars.append(Unicode.Scalar(standingFor: byte))
            }
            index += length
        }
    }

    /// The bytes that the string was made of; of any other string its UTF-8.
    package var foreignBytes: [UInt8] {
        guard utf8.contains(Self.leadOfStandIns) else { return Array(utf8) }
        var bytes: [UInt8] = []
        for scalar in unicodeScalars {
            if let byte = scalar.foreignByte {
                bytes.append(byte)
            } else {
                bytes += UTF8.encode(scalar) ?? .encodedReplacementCharacter
            }
        }
        return bytes
    }

    /// Calls a function with the string as a file name for the kernel: its bytes, and a zero.
    package func withFileName<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        guard utf8.contains(Self.leadOfStandIns) else { return unsafe withCString(body) }
        let bytes = foreignBytes.map { CChar(bitPattern: $0) } + [0]
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            // An array with an element has an address.
            if let start = buffer.baseAddress { unsafe body(start) } else { unsafe withCString(body) }
        }
    }

    /// How the UTF-8 of all characters from U+100000 on begins.
    private static var leadOfStandIns: UInt8 { 0xf4 }
}

extension Unicode.Scalar {
    /// The byte that the character stands for.
    var foreignByte: UInt8? { (0x10ff80...0x10ffff).contains(value) ? UInt8(truncatingIfNeeded: value) : nil }

    /// A byte that is no UTF-8; ASCII stands for itself.
    fileprivate init(standingFor byte: UInt8) {
        self = byte < 0x80 ? Unicode.Scalar(byte) : Unicode.Scalar(0x10ff00 + UInt32(byte)) ?? "\u{fffd}"
    }
}
