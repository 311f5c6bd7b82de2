// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import Glibc

/// A directory of this user that is locked (`flock(2)`) for as long as it is used, so that others do not remove it.
struct FolderLock: ~Copyable {
    /// Who else may have it meanwhile.
    enum Kind {
        /// Others that use it too.
        case shared
        /// Nobody.
        case exclusive
    }

    private let descriptor: OwnedDescriptor

    /// Locks a directory; nil if it is gone, or another process holds it, or it belongs to another user.
    init?(_ path: String, _ kind: Kind) {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let number = unsafe path.withFileName { unsafe cbpf_openat(AT_FDCWD, $0, flags, 0) }
        guard number >= 0 else { return nil }
        let descriptor = OwnedDescriptor(owning: number)
        var opened = stat()
        var named = stat()
        guard unsafe fstat(descriptor.rawValue, &opened) == 0, opened.st_uid == geteuid(),
            flock(descriptor.rawValue, (kind == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0,
            // It may have been removed before it was locked, and made anew.
            unsafe path.withFileName({ unsafe fstatat(AT_FDCWD, $0, &named, AT_SYMLINK_NOFOLLOW) }) == 0,
            opened.st_dev == named.st_dev, opened.st_ino == named.st_ino
        else { return nil }
        self.descriptor = descriptor
    }
}
