// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
package import Diagnostics
internal import Glibc

/// A file that is read whole before anything is done with it.
package enum InputFile {
    /// Why a file could not be read.
    package struct Failure: DiagnosticError {
        /// The error as the user sees it.
        package let diagnostic: Diagnostic
    }

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The file; a pipe or a device is read up to its end, however long its writer takes. A FIFO without one is empty.
    ///   - limit: The size in bytes beyond which reading stops with an error.
    ///   - stage: The stage that errors tell.
    package static func read(
        _ path: String, limit: Int = 256 << 20, stage: Diagnostic.Stage = .object
    ) throws(Failure) -> [UInt8] {
        func failure(_ cause: String, _ code: Diagnostic.Code = .inputUnreadable) -> Failure {
            Failure(
                diagnostic: Diagnostic(code, stage: stage, "cannot read \(path)", cause: cause))
        }
        let number = unsafe path.withFileName { unsafe cbpf_openat(AT_FDCWD, $0, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0) }
        guard number >= 0 else { throw failure(Errno.last.described) }
        let file = OwnedDescriptor(owning: number)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe Glibc.read(file.rawValue, &chunk, chunk.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                let errno = Errno.last
                if errno == .interrupted { continue }
                if errno == .resourceTemporarilyUnavailable {
                    Readiness.wait(file.rawValue, POLLIN, milliseconds: -1)
                    continue
                }
                throw failure(errno.described, errno == .ioError ? .inputFailed : .inputUnreadable)
            }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw failure("it is larger than \(limit >> 20) MiB", .inputTooLarge) }
        }
    }

    /// The first bytes of a file on a disk; none if it is something else or cannot be read.
    ///
    /// - Parameter count: As many at most.
    package static func head(of path: String, count: Int) -> [UInt8] {
        let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        guard FileFacts(path) != nil else { return [] }
        let number = unsafe path.withFileName { unsafe cbpf_openat(AT_FDCWD, $0, flags, 0) }
        guard number >= 0 else { return [] }
        let file = OwnedDescriptor(owning: number)
        // It may have become another one meanwhile.
        guard FileFacts(descriptor: file.rawValue) != nil else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let read = unsafe bytes.withUnsafeMutableBytes { room in
                unsafe Glibc.read(file.rawValue, room.baseAddress.map { unsafe $0 + filled }, room.count - filled)
            }
            guard read > 0 else {
                if read < 0, Errno.last == .interrupted { continue }
                break
            }
            filled += read
        }
        return Array(bytes.prefix(filled))
    }
}
