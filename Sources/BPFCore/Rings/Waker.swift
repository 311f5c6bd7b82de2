// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics
internal import Synchronization

/// Wakes a reader that waits on another thread, or ends it: an eventfd(2).
///
/// It may be called from any thread, also when the reader is gone.
public final class Waker: Sendable {
    let descriptor: OwnedDescriptor
    private let ended = Atomic(false)

    init() throws(BPFError) {
        do throws(Errno) {
            descriptor = OwnedDescriptor(
                owning: try DescriptorLimit.retrying { eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)) })
        } catch {
            throw BPFError(.openRing, always: .ringWaitFailed, errno: error, "cannot wake a reader: eventfd(2)")
        }
    }

    /// Ends the wait that goes on, or the next one: the sink of the reader has room again.
    public func wake() {
        var one: UInt64 = 1
        // It fails only where somebody woke the reader 2^64 times before it looked.
        _ = unsafe write(descriptor.rawValue, &one, 8)
    }

    /// Ends ``ReaderGroup/run(into:)``.
    public func end() {
        ended.store(true, ordering: .releasing)
        wake()
    }

    /// Whether ``end()`` was called.
    public var hasEnded: Bool { ended.load(ordering: .acquiring) }

    /// Takes in that somebody woke the reader.
    func clear() {
        var count: UInt64 = 0
        _ = unsafe read(descriptor.rawValue, &count, 8)
    }
}
