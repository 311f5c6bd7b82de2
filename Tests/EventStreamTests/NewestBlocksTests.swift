// SPDX-License-Identifier: Apache-2.0

import EventStream
import Records
import RingImages
import Testing

/// Memory that keeps the newest blocks of a capture.
struct NewestBlocksTests {
    /// Blocks of one event each, whose first byte is their number.
    private func blocks(_ count: Int, size: Int = 100, preamble: [UInt8] = []) -> [[UInt8]] {
        var writer = StreamWriter(format: .capture, capacity: 1 << 20, spill: 1 << 26)
        writer.setPreamble(preamble)
        for number in 0..<count {
            writer.beginRound(at: UInt64(number + 1) * 10)
            _ = writer.add([UInt8(truncatingIfNeeded: number)] + event(size - 1))
            writer.finishBlock()
        }
        _ = writer.noteLoss(CaptureLoss(source: 0, cpu: 1, events: 5, cause: .ringFull))
        _ = writer.finishCapture()
        return writer.takeAll().blocks
    }

    private func written(
        _ newest: borrowing NewestBlocks, earliest: UInt64 = 0, preamble: [UInt8] = []
    ) throws -> [Found] {
        var writer = StreamWriter(format: .capture, capacity: 1 << 20, spill: 1 << 26)
        writer.setPreamble(preamble)
        for number in newest.first..<newest.end {
            let taken = newest.copy(number, earliest: earliest, from: newest.first, to: &writer)
            #expect(taken)
        }
        _ = writer.finishCapture()
        return try content(writer.takeAll())
    }

    @Test func `the newest blocks are kept within the size, and make a whole capture with its own totals`() throws {
        var newest = NewestBlocks(capacity: 10_000)
        for block in blocks(200) {
            let (taken, bytes) = (newest.append(block.span.bytes), newest.bytes)
            #expect(taken && bytes <= 10_000)
        }
        let found = try written(newest)
        let numbers = found.compactMap { $0.event?.first }
        #expect(numbers.count > 30 && numbers == (200 - numbers.count..<200).map { UInt8(truncatingIfNeeded: $0) })
        let (dropped, events) = (newest.dropped, newest.events)
        #expect(dropped == UInt64(200 - numbers.count) && events == numbers.count)
        #expect(found.contains(.loss(CaptureLoss(source: 0, cpu: 1, events: 5, cause: .ringFull))))
        guard case .end(let end)? = found.last else {
            Issue.record("no end")
            return
        }
        #expect(end.events == UInt64(numbers.count) && end.lost == 5)
    }

    @Test func `while blocks are to be kept there is no room for others, and none is dropped`() {
        let all = blocks(100)
        var newest = NewestBlocks(capacity: 2000)
        for block in all[..<20] { _ = newest.append(block.span.bytes) }
        newest.keep = newest.first
        let (first, end) = (newest.first, newest.end)
        var refused = false
        for block in all[20..<60] where !newest.append(block.span.bytes) { refused = true }
        let (firstNow, endNow) = (newest.first, newest.end)
        #expect(refused && firstNow == first && endNow >= end)
        newest.keep = newest.first + 2
        for block in all[60..<62] { _ = newest.append(block.span.bytes) }
        let firstThen = newest.first
        #expect(firstThen == first + 2)
    }

    @Test func `blocks from before a time are left out, and one that is larger than all of it is dropped`() throws {
        var newest = NewestBlocks(capacity: 1 << 20)
        for block in blocks(100) { _ = newest.append(block.span.bytes) }
        let later = try written(newest, earliest: 905)
        #expect(later.compactMap { $0.event?.first } == Array(90..<100))
        var small = NewestBlocks(capacity: 5000)
        for block in blocks(1, size: 6000) {
            let isPassed = small.append(block.span.bytes)
            #expect(isPassed)
        }
        let (events, dropped) = (small.events, small.dropped)
        #expect(events == 0 && dropped == 1)
    }

    @Test func `snapshots are counted, and neither old ones nor the rest of one without its begin are there`() throws {
        var writer = StreamWriter(format: .capture, capacity: 1 << 20, spill: 1 << 26)
        for number: UInt64 in 1...3 {
            let head = SnapshotHead(source: 0, number: number, began: number * 100, keySize: 4, valueSize: 8)
            var isTaken = writer.begin(head)
            for _ in 0..<2 {
                let (key, value) = ([UInt8](repeating: 1, count: 4), [UInt8](repeating: 2, count: 8))
                let hasRoom = writer.take(key: key.span.bytes, values: value.span.bytes)
                isTaken = isTaken && hasRoom
                writer.finishBlock()
            }
            let hasEnded = writer.end(SnapshotEnd(elements: 2, ended: number * 100 + 50, extent: .whole))
            #expect(isTaken && hasEnded)
        }
        let all = writer.takeAll().blocks
        var newest = NewestBlocks(capacity: 1 << 20)
        for block in all { _ = newest.append(block.span.bytes) }
        func end(_ found: [Found]) -> [UInt64] {
            guard case .end(let end)? = found.last else { return [] }
            return [end.snapshots, end.elements]
        }
        let whole = end(try written(newest))
        #expect(whole == [3, 6])
        let late = end(try written(newest, earliest: 201))
        #expect(late == [1, 2])
        // There is room for all but the first block.
        let bytes = newest.bytes
        var small = NewestBlocks(capacity: bytes - 1)
        for block in all { _ = small.append(block.span.bytes) }
        let cut = end(try written(small))
        #expect(cut == [2, 4])
    }

    @Test func `losses from before a time are left out`() throws {
        var writer = StreamWriter(format: .capture, capacity: 1 << 20, spill: 1 << 26)
        for time: UInt64 in [100, 200] {
            let isNoted = writer.noteLoss(CaptureLoss(source: 0, cpu: 1, events: time, to: time, cause: .ringFull))
            #expect(isNoted)
        }
        var newest = NewestBlocks(capacity: 1 << 20)
        for block in writer.takeAll().blocks { _ = newest.append(block.span.bytes) }
        guard case .end(let end)? = try written(newest, earliest: 150).last else {
            Issue.record("no end")
            return
        }
        #expect(end.lost == 200)
    }

    @Test func `what is no whole block has no facts`() {
        for count in [0, 1, 31, 32, 100] {
            let bytes = [UInt8](repeating: 0xff, count: count)
            let isNothing = CaptureBlockFacts(bytes.span.bytes) == nil
            #expect(isNothing)
        }
        let block = blocks(1)[0]
        let count = CaptureBlockFacts(block.span.bytes)?.byteCount
        #expect(count == block.count)
        let cut = Array(block.dropLast())
        let isNothing = CaptureBlockFacts(cut.span.bytes) == nil
        #expect(isNothing)
    }
}
