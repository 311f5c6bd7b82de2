// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Glibc

/// What SIGHUP asks of the daemon.
///
/// It has two meanings: the terminal has gone, which ends a program that was started there; and, to a daemon, "begin
/// your files anew", as logrotate(8) sends it. A stream into anything but a named file cannot begin anew, so there it
/// is the end. With a file it is the end only if the terminal that the daemon was started on is no longer there: a
/// session that was left must not leave a daemon behind.
enum HangUp: Equatable {
    /// Close the file, and open what has its name now.
    case reopen
    /// End as by SIGTERM.
    case end

    /// Decides.
    ///
    /// - Parameters:
    ///   - isNamedFile: Whether the events go into a file on a disk that was named.
    ///   - hadTerminal: Whether the process had a controlling terminal when it started.
    ///   - hasTerminal: Whether it has one now.
    init(isNamedFile: Bool, hadTerminal: Bool, hasTerminal: Bool) {
        let terminalHasGone = hadTerminal && !hasTerminal
        self = isNamedFile && !terminalHasGone ? .reopen : .end
    }

    /// Whether the process has a controlling terminal: only then `/dev/tty` opens (tty(4)).
    static var isTerminalThere: Bool {
        let flags = O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC
        let number = unsafe "/dev/tty".withCString { unsafe cbpf_openat(AT_FDCWD, $0, flags, 0) }
        guard number >= 0 else { return false }
        _ = OwnedDescriptor(owning: number)
        return true
    }
}
