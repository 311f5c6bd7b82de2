// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// The trace events of tracefs: `events/CATEGORY/NAME`.
enum TraceEvents {
    /// Finds the number of an event, for perf_event_open(2); where tracefs is not mounted, through a mount of our own.
    ///
    /// - Returns: The number, and what the user should know of how it was found.
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/resolveProbe`` with the near names.
    static func find(
        category: String, name: String, roots: KernelRoots
    ) throws(BPFError) -> (id: UInt64, notes: [Diagnostic]) {
        if let tracefs = Tracefs.find(roots: roots) {
            return (try id(category: category, name: name, in: tracefs, roots: roots), [])
        }
        // Only the machine's own kernel can be mounted.
        guard roots == KernelRoots(), let held = try? HeldTracefs() else {
            throw missing(category: category, name: name, in: nil, roots: roots)
        }
        let id = try id(category: category, name: name, in: held.tracefs, roots: roots)
        extendLifetime(held)
        return (id, [HeldTracefs.note])
    }

    private static func id(
        category: String, name: String, in tracefs: Tracefs, roots: KernelRoots
    ) throws(BPFError) -> UInt64 {
        let path = "\(tracefs.path)/events/\(category)/\(name)/id"
        let text: String
        do throws(Errno) {
            text = try KernelFile.text(path, limit: 4096)
        } catch {
            if error == .noSuchFileOrDirectory || error == .notDirectory {
                throw missing(category: category, name: name, in: tracefs, roots: roots)
            }
            throw BPFError(
                .resolveProbe, .kernelFileUnreadable, errno: error, "cannot read the id of trace event: \(path)")
        }
        guard let id = UInt64(text.prefix { $0.isNumber }) else {
            throw BPFError(
                .resolveProbe, .kernelFileMalformed, "\(path) holds no number", cause: "it reads: \(text.prefix(80))")
        }
        return id
    }

    /// Why there is no such event.
    static func missing(category: String, name: String, in tracefs: Tracefs?, roots: KernelRoots) -> BPFError {
        let event = "\(category)/\(name)"
        guard let tracefs else {
            return BPFError(
                .resolveProbe, .tracefsMissing, "cannot look for the trace event \(event)",
                cause: "tracefs is not mounted",
                nextStep: "mount it: \(.mount("tracefs"), "mount -t tracefs tracefs \(roots.sys)/kernel/tracing")")
        }
        let events = all(in: tracefs)
        let near = near(category: category, name: name, among: events)
        let (cause, step) = reason(category, name, events, roots)
        return BPFError(
            .resolveProbe, .noSuchTraceEvent, "there is no trace event \(event) in this kernel", cause: cause,
            details: near.isEmpty ? [] : ["near: " + near.joined(separator: ", ")],
            nextStep: step ?? near.first.map { "did you mean \(.chooseName([$0]), $0)?" }
                ?? "all there are: cat \(tracefs.path)/available_events")
    }

    /// An event by its two names.
    struct Event: Equatable {
        let category: Substring
        let name: Substring

        var path: String { "\(category)/\(name)" }

        /// Whether it shows that tracepoint; all system calls share two, which have events of another category.
        func isOf(_ tracepoint: String) -> Bool { name == tracepoint && category != "syscalls" }
    }

    /// All events, from lines such as `sched:sched_switch`.
    static func all(in tracefs: Tracefs) -> [Event] {
        let text = (try? KernelFile.text(tracefs.path + "/available_events", limit: 4 << 20)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return parts.count == 2 ? Event(category: parts[0], name: parts[1]) : nil
        }
    }

    /// The same name elsewhere, then names at most two typing errors away, those of the same category first.
    private static func near(category: String, name: String, among events: [Event]) -> [String] {
        let elsewhere = events.filter { $0.name == name }.map(\.path)
        if !elsewhere.isEmpty { return Array(elsewhere.prefix(5)) }
        var distance = EditDistance()
        let (wantedName, wantedCategory) = (Array(name.utf8)[...], Array(category.utf8)[...])
        let ranked = events.compactMap { event -> (rank: Int, path: String)? in
            let isHere = event.category == category
            guard
                isHere || distance.between(Array(event.category.utf8)[...], wantedCategory, atMost: 2) != nil,
                let rank = distance.between(Array(event.name.utf8)[...], wantedName, atMost: 2)
            else { return nil }
            return (rank * 2 + (isHere ? 0 : 1), event.path)
        }
        return ranked.sorted { ($0.rank, $0.path) < ($1.rank, $1.path) }.prefix(5).map(\.path)
    }

    private static func reason(
        _ category: String, _ name: String, _ events: [Event], _ roots: KernelRoots
    ) -> (cause: String, nextStep: Diagnostic.Hint?) {
        if let other = events.first(where: { $0.name == name }) {
            return ("it is not in \(category) but in \(other.category)", nil)
        }
        guard !events.contains(where: { $0.category == category }) else {
            return ("the category \(category) has no event of that name", nil)
        }
        if category == "syscalls" {
            return (
                "this kernel has no trace events for system calls (CONFIG_FTRACE_SYSCALLS)",
                name.hasPrefix("sys_enter_") ? "use ksyscall/\(name.dropFirst(10))" : nil
            )
        }
        switch KernelModules(roots: roots).state(of: category) {
        case .available:
            return ("the module \(category) is not loaded", "load it: \(.loadModule(category), "modprobe \(category)")")
        case .loaded, .builtIn, .unknown:
            return ("there is no category \(category): misspelt, in a module, or not part of this kernel", nil)
        }
    }
}
