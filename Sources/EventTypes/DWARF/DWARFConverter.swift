// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// Writes a type of debug information as BTF, with all that lies within it.
///
/// Structures that it only points to come by name. The result is what a compiler would have put into `.BTF`, had it
/// kept the type; it is not trusted any more than that.
struct DWARFConverter {
    /// A type of the result, each one record.
    private enum Node: Hashable {
        /// The type of an entry.
        case whole(Int)
        /// The same where it is only pointed to: structures come by name.
        case target(Int)
        /// An array of an entry from one of its inner dimensions on.
        case array(Int, dimension: Int)
        /// The type of subscripts.
        case index
    }

    private let dwarf: DWARF
    private var nodes: [Node] = []
    private var ids: [Node: Int] = [:]
    /// The structures and unions that lie within the type.
    private var parts: Set<Int> = []
    private var builder: BTFBuilder
    /// Bytes of names and members.
    private var size = 0

    private init(_ dwarf: DWARF, _ order: ByteOrder) {
        self.dwarf = dwarf
        builder = BTFBuilder(byteOrder: order)
    }

    /// BTF of a type and the id that it has there.
    static func convert(_ type: Int, of dwarf: DWARF, byteOrder: ByteOrder) throws(EventFault) -> (
        bytes: [UInt8], id: Int
    ) {
        var converter = DWARFConverter(dwarf, byteOrder)
        try converter.findParts(of: type)
        let root = try converter.id(of: type)
        var next = 0
        // Each that is written may ask for others, which come behind all that are known.
        while next < converter.nodes.count {
            try converter.write(converter.nodes[next])
            next += 1
        }
        try converter.writeTags()
        return (converter.builder.build(), root)
    }

    private mutating func count(_ name: String, _ bytes: Int = 12) throws(EventFault) {
        size += name.utf8.count + bytes
        guard size <= Limits.schema else { throw EventFault(words: "what it is made of takes too much room") }
    }

    private mutating func findParts(of root: Int) throws(EventFault) {
        var work = [root]
        var seen: Set<Int> = [root]
        while let type = work.popLast() {
            try count("")
            var next: [Int?] = []
            switch dwarf.entries[type].tag {
            case DW.Tag.structureType, DW.Tag.classType, DW.Tag.unionType:
                parts.insert(type)
                next = members(of: type).map { dwarf.type(of: $0) }
            case DW.Tag.typedef, DW.Tag.constType, DW.Tag.volatileType, DW.Tag.restrictType, DW.Tag.atomicType,
                DW.Tag.arrayType:
                next = [dwarf.type(of: type)]
            default: break
            }
            for case let type? in next where seen.insert(type).inserted { work.append(type) }
        }
    }

    private func members(of type: Int) -> [Int] {
        dwarf.children(of: type).filter {
            // In C++ a static member is one too.
            dwarf.entries[$0].tag == DW.Tag.member && dwarf[$0, DW.Attribute.declaration] == nil
        }
    }

    // MARK: - Ids

    private mutating func id(_ node: Node) -> Int {
        if let id = ids[node] { return id }
        nodes.append(node)
        ids[node] = nodes.count
        return nodes.count
    }

    /// The id of a type; 0 is `void`.
    private mutating func id(of type: Int?, isTarget: Bool = false) throws(EventFault) -> Int {
        var type = type
        // BTF has no word for what is atomic.
        for _ in 0..<Limits.typeDepth {
            guard let current = type, dwarf.entries[current].tag == DW.Tag.atomicType else { break }
            type = dwarf.type(of: current)
        }
        guard let type, dwarf.entries[type].tag != DW.Tag.unspecifiedType else { return 0 }
        try count("")
        return id(isTarget && isDeclared(type) ? .target(type) : .whole(type))
    }

    /// Whether a type that is pointed to is, or leads to, a structure that comes by name.
    private func isDeclared(_ type: Int) -> Bool {
        guard let end = dwarf.resolved(type), dwarf.isComposite(end) else { return false }
        return !dwarf.name(of: end).isEmpty && !parts.contains(end)
    }

    // MARK: - Types

    private mutating func write(_ node: Node) throws(EventFault) {
        switch node {
        case .index: _ = builder.int("__ARRAY_SIZE_TYPE__")
        case .array(let type, let dimension): try writeArray(type, dimension)
        case .target(let type): try write(type, isTarget: true)
        case .whole(let type): try write(type, isTarget: false)
        }
    }

    private mutating func write(_ type: Int, isTarget: Bool) throws(EventFault) {
        let name = dwarf.name(of: type)
        try count(name)
        func behind() -> Int? { dwarf.type(of: type) }
        switch dwarf.entries[type].tag {
        case DW.Tag.baseType: try writeBase(type, name)
        case DW.Tag.pointerType: _ = builder.pointer(to: try id(of: behind(), isTarget: true))
        case DW.Tag.typedef: _ = builder.typedef(name, to: try id(of: behind(), isTarget: isTarget))
        case DW.Tag.constType: _ = builder.const(try id(of: behind(), isTarget: isTarget))
        case DW.Tag.volatileType: _ = builder.volatile(try id(of: behind(), isTarget: isTarget))
        case DW.Tag.restrictType: _ = builder.restrict(try id(of: behind(), isTarget: isTarget))
        case DW.Tag.arrayType: try writeArray(type, 0)
        case DW.Tag.enumerationType: try writeEnumeration(type, name)
        case DW.Tag.structureType, DW.Tag.classType, DW.Tag.unionType:
            let isUnion = dwarf.entries[type].tag == DW.Tag.unionType
            if isTarget || dwarf[type, DW.Attribute.declaration] != nil {
                _ = builder.forward(name, isUnion: isUnion)
            } else {
                try writeComposite(type, name, isUnion: isUnion)
            }
        case DW.Tag.subroutineType: try writePrototype(type)
        case let tag: throw EventFault(words: "a part of it is of a kind that C does not have (DWARF tag \(tag))")
        }
    }

    private mutating func writeBase(_ type: Int, _ name: String) throws(EventFault) {
        guard let size = dwarf[type, DW.Attribute.byteSize]?.count, size <= 16,
            let encoding = dwarf[type, DW.Attribute.encoding]?.count
        else { throw EventFault(words: "the type \(name) has no size") }
        switch UInt64(encoding) {
        case DW.Encoding.float: _ = builder.float(name, size: size)
        case DW.Encoding.boolean: _ = builder.int(name, size: size, isBoolean: true)
        case DW.Encoding.signed, DW.Encoding.signedCharacter: _ = builder.int(name, size: size, isSigned: true)
        case DW.Encoding.unsigned, DW.Encoding.unsignedCharacter, DW.Encoding.utf: _ = builder.int(name, size: size)
        default: throw EventFault(words: "the type \(name) is neither an integer nor a floating-point number")
        }
    }

    private mutating func writeArray(_ type: Int, _ dimension: Int) throws(EventFault) {
        let dimensions = dwarf.dimensions(of: type)
        guard let element = dwarf.type(of: type), dimensions.indices.contains(dimension),
            dimensions[dimension] <= Int(UInt32.max)
        else { throw EventFault(words: "an array in it has no known number of elements") }
        let isInner = dimension + 1 < dimensions.count
        let inner = isInner ? id(.array(type, dimension: dimension + 1)) : try id(of: element)
        _ = builder.array(of: inner, count: dimensions[dimension], index: id(.index))
    }

    private mutating func writeEnumeration(_ type: Int, _ name: String) throws(EventFault) {
        let size = dwarf[type, DW.Attribute.byteSize]?.count ?? 4
        guard [1, 2, 4, 8].contains(size) else { throw EventFault(words: "the type enum \(name) has no size") }
        var values: [(name: String, bits: UInt64)] = []
        var hasNegative = false
        for child in dwarf.children(of: type) where dwarf.entries[child].tag == DW.Tag.enumerator {
            let name = dwarf.name(of: child)
            try count(name)
            switch dwarf[child, DW.Attribute.constantValue] {
            case .signed(let value):
                hasNegative = hasNegative || value < 0
                values.append((name, UInt64(bitPattern: value)))
            case .unsigned(let value): values.append((name, value))
            default: throw EventFault(words: "the name \(name) of an enumeration in it has no value")
            }
        }
        let encoding = dwarf.resolved(dwarf.type(of: type)).flatMap { dwarf[$0, DW.Attribute.encoding]?.count }
        let signed = [DW.Encoding.signed, DW.Encoding.signedCharacter].map { Int($0) }
        let isSigned = encoding.map { signed.contains($0) } ?? hasNegative
        guard size <= 4 else {
            _ = builder.enumeration64(name, size: size, isSigned: isSigned, values)
            return
        }
        _ = builder.enumeration(
            name, size: size, isSigned: isSigned, values.map { ($0.name, Int(truncatingIfNeeded: $0.bits)) })
    }

    private mutating func writeComposite(_ type: Int, _ name: String, isUnion: Bool) throws(EventFault) {
        let unknown = [DW.Tag.inheritance, DW.Tag.variantPart]
        guard let size = dwarf[type, DW.Attribute.byteSize]?.count, size <= Limits.event,
            !dwarf.children(of: type).contains(where: { unknown.contains(dwarf.entries[$0].tag) })
        else { throw EventFault(words: "\(dwarf.spelling(of: type)) is not a structure of C") }
        var members: [BTFBuilder.Member] = []
        for child in self.members(of: type) {
            let memberName = dwarf.name(of: child)
            try count(memberName)
            let (offset, bits) = try place(of: child, named: memberName)
            members.append(
                BTFBuilder.Member(memberName, try id(of: dwarf.type(of: child)), bitOffset: offset, bitSize: bits))
        }
        // With bit-fields a place has 24 bits.
        let hasBitFields = members.contains { $0.bitSize != 0 }
        guard members.allSatisfy({ $0.bitOffset <= (hasBitFields ? 0xff_ffff : Int(UInt32.max)) }) else {
            throw EventFault(words: "\(dwarf.spelling(of: type)) is too large")
        }
        _ = isUnion ? builder.union(name, size: size, members) : builder.structure(name, size: size, members)
    }

    /// Where a member begins, in bits, and the bits that it has if it is a bit-field.
    private func place(of member: Int, named name: String) throws(EventFault) -> (offset: Int, bits: Int) {
        let fault = EventFault(words: "the place of the member \(name) is not told")
        let bits = dwarf[member, DW.Attribute.bitSize]?.count ?? 0
        guard bits <= 255 else { throw fault }
        if let offset = dwarf[member, DW.Attribute.dataBitOffset] {
            guard let offset = offset.count else { throw fault }
            return (offset, bits)
        }
        guard let bytes = bytes(before: member), bytes <= Limits.event else { throw fault }
        guard bits > 0, let unused = dwarf[member, DW.Attribute.bitOffset] else { return (bytes * 8, bits) }
        // As DWARF 2 had it: bits from the highest one of a storage unit.
        guard let storage = dwarf[member, DW.Attribute.byteSize]?.count ?? dwarf.size(of: dwarf.type(of: member)),
            let unused = unused.count, storage <= 16, unused <= 128, unused + bits <= storage * 8
        else { throw fault }
        return (bytes * 8 + (builder.byteOrder == .big ? unused : storage * 8 - unused - bits), bits)
    }

    private func bytes(before member: Int) -> Int? {
        switch dwarf[member, DW.Attribute.memberLocation] {
        case nil: return 0
        case .block(let range):
            let data = dwarf.sections.info
            guard data.u8(range.lowerBound) == DW.Operation.addUnsigned else { return nil }
            var offset = range.lowerBound + 1
            return data.unsignedLEB128(&offset).flatMap { Int(exactly: $0) }
        case let value?: return value.count
        }
    }

    private mutating func writePrototype(_ type: Int) throws(EventFault) {
        var parameters: [(name: String, type: Int)] = []
        for child in dwarf.children(of: type) where dwarf.entries[child].tag == DW.Tag.formalParameter {
            parameters.append(("", try id(of: dwarf.type(of: child), isTarget: true)))
        }
        _ = builder.prototype(returning: try id(of: dwarf.type(of: type), isTarget: true), parameters)
    }

    // MARK: - Tags

    /// What the source says of declarations (`btf_decl_tag`).
    private mutating func writeTags() throws(EventFault) {
        for (index, node) in nodes.enumerated() {
            guard case .whole(let type) = node else { continue }
            for tag in tags(of: type) {
                try count(tag)
                _ = builder.declarationTag(tag, on: index + 1)
            }
            guard dwarf.isComposite(type) else { continue }
            for (component, member) in members(of: type).enumerated() {
                for tag in tags(of: member) {
                    try count(tag)
                    _ = builder.declarationTag(tag, on: index + 1, component: component)
                }
            }
        }
    }

    private func tags(of index: Int) -> [String] {
        dwarf.children(of: index).compactMap { child in
            guard dwarf.entries[child].tag == DW.Tag.annotation, dwarf.name(of: child) == "btf_decl_tag" else {
                return nil
            }
            return dwarf.string(child, DW.Attribute.constantValue)
        }
    }
}
