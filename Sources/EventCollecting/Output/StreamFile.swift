// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
package import Diagnostics
internal import Glibc
internal import ToolSupport

/// Opens what the stream goes into.
package enum StreamFile {
    /// Why it was not opened.
    package enum Refusal: DiagnosticError {
        /// A signal came before a FIFO had a reader.
        case signal
        /// It cannot be written, or should not be.
        case refused(Diagnostic)

        /// What the user is told.
        package var diagnostic: Diagnostic {
            switch self {
            case .signal: Diagnostic(.endedEarly, .note, stage: .stream, "ended before it began")
            case .refused(let diagnostic): diagnostic
            }
        }
    }

    /// How often a FIFO without a reader is tried, in milliseconds.
    private static let retryInterval: Int64 = 50

    /// Finds the folder of an output.
    static func place(of path: String) throws(Refusal) -> OutputPath {
        do throws(Errno) {
            return try OutputPath(path)
        } catch {
            throw refusal(path, error, kind: nil)
        }
    }

    /// Opens the output, and waits for the reader of a FIFO.
    ///
    /// Nothing is overwritten yet: that is for ``EventOutput/begin()``, once everything else has succeeded.
    ///
    /// - Parameters:
    ///   - place: Never followed through a symbolic link; nil for stdout.
    ///   - signals: End the wait.
    static func open(_ place: OutputPath?, signals: borrowing SignalSource) throws(Refusal) -> DataOutput {
        guard let place else { return try standardOutput() }
        while true {
            let output: DataOutput
            do throws(Errno) {
                output = DataOutput(try attempt(place))
            } catch {
                let kind = place.kind
                let waits =
                    kind == S_IFIFO && error == .noSuchAddressOrDevice
                    || kind == S_IFSOCK && error == .resourceTemporarilyUnavailable
                guard waits else { throw refusal(place.path, error, kind: kind) }
                guard signals.wait(milliseconds: retryInterval) == nil else { throw .signal }
                continue
            }
            try refuseDisk(output, place.path)
            return output
        }
    }

    static func standardOutput() throws(Refusal) -> DataOutput {
        do throws(Errno) {
            return try DataOutput()
        } catch {
            throw .refused(
                Diagnostic(.outputRefused, stage: .stream, "there is no stdout to write to", cause: error.described))
        }
    }

    private static func attempt(_ place: OutputPath) throws(Errno) -> OwnedDescriptor {
        do throws(Errno) {
            return try place.open()
        } catch {
            guard error == .noSuchAddressOrDevice, place.kind == S_IFSOCK else { throw error }
            return try StreamSocket.connect(to: place)
        }
    }

    private static func refuseDisk(_ output: borrowing DataOutput, _ path: String) throws(Refusal) {
        var status = stat()
        guard unsafe fstat(output.rawDescriptor, &status) == 0 else { throw refusal(path, .last, kind: nil) }
        guard status.st_mode & S_IFMT == S_IFBLK else { return }
        throw .refused(
            Diagnostic(
                .outputRefused, stage: .stream, "will not write events to \(path)",
                cause: "it is a block device, a disk",
                nextStep: "name a file, a FIFO, a socket or -"))
    }

    private static func refusal(_ path: String, _ errno: Errno, kind: UInt32?) -> Refusal {
        let cause: String
        var nextStep: Diagnostic.Hint? = "name a file, a FIFO, a socket, a device or -"
        switch (errno, kind) {
        case (.tooManySymbolicLinkLevels, S_IFLNK):
            cause = "it is a symbolic link, and those are not followed"
            nextStep = "name the file itself, or - for stdout"
        case (.isDirectory, _): cause = "it is a directory"
        case (.connectionRefused, S_IFSOCK):
            cause = "it is a socket that nobody listens on (ECONNREFUSED)"
            nextStep = "start its reader first"
        case (.protocolWrongTypeForSocket, S_IFSOCK):
            cause = "it is a socket of another type (EPROTOTYPE)"
            nextStep = "have its reader listen on a stream socket (SOCK_STREAM)"
        case (.noSuchFileOrDirectory, _):
            cause = errno.described
            nextStep = "create its directory first"
        case (.permissionDenied, .some):
            cause = errno.described
            nextStep =
                "root too is kept from files of others in directories like /tmp (fs.protected_regular, "
                + "fs.protected_fifos): make it as root, or elsewhere"
        default:
            cause = errno.described
            nextStep = nil
        }
        return .refused(
            Diagnostic(
                .outputRefused, stage: .stream, "cannot open \(path) for the events", cause: cause, nextStep: nextStep))
    }
}
