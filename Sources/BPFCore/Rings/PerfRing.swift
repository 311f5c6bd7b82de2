// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import EventStream
internal import SystemPackage

/// The ring that one CPU writes its events to: a perf event of kind `PERF_COUNT_SW_BPF_OUTPUT` and its mapping.
struct PerfRing: ~Copyable {
    /// The CPU whose programs write here; the slot of the map has the same number.
    let cpu: Int
    /// For epoll(7) and for the map.
    let event: OwnedDescriptor
    private let mapping: RingMapping
    /// Our own copy: what stands in the shared page is for the kernel, and we believe only ourselves.
    private var tail: UInt64 = 0
    /// Whether read(2) tells the number of lost events (`PERF_FORMAT_LOST`, Linux 6.0).
    private let countsLost: Bool
    private var lostInRecords: UInt64 = 0
    private var lostReported: UInt64 = 0
    /// How long the event has counted, in nanoseconds, when ``isAlive()`` last looked.
    private var timeEnabled: UInt64 = 0

    /// The bytes after which the kernel wakes us, at most: a larger ring is not left to fill up to its quarter.
    private static let largestWatermark = 128 << 10

    /// Opens the event of a CPU and maps its ring; no slot of a map refers to it yet.
    ///
    /// - Parameters:
    ///   - cpu: A CPU that is online; another one is `ENODEV`.
    ///   - pages: Data pages, a power of two.
    static func open(cpu: Int, pages: Int) throws(Errno) -> PerfRing {
        do {
            return try open(cpu: cpu, pages: pages, countsLost: true)
        } catch .invalidArgument {
            return try open(cpu: cpu, pages: pages, countsLost: false)
        }
    }

    private static func open(cpu: Int, pages: Int, countsLost: Bool) throws(Errno) -> PerfRing {
        let watermark = min(pages * RingMapping.pageSize / 4, largestWatermark)
        let event = try openEvent(cpu: cpu, watermark: watermark, countsLost: countsLost)
        let mapping = try RingMapping.map(event: event, pages: pages)
        return PerfRing(cpu: cpu, mapping: mapping, event: event, countsLost: countsLost)
    }

    private init(
        cpu: Int, mapping: consuming RingMapping, event: consuming OwnedDescriptor, countsLost: Bool
    ) {
        self.cpu = cpu
        self.event = event
        self.mapping = mapping
        self.countsLost = countsLost
    }

    /// The bytes of the ring's data area.
    var dataSize: Int { mapping.dataSize }

    /// Whether something is there to be read.
    var isEmpty: Bool { mapping.head == tail }

    /// Moves what is there into a frame writer, and gives the room back to the kernel.
    mutating func drain(into writer: inout StreamWriter) -> PerfRecords.Pass {
        let head = mapping.head
        guard head != tail else { return PerfRecords.Pass(tail: tail) }
        let pass = PerfRecords.drain(mapping.data, from: tail, to: head, into: &writer)
        tail = pass.tail
        mapping.release(to: tail)
        lostInRecords &+= pass.lost
        return pass
    }

    /// Stops the event: programs that still write to it get an `EOPNOTSUPP`.
    ///
    /// It needs no privilege.
    func disable() {
        // It fails only where there is no event any more, and then nobody writes to it.
        _ = cbpf_perf_disable(event.rawValue)
    }

    /// Whether events were lost that have not been counted by ``takeLost()`` yet, as far as the ring itself tells.
    var knowsOfLost: Bool { lostInRecords > lostReported }

    /// The events lost since the last call.
    ///
    /// A record of lost events is written only in front of the next event that fits. Where the kernel counts them for
    /// read(2) too, those at the very end are known as well.
    mutating func takeLost() -> UInt64 {
        var total = lostInRecords
        if countsLost, let counted = readCounts()?.lost { total = max(total, counted) }
        guard total > lostReported else { return 0 }
        defer { lostReported = total }
        return total - lostReported
    }

    /// Whether the event still counts.
    ///
    /// When a CPU goes offline its events end, and stay ended when it comes back, which may be a moment later: programs
    /// then output to nowhere. The time an event has counted stands still from there on.
    mutating func isAlive() -> Bool {
        guard let now = readCounts()?.timeEnabled else { return true }
        defer { timeEnabled = now }
        return now == 0 || now != timeEnabled
    }

    /// Reads what `read_format` asks for: `struct { u64 value; u64 time_enabled; u64 lost; }`.
    private func readCounts() -> (timeEnabled: UInt64, lost: UInt64)? {
        var counts: (value: UInt64, timeEnabled: UInt64, lost: UInt64) = (0, 0, 0)
        let size = countsLost ? 24 : 16
        let count = unsafe withUnsafeMutableBytes(of: &counts) { bytes in
            unsafe read(event.rawValue, bytes.baseAddress, bytes.count)
        }
        return count == size ? (counts.timeEnabled, counts.lost) : nil
    }

    private static func openEvent(cpu: Int, watermark: Int, countsLost: Bool) throws(Errno) -> OwnedDescriptor {
        var attributes = perf_event_attr()
        attributes.size = UInt32(MemoryLayout<perf_event_attr>.size)
        attributes.type = UInt32(PERF_TYPE_SOFTWARE.rawValue)
        attributes.config = UInt64(PERF_COUNT_SW_BPF_OUTPUT.rawValue)
        attributes.sample_type = UInt64(PERF_SAMPLE_RAW.rawValue)
        attributes.read_format =
            UInt64(PERF_FORMAT_TOTAL_TIME_ENABLED.rawValue) | (countsLost ? UInt64(CBPF_PERF_FORMAT_LOST) : 0)
        // By bytes and not by events: a wakeup for every event costs the traced program 10 to 20 us of it.
        unsafe cbpf_perf_attr_set_watermark(&attributes, 1)
        attributes.wakeup_watermark = UInt32(watermark)
        let number = unsafe cbpf_perf_event_open(&attributes, -1, Int32(cpu), -1, UInt(PERF_FLAG_FD_CLOEXEC))
        guard number >= 0 else { throw .last }
        return OwnedDescriptor(owning: number)
    }
}
