// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject
package import Diagnostics

/// A trace event with its fields.
package struct ListedTraceEvent: Sendable, Equatable {
    /// A field of an event, as its `format` file describes it.
    package struct Field: Sendable, Equatable {
        /// The field as C declares it: `char prev_comm[16]`.
        package let declaration: String
        /// Bytes from the start of the event.
        package let offset: Int
        /// Bytes that it takes.
        package let size: Int
        /// Whether it is a signed number.
        package let isSigned: Bool
    }

    /// The category; nil where only the tracepoint is known.
    package var category: String?
    /// The name.
    package var name: String
    /// Its own fields; nil where they cannot be read.
    package var fields: [Field]?
    /// The arguments of a raw tracepoint, as C declares a function; nil where the types do not have them.
    package var declaration: String?

    /// The fields in a `format` file, without those that all events have.
    ///
    /// `field:char prev_comm[16];<tab>offset:8;<tab>size:16;<tab>signed:0;`
    static func fields(inFormat text: String) -> [Field] {
        text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ";").map { $0.drop { $0 == " " || $0 == "\t" } }
            func number(_ name: String) -> Int? {
                parts.first { $0.hasPrefix(name) }.flatMap { Int($0.dropFirst(name.utf8.count)) }
            }
            guard let first = parts.first, first.hasPrefix("field:"), let offset = number("offset:"),
                let size = number("size:")
            else { return nil }
            let declaration = String(first.dropFirst("field:".utf8.count))
            let name = declaration.split { $0 == " " || $0 == "*" }.last ?? ""
            guard !name.hasPrefix("common_") else { return nil }
            return Field(declaration: declaration, offset: offset, size: size, isSigned: number("signed:") == 1)
        }
    }
}

/// The trace events that a pattern means.
package struct TraceEventList: Sendable {
    /// In the order of their categories and names.
    package var events: [ListedTraceEvent]
    /// What the user should know of how they were found.
    package var notes: [Diagnostic] = []

    /// The most of them of which fields are read: each is a file.
    private static let mostFiles = 4096

    /// Looks for them in tracefs; where that is closed or not mounted, for tracepoints in the types of the kernel.
    ///
    /// - Parameter pattern: `sched_*`, or with a category: `sched/*`, `sched:sched_switch`.
    package static func matching(_ pattern: String, on kernel: Kernel) throws(BPFError) -> TraceEventList {
        var list = TraceEventList(events: [])
        let match = NamePattern(pattern)
        if let tracefs = Tracefs.find(roots: kernel.roots), KernelFile.mayRead(tracefs.path + "/available_events") {
            let found = TraceEvents.all(in: tracefs).filter { match.matches($0.category, $0.name) }
            list.events = found.sorted { ($0.category, $0.name) < ($1.category, $1.name) }.enumerated().map {
                let text =
                    $0 < mostFiles ? try? KernelFile.text("\(tracefs.path)/events/\($1.path)/format") : nil
                return ListedTraceEvent(
                    category: String($1.category), name: String($1.name),
                    fields: text.map(ListedTraceEvent.fields(inFormat:)))
            }
        } else {
            let lack = lackOfTracefs(kernel.roots)
            guard !match.hasCategory else {
                throw BPFError(
                    .resolveProbe, lack.code, "the categories of trace events are not known", cause: lack.cause,
                    nextStep: lack.next)
            }
            list.events = tracepoints(match, in: try kernel.allTypes())
            list.notes = [
                Diagnostic(
                    lack.code, .note, stage: .resolve,
                    "tracepoints are shown as the types of the kernel have them, for raw_tp and tp_btf",
                    cause: lack.cause, nextStep: lack.next)
            ]
        }
        guard !list.events.isEmpty else {
            throw BPFError(
                .resolveProbe, .noSuchTraceEvent, "no trace event of this kernel is meant by \(pattern)",
                nextStep: "write * for any text, as in 'tracepoint:sched_*' or 'tracepoint:sched/*'")
        }
        return list
    }

    /// Why tracefs cannot be read, and what helps.
    private static func lackOfTracefs(
        _ roots: KernelRoots
    ) -> (code: Diagnostic.Code, cause: String, next: Diagnostic.Hint) {
        guard TracingFiles(roots: roots) == .unmounted else {
            return (.tracingFilesClosed, "the files of tracefs are closed to this user", "run it as root: sudo")
        }
        return (
            .tracefsMissing, "tracefs is not mounted",
            "\(.mount("tracefs"), "sudo mount -t tracefs tracefs /sys/kernel/tracing")"
        )
    }

    /// Tracepoints by their typedefs: `typedef void (*btf_trace_NAME)(void *, ...)`.
    static func tracepoints(_ match: NamePattern, in types: [BTFNameIndex]) -> [ListedTraceEvent] {
        let prefix = "btf_trace_"
        var found: [ListedTraceEvent] = []
        for index in types {
            // The function that calls the programs has the same parameters, with names.
            let callers = Dictionary(
                index.btf.named(TargetFailure.caller, kind: .function).map { ($0.rest, $0.type) },
                uniquingKeysWith: { $1 })
            for (name, type) in index.btf.named(prefix, kind: .typedef) where match.matches(nil, name[...]) {
                // The first argument is the kernel's own.
                guard let pointer = index.btf.resolved(type.sizeOrType), pointer.kind == .pointer,
                    let prototype = index.btf[pointer.sizeOrType], prototype.kind == .prototype
                else { continue }
                let caller = callers[name].flatMap { index.btf[$0.sizeOrType] }
                let named = caller.flatMap { $0.kind == .prototype && $0.count == prototype.count ? $0 : nil }
                found.append(
                    ListedTraceEvent(
                        name: name,
                        declaration: index.btf.declaration(
                            of: named ?? prototype, named: name, from: 1, returning: prototype.sizeOrType)))
            }
        }
        return found.sorted { $0.name < $1.name }
    }
}

/// A pattern of names, with or without a category in front.
struct NamePattern {
    private let category: [UInt8]?
    private let name: [UInt8]

    /// Whether only names of some categories are meant.
    var hasCategory: Bool { category != nil }

    /// Reads `sched_*`, `sched/*` or `sched:*`; nothing at all means everything.
    init(_ text: String) {
        let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "/" || $0 == ":" }
        category = parts.count > 1 ? Array(parts[0].utf8) : nil
        let last = parts.last ?? ""
        name = last.isEmpty ? [UInt8(ascii: "*")] : Array(last.utf8)
    }

    /// Whether it means a name; one without a category has any.
    func matches(_ category: Substring?, _ name: Substring) -> Bool {
        if let wanted = self.category, let category, !Glob.matches(wanted[...], Array(category.utf8)[...]) {
            return false
        }
        return Glob.matches(self.name[...], Array(name.utf8)[...])
    }
}

extension BTF {
    /// The types of its own of a kind whose names begin so, each with the rest of its name.
    func named(_ prefix: String, kind: BTFKind) -> [(rest: String, type: BTFType)] {
        var found: [(rest: String, type: BTFType)] = []
        for id in firstID..<endID {
            guard let type = self[id], type.kind == kind, bytes(ofString: type.nameOffset).starts(with: prefix.utf8)
            else { continue }
            found.append((String(name(of: type).dropFirst(prefix.count)), type))
        }
        return found
    }
}
