// SPDX-License-Identifier: Apache-2.0

/// Makes a blob of BTF, type by type.
///
/// Each function adds one type and returns its id. A type may name one that comes later: ids count up from `nextID`.
/// Numbers are cut to the bits that their field has.
package struct BTFBuilder: Sendable {
    /// The order of the bytes of its numbers.
    package let byteOrder: ByteOrder
    /// The id that the next type gets.
    package private(set) var nextID: Int

    private var types: [UInt8] = []
    private var strings: [UInt8]
    private var offsets: [String: Int] = ["": 0]
    /// The offset of the first string of its own.
    private let firstString: Int
    private let layout: [UInt8]

    /// Begins a blob with no type.
    ///
    /// - Parameters:
    ///   - byteOrder: The order of the bytes of its numbers; that of the base should be the same.
    ///   - base: The types that these build on, which makes split BTF as modules have it.
    ///   - withLayout: Whether the header says how large types of each kind are (`struct btf_layout`, 2026).
    package init(byteOrder: ByteOrder = .native, base: BTF? = nil, withLayout: Bool = false) {
        self.byteOrder = byteOrder
        nextID = base?.endID ?? 1
        firstString = base?.stringsSize ?? 0
        strings = base == nil ? [0] : []
        layout = withLayout ? BTFKind.layout : []
    }

    /// The blob: header, types, layout if there is one, strings.
    package func build() -> [UInt8] { build(extraLayout: []) }

    /// The blob with the layout of kinds that are not known; `extraLayout` follows that of the known ones.
    package func build(extraLayout: [UInt8]) -> [UInt8] {
        let layout = layout + extraLayout
        let lengths = [types.count, strings.count] + (layout.isEmpty ? [] : [layout.count])
        let offsets = [0, types.count + layout.count, types.count]
        let header = BTFHeader.bytes(byteOrder, parts: zip(offsets, lengths).map { ($0, $1) })
        return header + types + layout + strings
    }

    private mutating func append(_ value: UInt32) {
        let value = byteOrder == .little ? value.littleEndian : value.bigEndian
        unsafe withUnsafeBytes(of: value) { unsafe types.append(contentsOf: $0) }
    }

    /// The offset of a string, which is put in if it is new.
    package mutating func string(_ text: String) -> Int {
        if let offset = offsets[text] { return offset }
        let offset = firstString + strings.count
        strings += text.utf8.prefix { $0 != 0 }
        strings.append(0)
        offsets[text] = offset
        return offset
    }

    /// Adds a type of any kind, also of one that is not known.
    package mutating func record(
        _ kind: Int, _ name: String = "", count: Int = 0, flag: Bool = false, _ sizeOrType: Int = 0, body: [Int] = []
    ) -> Int {
        let info = UInt32(truncatingIfNeeded: count & 0xff_ffff | (kind & 0x7f) << 24) | (flag ? 1 << 31 : 0)
        append(UInt32(truncatingIfNeeded: string(name)))
        append(info)
        append(UInt32(truncatingIfNeeded: sizeOrType))
        for word in body { append(UInt32(truncatingIfNeeded: word)) }
        nextID += 1
        return nextID - 1
    }

    private mutating func record(
        _ kind: BTFKind, _ name: String = "", count: Int = 0, flag: Bool = false, _ sizeOrType: Int = 0,
        body: [Int] = []
    ) -> Int {
        record(kind.rawValue, name, count: count, flag: flag, sizeOrType, body: body)
    }

    // MARK: - Types without members

    /// Adds an integer of `size` bytes; `bits` is how many of them count, all if nil.
    package mutating func int(
        _ name: String, size: Int = 4, isSigned: Bool = false, isCharacter: Bool = false, isBoolean: Bool = false,
        bitOffset: Int = 0, bits: Int? = nil
    ) -> Int {
        let encoding = (isSigned ? 1 : 0) | (isCharacter ? 2 : 0) | (isBoolean ? 4 : 0)
        let word = encoding << 24 | (bitOffset & 0xff) << 16 | (bits ?? size &* 8) & 0xff
        return record(.int, name, size, body: [word])
    }

    /// Adds a floating-point number of `size` bytes.
    package mutating func float(_ name: String, size: Int) -> Int { record(.float, name, size) }

    /// Adds a pointer; to `void` if the id is 0.
    package mutating func pointer(to type: Int) -> Int { record(.pointer, "", type) }

    /// Adds an array; `index` is the integer type that C's compilers name for its subscripts.
    package mutating func array(of element: Int, count: Int, index: Int) -> Int {
        record(.array, body: [element, index, count])
    }

    /// Adds a structure or union that is only declared.
    package mutating func forward(_ name: String, isUnion: Bool = false) -> Int {
        record(.forward, name, flag: isUnion)
    }

    /// Adds another name of a type.
    package mutating func typedef(_ name: String, to type: Int) -> Int { record(.typedef, name, type) }

    /// Adds `const` of a type.
    package mutating func const(_ type: Int) -> Int { record(.const, "", type) }

    /// Adds `volatile` of a type.
    package mutating func volatile(_ type: Int) -> Int { record(.volatile, "", type) }

    /// Adds `restrict` of a type.
    package mutating func restrict(_ type: Int) -> Int { record(.restrict, "", type) }

    /// Adds a tag on a type, such as `user` of `__user`.
    package mutating func typeTag(_ tag: String, on type: Int) -> Int { record(.typeTag, tag, type) }

    /// Adds a tag on a declaration, or on one of its members or parameters if `component` is not -1.
    package mutating func declarationTag(_ tag: String, on type: Int, component: Int = -1) -> Int {
        record(.declarationTag, tag, type, body: [component])
    }

    // MARK: - Functions and variables

    /// Adds a function; `type` is its prototype.
    package mutating func function(_ name: String, type: Int, linkage: BTFLinkage = .global) -> Int {
        record(.function, name, count: linkage.rawValue, type)
    }

    /// Adds the parameters and the result (0 for `void`) of functions.
    package mutating func prototype(returning result: Int, _ parameters: [(name: String, type: Int)] = []) -> Int {
        let body = parameters.flatMap { [string($0.name), $0.type] }
        return record(.prototype, "", count: parameters.count, result, body: body)
    }

    /// Adds a variable.
    package mutating func variable(_ name: String, type: Int, linkage: BTFLinkage = .global) -> Int {
        record(.variable, name, type, body: [linkage.rawValue])
    }

    /// Adds a section of `size` bytes and what lies in it; sizes and offsets are in bytes.
    package mutating func dataSection(
        _ name: String, size: Int = 0, _ variables: [(variable: Int, offset: Int, size: Int)] = []
    ) -> Int {
        let body = variables.flatMap { [$0.variable, $0.offset, $0.size] }
        return record(.dataSection, name, count: variables.count, size, body: body)
    }

    // MARK: - Structures and enumerations

    /// A member of a structure or union, for the builder.
    package struct Member: Sendable {
        package let name: String
        package let type: Int
        package let bitOffset: Int
        package let bitSize: Int

        /// A member at a number of bits from the start; a bit-field if `bitSize` is not 0.
        package init(_ name: String, _ type: Int, bitOffset: Int = 0, bitSize: Int = 0) {
            self.name = name
            self.type = type
            self.bitOffset = bitOffset
            self.bitSize = bitSize
        }
    }

    /// Adds a structure of `size` bytes.
    package mutating func structure(_ name: String, size: Int, _ members: [Member] = []) -> Int {
        composite(.structure, name, size, members)
    }

    /// Adds a union of `size` bytes.
    package mutating func union(_ name: String, size: Int, _ members: [Member] = []) -> Int {
        composite(.union, name, size, members)
    }

    private mutating func composite(_ kind: BTFKind, _ name: String, _ size: Int, _ members: [Member]) -> Int {
        let hasBitFields = members.contains { $0.bitSize != 0 }
        let body = members.flatMap { member in
            let place = hasBitFields ? (member.bitSize & 0xff) << 24 | member.bitOffset & 0xff_ffff : member.bitOffset
            return [string(member.name), member.type, place]
        }
        return record(kind, name, count: members.count, flag: hasBitFields, size, body: body)
    }

    /// Adds an enumeration of up to 32 bits.
    package mutating func enumeration(
        _ name: String, size: Int = 4, isSigned: Bool = false, _ values: [(name: String, value: Int)] = []
    ) -> Int {
        let body = values.flatMap { [string($0.name), $0.value] }
        return record(.enum, name, count: values.count, flag: isSigned, size, body: body)
    }

    /// Adds an enumeration of 64 bits.
    package mutating func enumeration64(
        _ name: String, size: Int = 8, isSigned: Bool = false, _ values: [(name: String, bits: UInt64)] = []
    ) -> Int {
        let body = values.flatMap { value in
            [string(value.name), Int(value.bits & 0xffff_ffff), Int(value.bits >> 32)]
        }
        return record(.enum64, name, count: values.count, flag: isSigned, size, body: body)
    }
}

extension BTFKind {
    /// How large types of each kind are, from kind 0 on (`struct btf_layout`).
    fileprivate static var layout: [UInt8] {
        (0...BTFKind.enum64.rawValue).flatMap { number -> [UInt8] in
            let kind = BTFKind(rawValue: number)
            return [UInt8(kind?.fixedSize ?? 0), UInt8(kind?.elementSize ?? 0), 0, 0]
        }
    }
}
