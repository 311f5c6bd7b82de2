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
    /// The processes whose code a capture tells.
    let processes = ProcessWatch()
    /// Reads the maps that no events come from.
    var maps: SnapshotSet
    /// Whether there is more of a map to be read now.
    private(set) var mapsHaveMore = false
    /// One for each perf event array of the group, and one for each ring buffer.
    private var losses: [LossReport] = []
    private var bufferLosses: [LossReport] = []
    var ringLosses: RingLosses
    private let reporter: Reporter

    init(latency: ReaderLatency, reporter: Reporter) throws(BPFError) {
        readers = try ReaderGroup(latency: latency)
        maps = SnapshotSet(reporter: reporter)
        self.reporter = reporter
        ringLosses = RingLosses(reporter: reporter)
    }

    /// Opens the rings of a map.
    ///
    /// - Parameters:
    ///   - name: What losses are reported of, if the map must be told from others.
    ///   - lostCounts: The pin or the id of the map in which programs count what finds no room in a ring buffer, where the
    ///     command line says it.
    mutating func add(
        _ map: borrowing SourceMap, options: PerfReader.Options, name: String?, lostCounts: String? = nil
    ) throws(BPFError) {
        try add(map.pinned.map, map.number, isRingBuffer: map.isRingBuffer, options, name: name)
        guard map.isRingBuffer else { return }
        try ringLosses.add(
            map.info, map.number, label: map.pinned.path.path, pin: map.pinned.path.path, given: lostCounts,
            to: &readers)
    }

    /// Opens the rings of a map.
    ///
    /// - Parameters:
    ///   - number: Its number in a capture.
    ///   - name: What losses are reported of, if the map must be told from others.
    mutating func add(
        _ map: borrowing Map, _ number: UInt32, isRingBuffer: Bool, _ options: PerfReader.Options, name: String?
    ) throws(BPFError) {
        try readers.add(map, source: number, options: options)
        if isRingBuffer {
            bufferLosses.append(LossReport(reporter: reporter, map: name))
        } else {
            losses.append(LossReport(reporter: reporter, map: name))
        }
        reportNotes()
    }

    /// The bytes of the largest ring of a map.
    func ringBytes(of number: UInt32) -> Int {
        readers.accounts.reduce(0) { $1.source == number ? max($0, $1.ringBytes) : $0 }
    }

    /// Moves what is there into a writer.
    mutating func drain(into writer: inout StreamWriter) throws(BPFError) -> DrainRound {
        defer { reportNotes() }
        let round = try drainRings(into: &writer)
        if round.hasLookedAfter {
            ringLosses.look(&readers)
            ringLosses.tellFailures(readers)
        }
        return round
    }

    private mutating func drainRings(into writer: inout StreamWriter) throws(BPFError) -> DrainRound {
        guard processes.isNeeded else { return try readers.drain(into: &writer) }
        var watched = WatchedWriter(writer, processes)
        let result: Result<DrainRound, BPFError>
        do throws(BPFError) {
            result = .success(try readers.drain(into: &watched))
        } catch {
            result = .failure(error)
        }
        writer = watched.release()
        return try result.get()
    }

    /// Asks for the losses that no ring has told of, the last ones.
    mutating func countLosses(into writer: inout StreamWriter) {
        ringLosses.look(&readers)
        readers.countLosses(into: &writer)
        ringLosses.tellFailures(readers)
    }

    /// Whether there are rings.
    private var hasRings: Bool { readers.arrays.count + readers.buffers.count > 0 }

    /// Whether all was read that is to be: there are no rings, and maps were to be read once.
    var isDone: Bool { !hasRings && maps.isDone }

    /// Reads a piece of the maps that are due.
    mutating func readMaps(into writer: inout StreamWriter) throws(BPFError) {
        mapsHaveMore = try maps.read(into: &writer, hasRings: hasRings, processes)
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
        for index in 0..<readers.buffers.count where !readers.buffers[index].hasTold(&writer) { haveTold = false }
        return haveTold
    }

    /// Puts the rings of arrays into their slots once more, after another daemon that had a map has ended.
    mutating func setSlots() throws(BPFError) {
        for index in 0..<readers.arrays.count { try readers.arrays[index].setSlots() }
    }

    // MARK: Reports

    /// Reports new losses, if it is time.
    mutating func tellLosses() {
        for index in 0..<readers.arrays.count where losses[index].isDue {
            losses[index].report(readers.arrays[index].takeLosses())
        }
        for index in 0..<readers.buffers.count where bufferLosses[index].isDue {
            bufferLosses[index].report(readers.buffers[index].takeLosses())
        }
    }

    /// Reports what was not reported yet, and totals.
    mutating func tellAllLosses() {
        for index in 0..<readers.arrays.count {
            losses[index].report(readers.arrays[index].takeLosses())
            losses[index].finish(readers.arrays[index].accounts)
        }
        for index in 0..<readers.buffers.count {
            bufferLosses[index].report(readers.buffers[index].takeLosses())
            bufferLosses[index].finish(readers.buffers[index])
        }
        reportNotes()
    }

    private mutating func reportNotes() {
        for note in readers.takeNotes() { reporter.report(note) }
    }

    /// Fills in what went through the rings of each map.
    ///
    /// - Parameter maps: The maps by their numbers.
    func fill(_ all: inout [Account.Map]) {
        for number in all.indices { (all[number].rings, all[number].lostBefore) = ([], nil) }
        for account in readers.accounts where all.indices.contains(Int(account.source)) {
            if let before = account.lostBefore { all[Int(account.source)].lostBefore = before }
            all[Int(account.source)].rings.append(
                Account.Ring(
                    cpu: account.cpu, events: account.samples, lost: account.lost, corrupt: account.corrupt,
                    bytes: account.ringBytes, highWater: account.highWater))
        }
        maps.fill(&all)
    }
}
