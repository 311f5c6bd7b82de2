// SPDX-License-Identifier: Apache-2.0

/// A blob of BTF: an index over its bytes, decoded as it is asked.
///
/// Nothing of it is trusted: what a number in it leads to is nil if it is not there. Split BTF, that of a module, goes
/// on where its base ends: with the ids of its types and with the offsets of its strings.
public final class BTF: Sendable {
    /// The types that this one builds on; nil if it stands alone.
    public let base: BTF?
    /// The first id of its own: 1, or where the base ends.
    public let firstID: Int
    /// One more than its last id.
    public let endID: Int

    private let data: BTFMemory
    /// Where type `firstID + n` begins in the data.
    private let starts: [UInt32]
    /// Where its own types lie in its bytes, and what the header says of their sizes if it does.
    package let parts: (types: Range<Int>, layout: Range<Int>?)
    private let stringsStart: Int
    private let stringsEnd: Int
    /// The offset of its own first string: where the base's strings end.
    private let firstString: Int

    /// The order of the bytes of its numbers.
    public var byteOrder: ByteOrder { data.byteOrder }
    /// The whole blob.
    public var bytes: [UInt8] { data.bytes(0..<data.count) }
    /// The number of bytes of all strings, the base's included.
    package var stringsSize: Int { firstString + stringsEnd - stringsStart }

    /// Reads BTF of either byte order, which its magic number tells.
    ///
    /// - Parameters:
    ///   - bytes: The whole blob, such as a `.BTF` section or `/sys/kernel/btf/vmlinux`.
    ///   - base: The kernel's own types, for those of a module.
    /// - Throws: An error if a header, a type or the strings go beyond the bytes.
    public convenience init(parsing bytes: [UInt8], base: BTF? = nil) throws(BTFError) {
        guard bytes.count >= 2 else { throw .tooShort(count: bytes.count) }
        try self.init(BTFMemory(copying: bytes), base: base)
    }

    package convenience init(_ data: ByteReader, base: BTF? = nil) throws(BTFError) {
        try self.init(BTFMemory(copying: data.bytes), base: base)
    }

    /// Reads BTF where it lies.
    ///
    /// - Parameters:
    ///   - data: The whole blob, which is kept.
    ///   - base: The kernel's own types, for those of a module.
    /// - Throws: An error if a header, a type or the strings go beyond the bytes.
    package init(_ data: BTFMemory, base: BTF? = nil) throws(BTFError) {
        let header = try BTFHeader(data, minimum: 24)
        let types = try header.range("types", field: 8, of: data)
        let strings = try header.range("strings", field: 16, of: data)
        let layout = try header.length >= 32 ? header.range("layout", field: 24, of: data) : nil
        let first = base?.endID ?? 1
        self.base = base
        self.data = data
        firstID = first
        firstString = base?.stringsSize ?? 0
        stringsStart = strings.lowerBound
        stringsEnd = strings.upperBound
        parts = (types, layout)
        starts = try Self.index(data, types, first, layout.map { BTFLayout(data, $0) })
        endID = first + starts.count
    }

    /// The one pass over all types: where each begins.
    ///
    /// vmlinux has 100,000 of them, and whoever loads a program waits: the sizes of kinds come from one flat table.
    private static func index(
        _ data: BTFMemory, _ types: Range<Int>, _ first: Int, _ layout: BTFLayout?
    ) throws(BTFError) -> [UInt32] {
        let sizes = sizes(layout)
        var starts: [UInt32] = []
        // 25 bytes a type is what kernels have.
        starts.reserveCapacity(types.count / 24)
        var offset = types.lowerBound
        while offset < types.upperBound {
            guard offset + BTFKind.headSize <= types.upperBound, let info = data.u32(offset + 4) else {
                throw .cutType(id: first + starts.count, offset: offset)
            }
            let (fixed, element) = sizes[Int(info >> 24 & 0x7f)]
            guard fixed != 0 else { throw .unknownKind(Int(info >> 24 & 0x7f), id: first + starts.count) }
            // 24 bits of count by at most 255 bytes: no overflow.
            let size = Int(fixed) + Int(info & 0xff_ffff) * Int(element)
            guard size <= types.upperBound - offset else {
                throw .cutType(id: first + starts.count, offset: offset)
            }
            guard starts.count < Limits.types else { throw .tooManyTypes(limit: Limits.types) }
            starts.append(UInt32(truncatingIfNeeded: offset))
            offset += size
        }
        return starts
    }

    /// The bytes of a type of each kind, head included, and those of each element; 0 for kinds of unknown size.
    private static func sizes(_ layout: BTFLayout?) -> [(UInt16, UInt16)] {
        (0..<128).map { number in
            guard
                let (fixed, element) = BTFKind(rawValue: number).map({ ($0.fixedSize, $0.elementSize) })
                    ?? layout?.sizes(number)
            else { return (0, 0) }
            return (UInt16(clamping: BTFKind.headSize + fixed), UInt16(clamping: element))
        }
    }

    /// The types of some kinds, each with the hash of its essential name, in ascending order of their ids.
    ///
    /// - Parameter kinds: A bit for each kind, by its number.
    package func essentialNames(ofKinds kinds: UInt64) -> [(id: UInt32, hash: UInt32)] {
        var found: [(id: UInt32, hash: UInt32)] = []
        found.reserveCapacity(starts.count / 3)
        for (index, start) in starts.enumerated() {
            guard let info = data.u32(Int(start) + 4), kinds >> UInt64(info >> 24 & 0x7f) & 1 != 0,
                let name = data.int(Int(start)), name != 0
            else { continue }
            let id = UInt32(truncatingIfNeeded: firstID + index)
            found.append((id, essentialHash(ofString: name)))
        }
        return found
    }

    /// The hash of a string up to its flavour.
    private func essentialHash(ofString offset: Int) -> UInt32 {
        guard offset >= firstString else { return base?.essentialHash(ofString: offset) ?? EssentialHash.empty }
        let start = stringsStart + offset - firstString
        return data.essentialHash(at: start, limit: min(stringsEnd, start + Limits.name))
    }

    // MARK: - Types

    /// The head of a type; nil for `void`, for ids that do not exist and for kinds that are not known.
    public subscript(id: Int) -> BTFType? {
        guard id >= firstID else { return base?[id] }
        guard id < endID else { return nil }
        let start = Int(starts[id - firstID])
        guard let name = data.int(start), let info = data.u32(start + 4), let sizeOrType = data.int(start + 8),
            let kind = BTFKind(rawValue: Int(info >> 24 & 0x7f))
        else { return nil }
        return BTFType(
            id: id, nameOffset: name, kind: kind, count: Int(info & 0xff_ffff), flag: info >> 31 != 0,
            sizeOrType: sizeOrType, body: start + BTFKind.headSize)
    }

    /// The number of the kind of a type of its own, also of one that is not known.
    package func kindNumber(of id: Int) -> Int? {
        guard id >= firstID, id < endID else { return nil }
        return data.u32(Int(starts[id - firstID]) + 4).map { Int($0 >> 24 & 0x7f) }
    }

    /// Its own strings, in its bytes.
    package var strings: Range<Int> { stringsStart..<stringsEnd }

    /// Where a type of this blob begins in its bytes, and how many it has.
    package func extent(ofType id: Int) -> Range<Int>? {
        guard id >= firstID, id < endID, let type = self[id] else { return nil }
        let start = Int(starts[id - firstID])
        return start..<(start + BTFKind.headSize + type.kind.fixedSize + type.count * type.kind.elementSize)
    }

    /// Follows typedefs and qualifiers to the type behind them; nil for `void` and for rings of types.
    public func resolved(_ id: Int) -> BTFType? {
        var id = id
        for _ in 0..<Limits.typeDepth {
            guard let type = self[id] else { return nil }
            guard type.kind.isModifier else { return type }
            id = type.sizeOrType
        }
        return nil
    }

    /// The bytes that a value of a type takes; nil for `void`, functions and what has no end.
    public func size(of id: Int) -> Int? {
        var id = id
        var elements = 1
        for _ in 0..<Limits.typeDepth {
            guard let type = resolved(id) else { return nil }
            let size: Int
            switch type.kind {
            case .int, .structure, .union, .enum, .enum64, .float, .dataSection: size = type.sizeOrType
            case .pointer: size = Self.pointerSize
            case .variable:
                id = type.sizeOrType
                continue
            case .array:
                guard let array = array(of: type) else { return nil }
                let (product, overflow) = elements.multipliedReportingOverflow(by: array.count)
                guard !overflow else { return nil }
                elements = product
                id = array.element
                continue
            default: return nil
            }
            let (total, overflow) = elements.multipliedReportingOverflow(by: size)
            return overflow ? nil : total
        }
        return nil
    }

    /// Bytes of a pointer: BPF objects and the kernels that take them are of 64 bits.
    public static let pointerSize = 8

    // MARK: - What follows the head

    /// The blob that a type is in.
    private func data(of type: BTFType) -> BTFMemory { type.id < firstID ? base?.data(of: type) ?? data : data }

    private func elements<Element>(
        of type: BTFType, in kinds: BTFKind..., limit: Int = .max, read: (BTFMemory, Int) -> Element?
    ) -> [Element] {
        guard kinds.contains(type.kind) else { return [] }
        let data = data(of: type)
        return (0..<min(type.count, limit)).compactMap { read(data, type.body + $0 * type.kind.elementSize) }
    }

    private static func member(_ data: BTFMemory, _ start: Int, _ type: BTFType) -> BTFMember? {
        guard let name = data.int(start), let id = data.int(start + 4), let place = data.u32(start + 8) else {
            return nil
        }
        return BTFMember(
            nameOffset: name, type: id, bitOffset: Int(type.flag ? place & 0xff_ffff : place),
            bitSize: type.flag ? Int(place >> 24) : 0)
    }

    /// The members of a structure or union, in its order.
    public func members(of type: BTFType) -> [BTFMember] {
        elements(of: type, in: .structure, .union) { Self.member($0, $1, type) }
    }

    /// One member; nil if there are fewer.
    public func member(of type: BTFType, at index: Int) -> BTFMember? {
        guard type.kind.isComposite, index >= 0, index < type.count else { return nil }
        return Self.member(data(of: type), type.body + index * type.kind.elementSize, type)
    }

    /// The names of an enumeration, in its order.
    public func enumerators(of type: BTFType) -> [BTFEnumerator] {
        elements(of: type, in: .enum, .enum64) { Self.enumerator($0, $1, type) }
    }

    /// One name of an enumeration; nil if there are fewer.
    public func enumerator(of type: BTFType, at index: Int) -> BTFEnumerator? {
        guard type.kind.isEnumeration, index >= 0, index < type.count else { return nil }
        return Self.enumerator(data(of: type), type.body + index * type.kind.elementSize, type)
    }

    private static func enumerator(_ data: BTFMemory, _ start: Int, _ type: BTFType) -> BTFEnumerator? {
        guard let name = data.int(start), let low = data.u32(start + 4) else { return nil }
        guard type.kind == .enum64 else {
            let bits = type.flag ? UInt64(bitPattern: Int64(Int32(bitPattern: low))) : UInt64(low)
            return BTFEnumerator(nameOffset: name, bits: bits)
        }
        guard let high = data.u32(start + 8) else { return nil }
        return BTFEnumerator(nameOffset: name, bits: UInt64(high) << 32 | UInt64(low))
    }

    /// A word of what follows the head of a type, counted from 0; 0 if there are fewer.
    package func word(of type: BTFType, at index: Int) -> Int {
        guard index >= 0, 4 * index < type.kind.fixedSize + type.count * type.kind.elementSize else { return 0 }
        return data(of: type).int(type.body + 4 * index) ?? 0
    }

    /// What an array is made of; nil if the type is none.
    public func array(of type: BTFType) -> BTFArray? {
        let data = data(of: type)
        guard type.kind == .array, let element = data.int(type.body), let index = data.int(type.body + 4),
            let count = data.int(type.body + 8)
        else { return nil }
        return BTFArray(element: element, index: index, count: count)
    }

    /// The parameters of a function prototype.
    public func parameters(of type: BTFType) -> [BTFParameter] { parameters(of: type, limit: .max) }

    /// The first parameters of a function prototype.
    package func parameters(of type: BTFType, limit: Int) -> [BTFParameter] {
        elements(of: type, in: .prototype, limit: limit) { data, start in
            guard let name = data.int(start), let id = data.int(start + 4) else { return nil }
            return BTFParameter(nameOffset: name, type: id)
        }
    }

    /// The variables of a section.
    public func variables(of type: BTFType) -> [BTFSectionVariable] {
        elements(of: type, in: .dataSection) { data, start in
            guard let id = data.int(start), let offset = data.int(start + 4), let size = data.int(start + 8) else {
                return nil
            }
            return BTFSectionVariable(type: id, offset: offset, size: size)
        }
    }

    /// The variables of the sections of a name, each with the id of its type.
    ///
    /// clang leaves size and offsets of a section to the linker, so only what the variables are is read here; where
    /// they lie is told by the symbols.
    package func variableTypes(inSection name: String) -> [String: Int] {
        var found: [String: Int] = [:]
        for id in firstID..<endID {
            guard let section = self[id], section.kind == .dataSection, self.name(of: section) == name else { continue }
            for entry in variables(of: section) {
                guard let variable = self[entry.type], variable.kind == .variable else { continue }
                found[self.name(of: variable)] = variable.sizeOrType
            }
        }
        return found
    }

    /// How an integer's bits are meant; nil if the type is none.
    public func integer(of type: BTFType) -> BTFInteger? {
        guard type.kind == .int, let word = data(of: type).u32(type.body) else { return nil }
        let encoding = word >> 24 & 0xf
        return BTFInteger(
            isSigned: encoding & 1 != 0, isCharacter: encoding & 2 != 0, isBoolean: encoding & 4 != 0,
            bitOffset: Int(word >> 16 & 0xff), bits: Int(word & 0xff))
    }

    /// Who sees a function or a variable; nil for other types.
    public func linkage(of type: BTFType) -> BTFLinkage? {
        switch type.kind {
        case .function: BTFLinkage(rawValue: type.count)
        case .variable: data(of: type).int(type.body).flatMap { BTFLinkage(rawValue: $0) }
        default: nil
        }
    }

    /// What a declaration tag is about: the index of a member or parameter, or -1 for the type itself.
    public func componentIndex(of type: BTFType) -> Int? {
        guard type.kind == .declarationTag, let word = data(of: type).u32(type.body) else { return nil }
        return Int(Int32(bitPattern: word))
    }

    // MARK: - Strings

    /// The string at an offset; empty if there is none.
    public func string(_ offset: Int) -> String {
        guard offset >= firstString else { return base?.string(offset) ?? "" }
        let start = stringsStart + offset - firstString
        let bytes = data.string(at: start, limit: min(stringsEnd, start + Limits.name + 1))
        // One that does not end is none.
        guard bytes.count <= Limits.name, start + bytes.count < stringsEnd else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The name of a type; empty if it has none.
    public func name(of type: BTFType) -> String { type.nameOffset == 0 ? "" : string(type.nameOffset) }

    /// The bytes of a string without its NUL, to compare names without making strings of them.
    ///
    /// Of a hostile one that never ends it is the beginning, so that names cost no more than names do.
    package func bytes(ofString offset: Int) -> ArraySlice<UInt8> {
        guard offset >= firstString else { return base?.bytes(ofString: offset) ?? [] }
        let start = stringsStart + offset - firstString
        return data.string(at: start, limit: min(stringsEnd, start + Limits.name))[...]
    }

    /// Whether the string at an offset is a name, whose bytes are given without a NUL.
    package func string(_ offset: Int, is name: [UInt8]) -> Bool {
        guard offset >= firstString else { return base?.string(offset, is: name) ?? name.isEmpty }
        let start = stringsStart + offset - firstString
        guard start < stringsEnd, name.count < stringsEnd - start else { return false }
        for index in name.indices where data.u8(start + index) != name[index] { return false }
        return data.u8(start + name.count) == 0
    }

    /// Whether there is no string at an offset, or an empty one.
    package func isEmptyString(_ offset: Int) -> Bool { offset == 0 || string(offset, is: []) }
}

/// How large types of each kind are, as the writer of the BTF knew it (`struct btf_layout`, 2026).
private struct BTFLayout {
    private let data: BTFMemory
    private let range: Range<Int>

    init(_ data: BTFMemory, _ range: Range<Int>) {
        self.data = data
        self.range = range
    }

    /// The bytes that follow the head once, and for each element.
    func sizes(_ kind: Int) -> (Int, Int)? {
        let start = range.lowerBound + kind * 4
        guard start + 4 <= range.upperBound, let fixed = data.u8(start), let element = data.u8(start + 1) else {
            return nil
        }
        return (Int(fixed), Int(element))
    }
}
