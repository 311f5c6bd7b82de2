// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
internal import CBPF
public import Diagnostics
public import EventStream
internal import SystemPackage

/// The rings of all CPUs behind one `PERF_EVENT_ARRAY`, and the account of what was lost in them.
///
/// Each ring is open, mapped and waited for before its slot of the map is set, so no program writes to one that is not
/// ready. The set follows CPUs that go and come, when ``followCPUs(map:poll:into:)`` is called now and then.
public struct RingSet: ~Copyable {
    /// How rings are opened.
    public struct Options: Sendable {
        /// Data pages of each ring, a power of two; nil lets ``RingSet/defaultPages(cpus:pageSize:)`` choose.
        public var pages: Int?
        /// Where the kernel tells of its CPUs.
        public var roots = KernelRoots()

        /// Creates the usual options.
        public init(pages: Int? = nil) {
            self.pages = pages
        }
    }

    /// Events that were lost on one CPU.
    public struct Loss: Sendable, Equatable {
        /// The CPU.
        public let cpu: Int
        /// How many events, since they were last asked for or in total.
        public let events: UInt64
    }

    private var rings = UniqueArray<PerfRing>()
    private let options: Options
    /// The slots of the map: ids of CPUs from this on have none.
    private let slots: Int
    /// Data pages of the next ring.
    private var pages: Int
    /// The ring to begin with, so that a full writer does not always keep the same CPUs waiting.
    private var cursor = 0
    private var lost: [Int: UInt64] = [:]
    /// What rings that are closed by now lost and nobody asked for yet.
    private var lostBeforeClosing: [Int: UInt64] = [:]
    private var refusedCPUs: Set<Int> = []
    /// The next ring to be asked whether its event still counts.
    private var nextCheck = 0
    /// The rings asked at each call: it interrupts their CPUs, and machines may have hundreds.
    private static let checksPerCall = 8

    /// Records with lengths that cannot be true; never, as long as the kernel is sound.
    public private(set) var corruptRecords = 0
    /// Records of kinds that these rings do not hold.
    public private(set) var unknownRecords = 0
    /// What the user should know of how the rings were opened.
    public private(set) var notes: [Diagnostic] = []

    /// In the tokens of an ``EventPoll``, the bit that marks a ring; the CPU's id is in the lower half.
    private static let tokenBit: UInt64 = 1 << 32

    /// Opens the rings of all CPUs that run, and sets their slots in the map.
    ///
    /// - Parameters:
    ///   - map: A `PERF_EVENT_ARRAY`.
    ///   - poll: Gets the rings to wait for; any of its occurrences is a reason to drain them all.
    ///   - options: The size of the rings.
    /// - Throws: `BPFError` of operation `openRing` or `mapElement`; of `reuseMap` if the map has no slot for a CPU.
    public static func open(
        map: borrowing MapHandle, poll: borrowing EventPoll, options: Options = Options()
    ) throws(BPFError) -> RingSet {
        let online = try CPUList.online(roots: options.roots)
        let slots = Int(try map.info().maxEntries)
        if let last = online.last, last >= slots {
            throw BPFError(
                .reuseMap, "the map has \(slots) slots, and CPU \(last) would need slot \(last)",
                cause: "it was made for a machine with fewer CPUs, or by hand",
                nextStep: "remove the pin if nobody needs the map, and let bpf-eventd make it", exitStatus: .badData)
        }
        var set = RingSet(options: options, slots: slots, cpus: online.count)
        let wanted = set.pages
        for cpu in online { try set.add(cpu, map, poll) }
        guard set.rings.count > 0 else {
            throw BPFError(.openRing, errno: Errno(rawValue: ENODEV), "no CPU has a ring: they all went away")
        }
        if set.pages < wanted {
            set.notes.append(
                Diagnostic(
                    .warning, stage: .ring, "rings have \(set.pages) data pages per CPU instead of \(wanted)",
                    cause: "the kernel did not give more memory: kernel.perf_event_mlock_kb and the limit of locked "
                        + "memory (ulimit -l), or memory itself", exitStatus: .success))
        }
        return set
    }

    private init(options: Options, slots: Int, cpus: Int) {
        self.options = options
        self.slots = slots
        pages = options.pages ?? Self.defaultPages(cpus: cpus, pageSize: RingMapping.pageSize)
    }

    /// The data pages of a ring where the user does not say: 512 KiB, and less where all rings together would have
    /// more than 64 MiB.
    ///
    /// 512 KiB hold 16-byte events for 0.16 s at 100,000 a second, while the reader stalls. Measured on two busy CPUs
    /// of 2.1 GHz, it is also where 3 million events a second begin to pass with hardly a loss; with 64 KiB 5 % are lost.
    public static func defaultPages(cpus: Int, pageSize: Int) -> Int {
        var bytes = 512 << 10
        while bytes > pageSize && bytes * max(cpus, 1) > 64 << 20 { bytes /= 2 }
        return max(1, bytes / max(pageSize, 1))
    }

    /// The CPUs that have a ring now.
    public var cpus: [Int] { (0..<rings.count).map { rings[$0].cpu } }

    /// The data pages of a ring.
    public var pagesPerCPU: Int { pages }

    // MARK: Draining

    /// What one round over all rings did.
    public struct Round: Sendable {
        /// Events that went into the writer.
        public var samples = 0
        /// Whether the writer is full and events are left.
        public var isWriterFull = false
        /// Whether a ring has told of lost events, so that ``takeLosses()`` is worth a call.
        public var knowsOfLost = false
    }

    /// Moves what all rings hold into a frame writer.
    public mutating func drain(into writer: inout StreamWriter) -> Round {
        var round = Round()
        for _ in 0..<rings.count {
            if cursor >= rings.count { cursor = 0 }
            let pass = rings[cursor].drain(into: &writer)
            round.samples += pass.samples
            round.knowsOfLost = round.knowsOfLost || rings[cursor].knowsOfLost
            note(pass)
            if pass.isWriterFull {
                round.isWriterFull = true
                break
            }
            cursor += 1
        }
        return round
    }

    /// Whether all rings are empty.
    public var isEmpty: Bool { (0..<rings.count).allSatisfy { rings[$0].isEmpty } }

    /// Stops the producers' side: programs that output events are refused from here on.
    ///
    /// It needs no privilege.
    public func disable() {
        for index in 0..<rings.count { rings[index].disable() }
    }

    /// The events lost on each CPU since the last call.
    public mutating func takeLosses() -> [Loss] {
        var new = lostBeforeClosing
        lostBeforeClosing = [:]
        for index in 0..<rings.count {
            let events = rings[index].takeLost()
            if events > 0 { new[rings[index].cpu, default: 0] += events }
        }
        for (cpu, events) in new { lost[cpu, default: 0] += events }
        return Self.sorted(new)
    }

    /// All events lost on each CPU, as far as ``takeLosses()`` has counted them.
    public var losses: [Loss] { Self.sorted(lost) }

    private static func sorted(_ losses: [Int: UInt64]) -> [Loss] {
        losses.map { Loss(cpu: $0.key, events: $0.value) }.sorted { $0.cpu < $1.cpu }
    }

    private mutating func note(_ pass: PerfRecords.Pass) {
        corruptRecords += pass.corrupt
        unknownRecords += pass.unknown
    }

    // MARK: CPUs that go and come

    /// Takes in that an occurrence of an ``EventPoll`` belongs to a ring that is in error, which would end every wait.
    ///
    /// - Returns: Whether it was one of these rings.
    @discardableResult
    public func stopWaiting(for occurrence: EventPoll.Occurrence, poll: borrowing EventPoll) -> Bool {
        guard occurrence.token & Self.tokenBit != 0, occurrence.readiness.isDisjoint(with: .broken) == false else {
            return false
        }
        let cpu = Int(occurrence.token & (Self.tokenBit - 1))
        guard let index = index(of: cpu) else { return false }
        poll.remove(rings[index].event.rawValue)
        return true
    }

    /// Opens rings for CPUs that have come and closes those of CPUs that have gone, after what they held is read.
    ///
    /// - Returns: What the user should know: CPUs that came and went, and rings that could not be opened.
    public mutating func followCPUs(
        map: borrowing MapHandle, poll: borrowing EventPoll, into writer: inout StreamWriter
    ) -> [Diagnostic] {
        let online: [Int]
        do throws(BPFError) {
            online = try CPUList.online(roots: options.roots)
        } catch {
            // Without sysfs nothing can be followed; the rings there are go on.
            return []
        }
        var notes: [Diagnostic] = []
        for cpu in cpus where !online.contains(cpu) {
            if remove(cpu, map, poll, into: &writer) {
                notes.append(Diagnostic(.note, stage: .ring, "CPU \(cpu) went offline", exitStatus: .success))
            }
        }
        closeDeadRings(map, poll, into: &writer)
        refusedCPUs.formIntersection(online)
        let known = refusedCPUs.union(cpus)
        for cpu in online where !known.contains(cpu) {
            notes.append(follow(cpu, map, poll))
        }
        return notes
    }

    private mutating func follow(
        _ cpu: Int, _ map: borrowing MapHandle, _ poll: borrowing EventPoll
    ) -> Diagnostic {
        do throws(BPFError) {
            guard cpu < slots else {
                throw BPFError(
                    .reuseMap, "the map has \(slots) slots, none for CPU \(cpu)",
                    nextStep: "stop bpf-eventd, remove the pin and start it again", exitStatus: .badData)
            }
            try add(cpu, map, poll)
            return Diagnostic(.note, stage: .ring, "CPU \(cpu) came online", exitStatus: .success)
        } catch {
            refusedCPUs.insert(cpu)
            var diagnostic = error.explained().diagnostic
            diagnostic.severity = .warning
            diagnostic.message = "events of CPU \(cpu), which came online, are not seen: " + diagnostic.message
            return diagnostic
        }
    }

    /// Closes rings whose CPU was away between two looks, or slept with the machine; they are then opened like new ones.
    private mutating func closeDeadRings(
        _ map: borrowing MapHandle, _ poll: borrowing EventPoll, into writer: inout StreamWriter
    ) {
        for _ in 0..<min(Self.checksPerCall, rings.count) {
            if nextCheck >= rings.count { nextCheck = 0 }
            let isAlive = rings[nextCheck].isAlive()
            if isAlive || !remove(rings[nextCheck].cpu, map, poll, into: &writer) { nextCheck += 1 }
        }
    }

    private mutating func remove(
        _ cpu: Int, _ map: borrowing MapHandle, _ poll: borrowing EventPoll, into writer: inout StreamWriter
    ) -> Bool {
        guard let index = index(of: cpu) else { return false }
        rings[index].disable()
        let pass = rings[index].drain(into: &writer)
        note(pass)
        // The rest is read in later rounds, and the ring goes when it is empty.
        guard !pass.isWriterFull else { return false }
        let events = rings[index].takeLost()
        if events > 0 { lostBeforeClosing[cpu, default: 0] += events }
        // After privilege was dropped old kernels refuse it; the slot then keeps an event that nobody writes to.
        do { try map.delete(key: UInt32(cpu)) } catch {}
        poll.remove(rings[index].event.rawValue)
        _ = rings.remove(at: index)
        return true
    }

    private func index(of cpu: Int) -> Int? {
        (0..<rings.count).first { rings[$0].cpu == cpu }
    }

    // MARK: Opening

    private mutating func add(
        _ cpu: Int, _ map: borrowing MapHandle, _ poll: borrowing EventPoll
    ) throws(BPFError) {
        do throws(BPFError) {
            let ring = try openRing(cpu)
            try poll.add(ring.event.rawValue, token: Self.tokenBit | UInt64(cpu), .readable)
            try Self.set(ring, map, poll)
            rings.append(ring)
        } catch  where error.operation == .openRing && error.errno?.rawValue == ENODEV {
            // It went away between our look and now; it is followed like any other when it comes back.
        }
    }

    private static func set(
        _ ring: borrowing PerfRing, _ map: borrowing MapHandle, _ poll: borrowing EventPoll
    ) throws(BPFError) {
        do {
            try map.update(key: UInt32(ring.cpu), value: UInt32(bitPattern: ring.event.rawValue))
        } catch {
            poll.remove(ring.event.rawValue)
            throw BPFError(.mapElement, errno: error, "cannot put the ring of CPU \(ring.cpu) into the map")
        }
    }

    /// Opens a ring, a smaller one where the kernel does not give the memory.
    private mutating func openRing(_ cpu: Int) throws(BPFError) -> PerfRing {
        var mayRaiseLimit = true
        while true {
            do {
                return try PerfRing.open(cpu: cpu, pages: pages)
            } catch {
                // EPERM is mmap's word for too much locked memory; perf_event_open(2) itself says EACCES.
                guard error == .noMemory || error == .notPermitted, pages > 1 else {
                    throw Self.failure(cpu, error)
                }
                if mayRaiseLimit, error == .notPermitted, MemoryLock.raise() {
                    mayRaiseLimit = false
                } else {
                    pages /= 2
                }
            }
        }
    }

    private static func failure(_ cpu: Int, _ errno: Errno) -> BPFError {
        switch errno {
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
            BPFError(
                .openRing, errno: errno, "cannot open the ring of CPU \(cpu)",
                cause: "every CPU needs a descriptor, and the limit is reached",
                nextStep: errno == .tooManyOpenFiles
                    ? "raise it: ulimit -n 4096, or LimitNOFILE= of the service" : "raise fs.file-max",
                exitStatus: .io)
        case .noMemory:
            BPFError(
                .openRing, errno: errno, "cannot open the ring of CPU \(cpu)",
                cause: "there is no memory even for one page", exitStatus: .io)
        default:
            BPFError(.openRing, errno: errno, "cannot open the ring of CPU \(cpu)")
        }
    }
}
