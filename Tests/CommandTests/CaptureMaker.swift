// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
@testable import EventStream
import EventTypes

/// Makes captures whose every record is chosen.
struct CaptureMaker {
    struct Record {
        var cpu: UInt32 = 0
        var pid: UInt32 = 1
        var time: UInt64 = 0
        var bytes: [UInt8]
    }

    private(set) var bytes: [UInt8] = []
    private var sequence: UInt64 = 0
    private let preamble: [UInt8]

    /// 1 000 000 000 ns after the start of the machine it was 2026-11-21T12:00:00Z.
    static let bootOffset: Int64 = 1_795_262_400_000_000_000 - 1_000_000_000

    init(sources: [CaptureSource], schemas: [CaptureSchema], header: CaptureHeader = Self.header()) throws {
        bytes = try CapturePreamble(header: header, sources: sources, schemas: schemas).bytes()
        preamble = bytes
    }

    /// What a capture says of itself.
    static func header(
        host: String = "", boot: String = "", began: UInt64 = 1_000_000_000, skew: Int64 = 0, error: UInt64? = nil
    ) -> CaptureHeader {
        var header = CaptureHeader(bootOffset: bootOffset + skew, began: began)
        (header.machine, header.host, header.bootID, header.clockError) = ("x86_64", host, boot, error)
        return header
    }

    /// Begins another file of the capture: what it has so far is taken out.
    mutating func takeFile() -> [UInt8] {
        defer { bytes = preamble }
        return bytes
    }

    /// A capture of one map whose events are what a line of C says.
    init(
        map: String = "events", layout: String, sizes: CaptureSource.Sizes = .exact,
        header: CaptureHeader = Self.header()
    ) throws {
        var source = CaptureSource(number: 0)
        source.mapName = map
        source.sizes = sizes
        try self.init(sources: [source], schemas: [Self.schema(layout)], header: header)
    }

    static func schema(_ layout: String, source: UInt32 = 0, tag: (String, Int64)? = nil) throws -> CaptureSchema {
        let type = try EventSchema.layout(layout)
        var schema = CaptureSchema(source: source)
        schema.typeName = type.name
        schema.btf = type.btf
        schema.typeID = UInt32(type.typeID)
        schema.eventSize = UInt32(type.size)
        if let tag { (schema.tagField, schema.tagValue) = tag }
        return schema
    }

    /// Adds a block of the records of one CPU, as a drain of its ring makes it.
    mutating func add(_ records: [Record], source: UInt32 = 0) {
        var payload: [UInt8] = []
        payload.append(integer: source)
        payload.append(integer: records.first?.cpu ?? .max)
        payload.append(integer: records.map(\.time).min() ?? 0)
        payload.append(integer: records.map(\.time).max() ?? 0)
        payload.append(integer: UInt32(records.count))
        payload.append(integer: CaptureLayout.context.rawValue)
        for record in records {
            payload.append(integer: record.pid)
            payload.append(integer: record.pid)
            payload.append(integer: record.time)
            payload.append(integer: UInt32(record.bytes.count))
            payload += record.bytes
            payload += [UInt8](repeating: 0, count: (8 - payload.count % 8) % 8)
        }
        add(CaptureBlock.Kind.records, payload)
    }

    mutating func add(_ loss: CaptureLoss) { add(CaptureBlock.Kind.loss, loss.payload) }

    mutating func add(_ clock: CaptureClock) { add(CaptureBlock.Kind.clock, clock.payload) }

    mutating func add(_ text: CaptureText) { add(CaptureBlock.Kind.text, text.payload) }

    mutating func end() { add(CaptureBlock.Kind.end, CaptureEnd().payload) }

    /// Leaves out the number of a block, as one that is lost does.
    mutating func skipBlock() { sequence += 1 }

    /// Gives the next block a number.
    mutating func skip(to block: UInt64) { sequence = block - 1 }

    /// Adds a block of any kind.
    mutating func add(_ kind: UInt16, _ payload: [UInt8]) {
        sequence += 1
        bytes += CaptureBlock.bytes(kind: kind, flags: 0, sequence: sequence, payload: payload)
    }
}

extension CaptureMaker {
    /// Adds a snapshot of a map in one block.
    ///
    /// - Parameter elements: The key and each value of an element, each padded to 8 bytes.
    mutating func add(
        snapshot elements: [[UInt8]], source: UInt32 = 0, number: UInt64 = 1, began: UInt64, keySize: UInt32,
        valueSize: UInt32, cpus: UInt32 = 0, flags: UInt32 = 3, extent: UInt32 = 0
    ) {
        var payload: [UInt8] = []
        payload.append(integer: source)
        payload.append(integer: flags)
        payload.append(integer: number)
        payload.append(integer: began)
        payload.append(integer: began)
        payload.append(integer: UInt32(elements.count))
        payload.append(integer: keySize)
        payload.append(integer: valueSize)
        payload.append(integer: cpus)
        payload.append(integer: extent)
        payload.append(integer: UInt32(0))
        payload.append(integer: UInt64(elements.count))
        for element in elements { payload += element }
        add(CaptureBlock.Kind.snapshot, payload)
    }
}
