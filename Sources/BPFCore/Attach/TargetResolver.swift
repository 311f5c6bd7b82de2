// SPDX-License-Identifier: Apache-2.0

public import BPFObject
internal import Diagnostics
internal import SystemPackage

/// Finds attach targets in the running kernel, or says what is missing and what is near.
///
/// The kernel's symbols are read once, when the first target asks for them.
public struct TargetResolver: Sendable {
    let roots: KernelRoots
    private var symbols: KernelSymbols?

    /// Creates a resolver.
    ///
    /// - Parameter roots: Where /proc and /sys are.
    public init(roots: KernelRoots = KernelRoots()) { self.roots = roots }

    /// Finds a target, as far as that can be told before the program is loaded.
    ///
    /// Functions, system calls and tracepoints are looked up among the symbols, trace events in tracefs. Targets in BTF are known to
    /// exist once their id was found: see ``missing(_:)`` for one that was not.
    ///
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/resolveProbe``; ``BPFError/isTargetMissing`` tells whether this
    ///   kernel has no such place.
    public mutating func resolve(_ target: AttachTarget) throws(BPFError) -> ResolvedTarget {
        switch target {
        case .kprobe(let probe):
            return ResolvedTarget(target, probe: try resolve(probe))
        case .syscall(let name, let isReturn):
            return ResolvedTarget(target, probe: try resolve(syscall: name, isReturn: isReturn))
        case .tracepoint(let category, let name):
            return try TraceEvents.resolve(target, category: category, name: name, roots: roots)
        case .rawTracepoint(let name):
            guard mayBeTracepoint(name) else { throw missing(target) }
            return ResolvedTarget(target, at: .rawTracepoint(name))
        case .tracing(let kind, _, _) where target.isAttachable:
            return ResolvedTarget(target, at: .tracing(kind))
        case .perfEvent:
            return ResolvedTarget(target, at: .samples)
        case .none, .tracing:
            throw BPFError(
                .resolveProbe, "a program of this kind is not attached here",
                nextStep: "pin it for the tool that attaches it", exitStatus: .usage)
        case .unnamed:
            throw BPFError(
                .resolveProbe, "the section does not name what to attach to",
                nextStep: "name it in the section, as in SEC(\"kprobe/vfs_read\"), or on the command line",
                exitStatus: .usage)
        case .invalid(let invalid):
            var error = BPFError(.resolveProbe, invalid.description)
            error.diagnostic = invalid.diagnostic
            throw error
        }
    }

    /// Why there is nothing to attach to, with the near names, for a target that the kernel or its BTF does not have.
    public mutating func missing(_ target: AttachTarget) -> BPFError {
        let symbols = readSymbols()
        switch target {
        case .rawTracepoint(let name):
            return TargetFailure.noTracepoint(name, target, symbols: symbols, roots: roots)
        case .tracing(.rawTracepoint, _, let name):
            return TargetFailure.noTracepoint(name, target, symbols: symbols, roots: roots)
        case .tracing(let kind, let module, let name):
            return TargetFailure.noFunction(kind, module, name, symbols: symbols, roots: roots)
        case .tracepoint(let category, let name):
            return TraceEvents.missing(category: category, name: name, in: Tracefs.find(roots: roots), roots: roots)
        case .none, .kprobe, .syscall, .perfEvent, .unnamed, .invalid:
            return BPFError(
                .resolveProbe, "there is nothing to attach to: \(target)", exitStatus: .noSuchProbe)
        }
    }

    /// Whether a tracepoint has the name: nearly all have a trace event, and since Linux 5.10 each has a function.
    private mutating func mayBeTracepoint(_ name: String) -> Bool {
        if let tracefs = Tracefs.find(roots: roots), TraceEvents.all(in: tracefs).contains(where: { $0.isOf(name) }) {
            return true
        }
        guard let symbols = readSymbols(), symbols.hasFunction(named: TargetFailure.caller + "sys_enter") else {
            return true
        }
        return symbols.hasFunction(named: TargetFailure.caller + name)
    }

    private mutating func resolve(_ probe: ProbeTarget) throws(BPFError) -> ResolvedProbe {
        guard let symbols = readSymbols() else { return try ProbeResolver.resolve(probe, roots: roots) }
        do throws(BPFError) {
            return try ProbeResolver.resolve(probe, symbols: symbols, roots: roots)
        } catch {
            guard error.isTargetMissing, let other = Self.renamed(probe, symbols) else { throw error }
            let found = try ProbeResolver.resolve(other, symbols: symbols, roots: roots)
            return ResolvedProbe(
                requested: probe, module: found.module, symbol: found.symbol, offset: found.offset,
                address: found.address, needsAddress: found.needsAddress,
                notes: [ProbeNotes.renamed(probe.symbol, to: found.symbol)] + found.notes,
                alternatives: found.alternatives)
        }
    }

    /// The target under the name that this kernel has for the function; nil if it has the name or none.
    ///
    /// An offset belongs to the code of one kernel, so there it is not tried.
    private static func renamed(_ probe: ProbeTarget, _ symbols: KernelSymbols) -> ProbeTarget? {
        let isThere = { (name: String) in !symbols.functions(named: name, module: probe.module).isEmpty }
        guard probe.offset == 0, !isThere(probe.symbol),
            let name = RenamedFunction.otherNames(of: probe.symbol).first(where: isThere)
        else { return nil }
        let text = (probe.module.map { $0 + ":" } ?? "") + name
        return try? ProbeTarget(parsing: text, isReturn: probe.isReturn, maxActive: probe.maxActive)
    }

    private mutating func resolve(syscall name: String, isReturn: Bool) throws(BPFError) -> ResolvedProbe {
        guard let symbols = readSymbols() else {
            let probe = try Self.probe(SyscallHandler.native(name), isReturn)
            return try ProbeResolver.resolve(probe, roots: roots)
        }
        guard let handler = SyscallHandler.find(name, symbols) else {
            throw TargetFailure.noSyscall(name, symbols: symbols, roots: roots)
        }
        let probe = try ProbeResolver.resolve(Self.probe(handler, isReturn), symbols: symbols, roots: roots)
        // Its notes tell of the wrapper, which BPF_KSYSCALL expects.
        return ResolvedProbe(
            requested: probe.requested, module: probe.module, symbol: probe.symbol, offset: probe.offset,
            address: probe.address, needsAddress: probe.needsAddress, alternatives: probe.alternatives)
    }

    private static func probe(_ symbol: String, _ isReturn: Bool) throws(BPFError) -> ProbeTarget {
        do throws(ProbeTargetError) {
            return try ProbeTarget(parsing: symbol, isReturn: isReturn)
        } catch {
            throw BPFError(
                .resolveProbe, error.diagnostic.message, cause: error.diagnostic.cause, exitStatus: .noSuchProbe)
        }
    }

    private mutating func readSymbols() -> KernelSymbols? {
        if symbols == nil { symbols = try? KernelSymbols(roots: roots) }
        return symbols
    }
}

extension KernelSymbols {
    fileprivate func hasFunction(named name: String) -> Bool { !functions(named: name).isEmpty }
}

extension ResolvedTarget {
    fileprivate init(_ target: AttachTarget, probe: ResolvedProbe) {
        self.init(target, at: .probe(probe), notes: probe.notes)
    }
}

extension BPFError {
    /// Whether this kernel has no such place to attach to, or keeps programs off it: what an optional program may lack.
    public var isTargetMissing: Bool { diagnostic.exitStatus == .noSuchProbe }
}
