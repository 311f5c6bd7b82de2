// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
package import Records

/// What is known of the samples that found no room, where the programs count them.
extension PacedRingBuffer {
    /// Takes in where programs count what found no room.
    mutating func count(in counter: consuming LossCounter) {
        let now = MonotonicClock.nanoseconds
        // Where another reader was before, it may have told of these.
        for (cpu, samples) in counter.before.enumerated() where samples > 0 && !wasRead {
            untold.append(SampleLoss(source: source, cpu: cpu, samples: samples, to: now, cause: .noReader))
        }
        lastCount = now
        counters.append(counter)
    }

    /// Whether the losses are known.
    package var countsLosses: Bool { counters.count > 0 }

    /// The samples that are known to be lost; nil if nobody counts.
    package var lost: UInt64? {
        guard countsLosses || tooLarge > 0 else { return nil }
        return lostByCPU.values.reduce(tooLarge, &+)
    }

    /// The samples that programs lost since reading began, by CPU.
    package var lostByCPU: [Int: UInt64] {
        var all: [Int: UInt64] = [:]
        for index in 0..<counters.count {
            for (cpu, samples) in counters[index].lost.enumerated() where samples > 0 {
                all[cpu, default: 0] &+= samples
            }
        }
        return all
    }

    /// The samples that programs lost before reading began; nil if nobody counts.
    package var lostBefore: UInt64? {
        guard countsLosses else { return nil }
        var all: UInt64 = 0
        for index in 0..<counters.count { all = counters[index].before.reduce(all, &+) }
        return all
    }

    /// Why the counts cannot be read any more.
    package var countingFailure: BPFError? {
        for index in 0..<counters.count { if let failure = counters[index].failure { return failure } }
        return nil
    }

    /// Looks what programs have counted.
    ///
    /// - Parameter sink: Gets it: in a later round if it has no room now.
    mutating func countLosses(into sink: inout some SampleSink & ~Copyable) {
        let now = MonotonicClock.nanoseconds
        for index in 0..<counters.count {
            counters[index].look()
            for (cpu, samples) in counters[index].takeNew() {
                unreported[cpu, default: 0] &+= samples
                // While the sink is full there is one for each CPU, however long that is.
                if let at = untold.firstIndex(where: { $0.cpu == cpu && $0.cause == .ringFull }) {
                    untold[at].samples = (untold[at].samples ?? 0) &+ samples
                    untold[at].to = now
                    continue
                }
                untold.append(
                    SampleLoss(
                        source: source, cpu: cpu, samples: samples, from: lastCount, to: now, cause: .ringFull))
            }
        }
        lastCount = now
        tellLosses(to: &sink)
    }

    /// Gives a sink the losses that it had no room for before.
    mutating func tellLosses(to sink: inout some SampleSink & ~Copyable) {
        while let loss = untold.first, sink.take(loss) != .full { untold.removeFirst() }
    }

    /// Whether a sink has all losses that are known; it gets those that it had no room for.
    package mutating func hasTold(_ sink: inout some SampleSink & ~Copyable) -> Bool {
        tellLosses(to: &sink)
        return untold.isEmpty
    }

    /// Whether there is something for ``takeLosses()``.
    package var knowsOfLost: Bool { !unreported.isEmpty }

    /// The events lost on each CPU since the last call, as far as they are known.
    package mutating func takeLosses() -> [PerfRings.Loss] {
        defer { unreported = [:] }
        return unreported.map { PerfRings.Loss(cpu: $0.key, events: $0.value) }.sorted { $0.cpu < $1.cpu }
    }
}
