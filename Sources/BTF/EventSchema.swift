// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// What the events of a map are: a type, in BTF of its own that holds no more than the type needs.
public struct EventSchema: Sendable, Equatable {
    /// The type as C writes it, such as `struct event`.
    public let name: String
    /// BTF that stands alone, in the byte order of the object that it is from.
    ///
    /// It keeps that order because the places of bit-fields are meant in it; its magic number tells which one it is.
    /// What lies within the type is in it whole, and structures that it only points to by name
    /// (`BTF_KIND_FWD`). Names are as the compiler wrote them: `BTFPreparation` mends those that a kernel refuses.
    public let btf: [UInt8]
    /// The id of the type in `btf`.
    public let typeID: Int
    /// Bytes of an event, those of a flexible array at its end not counted.
    public let size: Int

    /// Takes a type that came with its BTF, as in a capture; neither is trusted.
    ///
    /// - Throws: An error if the BTF cannot be read, or the type is not in it or has no size.
    public init(name: String, btf: [UInt8], typeID: Int) throws(EventSchemaError) {
        let types: BTF
        do throws(BTFError) {
            types = try BTF(parsing: btf)
        } catch {
            throw EventSchemaError(.noTypes("\(error)"), name)
        }
        guard types[typeID] != nil, let size = types.size(of: typeID) else { throw EventSchemaError(.noSize, name) }
        guard size <= Limits.event else { throw EventSchemaError(.tooLarge(size: size, limit: Limits.event), name) }
        self.init(name: name, btf: btf, typeID: typeID, size: size)
    }

    /// Finds a type by its name among those that another one needs.
    public static func find(named name: String, in schema: EventSchema) throws(EventSchemaError) -> EventSchema {
        let types: BTF
        do throws(BTFError) {
            types = try BTF(parsing: schema.btf)
        } catch {
            throw EventSchemaError(.noTypes("\(error)"), name)
        }
        return try find(named: name, in: types)
    }

    package init(name: String, btf: [UInt8], typeID: Int, size: Int) {
        self.name = name
        self.btf = btf
        self.typeID = typeID
        self.size = size
    }

    /// Finds a type by its name and cuts out of the BTF what it needs.
    ///
    /// - Parameters:
    ///   - name: `struct event`, `union u`, `enum e`, or a name alone: then a structure of the name is meant before a
    ///     typedef, a union, an enumeration, an integer or a floating-point number.
    ///   - btf: The types of the object; not trusted.
    /// - Throws: An error that tells the names that are near, or why the type is of no use.
    public static func find(named name: String, in btf: BTF) throws(EventSchemaError) -> EventSchema {
        let wanted = WantedType(name)
        let found = wanted.find(in: btf)
        guard let id = found.first, let type = btf[id] else {
            throw EventSchemaError(.notFound(near: wanted.near(in: btf), isDeclared: wanted.isDeclared(in: btf)), name)
        }
        guard found.count == 1 else {
            throw EventSchemaError(.ambiguous(sizes: found.map { btf.size(of: $0) ?? 0 }), name)
        }
        return try schema(ofType: id, in: btf, name: WantedType.spelling(of: type, in: btf), asked: name)
    }

    /// Cuts out of BTF what a type needs.
    ///
    /// - Parameters:
    ///   - id: The type; what only qualifies it (`const`) is left out.
    ///   - btf: The types of the object; not trusted.
    /// - Throws: An error that tells why the type is of no use.
    package static func schema(ofType id: Int, in btf: BTF) throws(EventSchemaError) -> EventSchema {
        var id = id
        for _ in 0..<Limits.typeDepth {
            guard let type = btf[id], type.kind.isModifier, type.kind != .typedef else { break }
            id = type.sizeOrType
        }
        let name = btf.spelling(of: id)
        return try schema(ofType: id, in: btf, name: name, asked: name)
    }

    private static func schema(
        ofType id: Int, in btf: BTF, name: String, asked: String
    ) throws(EventSchemaError) -> EventSchema {
        guard let size = btf.size(of: id) else { throw EventSchemaError(.noSize, asked) }
        guard size <= Limits.event else { throw EventSchemaError(.tooLarge(size: size, limit: Limits.event), asked) }
        do throws(BTFPruner.Failure) {
            let (bytes, root) = try BTFPruner.prune(btf, to: id)
            return EventSchema(name: name, btf: bytes, typeID: root, size: size)
        } catch {
            switch error {
            case .noValue(let from, let to): throw EventSchemaError(.damaged(type: from, to: to), asked)
            case .nesting: throw EventSchemaError(.nesting, asked)
            case .tooLarge: throw EventSchemaError(.reachesTooMuch(limit: Limits.schema), asked)
            }
        }
    }
}

/// A type as a user names it.
package struct WantedType {
    /// The name without `struct` and the like.
    package let name: [UInt8]
    /// The kinds that may have it, the first that has it wins.
    package let kinds: [Set<BTFKind>]

    private static let keywords: [(word: String, kinds: Set<BTFKind>)] = [
        ("struct", [.structure]), ("union", [.union]), ("enum", [.enum, .enum64]),
    ]
    private static let order: [Set<BTFKind>] = [
        [.structure], [.typedef], [.union], [.enum, .enum64], [.int], [.float],
    ]

    package init(_ text: String) {
        let words = text.split { $0 == " " || $0 == "\t" }
        if words.count > 1, let keyword = Self.keywords.first(where: { $0.word == words[0] }) {
            kinds = [keyword.kinds]
            name = Array(words.dropFirst().joined(separator: " ").utf8)
        } else {
            kinds = Self.order
            name = Array(words.joined(separator: " ").utf8)
        }
    }

    package static func spelling(of type: BTFType, in btf: BTF) -> String {
        spelling(of: btf.name(of: type), [type.kind])
    }

    package static func spelling(of name: String, _ kinds: Set<BTFKind>) -> String {
        let keyword = keywords.first { !$0.kinds.isDisjoint(with: kinds) }
        return (keyword.map { $0.word + " " } ?? "") + name
    }

    /// The ids of the types of the name that are of the first kind that has any.
    package func find(in btf: BTF) -> [Int] {
        guard !name.isEmpty else { return [] }
        var found = [[Int]](repeating: [], count: kinds.count)
        for id in 1..<btf.endID {
            guard let type = btf[id], let rank = kinds.firstIndex(where: { $0.contains(type.kind) }),
                type.nameOffset != 0, btf.string(type.nameOffset, is: name)
            else { continue }
            found[rank].append(id)
        }
        return found.first { !$0.isEmpty } ?? []
    }

    package func isDeclared(in btf: BTF) -> Bool {
        (1..<btf.endID).contains { id in
            guard let type = btf[id] else { return false }
            return type.kind == .forward && btf.string(type.nameOffset, is: name)
        }
    }

    /// Names like it, as C writes them: of structures, unions, enumerations and typedefs.
    package func near(in btf: BTF) -> [String] {
        var spellings: [String: String] = [:]
        for id in 1..<btf.endID {
            guard let type = btf[id], type.nameOffset != 0,
                type.kind == .typedef || Self.keywords.contains(where: { $0.kinds.contains(type.kind) })
            else { continue }
            let name = btf.name(of: type)
            // `struct x` rather than the typedef of the same name.
            if type.kind != .typedef || spellings[name] == nil { spellings[name] = Self.spelling(of: type, in: btf) }
        }
        return EditDistance.names(near: String(decoding: name, as: UTF8.self), among: spellings.keys.sorted())
            .compactMap { spellings[$0] }
    }
}
