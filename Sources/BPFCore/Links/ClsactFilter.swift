// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics
internal import Synchronization

/// A program as a filter of the qdisc clsact, for kernels without tcx.
///
/// A filter has no descriptor to live and die with: what a killed process left is known by its name
/// (``TrafficFilterName``), and the next one takes it away. The qdisc goes with the last filter if this package made it.
enum ClsactFilter {
    /// Attaches a program, after what processes left that are gone.
    static func attach(
        _ program: Int32, device: UInt32, _ direction: TrafficDirection, at target: ResolvedTarget, roots: KernelRoots
    ) throws(BPFError) -> Link {
        let turn = FilterTurn(roots: roots)
        defer { extendLifetime(turn) }
        do throws(RouteRefusal) {
            var table = try FilterTable()
            let notes = try table.reap(roots: roots) + [AttachNotes.clsact]
            let filter = try table.add(program, device: device, direction, owner: .current(roots: roots))
            // A kernel that gives no echo lets nobody know which filter it is.
            guard let filter else { throw RouteRefusal(errno: .ioError, words: "no echo of the new filter") }
            return Link(target, way: .clsact, notes: notes, hold: ClsactHold(table, filter))
        } catch {
            throw failure(error, target)
        }
    }

    private static func failure(_ refusal: RouteRefusal, _ target: ResolvedTarget) -> BPFError {
        let words = refusal.words ?? ""
        let (cause, step): (String?, String?) =
            if words == FilterTable.ingressOnly {
                (
                    "the device has the qdisc ingress, in whose place the qdisc clsact is needed for what goes out",
                    "tc qdisc replace dev DEVICE clsact, which removes the filters of the other"
                )
            } else if words.contains("qdisc kind is unknown") {
                ("this kernel has no qdisc clsact (module sch_ingress, CONFIG_NET_SCH_INGRESS)", "modprobe sch_ingress")
            } else if words.contains("classifier not found") || refusal.errno == .noSuchFileOrDirectory {
                ("this kernel has no filters of kind bpf (module cls_bpf, CONFIG_NET_CLS_BPF)", "modprobe cls_bpf")
            } else {
                (refusal.words.map { "the kernel says \"\($0)\"" }, nil)
            }
        return NetworkFailure.untied(refusal.errno, target, cause: cause, nextStep: step)
    }
}

/// The right to change the filters of a network namespace, which one process of this package has at a time: whether a
/// qdisc is unused and its removal are two calls.
///
/// It is a lock on the file of the namespace, which goes with the process. Others may hold it too, whatever for, and are
/// not waited for longer than ``patience``.
private struct FilterTurn: ~Copyable {
    private let namespace: OwnedDescriptor?

    /// Milliseconds.
    private static let patience = 2000

    init(roots: KernelRoots) { namespace = Self.take(roots) }

    /// The file with the lock; nil without /proc, where there are no turns.
    private static func take(_ roots: KernelRoots) -> OwnedDescriptor? {
        guard let file = try? KernelFile.open(roots.proc + "/self/ns/net", O_RDONLY | O_CLOEXEC) else { return nil }
        for _ in 0..<patience {
            guard cbpf_flock_exclusive(file.rawValue) != 0, Errno.last == .resourceTemporarilyUnavailable else { break }
            usleep(1000)
        }
        return file
    }
}

/// The qdiscs and filters of all devices of a network namespace.
struct FilterTable: ~Copyable, Sendable {
    private var socket: RouteSocket

    /// What `RouteRefusal.words` is where a device has filters for what comes in only.
    static let ingressOnly = "ingress only"

    init() throws(RouteRefusal) { socket = try RouteSocket() }

    /// The devices that have one of the qdiscs for what is not queued, and which.
    mutating func qdiscs() throws(RouteRefusal) -> [(device: UInt32, kind: String)] {
        try socket.call { TrafficMessages.listQdiscs($0) }.compactMap(TrafficMessages.qdisc)
    }

    /// The filters of a device, in both directions.
    mutating func filters(of device: UInt32) throws(RouteRefusal) -> [TrafficFilter] {
        var found: [TrafficFilter] = []
        for direction in TrafficDirection.allCases {
            found += try socket.call { TrafficMessages.listFilters(device: device, direction, $0) }
                .compactMap(TrafficMessages.filter)
        }
        return found
    }

    /// Adds a filter, and the qdisc where there is none.
    ///
    /// - Returns: The filter as the kernel tells of it; nil if it does not.
    mutating func add(
        _ program: Int32, device: UInt32, _ direction: TrafficDirection, owner: ProcessIdentity
    ) throws(RouteRefusal) -> TrafficFilter? {
        var isOurs = true
        do throws(RouteRefusal) {
            _ = try socket.call { TrafficMessages.addQdisc(device: device, $0) }
        } catch {
            guard error.errno == .fileExists else { throw error }
            let kind = try qdiscs().first { $0.device == device }?.kind
            // Its filters for what goes out would be run for what comes in.
            if kind != "clsact", direction == .egress {
                throw RouteRefusal(errno: .fileExists, words: Self.ingressOnly)
            }
            // Who joins another process of this package goes on in its place.
            let others = try filters(of: device)
            isOurs = kind == "clsact" && others.contains { $0.owner?.ownsQdisc == true }
        }
        let name = TrafficFilterName(owner: owner, ownsQdisc: isOurs).text
        do throws(RouteRefusal) {
            let echo = try socket.call {
                TrafficMessages.addFilter(program: program, name: name, device: device, direction, $0)
            }.compactMap(TrafficMessages.filter).first
            if let echo { return echo }
            // Of several with the name nobody knows which is the new one.
            let named = try filters(of: device).filter {
                $0.name == name && $0.parent == TrafficMessages.parent(direction)
            }
            return named.count == 1 ? named.first : nil
        } catch {
            if isOurs { try? removeUnusedQdisc(of: device) }
            throw error
        }
    }

    /// Removes a filter of ours, and the qdisc with the last filter if it is ours too.
    ///
    /// - Returns: False if it had gone by then.
    @discardableResult
    mutating func remove(_ filter: TrafficFilter) throws(RouteRefusal) -> Bool {
        // Only the very filter: another one may have its number by now.
        let isThere = try filters(of: filter.device).contains {
            $0.handle == filter.handle && $0.parent == filter.parent && $0.info == filter.info && $0.name == filter.name
        }
        if isThere { _ = try socket.call { TrafficMessages.delete(filter, $0) } }
        if filter.owner?.ownsQdisc == true { try removeUnusedQdisc(of: filter.device) }
        return isThere
    }

    private mutating func removeUnusedQdisc(of device: UInt32) throws(RouteRefusal) {
        guard try qdiscs().contains(where: { $0.device == device && $0.kind == "clsact" }),
            try filters(of: device).isEmpty
        else { return }
        _ = try socket.call { TrafficMessages.deleteQdisc(device: device, $0) }
    }

    /// Removes the filters of processes that are gone, as SIGKILL leaves them.
    ///
    /// - Returns: A note for each.
    mutating func reap(roots: KernelRoots) throws(RouteRefusal) -> [Diagnostic] {
        var notes: [Diagnostic] = []
        for (device, _) in try qdiscs() {
            for filter in try filters(of: device) {
                guard let owner = filter.owner?.owner, owner.isGone(roots: roots) else { continue }
                // Another process may do the same at this time, and is the one to tell.
                do throws(RouteRefusal) { guard try remove(filter) else { continue } } catch { continue }
                notes.append(
                    Diagnostic(
                        .staleFilterRemoved, .note, stage: .cleanup,
                        "removed the filter that process \(owner.pid) left on network device \(device)"))
            }
        }
        return notes
    }
}

/// A filter as a link holds it.
private final class ClsactHold: LinkHold {
    private let state: Mutex<Held?>

    private struct Held: ~Copyable, Sendable {
        var table: FilterTable
        let filter: TrafficFilter
    }

    init(_ table: consuming FilterTable, _ filter: TrafficFilter) {
        state = Mutex(Held(table: table, filter: filter))
    }

    deinit { try? detach() }

    var link: Result<Int32, LinkLack> {
        .failure(
            LinkLack(
                cause: "the program is a filter of the qdisc clsact: before Linux 6.6 classifiers have no bpf_link",
                nextStep: "pin the program, and attach it with tc filter add ... bpf direct-action object-pinned"))
    }

    func detach() throws(BPFError) {
        let refusal = state.withLock { held -> RouteRefusal? in
            guard var taken = held.take() else { return nil }
            let turn = FilterTurn(roots: KernelRoots())
            defer { extendLifetime(turn) }
            do throws(RouteRefusal) {
                try taken.table.remove(taken.filter)
                return nil
            } catch {
                return error
            }
        }
        // With the device its filters are gone.
        guard let refusal, refusal.errno != .noDevice else { return }
        throw BPFError(
            .detachProbe, .detachFailed, errno: refusal.errno, "the filter of the program stays behind",
            cause: refusal.words.map { "the kernel says \"\($0)\"" },
            nextStep: "see it: tc filter show dev DEVICE ingress"
        ).needing([.netAdmin])
    }
}
