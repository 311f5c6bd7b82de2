// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
package import Diagnostics
package import Records

extension PerfRings {
    /// In the tokens of an ``EventPoll``, the bit that marks a ring; the CPU's id is in the lower half.
    private static let tokenBit: UInt64 = 1 << 63
    /// The rings asked at each call: it interrupts their CPUs, and machines may have hundreds.
    private static let checksPerCall = 8

    static func token(source: UInt32, cpu: Int) -> UInt64 {
        tokenBit | UInt64(source) << 32 | UInt64(UInt32(truncatingIfNeeded: cpu))
    }

    /// Takes in that an occurrence of an ``EventPoll`` belongs to a ring that is in error, which would end every wait.
    ///
    /// - Returns: Whether it was one of these rings.
    @discardableResult
    package func stopWaiting(for occurrence: EventPoll.Occurrence, poll: borrowing EventPoll) -> Bool {
        guard !occurrence.readiness.isDisjoint(with: .broken),
            let index = (0..<rings.count).first(where: {
                Self.token(source: source, cpu: rings[$0].cpu) == occurrence.token
            })
        else { return false }
        poll.remove(rings[index].event.rawValue)
        return true
    }

    /// Opens rings for CPUs that have come and closes those of CPUs that have gone, after what they held is read.
    ///
    /// - Returns: What the user should know: CPUs that came and went, and rings that could not be opened.
    package mutating func followCPUs(
        poll: borrowing EventPoll, into sink: inout some SampleSink & ~Copyable
    ) -> [Diagnostic] {
        var notes: [Diagnostic] = []
        // The rings there are go on.
        guard let online = online.look(options.roots, stage: .ring, &notes) else { return notes }
        for cpu in cpus where !online.contains(cpu) {
            if remove(cpu, poll, into: &sink) {
                notes.append(Diagnostic(.cpuChanged, .note, stage: .ring, "CPU \(cpu) went offline"))
            }
        }
        closeDeadRings(poll, into: &sink)
        refusedCPUs.formIntersection(online)
        let known = refusedCPUs.union(cpus)
        for cpu in online where !known.contains(cpu) {
            notes.append(follow(cpu, poll))
        }
        return notes
    }

    private mutating func follow(_ cpu: Int, _ poll: borrowing EventPoll) -> Diagnostic {
        do throws(BPFError) {
            guard cpu < slots else {
                throw BPFError(
                    .reuseMap, .ringSlots, "the map has \(slots) slots, none for CPU \(cpu)",
                    nextStep: "end the reader, remove the pin and start it again")
            }
            try add(cpu, poll)
            return Diagnostic(.cpuChanged, .note, stage: .ring, "CPU \(cpu) came online")
        } catch {
            refusedCPUs.insert(cpu)
            var diagnostic = error.explained().diagnostic
            diagnostic.severity = .warning
            diagnostic.message = "events of CPU \(cpu), which came online, are not seen: " + diagnostic.message
            return diagnostic
        }
    }

    /// Closes rings whose CPU was away between two looks, or slept with the machine; they are then opened like new ones.
    private mutating func closeDeadRings(_ poll: borrowing EventPoll, into sink: inout some SampleSink & ~Copyable) {
        for _ in 0..<min(Self.checksPerCall, rings.count) {
            if nextCheck >= rings.count { nextCheck = 0 }
            let isAlive = rings[nextCheck].isAlive()
            if isAlive || !remove(rings[nextCheck].cpu, poll, into: &sink) { nextCheck += 1 }
        }
    }

    private mutating func remove(
        _ cpu: Int, _ poll: borrowing EventPoll, into sink: inout some SampleSink & ~Copyable
    ) -> Bool {
        guard let index = (0..<rings.count).first(where: { rings[$0].cpu == cpu }) else { return false }
        rings[index].disable()
        // The rest is read in later rounds, and the ring goes when it is empty.
        guard !rings[index].drain(into: &sink, source: source).isSinkFull else { return false }
        countLosses(of: index, into: &sink)
        let events = rings[index].takeLost()
        if events > 0 { lostBeforeClosing[cpu, default: 0] += events }
        closed[cpu] = (closed[cpu] ?? RingTotals()) + rings[index].totals
        // After privilege was dropped old kernels refuse it; the slot then keeps an event that nobody writes to.
        do { try map.delete(key: UInt32(cpu)) } catch {}
        poll.remove(rings[index].event.rawValue)
        _ = rings.remove(at: index)
        return true
    }
}
