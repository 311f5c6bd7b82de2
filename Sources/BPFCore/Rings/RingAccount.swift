// SPDX-License-Identifier: Apache-2.0

/// What went through a ring: one CPU's of a perf event array, rings that are closed by now included, or a ring buffer.
public struct RingAccount: Sendable, Equatable {
    /// The number of the map in the context of its samples.
    public let source: UInt32
    /// The CPU; nil for a ring buffer, which all share.
    public let cpu: Int?
    /// Samples that were handed on.
    public var samples: UInt64
    /// Samples that are known to be lost; nil where nothing is known: a ring buffer does not count them, and its programs
    /// only do if they say so (``ReaderGroup/countLosses(of:in:)``).
    public var lost: UInt64?
    /// Of a ring buffer whose programs count: samples that were lost before it was read from here; nil of all others.
    public var lostBefore: UInt64?
    /// Records with lengths that cannot be true; never, as long as the kernel is sound.
    public var corrupt: UInt64 = 0
    /// Records of kinds that these rings do not hold.
    public var unknown: UInt64 = 0
    /// The most bytes that were seen in the ring at once.
    public var highWater: Int
    /// The bytes of the ring; 0 if the CPU has none now.
    public var ringBytes: Int
}
