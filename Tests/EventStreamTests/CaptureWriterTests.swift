// SPDX-License-Identifier: Apache-2.0

import EventStream
import RingImages
import Records
import Testing

struct CaptureWriterTests {
    @Test func `blocks end at 256 KiB, and a larger event has one of its own`() throws {
        var writer = StreamWriter(format: .capture, capacity: 1 << 20, spill: 32 << 20)
        for seed in 0..<400 { #expect(writer.add(event(1000, seed: seed)) == true) }
        let large = event(3 << 20)
        let added = writer.add(large)
        #expect(added)
        let capture = writer.takeAll()
        let sizes = capture.blocks.map(\.count)
        #expect(sizes.count == 3 && sizes.dropLast().allSatisfy { $0 <= 32 + 256 << 10 })
        #expect(try content(capture).compactMap(\.event) == (0..<400).map { event(1000, seed: $0) } + [large])
    }

    @Test func `an event larger than blocks can be is a loss`() throws {
        var writer = StreamWriter(format: .capture)
        let added = writer.add([UInt8](repeating: 0, count: 16 << 20))
        #expect(added)
        let loss = CaptureLoss(source: 0, cpu: nil, events: 1, cause: .tooLarge)
        #expect(try content(writer.takeAll()) == [.loss(loss)])
    }

    @Test func `borders and unwritten events are those of blocks`() {
        var writer = StreamWriter(format: .capture)
        for seed in 0..<3 {
            _ = writer.add(event(4, seed: seed))
            _ = writer.add(event(4, seed: seed))
            #expect(writer.unwritten.events == 2 * seed + 2)
            writer.finishBlock()
        }
        #expect(writer.pendingBytes == 240 && writer.border(within: 239) == 160 && writer.border(within: 79) == 0)
        writer.markWritten(100)
        #expect(writer.unwritten == (4, 20) && writer.border(within: 140) == 140)
        writer.unwrite(20)
        #expect(writer.pendingBytes == 160)
        _ = writer.add(event(4))
        writer.discard()
        #expect(writer.pendingBytes == 0 && writer.unwritten == (0, 0))
    }

    @Test func `a full writer takes the same record again after it was written`() throws {
        var writer = StreamWriter(format: .capture, capacity: 1 << 16)
        var capture: [UInt8] = []
        for seed in 0..<500 {
            while !writer.add(event(996, seed: seed)) { capture += writer.takeAll() }
        }
        while !writer.finishCapture() { capture += writer.takeAll() }
        capture += writer.takeAll()
        #expect(try content(capture).compactMap(\.event) == (0..<500).map { event(996, seed: $0) })
        #expect(try content(capture).allSatisfy { $0.damage == nil })
    }

    @Test func `lost events stand where they were lost, with the times around them, and none is told twice`() throws {
        var writer = StreamWriter(format: .capture)
        var ring = RingImage(size: 4096)
        ring.cpu = 5
        ring.append(event: event(4), pid: 1, tid: 1, time: 100)
        let first = ring.drain(.context, into: &writer)
        var memory = first.memory
        memory.toldLosses = 10
        ring.append(lost: 8)
        ring.append(lost: 7)
        ring.append(event: event(4), pid: 1, tid: 1, time: 200)
        let second = ring.drain(.context, memory: memory, into: &writer)
        #expect(first.lost == 0 && second.lost == 5 && second.memory.toldLosses == 0)
        let losses = try content(writer.takeAll()).compactMap(\.loss)
        #expect(losses == [CaptureLoss(source: 0, cpu: 5, events: 5, from: 100, to: 200, cause: .ringFull)])
    }

    @Test func `what cannot be true in a ring becomes a loss, and nothing is read outside of it`() throws {
        for size in 0...UInt16(200) {
            for layout in [PerfRecords.Layout.raw, .context] {
                for type in [UInt32(9), 2, 1] {
                    var writer = StreamWriter(format: .capture)
                    var ring = RingImage(size: 4096, position: 4096 - 16)
                    ring.append(
                        type: type, size: size,
                        body: bytes(UInt64.max) + bytes(UInt64.max) + bytes(UInt64.max) + bytes(UInt64.max))
                    let pass = ring.drain(layout, into: &writer)
                    #expect(pass.samples == 0 && pass.tail <= ring.head)
                    #expect(pass.corrupt + pass.unknown > 0 || pass.lost > 0)
                    #expect(try content(writer.takeAll()).count == pass.corrupt + (pass.lost > 0 ? 1 : 0))
                }
            }
        }
    }

    @Test func `events of every size come out whole at every place of the ring`() throws {
        let dense = Array(1...80)
        let pages = [4056, 4064, 4072, 4080, 4088, 4096, 4100, 8100, 32_700]
        for size in dense + pages + [64_990, 65_000] {
            let ringSize = size < 4000 ? 1 << 12 : 1 << 17
            // All offsets where the record or its parts wrap, and a few others.
            let record = (64 + size) & ~7
            let places =
                size <= 80
                ? Array(stride(from: 0, to: ringSize, by: 8))
                : Array(stride(from: max(0, ringSize - record - 64), to: ringSize, by: size > 8100 ? 808 : 64))
                    + Array(stride(from: ringSize - 96, to: ringSize, by: 8))
            let sent = event(size, seed: size)
            for layout in [PerfRecords.Layout.raw, .context] {
                var ring = RingImage(size: ringSize)
                var capture = StreamWriter(format: .capture)
                var frames = StreamWriter()
                for place in places {
                    ring.restart(at: UInt64(place))
                    if layout == .raw {
                        ring.append(event: sent)
                    } else {
                        ring.append(event: sent, pid: 1, tid: 2, time: 3)
                    }
                    let passes = ring.drain(layout, &capture, &frames)
                    #expect(passes.0.samples == 1 && passes.1.samples == 1 && passes.0.tail == ring.head)
                    let found = try content(capture.takeAll())
                    guard found.count == 1, let bytes = found[0].event else {
                        Issue.record("\(size) at \(place)")
                        continue
                    }
                    #expect(bytes.prefix(size) == sent[...] && (bytes.count + 4) % 8 == 0)
                    #expect(frames.pendingArray == RingImages.bytes(UInt32(bytes.count)) + bytes)
                    frames.discard()
                }
            }
        }
    }
}

extension RingImage {
    fileprivate mutating func restart(at position: UInt64) {
        (tail, head) = (position, position)
    }

    fileprivate mutating func drain(
        _ layout: PerfRecords.Layout, _ capture: inout StreamWriter, _ frames: inout StreamWriter
    ) -> (PerfRecords.Pass, PerfRecords.Pass) {
        let start = tail
        let first = drain(layout, into: &capture)
        tail = start
        return (first, drain(layout, into: &frames))
    }
}
