// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension Kprobe: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(self, probe: try kernel.resolve(function))
    }

    /// Several places for `NAME@all`, one for every other.
    func resolveAll(_ kernel: inout TargetResolver) throws(BPFError) -> [ResolvedTarget] {
        guard function.copy == .all, let symbols = kernel.readSymbols() else { return [try resolve(&kernel)] }
        return try ProbeResolver.resolveCopies(function, symbols: symbols, roots: kernel.roots).map {
            ResolvedTarget(self, probe: $0)
        }
    }

    func doubts(_ roots: KernelRoots) -> [Diagnostic] { ProbePlace.doubts(roots) }
}

/// A function that takes a probe.
struct ProbePlace: AttachPlace {
    let probe: ResolvedProbe?
    private let place: ResolvedProbe

    init(_ probe: ResolvedProbe) {
        self.probe = probe
        place = probe
    }

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        let attachment = try KprobeAttachment.attach(
            program: program, to: place, roots: options.roots, limits: options.limits)
        let (way, notes) = (attachment.way, attachment.notes)
        return Link(target, way: way, notes: notes, hold: ProbeHold(attachment))
    }

    var hook: String? {
        let name = place.kernelName + (place.needsAddress ? place.address.map { "@\($0)" } ?? "" : "")
        return place.isReturn ? "the return of \(name)" : name
    }

    var copiedSymbol: String? { place.offset == 0 && !place.symbol.contains(".") ? place.symbol : nil }

    func unseenCalls(_ roots: KernelRoots, _ symbols: KernelSymbols?) -> [Diagnostic] {
        guard copiedSymbol != nil, let symbols else { return [] }
        // What lies in `.cold` runs within a call of the function itself.
        let copies = symbols.variants(of: place.symbol).filter { name in
            [".isra.", ".constprop.", ".part."].contains { name.contains($0) } && !name.contains(".cold")
        }
        guard !copies.isEmpty else { return [] }
        let names = Set(copies).sorted()
        return [
            AttachDoubts.warning(
                "calls that go to \(names.prefix(3).joined(separator: ", ")) are not seen by the probe on \(place)",
                "the compiler made changed copies of the function, or moved a part of it into one, for some of its callers",
                "attach the program to the copies as well; their arguments may differ")
        ]
    }

    /// What keeps the kernel from calling programs on probes.
    static func doubts(_ roots: KernelRoots) -> [Diagnostic] {
        guard let debugfs = Tracefs.debugfs(roots: roots), KernelFile.number(debugfs + "/kprobes/enabled") == 0 else {
            return AttachDoubts.stoppedFtrace(roots)
        }
        return [
            AttachDoubts.warning(
                "programs on probes are not called", "all kprobes of the machine are switched off",
                "echo 1 > \(debugfs)/kprobes/enabled")
        ]
    }
}

extension ResolvedTarget {
    /// A target whose programs go to a probe.
    init(_ target: some AttachKind, probe: ResolvedProbe) {
        self.init(target, at: ProbePlace(probe), notes: probe.notes)
    }
}

extension TargetResolver {
    /// Finds the function of a probe, by the kernel itself or among its symbols.
    mutating func resolve(_ probe: ProbeTarget) throws(BPFError) -> ResolvedProbe {
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
}

/// The ways of probes on functions.
extension AttachWay {
    /// kprobe PMU and bpf_link (Linux 5.15).
    public static let pmuLink = AttachWay(rawValue: "kprobe PMU, bpf_link")
    /// kprobe PMU and `PERF_EVENT_IOC_SET_BPF` (Linux 4.17).
    public static let pmuIoctl = AttachWay(rawValue: "kprobe PMU, ioctl")
    /// A line in tracefs and bpf_link.
    public static let tracefsLink = AttachWay(rawValue: "tracefs, bpf_link")
    /// A line in tracefs and `PERF_EVENT_IOC_SET_BPF`.
    public static let tracefsIoctl = AttachWay(rawValue: "tracefs, ioctl")
}
