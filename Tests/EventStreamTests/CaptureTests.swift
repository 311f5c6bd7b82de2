// SPDX-License-Identifier: Apache-2.0

@testable import EventStream
import RingImages
import Records
import Testing

struct CaptureTests {
    @Test func `the hash is XXH64 as it is published`() {
        func hash(_ text: String) -> UInt64 { XXH64.hash(Array(text.utf8).span.bytes) }
        #expect(hash("") == 0xEF46_DB37_51D8_E999)
        #expect(hash("a") == 0xD24E_C4F1_A98C_6E5B)
        #expect(hash("abc") == 0x44BC_2CF5_AD77_0999)
        #expect(hash("Nobody inspects the spammish repetition") == 0xFBCE_A83C_8A37_8BF1)
    }

    @Test(arguments: [1, 7, 32, 33, 1000, Int.max])
    func `everything comes back as it was written, however the bytes are cut`(pieces: Int) throws {
        let capture = try smallCapture()
        let first = (0..<3).map { Found.event(.init(bytes: event(5 + $0, seed: $0), source: 0, cpu: 1)) }
        let second = (0..<3).map { Found.event(.init(bytes: event(9, seed: $0), source: 0, cpu: 1)) }
        var end = CaptureEnd()
        (end.events, end.lost) = (6, 12)
        end.bytes = UInt64(capture.blocks[4...7].map(\.count).reduce(0, +))
        let expected =
            [
                .header(fullPreamble.header),
                .clock(CaptureClock(from: 90_000_000, bootOffset: -4_000_000_000, clockError: 2_000_000)),
            ]
            + [.source(fullPreamble.sources[0]), .schema(fullPreamble.schemas[0])] + first
            + [.loss(CaptureLoss(source: 0, cpu: 1, events: 12, from: 5, to: 9, cause: .ringFull))]
            + [.clock(CaptureClock(from: 95_000_000, bootOffset: -3_000_000_000))] + second + [Found.end(end)]
        #expect(try content(capture, pieces: pieces) == expected)
        #expect(capture.count % 8 == 0 && CaptureReader.isCapture(firstBytes: capture.span.bytes))
    }

    @Test func `samples come with process, thread and time, and their block with the times it spans`() throws {
        var writer = StreamWriter(format: .capture)
        var ring = RingImage(size: 4096, position: 4096 - 40)
        for seed in 0..<5 { ring.append(event: event(16, seed: seed), pid: 7, tid: 8, time: UInt64(1000 - seed)) }
        (ring.source, ring.cpu) = (2, 3)
        let pass = ring.drain(.context, into: &writer)
        #expect(pass.samples == 5 && pass.memory.latestTime == 996)
        let capture = writer.takeAll()
        let found = try content(capture)
        for seed in 0..<5 {
            let bytes = event(16, seed: seed) + [UInt8](repeating: 0xee, count: 4)
            #expect(
                found[seed] == .event(.init(bytes: bytes, source: 2, cpu: 3, pid: 7, tid: 8, time: UInt64(1000 - seed)))
            )
        }
        #expect(capture[40..<56] == (bytes(UInt64(996)) + bytes(UInt64(1000)))[...])
    }

    @Test func `records without a time have the time at which their round began to read them`() throws {
        var writer = StreamWriter(format: .capture)
        var times: [UInt64?] = []
        var blocks: [ClosedRange<UInt64>?] = []
        for now in [nil, UInt64(5000), 7000] {
            if let now { writer.beginRound(at: now) }
            _ = writer.add(event(9))
            _ = writer.finishRound(isComplete: false)
        }
        var reader = CaptureReader()
        try reader.read(writer.takeAll().span.bytes) { item, _ in
            guard case .records(let records) = item else { return }
            times.append(records.readTime)
            blocks.append(records.times)
        }
        #expect(times == [nil, 5000, 7000] && blocks == [nil, 5000...5000, 7000...7000])
    }

    @Test func `a capture that is cut anywhere gives its whole blocks and tells the cut`() throws {
        let capture = try smallCapture()
        let blocks = capture.blocks
        for length in 0..<capture.count {
            let found = try content(Array(capture[..<length]))
            var whole = 0
            var border = 0
            while border + blocks[whole].count <= length {
                border += blocks[whole].count
                whole += 1
            }
            let damage = found.compactMap(\.damage)
            if border == length {
                #expect(damage.isEmpty)
            } else {
                #expect(damage.count == 1 && damage[0].offset == UInt64(border))
                #expect(damage.first?.skipped == UInt64(length - border))
            }
            let sound = try content(Array(capture[..<border]))
            #expect(found.filter { $0.damage == nil } == sound)
        }
    }

    @Test func `a flipped bit anywhere costs its block only, and is told with its place`() throws {
        let capture = try smallCapture()
        let blocks = capture.blocks
        let sound = try blocks.map { try content($0) }
        var start = 0
        for (index, block) in blocks.enumerated() {
            for bit in 0..<(block.count * 8) {
                var flipped = capture
                flipped[start + bit / 8] ^= 1 << UInt8(bit % 8)
                let found = try content(flipped)
                let damage = found.compactMap(\.damage)
                #expect(damage.count == 1 && damage[0].offset == UInt64(start))
                #expect(damage.first?.skipped == UInt64(block.count))
                let others = sound.indices.filter { $0 != index }.flatMap { sound[$0] }
                #expect(found.filter { if case .missing = $0 { false } else { $0.damage == nil } } == others)
            }
            start += block.count
        }
    }

    @Test func `missing blocks are told by their numbers`() throws {
        let blocks = try smallCapture().blocks
        let found = try content(Array((blocks[..<5] + blocks[7...]).joined()))
        #expect(found.contains(.missing(2...3)) && found.allSatisfy { $0.damage == nil })
    }

    @Test func `what a writer left torn does not hide what the next one appended`() throws {
        let capture = try smallCapture(events: 40)
        let torn = Array(capture.blocks[..<3].joined()) + capture.blocks[3].prefix(100)
        let found = try content(torn + capture)
        #expect(found.compactMap(\.damage).map(\.skipped) == [100])
        #expect(found.suffix(try content(capture).count) == (try content(capture))[...])
    }

    @Test func `foreign bytes in front, between and behind are skipped`() throws {
        let capture = try smallCapture()
        let noise = [UInt8](repeating: 0x89, count: 13) + CaptureBlock.magic + [2]
        let found = try content(noise + capture + noise + capture + noise)
        #expect(found.compactMap(\.damage).map(\.skipped) == [20, 20, 20])
        #expect(found.filter { $0.damage == nil } == (try content(capture + capture)))
    }

    @Test func `captures in a row are read in a row`() throws {
        let capture = try smallCapture()
        let found = try content(capture + capture)
        #expect(found == (try content(capture)) + (try content(capture)))
    }

    @Test func `blocks of later versions are told and not read, and fields of theirs are skipped`() throws {
        var later = fullPreamble.header
        later.minorVersion = 9
        let field = bytes(UInt16(999)) + bytes(UInt16(0)) + bytes(UInt32(3)) + [1, 2, 3, 0, 0, 0, 0, 0]
        let header = CaptureBlock.bytes(kind: 1, flags: 2, sequence: 0, payload: field + later.payload + field)
        let unknown = CaptureBlock.bytes(kind: 77, flags: 0, sequence: 1, payload: [1, 2, 3])
        let end = CaptureBlock.bytes(kind: 6, flags: 0, sequence: 2, payload: field)
        #expect(try content(header + unknown + end) == [.header(later), .other, .end(CaptureEnd())])
    }

    @Test func `a source has as many schemas as its events have types`() throws {
        let tags: [(field: String, value: Int64?)] = [("", nil), ("kind", 1), ("kind", .min)]
        let schemas = tags.map { tag in
            var schema = CaptureSchema(source: 3)
            (schema.typeName, schema.tagField, schema.tagValue) = ("event", tag.field, tag.value)
            return schema
        }
        let bytes = try CapturePreamble(header: fullPreamble.header, schemas: schemas).bytes()
        #expect(try content(bytes) == [.header(fullPreamble.header)] + schemas.map { .schema($0) })
    }

    @Test func `half a tag is no tag`() throws {
        var schema = CaptureSchema(source: 0)
        for (field, value) in [("kind", nil), ("", 5)] as [(String, Int64?)] {
            (schema.tagField, schema.tagValue) = (field, value)
            let bytes = try CapturePreamble(header: fullPreamble.header, schemas: [schema]).bytes()
            #expect(try content(bytes).compactMap(\.damage).count == 1)
        }
    }

    @Test func `sizes of events travel with their type, and half of them or no range is damage`() throws {
        var schema = CaptureSchema(source: 0)
        for sent in [24...24, 0...UInt32.max, UInt32.max...UInt32.max] {
            schema.sent = sent
            let bytes = try CapturePreamble(header: fullPreamble.header, schemas: [schema]).bytes()
            #expect(try content(bytes) == [.header(fullPreamble.header), .schema(schema)])
        }
        for fields in [[(9, 24)], [(10, 24)], [(9, 24), (10, 23)]] as [[(UInt16, UInt32)]] {
            var payload = CaptureFieldWriter()
            payload.put(1, UInt32(0))
            for (tag, value) in fields { payload.put(tag, value) }
            let block = CaptureBlock.bytes(
                kind: CaptureBlock.Kind.schema, flags: 0, sequence: 1, payload: payload.payload)
            let header = try CapturePreamble(header: fullPreamble.header).bytes()
            #expect(try content(header + block).compactMap(\.damage).count == 1)
        }
    }

    @Test func `a reader stops where the writer says that it must, and at a later first number`() throws {
        let critical = CaptureBlock.bytes(kind: 77, flags: 1, sequence: 0, payload: [])
        let capture = try smallCapture()
        #expect(throws: CaptureError.criticalKind(offset: UInt64(capture.count), kind: 77)) {
            try content(capture + critical + capture)
        }
        var header = fullPreamble.header
        header.majorVersion = 2
        let later = try CapturePreamble(header: header).bytes()
        #expect(throws: CaptureError.version(offset: 0, major: 2, minor: 6)) { try content(later) }
    }

    @Test func `what is sound but makes no sense is told`() throws {
        for (kind, payload) in [
            (1, []), (2, []), (3, [0, 0]), (4, []), (5, [1]), (6, [1, 0, 0, 0, 255, 255, 255, 255]), (7, []),
        ]
            as [(UInt16, [UInt8])]
        {
            let block = CaptureBlock.bytes(kind: kind, flags: 2, sequence: 0, payload: payload)
            let damage = try content(block).compactMap(\.damage)
            #expect(damage.count == 1 && damage[0].skipped == UInt64(block.count))
        }
        // Records that claim more than the block has, and fewer than it has.
        let records = { (count: UInt32, size: UInt32, layout: UInt32) in
            CaptureBlock.bytes(
                kind: 4, flags: 0, sequence: 1,
                payload: [UInt8](repeating: 0, count: 24) + bytes(count) + bytes(layout) + bytes(size) + [1, 2, 3, 4])
        }
        #expect(try content(records(1, 4, 0)).compactMap(\.event) == [[1, 2, 3, 4]])
        for block in [records(1, 5, 0), records(2, 4, 0), records(0, 4, 0), records(1, 4, 1), records(1, 4, 8)] {
            #expect(try content(block).compactMap(\.damage).count == 1)
        }
    }

    @Test func `false blocks with huge lengths cost no more than their bytes`() throws {
        // Their headers match, as somebody who wants to hurt would make them; each claims nearly all that is left.
        let size = 4 << 20
        var bytes: [UInt8] = []
        while bytes.count < size {
            var block = CaptureBlock.bytes(kind: 4, flags: 0, sequence: 1, payload: [])
            let length = UInt32(size - 32)
            block.replaceSubrange(12..<16, with: RingImages.bytes(length))
            let check = CaptureBlock.checksum(Array(block[..<24]).span.bytes)
            block.replaceSubrange(28..<32, with: RingImages.bytes(check))
            bytes += block
        }
        var reader = CaptureReader()
        var damage: UInt64 = 0
        for _ in 0..<8 {
            try reader.read(bytes.span.bytes) { item, _ in
                if case .damage(let found) = item { damage += found.skipped }
            }
        }
        try reader.finish { item, _ in
            if case .damage(let found) = item { damage += found.skipped }
        }
        #expect(damage == UInt64(8 * size))
        #expect(reader.hashed <= 64 << 20 + 6 * 8 * size + 2 * size)
    }

    @Test func `a capture of the other byte order reads the same`() throws {
        let capture = try smallCapture()
        #expect(try content(capture.blocks.flatMap(swapped)) == (try content(capture)))
    }
}

/// A block as a machine of the other byte order writes it.
private func swapped(_ block: [UInt8]) -> [UInt8] {
    var block = block
    func swap(_ at: Int, _ size: Int) { block[at..<at + size].reverse() }
    func number(_ at: Int) -> Int { Int(block[at]) | Int(block[at + 1]) << 8 | Int(block[at + 2]) << 16 }
    let kind = number(8) & 0xffff
    switch kind {
    case 4:
        var at = 64
        while at < block.count {
            let size = number(at)
            swap(at, 4)
            at += (4 + size + 7) & ~7
        }
        for (at, size) in [(32, 4), (36, 4), (40, 8), (48, 8), (56, 4), (60, 4)] { swap(at, size) }
    case 5: for (at, size) in [(32, 4), (36, 4), (40, 8), (48, 8), (56, 8), (64, 4)] { swap(at, size) }
    default:
        var at = 32
        while at < block.count {
            let tag = number(at)
            let length = number(at + 4)
            let sizes: [Int] =
                switch (kind, tag) {
                case (1, 1): [2, 2]
                case (1, 3), (1, 4), (1, 13), (2, 6), (3, 8), (6, _), (7, _): [8]
                case (1, 2), (1, 8), (2, 1), (2, 2), (2, 3), (2, 8), (3, 1), (3, 4), (3, 5): [4]
                case (2, 7): Array(repeating: 4, count: length / 4)
                default: []
                }
            var place = at + 8
            for size in sizes {
                swap(place, size)
                place += size
            }
            swap(at, 2)
            swap(at + 4, 4)
            at += 8 + (length + 7) & ~7
        }
    }
    for (at, size) in [(6, 2), (8, 2), (10, 2), (12, 4), (16, 8)] { swap(at, size) }
    let payloadCheck = CaptureBlock.checksum(Array(block[32...]).span.bytes)
    let headerCheck = CaptureBlock.checksum(Array(block[..<24]).span.bytes)
    block.replaceSubrange(24..<32, with: bytes(payloadCheck.byteSwapped) + bytes(headerCheck.byteSwapped))
    return block
}
