// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

/// Waiting for many descriptors at once: epoll(7), level-triggered.
package struct EventPoll: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// What to wait for; errors and hang-ups are told in any case.
    package struct Interest: OptionSet, Sendable {
        /// The bits of `EPOLLIN` and its like.
        package let rawValue: UInt32

        /// Takes over the bits of epoll.
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// There is something to read.
        package static let readable = Interest(rawValue: 0x001)
        /// There is room to write.
        package static let writable = Interest(rawValue: 0x004)
        /// The other side has gone, or the descriptor is in error.
        package static let broken = Interest(rawValue: 0x008 | 0x010)
    }

    /// Something that has happened.
    package struct Occurrence: Sendable {
        /// What the descriptor was added with.
        package let token: UInt64
        /// What it is ready for.
        package let readiness: Interest
    }

    /// Creates an instance that waits for nothing.
    package init() throws(BPFError) {
        do throws(Errno) {
            descriptor = OwnedDescriptor(owning: try DescriptorLimit.retrying { epoll_create1(Int32(EPOLL_CLOEXEC)) })
        } catch {
            throw Self.failure(error)
        }
    }

    /// Adds a descriptor, which stays its owner's; it must be removed before it is closed.
    ///
    /// - Parameters:
    ///   - number: The descriptor; a file on a disk cannot be waited for (`EPERM`).
    ///   - token: What ``wait(milliseconds:)`` reports it by.
    package func add(_ number: Int32, token: UInt64, _ interest: Interest) throws(BPFError) {
        try control(EPOLL_CTL_ADD, number, token, interest)
    }

    /// Changes what to wait for.
    package func change(_ number: Int32, token: UInt64, _ interest: Interest) throws(BPFError) {
        try control(EPOLL_CTL_MOD, number, token, interest)
    }

    /// Removes a descriptor.
    package func remove(_ number: Int32) {
        // Not there is as good as removed.
        _ = epoll_ctl(descriptor.rawValue, EPOLL_CTL_DEL, number, nil)
    }

    /// Waits until something happens or the time is up.
    ///
    /// - Parameters:
    ///   - milliseconds: 0 only looks; a negative number waits for ever.
    ///   - body: Called for each occurrence, 64 at most; not at all when the time is up, and after `EINTR`.
    package func wait(milliseconds: Int, _ body: (Occurrence) -> Void) {
        // On the stack and without generics: this runs with every wakeup.
        unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 64) { events in
            let count = unsafe epoll_wait(
                descriptor.rawValue, events.baseAddress, Int32(events.count), Int32(clamping: milliseconds))
            for index in 0..<max(0, Int(count)) {
                let event = unsafe events[index]
                body(unsafe Occurrence(token: event.data.u64, readiness: Interest(rawValue: event.events)))
            }
        }
    }

    /// Waits until something happens or the time is up.
    ///
    /// - Returns: What happened, as ``wait(milliseconds:_:)`` tells it.
    package func wait(milliseconds: Int) -> [Occurrence] {
        var occurrences: [Occurrence] = []
        wait(milliseconds: milliseconds) { occurrences.append($0) }
        return occurrences
    }

    private func control(
        _ operation: Int32, _ number: Int32, _ token: UInt64, _ interest: Interest
    ) throws(BPFError) {
        var event = unsafe epoll_event(events: interest.rawValue, data: epoll_data_t(u64: token))
        guard unsafe epoll_ctl(descriptor.rawValue, operation, number, &event) == 0 else {
            throw Self.failure(.last)
        }
    }

    private static func failure(_ errno: Errno) -> BPFError {
        BPFError(.openRing, always: .ringWaitFailed, errno: errno, "cannot wait for events: epoll(7)")
    }
}
