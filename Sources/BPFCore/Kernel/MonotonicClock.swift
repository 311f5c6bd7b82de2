// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// `CLOCK_MONOTONIC`: the clock of `bpf_ktime_get_ns` and of the times that rings carry.
package enum MonotonicClock {
    /// Nanoseconds since the machine was started, without the time it slept.
    package static var nanoseconds: UInt64 { UInt64(clamping: read(CLOCK_MONOTONIC)) }

    /// What must be added to get nanoseconds since 1970, as far as the wall clock is right now.
    package static var bootOffset: Int64 { readBootOffset().offset }

    /// Reads both clocks, and tells how far the result may be off.
    ///
    /// The wall clock is read between two readings of the other. Where the process was interrupted in between it is done
    /// again, a few times.
    static func readBootOffset() -> (offset: Int64, uncertainty: UInt64) {
        var best: (offset: Int64, uncertainty: UInt64) = (0, .max)
        for _ in 0..<8 {
            let before = read(CLOCK_MONOTONIC)
            let wall = read(CLOCK_REALTIME)
            let after = read(CLOCK_MONOTONIC)
            let width = UInt64(clamping: after &- before)
            if width < best.uncertainty { best = (wall &- (before / 2 + after / 2), width) }
            if width < 20_000 { break }
        }
        return best
    }

    /// Nanoseconds; clocks reach to the year 2262 at most, where the kernel's own nanoseconds end.
    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
