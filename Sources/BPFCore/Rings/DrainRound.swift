// SPDX-License-Identifier: Apache-2.0

/// What one round of draining did.
public struct DrainRound: Sendable, Equatable {
    /// Samples that the sink took.
    public package(set) var samples = 0
    /// Whether the sink was full, so that samples are left.
    public package(set) var isSinkFull = false
    /// Whether more is there to be read, as soon as the sink has room.
    public package(set) var hasMore = false
    /// The bytes that the samples of ring buffers and their headers took.
    package var bytes = 0
    /// Whether a program is still writing the next sample.
    package var isBusy = false
    /// Whether rings were looked after in it: once a second.
    package var hasLookedAfter = false
    /// Whether something new is known of lost samples.
    package var knowsOfLost = false

    static func += (one: inout DrainRound, other: DrainRound) {
        one.samples += other.samples
        one.isSinkFull = one.isSinkFull || other.isSinkFull
        one.hasMore = one.hasMore || other.hasMore
        one.bytes += other.bytes
        one.isBusy = one.isBusy || other.isBusy
        one.knowsOfLost = one.knowsOfLost || other.knowsOfLost
    }
}
