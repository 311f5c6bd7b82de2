// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventStream

/// Which events are shown, as far as that does not depend on their types, and how many.
struct Selection {
    /// Only those of these CPUs.
    var cpus: Set<UInt32>?
    /// Only those of these processes.
    var pids: Set<UInt32>?
    /// Only those that happened then or later.
    var from: TimePoint?
    /// Only those that happened before.
    var to: TimePoint?
    /// Only those of this map.
    var map: String?
    /// How many are still shown; nil for all.
    var left: Int?

    /// The times in ns of the capture's clock.
    private var earliest: UInt64 = 0
    private var latest = UInt64.max

    /// Whether it says something of the context of an event, which only captures have.
    var needsContext: Bool { cpus != nil || pids != nil || from != nil || to != nil }
    /// Whether all are there.
    var isDone: Bool { left == 0 }

    /// Takes in what the times of a capture mean.
    mutating func begin(_ header: CaptureHeader) {
        let offset = Int128(header.bootOffset)
        func monotonic(_ point: TimePoint) -> UInt64 {
            UInt64(clamping: point.utc(from: offset + Int128(header.began)) - offset)
        }
        earliest = from.map(monotonic) ?? 0
        latest = to.map(monotonic) ?? .max
    }

    /// Whether an event can be one of them, by what the kernel says of it; what it does not say is not chosen.
    @inline(__always)
    func has(_ context: borrowing EventContext) -> Bool {
        guard needsContext || map != nil else { return true }
        if let cpus { guard let cpu = context.cpu, cpus.contains(cpu) else { return false } }
        if let pids { guard let pid = context.pid, pids.contains(pid) else { return false } }
        if from != nil || to != nil {
            guard let time = context.time, time >= earliest, time < latest else { return false }
        }
        if let map { return context.map == map }
        return true
    }

    /// Whether a loss concerns the events that are chosen.
    func has(_ loss: CaptureLoss, map name: String) -> Bool {
        if let cpus, let cpu = loss.cpu, !cpus.contains(cpu) { return false }
        if let from = loss.from, from >= latest { return false }
        if let to = loss.to, to < earliest { return false }
        if let map { return name == map }
        return true
    }

    /// Counts an event that is shown.
    mutating func count() {
        if let left { self.left = left - 1 }
    }
}
