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

    /// Calls that the programs of a run do not see.
    package struct Unseen: Sendable {
        /// What is told of it.
        package var doubt: Diagnostic
        /// Whether it is of a program on many functions.
        package let isOfMany: Bool
    }

    /// Calls that go to parts of functions under a probe that the compiler made functions of their own, functions that a
    /// pattern means and that take no program, and system calls of 32-bit programs, which go through functions of their own
    /// on x86-64.
    ///
    /// It reads the list of symbols, once for all of them, so it is for the time after everything is attached.
    ///
    /// - Parameters:
    ///   - targets: What the programs of a run are attached to.
    ///   - roots: Where /proc and /sys are.
    package static func unseenCalls(
        of targets: [ResolvedTarget], roots: KernelRoots = KernelRoots()
    ) -> [Unseen] {
        let wrappers = compatWrappers(of: targets)
        let names = Set(wrappers + targets.compactMap(\.place.copiedSymbol))
        let symbols = names.isEmpty ? nil : try? KernelSymbols(roots: roots, named: names)
        var found: [Unseen] = []
        for target in targets {
            for doubt in target.place.unseenCalls(roots, symbols) where !found.contains(where: { $0.doubt == doubt }) {
                found.append(Unseen(doubt: doubt, isOfMany: !target.functions.isEmpty))
            }
        }
        let unseen = symbols.map { symbols in wrappers.filter { !symbols.functions(named: $0).isEmpty } } ?? []
        guard !unseen.isEmpty else { return found }
        let rest = unseen.count - mostNames
        let doubt = Diagnostic(
            .programNotInKernel, .note, stage: .attach, "system calls of 32-bit programs are not seen",
            cause: "they go through " + unseen.prefix(mostNames).joined(separator: ", ")
                + (rest > 0 ? " and \(rest) others" : ""),
            nextStep: "a program there sees them; its first argument is a pointer to the saved registers")
        return found + [Unseen(doubt: doubt, isOfMany: false)]
    }

    /// The functions that system calls of 32-bit programs go through, of those that are traced.
    private static func compatWrappers(of targets: [ResolvedTarget]) -> [String] {
        let symbols = targets.compactMap(\.probe).filter { $0.offset == 0 }.map(\.symbol)
        let traced = Set(symbols + targets.flatMap(\.functions))
        var names: [String] = []
        for symbol in symbols {
            for name in SyscallName.compatWrappers(of: symbol) where !traced.contains(name) && !names.contains(name) {
                names.append(name)
            }
        }
        return names
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
