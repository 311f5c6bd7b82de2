// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics
internal import Glibc

/// What the file system says of a file on a disk (`stat(2)`).
package struct FileFacts: Sendable {
    /// Which file it is, whatever its name.
    package let identity: FileIdentity
    /// Its size in bytes.
    package let size: Int64
    /// When it was written last, in nanoseconds of the file system's clock.
    package let written: Int64

    /// The file that a name leads to, through symbolic links; nil if there is none or it is no file on a disk.
    package init?(_ path: String) {
        var status = stat()
        guard unsafe path.withFileName({ unsafe fstatat(AT_FDCWD, $0, &status, 0) }) == 0 else { return nil }
        self.init(status)
    }

    /// The file behind an open descriptor; nil if it is no file on a disk.
    package init?(descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init?(_ status: stat) {
        guard let identity = FileIdentity(status) else { return nil }
        self.identity = identity
        size = Int64(status.st_size)
        // A damaged time stamp need not fit.
        let seconds = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        written = seconds.overflow ? .max : seconds.partialValue &+ Int64(status.st_mtim.tv_nsec)
    }
}
