// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import Synchronization

/// A thread that owns a group of readers.
package enum ReaderThread {
    /// Hands the group over to the thread: a closure cannot consume what it captures.
    private final class Handover: Sendable {
        private let group: Mutex<ReaderGroup?>

        init(_ group: consuming ReaderGroup) { self.group = Mutex(group) }

        func take() -> ReaderGroup? { group.withLock { $0.take() } }
    }

    /// Starts the thread; the group ends with it.
    ///
    /// - Throws: ``BPFError`` of operation ``BPFError/Operation/openRing`` if the system gives no more threads.
    package static func start(
        _ group: consuming ReaderGroup, _ body: @escaping @Sendable (inout ReaderGroup) -> Void
    ) throws(BPFError) {
        let handover = Handover(group)
        do throws(Errno) {
            try DetachedThread.start {
                guard var group = handover.take() else { return }
                body(&group)
            }
        } catch {
            throw BPFError(.openRing, .ringOpenFailed, errno: error, "cannot start a thread to read events")
        }
    }
}
