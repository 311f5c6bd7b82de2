// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
package import Records

extension PerfRings {
    /// Events that were lost on one CPU.
    package struct Loss: Sendable, Equatable {
        /// The CPU.
        package let cpu: Int
        /// How many events, since they were last asked for or in total.
        package let events: UInt64
    }

    /// Asks the kernel for lost events that no record in a ring has told of yet (`PERF_FORMAT_LOST`, Linux 6.0).
    ///
    /// It interrupts each CPU for a moment.
    ///
    /// - Parameter sink: Gets them too: in a later round if it has no room now.
    package mutating func countLosses(into sink: inout some SampleSink & ~Copyable) {
        for index in 0..<rings.count { countLosses(of: index, into: &sink) }
    }

    /// Whether a sink has all losses that are known; it gets those that it had no room for.
    package mutating func hasTold(_ sink: inout some SampleSink & ~Copyable) -> Bool {
        tellLosses(to: &sink)
        return untold.isEmpty
    }

    /// The events lost on each CPU since the last call, as far as they are known.
    package mutating func takeLosses() -> [Loss] {
        var new = lostBeforeClosing
        lostBeforeClosing = [:]
        for index in 0..<rings.count {
            let events = rings[index].takeLost()
            if events > 0 { new[rings[index].cpu, default: 0] += events }
        }
        return new.map { Loss(cpu: $0.key, events: $0.value) }.sorted { $0.cpu < $1.cpu }
    }

    /// What went through the rings of each CPU since the set was opened, in the order of CPUs.
    package var accounts: [RingAccount] {
        var all = closed.mapValues { ($0, 0) }
        for index in 0..<rings.count {
            let cpu = rings[index].cpu
            all[cpu] = ((closed[cpu] ?? RingTotals()) + rings[index].totals, rings[index].dataSize)
        }
        return all.sorted { $0.key < $1.key }.map { cpu, value in
            let (totals, size) = value
            return RingAccount(
                source: source, cpu: cpu, samples: totals.samples, lost: totals.lost, corrupt: totals.corrupt,
                unknown: totals.unknown,
                highWater: totals.highWater, ringBytes: size)
        }
    }

    mutating func countLosses(of index: Int, into sink: inout some SampleSink & ~Copyable) {
        let events = rings[index].countLost()
        // A ring that keeps its events tells of them itself, once an event comes after.
        guard events > 0, !options.keepsNewest else { return }
        untold.append(
            SampleLoss(
                source: source, cpu: rings[index].cpu, samples: events,
                from: rings[index].latestTime, to: MonotonicClock.nanoseconds, cause: .ringFull))
        tellLosses(to: &sink)
    }

    /// Gives a sink the losses that it had no room for before.
    mutating func tellLosses(to sink: inout some SampleSink & ~Copyable) {
        while let loss = untold.first, sink.take(loss) != .full { untold.removeFirst() }
    }
}

extension RingTotals {
    static func + (one: RingTotals, other: RingTotals) -> RingTotals {
        RingTotals(
            samples: one.samples + other.samples, lost: one.lost + other.lost, corrupt: one.corrupt + other.corrupt,
            unknown: one.unknown + other.unknown, highWater: max(one.highWater, other.highWater))
    }
}
