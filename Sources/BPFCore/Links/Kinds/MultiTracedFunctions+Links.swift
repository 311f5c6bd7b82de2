// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension MultiTracedFunctions: KernelAttachKind {
    /// The most functions that one link covers.
    private static let mostFunctions = 16384

    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        guard KernelFeatures().has(.multiTracing) else { throw lacks }
        if let module = functions.terms.lazy.compactMap(\.module).first(where: { $0 != "vmlinux" }) {
            throw BPFError(
                .resolveProbe, .kindNotAttached, "cannot attach \(self) to functions of module \(module)",
                cause: "a program of this kind is loaded for the types of the kernel image",
                nextStep: "write SEC(\"kprobe.multi/\(functions)\")")
        }
        // The function tracer's list says where the kernel can call a program from, its BTF with what arguments.
        let listed = try TraceableFunctions.matching(functions, roots: kernel.roots)
        var names: Set<String> = []
        var copies: Set<String> = []
        for function in listed.functions where function.module == nil {
            if !names.insert(function.name).inserted { copies.insert(function.name) }
        }
        names.subtract(copies)
        let found = try KernelTypes(roots: kernel.roots).traceable(names)
        guard !found.isEmpty else { throw missing(&kernel) }
        if let name = functions.names(missingAmong: found.lazy.map { ($0.name, nil) }).first?.name {
            throw TargetFailure.noFunction(
                name, "function", program: "\(moment.rawValue).multi", symbols: kernel.readSymbols())
        }
        guard found.count <= Self.mostFunctions else {
            throw BPFError(
                .resolveProbe, .functionsTooMany,
                "\(functions) means \(found.count) functions, more than \(Self.mostFunctions)",
                cause: "a program on so many functions keeps the machine busy with itself")
        }
        return ResolvedTarget(self, at: ManyTypedPlace(target: self, found: found), notes: listed.notes)
    }

    func missing(_ kernel: inout TargetResolver) -> BPFError {
        let symbols = kernel.readSymbols()?.functions(of: functions) ?? []
        return BPFError(
            .resolveProbe, .noSuchFunction, "no function of this kernel is meant by \(functions)",
            cause: symbols.isEmpty
                ? "none has such a name: misspelt, inlined everywhere, or not part of this kernel"
                : "of the \(symbols.count) with such a name none is both in its BTF and in the list of the function tracer",
            nextStep: symbols.isEmpty ? nil : "attach kprobes to them: SEC(\"kprobe.multi/\(functions)\")")
    }

    func doubts(_ roots: KernelRoots) -> [Diagnostic] { AttachDoubts.stoppedFtrace(roots) }

    private var lacks: BPFError {
        let other = moment == .entry ? "kprobe.multi" : moment == .exit ? "kretprobe.multi" : "kprobe.session"
        return BPFError(
            .resolveProbe, .noSuchTarget, "this kernel has no \(self)",
            cause: "programs on many functions by BTF take Linux 7.2, on x86-64",
            nextStep: "write SEC(\"\(other)/\(functions)\"), or SEC(\"\(moment.rawValue)/NAME\") for one function")
    }
}

/// Many functions by their ids in the kernel's BTF.
private struct ManyTypedPlace: AttachPlace {
    let target: MultiTracedFunctions
    let found: [TypedFunction]

    var functions: [String] { found.map(\.name) }

    /// Functions that the pattern means and that take no program.
    func unseenCalls(_ roots: KernelRoots, _: KernelSymbols?) -> [Diagnostic] {
        guard target.functions.terms.contains(where: \.isPattern), let symbols = try? KernelSymbols(roots: roots) else {
            return []
        }
        let left = UnprobedFunctions.of(
            target.functions, besides: Set(functions), symbols: symbols, roots: roots,
            reason: "the function tracer does not list it (notrace), or the kernel's BTF does not describe it")
        return left.isEmpty ? [] : [ManyNotes.left(left, target.functions)]
    }

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        let refusal: Errno
        do throws(Errno) {
            return Link(target, way: .multiTracingLink, hold: PlainHold(try link(program, found)))
        } catch {
            refusal = error
        }
        let bad = RefusedParts.find(in: found) { part throws(Errno) in _ = try link(program, part) }
        guard let bad, bad.count < found.count,
            self.target.functions.names(
                missingAmong: found.indices.lazy.filter { !bad.contains($0) }.map {
                    (found[$0].name, nil)
                }
            ).isEmpty
        else { throw refused(refusal, target, options.roots) }
        let rest = found.indices.filter { !bad.contains($0) }.map { found[$0] }
        do throws(Errno) {
            let link = try link(program, rest)
            return Link(
                ResolvedTarget(self.target, at: ManyTypedPlace(target: self.target, found: rest)),
                way: .multiTracingLink, notes: [ManyNotes.refused(bad.sorted().map { found[$0].name }, refusal)],
                hold: PlainHold(link))
        } catch {
            throw refused(error, target, options.roots)
        }
    }

    private func link(_ program: Int32, _ functions: [TypedFunction]) throws(Errno) -> OwnedDescriptor {
        try Links.create(program: program, attachType: target.attachType, functionIDs: functions.map(\.id))
    }

    private func refused(_ errno: Errno, _ target: ResolvedTarget, _ roots: KernelRoots) -> BPFError {
        let holder =
            errno == .resourceBusy
            ? FunctionUsers.words(
                ofAny: found.map { TraceableFunction(name: $0.name, module: nil, address: nil) }, roots: roots) : nil
        return BPFError(
            .attachProbe, .attachRefused, errno: errno, "cannot attach the program to \(target)",
            cause: errno == .invalidArgument
                ? "the program was loaded for another way of attaching, or the kernel takes none of the functions"
                : holder?.cause,
            nextStep: holder?.nextStep)
    }
}

extension AttachWay {
    /// One bpf_link to many functions by BTF (Linux 7.2).
    public static let multiTracingLink = AttachWay(rawValue: "tracing.multi, bpf_link")
}
