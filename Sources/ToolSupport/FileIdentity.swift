// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics
internal import Glibc

/// What tells one file on a disk from another under the same name; nil for all else, such as `/dev/null` or a link.
package struct FileIdentity: Equatable, Sendable {
    private let device: UInt64
    private let inode: UInt64

    /// The file that a name leads to, a symbolic link not followed.
    ///
    /// - Parameters:
    ///   - path: The name.
    ///   - folder: A descriptor of the folder that a relative name begins in; the working folder if nil.
    package init?(_ path: String, in folder: Int32? = nil) {
        var status = stat()
        let found = unsafe path.withFileName { name in
            unsafe fstatat(folder ?? AT_FDCWD, name, &status, AT_SYMLINK_NOFOLLOW)
        }
        guard found == 0 else { return nil }
        self.init(status)
    }

    /// The file behind an open descriptor.
    package init?(descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    init?(_ status: stat) {
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}
