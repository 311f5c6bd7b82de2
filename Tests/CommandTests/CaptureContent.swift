// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation

/// What is in a capture, as the library's reader tells it.
struct CaptureContent {
    struct Record {
        let source: UInt32?
        let cpu: UInt32?
        let pid: UInt32?
        let time: UInt64?
        let bytes: [UInt8]
    }

    var headers: [CaptureHeader] = []
    var sources: [CaptureSource] = []
    var schemas: [CaptureSchema] = []
    var records: [Record] = []
    var losses: [CaptureLoss] = []
    var ends: [CaptureEnd] = []
    /// Blocks that are missing, and bytes that were skipped.
    var faults = 0

    init(_ file: URL) throws {
        try self.init(Data(contentsOf: file))
    }

    init(_ content: Data) throws {
        var reader = CaptureReader()
        try reader.read([UInt8](content).span.bytes) { item, _ in take(item) }
        try reader.finish { item, _ in take(item) }
    }

    private mutating func take(_ item: borrowing CaptureItem) {
        switch item {
        case .header(let header): headers.append(header)
        case .source(let source): sources.append(source)
        case .schema(let schema): schemas.append(schema)
        case .loss(let loss): losses.append(loss)
        case .clock, .names, .process, .snapshot, .text, .other: break
        case .end(let end): ends.append(end)
        case .missing, .damage: faults += 1
        case .records(var block):
            while let record = block.next() {
                records.append(
                    Record(
                        source: record.source, cpu: record.cpu, pid: record.pid, time: record.time,
                        bytes: record.bytes.withUnsafeBytes { Array($0) }))
            }
        }
    }

    /// The events that the losses tell of.
    var lost: Int { losses.reduce(0) { $0 + Int($1.events ?? 0) } }
}
