// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension Object {
    /// A type of the object by its name, with what it needs: what the events of a map are.
    ///
    /// - Parameter name: `struct event`, or `event` alone.
    /// - Throws: An error that tells the names that are near and how to keep a type in an object.
    public func eventSchema(named name: String) throws(EventSchemaError) -> EventSchema {
        guard let types = typeInfo.types else {
            throw EventSchemaError(.noTypes(typeInfo.warnings.first?.cause), name, object: self.name)
        }
        do {
            return try EventSchema.find(named: name, in: types)
        } catch {
            var error = error
            error.object = self.name
            throw error
        }
    }
}

extension Object {
    /// Whether the object has BTF: without it and without debug information it was never meant to tell its types.
    public var hasTypes: Bool { typeInfo.types != nil }
}
