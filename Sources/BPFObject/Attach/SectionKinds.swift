// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// The kinds of programs: the names of libbpf 1.7 and of the kernel tree after it.
package enum SectionKinds {
    /// Every kind; no section name is of two.
    package static let all: [any SectionKind.Type] = [
        // Attached by their sections
        Kprobe.self, SystemCall.self, TraceEvent.self, RawTracepoint.self, PerfEventSamples.self, TracedFunction.self,
        TypedTracepoint.self, SecurityHook.self, KernelIterator.self, UserProbe.self, UserTracepoint.self,
        MultiKprobes.self, MultiTracedFunctions.self,
        // Attached where the command line or the caller says
        XDP.self, TrafficControl.self, Netkit.self, CgroupPrograms.self, SocketLookup.self, FlowDissector.self,
        NetfilterHook.self, SocketMapPrograms.self, CgroupSecurityHook.self, Replacement.self,
        // Loaded, and attached by others
        XDPMapEntries.self, TrafficAction.self, SocketPrograms.self, LightweightTunnel.self, InfraredDecoder.self,
        StructOps.self, SyscallProgram.self,
    ]

    /// The kind and the pattern that a section's name, its `?` taken off, is of.
    static func find(_ section: Substring) -> (kind: any SectionKind.Type, pattern: SectionPattern)? {
        for kind in all {
            if let pattern = kind.sections.first(where: { $0.matches(section) }) { return (kind, pattern) }
        }
        for kind in all {
            if let pattern = kind.sections.first(where: { $0.matchesWithSuffix(section) }) { return (kind, pattern) }
        }
        return nil
    }

    /// The name that a section of no kind may have meant, with what it says behind the slash; nil if none is near.
    package static func near(_ section: String) -> String? {
        let isOptional = section.hasPrefix("?")
        // bpftrace has a colon there.
        let colon = section.contains("/") ? nil : section.firstIndex(of: ":")
        let isSpelt = colon.map { mark in
            all.contains { $0.sections.contains { $0.takesTarget && $0.base == section[..<mark] } }
        }
        if let colon, isSpelt == true { return section[..<colon] + "/" + section[section.index(after: colon)...] }
        let parts = section.dropFirst(isOptional ? 1 : 0).split(separator: "/", maxSplits: 1)
        guard let kind = parts.first else { return nil }
        let patterns = all.flatMap { $0.sections }
        // A name with a slash of its own (cgroup/skb) is looked for as a whole.
        let names = patterns.map { String($0.base) }
        let rest = parts.count > 1 ? "/" + parts[1] : ""
        let mark = isOptional ? "?" : ""
        if let whole = EditDistance.names(near: kind + rest, among: names.filter { $0.contains("/") }).first {
            return mark + whole
        }
        let targeted = patterns.filter { rest.isEmpty || $0.takesTarget }.map { String($0.base) }
        return EditDistance.names(near: String(kind), among: targeted).first.map { mark + $0 + rest }
    }

    /// The kind and the pattern that a target given for a program begins with, and what follows; the longest name wins,
    /// so that `tc/ingress:eth0` is not `tc`.
    static func find(
        given target: Substring
    ) -> (kind: any SectionKind.Type, pattern: SectionPattern, text: Substring)? {
        var found: (kind: any SectionKind.Type, pattern: SectionPattern, text: Substring)?
        for kind in all {
            for pattern in kind.sections {
                guard let text = pattern.text(given: target) else { continue }
                if let best = found, best.pattern.base.utf8.count >= pattern.base.utf8.count { continue }
                found = (kind, pattern, text)
            }
        }
        return found
    }

    /// The kind that a target given for a program names by a word for all of its sections, and what follows: as
    /// `cgroup:/sys/fs/cgroup/a:egress`, for a program whose section says nothing.
    static func find(
        family target: Substring
    ) -> (kind: any SectionKind.Type, pattern: SectionPattern, text: Substring)? {
        guard let mark = target.utf8.firstIndex(where: { $0 == UInt8(ascii: ":") }) else { return nil }
        for kind in all where kind.families.contains(String(target[..<mark])) {
            guard let pattern = kind.sections.first(where: { $0.attachType == nil }) ?? kind.sections.first else {
                continue
            }
            return (kind, pattern, target[target.utf8.index(after: mark)...])
        }
        return nil
    }
}
