// SPDX-License-Identifier: Apache-2.0

package import BPFObject
internal import Diagnostics

/// Finds the function of the running kernel that a target means, or says why there is none.
package enum ProbeResolver {
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
    package static func resolve(
        _ target: ProbeTarget, roots: KernelRoots = KernelRoots()
    ) throws(BPFError) -> ResolvedProbe {
        let symbols: KernelSymbols
        do throws(Errno) {
            symbols = try KernelSymbols(roots: roots)
        } catch {
            return ResolvedProbe(
                requested: target, module: target.module == "vmlinux" ? nil : target.module, symbol: target.symbol,
                notes: [ProbeNotes.unchecked(target, roots: roots, because: error.described)])
        }
        return try resolve(target, symbols: symbols, roots: roots)
    }

    /// Resolves a target with symbols read before, for several targets in a row.
    package static func resolve(
        _ target: ProbeTarget, symbols: KernelSymbols, roots: KernelRoots = KernelRoots()
    ) throws(BPFError) -> ResolvedProbe {
        if target.copy != nil {
            let chosen = try resolveCopies(target, symbols: symbols, roots: roots)
            guard let only = chosen.first, chosen.count == 1 else {
                throw ProbeFailure.severalPlaces(chosen.count, target)
            }
            return only
        }
        let search = Search(target: target, symbols: symbols, roots: roots)
        let copies = symbols.functions(named: target.symbol, module: target.module)
        if !copies.isEmpty {
            let function = try search.only(of: copies)
            if ProbeFailure.isBlacklisted(function.name, roots: roots) {
                throw ProbeFailure.blacklisted(function.name, roots: roots)
            }
            try search.checkOffset(in: function)
            return search.probe(
                on: function, notes: ProbeNotes.onExact(target), alternatives: search.callSite(of: function))
        }
        let places = search.renamed
        guard let first = places.first else { throw ProbeFailure.notFound(target, symbols: symbols, roots: roots) }
        try search.checkOffset(in: first.function)
        let rest = places.dropFirst().map { search.probe(on: $0.function, notes: $0.notes) }
        return search.probe(
            on: first.function, notes: first.notes,
            alternatives: target.offset == 0 ? search.callSite(of: first.function) + rest : [])
    }

    /// Resolves a target that chooses among several functions of one name: each one that it means.
    static func resolveCopies(
        _ target: ProbeTarget, symbols: KernelSymbols, roots: KernelRoots
    ) throws(BPFError) -> [ResolvedProbe] {
        let search = Search(target: target, symbols: symbols, roots: roots)
        let copies = search.distinct(symbols.functions(named: target.symbol, module: target.module))
        guard !copies.isEmpty else { throw ProbeFailure.notFound(target, symbols: symbols, roots: roots) }
        let chosen: [KernelSymbols.Function]
        switch target.copy {
        case nil, .all?: chosen = copies
        case .number(let number)?:
            chosen = copies.indices.contains(number - 1) ? [copies[number - 1]] : []
        case .address(let address)?: chosen = copies.filter { $0.address == address }
        }
        guard !chosen.isEmpty else { throw ProbeFailure.noSuchCopy(copies, target) }
        guard copies.count == 1 || chosen.allSatisfy({ $0.address != nil }) else {
            throw ProbeFailure.hiddenCopies(target, roots: roots)
        }
        for function in chosen { try search.checkOffset(in: function) }
        return chosen.map { search.probe(on: $0, notes: ProbeNotes.onExact(target)) }
    }
}

/// The search for one target.
private struct Search {
    typealias Function = KernelSymbols.Function

    let target: ProbeTarget
    let symbols: KernelSymbols
    let roots: KernelRoots
    let syscall: SyscallName?

    init(target: ProbeTarget, symbols: KernelSymbols, roots: KernelRoots) {
        self.target = target
        self.symbols = symbols
        self.roots = roots
        syscall = target.module == nil || target.module == "vmlinux" ? SyscallName(symbol: target.symbol) : nil
    }

    func probe(on function: Function, notes: [Diagnostic], alternatives: [ResolvedProbe] = []) -> ResolvedProbe {
        // The kernel counts the names of the image and of all modules, whichever of them is meant.
        ResolvedProbe(
            requested: target, module: function.module, symbol: function.name, address: function.address,
            needsAddress: symbols.functions(named: function.name).count > 1, notes: notes, alternatives: alternatives)
    }

    /// The function that a name means where it stands for exactly one.
    func only(of copies: [Function]) throws(BPFError) -> Function {
        guard let first = copies.first, copies.count == 1 || copies.allSatisfy({ Self.isSame($0, first) }) else {
            throw ProbeFailure.severalCopies(distinct(copies), target)
        }
        return first
    }

    /// The functions in the order of their addresses, each address once.
    func distinct(_ copies: [Function]) -> [Function] {
        var kept: [Function] = []
        for function in copies where !kept.contains(where: { Self.isSame($0, function) }) { kept.append(function) }
        guard kept.allSatisfy({ $0.address != nil }) else { return kept }
        return kept.sorted { ($0.address ?? 0) < ($1.address ?? 0) }
    }

    private static func isSame(_ left: Function, _ right: Function) -> Bool {
        left.address != nil && left.address == right.address
    }

    func checkOffset(in function: Function) throws(BPFError) {
        guard target.offset > 0, let size = symbols.size(of: function), target.offset >= size else { return }
        throw ProbeFailure.beyondEnd(of: function, size: size, target: target)
    }

    /// The functions behind another name of a system call, the best one first; those that take no probe are left out.
    var renamed: [(function: Function, notes: [Diagnostic])] {
        SyscallAliases.all(of: target).compactMap { choice in
            let copies = symbols.functions(named: choice.symbol, module: "vmlinux")
            guard copies.count == 1, !ProbeFailure.isBlacklisted(choice.symbol, roots: roots) else { return nil }
            return (copies[0], choice.notes)
        }
    }

    /// Where the wrapper of a system call has its arguments in place to call the body.
    ///
    /// `__do_sys_NAME` is declared `inline`, which in the kernel means notrace too: where the compiler kept it as a
    /// function of its own (`__do_sys_bpf` in 5.10) it may take no probe. The instruction that calls it does, and the
    /// registers hold the same arguments there.
    func callSite(of body: Function) -> [ResolvedProbe] {
        guard CallSite.isKnown, let syscall, target.offset == 0, !target.isReturn,
            body.name == "__do_sys_" + syscall.name, let bodyAddress = body.address
        else { return [] }
        for symbol in syscall.wrapperSymbols {
            guard let wrapper = symbols.functions(named: symbol, module: "vmlinux").first,
                let start = wrapper.address, let size = symbols.size(of: wrapper),
                let code = KernelText(roots: roots).bytes(at: start, count: Int(min(size, 512))),
                let offset = CallSite.offset(in: code, at: start, calling: bodyAddress), offset > 0
            else { continue }
            return [
                ResolvedProbe(
                    requested: target, symbol: symbol, offset: offset, address: start,
                    notes: [ProbeNotes.callSite(of: body.name, in: symbol)])
            ]
        }
        return []
    }
}

/// The other names under which kernels have the functions of a system call.
enum SyscallAliases {
    /// The names to look for, the best one first, each with what to tell of it; none if the target is no system call.
    static func all(of target: ProbeTarget) -> [(symbol: String, notes: [Diagnostic])] {
        guard target.module == nil || target.module == "vmlinux", let syscall = SyscallName(symbol: target.symbol)
        else {
            return []
        }
        let plain = syscall.plainSymbols.map { symbol in
            let note =
                syscall.isWrapper && !target.isReturn
                ? ProbeNotes.unwrapped(target.symbol, to: symbol) : ProbeNotes.renamed(target.symbol, to: symbol)
            return (symbol: symbol, notes: [note])
        }
        let wrappers = syscall.wrapperSymbols.map { symbol in
            let warning = target.isReturn ? [] : [ProbeNotes.wrapper(symbol, .warning)]
            return (symbol: symbol, notes: [ProbeNotes.renamed(target.symbol, to: symbol)] + warning)
        }
        return plain + wrappers
    }
}

/// What a user is told of a name that the kernel has otherwise.
enum ProbeNotes {
    /// Of a name that is there as it was written; the arguments do not matter when a function returns.
    static func onExact(_ target: ProbeTarget) -> [Diagnostic] {
        let isOfKernel = target.module == nil || target.module == "vmlinux"
        guard isOfKernel, !target.isReturn, SyscallName(symbol: target.symbol)?.isWrapper == true else { return [] }
        return [wrapper(target.symbol, .note)]
    }

    static func unchecked(_ target: ProbeTarget, roots: KernelRoots, because reason: String) -> Diagnostic {
        Diagnostic(
            .nameUnchecked, .warning, stage: .resolve, "the name \(target) goes to the kernel unchecked",
            cause: "\(roots.proc)/kallsyms cannot be read: \(reason)")
    }

    static func renamed(_ symbol: String, to other: String) -> Diagnostic {
        Diagnostic(.functionRenamed, .note, stage: .resolve, "this kernel has \(symbol) as \(other)")
    }

    static func callSite(of body: String, in wrapper: String) -> Diagnostic {
        Diagnostic(
            .functionInWrapper, .note, stage: .resolve,
            "the probe sits where \(wrapper) calls \(body), with its arguments in place; calls of 32-bit programs are not "
                + "seen there")
    }

    static func unwrapped(_ symbol: String, to other: String) -> Diagnostic {
        Diagnostic(
            .syscallArguments, .warning, stage: .resolve,
            "this kernel has \(symbol) as \(other), whose arguments are those of the system call: "
                + "read them with PT_REGS_PARM1(ctx), not from saved registers")
    }

    static func wrapper(_ symbol: String, _ severity: Diagnostic.Severity) -> Diagnostic {
        Diagnostic(
            .syscallArguments, severity, stage: .resolve,
            "the first argument of \(symbol) is a pointer to the saved registers: write BPF_KSYSCALL(...), or "
                + "PT_REGS_PARM1_CORE_SYSCALL((struct pt_regs *)PT_REGS_PARM1(ctx))")
    }
}
