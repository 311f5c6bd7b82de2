// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// The value of an attribute.
enum DWARFValue: Equatable {
    /// A number, whose sign is not told.
    case unsigned(UInt64)
    /// A number that is told to be signed.
    case signed(Int64)
    /// A string, by where it is.
    case string(DWARFString)
    /// Another entry, by its place in the entries of the object.
    case entry(Int)
    /// A type in a unit of its own, by its signature.
    case signature(UInt64)
    /// Bytes, such as an expression, by where they are in the entries.
    case block(Range<Int>)
    /// A place in another section.
    case offset(Int)
    /// A list of places (`DW_FORM_loclistx`), by its number.
    case list(Int)
    /// A place in the code: bytes from the start of its section.
    case address(UInt64)
    /// The same, by a number in `.debug_addr`.
    case addressIndex(Int)
    /// Nothing that the reader needs.
    case other

    /// The value as a number that is not negative.
    var count: Int? {
        switch self {
        case .offset(let value): value
        case .unsigned(let value): Int(exactly: value)
        case .signed(let value): value >= 0 ? Int(value) : nil
        default: nil
        }
    }
}

/// Where a string is.
enum DWARFString: Equatable {
    /// In the entry itself.
    case inline(Int)
    /// In `.debug_str`.
    case offset(Int)
    /// In `.debug_line_str`.
    case line(Int)
    /// In `.debug_str`, by a number in `.debug_str_offsets`.
    case index(Int)
}

/// How the value of an attribute is written (`DW_FORM_*`).
struct DWARFForm {
    let code: UInt16
    /// The value of `DW_FORM_implicit_const`.
    var implicit: Int64 = 0

    /// What the values of a unit's attributes depend on.
    struct Context {
        let version: UInt16
        let is64Bit: Bool
        let addressSize: Int
        /// Where the unit begins, and the section that it is in: references count from there.
        let start: Int
        let section: Range<Int>
        /// Where the unit ends.
        let end: Int

        var offsetSize: Int { is64Bit ? 8 : 4 }
    }

    /// Reads a value and moves behind it; nil if it goes beyond the entries or its form is not known.
    func read(_ data: ByteReader, _ offset: inout Int, _ unit: Context) -> DWARFValue? {
        switch code {
        case 0x0b: Self.number(data, &offset, 1)
        case 0x05: Self.number(data, &offset, 2)
        case 0x06: Self.number(data, &offset, 4)
        case 0x07: Self.number(data, &offset, 8)
        case 0x0d: data.signedLEB128(&offset).map { .signed($0) }
        case 0x0f: data.unsignedLEB128(&offset).map { .unsigned($0) }
        case 0x0c: Self.number(data, &offset, 1)
        case 0x19: .unsigned(1)
        case 0x21: .signed(implicit)
        case 0x01: Self.integer(data, &offset, unit.addressSize).map { .address($0) }
        case 0x17: Self.integer(data, &offset, unit.offsetSize).flatMap { Int(exactly: $0) }.map { .offset($0) }
        case 0x22: data.unsignedLEB128(&offset).flatMap { Int(exactly: $0) }.map { .list($0) }
        case 0x1f20, 0x1f21, 0x1d: Self.skip(data, &offset, unit.offsetSize)
        case 0x1e: Self.skip(data, &offset, 16)
        case 0x1c: Self.skip(data, &offset, 4)
        case 0x24: Self.skip(data, &offset, 8)
        case 0x29...0x2c:
            Self.integer(data, &offset, Int(code) - 0x28).flatMap { Int(exactly: $0) }.map { .addressIndex($0) }
        case 0x1b, 0x1f01: data.unsignedLEB128(&offset).flatMap { Int(exactly: $0) }.map { .addressIndex($0) }
        case 0x23: data.unsignedLEB128(&offset).map { _ in .other }
        case 0x08: Self.inlineString(data, &offset, unit)
        case 0x0e:
            Self.integer(data, &offset, unit.offsetSize).flatMap { Int(exactly: $0) }.map { .string(.offset($0)) }
        case 0x1f: Self.integer(data, &offset, unit.offsetSize).flatMap { Int(exactly: $0) }.map { .string(.line($0)) }
        case 0x1a, 0x1f02: data.unsignedLEB128(&offset).flatMap { Int(exactly: $0) }.map { .string(.index($0)) }
        case 0x25...0x28:
            Self.integer(data, &offset, Int(code) - 0x24).flatMap { Int(exactly: $0) }.map { .string(.index($0)) }
        case 0x11: Self.reference(Self.integer(data, &offset, 1), unit.start, unit)
        case 0x12: Self.reference(Self.integer(data, &offset, 2), unit.start, unit)
        case 0x13: Self.reference(Self.integer(data, &offset, 4), unit.start, unit)
        case 0x14: Self.reference(Self.integer(data, &offset, 8), unit.start, unit)
        case 0x15: Self.reference(data.unsignedLEB128(&offset), unit.start, unit)
        case 0x10:
            Self.reference(
                Self.integer(data, &offset, unit.version < 3 ? unit.addressSize : unit.offsetSize),
                unit.section.lowerBound, unit)
        case 0x20: Self.integer(data, &offset, 8).map { .signature($0) }
        case 0x0a: Self.block(data, &offset, Self.integer(data, &offset, 1))
        case 0x03: Self.block(data, &offset, Self.integer(data, &offset, 2))
        case 0x04: Self.block(data, &offset, Self.integer(data, &offset, 4))
        case 0x09, 0x18: Self.block(data, &offset, data.unsignedLEB128(&offset))
        case 0x16: Self.indirect(data, &offset, unit)
        default: nil
        }
    }

    private static func integer(_ data: ByteReader, _ offset: inout Int, _ size: Int) -> UInt64? {
        let start = offset
        offset += size
        switch size {
        case 1: return data.u8(start).map { UInt64($0) }
        case 2: return data.u16(start).map { UInt64($0) }
        case 4: return data.u32(start).map { UInt64($0) }
        case 8: return data.u64(start)
        case 3:
            guard let first = data.u16(start), let last = data.u8(start + 2) else { return nil }
            // The halves are in the order of the bytes.
            if data.byteOrder == .little { return UInt64(first) | UInt64(last) << 16 }
            return UInt64(first) << 8 | UInt64(last)
        default: return nil
        }
    }

    private static func number(_ data: ByteReader, _ offset: inout Int, _ size: Int) -> DWARFValue? {
        integer(data, &offset, size).map { .unsigned($0) }
    }

    private static func skip(_ data: ByteReader, _ offset: inout Int, _ size: Int) -> DWARFValue? {
        guard size <= data.count - offset else { return nil }
        offset += size
        return .other
    }

    private static func block(_ data: ByteReader, _ offset: inout Int, _ size: UInt64?) -> DWARFValue? {
        guard let size = size.flatMap({ Int(exactly: $0) }), offset <= data.count, size <= data.count - offset else {
            return nil
        }
        defer { offset += size }
        return .block(offset..<(offset + size))
    }

    private static func reference(_ distance: UInt64?, _ base: Int, _ unit: Context) -> DWARFValue? {
        guard let distance else { return nil }
        // One that leads out of its section leads nowhere.
        guard let distance = Int(exactly: distance), distance < unit.section.upperBound - base else { return .other }
        return .entry(base + distance)
    }

    private static func inlineString(_ data: ByteReader, _ offset: inout Int, _ unit: Context) -> DWARFValue? {
        let start = offset
        // One that goes beyond its unit is damage, and must not be looked for in all that follows.
        while offset < unit.end, let byte = data.u8(offset) {
            offset += 1
            if byte == 0 { return .string(.inline(start)) }
        }
        return nil
    }

    private static func indirect(_ data: ByteReader, _ offset: inout Int, _ unit: Context) -> DWARFValue? {
        guard let code = data.unsignedLEB128(&offset).flatMap({ UInt16(exactly: $0) }),
            // Neither of these can be told in the entry.
            code != 0x16, code != 0x21
        else { return nil }
        return DWARFForm(code: code).read(data, &offset, unit)
    }
}
