// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// A time in which no daemon drained a map, because the one that did was killed.
struct Gap: Equatable {
    /// When the last daemon was last known to be alive, in nanoseconds of `CLOCK_MONOTONIC`.
    let from: UInt64
    /// When the next one took the map, in nanoseconds of `CLOCK_MONOTONIC`.
    let to: UInt64

    /// The gap that a daemon finds when it takes a lock that nobody holds; nil if there is none.
    ///
    /// - Parameters:
    ///   - record: What is in the lock file.
    ///   - boot: The id of this boot; an older record means nothing.
    ///   - now: Nanoseconds of `CLOCK_MONOTONIC`.
    init?(after record: LockRecord?, boot: String, now: UInt64) {
        guard let record, record.boot == boot, record.state == .running, record.alive <= now else { return nil }
        (from, to) = (record.alive, now)
    }

    /// What the user should know of it.
    ///
    /// - Parameters:
    ///   - map: The map's pin.
    ///   - isRingBuffer: Whether the map keeps what programs output meanwhile.
    func diagnostic(map: String, isRingBuffer: Bool) -> Diagnostic {
        let tenths = (to - from) / 100_000_000
        return Diagnostic(
            .drainGap, .warning, stage: .ring, "nobody drained \(map) for up to \(tenths / 10).\(tenths % 10) s",
            cause: "the daemon before this one was killed, or crashed",
            details: [
                isRingBuffer
                    ? "what programs output meanwhile is still in the ring buffer, as far as it had room"
                    : "what programs output meanwhile was refused (ENOENT), and only the programs can count it"
            ])
    }
}
