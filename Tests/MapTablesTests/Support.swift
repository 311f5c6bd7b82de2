// SPDX-License-Identifier: Apache-2.0

import BPFObject
import BTF
import EventTypes
import MapTables
import Records

@testable import EventDecoding

/// The type of elements that a line of C says: `struct { u64 key; struct { … } value; }`.
func plan(_ layout: String) throws -> DecodingPlan { try DecodingPlan(EventSchema.layout(layout)) }

func little<Number: FixedWidthInteger>(_ numbers: Number...) -> [UInt8] {
    numbers.flatMap { number in withUnsafeBytes(of: number.littleEndian) { Array($0) } }
}

func head(_ number: UInt64, key: Int = 8, value: Int, cpus: Int? = nil, at seconds: UInt64 = 1) -> SnapshotHead {
    SnapshotHead(
        source: 0, number: number, began: seconds * 1_000_000_000, keySize: key, valueSize: value, cpus: cpus)
}

func whole(_ elements: Int) -> SnapshotEnd {
    SnapshotEnd(elements: UInt64(elements), ended: 0, extent: .whole)
}

extension DecodingPlan {
    /// A row as a line of text.
    func line(_ row: [UInt8]) -> String {
        let renderer = EventRenderer(self, style: .line, environment: FormatEnvironment())
        var lines = LineBuffer(capacity: 256)
        renderer.append(row.span.bytes, EventContext(), isPadded: false, to: &lines)
        return lines.text.trimmingLastNewline
    }
}

extension String {
    fileprivate var trimmingLastNewline: String { last == "\n" ? String(dropLast()) : self }
}

extension LineBuffer {
    /// What is in it.
    var text: String { bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}
