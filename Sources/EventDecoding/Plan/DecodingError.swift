// SPDX-License-Identifier: Apache-2.0

public import Diagnostics

/// Why events of a type cannot be decoded.
public struct DecodingError: DiagnosticError, Equatable {
    /// What is wrong; the cases are stable to switch on.
    public enum Reason: Sendable, Equatable {
        /// The BTF cannot be read; why.
        case damaged(String)
        /// The type is not in the BTF, or has no size.
        case noType(id: Int)
        /// The type has more values than are planned for.
        case tooMany(limit: Int)
        /// The names of the type's members and enumerators have more bytes than are kept.
        case names(limit: Int)
        /// The type has more types within types than are planned for, or lies within itself.
        case nesting(limit: Int)
    }

    /// What is wrong.
    public let reason: Reason
    /// The type, as C writes it.
    public let type: String

    init(_ reason: Reason, _ type: String) {
        self.reason = reason
        self.type = type
    }

    /// The error as the user sees it.
    public var diagnostic: Diagnostic {
        let cause =
            switch reason {
            case .damaged(let why): why
            case .noType(let id): "type \(id) is not in its BTF, or has no size"
            case .tooMany(let limit): "it has more than \(limit) values"
            case .names(let limit): "its names have more than \(limit >> 20) MiB"
            case .nesting(let limit): "it has more than \(limit) types within each other"
            }
        return Diagnostic(
            .eventTypeUndecodable, stage: .stream, "events of type \(type.terminalSafe) cannot be decoded",
            cause: cause,
            nextStep: "name another type by \(.eventType), or describe the event by \(.eventLayout)")
    }
}
