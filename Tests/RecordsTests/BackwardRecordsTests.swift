// SPDX-License-Identifier: Apache-2.0

import Records
import RingImages
import Testing

/// Perf rings that are written backwards: the newest records over the oldest.
struct BackwardRecordsTests {
    /// Such a ring, written as the kernel writes it.
    private struct Image {
        var data: [UInt8]
        var head: UInt64 = 0

        init(size: Int) { data = [UInt8](repeating: 0, count: size) }

        mutating func append(_ records: [UInt8]) {
            head &-= UInt64(records.count)
            for (index, byte) in records.enumerated() {
                data[Int((head &+ UInt64(index)) & UInt64(data.count - 1))] = byte
            }
        }

        /// A sample, with what was lost before it in front.
        mutating func append(event: [UInt8], time: UInt64, lost: UInt64 = 0) {
            let raw = (event.count + 4 + 7) / 8 * 8 - 4
            let body =
                bytes(UInt32(1)) + bytes(UInt32(2)) + bytes(time) + bytes(UInt32(raw)) + event
                + [UInt8](repeating: 0xee, count: raw - event.count)
            let loss =
                lost == 0
                ? [] : bytes(UInt32(2)) + bytes(UInt16(0)) + bytes(UInt16(24)) + bytes(UInt64(1)) + bytes(lost)
            append(loss + bytes(UInt32(9)) + bytes(UInt16(0)) + bytes(UInt16(8 + body.count)) + body)
        }
    }

    private struct Collected: SampleSink {
        var found: [String] = []
        var room = Int.max

        mutating func take(_ sample: RawSpan, _ context: SampleContext) -> SampleAnswer {
            guard room > 0 else { return .full }
            room -= 1
            found.append("\(context.time ?? 0)")
            return .taken
        }

        mutating func take(_ loss: SampleLoss) -> SampleAnswer {
            guard room > 0 else { return .full }
            room -= 1
            found.append("lost \(loss.samples ?? 0)")
            return .taken
        }
    }

    private func read(_ image: Image, step: Int = .max) -> (found: [String], isDamaged: Bool) {
        let records = BackwardRecords(image.data.span.bytes, head: image.head, layout: .context, cpu: 3)
        let index = records.index()
        var sink = Collected()
        var left = index.count
        while left > 0 {
            sink.room = step
            left = records.deliver(left, of: index, to: &sink).left
        }
        return (sink.found, index.isDamaged)
    }

    @Test func `as long as it has not gone round all records come out, the oldest first`() {
        var image = Image(size: 4096)
        #expect(read(image).found.isEmpty)
        for time in 1...9 {
            image.append(event: event(time * 5), time: UInt64(time))
            #expect(read(image).found == (1...time).map { "\($0)" })
        }
    }

    @Test func `of a full ring the newest come out, whole, at every offset, but for what may be under way`() {
        for first in 0..<64 {
            var image = Image(size: 1024)
            for time in 0..<(40 + first) { image.append(event: event(8 + time * 7 % 50), time: UInt64(time)) }
            let (found, isDamaged) = read(image)
            let last = 40 + first
            #expect(found == (last - found.count..<last).map { "\($0)" } && !isDamaged, "\(first)")
            // A record has at most 88 bytes here, and four of that size are left out.
            #expect(found.count >= (1024 - 5 * 88) / 88, "\(found.count)")
        }
    }

    @Test func `of a full ring that nobody writes to any more nothing is left out but what was written over`() {
        var image = Image(size: 1024)
        for time in 0..<100 { image.append(event: event(16), time: UInt64(time)) }
        let records = BackwardRecords(image.data.span.bytes, head: image.head, layout: .context, cpu: 3)
        let (settled, unsettled) = (records.index(isSettled: true), records.index())
        #expect(settled.count > unsettled.count && !settled.isDamaged)
        var sink = Collected()
        _ = records.deliver(settled.count, of: settled, to: &sink)
        #expect(sink.found == (100 - settled.count..<100).map { "\($0)" })
    }

    @Test func `a loss comes out in front of the sample that came after it, however little the sink takes`() {
        var image = Image(size: 4096)
        image.append(event: event(8), time: 1)
        image.append(event: event(8), time: 2, lost: 7)
        image.append(event: event(8), time: 3, lost: 9)
        image.append(event: event(8), time: 4)
        let all = ["1", "lost 7", "2", "lost 9", "3", "4"]
        #expect(read(image).found == all && read(image, step: 1).found == all)
    }

    @Test func `headers that cannot be true end the reading, and no head makes it fail`() {
        var image = Image(size: 4096)
        for time in 1...9 { image.append(event: event(16), time: UInt64(time)) }
        let place = Int((image.head &+ 2 * 48) & 4095)
        for size: UInt16 in [0, 4, 7, 12, 60000] {
            var damaged = image
            damaged.data.replaceSubrange(place + 6..<place + 8, with: bytes(size))
            let (found, isDamaged) = read(damaged)
            #expect(found == ["8", "9"] && isDamaged, "\(size): \(found)")
        }
        for head in [1, 7, 4096, UInt64.max, 1 << 63, UInt64.max - 4095] {
            image.head = head
            _ = read(image)
        }
        image.data = []
        #expect(read(image).found.isEmpty)
    }
}
