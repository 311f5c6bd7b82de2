// SPDX-License-Identifier: Apache-2.0

public import BPFCore
internal import CBPF
internal import Diagnostics
internal import Glibc
internal import SystemPackage

/// The signals that end a tool, as a descriptor to wait on: SIGINT, SIGTERM, SIGHUP and SIGPIPE.
///
/// They are blocked from the start, so no handler runs anywhere and no system call of the tool is cut short. SIGPIPE
/// is among them so that a write to a reader that has gone returns `EPIPE`; the one that the kernel sends with it, to
/// the writer itself, is not reported. SIGXFSZ is blocked and never reported, so that a file that may not grow further
/// (`ulimit -f`) is an `EFBIG` of write(2) and not the end.
public struct SignalSource: ~Copyable {
    private let descriptor: OwnedDescriptor

    /// A signal that asks the tool to end.
    public enum Signal: Int32, Sendable {
        /// SIGHUP
        case hangUp = 1
        /// SIGINT
        case interrupt = 2
        /// SIGPIPE, sent by another process.
        case pipe = 13
        /// SIGTERM
        case terminate = 15
    }

    /// Blocks the signals and opens the descriptor.
    public init() throws(BPFError) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in [SIGHUP, SIGINT, SIGPIPE, SIGTERM] { unsafe sigaddset(&set, number) }
        unsafe sigprocmask(SIG_BLOCK, &set, nil)
        var unreported = sigset_t()
        unsafe sigemptyset(&unreported)
        unsafe sigaddset(&unreported, SIGXFSZ)
        unsafe sigprocmask(SIG_BLOCK, &unreported, nil)
        let number = unsafe signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
        guard number >= 0 else {
            throw BPFError(.readKernelFile, errno: Errno.last, "cannot wait for signals: signalfd(2)")
        }
        descriptor = OwnedDescriptor(owning: number)
    }

    /// For epoll or poll: readable when ``take()`` has something to return.
    public var rawDescriptor: Int32 { descriptor.rawValue }

    /// The next signal that asks the tool to end; nil, without waiting, when there is none.
    public func take() -> Signal? {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while true {
            let count = unsafe read(descriptor.rawValue, &info, size)
            if count < 0 && Errno.last == .interrupted { continue }
            guard count == size else { return nil }
            let fromOurselves = info.ssi_signo == UInt32(SIGPIPE) && info.ssi_pid == UInt32(bitPattern: getpid())
            if !fromOurselves, let signal = Signal(rawValue: Int32(bitPattern: info.ssi_signo)) { return signal }
        }
    }

    /// Waits for a signal.
    ///
    /// - Parameter milliseconds: How long at most; nil waits for ever.
    /// - Returns: The signal, or nil when the time is up.
    public func wait(milliseconds: Int64?) -> Signal? {
        // The clock is cut to whole milliseconds, so one more is needed for the wait not to be short.
        let deadline = milliseconds.map { Self.now() + min($0, .max / 2) + 1 }
        while true {
            if let signal = take() { return signal }
            var timeout: Int32 = -1
            if let deadline {
                let left = deadline - Self.now()
                if left <= 0 { return nil }
                timeout = Int32(clamping: left)
            }
            var entry = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&entry, 1, timeout)
        }
    }

    /// Gives the default actions back, so that a second signal ends the process at once.
    public func letNextOneKill() {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in [SIGHUP, SIGINT, SIGTERM] { unsafe sigaddset(&set, number) }
        unsafe sigprocmask(SIG_UNBLOCK, &set, nil)
    }

    /// The monotonic clock in milliseconds.
    private static func now() -> Int64 { Int64(clamping: MonotonicClock.nanoseconds / 1_000_000) }
}
