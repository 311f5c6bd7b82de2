// SPDX-License-Identifier: Apache-2.0

/// Whether the event of a CPU is still there.
///
/// When a CPU goes offline its events end, and stay ended when it comes back, which may be a moment later. The time an
/// event has counted stands still from there on.
struct EventPulse: Sendable {
    /// How long it had counted at the last look, in nanoseconds.
    private var timeEnabled: UInt64 = 0

    /// Looks at an event.
    ///
    /// - Parameter now: How long it has counted, in nanoseconds (`PERF_FORMAT_TOTAL_TIME_ENABLED`); 0 is not yet.
    mutating func isAlive(_ now: UInt64) -> Bool {
        defer { timeEnabled = now }
        return now == 0 || now != timeEnabled
    }
}
