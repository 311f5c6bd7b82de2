// SPDX-License-Identifier: Apache-2.0

/// What went through the daemon since it was started.
struct Account: Equatable {
    /// What went through one ring: of one CPU, or a ring buffer, which all CPUs share.
    struct Ring: Equatable {
        /// The CPU; nil for a ring buffer.
        var cpu: Int?
        /// The events that were read.
        var events: UInt64
        /// Events that the kernel counted as lost, of a ring buffer its programs; nil where nobody counts them.
        var lost: UInt64?
        /// Records with lengths that cannot be true.
        var corrupt: UInt64 = 0
        /// The bytes of the ring; 0 if it has none now.
        var bytes: Int
        /// The most bytes that were seen in it at once.
        var highWater: Int
    }

    /// What was read of a map at times.
    struct Snapshots: Equatable {
        /// The snapshots that have an end.
        var taken: UInt64 = 0
        /// The snapshots that stopped at an error.
        var failed: UInt64 = 0
        /// The snapshots that were not taken, since the time for them passed while others were read or not written.
        var skipped: UInt64 = 0
        /// The elements of the last one.
        var elements: UInt64 = 0
        /// The elements of all.
        var allElements: UInt64 = 0
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
        /// Events that the programs of a ring buffer lost before the daemon read it; nil where nobody counts.
        var lostBefore: UInt64?
        /// Its rings, in the order of CPUs.
        var rings: [Ring]
        /// What was read of it; nil of one that events come from.
        var snapshots: Snapshots?
        /// The metrics of its elements, if they are wanted.
        var samples: SampleText?
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
