// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation

/// What captures hold, read one after the other.
struct CapturedEvents {
    /// Records of each map, by its number.
    var records: [UInt32: Int] = [:]
    /// Events that loss blocks tell of, by the number of the map.
    var lost: [UInt32: Int] = [:]
    /// Times in which no daemon was there.
    var gaps = 0
    var sources: [CaptureSource] = []
    var schemas: [CaptureSchema] = []
    /// What the end of the last capture says.
    var end: CaptureEnd?
    /// The changes of the wall clock that it tells, and when the records were read that have no time.
    var clocks: [CaptureClock] = []
    var readTimes: [UInt64] = []
    /// What is damaged, missing or without an end.
    var faults: [String] = []
    /// Whether the times of all records go up, and those of the records of each CPU.
    private(set) var isSorted = true
    private(set) var isSortedByCPU = true

    init(files paths: String...) throws { try self.init(files: paths) }

    init(files paths: [String]) throws {
        var reader = CaptureReader()
        for path in paths {
            let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
            try reader.read(bytes.span.bytes) { item, offset in note(item, offset) }
        }
        try reader.finish { item, offset in note(item, offset) }
        if !reader.hasEnded { faults.append("it ends without an end") }
    }

    private var last: UInt64 = 0
    private var lastOfCPU: [UInt32: UInt64] = [:]

    private mutating func note(_ item: consuming CaptureItem, _ offset: UInt64) {
        switch consume item {
        case .header: break
        case .clock(let clock): clocks.append(clock)
        case .source(let source): sources.append(source)
        case .schema(let schema): schemas.append(schema)
        case .names, .text, .process: break
        case .other: faults.append("a block of another kind is at \(offset)")
        case .records(var block):
            if let time = block.readTime { readTimes.append(time) }
            var count = 0
            while let record = block.next() {
                count += 1
                records[record.source ?? .max, default: 0] += 1
                guard let time = record.time, let cpu = record.cpu else { continue }
                if time < last { isSorted = false }
                if time < lastOfCPU[cpu, default: 0] { isSortedByCPU = false }
                (last, lastOfCPU[cpu]) = (time, time)
            }
            if count != block.count { faults.append("a block of \(block.count) has \(count) records") }
        case .snapshot(let block):
            if !block.isContinuous { faults.append("a part of a snapshot is missing in front of \(offset)") }
        case .loss(let loss) where loss.cause == .noReader: gaps += 1
        case .loss(let loss): lost[loss.source, default: 0] += loss.events.map { Int($0) } ?? 0
        case .end(let found): end = found
        case .missing(let numbers): faults.append("blocks \(numbers) are missing at \(offset)")
        case .damage(let damage): faults.append("\(damage)")
        }
    }
}
