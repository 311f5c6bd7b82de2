// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import ToolSupport

/// Why a map's lock was not taken.
enum LockFailure: DiagnosticError {
    /// There is no place for locks; the daemon can go on without.
    case unavailable(Diagnostic)
    /// Another process has it.
    case busy(Diagnostic)
    /// Something is there that is not to be trusted, or a process that cannot be ended.
    case refused(Diagnostic)
    /// A signal came while the end of the other daemon was waited for.
    case signal

    var diagnostic: Diagnostic {
        switch self {
        case .unavailable(let diagnostic), .busy(let diagnostic), .refused(let diagnostic): diagnostic
        case .signal: Diagnostic(.endedEarly, .note, stage: .map, "ended before the map was taken over")
        }
    }

    init(_ failure: RunFolder.Failure) {
        switch failure {
        case .unavailable(let path, let errno): self = .unavailable(path, errno)
        case .untrusted(let path, let cause): self = .untrusted(path, cause)
        }
    }

    static func unavailable(_ path: String, _ errno: Errno) -> LockFailure {
        .unavailable(
            Diagnostic(
                .lockMissing, .warning, stage: .map, "nothing keeps a second daemon from the map",
                cause: "cannot make \(path): \(errno.name)"))
    }

    static func untrusted(_ path: String, _ cause: String) -> LockFailure {
        .refused(
            Diagnostic(
                .lockUntrusted, stage: .map, "will not use \(path) to lock the map", cause: cause,
                nextStep: "find out who made it, and remove it"))
    }
}
