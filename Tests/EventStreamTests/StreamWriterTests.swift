// SPDX-License-Identifier: Apache-2.0

import EventStream
import RingImages
import Testing

struct StreamWriterTests {
    @Test func `a frame is the size in the machine's byte order and the bytes`() {
        var writer = StreamWriter()
        let added = [writer.add(event(3)), writer.add([])]
        #expect(added == [true, true])
        #expect(writer.pendingArray == bytes(UInt32(3)) + event(3) + bytes(UInt32(0)))
    }

    @Test func `what a partial write leaves is told in whole frames and bytes of the begun one`() {
        for count in 0..<24 {
            var writer = StreamWriter()
            for _ in 0..<3 { _ = writer.add(event(4)) }
            writer.markWritten(count)
            #expect(writer.unwritten == (3 - count / 8, count % 8))
        }
        var writer = StreamWriter()
        _ = writer.add(event(4))
        writer.markWritten(8)
        #expect(writer.unwritten == (0, 0) && writer.pendingBytes == 0)
    }

    @Test func `room is made of what is written, and the begun frame is still known`() {
        var writer = StreamWriter(capacity: 1 << 16)
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

    @Test func `a frame larger than the buffer goes out alone`() {
        var writer = StreamWriter(capacity: 0)
        let large = event(1 << 17)
        let added = [writer.add(event(4)), writer.add(large)]
        #expect(added == [true, false])
        writer.discard()
        let again = [writer.add(large), writer.add(event(4))]
        #expect(again == [true, false] && writer.pendingArray == bytes(UInt32(1 << 17)) + large)
    }

    @Test func `while nobody takes bytes, as many wait as the spill allows, and they come out in order`() {
        var writer = StreamWriter(capacity: 1 << 16, spill: 3 << 16)
        var expected: [UInt8] = []
        var count = 0
        while writer.add(event(1000, seed: count)) {
            expected += bytes(UInt32(1000)) + event(1000, seed: count)
            count += 1
        }
        #expect(count == 4 * (65_536 / 1004))
        #expect(writer.pendingBytes == expected.count && writer.unwritten == (count, 0))
        var found: [UInt8] = []
        while writer.pendingBytes > 0 {
            // Pieces that end within frames.
            let piece = writer.pendingArray.prefix(777)
            found += piece
            writer.markWritten(piece.count)
            let whole = found.count / 1004
            #expect(writer.unwritten == (count - whole, found.count % 1004))
        }
        #expect(found == expected)
        let added = writer.add(event(1))
        #expect(added)
    }

    @Test func `the last border within a limit is found from any place of a frame`() {
        var writer = StreamWriter()
        for _ in 0..<3 { _ = writer.add(event(96)) }
        #expect(writer.border(within: 99) == 0 && writer.border(within: 100) == 100)
        #expect(writer.border(within: 299) == 200 && writer.border(within: .max >> 1) == 300)
        writer.markWritten(130)
        #expect(writer.border(within: 69) == 0 && writer.border(within: 70) == 70 && writer.border(within: 200) == 170)
    }

    @Test func `a begun frame that was cut off a file is written again`() {
        var writer = StreamWriter()
        for seed in 0..<3 { _ = writer.add(event(96, seed: seed)) }
        writer.markWritten(250)
        writer.unwrite(writer.unwritten.bytesOfBegunFrame)
        #expect(writer.pendingArray == bytes(UInt32(96)) + event(96, seed: 2) && writer.unwritten == (1, 0))
    }
}
