// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
public import Diagnostics
internal import SystemPackage

/// A file with the process's id in it, there as long as this value lives.
///
/// A file that a killed process left is written over; a symlink is not followed.
public struct PIDFile: ~Copyable {
    private let path: String
    private let identity: (device: UInt64, inode: UInt64)

    /// Why the file could not be written.
    public struct Failure: DiagnosticError {
        /// The error as the user sees it.
        public let diagnostic: Diagnostic
    }

    /// Writes the file, mode 0644.
    public init(path: String) throws(Failure) {
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC
        let number = unsafe path.withCString { unsafe cbpf_openat(AT_FDCWD, $0, flags, 0o644) }
        guard number >= 0 else { throw Self.failure(path, Errno.last) }
        let file = OwnedDescriptor(owning: number)
        var status = stat()
        let text = Array("\(getpid())\n".utf8)
        let written = unsafe text.withUnsafeBytes { unsafe write(file.rawValue, $0.baseAddress, $0.count) }
        guard written == text.count, unsafe fstat(file.rawValue, &status) == 0 else {
            throw Self.failure(path, Errno.last)
        }
        self.path = path
        identity = (UInt64(status.st_dev), UInt64(status.st_ino))
    }

    deinit {
        // Only our own file goes: another process may have put its own in the place meanwhile.
        var status = stat()
        guard unsafe path.withCString({ unsafe lstat($0, &status) }) == 0,
            identity == (UInt64(status.st_dev), UInt64(status.st_ino))
        else { return }
        _ = unsafe path.withCString { unsafe unlink($0) }
    }

    private static func failure(_ path: String, _ errno: Errno) -> Failure {
        Failure(
            diagnostic: Diagnostic(
                stage: .run, "cannot write the pid file \(path)",
                cause: errno == .tooManySymbolicLinkLevels ? "it is a symbolic link" : errno.described,
                nextStep: "name a file in a folder that you may write to", exitStatus: .io))
    }
}
