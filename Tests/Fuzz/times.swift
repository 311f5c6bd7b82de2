// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import Diagnostics
import EventDecoding
import EventTypes

/// Reads any text as a time that a user names, in captures that began at any time and whose clock was set at any times;
/// and shows a field as a row of the library and as each format has it.
///
/// The input is a number (1 byte: how many changes of the clock), 16 bytes for each of those, 8 for the start, 8 for a value,
/// then the text.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTimes(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    var bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))[...]
    let changes = ClockChanges()
    for _ in 0..<(bytes.popFirst() ?? 0) % 32 {
        changes.note(from: number(&bytes), bootOffset: Int64(bitPattern: number(&bytes)))
    }
    let (began, value) = (Int64(bitPattern: number(&bytes)), number(&bytes))
    let text = String(decoding: bytes, as: UTF8.self)
    if let point = TimePoint(text) {
        // A time is read the same again, and no start of a capture is too far away for it.
        precondition(TimePoint(text) == point)
        for start: Int128 in [Int128(began), Int128(began) + Int128(value), Int128(Int64.min) * 2] {
            _ = point.utc(from: start)
        }
    }
    var environment = FormatEnvironment()
    environment.bootOffset = began
    environment.clockChanges = changes
    environment.machine = text
    var line = LineBuffer(capacity: 16)
    for format in ValueFormat.allCases {
        for bits in [1, 8, 32, 64, 128] {
            format.append(Int128(value), bits: bits, to: &line, environment)
            format.append(-Int128(value), bits: bits, to: &line, environment)
        }
        let head = bytes.prefix(64)
        format.append(head.span.bytes, to: &line, environment)
        line.removeAll()
    }
    showRow(bytes, text, environment)
    return 0
}

/// A row of a type of many shapes, asked for any path.
private func showRow(_ bytes: ArraySlice<UInt8>, _ path: String, _ environment: FormatEnvironment) {
    guard
        let schema = try? EventSchema.layout(
            "struct { u64 time; char comm[5]; u16 list[3][2]; struct { s32 a:5, b:27; } in[2]; double d; u8 rest[]; }"),
        let decoder = try? EventDecoder(schema, environment: environment)
    else { preconditionFailure("the layout is good") }
    let row = decoder.row(bytes.span.bytes)
    precondition(!row.json.isEmpty && !row.description.isEmpty && !row.cells.isEmpty)
    _ = (row[path], row.text(path), row.text("comm"), row["list[2][1]"], row["in[1].b"])
}

private func number(_ bytes: inout ArraySlice<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    for byte in bytes.prefix(8) { value = value << 8 | UInt64(byte) }
    bytes = bytes.dropFirst(8)
    return value
}
