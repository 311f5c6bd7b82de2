// SPDX-License-Identifier: Apache-2.0

public import Diagnostics

/// What stands behind the slash of a section's name, or was given in its place, is nothing to attach to.
public struct AttachTargetError: DiagnosticError, Equatable {
    /// What is wrong with it.
    public enum Reason: Error, Equatable {
        /// There is nothing behind the slash.
        case empty
        /// A trace event takes a category and a name.
        case noEventName
        /// A byte that no such name has there, counted from 0.
        case character(at: Int)
        /// The name has more bytes than any of a kernel.
        case tooLong(bytes: Int, limit: Int)
        /// It is not the name of a function.
        case probe(ProbeTargetError)
    }

    /// The pattern of section names that it belongs to, such as `tracepoint+`.
    public let pattern: String
    /// The text in place of the target.
    public let text: String
    /// What is wrong with it.
    public let reason: Reason

    /// The error as the user sees it.
    public var diagnostic: Diagnostic {
        let way = pattern.hasSuffix("+") ? String(pattern.dropLast()) : pattern
        let shown = text.utf8.count > 80 ? String(text.prefix(76)) + "..." : text
        return Diagnostic(
            stage: .object, "\"\(way)/\(shown)\" does not name what to attach to", cause: cause,
            nextStep: "write \(form(of: way))", exitStatus: .badData)
    }

    private var cause: String {
        switch reason {
        case .empty: "there is nothing behind the slash"
        case .noEventName: "there is a category and no name of an event"
        case .character(let index): "byte \(index) of \"\(text.prefix(80))\" cannot be part of such a name"
        case .tooLong(let bytes, let limit): "the name has \(bytes) bytes, and the kernel has none beyond \(limit)"
        case .probe(let error): error.diagnostic.cause ?? "it is not the name of a function"
        }
    }

    private func form(of way: String) -> String {
        switch way.split(separator: ".").first ?? "" {
        case "tracepoint", "tp": "SEC(\"\(way)/CATEGORY/NAME\"), such as \(way)/sched/sched_process_exec"
        case "raw_tracepoint", "raw_tp", "tp_btf": "SEC(\"\(way)/NAME\"), such as \(way)/sched_process_exec"
        case "ksyscall", "kretsyscall": "SEC(\"\(way)/NAME\") with the name of a system call, such as \(way)/openat"
        case "kprobe": "SEC(\"kprobe/[MODULE:]NAME[+OFFSET]\"), such as kprobe/vfs_read"
        case "lsm", "lsm_cgroup": "SEC(\"\(way)/HOOK\"), such as \(way)/file_open"
        case "iter": "SEC(\"\(way)/NAME\"), such as \(way)/task"
        default: "SEC(\"\(way)/[MODULE:]NAME\"), such as \(way)/vfs_read"
        }
    }
}
