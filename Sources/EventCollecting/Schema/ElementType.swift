// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BTF
internal import Diagnostics
internal import EventStream
internal import EventTypes
internal import ToolSupport

/// What the elements of a map are, and how that is known.
struct ElementType {
    /// `struct NAME { KEY key; VALUE value; }`.
    let schema: EventSchema
    /// How it is known, as the end of a sentence.
    let origin: String
    /// Whether nothing but the sizes is known.
    let isPlain: Bool

    /// Finds the type: what was given for the map by name, else what the kernel knows, else what the object has, else the
    /// sizes.
    ///
    /// - Parameter pin: The name of the map's pin.
    init(_ snapshots: borrowing MapSnapshots, _ given: GivenTypes, pin: String) throws {
        let shape = (key: snapshots.shape.keySize, value: snapshots.shape.valueSize)
        let name = snapshots.info.name.isEmpty ? pin : snapshots.info.name
        if let written = given.written(for: pin).first {
            schema = try Self.schema(written.schema, shape, name)
            (origin, isPlain) = (given.origin(of: written), false)
        } else if let known = try snapshots.schema() {
            (schema, origin, isPlain) = (known, "from the map's own types", false)
        } else if let told = try given.object?.element(of: snapshots.info, pin: pin) {
            (schema, origin, isPlain) = (told, "from the map's definition in the object", false)
        } else {
            (schema, origin, isPlain) = (try snapshots.plainSchema(), "from the sizes of its keys and values", true)
        }
    }

    /// The type of elements by one that was given: a structure of `key` and `value`, or the type of values alone.
    private static func schema(
        _ given: EventSchema, _ shape: (key: Int, value: Int), _ name: String
    ) throws -> EventSchema {
        let types = try BTF(parsing: given.btf)
        let id = given.typeID
        var (key, value): (Int?, Int?) = (nil, id)
        if let type = types.resolved(id), type.kind == .structure {
            let members = types.members(of: type)
            let names = members.map { types.string($0.nameOffset) }
            if names == ["key", "value"] { (key, value) = (members[0].type, members[1].type) }
            if names == ["value"] { value = members[0].type }
        }
        if let key { try check("keys", types.size(of: key), shape.key, name) }
        if let value { try check("values", types.size(of: value), shape.value, name) }
        return try .element(
            of: types, key: key, value: value, keySize: shape.key, valueSize: shape.value, name: name)
    }

    private static func check(_ what: String, _ size: Int?, _ wanted: Int, _ name: String) throws(BPFError) {
        guard size != wanted else { return }
        throw BPFError(
            .mapElement, .mapTypeSize,
            "the \(what) of map \(name) have \(wanted) bytes, and the type that was given has \(size ?? 0)",
            nextStep: "give the value's type, or both: "
                + "\(.eventLayout, to: "'struct { struct { u32 pid; } key; u64 value; }'")")
    }

    /// What a capture says of it.
    func captured(source: UInt32) -> CaptureSchema {
        var captured = CaptureSchema(source: source)
        captured.typeName = schema.name
        captured.btf = schema.btf
        captured.typeID = UInt32(exactly: schema.typeID)
        captured.eventSize = UInt32(exactly: schema.size)
        captured.origin = origin
        return captured
    }
}
