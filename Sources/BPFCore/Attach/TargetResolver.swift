// SPDX-License-Identifier: Apache-2.0

public import BPFObject
internal import Diagnostics
internal import SystemPackage

/// Finds attach targets in the running kernel, or says what is missing and what is near.
///
/// A function that the kernel finds by a name needs no list of symbols; that is read once, when something is to be
/// explained or chosen.
public struct TargetResolver: Sendable {
    let roots: KernelRoots
    private let symbols: KernelSymbolSource
    private var named: NamedProbes

    /// Creates a resolver.
    ///
    /// - Parameters:
    ///   - symbols: The symbols, which a ``RunningKernel`` may share.
    ///   - roots: Where /proc and /sys are.
    public init(symbols: KernelSymbolSource? = nil, roots: KernelRoots = KernelRoots()) {
        self.roots = roots
        self.symbols = symbols ?? KernelSymbolSource(roots: roots)
        named = NamedProbes(roots: roots)
    }

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

    /// Finds all places that a target means: several for `NAME@all`, one for every other.
    public mutating func resolveAll(_ target: AttachTarget) throws(BPFError) -> [ResolvedTarget] {
        guard case .kprobe(let probe) = target, probe.copy == .all, let symbols = readSymbols() else {
            return [try resolve(target)]
        }
        return try ProbeResolver.resolveCopies(probe, symbols: symbols, roots: roots).map {
            ResolvedTarget(target, probe: $0)
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
        if let found = try resolveByName(probe) { return found }
        guard let symbols = readSymbols() else { return try ProbeResolver.resolve(probe, roots: roots) }
        do throws(BPFError) {
            return try ProbeResolver.resolve(probe, symbols: symbols, roots: roots)
        } catch {
            guard error.isTargetMissing, let other = Self.renamed(probe, symbols) else { throw error }
            let found = try ProbeResolver.resolve(other, symbols: symbols, roots: roots)
            return found.requested(as: probe, notes: [ProbeNotes.renamed(probe.symbol, to: found.symbol)] + found.notes)
        }
    }

    /// Lets the kernel find a function; nil if it does not, and where what it found must be looked at with the list.
    ///
    /// - Parameter isExact: Whether no other name will do.
    private mutating func resolveByName(
        _ probe: ProbeTarget, isExact: Bool = false
    ) throws(BPFError) -> ResolvedProbe? {
        let found: ResolvedProbe
        switch named.open(probe) {
        case .opened(let probe): found = probe
        case .absent: return isExact ? nil : resolveByOtherName(probe)
        case .several, .unclear: return nil
        }
        guard named.copiesAreRefused() else {
            // The kernel takes the first of several functions: whether there are several is a matter of their names alone.
            guard let symbols = try? symbols.symbols(named: probe.symbol) else { return nil }
            let resolved = try ProbeResolver.resolve(probe, symbols: symbols, roots: roots)
            return resolved.symbol == probe.symbol ? resolved : nil
        }
        return found.requested(as: probe, notes: ProbeNotes.onExact(probe))
    }

    /// Lets the kernel find the first of the other names that it has for a function, in the order of the list's search.
    private mutating func resolveByOtherName(_ probe: ProbeTarget) -> ResolvedProbe? {
        // An offset belongs to the code of one function, and a name that may be there twice needs the list.
        guard probe.offset == 0, named.copiesAreRefused() else { return nil }
        for alias in SyscallAliases.all(of: probe) {
            switch named.open(probe, as: alias.symbol) {
            case .opened(let found): return found.requested(as: probe, notes: alias.notes)
            case .absent, .several: continue
            // It is there and takes no probe: the list tells where else its calls can be seen.
            case .unclear: return nil
            }
        }
        for name in RenamedFunction.otherNames(of: probe.symbol) {
            switch named.open(probe, as: name) {
            case .opened(let found):
                return found.requested(as: probe, notes: [ProbeNotes.renamed(probe.symbol, to: name)])
            case .absent: continue
            case .several, .unclear: return nil
            }
        }
        return nil
    }

    /// The target under the name that this kernel has for the function; nil if it has the name or none.
    ///
    /// An offset belongs to the code of one kernel, so there it is not tried.
    private static func renamed(_ probe: ProbeTarget, _ symbols: KernelSymbols) -> ProbeTarget? {
        let isThere = { (name: String) in !symbols.functions(named: name, module: probe.module).isEmpty }
        guard probe.offset == 0, probe.copy == nil, !isThere(probe.symbol),
            let name = RenamedFunction.otherNames(of: probe.symbol).first(where: isThere)
        else { return nil }
        let text = (probe.module.map { $0 + ":" } ?? "") + name
        return try? ProbeTarget(parsing: text, isReturn: probe.isReturn, maxActive: probe.maxActive)
    }

    private mutating func resolve(syscall name: String, isReturn: Bool) throws(BPFError) -> ResolvedProbe {
        // Where there are wrappers each architecture has one, and the kernel knows it by its name.
        let native = try Self.probe(SyscallHandler.native(name), isReturn)
        if SyscallHandler.nativeIsWrapper, let found = try resolveByName(native, isExact: true) {
            return found.requested(as: native, notes: [])
        }
        guard let symbols = readSymbols() else {
            return try ProbeResolver.resolve(native, roots: roots)
        }
        guard let handler = SyscallHandler.find(name, symbols) else {
            throw TargetFailure.noSyscall(name, symbols: symbols, roots: roots)
        }
        let probe = try ProbeResolver.resolve(Self.probe(handler, isReturn), symbols: symbols, roots: roots)
        // Its notes tell of the wrapper, which BPF_KSYSCALL expects.
        return probe.requested(as: probe.requested, notes: [])
    }

    private static func probe(_ symbol: String, _ isReturn: Bool) throws(BPFError) -> ProbeTarget {
        do throws(ProbeTargetError) {
            return try ProbeTarget(parsing: symbol, isReturn: isReturn)
        } catch {
            throw BPFError(
                .resolveProbe, error.diagnostic.message, cause: error.diagnostic.cause, exitStatus: .noSuchProbe)
        }
    }

    private func readSymbols() -> KernelSymbols? { try? symbols.all() }
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
