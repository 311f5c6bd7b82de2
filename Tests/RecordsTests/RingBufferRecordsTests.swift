// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import EventStream
import Records
import RingImages
import Testing

struct RingBufferRecordsTests {
    private func frame(_ sample: [UInt8]) -> [UInt8] { bytes(UInt32(sample.count)) + sample }

    @Test func `a sample becomes a frame of its exact size, without padding`() {
        var ring = RingBufferImage(size: 4096)
        var writer = StreamWriter()
        ring.append(event(13))
        let pass = ring.drain(into: &writer)
        #expect(pass.samples == 1 && pass.largest == 13 && pass.stop == .end && pass.position == 24)
        #expect(writer.pendingArray == frame(event(13)))
    }

    @Test(arguments: [64, 512, 8192])
    func `a sample of any size comes out whole wherever the ring wraps`(size: Int) {
        var writer = StreamWriter()
        for count in stride(from: 0, through: size - 8, by: max(1, size / 40)) {
            for distance in stride(from: 0, through: min(count + 16, size), by: max(8, size / 256 * 8)) {
                var ring = RingBufferImage(size: size, position: UInt64(size * 3 - distance))
                ring.append(event(count, seed: distance))
                let end = ring.producer
                let pass = ring.drain(into: &writer)
                #expect(pass.samples == 1 && pass.stop == .end && pass.position == end)
                #expect(
                    writer.pendingArray == frame(event(count, seed: distance)), "\(count) bytes, \(distance) before")
                writer.discard()
            }
        }
    }

    @Test func `positions near the end of 64 bits wrap like any others`() {
        var ring = RingBufferImage(size: 256, position: UInt64.max - 39)
        var writer = StreamWriter()
        var frames: [UInt8] = []
        for seed in 0..<5 {
            ring.append(event(16, seed: seed))
            frames += frame(event(16, seed: seed))
        }
        #expect(ring.producer < 256)
        let pass = ring.drain(into: &writer)
        #expect(pass.samples == 5 && writer.pendingArray == frames)
    }

    @Test func `discarded records are skipped and counted, and a sample may be empty`() {
        var ring = RingBufferImage(size: 4096)
        var writer = StreamWriter()
        ring.append(discarded: event(100))
        ring.append([])
        ring.append(discarded: [])
        ring.append(event(3))
        let pass = ring.drain(into: &writer)
        #expect(pass.samples == 2 && pass.discarded == 2 && pass.stop == .end)
        #expect(writer.pendingArray == frame([]) + frame(event(3)))
    }

    @Test func `a busy record ends the pass in front of it, and is read when it is done`() {
        var ring = RingBufferImage(size: 4096)
        var writer = StreamWriter()
        ring.append(event(8))
        let position = ring.producer
        ring.append(busy: event(40))
        ring.append(event(9))
        let pass = ring.drain(into: &writer)
        #expect(pass.samples == 1 && pass.stop == .busy && pass.position == position)
        let again = ring.drain(into: &writer)
        #expect(again.samples == 0 && again.stop == .busy && again.position == position)
        var done = RingBufferImage(size: 4096, position: position)
        done.append(event(40))
        done.append(event(9))
        let rest = done.drain(into: &writer)
        #expect(rest.samples == 2)
        #expect(writer.pendingArray == frame(event(8)) + frame(event(40)) + frame(event(9)))
    }

    @Test(arguments: [33, 41, 4096, 0x3fff_ffff] as [UInt32])
    func `a record longer than what was reserved is an error in front of it, after what is sound`(length: UInt32) {
        var ring = RingBufferImage(size: 4096)
        var writer = StreamWriter()
        ring.append(event(16))
        ring.append(header: length, body: event(32))
        for samples in [1, 0] {
            let pass = ring.drain(into: &writer)
            #expect(pass.samples == samples && pass.position == 24)
            #expect(pass.stop == .failure(.recordTooLong(position: 24, length: Int(length), available: 40)))
        }
        #expect(writer.pendingArray == frame(event(16)))
    }

    @Test func `a discarded record that lies is an error too`() {
        var ring = RingBufferImage(size: 64)
        var writer = StreamWriter()
        ring.append(header: 1 << 30 | 64, body: event(8))
        let pass = ring.drain(into: &writer)
        #expect(pass.stop == .failure(.recordTooLong(position: 0, length: 64, available: 16)))
    }

    @Test(arguments: [(0, 4104), (8, 0), (4, 24), (0, UInt64.max - 7), (0, 4), (1, 1)] as [(UInt64, UInt64)])
    func `positions that cannot be true are an error, and nothing is read`(consumer: UInt64, producer: UInt64) {
        let ring = RingBufferImage(size: 4096)
        var writer = StreamWriter()
        let pass = writer.take(
            contentsOf: RingBufferRecords(ring.area.span.bytes, from: consumer, to: producer))
        #expect(pass.stop == .failure(.positions(consumer: consumer, producer: producer, size: 4096)))
        #expect(pass.position == consumer && writer.pendingBytes == 0)
    }

    @Test(arguments: [0, 1, 8, 24, 48, 4095])
    func `an area that is not a power of two twice is an error`(count: Int) {
        let area = [UInt8](repeating: 0, count: count)
        var writer = StreamWriter()
        let pass = writer.take(contentsOf: RingBufferRecords(area.span.bytes, from: 0, to: 8))
        #expect(pass.stop == .failure(.area(bytes: count)))
    }

    @Test func `an area at an odd address is an error, since its headers could not be read in one piece`() {
        let area = [UInt8](repeating: 0, count: 132)
        var writer = StreamWriter()
        let pass = writer.take(
            contentsOf: RingBufferRecords(area.span.bytes.extracting(4..<132), from: 0, to: 8))
        #expect(pass.stop == .failure(.area(bytes: 128)))
    }

    @Test func `a full writer stops the pass in front of the sample that does not fit, and nothing is lost`() {
        var ring = RingBufferImage(size: 1 << 18)
        var writer = StreamWriter(capacity: 1 << 16)
        var frames: [UInt8] = []
        for seed in 0..<100 {
            ring.append(event(2001, seed: seed))
            frames += frame(event(2001, seed: seed))
        }
        var out: [UInt8] = []
        var passes = 0
        while ring.consumer != ring.producer {
            let pass = ring.drain(into: &writer)
            #expect(pass.stop == (ring.consumer == ring.producer ? .end : .sinkFull))
            out += writer.pendingArray
            writer.discard()
            passes += 1
        }
        #expect(out == frames && passes == 4)
    }

    @Test func `a limit ends the pass behind the record that reaches it`() {
        var ring = RingBufferImage(size: 4096)
        var writer = StreamWriter()
        for _ in 0..<5 { ring.append(event(16)) }
        var stops: [RingBufferRecords.Pass.Stop] = []
        var samples: [Int] = []
        while ring.consumer != ring.producer {
            let pass = ring.drain(into: &writer, limit: 25)
            stops.append(pass.stop)
            samples.append(pass.samples)
        }
        #expect(samples == [2, 2, 1] && stops == [.limit, .limit, .end])
    }

    @Test func `random bytes are read without harm`() {
        var generator = SystemRandomNumberGenerator()
        var writer = StreamWriter()
        for _ in 0..<300 {
            let half = (0..<512).map { UInt8.random(in: 0...255, using: &generator) & ($0 % 4 == 0 ? 0x3f : 0x00) }
            let area = half + half
            let consumer = UInt64.random(in: 0...UInt64.max, using: &generator) & ~7
            let producer = consumer &+ UInt64.random(in: 0...64, using: &generator) * 8
            let pass = writer.take(
                contentsOf: RingBufferRecords(area.span.bytes, from: consumer, to: producer))
            #expect(producer &- pass.position <= producer &- consumer)
            writer.discard()
        }
    }

    @Test func `every error says what is wrong, why, and what to do`() {
        let errors: [RingBufferError] = [
            .area(bytes: 24), .positions(consumer: 1, producer: 2, size: 4096),
            .recordTooLong(position: 8, length: 99, available: 16),
        ]
        for error in errors {
            #expect(error.diagnostic.stage == .ring && error.diagnostic.code == .ringDamaged)
            #expect(error.diagnostic.cause != nil && error.diagnostic.nextStep != nil)
        }
    }
}
