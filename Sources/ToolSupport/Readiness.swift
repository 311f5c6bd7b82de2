// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Glibc

/// Waiting for one descriptor.
enum Readiness {
    /// Waits until a descriptor has what is asked for, a signal comes, or the time is up; the caller looks again.
    ///
    /// Where poll(2) is forbidden (seccomp) it waits for a moment instead, so that a loop around it does not spin.
    ///
    /// - Parameters:
    ///   - descriptor: What is waited for.
    ///   - events: `POLLIN` or `POLLOUT`.
    ///   - milliseconds: How long at most; -1 is for ever.
    static func wait(_ descriptor: Int32, _ events: Int32, milliseconds: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        if unsafe poll(&entry, 1, milliseconds) < 0 && Errno.last != .interrupted { usleep(20_000) }
    }
}
