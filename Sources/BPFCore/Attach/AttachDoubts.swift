// SPDX-License-Identifier: Apache-2.0

public import BPFObject
public import Diagnostics

/// Why the kernel may never call a program that it has attached, as far as the system tells.
public enum AttachDoubts {
    /// What switches programs of that kind off on this machine.
    ///
    /// - Parameters:
    ///   - target: What a program is attached to.
    ///   - roots: Where /proc and /sys are.
    public static func found(for target: AttachTarget, roots: KernelRoots = KernelRoots()) -> [Diagnostic] {
        switch target {
        case .kprobe, .syscall: disarmedProbes(roots)
        case .tracing(.entry, _, _), .tracing(.exit, _, _), .tracing(.modifyReturn, _, _), .tracing(.session, _, _):
            stoppedFtrace(roots)
        case .tracing(.lsm, _, _): inactiveModule(roots)
        case .none, .tracepoint, .rawTracepoint, .tracing, .perfEvent, .unnamed, .invalid: []
        }
    }

    /// Parts of the functions under a probe that the compiler made functions of their own.
    ///
    /// It reads the list of symbols, so it is for the time after everything is attached.
    ///
    /// - Parameters:
    ///   - target: What a program is attached to; only probes are reported.
    ///   - roots: Where /proc and /sys are.
    public static func copies(of target: ResolvedTarget, roots: KernelRoots = KernelRoots()) -> [Diagnostic] {
        guard let probe = target.probe, probe.offset == 0, !probe.symbol.contains("."),
            let symbols = try? KernelSymbols(roots: roots, named: [probe.symbol])
        else { return [] }
        // What lies in `.cold` runs within a call of the function itself.
        let copies = symbols.variants(of: probe.symbol).filter { name in
            [".isra.", ".constprop.", ".part."].contains { name.contains($0) } && !name.contains(".cold")
        }
        guard !copies.isEmpty else { return [] }
        let names = Set(copies).sorted()
        return [
            warning(
                "calls that go to \(names.prefix(3).joined(separator: ", ")) are not seen by the probe on \(probe)",
                "the compiler made changed copies of the function, or moved a part of it into one, for some of its callers",
                "attach the program to the copies as well; their arguments may differ")
        ]
    }

    private static func disarmedProbes(_ roots: KernelRoots) -> [Diagnostic] {
        guard let debugfs = Tracefs.debugfs(roots: roots), KernelFile.number(debugfs + "/kprobes/enabled") == 0 else {
            return stoppedFtrace(roots)
        }
        return [
            warning(
                "programs on probes are not called", "all kprobes of the machine are switched off",
                "echo 1 > \(debugfs)/kprobes/enabled")
        ]
    }

    private static func stoppedFtrace(_ roots: KernelRoots) -> [Diagnostic] {
        guard KernelFile.number(roots.proc + "/sys/kernel/ftrace_enabled") == 0 else { return [] }
        return [
            warning(
                "programs on the entry of functions may never be called", "kernel.ftrace_enabled is 0",
                "sysctl kernel.ftrace_enabled=1")
        ]
    }

    private static func inactiveModule(_ roots: KernelRoots) -> [Diagnostic] {
        guard let line = KernelFile.line(roots.sys + "/kernel/security/lsm"), !line.isEmpty else { return [] }
        let modules = line.split(separator: ",")
        guard !modules.contains("bpf") else { return [] }
        return [
            warning(
                "programs on hooks of the security modules are attached and never called",
                "`bpf` is not among the active security modules: \(line)",
                "boot with lsm=\(line),bpf")
        ]
    }

    private static func warning(_ message: String, _ cause: String, _ nextStep: String) -> Diagnostic {
        Diagnostic(.warning, stage: .attach, message, cause: cause, nextStep: nextStep, exitStatus: .success)
    }
}

extension ResolvedTarget {
    /// What a program here is called for, whichever way it is attached; nil for samples, which each program has alone.
    ///
    /// Two programs with the same hook see each event both.
    public var hook: String? {
        switch target {
        case .kprobe, .syscall:
            probe.map { probe in
                let place = probe.kernelName + (probe.needsAddress ? probe.address.map { "@\($0)" } ?? "" : "")
                return probe.isReturn ? "the return of \(place)" : place
            }
        case .tracepoint("syscalls", let name): "tracepoint syscalls/\(name)"
        case .tracepoint(_, let name), .rawTracepoint(let name), .tracing(.rawTracepoint, _, let name):
            "tracepoint \(name)"
        case .tracing(.exit, let module, let name): "the return of \(Self.place(module, name))"
        case .tracing(.entry, let module, let name), .tracing(.modifyReturn, let module, let name):
            Self.place(module, name)
        case .tracing(.lsm, _, let name): "the security hook \(name)"
        case .none, .tracing, .perfEvent, .unnamed, .invalid: nil
        }
    }

    private static func place(_ module: String?, _ name: String) -> String {
        (module.map { $0 + ":" } ?? "") + name
    }
}
