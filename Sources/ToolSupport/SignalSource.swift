// SPDX-License-Identifier: Apache-2.0

package import BPFCore
internal import CBPF
internal import CSignals
internal import Diagnostics
internal import Glibc

/// The signals that end a tool: SIGINT, SIGTERM, SIGHUP and SIGPIPE.
///
/// A signal is obeyed at once at every point, in one of three ways:
///
/// - Before ``deferEnding()`` it kills the process, which has made nothing yet that outlives it.
/// - After that the first one only asks: ``take()`` returns it, ``isAsked`` tells of it, and the tool ends in order.
/// - From the second SIGINT or SIGTERM on the process has half a second to let go of what it made, wherever it is, and
///   then dies of the signal. ``take()`` returns the second one too. A third one kills without delay.
///
/// What the process's own write(2) causes is an error of write(2) and no signal: `EPIPE` where the reader has gone
/// (SIGPIPE), `EFBIG` where a file may not grow further (`ulimit -f`, SIGXFSZ).
///
/// There is one set of signals in a process, so all values of this type share what has come.
package struct SignalSource: ~Copyable {
    /// For epoll or poll: readable when ``take()`` has something to return.
    package let rawDescriptor: Int32

    /// A signal that asks the tool to end, or for something else.
    package enum Signal: Int32, Sendable {
        /// SIGHUP
        case hangUp = 1
        /// SIGINT
        case interrupt = 2
        /// SIGUSR1, where ``SignalSource/keep(_:)`` was called for it.
        case user1 = 10
        /// SIGUSR2, where ``SignalSource/keep(_:)`` was called for it.
        case user2 = 12
        /// SIGPIPE, sent by another process.
        case pipe = 13
        /// SIGTERM
        case terminate = 15

        /// Whether it asks the tool to end, if nothing else is meant by it.
        package var asksForEnd: Bool { self != .user1 && self != .user2 }
    }

    /// Gives the signals their default action, whatever the parent of the process did to them.
    package init() throws(BPFError) {
        rawDescriptor = csignals_begin()
        guard rawDescriptor >= 0 else {
            throw BPFError(.readKernelFile, .ringWaitFailed, errno: Errno.last, "cannot wait for signals: eventfd(2)")
        }
    }

    /// From now on the first signal asks, and does not kill: something is about to be made that must be undone.
    package func deferEnding() { csignals_defer() }

    /// Has SIGUSR1 or SIGUSR2 taken from now on: it does not end the tool, and ``isAsked`` tells nothing of it.
    package func keep(_ signal: Signal) { csignals_keep(signal.rawValue) }

    /// Whether a signal waits to be taken; costs no system call, so that the longest computation can look often.
    package var isAsked: Bool { Self.isAsked }

    /// Whether a signal waits to be taken.
    package static var isAsked: Bool { csignals_asked() }

    /// Whether a signal has asked, taken or not.
    static var wasAsked: Bool { csignals_ever() }

    /// The next signal that asks the tool to end; nil, without waiting, when there is none.
    package func take() -> Signal? { Signal(rawValue: csignals_take()) }

    /// Waits for a signal.
    ///
    /// - Parameter milliseconds: How long at most; nil waits for ever.
    /// - Returns: The signal, or nil when the time is up.
    package func wait(milliseconds: Int64?) -> Signal? {
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
            if Reporter.hasWaiting {
                MessageStream.standardError.write([])
                timeout = timeout < 0 ? 1000 : min(timeout, 1000)
            }
            Readiness.wait(rawDescriptor, POLLIN, milliseconds: timeout)
        }
    }

    /// Ends the process by a signal, once what it had made is let go.
    static func die(of signal: Signal) -> Never { csignals_die(signal.rawValue) }

    /// The monotonic clock in milliseconds.
    private static func now() -> Int64 { Int64(clamping: MonotonicClock.nanoseconds / 1_000_000) }
}

/// A tool was asked to end before it had begun its work: what it made is let go, and then it dies of the signal.
package struct EndedBySignal: Error {
    /// The signal.
    package let signal: SignalSource.Signal

    /// Creates the error.
    package init(signal: SignalSource.Signal) { self.signal = signal }
}
