// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import EventStream
import Records

/// Reads any bytes as a capture, cut where the input says, and writes the memory of a ring as one and reads it back.
///
/// Nothing may trap, what is skipped must be told, and the cut must make no difference.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCapture(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    let stream = Array(bytes.dropFirst())
    let whole = read(stream, pieces: max(stream.count, 1))
    precondition(read(stream, pieces: Int(first) + 1) == whole)
    snapshot(bytes)
    for layout in [PerfRecords.Layout.raw, .context] {
        for window in [0, 1] { ring(bytes, layout, window) }
    }
    return 0
}

private struct Reading: Equatable {
    var events = 0
    var bytes = 0
    var elements = 0
    var others = 0
    var skipped: UInt64 = 0
    var error: CaptureError?
}

private func read(_ bytes: [UInt8], pieces: Int) -> Reading {
    var reader = CaptureReader()
    var reading = Reading()
    func take(_ item: CaptureItem, _ offset: UInt64) {
        precondition(offset <= bytes.count)
        switch item {
        case .records(var records):
            var count = 0
            while let record = records.next() {
                count += 1
                reading.bytes += record.bytes.byteCount
            }
            precondition(count == records.count)
            reading.events += count
        case .snapshot(var block):
            var count = 0
            while let element = block.next() {
                count += 1
                reading.bytes += element.key.byteCount
                for cpu in 0..<min(block.head.cpus ?? 1, 4) { reading.bytes += element.value(cpu)?.byteCount ?? 0 }
            }
            precondition(count == block.count && block.total >= count)
            reading.elements += count
        case .damage(let damage):
            precondition(damage.skipped > 0 && damage.offset + damage.skipped <= bytes.count)
            precondition(!damage.description.isEmpty)
            reading.skipped += damage.skipped
        default: reading.others += 1
        }
    }
    var position = 0
    do throws(CaptureError) {
        while position < bytes.count {
            let end = min(position + pieces, bytes.count)
            try unsafe reader.read(bytes.span.extracting(position..<end).bytes, take)
            position = end
        }
        try reader.finish(take)
        precondition(reader.offset == bytes.count)
    } catch {
        precondition(!error.description.isEmpty)
        reading.error = error
    }
    return reading
}

/// The first 16 bytes are tail and head, the rest is the data area, cut to a power of two.
private func ring(_ bytes: [UInt8], _ layout: PerfRecords.Layout, _ window: Int) {
    guard bytes.count >= 24 else { return }
    let tail = unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
    let distance = unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self)
    let room = bytes.count - 16
    let size = 1 << (Int.bitWidth - 1 - room.leadingZeroBitCount)
    let data = Array(bytes[16..<(16 + size)])
    var writer = StreamWriter(format: .capture, sortWindow: window)
    writer.beginRound(at: 1 << 40)
    let pass = unsafe writer.take(
        contentsOf: PerfRecords(data.span.bytes, from: tail & ~7, to: (tail & ~7) &+ distance, layout: layout))
    precondition(writer.finishRound(isComplete: true) && writer.finishCapture())
    var capture: [UInt8] = []
    while writer.pendingBytes > 0 {
        capture += unsafe writer.pending.withUnsafeBytes { unsafe Array($0) }
        writer.discard()
    }
    let reading = read(capture, pieces: 4096)
    precondition(reading.skipped == 0 && reading.error == nil && reading.events == pass.samples)
}

/// The first bytes are the sizes of a map, the rest its elements: what is written is read back.
private func snapshot(_ bytes: [UInt8]) {
    guard bytes.count >= 8 else { return }
    let head = SnapshotHead(
        source: UInt32(bytes[0]), number: 1, began: 1, keySize: Int(bytes[1] % 40), valueSize: Int(bytes[2] % 40) + 1,
        cpus: bytes[3] == 0 ? nil : Int(bytes[3] % 9) + 1)
    let content = Array(bytes.dropFirst(4))
    let size = head.keySize + head.valuesSize
    var writer = StreamWriter(format: .capture)
    precondition(writer.begin(head))
    var (at, count) = (0, 0)
    while content.count - at >= size {
        let key = unsafe content.span.bytes.extracting(at..<(at + head.keySize))
        let values = unsafe content.span.bytes.extracting((at + head.keySize)..<(at + size))
        guard writer.take(key: key, values: values) else { break }
        if content[at] & 7 == 0 { writer.finishBlock() }
        at += size
        count += 1
    }
    precondition(writer.end(SnapshotEnd(elements: UInt64(count), ended: 2, extent: .whole)))
    var capture: [UInt8] = []
    while writer.pendingBytes > 0 {
        let piece = unsafe writer.pending.withUnsafeBytes { unsafe Array($0) }
        capture += piece
        writer.markWritten(piece.count)
    }
    let reading = read(capture, pieces: 4096)
    precondition(reading.skipped == 0 && reading.error == nil && reading.elements == count)
}
