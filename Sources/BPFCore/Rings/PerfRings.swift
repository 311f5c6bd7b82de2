// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
internal import BPFObject
internal import CBPF
package import Diagnostics
package import Records

/// The rings of all CPUs behind one `PERF_EVENT_ARRAY`, and the account of what was lost in them.
///
/// Each ring is open, mapped and waited for before its slot of the map is set, so no program writes to one that is not
/// ready. The set follows CPUs that go and come, when ``followCPUs(poll:into:)`` is called now and then.
///
/// Programs wake the reader at every sample while few come, and by bytes while many do (`RingPace`); ``patience``
/// tells how long it may wait.
package struct PerfRings: ~Copyable, Sendable {
    /// The number of the map, in the context of its samples.
    package let source: UInt32
    let options: PerfReader.Options
    let map: Map
    var rings = UniqueArray<PerfRing>()
    /// The slots of the map: ids of CPUs from this on have none.
    let slots: Int
    /// Data pages of the next ring.
    private var pages: Int
    /// The ring to begin with, so that a full sink does not always keep the same CPUs waiting.
    private var cursor = 0
    /// What went through rings that are closed by now.
    var closed: [Int: RingTotals] = [:]
    /// What rings that are closed by now lost and nobody asked for yet.
    var lostBeforeClosing: [Int: UInt64] = [:]
    /// Losses that a sink had no room for yet.
    var untold: [SampleLoss] = []
    var refusedCPUs: Set<Int> = []
    var online = OnlineCPUs()
    /// The next ring to be asked whether its event still counts.
    var nextCheck = 0
    /// Whether slots may be changed: a kernel may refuse it once privilege was given up.
    private var mayChangeSlots = true
    /// How long the reader may wait, after the last ``drain(into:)``.
    package private(set) var patience = Patience.deadline

    /// How long the reader may wait before it looks at the rings again by itself.
    package enum Patience: Sendable {
        /// Until somebody wakes it: every sample does.
        case untilWoken
        /// For as long as an event may be late: samples come, and only many of them wake it.
        case deadline
        /// No sample came, and one that comes might not wake it.
        case idle
    }

    /// What the user should know of how the rings were opened.
    package private(set) var notes: [Diagnostic] = []

    /// Opens the rings of all CPUs that run, and sets their slots in the map.
    ///
    /// - Parameters:
    ///   - map: A `PERF_EVENT_ARRAY`.
    ///   - poll: Gets the rings to wait for; any of its occurrences is a reason to drain them all.
    ///   - source: The number of the map, in the context of its samples.
    ///   - options: The size of the rings and their like.
    /// - Throws: `BPFError` of operation `openRing` or `mapElement`; of `reuseMap` if the map has no slot for a CPU.
    package static func open(
        map: borrowing Map, poll: borrowing EventPoll, source: UInt32 = 0, options: PerfReader.Options
    ) throws(BPFError) -> PerfRings {
        DescriptorLimit.raise()
        let online = try CPUList.online(roots: options.roots)
        let info = try map.info()
        guard info.type == .perfEventArray else { throw info.isNot("a perf_event_array") }
        let slots = Int(info.maxEntries)
        if let last = online.last, last >= slots {
            throw BPFError(
                .reuseMap, .ringSlots, "the map has \(slots) slots, and CPU \(last) would need slot \(last)",
                cause: "it was made for a machine with fewer CPUs, or by hand",
                nextStep: "remove the pin if nobody needs the map, and have it made anew")
        }
        var set = PerfRings(
            source: source, options: options, map: try map.duplicate(), slots: slots, cpus: online.count)
        let wanted = set.pages
        for cpu in online { try set.add(cpu, poll) }
        guard set.rings.count > 0 else {
            throw BPFError(
                .openRing, .ringOpenFailed, errno: Errno(rawValue: ENODEV), "no CPU has a ring: they all went away")
        }
        if set.pages < wanted {
            set.notes.append(
                Diagnostic(
                    .ringSmaller, .warning, stage: .ring,
                    "rings have \(set.pages) data pages per CPU instead of \(wanted)",
                    cause: "the kernel did not give more memory: kernel.perf_event_mlock_kb and the limit of locked "
                        + "memory (ulimit -l), or memory itself"))
        }
        return set
    }

    private init(
        source: UInt32, options: PerfReader.Options, map: consuming Map, slots: Int, cpus: Int
    ) {
        self.source = source
        self.options = options
        self.map = map
        self.slots = slots
        pages = options.pages ?? Self.defaultPages(cpus: cpus, pageSize: MemoryPage.size)
    }

    /// The data pages of a ring where the user does not say: 2 MiB, and less where all rings together would have more
    /// than 64 MiB.
    ///
    /// 2 MiB hold 16-byte events for 0.6 s at 100,000 a second, while the reader stalls. Measured, the rate at which
    /// nothing is lost grew with the ring up to there: for events of 256 bytes to twice that of 1 MiB.
    package static func defaultPages(cpus: Int, pageSize: Int) -> Int {
        var bytes = 2 << 20
        while bytes > pageSize && bytes * max(cpus, 1) > 64 << 20 { bytes /= 2 }
        return max(1, bytes / max(pageSize, 1))
    }

    /// The CPUs that have a ring now.
    package var cpus: [Int] { (0..<rings.count).map { rings[$0].cpu } }

    /// The data pages of a ring.
    package var pagesPerCPU: Int { pages }

    /// The CPUs whose programs wake the reader at every sample now.
    package var quietCPUs: [Int] { (0..<rings.count).filter { rings[$0].pace.mode == .quiet }.map { rings[$0].cpu } }

    // MARK: Draining

    /// Hands what all rings hold to a sink, and chooses how each ring wakes the reader from here on.
    package mutating func drain(into sink: inout some SampleSink & ~Copyable) -> DrainRound {
        var round = DrainRound()
        let now = MonotonicClock.nanoseconds
        var isChanged = false
        if !untold.isEmpty { tellLosses(to: &sink) }
        for _ in 0..<rings.count {
            if cursor >= rings.count { cursor = 0 }
            let pass = rings[cursor].drain(into: &sink, source: source)
            round.samples += pass.samples
            round.knowsOfLost = round.knowsOfLost || rings[cursor].knowsOfLost
            if choosePace(cursor, samples: pass.samples, now) { isChanged = true }
            if pass.isSinkFull {
                round.isSinkFull = true
                break
            }
            cursor += 1
        }
        // What came between the look at a ring and the change of its slot woke nobody.
        patience = isChanged ? .deadline : choosePatience(hasSamples: round.samples > 0)
        return round
    }

    /// Whether all rings are empty.
    package var isEmpty: Bool { (0..<rings.count).allSatisfy { rings[$0].isEmpty } }

    /// Stops the producers' side: programs that output events are refused from here on.
    ///
    /// It needs no privilege.
    package mutating func disable() {
        mayChangeSlots = false
        for index in 0..<rings.count { rings[index].disable() }
    }

    /// Sets the slots of all CPUs once more.
    ///
    /// For the case that another process put its own rings there.
    package mutating func setSlots() throws(BPFError) {
        for index in 0..<rings.count { try Self.set(rings[index], map) }
    }

    /// - Returns: Whether the ring's slot holds another event now.
    private mutating func choosePace(_ index: Int, samples: Int, _ now: UInt64) -> Bool {
        let mode = rings[index].pace.wanted(after: samples, at: now)
        guard mode != rings[index].pace.mode, mayChangeSlots, rings[index].canWakeAtOnce else { return false }
        do {
            try map.update(
                key: UInt32(rings[index].cpu), value: UInt32(bitPattern: rings[index].descriptor(for: mode)))
        } catch {
            // Without privilege some kernels refuse it. What the slots hold stays good, if less than the best.
            mayChangeSlots = false
            return false
        }
        rings[index].pace.change(to: mode, at: now)
        return true
    }

    /// How long the reader may wait for the next round, in microseconds.
    package func pause(_ latency: ReaderLatency) -> Int {
        switch patience {
        case .untilWoken: ReaderLatency.untilWoken
        case .deadline: latency.deadline
        case .idle: latency.idle
        }
    }

    /// Whether there is something for ``takeLosses()``.
    package var knowsOfLost: Bool {
        for index in 0..<rings.count where rings[index].knowsOfLost { return true }
        return !lostBeforeClosing.isEmpty
    }

    private func choosePatience(hasSamples: Bool) -> Patience {
        if options.keepsNewest { return .untilWoken }
        var isBusy = false
        for index in 0..<rings.count where rings[index].pace.mode == .busy {
            // It will be quiet soon, or it has events.
            if hasSamples || (mayChangeSlots && rings[index].canWakeAtOnce) { return .deadline }
            isBusy = true
        }
        return isBusy ? .idle : .untilWoken
    }

    // MARK: Opening

    mutating func add(_ cpu: Int, _ poll: borrowing EventPoll) throws(BPFError) {
        do throws(BPFError) {
            let ring = try openRing(cpu)
            // Nobody waits for a ring that keeps its events.
            if !options.keepsNewest {
                try poll.add(ring.event.rawValue, token: Self.token(source: source, cpu: cpu), .readable)
            }
            do throws(BPFError) {
                try Self.set(ring, map)
            } catch {
                poll.remove(ring.event.rawValue)
                throw error
            }
            rings.append(ring)
        } catch  where error.operation == .openRing && error.errno?.rawValue == ENODEV {
            // It went away between our look and now; it is followed like any other when it comes back.
        }
    }

    private static func set(_ ring: borrowing PerfRing, _ map: borrowing Map) throws(BPFError) {
        do {
            try map.update(
                key: UInt32(ring.cpu), value: UInt32(bitPattern: ring.descriptor(for: ring.pace.mode)))
        } catch {
            throw BPFError(
                .mapElement, .mapAccessFailed, errno: error, "cannot put the ring of CPU \(ring.cpu) into the map")
        }
    }

    /// Opens a ring, a smaller one where the kernel does not give the memory.
    private mutating func openRing(_ cpu: Int) throws(BPFError) -> PerfRing {
        while true {
            do {
                return try PerfRing.open(
                    cpu: cpu,
                    PerfRing.Shape(
                        pages: pages, layout: options.layout, wakesAtOnce: options.wakesAtOnce, mode: options.mode,
                        isBackward: options.keepsNewest))
            } catch {
                // EPERM is mmap's word for too much locked memory; perf_event_open(2) itself says EACCES.
                guard error == .noMemory || error == .notPermitted, pages > 1 else {
                    throw Self.failure(cpu, error)
                }
                if error == .notPermitted, MemoryLock.raise() { continue }
                pages /= 2
            }
        }
    }

    private static func failure(_ cpu: Int, _ errno: Errno) -> BPFError {
        switch errno {
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
            BPFError(
                .openRing, errno == .tooManyOpenFiles ? .openFilesLimit : .openFilesOfMachine, errno: errno,
                "cannot open the ring of CPU \(cpu)",
                cause: "every CPU needs a descriptor, and the limit is reached",
                nextStep: errno == .tooManyOpenFiles
                    ? DescriptorLimit.nextStep : "raise \(.raiseLimit("fs.file-max"), "fs.file-max")")
        case .noMemory:
            BPFError(
                .openRing, .ringMemory, errno: errno, "cannot open the ring of CPU \(cpu)",
                cause: "there is no memory even for one page")
        default:
            BPFError(.openRing, .ringOpenFailed, errno: errno, "cannot open the ring of CPU \(cpu)")
        }
    }
}
