// SPDX-License-Identifier: Apache-2.0

/// What the kernel says of an event beside its bytes, as far as the stream carries it.
package struct EventContext: Sendable, Equatable {
    /// The CPU it happened on.
    package var cpu: UInt32?
    /// The process, as the initial namespace has it.
    package var pid: UInt32?
    /// The thread.
    package var tid: UInt32?
    /// When it happened: ns of the capture's clock (`CLOCK_MONOTONIC`).
    package var time: UInt64?
    /// The name of the map that it came from; empty if it is not known.
    package var map = ""
    /// The number of the snapshot that an element of a map is in, from 1.
    package var snapshot: UInt64?
    /// The host that it happened on; empty if it is not known.
    package var host = ""

    /// Creates a context that says nothing; set the parts afterwards.
    package init() {}

    /// Whether it says something of a part; the type's name is always known.
    package func has(_ part: ContextField) -> Bool {
        switch part {
        case .cpu: cpu != nil
        case .pid: pid != nil
        case .tid: tid != nil
        case .time: time != nil
        case .map: !map.isEmpty
        case .type: true
        case .snapshot: snapshot != nil
        case .host: !host.isEmpty
        }
    }
}

/// A part of an event's context, and its name where events are chosen and shown.
///
/// An event's own field of the name `pid` hides the context's; `_pid` always means the context's.
package enum ContextField: String, Sendable, CaseIterable {
    /// When it happened.
    case time
    /// The CPU it happened on.
    case cpu
    /// The process.
    case pid
    /// The thread.
    case tid
    /// The map that it came from.
    case map
    /// The name of its type.
    case type
    /// The number of the snapshot that it is in, if it is an element of a map.
    case snapshot
    /// The name of the host that it happened on.
    case host

    /// The part of a name: `pid` or `_pid`.
    package init?(name: String) {
        self.init(rawValue: name.hasPrefix("_") ? String(name.dropFirst()) : name)
    }

    /// The name that no field of an event hides: `_pid`.
    package var name: String { "_" + rawValue }
}
