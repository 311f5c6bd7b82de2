// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Glibc

/// A file with the process's id in it, there as long as this value lives.
///
/// A file that a killed process left is written over; a symbolic link is not followed.
public struct PIDFile: ~Copyable {
    private let path: String?
    private let identity: FileIdentity?

    /// Writes the file, mode 0644; none if no path is given.
    public init(path: String?) throws(OutputFile.Failure) {
        if let path { try OutputFile.write(Array("\(getpid())\n".utf8), to: path) }
        self.path = path
        identity = path.flatMap { FileIdentity($0) }
    }

    deinit {
        // Only our own file goes: another process may have put its own in the place meanwhile.
        guard let path, let identity, identity == FileIdentity(path) else { return }
        _ = unsafe path.withCString { unsafe unlink($0) }
    }
}

/// What tells one file on a disk from another under the same name; nil for all else, such as `/dev/null`, which stays.
private struct FileIdentity: Equatable {
    let device: UInt64
    let inode: UInt64

    init?(_ path: String) {
        var status = stat()
        guard unsafe path.withCString({ unsafe lstat($0, &status) }) == 0,
            status.st_mode & S_IFMT == S_IFREG
        else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}
