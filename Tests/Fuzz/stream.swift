// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import EventStream
import Records

/// Reads any bytes as a stream of frames, cut where the input says, and as the memory of a perf ring and of a BPF ring
/// buffer, both also of the kinds that keep their newest records.
///
/// Nothing may trap, every byte must be accounted for, and the cut must make no difference.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzStream(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    frames(bytes)
    ring(bytes)
    ringBuffer(bytes)
    overwritten(bytes)
    backward(bytes)
    return 0
}

private struct Reading: Equatable {
    var frames = 0
    var bytes = 0
    var error: StreamError?
}

private func read(_ bytes: [UInt8], pieces: Int) -> Reading {
    var reader = FrameReader(maximumSize: 4096)
    var reading = Reading()
    var position = 0
    do throws(StreamError) {
        while position < bytes.count {
            let end = min(position + pieces, bytes.count)
            try unsafe reader.read(bytes.span.extracting(position..<end).bytes) { frame, offset in
                precondition(offset == reading.bytes)
                reading.frames += 1
                reading.bytes += StreamWriter.frameHeaderSize + frame.byteCount
            }
            position = end
        }
        try reader.finish()
        precondition(reading.bytes == bytes.count)
    } catch {
        precondition(error.offset == reading.bytes && !error.description.isEmpty)
        reading.error = error
    }
    return reading
}

private func frames(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let stream = Array(bytes.dropFirst())
    let whole = read(stream, pieces: max(stream.count, 1))
    precondition(read(stream, pieces: Int(first) + 1) == whole)
}

/// The first 16 bytes are tail and head, the rest is the data area, cut to a power of two.
private func ring(_ bytes: [UInt8]) {
    guard bytes.count >= 24 else { return }
    let positions = bytes.span
    let tail = unsafe positions.bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
    // Mostly near the tail, as in a ring that is sound.
    let distance = unsafe positions.bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt16.self)
    let head = tail &+ UInt64(distance)
    var size = 8
    while size * 2 <= bytes.count - 16 { size *= 2 }
    let area = Array(bytes[16..<(16 + size)])
    var writer = StreamWriter(capacity: 0)
    var position = tail
    var samples = 0
    while true {
        let pass = unsafe writer.take(contentsOf: PerfRecords(area.span.bytes, from: position, to: head))
        precondition(pass.isSinkFull || pass.tail == head)
        precondition(!pass.isSinkFull || pass.samples > 0 || writer.pendingBytes > 0)
        samples += pass.samples
        position = pass.tail
        checkFrames(writer, pass.samples)
        writer.discard()
        if !pass.isSinkFull { break }
    }
    precondition(samples * 16 <= size)
}

/// The first 16 bytes are the consumer's position and the distance to the producer's, the rest is the data, doubled.
private func ringBuffer(_ bytes: [UInt8]) {
    guard bytes.count >= 24 else { return }
    let positions = bytes.span
    let consumer = unsafe positions.bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
    let distance = unsafe positions.bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt16.self)
    let producer = consumer &+ UInt64(distance)
    var size = 8
    while size * 2 <= bytes.count - 16 { size *= 2 }
    let half = Array(bytes[16..<(16 + size)])
    let area = half + half
    var writer = StreamWriter(capacity: 0)
    var position = consumer
    var taken: UInt64 = 0
    while true {
        let pass = unsafe writer.take(
            contentsOf: RingBufferRecords(area.span.bytes, from: position, to: producer, limit: 64))
        precondition(pass.position % 8 == position % 8 && producer &- pass.position <= producer &- position)
        taken += pass.position &- position
        position = pass.position
        checkFrames(writer, pass.samples)
        writer.discard()
        switch pass.stop {
        case .limit, .sinkFull: continue
        case .end: precondition(position == producer)
        case .busy: precondition(position != producer)
        case .failure(let error): precondition(!error.description.isEmpty)
        }
        break
    }
    precondition(taken <= UInt64(size))
}

/// As a ring buffer in overwrite mode, of which more is overwritten each time that is asked.
private func overwritten(_ bytes: [UInt8]) {
    guard bytes.count >= 24 else { return }
    let start = unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
    let distance = unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt16.self)
    let step = UInt64(bytes[10])
    let end = start &+ UInt64(distance)
    var size = 8
    while size * 2 <= bytes.count - 16 { size *= 2 }
    let half = Array(bytes[16..<(16 + size)])
    let area = half + half
    var first = start
    let look = unsafe OverwrittenWindow.look(area.span.bytes, from: start, to: end) {
        defer { first &+= step }
        return first
    }
    guard case .window(let window) = look else { return }
    precondition(window.end &- window.start <= UInt64(size))
    let at = Int(window.start & UInt64(size - 1))
    let copy = Array(area[at..<(at + Int(window.end &- window.start))])
    var writer = StreamWriter(capacity: 0)
    // Sound ones, and any other.
    for from in [window.start, window.start &+ step, first] {
        var position = from
        while true {
            let pass = unsafe OverwrittenRecords(copy.span.bytes, window).deliver(from: position, to: &writer)
            position = pass.position
            checkFrames(writer, pass.samples)
            writer.discard()
            if !pass.isSinkFull { break }
        }
    }
}

/// As a perf ring that is written backwards: the first 8 bytes are the head.
private func backward(_ bytes: [UInt8]) {
    guard bytes.count >= 24 else { return }
    let head = unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
    var size = 8
    while size * 2 <= bytes.count - 16 { size *= 2 }
    let area = Array(bytes[16..<(16 + size)])
    for layout in [PerfRecords.Layout.raw, .context] {
        // Mostly as in a ring that has been gone through.
        for head in [head, head & ~7] {
            let records = unsafe BackwardRecords(area.span.bytes, head: head, layout: layout)
            let index = records.index()
            var writer = StreamWriter(capacity: 0)
            var left = index.count
            while left > 0 {
                let pass = records.deliver(left, of: index, to: &writer)
                precondition(pass.left < left || writer.pendingBytes > 0)
                left = pass.left
                checkFrames(writer, pass.samples)
                writer.discard()
            }
        }
    }
}

/// What came out is frames, whole ones, and as many as were taken.
private func checkFrames(_ writer: borrowing StreamWriter, _ samples: Int) {
    var reader = FrameReader()
    var frames = 0
    do throws(StreamError) {
        try reader.read(writer.pending) { _, _ in frames += 1 }
        try reader.finish()
    } catch {
        preconditionFailure("the writer made no frames: \(error)")
    }
    precondition(frames == samples)
}
