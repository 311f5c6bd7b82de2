// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BasicContainers
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// Where the daemon's events come from, and what it reports of them.
struct SourceSet: ~Copyable {
    /// Reads the maps.
    var readers: ReaderGroup
    /// One for each perf event array of the group.
    private var losses: [LossReport] = []
    private let reporter: Reporter

    init(latency: ReaderLatency, reporter: Reporter) throws(BPFError) {
        readers = try ReaderGroup(latency: latency)
        self.reporter = reporter
    }

    /// Opens the rings of a map.
    ///
    /// - Parameter name: What losses are reported of, if the map must be told from others.
    mutating func add(
        _ map: borrowing SourceMap, options: PerfReader.Options, name: String?
    ) throws(BPFError) {
        try readers.add(map.pinned.map, source: map.number, options: options)
        if !map.isRingBuffer { losses.append(LossReport(reporter: reporter, map: name)) }
        reportNotes()
    }

    /// Moves what is there into a writer.
    mutating func drain(into writer: inout StreamWriter) throws(BPFError) -> DrainRound {
        defer { reportNotes() }
        return try readers.drain(into: &writer)
    }

    /// Lets go of what cannot be written any more; ring buffers keep what they have for their next reader.
    ///
    /// - Returns: The events that are lost by that.
    mutating func abandon(_ writer: inout StreamWriter) -> Int {
        var events = 0
        for index in 0..<readers.arrays.count {
            readers.arrays[index].disable()
            while true {
                let samples = readers.arrays[index].drain(into: &writer).samples
                events += samples
                writer.discard()
                if samples == 0 { break }
            }
        }
        return events
    }

    /// Whether a capture has all losses that are known; it gets those that it had no room for.
    mutating func haveTold(_ writer: inout StreamWriter) -> Bool {
        var haveTold = true
        for index in 0..<readers.arrays.count where !readers.arrays[index].hasTold(&writer) { haveTold = false }
        return haveTold
    }

    /// Puts the rings of arrays into their slots once more, after another daemon that had a map has ended.
    mutating func setSlots() throws(BPFError) {
        for index in 0..<readers.arrays.count { try readers.arrays[index].setSlots() }
    }

    // MARK: Reports

    /// Reports new losses, if it is time.
    mutating func tellLosses() {
        for index in 0..<readers.arrays.count { losses[index].reportSoon(&readers.arrays[index]) }
    }

    /// Reports what was not reported yet, and totals.
    mutating func tellAllLosses() {
        for index in 0..<readers.arrays.count { losses[index].finish(&readers.arrays[index]) }
        for index in 0..<readers.buffers.count { LossReport.finish(readers.buffers[index], reporter) }
        reportNotes()
    }

    private mutating func reportNotes() {
        for note in readers.takeNotes() { reporter.report(note) }
    }

    /// Fills in what went through the rings of each map.
    ///
    /// - Parameter maps: The maps by their numbers.
    func fill(_ maps: inout [Account.Map]) {
        for number in maps.indices { maps[number].rings = [] }
        for account in readers.accounts where maps.indices.contains(Int(account.source)) {
            maps[Int(account.source)].rings.append(
                Account.Ring(
                    cpu: account.cpu, events: account.samples, lost: account.lost, corrupt: account.corrupt,
                    bytes: account.ringBytes, highWater: account.highWater))
        }
    }
}
