// SPDX-License-Identifier: Apache-2.0

package import BPFObject
package import Diagnostics

/// Why the kernel may never call a program that it has attached, as far as the system tells.
package enum AttachDoubts {
    /// What switches programs of that kind off on this machine.
    ///
    /// - Parameters:
    ///   - target: What a program is attached to.
    ///   - roots: Where /proc and /sys are.
    package static func found(for target: AttachTarget, roots: KernelRoots = KernelRoots()) -> [Diagnostic] {
        KernelAttachKinds.find(target)?.doubts(roots) ?? []
    }

    /// Parts of the functions under a probe that the compiler made functions of their own.
    ///
    /// It reads the list of symbols, so it is for the time after everything is attached.
    ///
    /// - Parameter target: What a program is attached to; nothing is told but of probes.
    package static func copies(of target: ResolvedTarget, roots: KernelRoots = KernelRoots()) -> [Diagnostic] {
        target.place.unseenCalls(roots)
    }

    /// System calls of 32-bit programs, which go through functions of their own on x86-64.
    ///
    /// It reads the list of symbols, as ``copies(of:roots:)``.
    ///
    /// - Parameter targets: What the programs of a run are attached to.
    /// - Returns: One note for all of them.
    package static func compatCalls(
        of targets: [ResolvedTarget], roots: KernelRoots = KernelRoots()
    ) -> [Diagnostic] {
        let symbols = targets.compactMap(\.probe).filter { $0.offset == 0 }.map(\.symbol)
        let traced = Set(symbols + targets.flatMap(\.functions))
        var names: [String] = []
        for symbol in symbols {
            for name in SyscallName.compatWrappers(of: symbol) where !traced.contains(name) && !names.contains(name) {
                names.append(name)
            }
        }
        guard !names.isEmpty, let found = try? KernelSymbols(roots: roots, named: Set(names)) else { return [] }
        let unseen = names.filter { !found.functions(named: $0).isEmpty }
        guard !unseen.isEmpty else { return [] }
        let rest = unseen.count - mostNames
        return [
            Diagnostic(
                .programNotInKernel, .note, stage: .attach, "system calls of 32-bit programs are not seen",
                cause: "they go through " + unseen.prefix(mostNames).joined(separator: ", ")
                    + (rest > 0 ? " and \(rest) others" : ""),
                nextStep: "a program there sees them; its first argument is a pointer to the saved registers")
        ]
    }

    /// Functions that a line names.
    private static let mostNames = 3

    /// Of programs that the kernel calls from the entry of functions.
    static func stoppedFtrace(_ roots: KernelRoots) -> [Diagnostic] {
        guard KernelFile.number(roots.proc + "/sys/kernel/ftrace_enabled") == 0 else { return [] }
        return [
            warning(
                "programs on the entry of functions may never be called", "kernel.ftrace_enabled is 0",
                "sysctl kernel.ftrace_enabled=1")
        ]
    }

    /// Of programs on hooks of the security modules.
    static func inactiveSecurityModule(_ roots: KernelRoots) -> [Diagnostic] {
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

    static func warning(_ message: String, _ cause: String, _ nextStep: Diagnostic.Hint) -> Diagnostic {
        Diagnostic(.programNotInKernel, .warning, stage: .attach, message, cause: cause, nextStep: nextStep)
    }
}
