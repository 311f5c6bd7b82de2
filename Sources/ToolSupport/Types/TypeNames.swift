// SPDX-License-Identifier: Apache-2.0

package import BTF
package import EventTypes

/// Types by their names: `--type`, and `--tag`, which has one for each value of a field.
package struct TypeNames {
    /// The field that distinguishes types; empty if there is none.
    package var field: String
    /// The type of each of its values.
    package var tagged: [(value: Int64, type: String)]
    /// The type of all other events.
    package var type: String?

    /// Creates names.
    package init(field: String = "", tagged: [(value: Int64, type: String)] = [], type: String? = nil) {
        (self.field, self.tagged, self.type) = (field, tagged, type)
    }

    /// The types, each found by its name.
    package func types<Failure: Error>(
        _ find: (_ name: String) throws(Failure) -> EventSchema
    ) throws(Failure) -> [EventType] {
        var types: [EventType] = []
        for tag in tagged {
            types.append(
                EventType(
                    schema: try find(tag.type), tag: EventTag(field: field, value: tag.value), origin: .named))
        }
        if let type { types.append(EventType(schema: try find(type), origin: .named)) }
        return types
    }
}
