// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation
import RingImages
import Records
import Testing

struct CaptureDocumentTests {
    @Test(.enabled(if: 1.littleEndian == 1)) func `the example of the specification is what the writer writes`() throws
    {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/capture.md")
        let document = try String(contentsOf: path, encoding: .utf8)
        let example = try #require(document.split(separator: "```hex\n").last?.split(separator: "```").first)
        let rows = example.split(separator: "\n")
        let documented = rows.flatMap { row in
            row.dropFirst(6).prefix { $0 != "|" }.split(separator: " ").compactMap { UInt8($0, radix: 16) }
        }

        var header = CaptureHeader(bootOffset: 1_700_000_000_000_000_000, began: 1000)
        header.host = "host"
        var source = CaptureSource(number: 0)
        source.mapName = "map_event"
        source.sizes = .padded
        var counts = CaptureSource(number: 1)
        (counts.mapName, counts.content, counts.keySize, counts.valueSize) = ("counts", .elements, 4, 8)
        var writer = StreamWriter(format: .capture)
        writer.setPreamble(try CapturePreamble(header: header, sources: [source, counts]).bytes())
        var ring = RingImage(size: 4096)
        ring.cpu = 1
        let event = bytes(Int16(1)) + bytes(Int16(0)) + bytes(UInt32(1)) + bytes(UInt64(2000))
        ring.append(event: event, pid: 42, tid: 43, time: 2100)
        ring.append(lost: 12)
        _ = ring.drain(.context, into: &writer)
        let head = SnapshotHead(source: 1, number: 1, began: 3000, keySize: 4, valueSize: 8)
        expect(writer.begin(head))
        for (key, value) in [(UInt32(7), UInt64(1)), (9, 500)] {
            let (key, value) = (bytes(key), bytes(value))
            expect(writer.take(key: key.span.bytes, values: value.span.bytes))
        }
        expect(writer.end(SnapshotEnd(elements: 2, ended: 3010, extent: .whole)))
        expect(writer.finishCapture())
        #expect(writer.takeAll() == documented)
    }
}

/// Not `#expect`, which copies what it calls.
private func expect(_ isDone: Bool, _ place: SourceLocation = #_sourceLocation) {
    #expect(isDone, sourceLocation: place)
}
