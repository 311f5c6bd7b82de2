// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension MultiKprobes: KernelAttachKind {
    /// Up to so many names of a program for single functions are looked for one by one, other names of system calls and
    /// the like included.
    private static let fewNames = 16

    /// The most functions that one link covers: a pattern that means more was hardly meant.
    private static let mostFunctions = 16384

    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        let features = KernelFeatures()
        let hasLink = features.has(moment == .session ? .sessionProbes : .multiProbes)
        guard hasLink || moment != .session else { throw noSessions }
        // Names are the kernel's to find: it takes them longer to list all functions than to attach to some.
        if hasLink, let names = functions.exactNames {
            return ResolvedTarget(
                self,
                at: ManyFunctionsPlace(
                    target: self,
                    found: Set(names).sorted().map { TraceableFunction(name: $0, module: nil, address: nil) },
                    isOneLink: true))
        }
        let listed = try TraceableFunctions.matching(functions, roots: kernel.roots)
        let blacklist = UnprobedFunctions.blacklist(roots: kernel.roots)
        var found = distinct(listed.functions.filter { !blacklist.contains($0.name) })
        try check(found, hasLink, &kernel)
        let absent = functions.names(missingAmong: found.lazy.map { ($0.name, $0.module) })
        guard absent.isEmpty else {
            throw MissingNames.refused(absent, of: self, symbols: kernel.readSymbols(), roots: kernel.roots)
        }
        if !found.allSatisfy({ $0.address != nil }), !hasLink || found.contains(where: { $0.module != nil }),
            let symbols = kernel.readSymbols()
        {
            found = Self.located(found, symbols.functions(of: functions))
        }
        return ResolvedTarget(
            self, at: ManyFunctionsPlace(target: self, found: found, isOneLink: hasLink),
            notes: listed.notes + (hasLink ? [] : [ManyNotes.each(found.count)]))
    }

    /// A few names for a program of single functions are probes as any others.
    func resolveAll(_ kernel: inout TargetResolver) throws(BPFError) -> [ResolvedTarget] {
        guard isPlain, functions.terms.count <= Self.fewNames, functions.terms.allSatisfy({ !$0.isPattern }) else {
            return [try resolve(&kernel)]
        }
        var all: [ResolvedTarget] = []
        for term in functions.terms {
            // It was read as such a name before.
            guard let probe = try? ProbeTarget(parsing: term.place, isReturn: moment == .exit) else { continue }
            all += try Kprobe(probe).resolveAll(&kernel)
        }
        return all
    }

    func doubts(_ roots: KernelRoots) -> [Diagnostic] { AttachDoubts.stoppedFtrace(roots) }

    func missing(_ kernel: inout TargetResolver) -> BPFError {
        let symbols = kernel.readSymbols()
        let others =
            symbols.map { UnprobedFunctions.of(functions, besides: [], symbols: $0, roots: kernel.roots) } ?? []
        if !others.isEmpty {
            return BPFError(
                .resolveProbe, .functionForbidsProbes,
                "none of the \(others.count) functions that \(functions) means takes a program",
                details: Array(others.prefix(8)), nextStep: "attach to functions that call them")
        }
        let near = functions.terms.prefix(8).flatMap { term in
            symbols?.near(String(term.name.filter { $0 != "*" && $0 != "?" }), limit: 3) ?? []
        }
        return BPFError(
            .resolveProbe, .noSuchFunction, "no function of this kernel is meant by \(functions)",
            cause: "none has such a name: misspelt, inlined everywhere, in a module that is not loaded, or not part of "
                + "this kernel",
            details: near.isEmpty ? [] : ["near: " + near.prefix(5).joined(separator: ", ")],
            nextStep: near.first.map { "did you mean \($0)?" } ?? "see which there are: \(.targets, "'*NAME*'")")
    }

    /// Functions that share a name are told apart by addresses; where there are none a name is there once.
    private func distinct(_ functions: [TraceableFunction]) -> [TraceableFunction] {
        var seen: Set<String> = []
        return functions.filter { function in
            seen.insert(function.address.map { "\($0)" } ?? function.place).inserted
        }
    }

    private func check(
        _ found: [TraceableFunction], _ hasLink: Bool, _ kernel: inout TargetResolver
    ) throws(BPFError) {
        guard !found.isEmpty else { throw missing(&kernel) }
        let limit = hasLink ? Self.mostFunctions : ManyFunctionsPlace.mostProbes
        guard found.count > limit else { return }
        throw BPFError(
            .resolveProbe, .functionsTooMany, "\(functions) means \(found.count) functions, more than \(limit)",
            cause: hasLink
                ? "a program on so many functions keeps the machine busy with itself"
                : "this kernel has no links to many functions (kprobe.multi: Linux 5.18, with CONFIG_FPROBE), and each of "
                    + "them would take a probe of its own",
            details: ["among them: " + found.prefix(5).map(\.place).joined(separator: ", ")],
            nextStep: "name fewer: \(Self.narrower(found))")
    }

    /// An example of a pattern that means fewer.
    private static func narrower(_ found: [TraceableFunction]) -> String {
        let name = found[found.count / 2].name
        return name.split(separator: "_").first.map { $0 + "_*" } ?? name
    }

    /// The same functions with the addresses that the list of symbols has; a name of several functions goes without.
    private static func located(
        _ functions: [TraceableFunction], _ symbols: [TraceableFunction]
    ) -> [TraceableFunction] {
        let addresses = Dictionary(symbols.map { ($0.place, $0.address) }) { left, right in
            left == right ? left : nil
        }
        return functions.map { function in
            TraceableFunction(
                name: function.name, module: function.module, address: addresses[function.place] ?? nil)
        }
    }

    private var noSessions: BPFError {
        BPFError(
            .resolveProbe, .noSuchTarget, "this kernel has no \(self)",
            cause: "programs that run at the entry and at the return of functions take Linux 6.10, with CONFIG_FPROBE",
            nextStep: "write two programs: SEC(\"kprobe.multi/\(functions)\") and SEC(\"kretprobe.multi/\(functions)\")"
        )
    }
}
