// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Glibc

/// The descriptors 0, 1 and 2, which a process may be started without.
enum StandardStreams {
    /// Gives the missing ones to `/dev/null`, opened the wrong way round, so that using them fails with `EBADF`.
    ///
    /// Otherwise the first files that the tool opens would get these numbers, and its words or its data would go into
    /// a map or a log file.
    static func fillGaps() {
        for number: Int32 in 0...2 where fcntl(number, F_GETFD) < 0 {
            let flags = number == STDIN_FILENO ? O_WRONLY : O_RDONLY
            // The lowest free number is the one that is missing. Without /dev/null nothing better can be done.
            _ = unsafe "/dev/null".withCString { unsafe cbpf_openat(AT_FDCWD, $0, flags, 0) }
        }
    }
}
