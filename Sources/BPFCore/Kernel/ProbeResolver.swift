// SPDX-License-Identifier: Apache-2.0

public import BPFObject
internal import Diagnostics
internal import SystemPackage

/// Finds the function of the running kernel that a target means, or says why there is none.
public enum ProbeResolver {
    /// Resolves a target with the symbols of the running kernel.
    ///
    /// An exact name wins. Otherwise the name of a system call is looked for under its other names, functions that still
    /// have the arguments of the system call first. Where /proc/kallsyms cannot be read the name goes to the kernel as it
    /// is, with a warning.
    ///
    /// - Parameters:
    ///   - target: What the user asked for.
    ///   - roots: Where /proc and /sys are.
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/resolveProbe`` with the near names and the reason.
    public static func resolve(
        _ target: ProbeTarget, roots: KernelRoots = KernelRoots()
    ) throws(BPFError) -> ResolvedProbe {
        let symbols: KernelSymbols
        do throws(Errno) {
            symbols = try KernelSymbols(roots: roots)
        } catch {
            let warning = Diagnostic(
                .warning, stage: .resolve, "the name \(target) goes to the kernel unchecked",
                cause: "\(roots.proc)/kallsyms cannot be read: \(error.described)", exitStatus: .success)
            return ResolvedProbe(
                requested: target, module: target.module == "vmlinux" ? nil : target.module, symbol: target.symbol,
                notes: [warning])
        }
        return try resolve(target, symbols: symbols, roots: roots)
    }

    /// Resolves a target with symbols read before, for several targets in a row.
    public static func resolve(
        _ target: ProbeTarget, symbols: KernelSymbols, roots: KernelRoots = KernelRoots()
    ) throws(BPFError) -> ResolvedProbe {
        for choice in choices(for: target) {
            let copies = symbols.functions(named: choice.symbol, module: target.module)
            guard !copies.isEmpty else { continue }
            let (function, needsAddress) = try theOne(of: copies, target, symbols: symbols)
            if let error = ProbeFailure.blacklisted(function.name, target: target, roots: roots) { throw error }
            return ResolvedProbe(
                requested: target, module: function.module, symbol: function.name, address: function.address,
                needsAddress: needsAddress, notes: choice.notes)
        }
        throw ProbeFailure.notFound(target, symbols: symbols, roots: roots)
    }

    private static func choices(for target: ProbeTarget) -> [(symbol: String, notes: [Diagnostic])] {
        let syscall = target.module == nil || target.module == "vmlinux" ? SyscallName(symbol: target.symbol) : nil
        guard let syscall else { return [(target.symbol, [])] }
        let exact = (target.symbol, syscall.isWrapper ? [ProbeNotes.wrapper(target.symbol, .note)] : [])
        let plain = syscall.plainSymbols.filter { $0 != target.symbol }.map {
            (
                $0,
                [
                    syscall.isWrapper
                        ? ProbeNotes.unwrapped(target.symbol, to: $0) : ProbeNotes.renamed(target.symbol, to: $0)
                ]
            )
        }
        let wrappers = syscall.wrapperSymbols.filter { $0 != target.symbol }.map {
            ($0, [ProbeNotes.renamed(target.symbol, to: $0), ProbeNotes.wrapper($0, .warning)])
        }
        return [exact] + plain + wrappers
    }

    /// The function that a name means where it stands for exactly one.
    private static func theOne(
        of copies: [KernelSymbols.Function], _ target: ProbeTarget, symbols: KernelSymbols
    ) throws(BPFError) -> (KernelSymbols.Function, needsAddress: Bool) {
        guard let first = copies.first else { throw ProbeFailure.severalCopies(copies, target) }
        let isOnePlace = copies.allSatisfy { $0.address != nil && $0.address == first.address }
        guard copies.count == 1 || isOnePlace else { throw ProbeFailure.severalCopies(copies, target) }
        // The kernel counts the names of the image and of all modules, whichever of them is meant.
        return (first, symbols.functions(named: first.name).count > 1)
    }
}

/// What a user is told of a name that the kernel has otherwise.
enum ProbeNotes {
    static func renamed(_ symbol: String, to other: String) -> Diagnostic {
        Diagnostic(.note, stage: .resolve, "this kernel has \(symbol) as \(other)", exitStatus: .success)
    }

    static func unwrapped(_ symbol: String, to other: String) -> Diagnostic {
        Diagnostic(
            .warning, stage: .resolve,
            "this kernel has \(symbol) as \(other), whose arguments are those of the system call: "
                + "read them with PT_REGS_PARM1(ctx), not from saved registers", exitStatus: .success)
    }

    static func wrapper(_ symbol: String, _ severity: Diagnostic.Severity) -> Diagnostic {
        Diagnostic(
            severity, stage: .resolve,
            "the first argument of \(symbol) is a pointer to the saved registers: write BPF_KSYSCALL(...), or "
                + "PT_REGS_PARM1_CORE_SYSCALL((struct pt_regs *)PT_REGS_PARM1(ctx))", exitStatus: .success)
    }
}
