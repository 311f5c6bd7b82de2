// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Records

/// The ring that one CPU writes its events to: a mapping, and two perf events of kind `PERF_COUNT_SW_BPF_OUTPUT`.
///
/// Through the one event the kernel wakes us when many bytes are there, through the other at every sample; both write
/// to the same ring (`PERF_EVENT_IOC_SET_OUTPUT`). Which of them is in the slot of the map decides what a program pays.
struct PerfRing: ~Copyable {
    /// The CPU whose programs write here; the slot of the map has the same number.
    let cpu: Int
    /// Owns the ring and wakes by bytes; for epoll(7) too, where it tells of the wakeups of both.
    let event: OwnedDescriptor
    /// Wakes at every sample; nil where the kernel or the limit of descriptors did not allow it.
    private let urgent: OwnedDescriptor?
    /// Its number; negative where there is none.
    private let urgentNumber: Int32
    private let mapping: RingMapping
    private let layout: PerfRecords.Layout
    /// Whether the kernel writes backwards, and over what nobody has read.
    let isBackward: Bool
    /// Whether read(2) tells the number of lost events (`PERF_FORMAT_LOST`, Linux 6.0).
    private let countsLost: Bool
    /// Our own copy: what stands in the shared page is for the kernel, and we believe only ourselves.
    private var tail: UInt64 = 0
    /// Which event the slot should hold.
    var pace: RingPace
    private var memory = PerfRecords.Memory()
    private var lostReported: UInt64 = 0
    private var pulse = EventPulse()
    /// What went through it.
    private(set) var totals = RingTotals()

    /// The bytes after which the kernel wakes us, at most: a larger ring is not left to fill up to its quarter.
    private static let largestWatermark = 256 << 10

    /// How a ring is opened.
    struct Shape {
        /// Data pages, a power of two.
        var pages: Int
        /// What the kernel puts into each sample.
        var layout: PerfRecords.Layout
        /// Whether there should be an event that wakes at every sample.
        var wakesAtOnce: Bool
        /// What the slot of the map holds at first.
        var mode: RingPace.Mode
        /// Whether the kernel writes backwards, and over what nobody has read.
        var isBackward = false
    }

    /// Opens the events of a CPU and maps its ring; no slot of a map refers to it yet.
    ///
    /// - Parameter cpu: A CPU that is online; another one is `ENODEV`.
    static func open(cpu: Int, _ shape: Shape) throws(Errno) -> PerfRing {
        do {
            return try open(cpu: cpu, shape, countsLost: true)
        } catch .invalidArgument {
            return try open(cpu: cpu, shape, countsLost: false)
        }
    }

    private static func open(cpu: Int, _ shape: Shape, countsLost: Bool) throws(Errno) -> PerfRing {
        let watermark = min(shape.pages * MemoryPage.size / 4, largestWatermark)
        let kind = EventKind(
            cpu: cpu, layout: shape.layout, countsLost: countsLost, isBackward: shape.isBackward)
        let event = try kind.open(wakeup: .bytes(watermark))
        let mapping = try RingMapping.map(event: event, pages: shape.pages, isWritable: !shape.isBackward)
        let urgent = shape.wakesAtOnce && !shape.isBackward ? try kind.openUrgent(into: event) : nil
        return PerfRing(kind, shape.mode, mapping: mapping, event: event, urgent: urgent)
    }

    private init(
        _ kind: EventKind, _ mode: RingPace.Mode, mapping: consuming RingMapping, event: consuming OwnedDescriptor,
        urgent: consuming OwnedDescriptor?
    ) {
        cpu = kind.cpu
        layout = kind.layout
        isBackward = kind.isBackward
        countsLost = kind.countsLost
        switch urgent {
        case .some(let descriptor): urgentNumber = descriptor.rawValue
        case .none: urgentNumber = -1
        }
        pace = RingPace(urgentNumber >= 0 ? mode : .busy, at: MonotonicClock.nanoseconds)
        self.event = event
        self.urgent = urgent
        self.mapping = mapping
    }

    /// The bytes of the ring's data area.
    var dataSize: Int { mapping.dataSize }

    /// Whether something is there to be read.
    var isEmpty: Bool { isBackward || mapping.head == tail }

    /// Whether programs can be made to wake us at every sample.
    var canWakeAtOnce: Bool { urgentNumber >= 0 }

    /// The event that the slot of the map should hold; the one that wakes by bytes where there is no other.
    func descriptor(for mode: RingPace.Mode) -> Int32 {
        mode == .quiet && canWakeAtOnce ? urgentNumber : event.rawValue
    }

    /// Hands what is there to a sink, and gives the room back to the kernel.
    mutating func drain(into sink: inout some SampleSink & ~Copyable, source: UInt32) -> PerfRecords.Pass {
        let head = mapping.head
        guard head != tail, !isBackward else { return PerfRecords.Pass(tail: tail, memory: memory) }
        totals.highWater = max(totals.highWater, Int(clamping: head &- tail))
        let pass = sink.take(
            contentsOf: PerfRecords(
                mapping.data, from: tail, to: head, layout: layout, memory: memory, source: source, cpu: cpu))
        memory = pass.memory
        tail = pass.tail
        mapping.release(to: tail)
        totals.samples &+= UInt64(pass.samples)
        totals.lost &+= pass.lost
        totals.corrupt &+= UInt64(pass.corrupt)
        totals.unknown &+= UInt64(pass.unknown)
        return pass
    }

    /// Memory for a copy of the ring.
    func roomForCopy() throws(Errno) -> RingCopy { try RingCopy(byteCount: mapping.dataSize) }

    /// Has the ring take nothing (`PERF_EVENT_IOC_PAUSE_OUTPUT`), or take events again; the kernel counts what comes
    /// meanwhile as lost.
    func pause(_ isPaused: Bool) throws(Errno) {
        guard cbpf_perf_pause(event.rawValue, isPaused ? 1 : 0) == 0 else { throw .last }
    }

    /// Copies a ring that is written backwards, and is paused.
    ///
    /// - Parameters:
    ///   - room: What ``roomForCopy()`` gave.
    ///   - source: The number of the map.
    ///   - isSettled: Whether what programs had begun before the pause is finished.
    func copy(into room: consuming RingCopy, source: UInt32, isSettled: Bool) -> BackwardCopy {
        var memory = room
        let head = mapping.head
        memory.append(mapping.data)
        return BackwardCopy(memory, head: head, layout: layout, source: source, cpu: cpu, isSettled: isSettled)
    }

    /// Stops the events: programs that still write to it get an `EOPNOTSUPP`.
    ///
    /// It needs no privilege.
    func disable() {
        // It fails only where there is no event any more, and then nobody writes to it.
        _ = cbpf_perf_disable(event.rawValue)
        if canWakeAtOnce { _ = cbpf_perf_disable(urgentNumber) }
    }

    /// Asks the kernel for lost events that no record in the ring has told of yet.
    ///
    /// A record of lost events is written only in front of the next event that fits, so those at the very end are known
    /// from here only.
    ///
    /// - Returns: The events that are new.
    mutating func countLost() -> UInt64 {
        guard countsLost, let counted = readCounts(of: event.rawValue)?.lost else { return 0 }
        let urgentlyCounted = canWakeAtOnce ? readCounts(of: urgentNumber)?.lost ?? 0 : 0
        let all = counted &+ urgentlyCounted
        guard all > totals.lost else { return 0 }
        let new = all - totals.lost
        totals.lost = all
        memory.toldLosses &+= new
        return new
    }

    /// The time of the last sample in ns; nil as long as none is known.
    var latestTime: UInt64? { memory.latestTime == 0 ? nil : memory.latestTime }

    /// The lost events that are known and were not taken before.
    mutating func takeLost() -> UInt64 {
        defer { lostReported = totals.lost }
        return totals.lost - lostReported
    }

    /// Whether there is something for ``takeLost()``.
    var knowsOfLost: Bool { totals.lost > lostReported }

    /// Whether the event still counts.
    ///
    /// Programs output to nowhere once its CPU was offline.
    mutating func isAlive() -> Bool {
        guard let now = readCounts(of: event.rawValue)?.timeEnabled else { return true }
        return pulse.isAlive(now)
    }

    /// Reads what `read_format` asks for: `struct { u64 value; u64 time_enabled; u64 lost; }`.
    private func readCounts(of descriptor: Int32) -> (timeEnabled: UInt64, lost: UInt64)? {
        var counts: (value: UInt64, timeEnabled: UInt64, lost: UInt64) = (0, 0, 0)
        let size = countsLost ? 24 : 16
        let count = unsafe withUnsafeMutableBytes(of: &counts) { bytes in
            unsafe read(descriptor, bytes.baseAddress, bytes.count)
        }
        return count == size ? (counts.timeEnabled, counts.lost) : nil
    }
}

/// What went through a ring since it was opened.
struct RingTotals {
    var samples: UInt64 = 0
    /// Lost events that are known of.
    var lost: UInt64 = 0
    /// Records with lengths that cannot be true.
    var corrupt: UInt64 = 0
    /// Records of kinds that the ring does not hold.
    var unknown: UInt64 = 0
    /// The most bytes that were seen in it at once.
    var highWater = 0
}

/// How the perf events of a CPU are opened.
private struct EventKind {
    let cpu: Int
    let layout: PerfRecords.Layout
    let countsLost: Bool
    let isBackward: Bool

    enum Wakeup {
        /// When so many bytes are there. A wakeup for every event costs the traced program 10 to 20 us of it.
        case bytes(Int)
        /// At every sample.
        case sample
    }

    /// Opens the event that wakes at every sample and writes to the ring of another one.
    ///
    /// - Returns: Nil where there can be none; the ring does without.
    func openUrgent(into ring: borrowing OwnedDescriptor) throws(Errno) -> OwnedDescriptor? {
        let urgent: OwnedDescriptor
        do {
            urgent = try open(wakeup: .sample)
        } catch .tooManyOpenFiles {
            return nil
        }
        guard cbpf_perf_set_output(urgent.rawValue, ring.rawValue) == 0 else { return nil }
        return urgent
    }

    func open(wakeup: Wakeup) throws(Errno) -> OwnedDescriptor {
        var attributes = perf_event_attr()
        attributes.size = UInt32(MemoryLayout<perf_event_attr>.size)
        attributes.type = UInt32(PERF_TYPE_SOFTWARE.rawValue)
        attributes.config = UInt64(PERF_COUNT_SW_BPF_OUTPUT.rawValue)
        attributes.sample_type = UInt64(PERF_SAMPLE_RAW.rawValue)
        if layout == .context {
            attributes.sample_type |= UInt64(PERF_SAMPLE_TID.rawValue) | UInt64(PERF_SAMPLE_TIME.rawValue)
            // The clock of bpf_ktime_get_ns, so that the times of samples and those in events compare.
            unsafe cbpf_perf_attr_set_clockid(&attributes, CLOCK_MONOTONIC)
        }
        attributes.read_format =
            UInt64(PERF_FORMAT_TOTAL_TIME_ENABLED.rawValue) | (countsLost ? UInt64(CBPF_PERF_FORMAT_LOST) : 0)
        if isBackward { unsafe cbpf_perf_attr_set_backward(&attributes, 1) }
        switch wakeup {
        case .bytes(let watermark):
            unsafe cbpf_perf_attr_set_watermark(&attributes, 1)
            attributes.wakeup_watermark = UInt32(watermark)
        case .sample:
            attributes.wakeup_events = 1
        }
        let number = try DescriptorLimit.retrying {
            unsafe cbpf_perf_event_open(&attributes, -1, Int32(cpu), -1, UInt(PERF_FLAG_FD_CLOEXEC))
        }
        return OwnedDescriptor(owning: number)
    }
}
