// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import ToolSupport

/// `--list PATTERN`: what programs can be attached to, with declarations as the types of the kernel have them.
struct PlaceList {
    let reporter: Reporter

    /// What a list can be asked for, by what stands in front of the colon.
    static let kinds = ["usdt", "tracepoint", "lsm", "iter", "struct_ops"]

    /// Prints those that a text means: `tcp_*`, `tracepoint:sched_*`, `lsm:file_*`.
    func show(_ text: String) throws -> ExitStatus {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { return try functions(text) }
        if ["tracepoint", "tp", "raw_tp", "tp_btf"].contains(parts[0]) { return try traceEvents(parts[1]) }
        if ["kprobe", "kretprobe", "kprobe.multi", "fentry", "fexit"].contains(parts[0]) {
            return try functions(parts[1])
        }
        if let kind = HookKind(rawValue: parts[0]) { return try hooks(kind, parts[1]) }
        // What is no kind is the module of a function.
        return try functions(text)
    }

    // MARK: - Functions

    private func functions(_ text: String) throws -> ExitStatus {
        let pattern: FunctionPattern
        do {
            pattern = try FunctionPattern(reading: text[...])
        } catch {
            throw CommandMistake.value(
                "--list", text, "is neither a pattern of functions nor KIND:PATTERN",
                hint: "write 'tcp_*', or one of: \(Self.kinds.map { $0 + ":" }.joined(separator: " "))")
        }
        let list: FunctionList
        do throws(BPFError) {
            list = try FunctionList.matching(pattern, on: Kernel())
        } catch {
            guard error.diagnostic.code == .noSuchFunction, let hint = Self.hint(for: text) else { throw error }
            var error = error
            error.diagnostic.hint = hint
            throw error
        }
        list.notes.forEach(reporter.report)
        tell(list.functions, event: "function", text: Self.line) { function in
            [
                ("name", .string(function.name)), ("module", function.module.map { .string($0) } ?? .null),
                ("copies", .integer(Int64(function.copies))), ("kprobe", .string(function.kprobe.rawValue)),
                ("fentry", .string(function.fentry.rawValue)),
                ("declaration", function.declaration.map { .string($0) } ?? .null),
            ]
        }
        return .success
    }

    /// Where what is no function is listed; nil if that is not known.
    private static func hint(for text: String) -> Diagnostic.Hint? {
        if !EditDistance.names(near: text, among: [LoadKpBpf.listOfTools]).isEmpty {
            return "the ready tools are listed by: load-kp-bpf --list \(LoadKpBpf.listOfTools)"
        }
        let event = text.split(separator: ":", maxSplits: 1).joined(separator: "/")
        // Who may not read the list of tracepoints is told what there is no function of.
        guard let list = try? TraceEventList.matching(event, on: Kernel()), !list.events.isEmpty else { return nil }
        return "there are tracepoints of the name: load-kp-bpf --list 'tracepoint:\(event.terminalSafe)'"
    }

    /// A function, as `kprobe fentry  int tcp_connect(struct sock *sk)`.
    static func line(_ function: ListedFunction) -> String {
        let ways = [("kprobe", function.kprobe), ("fentry", function.fentry)].map { name, state in
            switch state {
            case .works: name
            case .no: "-     "
            case .unknown: "?     "
            }
        }
        return ways.joined(separator: " ") + "  " + (function.declaration ?? function.name)
            + (function.module.map { "  [\($0)]" } ?? "")
            + (function.copies > 1 ? "  (\(function.copies) copies: \(function.name)@1 ...)" : "")
    }

    // MARK: - Trace events

    private func traceEvents(_ pattern: String) throws -> ExitStatus {
        let list = try TraceEventList.matching(pattern, on: Kernel())
        list.notes.forEach(reporter.report)
        tell(list.events, event: "trace-event", text: Self.lines) { event in
            [
                ("category", event.category.map { .string($0) } ?? .null), ("name", .string(event.name)),
                ("declaration", event.declaration.map { .string($0) } ?? .null),
                ("fields", event.fields.map { .array($0.map(Self.json)) } ?? .null),
            ]
        }
        return .success
    }

    static func lines(_ event: ListedTraceEvent) -> String {
        guard let category = event.category else { return event.declaration ?? event.name }
        return (["\(category)/\(event.name)"] + (event.fields ?? []).map { "  \($0.declaration)" })
            .joined(separator: "\n")
    }

    private static func json(_ field: ListedTraceEvent.Field) -> JSONValue {
        .object([
            ("declaration", .string(field.declaration)), ("offset", .integer(Int64(field.offset))),
            ("size", .integer(Int64(field.size))), ("signed", .bool(field.isSigned)),
        ])
    }

    // MARK: - Hooks

    private func hooks(_ kind: HookKind, _ pattern: String) throws -> ExitStatus {
        let found = try kind.matching(pattern, on: Kernel())
        tell(found, event: kind.rawValue, text: Self.lines) { hook in
            [("name", .string(hook.name)), ("declaration", .string(hook.declaration))]
                + (kind == .structure ? [("members", .array(hook.members.map { .string($0) }))] : [])
        }
        return .success
    }

    static func lines(_ hook: ListedHook) -> String {
        ([hook.declaration] + hook.members.map { "  " + $0 }).joined(separator: "\n")
    }

    // MARK: -

    /// Entries that go out with one write.
    private static let entriesOfOneWrite = 256

    /// Prints entries: a line of JSON for each, or texts of many together.
    private func tell<Entry>(
        _ entries: [Entry], event: String, text: (Entry) -> String, members: (Entry) -> [(String, JSONValue)]
    ) {
        guard reporter.format == .text else {
            for entry in entries { reporter.status("", event: event, members(entry)) }
            return
        }
        var start = 0
        while start < entries.count {
            let end = min(start + Self.entriesOfOneWrite, entries.count)
            reporter.status(entries[start..<end].map(text).joined(separator: "\n"), event: event)
            start = end
        }
    }
}
