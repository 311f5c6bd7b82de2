// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Synchronization

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

    /// What the kernel says of a name.
    enum Answer {
        /// It has made a probe there.
        case opened(ResolvedProbe)
        /// It has no function of that name.
        case absent
        /// It has several.
        case several
        /// It is not to be had this way, for whatever reason: the list of symbols has the answer.
        case unclear
    }

    /// Makes a probe on the function of a target, or on one of another name in its place.
    mutating func open(_ target: ProbeTarget, as name: String? = nil) -> Answer {
        let symbol = name ?? target.symbol
        // Only the machine's own kernel can be asked. Copies and maxactive are for the list and for tracefs.
        guard roots == KernelRoots(), target.copy == nil, target.maxActive == nil, !KernelSymbols.isPadding(symbol),
            let pmu = KprobePMU(roots: roots)
        else { return .unclear }
        let event: OwnedDescriptor
        do throws(Errno) {
            event = try PerfEvents.openKprobe(
                type: pmu.type, config: target.isReturn ? pmu.returnBit : 0,
                place: .symbol(symbol, offset: target.offset), cpu: OnlineCPU.first(roots: roots))
        } catch {
            switch error {
            case .noSuchFileOrDirectory: return .absent
            case .addressNotAvailable: return .several
            default: return .unclear
            }
        }
        let line = listed(symbol, offset: target.offset)
        // The kernel takes an offset beyond the end of a function, and shows the place as one of the next.
        if target.offset > 0, line == nil { return .unclear }
        // A name that is there once is in the module that was named, or it is not what was asked for.
        if let module = target.module, line == nil || line?.module ?? "vmlinux" != module { return .unclear }
        return .opened(
            ResolvedProbe(requested: target, module: line?.module, symbol: symbol, opened: OpenedProbe(event)))
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

    /// A probe that is there, as the list of probes of debugfs shows its place.
    struct Listed: Equatable {
        /// The module that has the function; nil for the kernel image.
        let module: String?
    }

    /// The line of a place in the list of probes; nil where there is none, or no debugfs.
    private func listed(_ symbol: String, offset: UInt64) -> Listed? {
        guard let debugfs = Tracefs.debugfs(roots: roots),
            let list = try? KernelFile.text(debugfs + "/kprobes/list", limit: 4 << 20)
        else { return nil }
        return Self.listed(symbol, offset: offset, inList: list)
    }

    /// Finds a place in the list of probes.
    ///
    /// `ffffffffc0000000  k  xfs_file_open+0x0  [xfs][DISABLED]`
    ///
    /// - Parameter offset: 0 is the start of the function, whose first instructions the kernel may pass over.
    static func listed(_ symbol: String, offset: UInt64, inList list: String) -> Listed? {
        let place = symbol + "+0x" + String(offset, radix: 16)
        for line in list.split(separator: "\n") {
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard fields.count >= 3,
                offset == 0 ? fields[2].prefix(while: { $0 != "+" }) == symbol : fields[2] == place
            else { continue }
            // What follows is the module, without brackets before its name in some kernels, and flags in capital letters.
            let name = fields.count > 3 ? fields[3].drop { $0 == "[" }.prefix { $0 != "]" && $0 != "[" } : ""
            return Listed(module: name.contains(where: \.isLowercase) ? String(name) : nil)
        }
        return nil
    }
}
