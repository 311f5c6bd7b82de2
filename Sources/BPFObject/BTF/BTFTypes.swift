// SPDX-License-Identifier: Apache-2.0

/// The types of a `.BTF` section: an index over its bytes, decoded as it is asked.
struct BTFTypes: Sendable {
    /// A type's head (`struct btf_type`).
    struct Head: Equatable {
        let name: Int
        let kind: BTFKind
        /// `vlen`: members, values or variables.
        let count: Int
        /// The first bit of `info`: for structures, members carry bit-field sizes.
        let flag: Bool
        /// The size in bytes, or the id of another type.
        let sizeOrType: Int
        /// Where what follows the head begins.
        let body: Int
    }

    /// A member of a structure.
    struct Member: Equatable {
        let name: String
        let type: Int
        /// Bytes from the start; nil for a bit-field or a member that is not at a whole byte.
        let offset: Int?
    }

    private let types: ByteReader
    private let strings: ByteReader
    /// Where type `id` begins, at index `id - 1`.
    private let starts: [Int]

    /// Ids run from 1 to this; 0 is `void`.
    var count: Int { starts.count }

    init(_ reader: ByteReader) throws(BTFError) {
        let header = try BTFHeader(reader, minimum: 24)
        types = try header.part("types", field: 8, of: reader)
        strings = try header.part("strings", field: 16, of: reader)
        var starts: [Int] = []
        var offset = 0
        while offset < types.count {
            let id = starts.count + 1
            guard let info = types.u32(offset + 4) else { throw .cutType(id: id, offset: offset) }
            let kindNumber = Int(info >> 24 & 0x1f)
            guard let kind = BTFKind(rawValue: kindNumber) else { throw .unknownKind(kindNumber, id: id) }
            let size = kind.size(count: Int(info & 0xffff))
            guard size <= types.count - offset else { throw .cutType(id: id, offset: offset) }
            starts.append(offset)
            offset += size
        }
        self.starts = starts
    }

    /// The string at an offset; empty if there is none.
    func string(_ offset: Int) -> String { strings.string(at: offset) ?? "" }

    /// The head of a type; nil for `void` and for ids that do not exist.
    subscript(id: Int) -> Head? {
        guard id >= 1, id <= starts.count else { return nil }
        let start = starts[id - 1]
        guard let name = types.int(start), let info = types.u32(start + 4), let sizeOrType = types.int(start + 8),
            let kind = BTFKind(rawValue: Int(info >> 24 & 0x1f))
        else { return nil }
        return Head(
            name: name, kind: kind, count: Int(info & 0xffff), flag: info >> 31 != 0, sizeOrType: sizeOrType,
            body: start + BTFKind.headSize)
    }

    /// Follows typedefs and qualifiers to the type behind them.
    func resolved(_ id: Int) -> Head? {
        var id = id
        for _ in 0..<Limits.typeDepth {
            guard let head = self[id] else { return nil }
            guard head.kind.isModifier else { return head }
            id = head.sizeOrType
        }
        return nil
    }

    /// The members of a structure, in its order.
    func members(of structure: Head) -> [Member] {
        (0..<structure.count).compactMap { index in
            let start = structure.body + index * 12
            guard let name = types.int(start), let type = types.int(start + 4), let place = types.u32(start + 8) else {
                return nil
            }
            let isBitField = structure.flag && place >> 24 != 0
            let bits = Int(structure.flag ? place & 0xff_ffff : place)
            return Member(
                name: string(name), type: type, offset: isBitField || bits % 8 != 0 ? nil : bits / 8)
        }
    }

    /// The size in bytes of a type that is an integer or an enumeration behind its typedefs.
    func integerSize(_ id: Int) -> Int? {
        guard let head = resolved(id) else { return nil }
        return head.kind == .int || head.kind == .enum || head.kind == .enum64 ? head.sizeOrType : nil
    }

    /// The variables of the section `name`, each with the id of its type.
    ///
    /// clang leaves size and offsets of a section to the linker, so only what the variables are is read here; where
    /// they lie is told by the symbols.
    func variables(inSection name: String) -> [String: Int] {
        var found: [String: Int] = [:]
        for id in starts.indices.map({ $0 + 1 }) {
            guard let section = self[id], section.kind == .dataSection, string(section.name) == name else { continue }
            for index in 0..<section.count {
                guard let variable = types.int(section.body + index * 12), let head = self[variable],
                    head.kind == .variable
                else { continue }
                found[string(head.name)] = head.sizeOrType
            }
        }
        return found
    }
}
