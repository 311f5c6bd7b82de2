// SPDX-License-Identifier: Apache-2.0

internal import BTF

extension LineBuffer {
    /// Appends the address of a socket (`struct sockaddr` and its kin): `10.0.0.1:443`, `[::1]:443`, `unix:/run/bus`.
    ///
    /// One of another family is its family and its bytes, and one that is cut off only bytes.
    mutating func appendEndpoint(_ address: RawSpan, _ order: ByteOrder) {
        guard address.byteCount >= 2 else { return appendHexadecimal(address) }
        let first = unsafe address.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt16.self)
        let family = order == .native ? first : first.byteSwapped
        switch (family, address.byteCount) {
        case (1, _): appendPath(ofSocket: address.extracting(2..<address.byteCount))
        case (2, 8...):
            appendIPv4(UInt32(bigEndian: unsafe address.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt32.self)))
            appendPort(UInt16(bigEndian: unsafe address.unsafeLoadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        case (10, 24...):
            append(byte: UInt8(ascii: "["))
            appendIPv6(UInt128(bigEndian: unsafe address.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt128.self)))
            if address.byteCount >= 28 {
                let scope = unsafe address.unsafeLoadUnaligned(fromByteOffset: 24, as: UInt32.self)
                appendScope(order == .native ? scope : scope.byteSwapped)
            }
            append(byte: UInt8(ascii: "]"))
            appendPort(UInt16(bigEndian: unsafe address.unsafeLoadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        default:
            Vocabulary.families.append(Int128(family), pattern: UInt128(family), to: &self)
            guard address.byteCount > 2 else { return }
            append(byte: UInt8(ascii: ":"))
            appendHexadecimal(address.extracting(2..<address.byteCount))
        }
    }

    /// Appends an address of IPv6, in brackets if a port follows.
    mutating func appendIPv6(_ address: UInt128, port: UInt16?) {
        guard let port else { return appendIPv6(address) }
        append(byte: UInt8(ascii: "["))
        appendIPv6(address)
        append(byte: UInt8(ascii: "]"))
        appendPort(port)
    }

    /// Appends a port behind its address.
    mutating func appendPort(_ port: UInt16) {
        append(byte: UInt8(ascii: ":"))
        append(UInt64(port))
    }

    private mutating func appendScope(_ scope: UInt32) {
        guard scope != 0 else { return }
        append(byte: UInt8(ascii: "%"))
        append(UInt64(scope))
    }

    /// Appends the name of a socket of this machine; one in the abstract namespace has a NUL in front, shown as `@`.
    private mutating func appendPath(ofSocket name: RawSpan) {
        append("unix:")
        guard name.byteCount > 1 else { return appendEscaped(name.upToNUL, quoted: false) }
        let isAbstract =
            unsafe name.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == 0
            && name.unsafeLoad(fromByteOffset: 1, as: UInt8.self) != 0
        if isAbstract { append(byte: UInt8(ascii: "@")) }
        appendEscaped(name.extracting((isAbstract ? 1 : 0)..<name.byteCount).upToNUL, quoted: false)
    }
}
