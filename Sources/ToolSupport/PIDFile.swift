// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics
internal import Glibc

/// A file with the process's id in it, there as long as this value lives.
///
/// A file that a killed process left is written over; a symbolic link is not followed.
package struct PIDFile: ~Copyable {
    private let path: String?
    private let identity: FileIdentity?

    /// Writes the file, mode 0644; none if no path is given.
    package init(path: String?) throws(OutputFile.Failure) {
        if let path { try OutputFile.write(Array("\(getpid())\n".utf8), to: path) }
        self.path = path
        identity = path.flatMap { FileIdentity($0) }
    }

    deinit {
        // Only our own file goes: another process may have put its own in the place meanwhile.
        guard let path, let identity, identity == FileIdentity(path) else { return }
        _ = unsafe path.withFileName { unsafe unlink($0) }
    }
}
