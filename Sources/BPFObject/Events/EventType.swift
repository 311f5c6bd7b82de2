// SPDX-License-Identifier: Apache-2.0

/// A type of the events of a map, which of them have it, and how that is known.
public struct EventType: Sendable, Equatable {
    /// The type with all that it needs.
    public let schema: EventSchema
    /// Which events have it; nil is all those whose size fits.
    public let tag: EventTag?
    /// How it is known.
    public let origin: EventOrigin

    /// Creates a type of events.
    public init(schema: EventSchema, tag: EventTag? = nil, origin: EventOrigin) {
        self.schema = schema
        self.tag = tag
        self.origin = origin
    }

    /// What is read and why, for a note: `events of map_event are decoded as struct data (24 bytes), from DWARF: …`.
    public func note(map: String) -> String {
        let condition = tag.map { " where \($0.field) is \($0.value)" } ?? ""
        return "events of \(map)\(condition) are decoded as \(schema.name) (\(schema.size) bytes), \(origin.words)"
    }
}
