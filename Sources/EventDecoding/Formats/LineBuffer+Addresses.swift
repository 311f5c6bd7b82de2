// SPDX-License-Identifier: Apache-2.0

extension LineBuffer {
    /// Appends an IPv4 address whose first byte is the highest.
    mutating func appendIPv4(_ address: UInt32) {
        for index in 0..<4 {
            if index > 0 { append(byte: UInt8(ascii: ".")) }
            append(UInt64(address >> UInt32(24 - 8 * index) & 0xff))
        }
    }

    /// Appends an IPv6 address whose first byte is the highest, in the form of RFC 5952.
    ///
    /// The longest run of two or more zero groups is `::` (the first of equals); IPv4-mapped addresses end as IPv4.
    mutating func appendIPv6(_ address: UInt128) {
        if address >> 32 == 0xffff {
            append("::ffff:")
            return appendIPv4(UInt32(truncatingIfNeeded: address))
        }
        func group(_ index: Int) -> UInt128 { address >> UInt128(112 - 16 * index) & 0xffff }
        var (hidden, run) = (0..<0, 0)
        for index in 0..<8 {
            run = group(index) == 0 ? run + 1 : 0
            if run >= 2, run > hidden.count { hidden = (index + 1 - run)..<(index + 1) }
        }
        var index = 0
        while index < 8 {
            if !hidden.isEmpty, index == hidden.lowerBound {
                append("::")
                index = hidden.upperBound
                continue
            }
            if index > 0, index != hidden.upperBound { append(byte: UInt8(ascii: ":")) }
            append(group(index), bitsPerDigit: 4)
            index += 1
        }
    }

    /// Appends bytes in hexadecimal with colons between them.
    mutating func appendHardwareAddress(_ bytes: RawSpan) {
        for index in 0..<bytes.byteCount {
            if index > 0 { append(byte: UInt8(ascii: ":")) }
            appendHexadecimal(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self))
        }
    }

    /// Appends bytes in hexadecimal, two digits each.
    package mutating func appendHexadecimal(_ bytes: RawSpan) {
        for index in 0..<bytes.byteCount {
            appendHexadecimal(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self))
        }
    }

    /// Appends a byte as two hexadecimal digits.
    mutating func appendHexadecimal(_ byte: UInt8) {
        append(byte: Self.hexDigit(byte >> 4))
        append(byte: Self.hexDigit(byte & 15))
    }
}
