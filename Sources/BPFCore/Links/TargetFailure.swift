// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Why there is no target of a name, and what is near.
enum TargetFailure {
    /// In front of the function that calls the programs of a tracepoint (Linux 5.10).
    static let caller = "__traceiter_"

    /// No tracepoint has the name.
    static func noTracepoint(
        _ name: String, symbols: KernelSymbols?, roots: KernelRoots
    ) -> BPFError {
        let near = nearTracepoints(name, symbols, roots)
        let isOfSyscall = name.hasPrefix("sys_enter_") || name.hasPrefix("sys_exit_")
        let step: Diagnostic.Hint? =
            isOfSyscall
            ? "use tracepoint/syscalls/\(name), or \(name.hasPrefix("sys_enter_") ? "sys_enter" : "sys_exit") and the id"
            : near.first.map { "did you mean \(.chooseName([$0]), $0)?" }
                ?? "see which there are: \(.targets, "tracepoint:")"
        return BPFError(
            .resolveProbe, .noSuchTracepoint, "there is no tracepoint \(name) in this kernel",
            cause: isOfSyscall
                ? "system calls share the tracepoints sys_enter and sys_exit"
                : "no tracepoint has that name: misspelt, in a module that is not loaded, or not part of this kernel",
            details: near.isEmpty ? [] : ["near: " + near.joined(separator: ", ")], nextStep: step)
    }

    private static func nearTracepoints(_ name: String, _ symbols: KernelSymbols?, _ roots: KernelRoots) -> [String] {
        let bySymbol = symbols?.near(caller + name, limit: 16).filter { $0.hasPrefix(caller) } ?? []
        if !bySymbol.isEmpty { return bySymbol.prefix(5).map { String($0.dropFirst(caller.count)) } }
        guard let tracefs = Tracefs.find(roots: roots) else { return [] }
        var distance = EditDistance()
        let wanted = Array(name.utf8)[...]
        let near = TraceEvents.all(in: tracefs).filter {
            $0.category != "syscalls" && distance.between(Array($0.name.utf8)[...], wanted, atMost: 2) != nil
        }
        return near.prefix(5).map { String($0.name) }
    }

    /// No function of the kernel's BTF has the name.
    ///
    /// - Parameters:
    ///   - name: What was asked for.
    ///   - module: The module that it was looked for in; nil is everywhere.
    ///   - prefix: What the function's name has in front of it.
    ///   - subject: What such a function is, as in "there is no function vfs_read".
    ///   - program: What programs for it are called.
    static func noFunction(
        _ name: String, of module: String? = nil, behind prefix: String = "", _ subject: String, program: String,
        symbols: KernelSymbols?, roots: KernelRoots = KernelRoots()
    ) -> BPFError {
        let symbol = prefix + name
        let shown = (module.map { $0 + ":" } ?? "") + name
        let message = "there is no \(subject) \(shown) in this kernel"
        guard let symbols else {
            return BPFError(
                .resolveProbe, .functionNotInTypes, message, cause: "its BTF does not have \(symbol)")
        }
        let copies = symbols.functions(named: symbol, module: module).count
        if copies > 0 {
            return BPFError(
                .resolveProbe, .functionNotInTypes, "\(shown) takes no \(program) program",
                cause: copies > 1
                    ? "\(copies) functions of this kernel share the name, and its BTF describes none of them"
                    : "the kernel has the function, and its BTF does not describe it: the compiler changed its arguments",
                nextStep: copies > 1
                    ? "\(.attachAs("kprobe"), "attach a kprobe") to one of them or to all: \(name)@1, \(name)@all"
                    : "\(.attachAs("kprobe"), "attach a kprobe") to it")
        }
        if let module, module != "vmlinux", let (cause, step) = KernelModules(roots: roots).lack(of: module) {
            return BPFError(.resolveProbe, .noSuchFunction, message, cause: cause, nextStep: step)
        }
        let near = symbols.near(symbol, limit: 16).filter { $0.hasPrefix(prefix) && !$0.contains(".") }.prefix(5)
            .map { String($0.dropFirst(prefix.count)) }
        let variants = symbols.variants(of: symbol)
        return BPFError(
            .resolveProbe, .noSuchFunction, message,
            cause: variants.isEmpty
                ? "no function has that name: misspelt, inlined everywhere, or not part of this kernel"
                : "the compiler kept only a changed copy of it (\(variants.prefix(3).joined(separator: ", ")))",
            details: near.isEmpty ? [] : ["near: " + near.joined(separator: ", ")],
            nextStep: variants.isEmpty
                ? near.first.map { "did you mean \(.chooseName([$0]), $0)?" }
                    ?? "see which there are: \(.targets, prefix.isEmpty ? "'*\(name.prefix(8))*'" : "lsm:")"
                : "\(.attachAs("kprobe"), "attach a kprobe") to the copy")
    }
}
