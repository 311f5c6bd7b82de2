// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// Probes in tracefs whose process is gone, as SIGKILL leaves them.
package enum StaleProbes {
    /// Takes them away.
    ///
    /// Only events of our own group are touched, and only where process id and start time say that their process is no
    /// more; those of another pid namespace stay. Two loaders may do it at one time.
    ///
    /// - Returns: A note for what was removed, a warning for what could not be; nothing where there is no tracefs.
    package static func reap(roots: KernelRoots = KernelRoots()) -> [Diagnostic] {
        guard let tracefs = Tracefs.find(roots: roots) else { return [] }
        return reap(in: tracefs, roots: roots)
    }

    /// Takes them away from a tracefs found before.
    package static func reap(in tracefs: Tracefs, roots: KernelRoots = KernelRoots()) -> [Diagnostic] {
        // Who may not read the list could not have made a probe there either.
        guard let list = try? KernelFile.text(tracefs.kprobeEvents, limit: 16 << 20) else { return [] }
        return list.split(separator: "\n").compactMap(name(inLine:)).filter { $0.owner.isGone(roots: roots) }.map {
            reap($0, in: tracefs)
        }
    }

    private static func reap(_ name: ProbeEventName, in tracefs: Tracefs) -> Diagnostic {
        do throws(Errno) {
            try TracefsProbe.remove(name, from: tracefs)
        } catch {
            return Diagnostic(
                .staleProbeKept, .warning, stage: .cleanup,
                "the probe \(name.qualified) of process \(name.owner.pid), which is gone, stays behind",
                cause: error == .resourceBusy ? "another process still uses it" : error.described,
                nextStep: "remove it: echo '-:\(name.qualified)' >> \(tracefs.kprobeEvents)")
        }
        return Diagnostic(
            .staleProbeRemoved, .note, stage: .cleanup,
            "removed the probe \(name.qualified) that process \(name.owner.pid) left behind")
    }

    /// Reads `p:swift_bpf/k_effffffc_1234_5f3a_0_vfs_read vfs_read` and `r64:...`; nil for a line of others.
    static func name(inLine line: Substring) -> ProbeEventName? {
        guard line.first == "p" || line.first == "r", let colon = line.firstIndex(of: ":") else { return nil }
        let qualified = line[line.index(after: colon)...].prefix { $0 != " " }
        guard let slash = qualified.firstIndex(of: "/") else { return nil }
        return ProbeEventName(group: qualified[..<slash], event: qualified[qualified.index(after: slash)...])
    }
}
