// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension TraceEvent: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        let (id, notes) = try TraceEvents.find(category: category, name: name, roots: kernel.roots)
        // All system calls share two tracepoints, and have events of their own.
        let hook = "tracepoint " + (category == "syscalls" ? "syscalls/" : "") + name
        return ResolvedTarget(self, at: TraceEventPlace(id: id, hook: hook), notes: notes)
    }

    func missing(_ kernel: inout TargetResolver) -> BPFError {
        TraceEvents.missing(
            category: category, name: name, in: Tracefs.find(roots: kernel.roots), roots: kernel.roots)
    }
}

/// A trace event by its number.
private struct TraceEventPlace: AttachPlace {
    let id: UInt64
    let hook: String?

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        let event: OwnedDescriptor
        do throws(Errno) {
            event = try PerfEvents.openTracepoint(id: id, cpu: OnlineCPU.first(roots: options.roots))
        } catch {
            throw BPFError(
                .attachProbe, .attachRefused, errno: error, "cannot open \(target)", cause: EventFailure.meaning(error))
        }
        var ties = EventTies()
        try ties.add(event, program, target, options)
        return ties.link(target)
    }
}
