// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventStream

/// Which events are shown, as far as that does not depend on their types, and how many.
struct Selection: ~Copyable {
    /// Only those of these CPUs.
    var cpus: Set<UInt32>?
    /// Only those of these processes.
    var pids: Set<UInt32>?
    /// Only those that happened then or later.
    var from: TimePoint?
    /// Only those that happened before.
    var to: TimePoint?
    /// Only those of these maps, and what ``uncounted`` has beside them.
    var maps: Set<String>?
    /// The map in which programs count what they had no room for.
    static let uncounted = "not_counted"
    /// How many are still shown; nil for all.
    var left: Int?
    /// Whether any was shown.
    private(set) var hasShown = false

    /// The times in what a capture has.
    struct Bounds {
        /// The times in ns of the capture's clock.
        fileprivate var earliest: UInt64 = 0
        fileprivate var latest = UInt64.max
        /// Those of them that were given as times of day, in ns since 1970, and what makes a time of the capture one:
        /// needed once its clock was set.
        fileprivate var wall: (earliest: Int128?, latest: Int128?, bootOffset: Int64) = (nil, nil, 0)
        fileprivate var clockChanges = ClockChanges()
    }

    /// Those of the capture that is read.
    var bounds = Bounds()

    /// Whether it says something of the context of an event, which only captures have.
    var needsContext: Bool { cpus != nil || pids != nil || from != nil || to != nil }
    /// Whether all are there.
    var isDone: Bool { left == 0 }

    /// Takes in what the times of a capture mean.
    mutating func begin(_ header: CaptureHeader, _ changes: ClockChanges) {
        let offset = Int128(header.bootOffset)
        let start = offset + Int128(header.began)
        func monotonic(_ point: TimePoint) -> UInt64 {
            UInt64(clamping: point.utc(from: start) - offset)
        }
        bounds.earliest = from.map(monotonic) ?? 0
        bounds.latest = to.map(monotonic) ?? .max
        func wallTime(_ point: TimePoint) -> Int128? {
            if case .afterStart = point { nil } else { point.utc(from: start) }
        }
        bounds.wall = (from.flatMap(wallTime), to.flatMap(wallTime), header.bootOffset)
        bounds.clockChanges = changes
    }

    /// Whether a time is before those that are chosen.
    private func isTooEarly(_ time: UInt64) -> Bool {
        guard !bounds.clockChanges.isEmpty, let earliest = bounds.wall.earliest else { return time < bounds.earliest }
        return wallTime(time) < earliest
    }

    /// Whether a time is after those that are chosen.
    private func isTooLate(_ time: UInt64) -> Bool {
        guard !bounds.clockChanges.isEmpty, let latest = bounds.wall.latest else { return time >= bounds.latest }
        return wallTime(time) >= Int128(latest)
    }

    private func wallTime(_ time: UInt64) -> Int128 {
        Int128(time) + Int128(bounds.clockChanges.bootOffset(at: Int128(time)) ?? bounds.wall.bootOffset)
    }

    /// Whether an event can be one of them, by what the kernel says of it.
    enum Answer {
        case yes, no
        /// The stream does not say it, so that the event is not shown.
        case untold(ContextField)
        /// The stream does not say which process sent it; the event itself may.
        case ownProcess
    }

    /// Whether an event can be one of them, by what the kernel says of it.
    @inline(__always)
    func has(_ context: borrowing EventContext) -> Answer {
        guard needsContext || maps != nil else { return .yes }
        if let maps, !maps.contains(context.map), context.map != Self.uncounted {
            // Frames are taken to be of the map that is named, but not of one of several.
            return maps.count > 1 && context.map.isEmpty ? .untold(.map) : .no
        }
        if let cpus {
            guard let cpu = context.cpu else { return .untold(.cpu) }
            if !cpus.contains(cpu) { return .no }
        }
        if from != nil || to != nil {
            guard let time = context.time else { return .untold(.time) }
            if isTooEarly(time) || isTooLate(time) { return .no }
        }
        if let pids {
            guard let pid = context.pid else { return .ownProcess }
            if !pids.contains(pid) { return .no }
        }
        return .yes
    }

    /// Whether a map is one of those that are shown.
    func isChosen(map name: String) -> Bool { maps?.contains(name) ?? true }

    /// Whether a loss concerns the events that are chosen.
    func has(_ loss: CaptureLoss, map name: String) -> Bool {
        if let cpus, let cpu = loss.cpu, !cpus.contains(cpu) { return false }
        if let from = loss.from, isTooLate(from) { return false }
        if let to = loss.to, isTooEarly(to) { return false }
        return isChosen(map: name)
    }

    /// Whether text of programs is shown, which says nothing of CPU, process or map.
    ///
    /// - Parameter time: When it was read; 0 if that is not known.
    func hasText(at time: UInt64) -> Bool {
        guard cpus == nil, pids == nil, maps == nil else { return false }
        return from == nil && to == nil || time > 0 && !isTooEarly(time) && !isTooLate(time)
    }

    /// Counts an event that is shown.
    mutating func count() {
        hasShown = true
        if let left { self.left = left - 1 }
    }
}
