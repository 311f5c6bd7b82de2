// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BasicContainers
internal import Diagnostics
internal import ToolSupport

/// The locks of all maps that a daemon drains.
struct MapLocks: ~Copyable {
    private var locks = UniqueArray<MapLock>()
    private let takesOver: Bool
    private let root: String
    /// Whether the user was told that the locks cannot be renewed.
    private var hasToldOfFailure = false
    private var hasEnded = false

    /// - Parameters:
    ///   - takesOver: Whether a daemon that has a map is ended.
    ///   - root: The folder that the folder of locks is in.
    init(takesOver: Bool, root: String = "/run") {
        self.takesOver = takesOver
        self.root = root
    }

    deinit {
        // A start that failed after it took a lock is no crash. It has told why it failed, and what cannot be noted now
        // only makes the next daemon tell a gap that was short.
        guard !hasEnded else { return }
        for index in 0..<locks.count { do { try locks[index].markEnded() } catch {} }
    }

    /// Takes the lock of a map, or finds out whom it must be taken from.
    ///
    /// - Returns: The time in which nobody drained the map, and what the user should know.
    mutating func add(
        map: UInt32, pin: String, isRingBuffer: Bool
    ) throws(LockFailure) -> (gap: Gap?, notes: [Diagnostic]) {
        do throws(LockFailure) {
            let lock = try MapLock.take(map: map, pin: pin, root: root)
            if !takesOver, let refusal = lock.refusal { throw refusal }
            let gap = lock.gap
            locks.append(lock)
            return (gap, gap.map { [$0.diagnostic(map: pin, isRingBuffer: isRingBuffer)] } ?? [])
        } catch {
            guard case .unavailable(let diagnostic) = error else { throw error }
            return (nil, [diagnostic])
        }
    }

    /// Has the daemons end that have the maps, and waits until they have; the slots must be set again afterwards.
    ///
    /// - Returns: Whether there were any.
    mutating func takeOver(signals: borrowing SignalSource) throws(LockFailure) -> Bool {
        var told: Set<Int32> = []
        for index in 0..<locks.count { try locks[index].takeOver(told: &told, signals: signals) }
        return !told.isEmpty
    }

    /// Notes that this daemon is alive, once a second.
    ///
    /// - Parameter now: Nanoseconds of `CLOCK_MONOTONIC`.
    /// - Returns: What the user should know, once.
    mutating func touch(_ now: UInt64) -> Diagnostic? {
        note { lock throws(Errno) in try lock.touch(now) }
    }

    /// Notes that this daemon ended in order.
    ///
    /// - Returns: What the user should know.
    mutating func markEnded() -> Diagnostic? {
        hasEnded = true
        return note { lock throws(Errno) in try lock.markEnded() }
    }

    private mutating func note(_ write: (borrowing MapLock) throws(Errno) -> Void) -> Diagnostic? {
        var failure: Errno?
        for index in 0..<locks.count {
            do throws(Errno) {
                try write(locks[index])
            } catch {
                failure = error
            }
        }
        guard let failure, !hasToldOfFailure else { return nil }
        hasToldOfFailure = true
        return Diagnostic(
            .lockMissing, .warning, stage: .map, "cannot note in \(root)/bpf-eventd that this daemon is alive",
            cause: failure.described)
    }
}
