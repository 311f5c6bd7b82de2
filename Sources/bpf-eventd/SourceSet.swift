// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BasicContainers
internal import Diagnostics
internal import EventStream

/// Where the daemon's events come from: any number of perf event arrays and ring buffers.
struct SourceSet: ~Copyable {
    private var arrays = UniqueArray<PerfEventSource>()
    private var buffers = UniqueArray<RingBufferSource>()

    mutating func add(_ source: consuming PerfEventSource) { arrays.append(source) }

    mutating func add(_ source: consuming RingBufferSource) { buffers.append(source) }

    /// Moves what is there into a writer.
    mutating func drain(into writer: inout StreamWriter) throws(BPFError) -> DrainRound {
        var round = DrainRound()
        for index in 0..<arrays.count { round += arrays[index].drain(into: &writer) }
        for index in 0..<buffers.count { round += try buffers[index].drain(into: &writer) }
        return round
    }

    /// Chooses how long to wait for the next round, in microseconds, and what for.
    mutating func pause(isBlocked: Bool, poll: borrowing EventPoll) throws(BPFError) -> Int {
        var pause = Latency.untilWoken
        for index in 0..<arrays.count { pause = min(pause, arrays[index].pause) }
        for index in 0..<buffers.count {
            pause = min(pause, try buffers[index].pause(isBlocked: isBlocked, poll: poll))
        }
        return pause
    }

    /// Takes in an occurrence that is not the daemon's own.
    func noteOccurrence(_ occurrence: EventPoll.Occurrence, poll: borrowing EventPoll) {
        for index in 0..<arrays.count { arrays[index].noteOccurrence(occurrence, poll: poll) }
    }

    /// Looks after CPUs that go and come, once a second.
    ///
    /// - Returns: What the user should know.
    mutating func look(poll: borrowing EventPoll, into writer: inout StreamWriter) -> [Diagnostic] {
        var notes: [Diagnostic] = []
        for index in 0..<arrays.count { notes += arrays[index].look(poll: poll, into: &writer) }
        return notes
    }

    /// Begins the end: what programs output from here on is refused, or stays in its ring buffer.
    mutating func stop(poll: borrowing EventPoll) {
        for index in 0..<arrays.count { arrays[index].stop() }
        for index in 0..<buffers.count { buffers[index].stop(poll: poll) }
    }

    /// Whether everything from before ``stop(poll:)`` was read, asked once after each round.
    mutating func isFinished() -> Bool {
        var isFinished = true
        for index in 0..<arrays.count where !arrays[index].isFinished { isFinished = false }
        for index in 0..<buffers.count where !buffers[index].isFinished() { isFinished = false }
        return isFinished
    }

    /// Lets go of what cannot be written any more; ring buffers keep what they have for their next reader.
    ///
    /// - Returns: The events that are lost by that.
    mutating func abandon(_ writer: inout StreamWriter) -> Int {
        var events = 0
        for index in 0..<arrays.count { events += arrays[index].abandon(&writer) }
        return events
    }

    /// Asks the kernel for losses that the rings have not told of.
    mutating func countLosses(into writer: inout StreamWriter) {
        for index in 0..<arrays.count { arrays[index].countLosses(into: &writer) }
    }

    /// Whether a capture has all losses that are known; it gets those that it had no room for.
    mutating func haveTold(_ writer: inout StreamWriter) -> Bool {
        var haveTold = true
        for index in 0..<arrays.count where !arrays[index].hasTold(&writer) { haveTold = false }
        return haveTold
    }

    /// Tells of new losses, if it is time.
    mutating func tellLosses() {
        for index in 0..<arrays.count { arrays[index].tellLosses() }
    }

    /// Tells of what was not told yet, and of totals.
    mutating func tellAllLosses() {
        for index in 0..<arrays.count { arrays[index].tellAllLosses() }
        for index in 0..<buffers.count { buffers[index].tellAllLosses() }
    }

    /// Puts the rings of arrays into their slots once more.
    mutating func setSlots() throws(BPFError) {
        for index in 0..<arrays.count { try arrays[index].setSlots() }
    }

    /// Fills in what went through the rings of each map.
    ///
    /// - Parameter maps: The maps by their numbers.
    func fill(_ maps: inout [Account.Map]) {
        for index in 0..<arrays.count {
            let number = Int(arrays[index].number)
            guard maps.indices.contains(number) else { continue }
            maps[number].rings = arrays[index].accounts.map {
                Account.Ring(
                    cpu: $0.cpu, events: $0.samples, lost: $0.lost, corrupt: $0.corrupt, bytes: $0.ringBytes,
                    highWater: $0.highWater)
            }
        }
        for index in 0..<buffers.count {
            let number = Int(buffers[index].number)
            guard maps.indices.contains(number) else { continue }
            let fill = buffers[index].fill
            maps[number].rings = [
                Account.Ring(
                    cpu: nil, events: buffers[index].samples,
                    lost: buffers[index].tooLarge > 0 ? buffers[index].tooLarge : nil, bytes: fill.size,
                    highWater: fill.highWater)
            ]
        }
    }
}
