// SPDX-License-Identifier: Apache-2.0

/// What an object tells of the events of one of its maps (`BPF_MAP_TYPE_PERF_EVENT_ARRAY`, `BPF_MAP_TYPE_RINGBUF`).
public struct MapEvents: Sendable, Equatable {
    /// The map's name in the object.
    public let map: String
    /// The types of its events; none if the object does not tell them beyond doubt.
    public let types: [EventType]
    /// What a user should know, each a clause: which types were taken and why, or why none was.
    public let notes: [String]

    /// Creates what is known of a map's events.
    public init(map: String, types: [EventType], notes: [String] = []) {
        self.map = map
        self.types = types
        self.notes = notes
    }
}
