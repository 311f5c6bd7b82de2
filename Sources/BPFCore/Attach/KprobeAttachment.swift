// SPDX-License-Identifier: Apache-2.0

internal import CBPF
public import Diagnostics
internal import SystemPackage

/// A program on a function of the kernel; letting go of it takes the program off.
public struct KprobeAttachment: ~Copyable, Sendable {
    /// What it sits on.
    public let probe: ResolvedProbe
    /// How it got there.
    public private(set) var way: AttachWay
    /// Each fallback that was taken, with its reason.
    public private(set) var notes: [Diagnostic]

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
    /// Each is tried, whatever the version of the kernel; what a kernel lacks leads to the next one and to a note.
    ///
    /// - Parameters:
    ///   - program: The descriptor of a loaded program of type `BPF_PROG_TYPE_KPROBE`; borrowed for the call.
    ///   - probe: Where it goes.
    ///   - roots: Where /proc and /sys are.
    ///   - limits: What to do without.
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/attachProbe``; whatever was made for it is gone again.
    public static func attach(
        program: Int32, to probe: ResolvedProbe, roots: KernelRoots = KernelRoots(), limits: AttachLimits = []
    ) throws(BPFError) -> KprobeAttachment {
        let pmu = limits.contains(.withoutPMU) ? nil : KprobePMU(roots: roots)
        let tracefs = Tracefs.find(roots: roots)
        let cpu = OnlineCPU.first(roots: roots)
        var attachment: KprobeAttachment
        if let pmu, probe.maxActive == nil || tracefs == nil {
            var notes: [Diagnostic] = []
            if probe.maxActive != nil { notes.append(AttachNotes.maxActiveIgnored) }
            do throws(Errno) {
                let event = try openKprobe(pmu, probe, cpu: cpu)
                attachment = KprobeAttachment(probe, notes: notes, event: event)
            } catch {
                guard let tracefs, AttachFailure.mayWorkThroughTracefs(error, probe) else {
                    throw AttachFailure.refused(error, probe, by: "kprobe PMU", tracefs: tracefs, roots: roots)
                }
                let notes = [AttachNotes.tracefs("the kprobe PMU refused it with \(error.name)")]
                attachment = try throughTracefs(probe, tracefs: tracefs, notes: notes, cpu: cpu, roots: roots)
            }
        } else {
            guard let tracefs else { throw AttachFailure.noWay(probe, roots: roots) }
            let reason = pmu == nil ? "this kernel has no kprobe PMU" : "the kprobe PMU knows no maxactive"
            attachment = try throughTracefs(
                probe, tracefs: tracefs, notes: [AttachNotes.tracefs(reason)], cpu: cpu, roots: roots)
        }
        try attachment.tie(program, limits: limits, roots: roots)
        return attachment
    }

    /// Takes the program off and tells what the kernel said of it; letting go does the same in silence.
    public consuming func detach() throws(BPFError) {
        // Closing the descriptor of a link or an event does not fail but for a bad number.
        if link >= 0 { _ = CBPF.close(link) }
        if event >= 0 { _ = CBPF.close(event) }
        link = -1
        event = -1
        do throws(Errno) {
            try tracefsProbe?.remove()
        } catch {
            throw BPFError(
                .detachProbe, errno: error, "the probe on \(probe) stays behind in tracefs",
                cause: error == .resourceBusy ? "another process still uses it" : nil,
                nextStep: "the next start removes it")
        }
    }

    /// Hits of the function that the kernel dropped since the probe was busy already; nil where it does not count them.
    public func missed(roots: KernelRoots = KernelRoots()) -> UInt64? {
        if let count = tracefsProbe?.missed() { return count }
        guard link >= 0, let count = try? Links.missed(link: link) else { return nil }
        // The field is zero, and not absent, on a kernel that knows kprobe links but not this count.
        return count == 0 && KernelVersion.running(roots) < KernelVersion.code(6, 7, 0) ? nil : count
    }

    private static func openKprobe(
        _ pmu: KprobePMU, _ probe: ResolvedProbe, cpu: Int32
    ) throws(Errno) -> OwnedDescriptor {
        let config = probe.isReturn ? pmu.returnBit : 0
        let address = probe.address.map { $0 &+ probe.offset }
        if let address, probe.needsAddress || probe.module != nil {
            return try PerfEvents.openKprobe(type: pmu.type, config: config, place: .address(address), cpu: cpu)
        }
        let name = (probe.module.map { $0 + ":" } ?? "") + probe.symbol
        let place = PerfEvents.KprobePlace.symbol(name, offset: probe.offset)
        return try PerfEvents.openKprobe(type: pmu.type, config: config, place: place, cpu: cpu)
    }

    private static func throughTracefs(
        _ probe: ResolvedProbe, tracefs: Tracefs, notes: [Diagnostic], cpu: Int32, roots: KernelRoots
    ) throws(BPFError) -> KprobeAttachment {
        var place = probe.description
        if probe.needsAddress, let address = probe.address {
            place = "0x" + String(address &+ probe.offset, radix: 16)
        }
        let made: TracefsProbe
        do throws(TracefsRefusal) {
            made = try TracefsProbe.add(at: place, for: probe, tracefs: tracefs, roots: roots)
        } catch {
            throw AttachFailure.refused(
                error.errno, probe, by: tracefs.kprobeEvents, quote: error.quote, tracefs: tracefs, roots: roots)
        }
        let id = made.id
        var attachment = KprobeAttachment(probe, notes: notes, tracefsProbe: made)
        do throws(Errno) {
            attachment.event = try PerfEvents.openTracepoint(id: id, cpu: cpu).release()
        } catch {
            throw AttachFailure.refused(error, probe, by: "perf_event_open(2)", tracefs: tracefs, roots: roots)
        }
        return attachment
    }

    private mutating func tie(_ program: Int32, limits: AttachLimits, roots: KernelRoots) throws(BPFError) {
        do throws(Errno) {
            if !limits.contains(.withoutLink), let made = try makeLink(program) {
                link = made
                way = tracefsProbe == nil ? .pmuLink : .tracefsLink
            } else {
                notes.append(AttachNotes.ioctl)
                try PerfEvents.setProgram(program, of: event)
            }
            try PerfEvents.enable(event)
        } catch {
            throw AttachFailure.untied(error, probe)
        }
    }

    /// nil where the kernel has no links for perf events.
    private func makeLink(_ program: Int32) throws(Errno) -> Int32? {
        do throws(Errno) {
            return try Links.create(program: program, perfEvent: event).release()
        } catch {
            // Kernels before 5.15 say EINVAL; if the program is at fault the ioctl says so again.
            if error == .invalidArgument || error == .notSupported { return nil }
            throw error
        }
    }
}
