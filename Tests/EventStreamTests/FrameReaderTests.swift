// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import EventStream
import Testing

/// Reads a stream in chunks of given sizes; the last size is for the rest.
private func read(
    _ stream: [UInt8], chunks: [Int], maximum: Int = FrameReader.perfMaximumSize
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

private func frame(_ bytes: [UInt8]) -> [UInt8] { EventStreamTests.bytes(UInt32(bytes.count)) + bytes }

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

    @Test(arguments: [65_537, 1 << 31, UInt32.max])
    func `a frame beyond the bound stops the reading at its offset, for good`(size: UInt32) {
        let damaged = frame(event(20)) + bytes(size) + frame(event(20))
        for pieces in [1, 3, 1000] {
            let result = read(damaged, chunks: Array(repeating: pieces, count: damaged.count / pieces))
            #expect(result.frames == [event(20)])
            #expect(result.error == .frameTooLarge(offset: 24, size: Int(size), maximum: 65_536))
        }
        var reader = FrameReader()
        #expect(throws: StreamError.self) { try reader.read(damaged.span.bytes) { _, _ in } }
        #expect(throws: StreamError.self) { try reader.read(stream.span.bytes) { _, _ in } }
        #expect(throws: StreamError.self) { try reader.finish() }
    }

    @Test func `a frame of just the bound is taken`() {
        #expect(read(frame(event(65_536)), chunks: [9, 60_000]).frames == [event(65_536)])
        #expect(read(frame(event(9)), chunks: [], maximum: 8).error == .frameTooLarge(offset: 0, size: 9, maximum: 8))
    }

    @Test func `errors name the byte and lead to the exit code for bad data`() {
        let truncated = StreamError.truncated(offset: 48, expected: 24, found: 10)
        #expect(truncated.diagnostic.message == "the stream ends within the frame at byte 48")
        #expect(truncated.diagnostic.cause == "10 of its 24 bytes are there")
        let large = StreamError.frameTooLarge(offset: 96, size: 70_000, maximum: 65_536)
        #expect(large.diagnostic.message == "the frame at byte 96 claims 70000 bytes")
        #expect([truncated, large].allSatisfy { $0.diagnostic.exitStatus == .badData })
    }
}
