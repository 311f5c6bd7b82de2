// SPDX-License-Identifier: Apache-2.0

extension EventSchema {
    /// What is to be said of a member as its author would by `btf_decl_tag`.
    package struct Tag: Sendable, Equatable {
        /// The path to the member: `value.slots`, `key`.
        package let member: String
        /// The text of the tag: `fmt:linear(0,1)`.
        package let text: String

        package init(member: String, text: String) {
            self.member = member
            self.text = text
        }
    }

    /// The type with tags on members, which has the same places; members that are not there, and those that have such a
    /// tag already, stay as they are.
    ///
    /// Of an array of structures the members of all elements are meant. A structure that several members are of has the tag
    /// wherever it is.
    package func tagged(_ tags: [Tag]) -> EventSchema {
        guard !tags.isEmpty, let types = try? BTF(parsing: btf) else { return self }
        var editor = BTFEditor(types)
        let known = Self.tagged(in: types)
        var added: Set<Place> = []
        for tag in tags {
            guard let place = Self.place(of: tag.member.split(separator: "."), from: typeID, in: types),
                !known.contains(place), added.insert(place).inserted
            else { continue }
            _ = editor.add(.declarationTag, name: tag.text, place.type, body: place.index)
        }
        guard !added.isEmpty else { return self }
        return EventSchema(name: name, btf: editor.blob(withLayout: true), typeID: typeID, size: size)
    }

    /// Whether members have tags that say how they are shown.
    package var hasFormatTags: Bool {
        guard let types = try? BTF(parsing: btf) else { return false }
        return !Self.tagged(in: types).isEmpty
    }

    /// A member of a type.
    private struct Place: Hashable {
        let type: Int
        let index: Int
    }

    /// The members that have a tag which says how they are shown.
    private static func tagged(in types: BTF) -> Set<Place> {
        var places: Set<Place> = []
        for id in types.firstID..<types.endID {
            guard let tag = types[id], tag.kind == .declarationTag, types.name(of: tag).hasPrefix("fmt:"),
                let index = types.componentIndex(of: tag)
            else { continue }
            places.insert(Place(type: tag.sizeOrType, index: index))
        }
        return places
    }

    private static func place(of path: [Substring], from root: Int, in types: BTF) -> Place? {
        var type = root
        var place: Place?
        var looks = mostLooks
        for name in path {
            var resolved = types.resolved(type)
            for _ in 0..<Limits.typeDepth {
                guard let array = resolved.flatMap({ types.array(of: $0) }) else { break }
                resolved = types.resolved(array.element)
            }
            guard let structure = resolved, structure.kind.isComposite,
                let found = member(String(name), of: structure, in: types, depth: 0, &looks)
            else { return nil }
            place = found.place
            type = found.type
        }
        return place
    }

    private static let mostLooks = 1 << 16

    /// A member of a structure, or of an anonymous one within it.
    private static func member(
        _ name: String, of structure: BTFType, in types: BTF, depth: Int, _ looks: inout Int
    ) -> (place: Place, type: Int)? {
        // Anonymous members may branch without end.
        looks -= 1
        guard looks > 0, depth < Limits.typeDepth else { return nil }
        for (index, member) in types.members(of: structure).enumerated() {
            let own = types.string(member.nameOffset)
            if own == name { return (Place(type: structure.id, index: index), member.type) }
            guard own.isEmpty, let inner = types.resolved(member.type), inner.kind.isComposite,
                let found = self.member(name, of: inner, in: types, depth: depth + 1, &looks)
            else { continue }
            return found
        }
        return nil
    }
}
