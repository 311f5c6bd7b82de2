// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BTF
internal import Diagnostics

/// Cuts the types of one object's events out of its BTF: each once, and all together within limits.
///
/// A hostile object has a thousand maps whose events each reach the same megabytes of types.
final class SchemaCutter {
    private let object: Object
    private var known: [Int: Result<EventSchema, EventFault>] = [:]
    private var bytesLeft: Int
    private var looksLeft: Int

    init(_ object: Object, bytes: Int = Limits.schemas, looks: Int = Limits.schemaLooks) {
        self.object = object
        bytesLeft = bytes
        looksLeft = looks
    }

    /// The schema of a type of the object's BTF.
    func schema(ofType id: Int) throws(EventFault) -> EventSchema {
        if let known = known[id] { return try known.get() }
        let result: Result<EventSchema, EventFault>
        do throws(EventFault) {
            result = .success(try cut(id))
        } catch {
            result = .failure(error)
        }
        known[id] = result
        return try result.get()
    }

    /// The schema of a type that only the debug information has; that of BTF if it has the same.
    func schema(of type: Int, _ dwarf: DWARF) throws(EventFault) -> EventSchema {
        try look()
        return try charge(try DWARFSchema.schema(of: type, dwarf, object))
    }

    private func cut(_ id: Int) throws(EventFault) -> EventSchema {
        guard let types = object.typeInfo.types else { throw EventFault(words: "the object has no BTF") }
        try look()
        let schema: EventSchema
        do throws(EventSchemaError) {
            schema = try EventSchema.schema(ofType: id, in: types)
        } catch {
            let diagnostic = error.diagnostic
            throw EventFault(words: "\(diagnostic.message)\(diagnostic.cause.map { ": " + $0 } ?? "")")
        }
        return try charge(schema)
    }

    /// Each type that is cut out takes a look at all that there are.
    private func look() throws(EventFault) {
        looksLeft -= object.typeInfo.types?.endID ?? 1
        guard looksLeft > 0 else { throw Self.tooMuch }
    }

    private func charge(_ schema: EventSchema) throws(EventFault) -> EventSchema {
        guard schema.btf.count <= bytesLeft else { throw Self.tooMuch }
        bytesLeft -= schema.btf.count
        return schema
    }

    private static let tooMuch = EventFault(
        words: "the types of all events of the object are too much (\(Limits.schemas) bytes are read)")
}
