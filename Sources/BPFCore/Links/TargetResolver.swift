// SPDX-License-Identifier: Apache-2.0

package import BPFObject
internal import Diagnostics

/// Finds attach targets in the running kernel, or says what is missing and what is near.
///
/// A function that the kernel finds by a name needs no list of symbols; that is read once, when something is to be
/// explained or chosen.
package struct TargetResolver: Sendable {
    let roots: KernelRoots
    /// The only process that is to be traced: programs and libraries are looked for as it sees them.
    var process: Int32?
    private let symbols: KernelSymbolSource
    private var named: NamedProbes

    /// Creates a resolver.
    ///
    /// - Parameters:
    ///   - symbols: The symbols, which a ``Kernel`` may share.
    ///   - roots: Where /proc and /sys are.
    package init(symbols: KernelSymbolSource? = nil, roots: KernelRoots = KernelRoots()) {
        self.roots = roots
        self.symbols = symbols ?? KernelSymbolSource(roots: roots)
        named = NamedProbes(roots: roots)
    }

    /// Finds a target, as far as that can be told before the program is loaded.
    ///
    /// Functions, system calls and tracepoints are looked up among the symbols, trace events in tracefs. Targets in BTF
    /// are known to exist once their id was found: see ``missing(_:)`` for one that was not.
    ///
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/resolveProbe``; ``BPFError/isTargetMissing`` tells whether this
    ///   kernel has no such place.
    package mutating func resolve(_ target: AttachTarget) throws(BPFError) -> ResolvedTarget {
        guard target.others.isEmpty else {
            // One of several is one place.
            guard let first = try resolveAll(target).first else { throw Self.notAttached(target) }
            return first
        }
        return try attachable(target).resolve(&self)
    }

    /// Finds all places that a target means: several for `NAME@all`, one for every other.
    ///
    /// - Parameter types: The kernel whose types must have what targets in BTF name, so that another one is taken in the
    ///   place of one that it does not have; nil where the program was loaded for one of them.
    package mutating func resolveAll(
        _ target: AttachTarget, types: Kernel? = nil
    ) throws(BPFError) -> [ResolvedTarget] {
        guard !target.others.isEmpty else { return try attachable(target).resolveAll(&self) }
        var missing: [BPFError] = []
        for candidate in target.candidates {
            do throws(BPFError) {
                let found = try attachable(candidate).resolveAll(&self)
                if let types, try !types.hasType(of: candidate) { throw self.missing(candidate) }
                return missing.isEmpty ? found : found.map { $0.adding(Self.note(missing, taken: candidate)) }
            } catch {
                guard error.isTargetMissing else { throw error }
                missing.append(error)
            }
        }
        guard var first = missing.first else { throw Self.notAttached(target) }
        first.diagnostic.details += missing.dropFirst().map { "nor: " + $0.diagnostic.message }
        throw first
    }

    private static func note(_ missing: [BPFError], taken candidate: AttachTarget) -> Diagnostic {
        Diagnostic(
            .otherTarget, .note, stage: .resolve, "\(candidate) is taken: \(missing[0].diagnostic.message)")
    }

    /// Why there is nothing to attach to, with the near names, for a target that the kernel or its BTF does not have.
    package mutating func missing(_ target: AttachTarget) -> BPFError {
        if let kind = KernelAttachKinds.find(target) { return kind.missing(&self) }
        return BPFError(
            .resolveProbe, .noSuchTarget, "there is no \(target) in this kernel",
            cause: target.typeInKernel.map { "its BTF does not have \($0.name)" })
    }

    private func attachable(_ target: AttachTarget) throws(BPFError) -> any KernelAttachKind {
        guard let kind = KernelAttachKinds.find(target) else { throw Self.notAttached(target) }
        return kind
    }

    /// Programs for the target are attached by other means.
    static func notAttached(_ target: AttachTarget) -> BPFError {
        BPFError(
            .resolveProbe, .kindNotAttached, "a program of this kind is not attached here: \(target)",
            nextStep: "pin it for the tool that attaches it")
    }

    /// Lets the kernel find a function; nil if it does not, and where what it found must be looked at with the list.
    ///
    /// - Parameter isExact: Whether no other name will do.
    mutating func resolveByName(
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

    /// Finds the wrapper of a system call that a target names in the words of older kernels; nil if it names none, or
    /// something that this kernel has.
    ///
    /// - Parameter found: What the kernel has for the name.
    mutating func wrapper(of probe: ProbeTarget, insteadOf found: ResolvedProbe) -> ResolvedProbe? {
        guard probe.offset == 0, !probe.isReturn, probe.copy == nil, probe.module == nil || probe.module == "vmlinux",
            found.symbol != probe.symbol, let call = SyscallName(symbol: probe.symbol), !call.isWrapper
        else { return nil }
        // The other places that are known are the way it is found here; a name leads to it faster than the list.
        if let known = ([found] + found.alternatives).first(where: { $0.isWrapper }) {
            return known.requested(as: probe, notes: [])
        }
        for symbol in call.wrapperSymbols where SyscallRegisters(wrapper: symbol) != nil && named.copiesAreRefused() {
            if case .opened(let wrapper) = named.open(probe, as: symbol) {
                return wrapper.requested(as: probe, notes: [])
            }
        }
        guard let symbols = readSymbols() else { return nil }
        for symbol in call.wrapperSymbols {
            let copies = symbols.functions(named: symbol, module: "vmlinux")
            guard copies.count == 1, !ProbeFailure.isBlacklisted(symbol, roots: roots) else { continue }
            return ResolvedProbe(requested: probe, module: nil, symbol: symbol, address: copies[0].address)
        }
        return nil
    }

    /// All symbols; nil where they cannot be read.
    func readSymbols() -> KernelSymbols? { try? symbols.all() }
}

extension BPFError {
    /// Whether this kernel has no such place to attach to, or keeps programs off it: what an optional program may lack.
    public var isTargetMissing: Bool { code.isTargetMissing }
}

extension Kernel {
    /// Finds attach targets on this kernel, by the symbols that it has read.
    func resolver() -> TargetResolver { TargetResolver(symbols: symbolSource, roots: roots) }

    /// Whether its types have what a target in BTF names; true for every other target.
    func hasType(of target: AttachTarget) throws(BPFError) -> Bool {
        guard let type = target.typeInKernel else { return true }
        do throws(EnvironmentError) {
            return try has(type)
        } catch {
            throw BPFError(.loadTypes, error.diagnostic)
        }
    }
}

extension Diagnostic.Code {
    /// Whether it says that there is no such place to attach to, or that the kernel keeps programs off it.
    fileprivate var isTargetMissing: Bool {
        switch self {
        case .noSuchFunction, .functionAmbiguous, .functionCopyUnknown, .functionIndistinguishable,
            .functionForbidsProbes, .functionNotInTypes, .offsetBeyondFunction, .probeRefused, .noSuchTracepoint,
            .noSuchTraceEvent, .noSuchSystemCall, .noSuchIterator, .noSuchTarget, .noPlaceForAny, .noSuchProcess,
            .noSuchUserFile, .userFileStripped, .noSuchUserFunction, .userFunctionAmbiguous, .userFunctionChosen,
            .userOffsetOutside, .noSuchUserTracepoint, .argumentsNotRead:
            true
        default: false
        }
    }
}
