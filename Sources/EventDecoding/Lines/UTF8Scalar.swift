// SPDX-License-Identifier: Apache-2.0

/// What stands at a place of bytes that should be UTF-8.
enum UTF8Scalar {
    /// A scalar and the number of its bytes.
    case scalar(Unicode.Scalar, length: Int)
    /// No scalar: the bytes of the longest start of one that are there (the "maximal subpart" of Unicode, 3.9), at
    /// least 1. Overlong forms, surrogates and values above U+10FFFF are none from their first byte on.
    case invalid(length: Int)

    /// Reads what stands at an offset within the bytes.
    init(_ bytes: RawSpan, at offset: Int) {
        func byte(_ index: Int) -> UInt32? {
            guard offset + index < bytes.byteCount else { return nil }
            return UInt32(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset + index, as: UInt8.self))
        }
        guard offset >= 0, let first = byte(0) else {
            self = .invalid(length: 1)
            return
        }
        // The second byte's range excludes the overlong forms, the surrogates and what is beyond U+10FFFF.
        let second: ClosedRange<UInt32>
        let length: Int
        switch first {
        case 0x00...0x7f: (second, length) = (0x80...0xbf, 1)
        case 0xc2...0xdf: (second, length) = (0x80...0xbf, 2)
        case 0xe0: (second, length) = (0xa0...0xbf, 3)
        case 0xed: (second, length) = (0x80...0x9f, 3)
        case 0xe1...0xef: (second, length) = (0x80...0xbf, 3)
        case 0xf0: (second, length) = (0x90...0xbf, 4)
        case 0xf1...0xf3: (second, length) = (0x80...0xbf, 4)
        case 0xf4: (second, length) = (0x80...0x8f, 4)
        default:
            self = .invalid(length: 1)
            return
        }
        var value = length == 1 ? first : first & (0x7f >> UInt32(length))
        for index in 1..<max(length, 1) {
            guard let next = byte(index), index == 1 ? second.contains(next) : (0x80...0xbf).contains(next) else {
                self = .invalid(length: index)
                return
            }
            value = value << 6 | next & 0x3f
        }
        guard let scalar = Unicode.Scalar(value) else {
            self = .invalid(length: 1)
            return
        }
        self = .scalar(scalar, length: length)
    }
}
