// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import SystemPackage
internal import ToolSupport

/// Opens what the stream goes into.
enum StreamFile {
    /// Why it was not opened.
    enum Refusal: DiagnosticError {
        /// A signal came before a FIFO had a reader.
        case signal
        /// It cannot be written, or should not be.
        case refused(Diagnostic)

        var diagnostic: Diagnostic {
            switch self {
            case .signal: Diagnostic(.note, stage: .stream, "ended before it began", exitStatus: .success)
            case .refused(let diagnostic): diagnostic
            }
        }
    }

    /// How often a FIFO without a reader is tried, in milliseconds.
    private static let retryInterval: Int64 = 50

    /// Opens the output, and waits for the reader of a FIFO.
    ///
    /// Nothing is overwritten yet: that is for ``DataOutput/empty()``, once everything else has succeeded.
    ///
    /// - Parameters:
    ///   - path: A path, or `-` for stdout. Never followed through a symbolic link.
    ///   - append: Whether a file's old content stays.
    ///   - signals: End the wait.
    static func open(
        _ path: String, append: Bool, signals: borrowing SignalSource
    ) throws(Refusal) -> DataOutput {
        guard path != "-" else { return try standardOutput() }
        // O_NONBLOCK: a FIFO without a reader is told of instead of waited for in open(2), where no signal ends it.
        let flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (append ? O_APPEND : 0)
        while true {
            let number = unsafe path.withCString { unsafe cbpf_openat(AT_FDCWD, $0, flags, 0o644) }
            if number >= 0 {
                let file = OwnedDescriptor(owning: number)
                try checkKind(of: file, path)
                return DataOutput(file)
            }
            let errno = Errno.last
            guard errno.rawValue == ENXIO, kind(of: path) == UInt32(S_IFIFO) else { throw refusal(path, errno) }
            guard signals.wait(milliseconds: retryInterval) == nil else { throw .signal }
        }
    }

    private static func standardOutput() throws(Refusal) -> DataOutput {
        do throws(Errno) {
            return try DataOutput()
        } catch {
            throw .refused(
                Diagnostic(stage: .stream, "there is no stdout to write to", cause: error.described, exitStatus: .io))
        }
    }

    private static func checkKind(of file: borrowing OwnedDescriptor, _ path: String) throws(Refusal) {
        var status = stat()
        guard unsafe fstat(file.rawValue, &status) == 0 else { throw refusal(path, .last) }
        guard status.st_mode & UInt32(S_IFMT) == UInt32(S_IFBLK) else { return }
        throw .refused(
            Diagnostic(
                stage: .stream, "will not write events to \(path)", cause: "it is a block device, a disk",
                nextStep: "name a file, a FIFO or -", exitStatus: .io))
    }

    private static func kind(of path: String) -> UInt32? {
        var status = stat()
        guard unsafe path.withCString({ unsafe lstat($0, &status) }) == 0 else { return nil }
        return status.st_mode & UInt32(S_IFMT)
    }

    private static func refusal(_ path: String, _ errno: Errno) -> Refusal {
        let cause: String
        var nextStep: String? = "name a file, a FIFO, a device or -"
        switch (errno, kind(of: path)) {
        case (.tooManySymbolicLinkLevels, UInt32(S_IFLNK)):
            cause = "it is a symbolic link, and those are not followed"
            nextStep = "name the file itself, or - for stdout"
        case (.isDirectory, _): cause = "it is a folder"
        case (_, UInt32(S_IFSOCK)): cause = "it is a socket"
        case (.noSuchFileOrDirectory, _):
            cause = errno.described
            nextStep = "make its folder first"
        case (.permissionDenied, .some):
            cause = errno.described
            nextStep =
                "root too is kept from files of others in folders like /tmp (fs.protected_regular, "
                + "fs.protected_fifos): make it as root, or elsewhere"
        default:
            cause = errno.described
            nextStep = nil
        }
        return .refused(
            Diagnostic(
                stage: .stream, "cannot open \(path) for the events", cause: cause, nextStep: nextStep,
                exitStatus: .io))
    }
}
