// SPDX-License-Identifier: Apache-2.0

@testable import EventStream
import Records
import RingImages
import Testing

struct SnapshotTests {
    @Test(arguments: [1, 7, 8, 4096, 40_000])
    func `a snapshot comes back as it went in, whatever its sizes are and however it is cut`(pieces: Int) throws {
        for (keySize, valueSize, cpus) in [(1, 1, nil), (0, 5, nil), (4, 8, nil), (513, 3, 7), (4, 12, 1024)] {
            let head = head(keySize: keySize, valueSize: valueSize, cpus: cpus)
            let elements = (0..<5).map { Element(head, seed: $0) }
            var writer = StreamWriter(format: .capture)
            expect(writer.put(head, elements))
            let found = try content(writer.takeAll(), pieces: pieces)
            let snapshot = Found.Snapshot(
                head: head, isFirst: true, total: 5, end: end(5), elements: elements.map(\.stored))
            #expect(found == [.snapshot(snapshot)])
        }
    }

    @Test func `an empty map is a snapshot without elements`() throws {
        let head = head()
        var writer = StreamWriter(format: .capture)
        expect(writer.put(head, []))
        let found = try content(writer.takeAll())
        #expect(found == [.snapshot(Found.Snapshot(head: head, isFirst: true, end: end(0)))])
    }

    @Test func `a million elements are in many blocks, of which each says how far it comes`() throws {
        let head = head()
        var writer = StreamWriter(format: .capture)
        var reader = CaptureReader()
        var (blocks, elements, sum): (Int, UInt64, UInt64) = (0, 0, 0)
        var isInOrder = true
        func take(_ item: CaptureItem) {
            guard case .snapshot(var block) = item else { return isInOrder = false }
            isInOrder = isInOrder && block.isContinuous && block.isFirst == (blocks == 0)
            blocks += 1
            elements += UInt64(block.count)
            isInOrder = isInOrder && block.total == elements && (block.end != nil) == (elements == 1_000_000)
            while let element = block.next() {
                sum &+= UInt64(unsafe element.key.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self))
            }
        }
        func flush(_ writer: inout StreamWriter) throws {
            while writer.pendingBytes > 0 {
                try reader.read(writer.pending) { item, _ in take(item) }
                let count = writer.pending.byteCount
                writer.markWritten(count)
            }
        }
        expect(writer.begin(head))
        for number in 0..<UInt32(1_000_000) {
            let (key, value) = (bytes(number), bytes(UInt64(number)))
            while !writer.take(key: key.span.bytes, values: value.span.bytes) { try flush(&writer) }
        }
        while !writer.end(end(1_000_000)) { try flush(&writer) }
        try flush(&writer)
        #expect(isInOrder && elements == 1_000_000 && sum == 499_999_500_000)
        #expect(blocks > 60 && blocks < 80)
    }

    @Test func `an element larger than ordinary blocks has a block of its own`() throws {
        let head = head(valueSize: 3 << 20)
        let elements = (0..<3).map { Element(head, seed: $0) }
        var writer = StreamWriter(format: .capture, spill: 32 << 20)
        expect(writer.put(head, elements))
        let found = try content(writer.takeAll()).compactMap(\.snapshot)
        #expect(found.map(\.elements.count) == [1, 1, 1] && found.flatMap(\.elements) == elements.map(\.stored))
        #expect(found.map(\.total) == [1, 2, 3] && found.last?.end == end(3))
    }

    @Test func `elements larger than blocks can be are left out, and the snapshot says that it is not whole`() throws {
        let head = head(valueSize: 4 << 20, cpus: 1024)
        var writer = StreamWriter(format: .capture)
        let values = [UInt8](repeating: 1, count: 64)
        #expect(head.storedSize == nil)
        expect(writer.begin(head))
        expect(writer.take(key: values.span.bytes, values: values.span.bytes))
        expect(writer.end(end(1)))
        let found = try content(writer.takeAll()).compactMap(\.snapshot)
        #expect(found.count == 1 && found[0].elements.isEmpty)
        #expect(found[0].end == SnapshotEnd(elements: 0, ended: 900, extent: .failed))
    }

    @Test func `events come between the elements of a snapshot, and neither hurts the other`() throws {
        let head = head()
        let elements = (0..<6).map { Element(head, seed: $0) }
        var writer = StreamWriter(format: .capture)
        writer.begin(source: 1, cpu: 2)
        expect(writer.begin(head))
        for (number, element) in elements.enumerated() {
            expect(writer.take(key: element.key.span.bytes, values: element.values.span.bytes))
            if number % 2 == 1 {
                let isDone = writer.add(event(9, seed: number))
                #expect(isDone)
            }
        }
        expect(writer.end(end(6)))
        expect(writer.finishCapture())
        let found = try content(writer.takeAll())
        let parts = found.compactMap(\.snapshot)
        #expect(parts.map(\.isFirst) == [true, false, false, false])
        #expect(parts.map(\.isContinuous) == [true, true, true, true] && parts.last?.end == end(6))
        #expect(parts.flatMap(\.elements) == elements.map(\.stored))
        #expect(found.compactMap(\.event) == [1, 3, 5].map { event(9, seed: $0) })
        var totals = CaptureEnd()
        (totals.events, totals.snapshots, totals.elements) = (3, 1, 6)
        guard case .end(var told)? = found.last else { return #expect(Bool(false)) }
        told.bytes = 0
        #expect(told == totals)
    }

    @Test func `elements are no events where those are counted`() {
        let head = head()
        var writer = StreamWriter(format: .capture)
        expect(writer.begin(head))
        let element = Element(head, seed: 1)
        expect(writer.take(key: element.key.span.bytes, values: element.values.span.bytes))
        #expect(writer.unwritten.events == 0)
        writer.finishBlock()
        #expect(writer.unwritten.events == 0 && writer.pendingBytes > 0)
    }

    @Test func `a snapshot is read on in a file that begins in the midst of it, and is told as incomplete there`()
        throws
    {
        let blocks = try parts().blocks
        let second = try content(Array(blocks.dropFirst().joined())).compactMap(\.snapshot)
        #expect(second.map(\.isContinuous) == [false, true])
        #expect(second.map(\.total) == [4, 6] && second.last?.end?.elements == 6)
    }

    @Test func `a missing block in the middle of a snapshot is told at the next one`() throws {
        var blocks = try parts().blocks
        blocks.remove(at: 1)
        let found = try content(Array(blocks.joined()))
        let parts = found.compactMap(\.snapshot)
        #expect(parts.map(\.isContinuous) == [true, false])
        #expect(parts.map(\.elements.count) == [2, 2] && parts[1].end?.elements == 6)
        #expect(found.contains(.missing(2...2)))
    }

    @Test func `a damaged block of a snapshot is skipped, and the next one tells of it`() throws {
        var capture = try parts()
        let start = capture.blocks[0].count + 32 + 64
        capture[start] ^= 1
        let found = try content(capture)
        #expect(found.compactMap(\.damage).map(\.cause) == [.payload])
        #expect(found.compactMap(\.snapshot).map(\.isContinuous) == [true, false])
    }

    @Test func `a snapshot that another follows without an end leaves nothing behind`() throws {
        var writer = StreamWriter(format: .capture)
        let head = head()
        var next = head
        next.number = 2
        expect(writer.begin(head))
        let element = Element(head, seed: 1)
        expect(writer.take(key: element.key.span.bytes, values: element.values.span.bytes))
        expect(writer.put(next, [element]))
        let found = try content(writer.takeAll()).compactMap(\.snapshot)
        #expect(found.map(\.isFirst) == [true, true] && found.map(\.end) == [nil, end(1)])
        #expect(found.map(\.total) == [1, 1])
    }

    @Test func `a full writer takes the same element again after it was written`() throws {
        let head = head(valueSize: 1000)
        var writer = StreamWriter(format: .capture, capacity: 1 << 16)
        var capture: [UInt8] = []
        let elements = (0..<500).map { Element(head, seed: $0) }
        expect(writer.begin(head))
        for element in elements {
            while !writer.take(key: element.key.span.bytes, values: element.values.span.bytes) {
                capture += writer.takeAll()
            }
        }
        while !writer.end(end(500)) { capture += writer.takeAll() }
        capture += writer.takeAll()
        let found = try content(capture).compactMap(\.snapshot)
        #expect(found.flatMap(\.elements) == elements.map(\.stored))
        #expect(found.allSatisfy(\.isContinuous) && found.last?.end == end(500))
    }

    @Test func `in a sorted capture snapshots stand where they were read`() throws {
        var writer = StreamWriter(format: .capture, sortWindow: 1 << 20)
        let head = head()
        writer.beginRound(at: 5_000_000)
        expect(writer.add(event(9)))
        expect(writer.put(head, [Element(head, seed: 1)]))
        expect(writer.finishRound(isComplete: true))
        expect(writer.finishCapture())
        let found = try content(writer.takeAll())
        #expect(found.compactMap(\.snapshot).count == 1 && found.compactMap(\.event) == [event(9)])
    }

    @Test func `frames take nothing of a map`() {
        var writer = StreamWriter()
        expect(writer.put(head(), [Element(head(), seed: 1)]))
        #expect(writer.pendingBytes == 0)
    }

    @Test(arguments: [
        (32, UInt32(7)), (36, .max), (40, .max), (44, .max), (44, 1 << 30), (36, 0xff_ffff), (56, 0),
    ])
    func `a block whose numbers cannot be true is malformed, and nothing of it is handed out`(
        offset: Int, value: UInt32
    ) throws {
        let head = head()
        var writer = StreamWriter(format: .capture)
        expect(writer.put(head, (0..<3).map { Element(head, seed: $0) }))
        let block = writer.takeAll()
        var payload = Array(block[32...])
        for (index, byte) in bytes(value).enumerated() { payload[offset + index] = byte }
        if offset == 56 { payload[60..<64] = [0, 0, 0, 0] }
        let found = try content(CaptureBlock.bytes(kind: 8, flags: 0, sequence: 1, payload: payload))
        #expect(found.count == 1 && found.first?.damage != nil)
    }

    @Test(arguments: [1 << 16, nil] as [Int?], [0, 1])
    func `values that have no bytes are malformed`(cpus: Int?, elements: Int) throws {
        let head = head(keySize: 8, valueSize: 0, cpus: cpus)
        var writer = StreamWriter(format: .capture)
        expect(writer.put(head, (0..<elements).map { Element(head, seed: $0) }))
        let found = try content(writer.takeAll())
        #expect(found.count == 1 && found.first?.damage != nil)
    }

    @Test func `a capture that ends within a snapshot counts its elements`() throws {
        var writer = StreamWriter(format: .capture)
        let element = Element(head(), seed: 1)
        expect(writer.begin(head()))
        expect(writer.take(key: element.key.span.bytes, values: element.values.span.bytes))
        expect(writer.finishCapture())
        guard case .end(let told)? = try content(writer.takeAll()).last else { return #expect(Bool(false)) }
        #expect(told.elements == 1 && told.snapshots == 0)
    }

    @Test func `what is written up to the midst of a snapshot is within it though more memory was begun`() {
        let head = head(valueSize: 1000)
        let element = Element(head, seed: 1)
        var writer = StreamWriter(format: .capture, capacity: 1 << 16, spill: 1 << 22)
        expect(writer.begin(head))
        expect(writer.take(key: element.key.span.bytes, values: element.values.span.bytes))
        writer.finishBlock()
        let first = writer.pendingBytes
        // The end of the snapshot finds no room in the first chunk.
        for number in 0..<60 { expect(writer.add(event(1000, seed: number))) }
        expect(writer.take(key: element.key.span.bytes, values: element.values.span.bytes))
        for number in 0..<10 { expect(writer.add(event(1000, seed: number))) }
        expect(writer.end(end(2)))
        let isOutside = !writer.isWithinSnapshot
        #expect(isOutside)
        writer.markWritten(first)
        let isWithin = writer.isWithinSnapshot
        #expect(isWithin)
    }

    @Test func `what a source is comes back, and is not known of files of before`() throws {
        var source = CaptureSource(number: 3)
        #expect(source.content == nil)
        (source.content, source.keySize, source.valueSize) = (.globals, 4, 64)
        (source.maxEntries, source.mapFlags, source.unit) = (1, 0x400, "us")
        let header = CaptureHeader(bootOffset: 0, began: 1)
        let found = try content(CapturePreamble(header: header, sources: [source]).bytes())
        #expect(found.contains(.source(source)))
        // A unit is a word: what is longer is passed over.
        var long = source
        long.unit = String(repeating: "x", count: 65)
        source.unit = ""
        let other = try content(CapturePreamble(header: header, sources: [long]).bytes())
        #expect(other.contains(.source(source)))
    }

    @Test func `text of programs comes back between events, in parts of whole lines`() throws {
        var writer = StreamWriter(format: .capture)
        writer.begin(source: 0, cpu: 1)
        expect(writer.add(event(9, seed: 1)))
        let short = CaptureText(origin: "bpf_printk", time: 77, bytes: Array("one\ntwo\n".utf8))
        #expect(short.parts == [short])
        expect(writer.noteText(short))
        let line = [UInt8](repeating: 0x61, count: 99) + [10]
        let long = CaptureText(origin: "iter:task", time: 78, bytes: (0..<10_000).flatMap { _ in line })
        let parts = long.parts
        #expect(parts.count == 4 && parts.allSatisfy { $0.bytes.last == 10 && $0.bytes.count <= 256 << 10 })
        #expect(parts.flatMap(\.bytes) == long.bytes)
        // A line that is longer than a block is cut.
        let endless = CaptureText(origin: "", time: 0, bytes: [UInt8](repeating: 1, count: 600_000))
        #expect(endless.parts.count == 3 && endless.parts.flatMap(\.bytes) == endless.bytes)
        for part in parts { expect(writer.noteText(part)) }
        expect(writer.finishCapture())
        let texts = try content(writer.takeAll()).compactMap { found in
            if case .text(let text) = found { text } else { nil as CaptureText? }
        }
        #expect(texts == [short] + parts)
        var frames = StreamWriter(format: .frames)
        expect(frames.noteText(short))
        let nothing = frames.takeAll()
        #expect(nothing.isEmpty)
    }

    /// A snapshot of six elements in three blocks.
    private func parts() throws -> [UInt8] {
        let head = head()
        var writer = StreamWriter(format: .capture)
        expect(writer.begin(head))
        for seed in 0..<6 {
            let element = Element(head, seed: seed)
            expect(writer.take(key: element.key.span.bytes, values: element.values.span.bytes))
            if seed == 1 || seed == 3 { writer.finishBlock() }
        }
        expect(writer.end(end(6)))
        return writer.takeAll()
    }

    private func head(keySize: Int = 4, valueSize: Int = 8, cpus: Int? = nil) -> SnapshotHead {
        SnapshotHead(source: 3, number: 1, began: 800, keySize: keySize, valueSize: valueSize, cpus: cpus)
    }

    private func end(_ elements: UInt64) -> SnapshotEnd {
        SnapshotEnd(elements: elements, ended: 900, extent: .whole)
    }
}

/// An element with bytes that tell it from others.
private struct Element {
    let key: [UInt8]
    let values: [UInt8]

    init(_ head: SnapshotHead, seed: Int) {
        key = (0..<head.keySize).map { UInt8(truncatingIfNeeded: $0 &+ seed) }
        var values = [UInt8](repeating: 0, count: head.valuesSize)
        let stride = (head.valueSize + 7) / 8 * 8
        for cpu in 0..<(head.cpus ?? 1) {
            for index in 0..<head.valueSize {
                values[cpu * stride + index] = UInt8(truncatingIfNeeded: index &* 3 &+ cpu &+ seed &+ 1)
            }
        }
        self.values = values
    }

    /// As a capture has it.
    var stored: [UInt8] { padded(key) + padded(values) }

    private func padded(_ bytes: [UInt8]) -> [UInt8] { bytes + [UInt8](repeating: 0, count: -bytes.count & 7) }
}

extension StreamWriter {
    fileprivate mutating func put(_ head: SnapshotHead, _ elements: [Element]) -> Bool {
        guard begin(head) else { return false }
        for element in elements {
            guard take(key: element.key.span.bytes, values: element.values.span.bytes) else { return false }
        }
        return end(SnapshotEnd(elements: UInt64(elements.count), ended: 900, extent: .whole))
    }
}

/// Not `#expect`, which copies what it calls.
private func expect(_ isDone: Bool, _ place: SourceLocation = #_sourceLocation) {
    #expect(isDone, sourceLocation: place)
}
