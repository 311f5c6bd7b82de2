// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BPFObject
internal import EventStream
internal import ToolSupport

/// What a capture says of itself: the machine, the maps with the programs that use them, the types of the events.
struct CaptureDescription {
    private var preamble: CapturePreamble

    /// This machine, now.
    init() throws(BPFError) {
        let names = UnameFacts.current
        var header = CaptureHeader(bootOffset: MonotonicClock.bootOffset, began: MonotonicClock.nanoseconds)
        header.host = names.host
        header.kernel = names.release
        header.machine = names.machine
        header.possibleCPUs = UInt32(clamping: try CPUList.possible().count)
        header.onlineCPUs = CPUList.text(try CPUList.online())
        header.writer = "bpf-eventd \(toolVersion)"
        header.bootID = BootID.current ?? ""
        preamble = CapturePreamble(header: header)
    }

    /// Adds a map that events come from.
    ///
    /// - Parameter ringBytes: The bytes of a ring of it: that of one CPU, or that of all.
    mutating func add(_ map: borrowing SourceMap, ringBytes: Int) throws(BPFError) {
        var source = CaptureSource(number: map.number)
        source.mapID = map.info.id
        source.mapType = map.info.type.rawValue
        source.mapName = map.info.name
        source.path = map.pinned.path.path
        source.ringBytes = UInt64(clamping: ringBytes)
        source.programs = try MapUsers.programs(of: map.info.id) ?? []
        source.sizes = map.isRingBuffer ? .exact : .padded
        preamble.sources.append(source)
    }

    /// Tells the types of a map's events, in place of those that it told before.
    mutating func set(_ schemas: [CaptureSchema], of number: UInt32) {
        preamble.schemas.removeAll { $0.source == number }
        preamble.schemas += schemas
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
