// SPDX-License-Identifier: Apache-2.0

internal import BTF

extension ByteReader {
    /// Reads an unsigned number of varying length (LEB128) and moves behind it; nil if it does not end or has more than
    /// 64 bits.
    func unsignedLEB128(_ offset: inout Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = u8(offset) {
            offset += 1
            let bits = UInt64(byte & 0x7f)
            guard shift < 64, shift < 63 || bits <= 1 else {
                // Zeros may pad it.
                guard bits == 0, shift < 128 else { return nil }
                if byte & 0x80 == 0 { return value }
                shift += 7
                continue
            }
            value |= bits << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }

    /// Reads a signed number of varying length (LEB128) and moves behind it; nil if it does not end or has more than 64
    /// bits.
    func signedLEB128(_ offset: inout Int) -> Int64? {
        var value: Int64 = 0
        var shift: Int64 = 0
        while let byte = u8(offset) {
            offset += 1
            guard shift < 64 else { return nil }
            value |= Int64(truncatingIfNeeded: UInt64(byte & 0x7f) << UInt64(shift))
            shift += 7
            if byte & 0x80 == 0 {
                if byte & 0x40 != 0, shift < 64 { value |= -1 << shift }
                return value
            }
        }
        return nil
    }
}
