// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BPFObject
internal import EventStream
internal import ToolSupport

/// What a capture says of itself before its first event.
enum CaptureFacts {
    /// This machine, now.
    static func header() throws(BPFError) -> CaptureHeader {
        let names = UnameFacts.current
        var header = CaptureHeader(bootOffset: MonotonicClock.bootOffset, began: MonotonicClock.nanoseconds)
        header.host = names.host
        header.kernel = names.release
        header.machine = names.machine
        header.possibleCPUs = UInt32(clamping: try CPUList.possible().count)
        header.onlineCPUs = CPUList.text(try CPUList.online())
        header.writer = "bpf-eventd \(toolVersion)"
        return header
    }

    /// A map, and the programs that use it at this time.
    static func source(_ map: borrowing SourceMap, ringBytes: Int) throws(BPFError) -> CaptureSource {
        var source = CaptureSource(number: map.number)
        source.mapID = map.info.id
        source.mapType = map.info.type
        source.mapName = map.info.name
        source.path = map.pinned.path.path
        source.ringBytes = UInt64(clamping: ringBytes)
        source.programs = try MapUsers.programs(of: map.info.id) ?? []
        source.sizes = map.isRingBuffer ? .exact : .padded
        return source
    }

    static func schema(_ schema: EventSchema, of map: borrowing SourceMap, object: String) -> CaptureSchema {
        var found = CaptureSchema(source: map.number)
        found.typeName = schema.name
        found.btf = schema.btf
        found.typeID = UInt32(exactly: schema.typeID)
        found.eventSize = UInt32(exactly: schema.size)
        found.origin = "--type \(schema.name) of --object \(object)"
        return found
    }
}
