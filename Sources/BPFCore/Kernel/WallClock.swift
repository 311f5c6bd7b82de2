// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// What makes a time of ``MonotonicClock`` one since 1970, and when that changes: when the wall clock is set (by
/// settimeofday(2), a step of NTP, a leap second), and while the machine sleeps.
///
/// A clock that is slewed (adjtime(3)) changes nothing: the kernel slews both clocks.
package struct WallClock: ~Copyable {
    /// `CLOCK_REALTIME` less `CLOCK_MONOTONIC` in nanoseconds, as it was at the last look.
    package private(set) var bootOffset: Int64
    /// Readable when the clock was set (`TFD_TIMER_CANCEL_ON_SET`, Linux 3.0); nil where the system gives none.
    private let timer: OwnedDescriptor?

    /// Differences below that are not told: nobody sets a clock for less, and two clocks are not read at one moment.
    static let tolerance: UInt64 = 1_000_000

    /// Reads the clocks, and begins to wait for the wall clock to be set.
    package init() {
        bootOffset = MonotonicClock.bootOffset
        timer = Self.makeTimer()
    }

    /// For poll(2), epoll(7) and their like: readable when ``look()`` is worth calling; nil where only looking tells.
    package var descriptor: Int32? {
        switch timer {
        case .some(let timer): timer.rawValue
        case .none: nil
        }
    }

    /// Reads the clocks once more.
    ///
    /// - Returns: Whether ``bootOffset`` has changed.
    package mutating func look() -> Bool {
        if let descriptor {
            var count: UInt64 = 0
            // ECANCELED tells that it was set, and has the timer wait for the next time; the clocks tell by how much.
            _ = unsafe read(descriptor, &count, MemoryLayout<UInt64>.size)
        }
        let now = MonotonicClock.readBootOffset()
        guard Self.isChange(from: bootOffset, to: now.offset, uncertainty: now.uncertainty) else { return false }
        bootOffset = now.offset
        return true
    }

    /// Whether two offsets differ by more than the reading of two clocks makes them.
    static func isChange(from old: Int64, to new: Int64, uncertainty: UInt64) -> Bool {
        let (difference, overflow) = new.subtractingReportingOverflow(old)
        return overflow || difference.magnitude > max(tolerance, uncertainty)
    }

    private static func makeTimer() -> OwnedDescriptor? {
        let number = timerfd_create(CLOCK_REALTIME, Int32(CBPF_TFD_NONBLOCK_CLOEXEC))
        guard number >= 0 else { return nil }
        let timer = OwnedDescriptor(owning: number)
        // It never expires: the kernel takes the largest time for the end of all times.
        var time = itimerspec()
        time.it_value.tv_sec = .max
        guard unsafe timerfd_settime(number, Int32(CBPF_TFD_TIMER_ABSTIME_CANCEL_ON_SET), &time, nil) == 0 else {
            return nil
        }
        return timer
    }
}
