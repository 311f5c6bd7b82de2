// SPDX-License-Identifier: Apache-2.0

/// A copy of a blob whose types are changed in place, and to which types and strings can be added at the end.
package struct BTFEditor: Sendable {
    package let btf: BTF
    private var types: [UInt8]
    private var strings: [UInt8]
    private var nextID: Int
    private var added: [String: Int] = [:]

    package init(_ btf: BTF) {
        self.btf = btf
        types = Array(btf.bytes[btf.parts.types])
        strings = Array(btf.bytes[btf.strings])
        nextID = btf.endID
    }

    package var isEmpty: Bool { types.isEmpty }

    /// Where a word of a type is: 0 to 2 are the head's, 3 is the first that follows it.
    private func offset(_ type: BTFType, _ word: Int) -> Int {
        type.body - BTFKind.headSize + 4 * word - btf.parts.types.lowerBound
    }

    /// A word of a type; 0 beyond the types.
    package func word(_ type: BTFType, _ index: Int) -> Int {
        let start = offset(type, index)
        guard start >= 0, start + 4 <= types.count else { return 0 }
        var value: UInt32 = 0
        for position in 0..<4 {
            value = value << 8 | UInt32(types[start + (btf.byteOrder == .little ? 3 - position : position)])
        }
        return Int(value)
    }

    /// Changes a word of a type.
    package mutating func set(_ type: BTFType, _ index: Int, _ value: Int) {
        let start = offset(type, index)
        guard start >= 0, start + 4 <= types.count else { return }
        put(value, at: start)
    }

    private mutating func put(_ value: Int, at start: Int) {
        for position in 0..<4 {
            types[start + (btf.byteOrder == .little ? position : 3 - position)] = UInt8(
                truncatingIfNeeded: value >> (8 * position))
        }
    }

    /// Makes a type one of another kind whose record is as large.
    package mutating func become(_ type: BTFType, _ kind: BTFKind, name: Int, count: Int = 0, sizeOrType: Int? = nil) {
        set(type, 0, name)
        set(type, 1, kind.rawValue << 24 | count & 0xff_ffff)
        if let sizeOrType { set(type, 2, sizeOrType) }
    }

    /// The offset of a string that is added at the end, once.
    package mutating func string(_ text: String) -> Int {
        if let offset = added[text] { return offset }
        // The kernel takes no longer strings; hostile names share theirs and would each have its own here.
        guard strings.count < Limits.strings else { return 0 }
        let offset = btf.stringsSize - btf.strings.count + strings.count
        strings += text.utf8.prefix { $0 != 0 }
        strings.append(0)
        added[text] = offset
        return offset
    }

    /// Adds a type at the end.
    package mutating func add(_ kind: BTFKind, name: String, _ sizeOrType: Int, body: Int) -> Int {
        let words = [string(name), kind.rawValue << 24, sizeOrType, body]
        for word in words {
            types += [0, 0, 0, 0]
            put(word, at: types.count - 4)
        }
        nextID += 1
        return nextID - 1
    }

    /// The blob, with the layout part or without.
    package func blob(withLayout: Bool) -> [UInt8] {
        let layout = withLayout ? btf.parts.layout.map { btf.bytes[$0] } ?? [] : []
        let lengths = [types.count, strings.count] + (layout.isEmpty ? [] : [layout.count])
        let offsets = [0, types.count + layout.count, types.count]
        var header = BTFHeader.bytes(btf.byteOrder, parts: zip(offsets, lengths).map { ($0, $1) })
        header.reserveCapacity(header.count + types.count + layout.count + strings.count)
        header += types
        header += layout
        header += strings
        return header
    }
}
