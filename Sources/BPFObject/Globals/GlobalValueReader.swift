// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// Makes values of the bytes of a section, by their types; bounded in depth and in number.
struct GlobalValueReader {
    private let types: BTF
    private let bytes: [UInt8]
    /// How many more values are read for one variable.
    private var budget = 0
    /// How many more are read for all: variables may lie over each other, and each be large.
    private var total = 262_144

    /// Structures and arrays within each other.
    private static let nesting = 12
    /// Values of one variable.
    private static let valuesOfOne = 4_096
    /// Bytes that are looked at, or kept, for the price of one value.
    private static let bytesOfOne = 64
    /// Enumerators that are compared with a value.
    private static let searchedNames = 4_096

    init(_ types: BTF, _ bytes: [UInt8]) {
        self.types = types
        self.bytes = bytes
    }

    /// The value of a variable.
    mutating func value(of variable: GlobalVariable) -> GlobalValue {
        let allowance = min(Self.valuesOfOne, total)
        budget = allowance
        let value = value(at: GlobalPlace(type: variable.type, bitOffset: variable.offset * 8))
        total -= max(allowance - budget, 0)
        return value
    }

    /// The value of a part of a variable.
    mutating func value(of place: GlobalPlace) -> GlobalValue {
        budget = Self.valuesOfOne
        return value(at: place)
    }

    /// The value at a place.
    private mutating func value(at place: GlobalPlace, depth: Int = 0) -> GlobalValue {
        spend(1)
        guard depth < Self.nesting, budget > 0 else { return .unknown("and so on") }
        guard let type = types.resolved(place.type) else { return .unknown("no type") }
        switch type.kind {
        case .int, .enum, .enum64, .float, .pointer: return scalar(place, type)
        case .array: return array(place, type, depth)
        case .structure, .union: return structure(place, type, depth)
        default: return .unknown(types.spelling(of: place.type))
        }
    }

    private mutating func spend(_ price: Int) { budget -= price }

    private mutating func scalar(_ place: GlobalPlace, _ type: BTFType) -> GlobalValue {
        let width = type.kind == .pointer ? BTF.pointerSize * 8 : place.width(type)
        guard let width, let bits = place.read(width, types.byteOrder, bytes) else { return .unknown("no bytes") }
        switch type.kind {
        case .pointer: return .pointer(UInt64(truncatingIfNeeded: bits))
        case .float:
            return switch width {
            case 32: .single(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
            case 64: .float(Double(bitPattern: UInt64(truncatingIfNeeded: bits)))
            default: .unknown("a floating-point number of \(width) bits")
            }
        case .int:
            guard let integer = types.integer(of: type) else { return .unknown("no type") }
            if integer.isBoolean, bits <= 1 { return .bool(bits == 1) }
            return .integer(Self.number(bits, width, isSigned: integer.isSigned))
        default:
            let mask: UInt64 = width >= 64 ? .max : (1 << UInt64(width)) - 1
            let searched = min(type.count, Self.searchedNames)
            spend(searched / Self.bytesOfOne)
            for index in 0..<searched {
                guard let enumerator = types.enumerator(of: type, at: index) else { break }
                if UInt128(enumerator.bits & mask) == bits { return .enumerator(types.string(enumerator.nameOffset)) }
            }
            return .integer(Self.number(bits, width, isSigned: type.flag))
        }
    }

    private static func number(_ bits: UInt128, _ width: Int, isSigned: Bool) -> IntegerText {
        guard isSigned, bits >> UInt128(width - 1) & 1 != 0 else { return IntegerText(magnitude: bits) }
        let all = width == 128 ? UInt128.max : (1 << UInt128(width)) - 1
        return IntegerText(isNegative: true, magnitude: (all - bits) &+ 1)
    }

    private mutating func array(_ place: GlobalPlace, _ type: BTFType, _ depth: Int) -> GlobalValue {
        guard let array = types.array(of: type) else { return .unknown("no type") }
        if let text = text(place, array) { return .text(text) }
        var values: [GlobalValue] = []
        for index in 0..<array.count {
            guard budget > 0, let element = place.element(index, of: array, types) else { break }
            values.append(value(at: element, depth: depth + 1))
        }
        // Zeros at the end are what C fills in.
        var count = values.count
        if values.count == array.count, let last = values.last, Self.zeros.contains(last.text) {
            while count > 1, values[count - 1] == last, values[count - 2] == last { count -= 1 }
        }
        let dropped = values.count - count
        guard dropped >= 8 else { return .array(values, more: array.count - values.count) }
        return .array(Array(values[..<count]), more: dropped)
    }

    private static let zeros: Set<String> = ["0", "0.0", "false", "NULL"]

    /// The text of an array of `char`: up to its first NUL, if nothing but NULs follows.
    private mutating func text(_ place: GlobalPlace, _ array: BTFArray) -> [UInt8]? {
        guard let element = types.resolved(array.element), element.kind == .int, element.sizeOrType == 1,
            types.integer(of: element)?.isCharacter == true || types.name(of: element) == "char", array.count > 0,
            place.bitOffset >= 0, place.bitOffset % 8 == 0, array.count <= bytes.count,
            place.bitOffset / 8 <= bytes.count - array.count
        else { return nil }
        guard array.count / Self.bytesOfOne < total else { return nil }
        total -= array.count / Self.bytesOfOne
        let content = bytes[(place.bitOffset / 8)..<(place.bitOffset / 8 + array.count)]
        let text = content.prefix { $0 != 0 }
        // Anything else would be lost in the text, and what is shown should be what is there.
        guard content.dropFirst(text.count).allSatisfy({ $0 == 0 }),
            String(decoding: text, as: UTF8.self).utf8.elementsEqual(text)
        else { return nil }
        return Array(text)
    }

    private mutating func structure(_ place: GlobalPlace, _ type: BTFType, _ depth: Int) -> GlobalValue {
        var members: [(name: String, value: GlobalValue)] = []
        for index in 0..<type.count {
            guard budget > 0, let member = types.member(of: type, at: index) else { break }
            let name = types.string(member.nameOffset)
            spend(name.utf8.count / Self.bytesOfOne)
            members.append((name, value(at: place.place(of: member), depth: depth + 1)))
        }
        return .structure(members, more: type.count - members.count)
    }
}
