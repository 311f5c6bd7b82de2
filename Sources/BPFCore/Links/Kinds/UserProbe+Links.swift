// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension UserProbe: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        let finder = UserFileFinder(roots: kernel.roots, process: kernel.process)
        let found = try finder.find(file)
        var notes: [Diagnostic] = []
        let spots = try spots(in: found, finder)
        if case .functions(let pattern, _) = place, spots.count > 1 || spots.first?.name != pattern.text {
            notes.append(UserNotes.found(pattern, in: file, spots.compactMap(\.name)))
        }
        if let note = UserNotes.variants(of: found, named: file, finder) { notes.append(note) }
        let place = UserPlace(
            found, spots: spots, moment: moment, isForMany: spots.count > 1 || multiType != nil,
            process: kernel.process)
        return ResolvedTarget(self, at: place, notes: notes)
    }

    func isThere(_ kernel: TargetResolver) throws(BPFError) -> Bool {
        let finder = UserFileFinder(roots: kernel.roots, process: kernel.process)
        return try !spots(in: try finder.find(file), finder).isEmpty
    }

    /// The places of the file that are meant.
    private func spots(in found: UserFile, _ finder: UserFileFinder) throws(BPFError) -> [UserSpot] {
        switch place {
        case .offset(let offset):
            guard offset < found.size else {
                throw BPFError(
                    .resolveProbe, .userOffsetOutside, "\(file) has no byte 0x\(String(offset, radix: 16))",
                    cause: "it has \(found.size) bytes")
            }
            return [UserSpot(offset: offset)]
        case .functions(let pattern, let offset):
            let places = try UserSymbols(found, name: file, finder: finder).places(pattern, offset: offset)
            return places.map { UserSpot(offset: $0.offset, name: $0.name) }
        }
    }
}

/// A place in a file of user space.
struct UserSpot: Sendable, Equatable {
    /// Where in the file.
    let offset: UInt64
    /// Where in the file the counter of its users is; 0 is none.
    var counter: UInt64 = 0
    /// The function, or the tracepoint; nil of a bare offset.
    var name: String?
}

/// Places of one program or library.
struct UserPlace: AttachPlace {
    /// The file; open, since its path may be that of the descriptor.
    private let file: UserFile
    let spots: [UserSpot]
    let moment: UserProbe.Moment
    /// The `expected_attach_type` of programs that one link attaches to all of them; nil is a perf event each.
    let multiType: AttachType?
    /// What programs must be loaded for to come here, other than their sections say.
    let attachTypeOfLoad: AttachType?

    /// Takes places.
    ///
    /// - Parameters:
    ///   - isForMany: Whether one link is to attach the program to all of them, where the kernel has such links.
    ///   - process: The only process that is traced.
    init(_ file: UserFile, spots: [UserSpot], moment: UserProbe.Moment, isForMany: Bool, process: Int32?) {
        self.file = file
        self.spots = spots
        self.moment = moment
        if moment == .both {
            multiType = .traceUprobeSession
            attachTypeOfLoad = nil
        } else {
            let features = KernelFeatures()
            // The first kernels with such links took a process for its first thread.
            let hasLink =
                isForMany && features.has(.multiUserProbes)
                && (process == nil || features.has(.multiUserProbesOfProcesses))
            multiType = hasLink ? .traceUprobeMulti : nil
            attachTypeOfLoad = hasLink ? .traceUprobeMulti : isForMany ? AttachType(rawValue: 0) : nil
        }
    }

    /// The file as messages name it.
    private var path: String { file.path }

    var userPlaces: UserPlaceFacts? { UserPlaceFacts(file: path, spots: spots) }

    static func == (left: UserPlace, right: UserPlace) -> Bool {
        left.path == right.path && left.spots == right.spots && left.moment == right.moment
    }

    var hook: String? {
        guard spots.count == 1, let spot = spots.first else { return nil }
        let place = "\(path)+0x\(String(spot.offset, radix: 16))"
        return moment == .exit ? "the return of \(place)" : place
    }

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        try attach(program, cookies: [], at: target, options)
    }

    /// Attaches a program to all places: one link where there can be one, else a perf event each.
    ///
    /// - Parameters:
    ///   - cookies: What the program gets from `bpf_get_attach_cookie` in each place; empty is 0.
    ///   - notes: What the user should know of it.
    ///   - extra: What must live as long as the program is attached.
    func attach(
        _ program: Int32, cookies: [UInt64], at target: ResolvedTarget, _ options: AttachOptions,
        notes: [Diagnostic] = [], keeping extra: (any KeptByLink)? = nil
    ) throws(BPFError) -> Link {
        guard let multiType, !options.limits.contains(.withoutLink) else {
            return try attachEvents(program, cookies, target, options, notes, extra)
        }
        let refusal: Errno
        do throws(Errno) {
            let link = try Links.create(program: program, attachType: multiType, places: places(cookies, options))
            return Link(target, way: .uprobeMulti, notes: notes, hold: KeepingHold(link, extra))
        } catch {
            refusal = error
        }
        guard refusal == .invalidArgument else { throw refused(refusal, target) }
        guard moment != .both else { throw noSessions(refusal, target) }
        // Of a program that was loaded for single places.
        do throws(BPFError) {
            return try attachEvents(program, cookies, target, options, notes, extra)
        } catch {
            throw error.errno == .invalidArgument ? refused(refusal, target) : error
        }
    }

    private func places(_ cookies: [UInt64], _ options: AttachOptions) -> Links.UserPlaces {
        // The kernel shows such a link with the path of the file, whatever it was found by.
        Links.UserPlaces(
            path: file.ownPath, offsets: spots.map(\.offset),
            counters: spots.allSatisfy { $0.counter == 0 } ? [] : spots.map(\.counter), cookies: cookies,
            isReturn: moment == .exit, process: options.process)
    }

    private func attachEvents(
        _ program: Int32, _ cookies: [UInt64], _ target: ResolvedTarget, _ options: AttachOptions,
        _ notes: [Diagnostic], _ extra: (any KeptByLink)?
    ) throws(BPFError) -> Link {
        guard let pmu = KprobePMU(roots: options.roots, source: "uprobe"), !options.limits.contains(.withoutPMU) else {
            throw BPFError(
                .attachProbe, .uprobesUnsupported, "cannot attach the program to \(target)",
                cause: "this kernel has no uprobe PMU: it is older than Linux 4.17, or was built without "
                    + "CONFIG_UPROBE_EVENTS")
        }
        let cpu = OnlineCPU.first(roots: options.roots)
        let path = file.pathForKernel
        var ties = EventTies()
        for (index, spot) in spots.enumerated() {
            guard spot.counter == 0 || (pmu.hasCounters && spot.counter <= UInt32.max) else {
                throw BPFError(
                    .attachProbe, .uprobesUnsupported, "cannot attach the program to \(target)",
                    cause: "the program counts who traces it (semaphore), which this kernel cannot tell it "
                        + "(ref_ctr_offset, Linux 4.20)")
            }
            let event: OwnedDescriptor
            do throws(Errno) {
                event = try PerfEvents.openUprobe(
                    type: pmu.type, config: (moment == .exit ? pmu.returnBit : 0) | spot.counter << 32, path: path,
                    offset: spot.offset, process: options.process, cpu: cpu)
            } catch {
                // Kernels ask for more here than of kprobes: perf_uprobe_event_init().
                let refusal = refused(error, target)
                throw error == .permissionDenied ? refusal.needing([.sysAdmin]) : refusal
            }
            try ties.add(event, program, target, options, cookie: index < cookies.count ? cookies[index] : 0)
        }
        return ties.link(target, ways: (.uprobeLink, .uprobeIoctl), notes: notes, keeping: extra)
    }

    // MARK: - Refusals

    private func refused(_ errno: Errno, _ target: ResolvedTarget) -> BPFError {
        let (cause, code): (String?, Diagnostic.Code) =
            switch errno {
            case .permissionDenied, .notPermitted:
                ("it takes CAP_PERFMON, or CAP_SYS_ADMIN before Linux 5.8", .capabilityMissing)
            case .noSuchFileOrDirectory: ("the file \(path) is gone", .noSuchUserFile)
            case .noSuchProcess: ("the process is gone", .noSuchProcess)
            case .invalidArgument:
                (
                    "no instruction begins there, or the file \(path) is of a file system that cannot be probed",
                    .probeRefused
                )
            case .notSupportedByKernel, .notSupported:
                ("the instruction there is one that the kernel cannot probe", .probeRefused)
            case .ioError: ("the file \(path) cannot be read there", .probeRefused)
            default: (nil, .attachRefused)
            }
        return BPFError(
            .attachProbe, code, errno: errno, "cannot attach the program to \(target)", cause: cause)
    }

    private func noSessions(_ errno: Errno, _ target: ResolvedTarget) -> BPFError {
        BPFError(
            .attachProbe, .uprobeSessionUnsupported, errno: errno, "cannot attach the program to \(target)",
            cause: "programs that run at entry and return of a function (uprobe.session) need Linux 6.13",
            nextStep: "use two programs: SEC(\"uprobe\") and SEC(\"uretprobe\")")
    }
}

/// A link, and what must live as long as it.
private final class KeepingHold: LinkHold {
    private let descriptor: OwnedDescriptor
    private let extra: (any KeptByLink)?

    init(_ descriptor: consuming OwnedDescriptor, _ extra: (any KeptByLink)?) {
        self.descriptor = descriptor
        self.extra = extra
    }

    var link: Result<Int32, LinkLack> { .success(descriptor.rawValue) }
    func outlive(_ isPinned: Bool) { extra?.outlive(isPinned) }
}

/// What the user should know of places that were found.
enum UserNotes {
    /// Which functions a pattern, or a name of C++, meant.
    static func found(_ pattern: UserSymbolPattern, in file: String, _ names: [String]) -> Diagnostic {
        let shown = names.prefix(8).map { Demangler.readable($0) }.joined(separator: ", ")
        let more = names.count > 8 ? " and \(names.count - 8) more" : ""
        return Diagnostic(
            .userFunctionsMatched, .note, stage: .resolve,
            "\(pattern) is \(names.count == 1 ? "" : "\(names.count) functions ")of \(file): "
                + shown + more)
    }

    /// Files that programs may use in place of the one that was taken.
    static func variants(of file: UserFile, named name: String, _ finder: UserFileFinder) -> Diagnostic? {
        let others = finder.variants(of: file, named: name)
        guard let first = others.first else { return nil }
        return Diagnostic(
            .userFunctionsMatched, .note, stage: .resolve, "\(name) is \(file.path), and not \(first)",
            cause: "programs take the one that is made for this processor, if there is one",
            details: others.count > 1 ? Array(others.prefix(8)) : [],
            nextStep: "name the file by its path, or a process that uses it: \(.process)")
    }
}

/// The ways of probes on functions of user programs.
extension AttachWay {
    /// One link for all places (Linux 6.6).
    public static let uprobeMulti = AttachWay(rawValue: "uprobe.multi link")
    /// uprobe PMU and bpf_link (Linux 5.15).
    public static let uprobeLink = AttachWay(rawValue: "uprobe PMU, bpf_link")
    /// uprobe PMU and `PERF_EVENT_IOC_SET_BPF` (Linux 4.17).
    public static let uprobeIoctl = AttachWay(rawValue: "uprobe PMU, ioctl")
}
