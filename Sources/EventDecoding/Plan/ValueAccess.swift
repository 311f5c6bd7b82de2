// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// Where the bits of a number lie in an event, and how they are meant.
struct ValueAccess: Sendable, Equatable {
    /// The loads that most numbers need; all else is put together from bytes.
    enum Way: UInt8, Sendable {
        case unsigned8, signed8, unsigned16, signed16, unsigned32, signed32, whole64
        case swapped
        case bits
    }

    /// Bytes from the start of the event, or of the array element that it is in, to the first one that has bits of it.
    let offset: Int
    /// Bits of the value: 1 to 128.
    let bits: Int
    /// Whether the highest bit is a sign.
    let isSigned: Bool
    /// Bytes that have bits of it.
    let byteCount: Int
    private let way: Way
    /// Bits of the last byte behind it (in the order of significance): what a shift to the right drops.
    private let shift: Int
    private let isLittle: Bool

    /// - Parameters:
    ///   - bitOffset: Bits from the start, as BTF counts them: from the lowest bit of the first byte in little-endian
    ///     types, from its highest in big-endian ones.
    ///   - bits: 1 to 128.
    init(bitOffset: Int, bits: Int, isSigned: Bool, order: ByteOrder) {
        let lead = bitOffset & 7
        offset = bitOffset >> 3
        byteCount = (lead + bits + 7) >> 3
        isLittle = order == .little
        shift = order == .little ? lead : byteCount * 8 - lead - bits
        self.bits = bits
        self.isSigned = isSigned
        if lead == 0, [8, 16, 32, 64].contains(bits) {
            if bits > 8 && order != .native {
                way = .swapped
            } else {
                switch bits {
                case 8: way = isSigned ? .signed8 : .unsigned8
                case 16: way = isSigned ? .signed16 : .unsigned16
                case 32: way = isSigned ? .signed32 : .unsigned32
                default: way = .whole64
                }
            }
        } else {
            way = .bits
        }
    }

    /// The same bytes as a number whose first byte is the highest; of what is no whole bytes nothing changes.
    var inNetworkOrder: ValueAccess {
        guard byteCount * 8 == bits, shift == 0 else { return self }
        return ValueAccess(bitOffset: offset * 8, bits: bits, isSigned: isSigned, order: .big)
    }

    private init(_ other: ValueAccess, offset: Int) {
        self.offset = offset
        (bits, isSigned, byteCount) = (other.bits, other.isSigned, other.byteCount)
        (way, shift, isLittle) = (other.way, other.shift, other.isLittle)
    }

    /// The same number so many bytes further on.
    func moved(by bytes: Int) -> ValueAccess { ValueAccess(self, offset: offset + bytes) }

    /// Whether it is a whole number of 1, 2, 4 or 8 bytes, and no bit-field.
    var isWhole: Bool { way != .bits && [8, 16, 32, 64].contains(bits) }

    /// Writes a value of whole bytes, cut to its bits; nothing where the bytes end before it.
    ///
    /// Only for values that ``isWhole``.
    func store(_ value: UInt64, to bytes: inout [UInt8]) {
        guard offset >= 0, bytes.count - offset >= byteCount else { return }
        for index in 0..<byteCount {
            let place = isLittle ? index : byteCount - 1 - index
            bytes[offset + place] = UInt8(truncatingIfNeeded: value >> UInt64(index * 8))
        }
    }

    /// The value, sign-extended to 64 bits; nil where the event ends before it.
    ///
    /// Only for values of up to 64 bits.
    @inline(__always)
    func load64(_ event: RawSpan, _ base: Int) -> UInt64? {
        let at = base + offset
        guard event.byteCount - at >= byteCount else { return nil }
        switch way {
        case .unsigned8: return UInt64(unsafe event.unsafeLoad(fromByteOffset: at, as: UInt8.self))
        case .signed8:
            return UInt64(bitPattern: Int64(unsafe event.unsafeLoad(fromByteOffset: at, as: Int8.self)))
        case .unsigned16: return UInt64(unsafe event.unsafeLoadUnaligned(fromByteOffset: at, as: UInt16.self))
        case .signed16:
            return UInt64(bitPattern: Int64(unsafe event.unsafeLoadUnaligned(fromByteOffset: at, as: Int16.self)))
        case .unsigned32: return UInt64(unsafe event.unsafeLoadUnaligned(fromByteOffset: at, as: UInt32.self))
        case .signed32:
            return UInt64(bitPattern: Int64(unsafe event.unsafeLoadUnaligned(fromByteOffset: at, as: Int32.self)))
        case .whole64: return unsafe event.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
        case .swapped, .bits: return UInt64(truncatingIfNeeded: gather(event, at))
        }
    }

    /// The value, sign-extended; nil where the event ends before it.
    func load(_ event: RawSpan, _ base: Int) -> UInt128? {
        let at = base + offset
        guard event.byteCount - at >= byteCount else { return nil }
        return gather(event, at)
    }

    /// Puts the value together from its bytes, which are there.
    private func gather(_ event: RawSpan, _ at: Int) -> UInt128 {
        var value: UInt128 = 0
        // Of 17 bytes, which an unaligned bit-field of more than 121 bits has, the first shift drops what is no part.
        for index in 0..<byteCount {
            let place = isLittle ? byteCount - 1 - index : index
            let byte = unsafe event.unsafeLoad(fromByteOffset: at + place, as: UInt8.self)
            if index == byteCount - 1 {
                value = value << UInt128(8 - shift) | UInt128(byte >> UInt8(shift))
            } else {
                value = value << 8 | UInt128(byte)
            }
        }
        let unused = UInt128(128 - bits)
        guard isSigned else { return (value << unused) >> unused }
        return UInt128(bitPattern: Int128(bitPattern: value << unused) >> Int128(unused))
    }
}
