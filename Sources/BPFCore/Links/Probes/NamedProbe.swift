// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Synchronization
internal import SystemPackage

/// A kprobe that the kernel has made by its name alone, not yet enabled, for the attachment that follows.
///
/// Reading /proc/kallsyms takes the kernel longer than everything else that a loader does, and a name that is there
/// exactly once needs no list. The event is made while the target is looked for, and is the proof that it is there.
final class OpenedProbe: Sendable {
    /// -1 once it is taken.
    private let event: Mutex<Int32>

    init(_ event: consuming OwnedDescriptor) { self.event = Mutex(event.release()) }

    deinit { _ = take() }

    /// Hands the event over, once.
    func take() -> OwnedDescriptor? {
        let number = event.withLock { number in
            defer { number = -1 }
            return number
        }
        return number >= 0 ? OwnedDescriptor(owning: number) : nil
    }
}

extension OpenedProbe: Equatable {
    /// An event says nothing of the place that is not said by the place.
    static func == (left: OpenedProbe, right: OpenedProbe) -> Bool { true }
}

/// Probes by names that the kernel finds by itself.
struct NamedProbes: Sendable {
    private let roots: KernelRoots
    /// Whether the kernel refuses a name that several functions have; nil until it was asked.
    private var refusesCopies: Bool?

    init(roots: KernelRoots) { self.roots = roots }

    /// Makes a probe on the function of exactly that name.
    ///
    /// - Returns: nil where it is not to be had this way, for whatever reason: the list of symbols has the answer then.
    mutating func open(_ target: ProbeTarget) -> ResolvedProbe? {
        // Only the machine's own kernel can be asked. Modules, offsets and maxactive are for the list or tracefs.
        guard roots == KernelRoots(), target.module == nil, target.copy == nil, target.offset == 0,
            target.maxActive == nil,
            !KernelSymbols.isPadding(target.symbol), let pmu = KprobePMU(roots: roots),
            let event = Self.open(target.symbol, pmu, isReturn: target.isReturn, roots)
        else { return nil }
        return ResolvedProbe(
            requested: target, module: Self.module(of: target.symbol, roots), symbol: target.symbol,
            opened: OpenedProbe(event))
    }

    /// Whether a name of several functions would have been refused, so that one that was taken is there only once.
    ///
    /// Linux 6.6 refuses it, older ones with that change too; the others take the first function. `t_stop` is there
    /// several times in every kernel that traces (kernel/trace).
    mutating func copiesAreRefused() -> Bool {
        if let refusesCopies { return refusesCopies }
        var isRefused = false
        if let pmu = KprobePMU(roots: roots) {
            do throws(Errno) {
                _ = try PerfEvents.openKprobe(
                    type: pmu.type, config: 0, place: .symbol("t_stop", offset: 0), cpu: OnlineCPU.first(roots: roots))
            } catch {
                isRefused = error == .addressNotAvailable
            }
        }
        refusesCopies = isRefused
        return isRefused
    }

    private static func open(
        _ symbol: String, _ pmu: KprobePMU, isReturn: Bool, _ roots: KernelRoots
    ) -> OwnedDescriptor? {
        try? PerfEvents.openKprobe(
            type: pmu.type, config: isReturn ? pmu.returnBit : 0, place: .symbol(symbol, offset: 0),
            cpu: OnlineCPU.first(roots: roots))
    }

    /// The module that has the function of a probe that is there, from the list of probes of debugfs.
    ///
    /// `ffffffffc0000000  k  xfs_file_open+0x0  [xfs][DISABLED]`
    private static func module(of symbol: String, _ roots: KernelRoots) -> String? {
        guard let debugfs = Tracefs.debugfs(roots: roots),
            let list = try? KernelFile.text(debugfs + "/kprobes/list", limit: 4 << 20)
        else { return nil }
        return module(of: symbol, inList: list)
    }

    static func module(of symbol: String, inList list: String) -> String? {
        for line in list.split(separator: "\n") {
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard fields.count >= 4, fields[2].prefix(while: { $0 != "+" }) == symbol else { continue }
            // What follows is the module, without brackets before its name in some kernels, and flags in capital letters.
            let name = fields[3].drop { $0 == "[" }.prefix { $0 != "]" && $0 != "[" }
            if !name.isEmpty, name.contains(where: \.isLowercase) { return String(name) }
        }
        return nil
    }
}
