// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics
internal import ToolSupport

/// What the events are, told by the object file of the program that sends them (`--object` and `--type`).
enum SchemaFile {
    /// Reads an object and finds a type in it.
    ///
    /// - Parameters:
    ///   - path: The object file.
    ///   - type: The name of the type, such as `struct event` or `event`.
    /// - Throws: `InputFile.Failure`, `ObjectError` or `EventSchemaError`.
    static func schema(ofType type: String, in path: String) throws -> EventSchema {
        let object = try Object(parsing: InputFile.read(path, limit: sizeLimit), name: path)
        // Nothing that runs here sends events that are laid out for the other byte order.
        try object.checkByteOrder()
        return try object.eventSchema(named: type)
    }

    /// Bytes of an object file: what `Object` takes.
    private static let sizeLimit = 32 << 20
}
