// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BPFObject
internal import EventStream
internal import EventTypes
internal import ToolSupport

/// What a capture says of itself: the machine, the maps with the programs that use them, the types of the events.
struct CaptureDescription {
    private var preamble: CapturePreamble
    /// The names of this host; nil if the capture tells none.
    private var names: HostNameList?
    /// Is told of types whose events have stacks; nil if the capture tells no processes.
    private let processes: ProcessWatch?

    /// This machine, now.
    ///
    /// - Parameters:
    ///   - writer: The tool that makes the capture.
    ///   - host: What it says of this host.
    ///   - processes: Is told of types whose events have stacks.
    init(
        writer: String = "bpf-eventd \(toolVersion)", host: HostOptions.Host, processes: ProcessWatch? = nil
    ) throws(BPFError) {
        self.processes = processes
        self.names = host.hasNames ? HostNameList() : nil
        let names = UnameFacts.current
        var header = CaptureHeader(bootOffset: MonotonicClock.bootOffset, began: MonotonicClock.nanoseconds)
        header.host = host.name ?? names.host
        header.kernel = names.release
        header.machine = names.machine
        header.possibleCPUs = UInt32(clamping: try CPUList.possible().count)
        header.onlineCPUs = CPUList.text(try CPUList.online())
        header.writer = writer
        header.bootID = BootID.current ?? ""
        header.machineID = MachineIDFile.content().flatMap(MachineIdentity.hashed) ?? ""
        header.clockError = ClockError.nanoseconds
        preamble = CapturePreamble(header: header)
    }

    /// Adds a map that events come from.
    ///
    /// - Parameter ringBytes: The bytes of a ring of it: that of one CPU, or that of all.
    mutating func add(_ map: borrowing SourceMap, ringBytes: Int) throws(BPFError) {
        var source = CaptureSource(number: map.number)
        source.mapName = map.info.name
        source.path = map.pinned.path.path
        source.ringBytes = UInt64(clamping: ringBytes)
        try add(source, map.info)
    }

    /// Adds a map that events come from, with what the kernel says of it.
    ///
    /// - Parameter asksForPrograms: Whether the programs are looked for that use it.
    mutating func add(_ source: CaptureSource, _ info: Map.Info, asksForPrograms: Bool = true) throws(BPFError) {
        var source = source
        source.mapID = info.id
        source.mapType = info.type.rawValue
        if asksForPrograms { source.programs = try MapUsers.programs(of: info.id) ?? [] }
        source.mapFlags = info.flags
        source.maxEntries = info.maxEntries
        if source.content == nil {
            source.content = .events
            source.sizes = info.type == .ringbuf ? .exact : .padded
        } else {
            (source.keySize, source.valueSize) = (info.keySize, info.valueSize)
        }
        preamble.sources.append(source)
    }

    /// Adds a map whose elements are read.
    ///
    /// - Parameters:
    ///   - content: What its elements are.
    ///   - schemas: Their types.
    mutating func read(
        _ map: borrowing SourceMap, _ content: CaptureSource.Content, _ schemas: [CaptureSchema]
    ) throws(BPFError) {
        var source = CaptureSource(number: map.number)
        source.mapName = map.info.name
        source.path = map.pinned.path.path
        source.content = content
        try add(source, map.info)
        preamble.schemas += schemas
        nameNumbers(of: schemas)
        processes?.want(schemas, of: map.number, areElements: content == .elements)
    }

    /// Tells the types of a map's events, in place of those that it told before.
    mutating func set(_ schemas: [CaptureSchema], of number: UInt32) {
        preamble.schemas.removeAll { $0.source == number }
        preamble.schemas += schemas
        nameNumbers(of: schemas)
        let content = preamble.sources.first { $0.number == number }?.content
        processes?.want(schemas, of: number, areElements: content == .elements)
    }

    /// Tells the names that the values of some types may need.
    private mutating func nameNumbers(of schemas: [CaptureSchema]) {
        guard names != nil else { return }
        for schema in schemas { names?.want(HostNameKinds(btf: schema.btf)) }
        preamble.names = names?.lists ?? []
    }

    /// Whether this host has more names than the capture tells.
    var areNamesCut: Bool { names?.isCut ?? false }

    /// Looks for control groups that were not there before, where events have such.
    ///
    /// - Returns: What a capture tells of them; nil if there are none.
    mutating func newNames() -> CaptureNames? {
        guard let new = names?.lookForGroups() else { return nil }
        preamble.names = names?.lists ?? []
        return new
    }

    /// Tells that the wall clock was set.
    mutating func set(_ clock: CaptureClock) { preamble.clock = clock }

    /// The path of a map's pin.
    func path(of number: UInt32) -> String { preamble.sources.first { $0.number == number }?.path ?? "" }

    /// The blocks.
    func bytes() throws(CaptureError) -> [UInt8] { try preamble.bytes() }

    /// Looks once more which programs use the maps: they are mostly loaded after the daemon has started.
    ///
    /// - Returns: Whether that is something new; false too where privilege was given up, without which none is seen.
    mutating func lookForPrograms() throws(BPFError) -> Bool {
        var isNew = false
        for index in preamble.sources.indices {
            guard let id = preamble.sources[index].mapID, let programs = try MapUsers.programs(of: id),
                // Those that have gone by now sent some of the events.
                !Set(programs).isSubset(of: preamble.sources[index].programs)
            else { continue }
            preamble.sources[index].programs = Set(programs + preamble.sources[index].programs).sorted()
            isNew = true
        }
        return isNew
    }
}
