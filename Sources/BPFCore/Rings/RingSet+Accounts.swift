// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
public import EventStream

extension RingSet {
    /// Events that were lost on one CPU.
    public struct Loss: Sendable, Equatable {
        /// The CPU.
        public let cpu: Int
        /// How many events, since they were last asked for or in total.
        public let events: UInt64
    }

    /// What went through the rings of one CPU, those that are closed by now included.
    public struct Account: Sendable, Equatable {
        /// The CPU.
        public let cpu: Int
        /// Events that were handed on.
        public var samples: UInt64
        /// Events that the kernel counted as lost, as far as they are known.
        public var lost: UInt64
        /// Records with lengths that cannot be true; never, as long as the kernel is sound.
        public var corrupt: UInt64
        /// Records of kinds that these rings do not hold.
        public var unknown: UInt64
        /// The most bytes that were seen in a ring at once.
        public var highWater: Int
        /// The bytes of the CPU's ring; 0 if it has none now.
        public var ringBytes: Int
    }

    /// Asks the kernel for lost events that no record in a ring has told of yet (`PERF_FORMAT_LOST`, Linux 6.0).
    ///
    /// It interrupts each CPU for a moment.
    ///
    /// - Parameter writer: Gets them too, if it writes a capture: in a later round if it has no room now.
    public mutating func countLosses(into writer: inout StreamWriter) {
        for index in 0..<rings.count { countLosses(of: index, into: &writer) }
    }

    /// Whether a capture has all losses that are known; it gets those that it had no room for.
    public mutating func hasTold(_ writer: inout StreamWriter) -> Bool {
        tellLosses(to: &writer)
        return untold.isEmpty
    }

    /// The events lost on each CPU since the last call, as far as they are known.
    public mutating func takeLosses() -> [Loss] {
        var new = lostBeforeClosing
        lostBeforeClosing = [:]
        for index in 0..<rings.count {
            let events = rings[index].takeLost()
            if events > 0 { new[rings[index].cpu, default: 0] += events }
        }
        return new.map { Loss(cpu: $0.key, events: $0.value) }.sorted { $0.cpu < $1.cpu }
    }

    /// What went through the rings of each CPU since the set was opened, in the order of CPUs.
    public var accounts: [Account] {
        var all = closed.mapValues { ($0, 0) }
        for index in 0..<rings.count {
            let cpu = rings[index].cpu
            all[cpu] = ((closed[cpu] ?? RingTotals()) + rings[index].totals, rings[index].dataSize)
        }
        return all.sorted { $0.key < $1.key }.map { cpu, value in
            let (totals, size) = value
            return Account(
                cpu: cpu, samples: totals.samples, lost: totals.lost, corrupt: totals.corrupt, unknown: totals.unknown,
                highWater: totals.highWater, ringBytes: size)
        }
    }

    mutating func countLosses(of index: Int, into writer: inout StreamWriter) {
        let events = rings[index].countLost()
        guard events > 0 else { return }
        untold.append(
            CaptureLoss(
                source: options.source, cpu: UInt32(truncatingIfNeeded: rings[index].cpu), events: events,
                from: rings[index].latestTime, to: MonotonicClock.nanoseconds, cause: .ringFull))
        tellLosses(to: &writer)
    }

    /// Gives a capture the losses that it had no room for before.
    mutating func tellLosses(to writer: inout StreamWriter) {
        while let loss = untold.first, writer.noteLoss(loss) { untold.removeFirst() }
    }
}

extension RingTotals {
    static func + (one: RingTotals, other: RingTotals) -> RingTotals {
        RingTotals(
            samples: one.samples + other.samples, lost: one.lost + other.lost, corrupt: one.corrupt + other.corrupt,
            unknown: one.unknown + other.unknown, highWater: max(one.highWater, other.highWater))
    }
}
