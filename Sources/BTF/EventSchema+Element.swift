// SPDX-License-Identifier: Apache-2.0

/// The type of an element of a map: its key and its value as one structure, so that what prints events prints maps.
extension EventSchema {
    /// A part of an element: what its bytes are.
    public struct ElementPart: Sendable {
        /// Bytes of it.
        public let size: Int
        /// What it is an array of, where no types are known.
        enum Plain: Sendable {
            case bytes
            /// Numbers of 8 bytes.
            case numbers
            /// `struct bpf_stack_build_id`.
            case buildIDs
        }

        /// What it is without types.
        let plain: Plain
        /// The types that `typeID` is of; nil where none are known.
        let types: BTF?
        let typeID: Int

        /// A part of a type.
        ///
        /// - Parameters:
        ///   - size: Bytes that the map has for it.
        ///   - typeID: Its type in `types`; the section of a map of global variables (`BTF_KIND_DATASEC`) is one too.
        ///   - types: The types that `typeID` is a number in.
        public init(size: Int, _ typeID: Int, in types: BTF) {
            self.size = size
            self.typeID = typeID
            self.types = types
            plain = .bytes
        }

        /// A part of which only the size is known: a number of 1, 2, 4 or 8 bytes, or so many bytes.
        public init(size: Int) {
            self.size = size
            (types, typeID, plain) = (nil, 0, .bytes)
        }

        /// So many numbers of 8 bytes, as the addresses of a stack.
        package init(numbers count: Int) {
            size = 8 * count
            (types, typeID, plain) = (nil, 0, .numbers)
        }

        /// So many places of a stack by build ids (`struct bpf_stack_build_id`), 32 bytes each.
        package init(buildIDs count: Int) {
            size = 32 * count
            (types, typeID, plain) = (nil, 0, .buildIDs)
        }
    }

    /// The type `struct NAME { KEY key; VALUE value; }` of the elements of a map.
    ///
    /// The key is at offset 0 and the value at the size of the key rounded up to 8 bytes, as the elements of snapshots
    /// lie. Variables of a section become the members of a structure. What has no type, or one of another size than the
    /// map has, becomes a number or bytes.
    ///
    /// - Parameters:
    ///   - types: The types; nil where none are known.
    ///   - key: The type of keys; nil or 0 for none.
    ///   - value: The type of values; nil or 0 for none.
    ///   - keySize: Bytes of a key; 0 where elements have none, which then have no member `key`.
    ///   - valueSize: Bytes of a value.
    ///   - name: The name of the structure: the map's.
    public static func element(
        of types: BTF?, key: Int?, value: Int?, keySize: Int, valueSize: Int, name: String
    ) throws(EventSchemaError) -> EventSchema {
        func part(_ type: Int?, _ size: Int) -> ElementPart {
            guard let types, let type, type != 0 else { return ElementPart(size: size) }
            return ElementPart(size: size, type, in: types)
        }
        return try element(
            key: keySize == 0 ? [] : [("", part(key, keySize))], value: part(value, valueSize), name: name)
    }

    /// The type of elements whose keys are made of several, as those of the inner maps of a map.
    ///
    /// - Parameters:
    ///   - key: The parts of the key, one behind the other; one of no name is the key itself, several become the members
    ///     of a structure, and without any there is no `key`.
    ///   - value: The value.
    ///   - name: The name of the structure.
    public static func element(
        key: [(name: String, part: ElementPart)], value: ElementPart, name: String
    ) throws(EventSchemaError) -> EventSchema {
        let order = (key.map(\.part) + [value]).lazy.compactMap { $0.types?.byteOrder }.first ?? .native
        var builder = ElementBuilder(order)
        var members: [BTFBuilder.Member] = []
        let keySize = key.reduce(0) { $0 + max($1.part.size, 0) }
        let start = (keySize + 7) / 8 * 8
        let size = start + max(value.size, 0)
        guard size <= Limits.event else { throw EventSchemaError(.tooLarge(size: size, limit: Limits.event), name) }
        do throws(BTFPruner.Failure) {
            if key.count == 1 {
                members.append(BTFBuilder.Member("key", try builder.add(key[0].part)))
            } else if !key.isEmpty {
                var parts: [BTFBuilder.Member] = []
                var offset = 0
                for (name, part) in key {
                    parts.append(BTFBuilder.Member(name, try builder.add(part), bitOffset: 8 * offset))
                    offset += max(part.size, 0)
                }
                members.append(BTFBuilder.Member("key", builder.blob.structure("", size: keySize, parts)))
            }
            members.append(BTFBuilder.Member("value", try builder.add(value), bitOffset: 8 * start))
        } catch {
            switch error {
            case .noValue(let from, let to): throw EventSchemaError(.damaged(type: from, to: to), name)
            case .nesting: throw EventSchemaError(.nesting, name)
            case .tooLarge: throw EventSchemaError(.reachesTooMuch(limit: Limits.schema), name)
            }
        }
        let root = builder.blob.structure(name, size: size, members)
        return EventSchema(name: "struct \(name)", btf: builder.blob.build(), typeID: root, size: size)
    }
}

/// Gathers the types of the parts of an element, which may be of several blobs.
private struct ElementBuilder {
    /// A variable of a section.
    private struct Variable {
        let id: Int
        let name: String
        let type: Int
        let offset: Int
    }

    var blob: BTFBuilder

    init(_ order: ByteOrder) { blob = BTFBuilder(byteOrder: order) }

    /// The id of the type of a part.
    mutating func add(_ part: EventSchema.ElementPart) throws(BTFPruner.Failure) -> Int {
        switch part.plain {
        case .bytes: break
        case .numbers:
            let number = blob.int("unsigned long long", size: 8)
            return blob.array(of: number, count: part.size / 8, index: blob.int("unsigned int", size: 4))
        case .buildIDs: return addBuildIDs(part.size / 32)
        }
        guard let types = part.types, types.byteOrder == blob.byteOrder, let type = types[part.typeID] else {
            return plain(part.size)
        }
        if let section = types.resolved(part.typeID), section.kind == .dataSection {
            return try add(section, types, size: part.size)
        }
        guard types.size(of: type.id) == part.size else { return plain(part.size) }
        return try BTFPruner.prune(types, to: [type.id], into: &blob).first ?? 0
    }

    /// The structure as linux/bpf.h has it.
    private mutating func addBuildIDs(_ count: Int) -> Int {
        let index = blob.int("unsigned int", size: 4)
        let id = blob.array(of: blob.int("unsigned char", size: 1), count: 20, index: index)
        let place = blob.structure(
            "bpf_stack_build_id", size: 32,
            [
                BTFBuilder.Member("status", blob.int("int", size: 4, isSigned: true)),
                BTFBuilder.Member("build_id", id, bitOffset: 32),
                BTFBuilder.Member("offset", blob.int("unsigned long long", size: 8), bitOffset: 192),
            ])
        return blob.array(of: place, count: count, index: index)
    }

    /// A structure with a member for each variable of a section.
    private mutating func add(_ section: BTFType, _ types: BTF, size: Int) throws(BTFPruner.Failure) -> Int {
        let variables = types.variables(of: section).compactMap { entry -> Variable? in
            guard let variable = types[entry.type], variable.kind == .variable,
                let own = types.size(of: variable.sizeOrType), entry.offset <= size, own <= size - entry.offset
            else { return nil }
            return Variable(
                id: entry.type, name: types.name(of: variable), type: variable.sizeOrType, offset: entry.offset)
        }
        .sorted { $0.offset < $1.offset }
        let ids = try BTFPruner.prune(types, to: variables.map(\.type), into: &blob)
        let members = zip(variables, ids).map { variable, id in
            BTFBuilder.Member(variable.name, id, bitOffset: 8 * variable.offset)
        }
        let structure = blob.structure("", size: size, members)
        addTags(of: variables, types, to: structure)
        return structure
    }

    /// Puts the tags of variables (`btf_decl_tag`) on the members that they became.
    private mutating func addTags(of variables: [Variable], _ types: BTF, to structure: Int) {
        let places = Dictionary(variables.enumerated().map { ($1.id, $0) }) { first, _ in first }
        for id in types.firstID..<types.endID {
            guard let tag = types[id], tag.kind == .declarationTag, let member = places[tag.sizeOrType],
                types.componentIndex(of: tag) == -1
            else { continue }
            _ = blob.declarationTag(types.name(of: tag), on: structure, component: member)
        }
    }

    /// A number of so many bytes, or as many bytes.
    private mutating func plain(_ size: Int) -> Int {
        let names = [1: "unsigned char", 2: "unsigned short", 4: "unsigned int", 8: "unsigned long long"]
        if let name = names[size] { return blob.int(name, size: size) }
        let byte = blob.int("unsigned char", size: 1)
        return blob.array(of: byte, count: max(size, 0), index: blob.int("unsigned int", size: 4))
    }
}
