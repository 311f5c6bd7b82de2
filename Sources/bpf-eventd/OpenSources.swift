// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BPFCore
internal import BasicContainers
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// Opens the rings of maps, one map after the other.
struct OpenSources: ~Copyable {
    let options: BPFEventd
    let reporter: Reporter
    /// What was opened.
    var sources: SourceSet
    /// What a capture says of them; nil for frames.
    var description: CaptureDescription?
    /// What the report says of each map.
    private var membersByMap: [UInt32: [(String, JSONValue)]] = [:]

    init(_ options: BPFEventd, reporter: Reporter) throws(BPFError) {
        self.options = options
        self.reporter = reporter
        description = options.streamFormat == .capture ? try CaptureDescription() : nil
        sources = try SourceSet(latency: options.drainLatency, reporter: reporter)
    }

    /// What the report says of each map, in their order.
    var members: [[(String, JSONValue)]] { membersByMap.sorted { $0.key < $1.key }.map(\.value) }

    /// Puts the rings into their slots once more, after another daemon that had a map has ended.
    mutating func setSlots() throws(BPFError) { try sources.setSlots() }

    /// Hands over what was opened.
    consuming func takeSources() -> SourceSet { sources }

    /// Opens the rings of a map.
    ///
    /// - Parameter possible: How many CPUs the machine can ever have.
    mutating func open(_ map: borrowing SourceMap, possible: Int) throws {
        let path = map.pinned.path.path
        let front: [(String, JSONValue)] = [("map", .string(path)), ("created", .bool(map.pinned.wasCreated))]
        if map.isRingBuffer {
            let size = try openBuffer(map)
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
        for index in 0..<maps.count {
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
        for number in membersByMap.keys {
            let schemas = types.schemas(of: number)
            membersByMap[number]?.append(("events", .array(schemas.map(\.json))))
        }
        for index in 0..<maps.count {
            types.report(maps[index].number, pin: maps[index].pinned.path.path, to: reporter)
        }
        return types
    }

    private mutating func openBuffer(_ map: borrowing SourceMap) throws -> Int {
        try sources.add(map, options: PerfReader.Options(), name: nil)
        let size = Int(map.info.maxEntries)
        guard options.pages == nil || options.mapPaths.count > 1 else {
            throw ValidationError(
                "--pages is for perf event arrays; \(map.pinned.path.path) is a ring buffer, "
                    + "whose \(size) bytes were decided when it was made (max_entries).")
        }
        return size
    }

    private mutating func openRings(
        _ map: borrowing SourceMap
    ) throws(BPFError) -> (pages: Int, cpus: [Int], bytes: Int) {
        var ringOptions = PerfReader.Options(pages: options.pages)
        ringOptions.hasContext = options.streamFormat == .capture
        ringOptions.dropsPrivilege = options.user != nil
        try sources.add(
            map, options: ringOptions, name: options.mapPaths.count > 1 ? map.pinned.path.path : nil)
        let last = sources.readers.arrays.count - 1
        let bytes = sources.readers.arrays[last].accounts.map(\.ringBytes).max() ?? 0
        return (sources.readers.arrays[last].pagesPerCPU, sources.readers.arrays[last].cpus, bytes)
    }

    private func tell(_ pinned: borrowing PinnedMap, _ possible: Int) {
        reporter.status("number of cpu: \(possible)", event: "cpus", [("possible", .integer(Int64(possible)))])
        if !pinned.wasCreated {
            // The original's words.
            reporter.status("Warning: Map exists.", event: "map-exists", [("path", .string(pinned.path.path))])
        }
    }
}
