// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import EventStream
import RingImages
import Testing

/// Reads a stream in chunks of given sizes; the last size is for the rest.
private func read(
    _ stream: [UInt8], chunks: [Int], maximum: Int = StreamWriter.maximumFrameSize
) -> (frames: [[UInt8]], offsets: [UInt64], error: StreamError?) {
    var reader = FrameReader(maximumSize: maximum)
    var frames: [[UInt8]] = []
    var offsets: [UInt64] = []
    var position = 0
    do throws(StreamError) {
        for size in chunks + [Int.max] {
            let end = position + min(size, stream.count - position)
            try reader.read(stream.span.extracting(position..<end).bytes) { frame, offset in
                frames.append(frame.withUnsafeBytes { Array($0) })
                offsets.append(offset)
            }
            position = end
        }
        try reader.finish()
    } catch {
        return (frames, offsets, error)
    }
    return (frames, offsets, nil)
}

private func frame(_ bytes: [UInt8]) -> [UInt8] { RingImages.bytes(UInt32(bytes.count)) + bytes }

struct FrameReaderTests {
    private let events = [event(20), event(0), event(1), event(16), event(300)]
    private var stream: [UInt8] { events.flatMap(frame) }
    private let starts: [UInt64] = [0, 24, 28, 33, 53]

    @Test func `frames come out the same however the stream is cut in two`() {
        for cut in 0...stream.count {
            let result = read(stream, chunks: [cut])
            #expect(result.frames == events && result.offsets == starts && result.error == nil, "cut at \(cut)")
        }
    }

    @Test func `frames come out the same in pieces of any size`() {
        for size in 1...64 {
            let result = read(stream, chunks: Array(repeating: size, count: stream.count / size))
            #expect(result.frames == events && result.offsets == starts && result.error == nil, "pieces of \(size)")
        }
    }

    @Test func `an empty stream is a whole one`() {
        #expect(read([], chunks: [0, 0]).error == nil)
    }

    @Test func `a stream that ends within a frame gives the frames before it and its offset`() {
        for end in 54..<stream.count {
            for size in [1, 7, 1000] {
                let cut = Array(stream[..<end])
                let result = read(cut, chunks: Array(repeating: size, count: end / size))
                #expect(result.frames == Array(events[..<4]))
                #expect(
                    result.error
                        == .truncated(offset: 53, expected: end < 57 ? nil : 304, found: end - 53), "end at \(end)")
            }
        }
    }

    @Test(arguments: [1 << 30, 1 << 31, UInt32.max])
    func `a frame beyond the bound stops the reading at its offset, for good`(size: UInt32) {
        let damaged = frame(event(20)) + bytes(size) + frame(event(20))
        for pieces in [1, 3, 1000] {
            let result = read(damaged, chunks: Array(repeating: pieces, count: damaged.count / pieces))
            #expect(result.frames == [event(20)])
            #expect(result.error == .frameTooLarge(offset: 24, size: Int(size), maximum: 0x3fff_ffff))
        }
        var reader = FrameReader()
        #expect(throws: StreamError.self) { try reader.read(damaged.span.bytes) { _, _ in } }
        #expect(throws: StreamError.self) { try reader.read(stream.span.bytes) { _, _ in } }
        #expect(throws: StreamError.self) { try reader.finish() }
    }

    @Test func `a frame of just the bound is taken`() {
        #expect(read(frame(event(65_536)), chunks: [9, 60_000], maximum: 65_536).frames == [event(65_536)])
        #expect(read(frame(event(9)), chunks: [], maximum: 8).error == .frameTooLarge(offset: 0, size: 9, maximum: 8))
    }

    /// Ring buffers have samples of up to 1 GiB, perf rings of up to 64 KiB with the size in front.
    @Test(arguments: [0, 1, 65_528, 65_532, 65_535, 65_536, 65_537, 100_000, 1 << 20, (1 << 24) + 1])
    func `what the writer writes the reader takes, whatever the size`(size: Int) {
        var writer = StreamWriter(capacity: 0)
        let large = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var stream: [UInt8] = []
        for event in [event(4), large, event(9)] {
            while !writer.append(event.span.bytes) {
                stream += writer.pending.withUnsafeBytes { Array($0) }
                writer.markWritten(writer.pendingBytes)
            }
        }
        stream += writer.pending.withUnsafeBytes { Array($0) }
        let result = read(stream, chunks: [5, 65_536, 1 << 20])
        #expect(result.frames == [event(4), large, event(9)] && result.error == nil)
    }

    @Test func `a frame that claims much takes the memory of what is there`() {
        let result = read(frame(event(4)) + bytes(UInt32(0x3fff_ffff)) + event(7), chunks: [3])
        #expect(result.frames == [event(4)])
        #expect(result.error == .truncated(offset: 8, expected: 0x4000_0003, found: 11))
    }

    @Test func `no capture begins like a frame`() {
        let size: UInt32 = 0x4650_4289
        let front = RingImages.bytes(size.littleEndian)
        let isCapture = CaptureReader.isCapture(firstBytes: front.span.bytes)
        #expect(isCapture)
        #expect(Int(size) > StreamWriter.maximumFrameSize && Int(size.byteSwapped) > StreamWriter.maximumFrameSize)
    }

    @Test func `errors name the byte and have a code`() {
        let truncated = StreamError.truncated(offset: 48, expected: 24, found: 10)
        #expect(truncated.diagnostic.message == "the stream ends within the frame at byte 48")
        #expect(truncated.diagnostic.cause == "10 of its 24 bytes are there")
        let large = StreamError.frameTooLarge(offset: 96, size: 70_000, maximum: 65_536)
        #expect(large.diagnostic.message == "the frame at byte 96 claims 70000 bytes")
        #expect([truncated, large].map(\.diagnostic.code) == [.streamTruncated, .frameTooLarge])
    }
}
