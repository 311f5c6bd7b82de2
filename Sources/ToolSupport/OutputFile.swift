// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
package import Diagnostics
internal import Glibc

/// A small file that a tool writes for its user on request, such as the verifier's log.
package enum OutputFile {
    /// Why a file could not be written.
    package struct Failure: DiagnosticError {
        /// The error as the user sees it.
        package let diagnostic: Diagnostic
    }

    /// Writes a file whole, replacing what was in it; a symbolic link is not followed.
    ///
    /// A FIFO without a reader is refused and one whose reader stalls is given up: the signals that would end the
    /// wait are blocked.
    package static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let number = unsafe path.withFileName { unsafe cbpf_openat(AT_FDCWD, $0, flags, 0o644) }
        guard number >= 0 else { throw failure(path, .last) }
        do throws(Errno) {
            try write(bytes, toAndClose: OwnedDescriptor(owning: number))
        } catch {
            throw failure(path, error)
        }
    }

    /// Writes bytes whole to a file that is open for writing, and closes it.
    static func write(_ bytes: [UInt8], toAndClose file: consuming OwnedDescriptor) throws(Errno) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file.rawValue, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
                continue
            }
            switch Errno.last {
            case .interrupted: continue
            case .resourceTemporarilyUnavailable where takesMore(file.rawValue): continue
            case let errno: throw errno
            }
        }
        try file.close()
    }

    /// Waits up to 2 seconds for a reader to make room.
    private static func takesMore(_ number: Int32) -> Bool {
        var entry = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&entry, 1, 2000) > 0
    }

    static func failure(_ path: String, _ errno: Errno) -> Failure {
        Failure(
            diagnostic: Diagnostic(
                .outputFailed, stage: .run, "cannot write \(path)",
                cause: errno == .tooManySymbolicLinkLevels ? "it is a symbolic link" : errno.described))
    }
}
