// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BasicContainers
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// Opens the rings of maps, one map after the other.
struct OpenSources: ~Copyable {
    let options: CollectingOptions
    let reporter: Reporter
    /// What was opened.
    var sources: SourceSet
    /// Rings that keep their newest events themselves.
    private var kept: KeptRings
    /// The bytes that a map may have of what `--last` says; 0 without it.
    let share: Int
    /// What a capture says of them; nil for frames.
    var description: CaptureDescription?
    /// What the report says of each map.
    var membersByMap: [UInt32: [(String, JSONValue)]] = [:]

    /// - Parameter share: The bytes that a map may have of what `--last` says.
    init(_ options: CollectingOptions, share: Int = 0, reporter: Reporter) throws(BPFError) {
        self.share = share
        kept = KeptRings(time: options.recorder.time)
        self.options = options
        self.reporter = reporter
        // Locals: Swift 6.3 does not let go of what a failing initialiser has made of a noncopyable value.
        let sources = try SourceSet(latency: options.drainLatency, reporter: reporter)
        let description =
            options.streamFormat == .capture
            ? try CaptureDescription(host: options.host, processes: sources.processes) : nil
        self.sources = sources
        self.description = description
    }

    /// What the report says of each map, in their order.
    var members: [[(String, JSONValue)]] { membersByMap.sorted { $0.key < $1.key }.map(\.value) }

    /// Puts the rings into their slots once more, after another daemon that had a map has ended.
    mutating func setSlots() throws(BPFError) {
        try sources.setSlots()
        try kept.setSlots()
    }

    /// Hands over what was opened.
    ///
    /// - Parameter kept: Gets the rings that keep their events themselves.
    consuming func takeSources(_ kept: inout KeptRings) -> SourceSet {
        kept = self.kept
        return sources
    }

    /// Opens the rings of a map.
    ///
    /// - Parameter possible: How many CPUs the machine can ever have.
    mutating func open(_ map: borrowing SourceMap, possible: Int) throws {
        let path = map.pinned.path.path
        let front: [(String, JSONValue)] = [("map", .string(path)), ("created", .bool(map.pinned.wasCreated))]
        if map.isRingBuffer {
            let size = try options.recorder.isOn && map.info.overwrites ? keepBuffer(map) : openBuffer(map)
            membersByMap[map.number] = front + [("type", .string("ringbuf")), ("bytes", .integer(Int64(size)))]
            try description?.add(map, ringBytes: size)
        } else {
            tell(map.pinned, possible)
            let (pages, cpus, size) = try openRings(map)
            membersByMap[map.number] =
                front + [
                    ("pages_per_cpu", .integer(Int64(pages))), ("cpus", .array(cpus.map { .integer(Int64($0)) })),
                ]
            try description?.add(map, ringBytes: size)
        }
    }

    /// Finds the types of the maps' events, and puts them into the capture and the report.
    ///
    /// - Parameters:
    ///   - maps: All maps, opened.
    ///   - given: What the command line gives.
    ///   - store: Where `load-kp-bpf` leaves types.
    mutating func tellTypes(of maps: borrowing UniqueArray<SourceMap>, _ given: GivenTypes, _ store: SchemaStore)
        -> MapTypes
    {
        var types = MapTypes(store: store)
        store.removeStale()
        guard description != nil else { return types }
        for index in 0..<maps.count where maps[index].hasEvents {
            let (number, pin) = (maps[index].number, maps[index].pinned.path.name)
            let schemas = given.schemas(of: number, pin: pin, name: maps[index].info.name, isOnly: maps.count == 1)
            types.add(number, id: maps[index].info.id, given: schemas)
            description?.set(schemas, of: number)
            if schemas.isEmpty, let note = given.note(ofMap: pin) { reporter.report(note) }
        }
        if var told = description {
            types.look(0, &told).notes.forEach(reporter.report)
            description = told
        }
        for index in 0..<maps.count where maps[index].hasEvents {
            let number = maps[index].number
            let schemas = types.schemas(of: number)
            membersByMap[number]?.append(("events", .array(schemas.map(\.json))))
        }
        for index in 0..<maps.count where maps[index].hasEvents {
            types.report(maps[index].number, pin: maps[index].pinned.path.path, to: reporter)
        }
        return types
    }

    private mutating func openBuffer(_ map: borrowing SourceMap) throws -> Int {
        try sources.add(
            map, options: PerfReader.Options(), name: options.mapPaths.count > 1 ? map.pinned.path.path : nil,
            lostCounts: options.lostCounts(of: map.pinned.path.name))
        let size = Int(map.info.maxEntries)
        guard options.pages == nil || options.mapPaths.count > 1 else {
            throw CommandMistake.exclusive(
                ["--pages"],
                because: "is for perf event arrays, and \(map.pinned.path.path) is a ring buffer, "
                    + "whose \(size) bytes were decided when it was made (max_entries)")
        }
        return size
    }

    private mutating func openRings(
        _ map: borrowing SourceMap
    ) throws(BPFError) -> (pages: Int, cpus: [Int], bytes: Int) {
        guard !options.recorder.keepsRings else { return try keepRings(map) }
        var ringOptions = PerfReader.Options(pages: options.pages)
        ringOptions.hasContext = options.streamFormat == .capture
        ringOptions.dropsPrivilege = options.user != nil
        try sources.add(
            map, options: ringOptions, name: options.mapPaths.count > 1 ? map.pinned.path.path : nil)
        let last = sources.readers.arrays.count - 1
        let bytes = sources.readers.arrays[last].accounts.map(\.ringBytes).max() ?? 0
        return (sources.readers.arrays[last].pagesPerCPU, sources.readers.arrays[last].cpus, bytes)
    }

    private mutating func keepBuffer(_ map: borrowing SourceMap) throws(BPFError) -> Int {
        kept.add(try OverwrittenRingReader(map.pinned.map, source: map.number))
        return Int(map.info.maxEntries)
    }

    private mutating func keepRings(
        _ map: borrowing SourceMap
    ) throws(BPFError) -> (pages: Int, cpus: [Int], bytes: Int) {
        var pages = 1
        let each = share / max(try CPUList.online().count, 1) / MemoryPage.size
        // The kernel takes powers of two, and 2 GiB at most.
        while pages * 2 <= min(each, 1 << 19) { pages *= 2 }
        var ringOptions = PerfReader.Options(pages: pages)
        ringOptions.keepsNewest = true
        let rings = try PerfRings.open(
            map: map.pinned.map, poll: sources.readers.poll, source: map.number, options: ringOptions)
        rings.notes.forEach(reporter.report)
        let (bytes, opened, cpus) = (rings.accounts.map(\.ringBytes).max() ?? 0, rings.pagesPerCPU, rings.cpus)
        kept.add(rings)
        return (opened, cpus, bytes)
    }

    private func tell(_ pinned: borrowing PinnedMap, _ possible: Int) {
        reporter.status("number of cpu: \(possible)", event: "cpus", [("possible", .integer(Int64(possible)))])
        if !pinned.wasCreated {
            // The original's words.
            reporter.status("Warning: Map exists.", event: "map-exists", [("path", .string(pinned.path.path))])
        }
    }
}
