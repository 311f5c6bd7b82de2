// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import Glibc
internal import Synchronization

/// Writes accounts on a thread of its own, so that a disk that hangs (a network's, a FUSE, one that is frozen) never holds
/// the thread that drains the rings.
///
/// There is a thread as long as something is to be written. Of accounts that come meanwhile the latest is kept, and the
/// others are counted.
final class AccountWriter: Sendable {
    private struct State {
        var next: Account?
        /// When the writing began that goes on, in nanoseconds.
        var began: UInt64?
        var skipped: UInt64 = 0
        var failure: Diagnostic?
    }

    /// What became of the accounts by now.
    struct Progress {
        /// Since when one is being written, in nanoseconds; nil if none is.
        var began: UInt64?
        /// Accounts that were replaced by later ones before anything of them was written.
        var skipped: UInt64
        /// Why one could not be written.
        var failure: Diagnostic?
    }

    private let state = Mutex(State())
    private let store: @Sendable (Account) -> Diagnostic?

    /// - Parameter store: Writes an account, however long it takes; what it returns is why that failed.
    init(store: @escaping @Sendable (Account) -> Diagnostic?) { self.store = store }

    /// Has an account written; returns at once.
    func put(_ account: Account) {
        let isIdle = state.withLock { state in
            if state.next != nil { state.skipped += 1 }
            state.next = account
            guard state.began == nil else { return false }
            state.began = MonotonicClock.nanoseconds
            return true
        }
        guard isIdle, let errno = start() else { return }
        state.withLock { state in
            state.began = nil
            state.failure = Diagnostic(
                .outputFailed, stage: .run, "cannot write the account", cause: "no thread: errno \(errno)")
        }
    }

    /// What became of the accounts; a failure is told once.
    func takeProgress() -> Progress {
        state.withLock { state in
            defer { (state.failure, state.skipped) = (nil, state.began == nil ? 0 : state.skipped) }
            return Progress(began: state.began, skipped: state.skipped, failure: state.failure)
        }
    }

    /// Waits until all is written, for some time at most.
    ///
    /// - Returns: Whether it is.
    func finish(milliseconds: Int) -> Bool {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        while state.withLock({ $0.began != nil }) {
            guard ContinuousClock.now < end else { return false }
            usleep(2000)
        }
        return true
    }

    /// - Returns: Nil if there is a thread now, or why not.
    private func start() -> Int32? {
        do throws(Errno) {
            try DetachedThread.start { self.run() }
            return nil
        } catch {
            return error.rawValue
        }
    }

    private func run() {
        while let account = next() {
            guard let failure = store(account) else { continue }
            state.withLock { $0.failure = failure }
        }
    }

    private func next() -> Account? {
        state.withLock { state in
            defer { state.next = nil }
            state.began = state.next == nil ? nil : MonotonicClock.nanoseconds
            return state.next
        }
    }
}
