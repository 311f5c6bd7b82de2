// SPDX-License-Identifier: Apache-2.0

public import Diagnostics

/// Why an object does not tell what its events are.
public struct EventSchemaError: DiagnosticError, Equatable {
    /// What is wrong; the cases are stable to switch on.
    public enum Reason: Sendable, Equatable {
        /// The object has no BTF that can be read; why, if it has some.
        case noTypes(String?)
        /// No type has the name; those that are near, and whether one of it is declared but not defined.
        case notFound(near: [String], isDeclared: Bool)
        /// Several types of one kind have the name; the bytes of each.
        case ambiguous(sizes: [Int])
        /// It is `void`, a function or a typedef of something that has no size.
        case noSize
        /// An event of so many bytes fits no ring.
        case tooLarge(size: Int, limit: Int)
        /// What it is made of has more bytes of BTF than are read.
        case reachesTooMuch(limit: Int)
        /// The type lies within itself.
        case nesting
        /// A type of the BTF leads to one that is not there or has no values; by id.
        case damaged(type: Int, to: Int)
    }

    /// What is wrong.
    public let reason: Reason
    /// The type that was asked for.
    public let type: String
    /// The object's file name.
    public package(set) var object: String?

    package init(_ reason: Reason, _ type: String, object: String? = nil) {
        self.reason = reason
        self.type = type
        self.object = object
    }

    /// The error as the user sees it.
    public var diagnostic: Diagnostic {
        var diagnostic = ownDiagnostic
        diagnostic.object = object
        return diagnostic
    }

    private var ownDiagnostic: Diagnostic {
        let kept =
            "a compiler keeps a type only if something of the object is of it, and a pointer within a program is not"
        let keep: Diagnostic.Hint =
            "to keep it, declare a global variable: struct event *unused_event __attribute__((unused));"
        func error(
            _ code: Diagnostic.Code, stage: Diagnostic.Stage = .object, _ message: String, _ cause: String,
            details: [String] = [], next: Diagnostic.Hint? = nil
        ) -> Diagnostic {
            Diagnostic(
                code, stage: stage, message, cause: cause, details: details, nextStep: next)
        }
        switch reason {
        case .noTypes(let why):
            return error(
                .eventTypeUndescribed, "the object does not say what \(type) is", why ?? "it has no BTF",
                next: "\(.compile("-g -O2 -target bpf -c"), "compile the program with clang -g -O2 -target bpf -c")")
        case .notFound(let near, let isDeclared):
            let next: Diagnostic.Hint =
                near.isEmpty ? keep : "did you mean \(.chooseName(near), near.joined(separator: ", "))? If not, \(keep)"
            return error(
                .eventTypeUnknown, stage: .arguments, "the object has no type \(type)",
                isDeclared ? "it is declared, but its members are not described" : "nothing in its BTF has that name",
                details: [kept], next: next)
        case .ambiguous(let sizes):
            return error(
                .eventTypeAmbiguous, "the object has \(sizes.count) types \(type)",
                "they have \(sizes.prefix(8).map(String.init).joined(separator: ", "))\(sizes.count > 8 ? ", …" : "") bytes",
                next: "give the one that is meant a name of its own, with a typedef or in the source")
        case .noSize:
            return error(
                .eventTypeSizeless, stage: .arguments, "\(type) cannot be the type of an event", "it has no size")
        case .tooLarge(let size, let limit):
            return error(
                .eventTypeTooLarge, "\(type) cannot be the type of an event",
                "its \(size) bytes are more than the \(limit) that a ring takes")
        case .reachesTooMuch(let limit):
            return error(
                .eventTypeTooLarge, "\(type) reaches too many types",
                "what it is made of takes more than \(limit >> 20) MiB of BTF")
        case .nesting:
            return error(
                .eventTypeDamaged, "the type \(type) has no end", "it lies within itself, or types lie in it too deep")
        case .damaged(let from, let to):
            return error(
                .eventTypeDamaged, "the type \(type) cannot be followed",
                "type \(from) of the BTF leads to \(to), which has no values",
                next: "the file is damaged: compile the program again")
        }
    }
}
