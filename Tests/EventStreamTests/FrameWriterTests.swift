// SPDX-License-Identifier: Apache-2.0

import EventStream
import Testing

struct FrameWriterTests {
    @Test func `a frame is the size in the machine's byte order and the bytes`() {
        var writer = FrameWriter()
        let added = [writer.add(event(3)), writer.add([])]
        #expect(added == [true, true])
        #expect(writer.pendingArray == bytes(UInt32(3)) + event(3) + bytes(UInt32(0)))
    }

    @Test func `what a partial write leaves is told in whole frames and bytes of the begun one`() {
        for count in 0..<24 {
            var writer = FrameWriter()
            for _ in 0..<3 { _ = writer.add(event(4)) }
            writer.markWritten(count)
            #expect(writer.unwritten == (3 - count / 8, count % 8))
        }
        var writer = FrameWriter()
        _ = writer.add(event(4))
        writer.markWritten(8)
        #expect(writer.unwritten == (0, 0) && writer.pendingBytes == 0)
    }

    @Test func `room is made of what is written, and the begun frame is still known`() {
        var writer = FrameWriter(capacity: 1 << 16)
        var expected: [UInt8] = []
        var seed = 0
        while writer.add(event(996, seed: seed)) {
            expected += bytes(UInt32(996)) + event(996, seed: seed)
            seed += 1
        }
        writer.markWritten(40_500)
        let added = writer.add(event(996, seed: seed))
        #expect(added)
        expected += bytes(UInt32(996)) + event(996, seed: seed)
        #expect(writer.pendingArray == Array(expected[40_500...]))
        #expect(writer.unwritten == (seed + 1 - 40, 500))
    }

    @Test func `a frame larger than the buffer is refused`() {
        var writer = FrameWriter(capacity: 0)
        #expect(writer.capacity == 1 << 16)
        let added = writer.add(event(1 << 16))
        #expect(!added)
        #expect(writer.pendingBytes == 0)
    }
}
