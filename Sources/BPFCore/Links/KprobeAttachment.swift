// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

/// A program on a function of the kernel; letting go of it takes the program off.
struct KprobeAttachment: ~Copyable, Sendable {
    /// What it sits on.
    let probe: ResolvedProbe
    /// How it got there.
    private(set) var way: AttachWay
    /// Each fallback that was taken, with its reason.
    private(set) var notes: [Diagnostic]

    private var tracefsProbe: TracefsProbe?
    // Plain numbers, so that `deinit` can close them before it takes the event away: -1 is none.
    private var link: Int32 = -1
    private var event: Int32 = -1

    private init(_ probe: ResolvedProbe, notes: [Diagnostic], event: consuming OwnedDescriptor) {
        self.probe = probe
        self.notes = notes
        self.event = event.release()
        tracefsProbe = nil
        way = .pmuIoctl
    }

    private init(
        _ probe: ResolvedProbe, notes: [Diagnostic], tracefsProbe: consuming TracefsProbe
    ) {
        self.probe = probe
        self.notes = notes
        self.tracefsProbe = consume tracefsProbe
        way = .tracefsIoctl
    }

    deinit {
        // An event in use cannot be removed, so the link goes first, then the event, and last (after this body) its name.
        if link >= 0 { _ = CBPF.close(link) }
        if event >= 0 { _ = CBPF.close(event) }
    }

    /// Attaches a program: kprobe PMU, else tracefs; bpf_link, else ioctl.
    ///
    /// Each is tried, whatever the version of the kernel; what a kernel lacks leads to the next one and to a note. Where
    /// it takes no probe on the function, the alternatives of `probe` follow.
    ///
    /// - Parameters:
    ///   - program: The descriptor of a loaded program of type `BPF_PROG_TYPE_KPROBE`; borrowed for the call.
    ///   - probe: Where it goes.
    ///   - roots: Where /proc and /sys are.
    ///   - limits: What to do without.
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/attachProbe``; whatever was made for it is gone again.
    static func attach(
        program: Int32, to probe: ResolvedProbe, roots: KernelRoots = KernelRoots(), limits: AttachLimits = []
    ) throws(BPFError) -> KprobeAttachment {
        try attach(program: program, to: probe, AttachSurroundings(roots: roots, limits: limits))
    }

    /// Attaches one of several programs, or to one of several functions.
    static func attach(
        program: Int32, to probe: ResolvedProbe, _ surroundings: AttachSurroundings
    ) throws(BPFError) -> KprobeAttachment {
        let roots = surroundings.roots
        let (pmu, tracefs) = (surroundings.pmu, surroundings.tracefs)
        guard pmu != nil || tracefs != nil else { throw AttachFailure.noWay(probe, roots: roots) }

        var reason = pmu == nil ? "this kernel has no kprobe PMU" : "the kprobe PMU knows no maxactive"
        if let pmu, probe.maxActive == nil || tracefs == nil {
            let notes = probe.maxActive == nil ? [] : [AttachNotes.maxActiveIgnored]
            do throws(BPFError) {
                return try firstPlace(for: probe, notes: notes) { (place, notes) throws(BPFError) in
                    let event = try throughPMU(pmu, place, surroundings)
                    var attachment = KprobeAttachment(place, notes: notes, event: event)
                    try attachment.tie(program, surroundings)
                    return attachment
                }
            } catch {
                guard tracefs != nil, let errno = error.errno, AttachFailure.mayWorkThroughTracefs(errno, probe) else {
                    throw error
                }
                reason = "the kprobe PMU refused it with \(errno.name)"
            }
        }
        guard let tracefs else { throw AttachFailure.noWay(probe, roots: roots) }
        return try firstPlace(for: probe, notes: [AttachNotes.tracefs(reason)]) { (place, notes) throws(BPFError) in
            var attachment = try throughTracefs(tracefs, place, notes, surroundings)
            try attachment.tie(program, surroundings)
            return attachment
        }
    }

    /// Tries the places for a probe one after the other.
    ///
    /// - Throws: What was said of the first one, which is what the user asked for.
    private static func firstPlace(
        for probe: ResolvedProbe, notes: [Diagnostic],
        _ attempt: (ResolvedProbe, [Diagnostic]) throws(BPFError) -> KprobeAttachment
    ) throws(BPFError) -> KprobeAttachment {
        let refusal: BPFError
        do throws(BPFError) {
            return try attempt(probe, notes)
        } catch {
            refusal = error
        }
        for place in probe.alternatives {
            guard let errno = refusal.errno, AttachFailure.dependsOnPlace(errno) else { break }
            do throws(BPFError) {
                return try attempt(place, notes + [AttachNotes.instead(of: probe, errno)] + place.notes)
            } catch {
                // The next place may do.
                continue
            }
        }
        throw refusal
    }

    /// The descriptor of the link, borrowed; or why there is none to speak of.
    var linkNumber: Result<Int32, LinkLack> {
        if link < 0 { return .failure(.ofPerfEvents) }
        guard tracefsProbe == nil else {
            return .failure(
                LinkLack(
                    cause: "the probe is a line in tracefs, which goes with the process that made it",
                    nextStep: "leave out maxactive, and use a kernel with the kprobe PMU"))
        }
        return .success(link)
    }

    /// Takes the program off and tells what the kernel said of it; letting go does the same in silence.
    consuming func detach() throws(BPFError) {
        // Closing the descriptor of a link or an event does not fail but for a bad number.
        if link >= 0 { _ = CBPF.close(link) }
        if event >= 0 { _ = CBPF.close(event) }
        link = -1
        event = -1
        do throws(Errno) {
            try tracefsProbe?.remove()
        } catch {
            throw BPFError(
                .detachProbe, .detachFailed, errno: error, "the probe on \(probe) stays behind in tracefs",
                cause: error == .resourceBusy ? "another process still uses it" : nil,
                nextStep: "the next start removes it")
        }
    }

    /// Hits of the function that the kernel dropped since the probe was busy already; nil where it does not count them.
    func missed() -> UInt64? {
        if let count = tracefsProbe?.missed() { return count }
        return link >= 0 ? try? Links.missed(link: link) : nil
    }

    private static func throughPMU(
        _ pmu: KprobePMU, _ probe: ResolvedProbe, _ surroundings: AttachSurroundings
    ) throws(BPFError) -> OwnedDescriptor {
        if let event = probe.opened?.take() { return event }
        let place: PerfEvents.KprobePlace
        if let address = probe.address, probe.needsAddress || probe.module != nil {
            place = .address(address &+ probe.offset)
        } else {
            place = .symbol((probe.module.map { $0 + ":" } ?? "") + probe.symbol, offset: probe.offset)
        }
        do throws(Errno) {
            return try PerfEvents.openKprobe(
                type: pmu.type, config: probe.isReturn ? pmu.returnBit : 0, place: place, cpu: surroundings.cpu)
        } catch {
            throw AttachFailure.refused(
                error, probe, by: "the kprobe PMU", tracefs: surroundings.hints(for: probe),
                roots: surroundings.roots)
        }
    }

    private static func throughTracefs(
        _ tracefs: Tracefs, _ probe: ResolvedProbe, _ notes: [Diagnostic], _ surroundings: AttachSurroundings
    ) throws(BPFError) -> KprobeAttachment {
        var place = probe.kernelName
        if probe.needsAddress, let address = probe.address {
            place = "0x" + String(address &+ probe.offset, radix: 16)
        }
        let made: TracefsProbe
        do throws(TracefsRefusal) {
            made = try TracefsProbe.add(at: place, for: probe, tracefs: tracefs, roots: surroundings.roots)
        } catch {
            throw AttachFailure.refused(
                error.errno, probe, by: tracefs.kprobeEvents, quote: error.quote,
                tracefs: surroundings.hints(for: probe), roots: surroundings.roots)
        }
        let id = made.id
        var attachment = KprobeAttachment(probe, notes: notes, tracefsProbe: made)
        do throws(Errno) {
            attachment.event = try PerfEvents.openTracepoint(id: id, cpu: surroundings.cpu).release()
        } catch {
            throw AttachFailure.refused(error, probe, by: "perf_event_open(2)", tracefs: nil, roots: surroundings.roots)
        }
        return attachment
    }

    /// Ties the program to the event.
    private mutating func tie(_ program: Int32, _ surroundings: AttachSurroundings) throws(BPFError) {
        do throws(Errno) {
            link = try ProgramTie.tie(program, to: event, withoutLink: surroundings.limits.contains(.withoutLink))
        } catch {
            throw AttachFailure.untied(error, probe)
        }
        if link >= 0 {
            way = tracefsProbe == nil ? .pmuLink : .tracefsLink
        } else {
            notes.append(AttachNotes.ioctl)
        }
    }
}

/// What attaching finds on this machine.
struct AttachSurroundings {
    let roots: KernelRoots
    let limits: AttachLimits
    let pmu: KprobePMU?
    let tracefs: Tracefs?
    let cpu: Int32

    init(roots: KernelRoots, limits: AttachLimits) {
        self.roots = roots
        self.limits = limits
        pmu = limits.contains(.withoutPMU) ? nil : KprobePMU(roots: roots)
        tracefs = Tracefs.find(roots: roots).flatMap { KernelFile.mayExist($0.kprobeEvents) ? $0 : nil }
        cpu = OnlineCPU.first(roots: roots)
    }

    /// Where to look for the reason of a refusal, which takes a while: not if there is another place to go on with.
    func hints(for probe: ResolvedProbe) -> Tracefs? { probe.alternatives.isEmpty ? tracefs : nil }
}
