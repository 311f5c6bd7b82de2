// SPDX-License-Identifier: Apache-2.0

import EventStream
import Records
import RingImages
import Testing

struct PerfRecordsTests {
    @Test func `a 16-byte event becomes a frame of 20 bytes, the kernel's padding included`() {
        var ring = RingImage(size: 4096)
        var writer = StreamWriter()
        ring.append(event: event(16))
        let pass = ring.drain(into: &writer)
        #expect(pass.samples == 1)
        #expect(writer.pendingArray == bytes(UInt32(20)) + event(16) + [0xee, 0xee, 0xee, 0xee])
    }

    @Test(arguments: [(64, 64), (512, 64), (8192, 20), (131_072, 6)])
    func `an event of any size comes out whole wherever the ring wraps`(ringSize: Int, samples: Int) {
        let largest = min(ringSize - 8, 65_528) - 12
        var writer = StreamWriter()
        for size in stride(from: 0, through: largest, by: max(1, largest / samples)) + [largest] {
            // Every 8-byte position where the wrap falls into this record, or a sample of them in large records.
            let record = (size + 12 + 7) / 8 * 8
            for distance in stride(from: 0, through: record + 8, by: max(8, record / samples / 8 * 8)) {
                var ring = RingImage(size: ringSize, position: UInt64(ringSize * 3 - min(distance, ringSize)))
                let frame = ring.append(event: event(size, seed: distance))
                let head = ring.head
                let pass = ring.drain(into: &writer)
                #expect(pass.samples == 1 && pass.corrupt == 0 && pass.tail == head)
                #expect(writer.pendingArray == frame, "\(size) bytes, \(distance) before the end")
                writer.discard()
            }
        }
    }

    @Test func `positions near the end of 64 bits wrap like any others`() {
        var ring = RingImage(size: 256, position: UInt64.max - 39)
        var writer = StreamWriter()
        var frames: [UInt8] = []
        for seed in 0..<5 { frames += ring.append(event: event(16, seed: seed)) }
        #expect(ring.head < 256)
        let pass = ring.drain(into: &writer)
        #expect(pass.samples == 5)
        #expect(writer.pendingArray == frames)
    }

    @Test func `lost events are summed up and other records are counted`() {
        var ring = RingImage(size: 4096)
        var writer = StreamWriter()
        ring.append(lost: 5)
        ring.append(event: event(3))
        ring.append(type: 14, body: event(16))
        ring.append(lost: 1 << 40)
        let pass = ring.drain(into: &writer)
        #expect(pass.samples == 1 && pass.lost == 5 + 1 << 40 && pass.unknown == 1 && pass.corrupt == 0)
    }

    @Test(arguments: [0, 4, 7, 12, 20, 36, 4096] as [UInt16])
    func `a header that cannot be true ends the pass at the head and is counted`(size: UInt16) {
        var ring = RingImage(size: 4096)
        var writer = StreamWriter()
        ring.append(event: event(16))
        ring.append(type: 9, size: size, body: event(16))
        ring.append(event: event(16))
        let head = ring.head
        let pass = ring.drain(into: &writer)
        #expect(pass.corrupt == 1 && pass.tail == head && pass.samples == 1)
        ring.append(event: event(16))
        let next = ring.drain(into: &writer)
        #expect(next.samples == 1)
    }

    @Test(arguments: [13, 4096, UInt32.max - 4, UInt32.max])
    func `an event that claims more than its record holds is left out and the next one is read`(raw: UInt32) {
        var ring = RingImage(size: 4096)
        var writer = StreamWriter()
        ring.append(type: 9, body: bytes(raw) + event(12))
        let frame = ring.append(event: event(8))
        let pass = ring.drain(into: &writer)
        #expect(pass.corrupt == 1 && pass.samples == 1)
        #expect(writer.pendingArray == frame)
    }

    @Test func `records too short for their kind are counted as corrupt`() {
        var ring = RingImage(size: 4096)
        var writer = StreamWriter()
        ring.append(type: 9, body: [])
        ring.append(type: 2, body: event(8))
        let pass = ring.drain(into: &writer)
        #expect(pass.corrupt == 2 && pass.samples == 0 && pass.lost == 0)
    }

    @Test(arguments: [(0, 4104), (8, 0), (4, 24), (0, UInt64.max), (0, 4)] as [(UInt64, UInt64)])
    func `positions that cannot be true are given up for the head`(tail: UInt64, head: UInt64) {
        var ring = RingImage(size: 4096)
        var writer = StreamWriter()
        (ring.tail, ring.head) = (tail, head)
        let pass = ring.drain(into: &writer)
        #expect(pass.tail == head && pass.corrupt == 1 && pass.samples == 0)
        #expect(writer.pendingBytes == 0)
    }

    @Test(arguments: [0, 4, 12, 4095])
    func `an area whose size is no power of two is not read`(size: Int) {
        let area = [UInt8](repeating: 0, count: size)
        var writer = StreamWriter()
        let pass = writer.take(contentsOf: PerfRecords(area.span.bytes, from: 0, to: 8))
        #expect(pass.tail == 8 && pass.corrupt == 1)
    }

    @Test func `a full writer stops the pass in front of the event that does not fit, and nothing is lost`() {
        var ring = RingImage(size: 1 << 18)
        var writer = StreamWriter(capacity: 1 << 16)
        var frames: [UInt8] = []
        for seed in 0..<100 { frames += ring.append(event: event(2000, seed: seed)) }
        var out: [UInt8] = []
        var passes = 0
        while ring.tail != ring.head {
            let pass = ring.drain(into: &writer)
            #expect(pass.isSinkFull == (ring.tail != ring.head))
            out += writer.pendingArray
            writer.discard()
            passes += 1
        }
        #expect(out == frames && passes == 4)
    }

    @Test func `random bytes are read without harm and always to the head`() {
        var generator = SystemRandomNumberGenerator()
        var writer = StreamWriter()
        for _ in 0..<200 {
            let area = (0..<512).map { _ in UInt8.random(in: 0...255, using: &generator) & 0x1f }
            let tail = UInt64.random(in: 0...UInt64.max, using: &generator) & ~7
            let head = tail &+ UInt64.random(in: 0...64, using: &generator) * 8
            let pass = writer.take(contentsOf: PerfRecords(area.span.bytes, from: tail, to: head))
            #expect(pass.tail == head)
            writer.discard()
        }
    }
}
