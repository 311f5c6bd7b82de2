// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject
internal import Diagnostics
internal import EventStream
internal import EventTypes
internal import ToolSupport

/// What the events are, told by the object file of the program that sends them (`--object`).
struct SchemaFile {
    private let object: Object

    /// Reads an object.
    ///
    /// - Throws: `InputFile.Failure` or `ObjectError`.
    init(_ path: String) throws {
        object = try Object(parsing: InputFile.read(path, limit: Self.sizeLimit), name: path)
        // Nothing that runs here sends events that are laid out for the other byte order.
        try object.checkByteOrder()
    }

    /// Finds a type by its name, such as `struct event` or `event`.
    func schema(ofType type: String, source: UInt32) throws(EventSchemaError) -> CaptureSchema {
        let type = EventType(schema: try object.eventSchema(named: type), origin: .named)
        var schema = CaptureSchema(type, source: source)
        schema.origin = "told by --type, from the types of \(object.name)"
        return schema
    }

    /// What the object itself tells of its maps.
    func events() -> [MapEvents] { object.events() }

    /// Bytes of an object file: what `Object` takes.
    private static let sizeLimit = 32 << 20
}
