// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// `CLOCK_MONOTONIC`: the clock of `bpf_ktime_get_ns` and of the times that rings carry.
public enum MonotonicClock {
    /// Nanoseconds since the machine was started, without the time it slept.
    public static var nanoseconds: UInt64 { read(CLOCK_MONOTONIC) }

    /// What must be added to get nanoseconds since 1970, as far as the wall clock is right now.
    public static var bootOffset: Int64 {
        // The wall clock is read between two readings of the other, which are closer together than anybody sets a clock.
        let before = read(CLOCK_MONOTONIC)
        let wall = read(CLOCK_REALTIME)
        let after = read(CLOCK_MONOTONIC)
        return Int64(clamping: wall) - Int64(clamping: before / 2 + after / 2)
    }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
