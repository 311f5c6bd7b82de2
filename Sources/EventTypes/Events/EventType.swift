// SPDX-License-Identifier: Apache-2.0

public import BTF

/// A type of the events of a map, which of them have it, and how that is known.
public struct EventType: Sendable, Equatable {
    /// The type with all that it needs.
    public let schema: EventSchema
    /// Which events have it; nil is all those whose size fits.
    public let tag: EventTag?
    /// How it is known.
    package let origin: EventOrigin
    /// The sizes that its events have; nil if events of any size may have the type.
    ///
    /// A program may send only the head of a structure, or as much of it as is used.
    public let sent: ClosedRange<Int>?

    /// Creates a type of events.
    package init(schema: EventSchema, tag: EventTag? = nil, origin: EventOrigin, sent: ClosedRange<Int>? = nil) {
        self.schema = schema
        self.tag = tag
        self.origin = origin
        self.sent = sent
    }

    /// The sizes by which its events are told from those of other types.
    public var sizes: ClosedRange<Int> { sent ?? schema.size...schema.size }

    /// The size in words: `24 bytes`, `the first 16 of 24 bytes`, `16 to 24 bytes`.
    public static func words(size: Int, sent: ClosedRange<Int>?) -> String {
        guard let sent, sent != size...size else { return "\(size) bytes" }
        guard sent.lowerBound == sent.upperBound else { return "\(sent.lowerBound) to \(sent.upperBound) bytes" }
        return "the first \(sent.lowerBound) of \(size) bytes"
    }

    /// What is read and why, for a note: `events of map_event are decoded as struct data (24 bytes), from DWARF: …`.
    public func note(map: String) -> String {
        let condition = tag.map { " where \($0.field) is \($0.value)" } ?? ""
        let size = Self.words(size: schema.size, sent: sent)
        return "events of \(map)\(condition) are decoded as \(schema.name) (\(size)), \(origin.words)"
    }
}
