// SPDX-License-Identifier: Apache-2.0

@testable import EventStream
import Records
import RingImages

/// One thing that a reader finds, kept for comparison.
enum Found: Equatable {
    case header(CaptureHeader)
    case clock(CaptureClock)
    case source(CaptureSource)
    case schema(CaptureSchema)
    case names(CaptureNames)
    case process(CaptureProcess)
    case text(CaptureText)
    case event(Event)
    case snapshot(Snapshot)
    case loss(CaptureLoss)
    case end(CaptureEnd)
    case other
    case missing(ClosedRange<UInt64>)
    case damage(CaptureDamage)

    struct Event: Equatable {
        var bytes: [UInt8]
        var source: UInt32?
        var cpu: UInt32?
        var pid: UInt32?
        var tid: UInt32?
        var time: UInt64?
    }

    struct Snapshot: Equatable {
        var head: SnapshotHead
        var isFirst = false
        var isContinuous = true
        var total: UInt64 = 0
        var end: SnapshotEnd?
        var elements: [[UInt8]] = []
    }

    var snapshot: Snapshot? {
        if case .snapshot(let snapshot) = self { snapshot } else { nil }
    }

    var event: [UInt8]? {
        if case .event(let event) = self { event.bytes } else { nil }
    }

    var damage: CaptureDamage? {
        if case .damage(let damage) = self { damage } else { nil }
    }

    var loss: CaptureLoss? {
        if case .loss(let loss) = self { loss } else { nil }
    }
}

/// What is in a capture, read in pieces of some size.
func content(_ capture: [UInt8], pieces: Int = .max) throws(CaptureError) -> [Found] {
    var reader = CaptureReader()
    var found: [Found] = []
    var at = 0
    while at < capture.count {
        let end = at + min(pieces, capture.count - at)
        try reader.read(capture.span.bytes.extracting(at..<end)) { item, _ in found.take(item) }
        at = end
    }
    try reader.finish { item, _ in found.take(item) }
    return found
}

extension [Found] {
    mutating func take(_ item: CaptureItem) {
        switch item {
        case .header(let header): append(.header(header))
        case .clock(let clock): append(.clock(clock))
        case .source(let source): append(.source(source))
        case .schema(let schema): append(.schema(schema))
        case .names(let names): append(.names(names))
        case .process(let process): append(.process(process))
        case .text(let text): append(.text(text))
        case .records(var records):
            while let record = records.next() {
                append(
                    .event(
                        Found.Event(
                            bytes: record.bytes.withUnsafeBytes { [UInt8]($0) }, source: record.source, cpu: record.cpu,
                            pid: record.pid, tid: record.tid, time: record.time)))
            }
        case .snapshot(var block):
            var snapshot = Found.Snapshot(
                head: block.head, isFirst: block.isFirst, isContinuous: block.isContinuous, total: block.total,
                end: block.end)
            while let element = block.next() {
                snapshot.elements.append(element.bytes.withUnsafeBytes { [UInt8]($0) })
            }
            append(.snapshot(snapshot))
        case .loss(let loss): append(.loss(loss))
        case .end(let end): append(.end(end))
        case .other: append(.other)
        case .missing(let numbers): append(.missing(numbers))
        case .damage(let damage): append(.damage(damage))
        }
    }
}

extension StreamWriter {
    /// Everything that is still to be written, of all chunks.
    mutating func takeAll() -> [UInt8] {
        finishBlock()
        var all: [UInt8] = []
        while pendingBytes > 0 {
            all += pendingArray
            markWritten(pendingArray.count)
        }
        return all
    }
}

/// A preamble with every part of it.
let fullPreamble: CapturePreamble = {
    var header = CaptureHeader(bootOffset: -5_000_000_000, began: 81_234_567)
    (header.host, header.kernel, header.machine) = ("host", "6.12.0", "x86_64")
    (header.possibleCPUs, header.onlineCPUs, header.writer) = (64, "0-1,63", "bpf-eventd 1.0")
    header.bootID = "8f4e4a9c-1c0a-4f4e-9d0a-0123456789ab"
    (header.machineID, header.clockError) = ("d0f39e5d1784498fa2b0bbc1c342d965", 1_500_000)
    var source = CaptureSource(number: 0)
    (source.mapID, source.mapType, source.mapName) = (17, 4, "map_event")
    (source.path, source.ringBytes, source.programs) = ("/sys/fs/bpf/map_event", 65_536, [3, 4, 5])
    source.sizes = .padded
    var schema = CaptureSchema(source: 0)
    (schema.typeName, schema.btf, schema.typeID) = ("event", [1, 2, 3], 2)
    (schema.eventSize, schema.origin) = (16, "--type")
    (schema.tagField, schema.tagValue) = ("kind", -2)
    var preamble = CapturePreamble(header: header, sources: [source], schemas: [schema])
    preamble.clock = CaptureClock(from: 90_000_000, bootOffset: -4_000_000_000, clockError: 2_000_000)
    return preamble
}()

/// A small capture with blocks of every kind.
func smallCapture(events: Int = 3) throws -> [UInt8] {
    var writer = StreamWriter(format: .capture)
    writer.setPreamble(try fullPreamble.bytes())
    writer.begin(source: 0, cpu: 1)
    for seed in 0..<events { _ = writer.add(event(5 + seed, seed: seed)) }
    _ = writer.noteLoss(CaptureLoss(source: 0, cpu: 1, events: 12, from: 5, to: 9, cause: .ringFull))
    _ = writer.noteClock(CaptureClock(from: 95_000_000, bootOffset: -3_000_000_000))
    for seed in 0..<events { _ = writer.add(event(9, seed: seed)) }
    _ = writer.finishCapture()
    return writer.takeAll()
}

extension [UInt8] {
    /// The blocks of a sound capture.
    var blocks: [[UInt8]] {
        var blocks: [[UInt8]] = []
        var at = 0
        while at < count {
            let length = self[at + 12..<at + 16].reversed().reduce(0) { $0 << 8 | Int($1) }
            blocks.append(Array(self[at..<at + 32 + length]))
            at += 32 + length
        }
        return blocks
    }
}
