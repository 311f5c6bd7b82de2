// SPDX-License-Identifier: Apache-2.0

/// What went through the daemon since it was started.
struct Account: Equatable {
    /// What went through one ring: of one CPU, or a ring buffer, which all CPUs share.
    struct Ring: Equatable {
        /// The CPU; nil for a ring buffer.
        var cpu: Int?
        /// The events that were read.
        var events: UInt64
        /// Events that the kernel counted as lost; nil where nobody counts them.
        var lost: UInt64?
        /// Records with lengths that cannot be true.
        var corrupt: UInt64 = 0
        /// The bytes of the ring; 0 if it has none now.
        var bytes: Int
        /// The most bytes that were seen in it at once.
        var highWater: Int
    }

    /// What came from one map.
    struct Map: Equatable {
        /// Its id in the kernel.
        var id: UInt32
        /// The last part of its pin's path.
        var name: String
        /// Its pin.
        var pin: String
        /// `perf_event_array` or `ringbuf`.
        var type: String
        /// The times in which nobody drained it.
        var gaps: UInt64 = 0
        /// Its rings, in the order of CPUs.
        var rings: [Ring]
    }

    /// When the daemon was started, in milliseconds since 1970.
    var started: UInt64
    /// The bytes that went out.
    var bytes: UInt64
    /// The calls of write(2) that took something.
    var writes: UInt64
    /// Returns from waiting.
    var wakeups: UInt64
    /// The maps, as they were named.
    var maps: [Map]

    /// All events that were read.
    var events: UInt64 { maps.reduce(0) { sum, map in map.rings.reduce(sum) { $0 &+ $1.events } } }

    /// All events that are known to be lost; nil if nobody counts any.
    var lost: UInt64? {
        let known = maps.flatMap(\.rings).compactMap(\.lost)
        return known.isEmpty ? nil : known.reduce(0, &+)
    }
}
