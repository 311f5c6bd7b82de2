// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

/// Writes a value given as text into the bytes of a section, by its type.
struct GlobalSetter {
    let types: BTF
    private(set) var bytes: [UInt8]

    /// What a number counts, if the name of the variable says a unit of time.
    var unit: TimeUnit?

    /// Braces within each other.
    private static let nesting = 16

    init(_ types: BTF, _ bytes: [UInt8]) {
        self.types = types
        self.bytes = bytes
    }

    /// Writes one value.
    mutating func set(_ text: String, at place: GlobalPlace, depth: Int = 0) throws(GlobalPathError) {
        let text = Self.trimmed(text)
        guard let type = types.resolved(place.type) else { throw fail(.type(types.spelling(of: place.type))) }
        switch type.kind {
        case .int: try setInteger(text, place, type)
        case .enum, .enum64: try setEnumeration(text, place, type)
        case .float: try setFloat(text, place, type)
        case .pointer: throw fail(.pointer)
        case .array: try setArray(text, place, type, depth)
        case .structure, .union: try setStructure(text, place, type, depth)
        default: throw fail(.type(types.spelling(of: place.type)))
        }
    }

    private func fail(_ fault: GlobalFault) -> GlobalPathError { GlobalPathError(fault: fault) }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    private mutating func write(_ bits: UInt128, _ width: Int, _ place: GlobalPlace) throws(GlobalPathError) {
        guard place.write(bits, width, types.byteOrder, &bytes) else {
            throw fail(.type("what lies outside of its section"))
        }
    }

    // MARK: - Scalars

    private mutating func setInteger(_ text: String, _ place: GlobalPlace, _ type: BTFType) throws(GlobalPathError) {
        let name = types.spelling(of: place.type)
        guard let width = place.width(type), let integer = types.integer(of: type) else { throw fail(.type(name)) }
        if integer.isBoolean {
            switch text {
            case "true", "1", "yes", "on", "y": try write(1, width, place)
            case "false", "0", "no", "off", "n": try write(0, width, place)
            default: throw fail(.value(text, type: name))
            }
            return
        }
        var number = IntegerText(text)
        if number == nil { number = try time(text) }
        guard let number else { throw fail(.value(text, type: name)) }
        try setNumber(number, text, place, width, isSigned: integer.isSigned, name)
    }

    /// A time such as `10ms` as a number of what the variable counts; nil if it is none, or nothing says the unit.
    private func time(_ text: String) throws(GlobalPathError) -> IntegerText? {
        guard let unit, let time = TimeUnit.time(text) else { return nil }
        guard let number = unit.count(time) else { throw fail(.time(text, unit: unit.rawValue)) }
        return IntegerText(String(number))
    }

    private mutating func setNumber(
        _ number: IntegerText, _ text: String, _ place: GlobalPlace, _ width: Int, isSigned: Bool, _ name: String
    ) throws(GlobalPathError) {
        guard let bits = number.bits(width: width, isSigned: isSigned) else {
            let half: UInt128 = 1 << UInt128(width - 1)
            let most = isSigned ? half - 1 : half - 1 + half
            throw fail(
                .range(
                    text, type: place.bitSize == 0 ? name : name + " : \(width)", least: isSigned ? "-\(half)" : "0",
                    most: String(most)))
        }
        try write(bits, width, place)
    }

    private mutating func setEnumeration(
        _ text: String, _ place: GlobalPlace, _ type: BTFType
    ) throws(GlobalPathError) {
        let name = types.spelling(of: place.type)
        guard let width = place.width(type), width <= 64 else { throw fail(.type(name)) }
        if let number = IntegerText(text) {
            return try setNumber(number, text, place, width, isSigned: type.flag, name)
        }
        var names: [String] = []
        for index in 0..<type.count {
            guard let enumerator = types.enumerator(of: type, at: index) else { break }
            let candidate = types.string(enumerator.nameOffset)
            if candidate == text {
                let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) - 1
                return try write(UInt128(enumerator.bits & mask), width, place)
            }
            if names.count < 1_024 { names.append(candidate) }
        }
        let near = EditDistance.names(near: text, among: names)
        throw fail(.enumerator(text, type: name, names: near.isEmpty ? names : near))
    }

    private mutating func setFloat(_ text: String, _ place: GlobalPlace, _ type: BTFType) throws(GlobalPathError) {
        let name = types.spelling(of: place.type)
        switch type.sizeOrType {
        case 4:
            guard let value = Float(text) else { throw fail(.value(text, type: name)) }
            try write(UInt128(value.bitPattern), 32, place)
        case 8:
            guard let value = Double(text) else { throw fail(.value(text, type: name)) }
            try write(UInt128(value.bitPattern), 64, place)
        default: throw fail(.type(name))
        }
    }

    // MARK: - Arrays and structures

    private mutating func setArray(
        _ text: String, _ place: GlobalPlace, _ type: BTFType, _ depth: Int
    ) throws(GlobalPathError) {
        guard let array = types.array(of: type) else { throw fail(.type(types.spelling(of: place.type))) }
        guard let items = try items(text, depth) else {
            guard let element = types.resolved(array.element), element.kind == .int, element.sizeOrType == 1,
                types.integer(of: element)?.isBoolean == false
            else { throw fail(.value(text, type: types.spelling(of: place.type))) }
            return try setText(text, place, array.count)
        }
        guard items.count <= array.count else {
            throw fail(.tooMany(array.count, type: types.spelling(of: place.type)))
        }
        try clear(place)
        for (index, item) in items.enumerated() {
            guard let element = place.element(index, of: array, types) else { return }
            try set(item, at: element, depth: depth + 1)
        }
    }

    /// A text in an array of bytes, in quotes or not; the rest becomes zero, and the NUL may be missing as in C.
    private mutating func setText(_ text: String, _ place: GlobalPlace, _ room: Int) throws(GlobalPathError) {
        var content = Array(text.utf8)
        if content.count >= 2, content.first == UInt8(ascii: "\""), content.last == UInt8(ascii: "\"") {
            guard let unescaped = EscapedText.bytes(Array(content.dropFirst().dropLast())) else {
                throw fail(.value(text, type: types.spelling(of: place.type)))
            }
            content = unescaped
        }
        guard content.count <= room else { throw fail(.tooLong(content.count, room: room)) }
        try clear(place)
        for (index, byte) in content.enumerated() {
            try write(
                UInt128(byte), 8, GlobalPlace(type: place.type, bitOffset: place.bitOffset + 8 * index))
        }
    }

    private mutating func setStructure(
        _ text: String, _ place: GlobalPlace, _ type: BTFType, _ depth: Int
    ) throws(GlobalPathError) {
        let name = types.spelling(of: place.type)
        guard let items = try items(text, depth) else { throw fail(.value(text, type: name)) }
        try clear(place)
        var next = 0
        for item in items {
            if item.hasPrefix("."), let equals = item.firstIndex(of: "=") {
                let path = Self.trimmed(String(item[..<equals]))
                try set(
                    String(item[item.index(after: equals)...]), at: place.following(path[...], types), depth: depth + 1)
                continue
            }
            guard let member = types.member(of: type, at: next), type.kind == .structure || next == 0 else {
                throw fail(.tooMany(type.kind == .structure ? type.count : 1, type: name))
            }
            try set(item, at: place.place(of: member), depth: depth + 1)
            next += 1
        }
    }

    /// What stands between braces and commas; nil if there are no braces.
    private func items(_ text: String, _ depth: Int) throws(GlobalPathError) -> [String]? {
        guard text.hasPrefix("{"), text.hasSuffix("}"), text.utf8.count >= 2 else { return nil }
        guard depth < Self.nesting else { throw fail(.type("a value of so many braces")) }
        var items: [String] = []
        var item = ""
        var braces = 0
        var quote: Character?
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if let open = quote {
                if character == open, !isEscaped { quote = nil }
                isEscaped = character == "\\" && !isEscaped
            } else {
                switch character {
                case "\"", "'": quote = character
                case "{": braces += 1
                case "}": braces -= 1
                case "," where braces == 0:
                    items.append(Self.trimmed(item))
                    item = ""
                    continue
                default: break
                }
                guard braces >= 0 else { return nil }
            }
            item.append(character)
        }
        guard braces == 0, quote == nil else { return nil }
        let last = Self.trimmed(item)
        // As in C, a comma may end the list.
        return last.isEmpty ? items : items + [last]
    }

    private mutating func clear(_ place: GlobalPlace) throws(GlobalPathError) {
        guard let size = types.size(of: place.type), place.bitOffset >= 0, place.bitOffset % 8 == 0,
            place.bitOffset / 8 <= bytes.count, size <= bytes.count - place.bitOffset / 8
        else { throw fail(.type("what lies outside of its section")) }
        let start = place.bitOffset / 8
        for index in start..<(start + size) { bytes[index] = 0 }
    }
}
