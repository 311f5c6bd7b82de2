// SPDX-License-Identifier: Apache-2.0

public import Diagnostics

/// What stands behind the slash of a section's name, or was given in its place, is nothing to attach to.
public struct AttachTargetError: DiagnosticError, Equatable {
    /// What is wrong with it.
    public enum Reason: Error, Equatable {
        /// There is nothing behind the slash.
        case empty
        /// A byte that no such name has there, counted from 0.
        case character(at: Int)
        /// The name has more bytes than any of a kernel.
        case tooLong(bytes: Int, limit: Int)
        /// It is not the name of a function.
        case probe(ProbeTargetError)
        /// It is not what the kind of program takes there: in words.
        case form(String)
    }

    /// The pattern of section names that it belongs to, such as `tracepoint+`.
    public let pattern: String
    /// The text in place of the target.
    public let text: String
    /// What is wrong with it.
    public let reason: Reason
    /// How such a section is written.
    let form: String

    init(pattern: String, text: String, reason: Reason, form: String) {
        self.pattern = pattern
        self.text = text
        self.reason = reason
        self.form = form
    }

    /// A name that no target is read from.
    init(section: String, pattern: String?) {
        self.init(
            pattern: pattern ?? section, text: "",
            reason: .form(
                pattern == nil ? "it is no section name that says what a program is" : "it names no target"),
            form: "the name of a section with a target, such as kprobe/vfs_read or tracepoint/sched/sched_process_exec")
    }

    /// The error as the user sees it.
    public var diagnostic: Diagnostic {
        let way = pattern.hasSuffix("+") ? String(pattern.dropLast()) : pattern
        let shown = text.utf8.count > 80 ? String(text.prefix(76)) + "..." : text
        let whole = reason == .empty || !shown.isEmpty ? "\(way)/\(shown)" : way
        return Diagnostic(
            .attachTargetForm, stage: .object, "\"\(whole)\" does not name what to attach to", cause: cause,
            nextStep: "write \(form)")
    }

    private var cause: String {
        switch reason {
        case .empty: "there is nothing behind the slash"
        case .character(let index): "byte \(index) of \"\(text.prefix(80))\" cannot be part of such a name"
        case .tooLong(let bytes, let limit): "the name has \(bytes) bytes, and the kernel has none beyond \(limit)"
        case .probe(let error): error.diagnostic.cause ?? "it is not the name of a function"
        case .form(let words): words
        }
    }
}
