// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventStream

/// What `--context full` writes behind each record: what it is, when and where, and the key that it has for ever
/// (`docs/fleet.md`).
///
/// All members are always there, so that readers that infer columns infer the same ones each time.
struct RecordIdentity {
    /// The version of the schema.
    static let version: UInt64 = 1

    /// The number of the block that the record at hand is in.
    var block: UInt64 = 0
    /// Its place in the block.
    var index: UInt64 = 0
    /// Members that are the same in all records of a capture, with commas in front.
    private var capture: [UInt8] = []
    private var environment = FormatEnvironment()

    /// Bytes of the longest text of a header that is written in each record.
    private static let longestText = 255

    /// Takes in where the next records are from.
    mutating func begin(_ header: CaptureHeader, _ changes: ClockChanges) {
        environment = FormatEnvironment(bootOffset: header.bootOffset)
        environment.clockChanges = changes
        var line = LineBuffer(capacity: 512)
        for (name, text) in [
            ("_host", header.host), ("_machine", header.machineID), ("_boot", header.bootID),
        ] {
            unsafe line.append(raw: Array(",\"\(name)\":".utf8).span.bytes)
            if text.isEmpty { line.append("null") } else { unsafe line.append(raw: Self.text(text).span.bytes) }
        }
        let began = String(header.began, radix: 16)
        let digits = String(repeating: "0", count: 16 - began.utf8.count) + began
        unsafe line.append(raw: Array(",\"_capture\":\"\(digits)\",\"_block\":".utf8).span.bytes)
        capture = unsafe line.bytes.withUnsafeBytes { unsafe Array($0) }
    }

    /// Takes in where a record is.
    @inline(__always)
    mutating func note(_ place: CapturePlace) {
        (block, index) = (place.block, UInt64(place.index))
    }

    /// A text of a header in JSON; what is too long is cut.
    static func text(_ text: String) -> [UInt8] { LineBuffer.json(text, limit: longestText) }

    /// Writes a time of the capture in JSON; null where it is not known.
    func append(time: UInt64?, to lines: inout LineBuffer) {
        guard let time else { return lines.append("null") }
        lines.append("\"")
        ValueFormat.ktime.append(Int128(time), bits: 64, to: &lines, environment)
        lines.append("\"")
    }

    /// Puts the identity into an object that is written, as its last members.
    ///
    /// - Parameters:
    ///   - kind: What the record is.
    ///   - start: Where its object begins; it ends with a newline.
    ///   - context: What is known of it.
    ///   - type: The name of its type in JSON; empty if it has none.
    func complete(
        _ kind: StaticString, from start: Int, _ context: borrowing EventContext, type: [UInt8] = [],
        to lines: inout LineBuffer
    ) {
        lines.truncate(to: lines.count - 2)
        if lines.count > start + 1 { lines.append(",") }
        lines.append("\"_record\":\"")
        lines.append(kind)
        lines.append("\",\"_time\":")
        append(time: context.time, to: &lines)
        lines.append(",\"_cpu\":")
        append(context.cpu, to: &lines)
        lines.append(",\"_pid\":")
        append(context.pid, to: &lines)
        lines.append(",\"_tid\":")
        append(context.tid, to: &lines)
        lines.append(",\"_map\":")
        if context.map.isEmpty { lines.append("null") } else { unsafe lines.appendJSON(context.map.utf8.span.bytes) }
        lines.append(",\"_type\":")
        if type.isEmpty { lines.append("null") } else { unsafe lines.append(raw: type.span.bytes) }
        unsafe lines.append(raw: capture.span.bytes)
        lines.append(block)
        lines.append(",\"_index\":")
        lines.append(index)
        lines.append("}\n")
    }

    private func append(_ number: UInt32?, to lines: inout LineBuffer) {
        if let number { lines.append(UInt64(number)) } else { lines.append("null") }
    }
}
