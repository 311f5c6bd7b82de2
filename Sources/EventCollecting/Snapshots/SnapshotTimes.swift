// SPDX-License-Identifier: Apache-2.0

/// When maps are read.
package enum SnapshotTimes: Sendable, Equatable {
    /// Once, at the start; the run ends then if it reads nothing else.
    case once
    /// At the start, then each time so many nanoseconds have passed, and once more at the end.
    case every(UInt64)
    /// Once, at the end.
    case atEnd
}

/// When the next snapshot of a map is due.
///
/// Times are nanoseconds of `CLOCK_MONOTONIC`. The times of ``SnapshotTimes/every(_:)`` are a grid from the start on: a
/// snapshot that takes long moves none of those that come later, and those that it leaves no time for are skipped. The
/// next one is always after the end of the one before, so that a map that takes longer than its interval leaves other
/// maps their turn.
struct SnapshotSchedule: Equatable {
    private let times: SnapshotTimes
    private let start: UInt64
    /// When the run ends by itself; `UInt64.max` is never.
    private let end: UInt64
    /// When the next snapshot is due; `UInt64.max` if there is none.
    private(set) var due: UInt64
    /// Snapshots whose time passed while another one was read or could not be.
    private(set) var skipped: UInt64 = 0
    /// The longest time, in nanoseconds, that a snapshot took which was longer than the interval; nil if none was.
    private(set) var longest: UInt64?
    /// When the last snapshot was begun.
    private var begun: UInt64 = 0
    private var isLast = false

    init(_ times: SnapshotTimes, start: UInt64, end: UInt64) {
        self.times = times
        self.start = start
        self.end = end
        due = times == .atEnd ? .max : start
    }

    /// Begins anew; of several times the first is after the first interval.
    mutating func start(at now: UInt64, end: UInt64) {
        var first = now
        if case .every(let interval) = times {
            let (next, isFar) = now.addingReportingOverflow(interval)
            first = isFar ? .max : next
        }
        self = SnapshotSchedule(times, start: first, end: end)
    }

    /// Whether nothing more is due until the run ends.
    var hasEnded: Bool { due == .max }
    /// Whether nothing comes after the first snapshot.
    var isOnce: Bool { times == .once }

    /// Takes in that a snapshot has begun: the next one is due at the next time of the grid.
    mutating func begin(at now: UInt64) {
        begun = now
        guard !isLast, case .every(let interval) = times, interval > 0 else {
            due = .max
            return
        }
        advance(beyond: now, interval)
    }

    /// Takes in that the snapshot that was begun last has ended: times that have passed since are skipped.
    mutating func finish(at now: UInt64) {
        guard case .every(let interval) = times, interval > 0 else { return }
        let taken = now - min(begun, now)
        if taken > interval { longest = max(longest ?? 0, taken) }
        // The end of the run has made the last one due.
        guard !isLast, due != .max, due <= now else { return }
        skipped += 1
        advance(beyond: now, interval)
    }

    /// Moves to the first time of the grid behind a time; times between are skipped.
    private mutating func advance(beyond now: UInt64, _ interval: UInt64) {
        let passed = (max(now, due) - start) / interval
        let expected = (due - start) / interval
        skipped += passed - expected
        let (distance, isFar) = (passed + 1).multipliedReportingOverflow(by: interval)
        let (next, isFarther) = start.addingReportingOverflow(distance)
        // The last snapshot is that of the end, which must not have another one just in front of it.
        due = isFar || isFarther || next >= end - min(end, interval / 10) ? .max : next
    }

    /// Takes in that the run ends: what is due now is the last.
    ///
    /// - Parameter isCut: Whether nothing more is read.
    mutating func end(at now: UInt64, isCut: Bool) {
        if isCut {
            // It may come after an end that left the last one due.
            isLast = true
            due = .max
        }
        guard !isLast else { return }
        isLast = true
        if times != .once || !hasEnded { due = now }
    }
}

/// Whose turn it is among the maps that are due: the one that has waited longest, the first of those that have waited as
/// long.
struct SnapshotTurn {
    /// The map; nil if none is due.
    private(set) var index: Int?
    private let now: UInt64
    private var due = UInt64.max

    init(at now: UInt64) { self.now = now }

    /// Looks at a map.
    mutating func consider(_ index: Int, due: UInt64) {
        guard due <= now, due < self.due else { return }
        (self.index, self.due) = (index, due)
    }
}
