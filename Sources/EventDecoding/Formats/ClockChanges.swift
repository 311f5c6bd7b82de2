// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What became of a machine's wall clock while its events were captured: it was set, or the machine slept.
///
/// The formats of all types of a capture share it, so that a change counts for what was planned before.
package final class ClockChanges: Sendable {
    private struct Change {
        var from: UInt64
        var bootOffset: Int64
    }

    /// As many are kept, the latest; no clock is set so often, and a hostile capture must not fill the memory.
    private static let limit = 1024

    /// In the order of time.
    private let changes = Mutex<[Change]>([])
    private let count = Atomic<Int>(0)

    /// A clock that was never set.
    package init() {}

    /// Whether the clock was never set, so that one offset holds for all times.
    package var isEmpty: Bool { count.load(ordering: .acquiring) == 0 }

    /// Takes in a change; the same one may come again.
    ///
    /// - Parameters:
    ///   - from: The time from which on it holds, in ns of `CLOCK_MONOTONIC`.
    ///   - bootOffset: `CLOCK_REALTIME` - `CLOCK_MONOTONIC` from then on, in ns.
    /// - Returns: Whether it is new.
    @discardableResult
    package func note(from: UInt64, bootOffset: Int64) -> Bool {
        changes.withLock { changes in
            let place = Self.count(of: changes, upTo: Int128(from))
            if place > 0, changes[place - 1].from == from {
                changes[place - 1].bootOffset = bootOffset
                return false
            }
            changes.insert(Change(from: from, bootOffset: bootOffset), at: place)
            if changes.count > Self.limit { changes.removeFirst() }
            count.store(changes.count, ordering: .releasing)
            return true
        }
    }

    /// The offset that holds for a time; nil before the first change.
    package func bootOffset(at time: Int128) -> Int64? {
        guard !isEmpty else { return nil }
        return changes.withLock { changes in
            let place = Self.count(of: changes, upTo: time)
            return place > 0 ? changes[place - 1].bootOffset : nil
        }
    }

    /// How many changes are not later than a time, found by halving.
    private static func count(of changes: [Change], upTo time: Int128) -> Int {
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = low + (high - low) / 2
            if Int128(changes[middle].from) <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
