// SPDX-License-Identifier: Apache-2.0

package import BPFCore
package import BTF
internal import BPFObject
internal import Diagnostics
package import EventStream
internal import EventTypes
internal import Records
package import ToolSupport

/// What one process loads, drains and shows by itself: the loop of the daemon over maps that have no pin.
///
/// Rings are opened before the programs are attached, so that no event is refused. Nobody else knows the maps but those
/// that are pinned, so that there are locks of those alone, and no account files.
package struct LiveCollection<Output: StreamOutput & ~Copyable>: ~Copyable {
    private let reporter: Reporter
    private var sources: SourceSet
    private var description: CaptureDescription
    private var accounts: [Account.Map] = []
    private var locks = MapLocks(takesOver: false)
    /// The times in which nobody drained a pinned map.
    private var gaps: [CaptureLoss] = []
    private let latency: ReaderLatency
    /// Whether losses are told of by the map's name.
    private let namesMaps: Bool
    /// Whether the stream is kept, and so says which programs there were.
    private let isKept: Bool
    /// What the program's settings say that its histograms count; empty if they do not.
    private let unit: String

    /// Begins with no map.
    ///
    /// - Parameters:
    ///   - writer: The tool, as a capture names it.
    ///   - host: What the stream says of this host.
    ///   - isKept: Whether the stream is kept, and so says which programs there were.
    ///   - namesMaps: Whether there are several maps, so that what is said of one names it.
    ///   - settings: The variables of the program that hold numbers: they may say what its histograms count.
    package init(
        writer: String, host: HostOptions.Host, isKept: Bool, namesMaps: Bool,
        settings: [(name: String, value: Int128)] = [],
        reporter: Reporter
    ) throws(BPFError) {
        // Locals: Swift 6.3 does not let go of what a failing initialiser has made of a noncopyable value.
        let latency = ReaderLatency()
        let sources = try SourceSet(latency: latency, reporter: reporter)
        // Whoever shows the events here asks the processes themselves.
        let description = try CaptureDescription(
            writer: writer, host: host, processes: isKept ? sources.processes : nil)
        self.isKept = isKept
        unit = CapturedUnit.of(settings: settings)
        self.reporter = reporter
        self.namesMaps = namesMaps
        self.latency = latency
        self.sources = sources
        self.description = description
    }

    /// Opens the rings of a map.
    ///
    /// - Parameters:
    ///   - map: A perf event array or a ring buffer.
    ///   - name: Its name in the object.
    ///   - pin: Where it is pinned, if it is: then others may drain it.
    ///   - schemas: The types of its events; their ``CaptureSchema/source`` is set here.
    ///   - lostCounts: The id of the map in which programs count what finds no room in a ring buffer; nil to look for it.
    package mutating func open(
        _ map: borrowing Map, name: String, pin: String?, _ schemas: [CaptureSchema], lostCounts: UInt32?
    ) throws {
        let info = try map.info()
        let number = UInt32(clamping: accounts.count)
        if let pin {
            let (gap, notes) = try locks.add(map: info.id, pin: pin, isRingBuffer: info.type == .ringbuf)
            notes.forEach(reporter.report)
            if let gap {
                gaps.append(
                    CaptureLoss(source: number, cpu: nil, events: nil, from: gap.from, to: gap.to, cause: .noReader))
            }
        }
        var options = PerfReader.Options()
        options.hasContext = true
        try sources.add(map, number, isRingBuffer: info.type == .ringbuf, options, name: namesMaps ? name : nil)
        if info.type == .ringbuf {
            try sources.ringLosses.add(
                info, number, label: name, pin: nil, given: lostCounts.map { "\($0)" }, to: &sources.readers)
        }
        var source = CaptureSource(number: number)
        source.mapName = name
        source.path = pin ?? ""
        source.ringBytes = UInt64(clamping: sources.ringBytes(of: number))
        try description.add(source, info, asksForPrograms: isKept)
        description.set(
            schemas.map { schema in
                var schema = schema
                schema.source = number
                return schema
            }, of: number)
        accounts.append(
            Account.Map(
                id: info.id, name: name, pin: name, type: info.type == .ringbuf ? "ringbuf" : "perf_event_array",
                rings: []))
    }

    /// Opens a map whose elements are read.
    ///
    /// - Parameters:
    ///   - map: A map that can be read.
    ///   - name: Its name in the object.
    ///   - areGlobals: Whether it holds the object's variables.
    ///   - times: When it is read, from ``startSnapshots(milliseconds:)`` on.
    ///   - known: What the object tells of the type of its elements; asked where the kernel does not know it.
    ///   - marks: What the object tells of how members of the type are shown.
    /// - Returns: False if its elements are too large to be read, which is told.
    package mutating func read(
        _ map: borrowing Map, name: String, areGlobals: Bool, _ times: SnapshotTimes, known: () -> EventSchema?,
        marks: (EventSchema) -> [EventSchema.Tag]
    ) throws(BPFError) -> Bool {
        let number = UInt32(clamping: accounts.count)
        let snapshots = try MapSnapshots(map, source: number)
        let shape = snapshots.shape
        let head = SnapshotHead(
            source: 0, number: 1, began: 0, keySize: shape.keySize, valueSize: shape.valueSize, cpus: shape.cpus)
        guard head.storedSize != nil else {
            reporter.report(
                Diagnostic(
                    .elementTooLarge, .warning, stage: .map,
                    "\(name.terminalSafe) is left out: its elements are larger than 16 MiB",
                    cause: "keys have \(shape.keySize) bytes and values \(shape.valueSize)"
                        + (shape.cpus.map { ", for each of \($0) CPUs" } ?? "")))
            return false
        }
        let type: EventSchema
        let origin: String
        // What tells the unit of its histograms.
        var schemas: [EventSchema] = []
        let own = try snapshots.schema()
        let hasTags = own?.hasFormatTags ?? false
        let known = isKept || !hasTags ? known() : nil
        // Kernels before 5.16 are given the types without their tags.
        let hasLostTags = !hasTags && known.map { $0.size == own?.size && $0.hasFormatTags } ?? false
        if let own, !hasLostTags {
            (type, origin) = (own, "from the map's own types")
            schemas = (isKept ? known.map { [$0] } ?? [] : []) + [own]
        } else if let known {
            (type, origin) = (known, "from the map's definition in the object")
            schemas = [known]
        } else {
            (type, origin) = (try snapshots.plainSchema(), "from the sizes of its keys and values")
            if !snapshots.info.type.holdsStacks {
                reporter.report(
                    Diagnostic(
                        .mapUntyped, .note, stage: .map,
                        "\(name.terminalSafe) has no types: its elements are numbers or bytes",
                        cause:
                            "it is defined without them (keys of \(shape.keySize) bytes, values of \(shape.valueSize))")
                )
            }
        }
        var schema = CaptureSchema(EventType(schema: type.tagged(marks(type)), origin: .named), source: number)
        schema.origin = origin
        var source = CaptureSource(number: number)
        source.mapName = name
        source.content = areGlobals ? .globals : .elements
        // Whoever shows the elements here knows the settings.
        if isKept {
            source.unit = CapturedUnit.of(
                map: name, isArray: snapshots.info.type.isArray, schemas, setting: unit)
        }
        try description.add(source, snapshots.info, asksForPrograms: isKept)
        description.set([schema], of: number)
        accounts.append(
            Account.Map(
                id: snapshots.info.id, name: name, pin: name, type: snapshots.info.type.description, rings: []))
        sources.maps.add(
            SnapshotReader(
                snapshots, SnapshotSchedule(times, start: MonotonicClock.nanoseconds, end: .max), name: name,
                isOneOfMany: true))
        return true
    }

    /// What the stream begins with: its sources and their types.
    package func preamble() throws -> [UInt8] { try description.bytes() }

    /// Has the times at which maps are read begin now; of several times the first is after the first interval.
    ///
    /// - Parameter milliseconds: After which the run ends by itself; nil is never.
    package mutating func startSnapshots(milliseconds: Int64?) {
        let now = MonotonicClock.nanoseconds
        let end = milliseconds.map { now &+ UInt64(clamping: min($0, 1 << 40)) * 1_000_000 }
        sources.maps.start(at: now, end: end ?? .max)
    }

    /// Drains until a signal comes, the time is up, or the output or the work wants no more.
    ///
    /// - Parameters:
    ///   - milliseconds: How long at most; nil is for ever.
    ///   - sorted: Whether events are put in the order of their times.
    ///   - waking: A descriptor that gives `work` a turn as soon as it is readable.
    ///   - work: What else is done in the loop.
    /// - Returns: ``ExitStatus/lost`` if events were lost, and the output.
    package consuming func run(
        into output: consuming Output, signals: borrowing SignalSource, milliseconds: Int64?, sorted: Bool,
        waking: Int32?, _ work: LoopWork<Output>
    ) throws -> LiveEnd<Output> {
        var writer = StreamWriter(format: .capture, spill: 16 << 20, sortWindow: sorted ? 16 << 20 : 0)
        writer.setPreamble(try description.bytes())
        output.preamble = writer.preamble
        let files = try AccountFiles(json: nil, metrics: nil, reporter: reporter)
        // A writer that holds nothing has room for them.
        for gap in gaps { _ = writer.noteLoss(gap) }
        // What the object tells of types is all there is: nothing else is looked for.
        let types = MapTypes()
        var daemon = Daemon(
            output: output, sources: sources, writer: writer,
            housekeeping: Housekeeping(
                locks: locks, files: files, description: isKept ? description : nil, types: types, reporter: reporter),
            maps: accounts, latency: latency, reporter: reporter)
        let status = try daemon.run(signals: signals, milliseconds: milliseconds, waking: waking, work)
        return LiveEnd(status: status, output: daemon.takeOutput())
    }
}

/// How a live run ended.
package struct LiveEnd<Output: StreamOutput & ~Copyable>: ~Copyable {
    /// What the loop leads to.
    package let status: ExitStatus
    /// What has taken the stream.
    package var output: Output
}
