// SPDX-License-Identifier: Apache-2.0

/// What one round of draining did.
struct DrainRound {
    /// Events that went into the writer.
    var samples = 0
    /// The bytes that they and their headers took, where that is known.
    var bytes = 0
    /// Whether more is there to be read, as soon as the writer has room.
    var hasMore = false
    /// Whether a program is still writing the next event.
    var isBusy = false
    /// Whether something new is known of lost events.
    var knowsOfLost = false

    static func += (one: inout DrainRound, other: DrainRound) {
        one.samples += other.samples
        one.bytes += other.bytes
        one.hasMore = one.hasMore || other.hasMore
        one.isBusy = one.isBusy || other.isBusy
        one.knowsOfLost = one.knowsOfLost || other.knowsOfLost
    }
}
