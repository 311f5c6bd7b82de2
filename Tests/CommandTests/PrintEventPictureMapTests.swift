// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation
import TestSupport
import Testing

/// Pictures of maps: what their elements weigh, and pages of their numbers and histograms.
struct PrintEventPictureMapTests {
    private static let number = "__attribute__((btf_decl_tag(\"fmt:stackid\")))"

    private func source(_ number: UInt32, _ name: String, key: UInt32, value: UInt32, type: UInt32 = 1) -> CaptureSource
    {
        var source = CaptureSource(number: number)
        (source.mapName, source.mapType, source.content) = (name, type, .elements)
        (source.keySize, source.valueSize) = (key, value)
        return source
    }

    private func print(_ maker: CaptureMaker, _ arguments: String...) throws -> ProcessOutcome {
        try Tools.run("print-event", arguments, stdin: maker.bytes)
    }

    /// offcputime: `start` is what it keeps for itself, `info` what it answers; or one of them alone.
    private func offcpu(hasAnswer: Bool = true, info: String = "u64 delta;", infoSize: UInt32 = 8) throws
        -> CaptureMaker
    {
        let key = "struct { u32 pid; int kernel_stack_id \(Self.number); }"
        var sources = [source(0, "stacks", key: 4, value: 16, type: 7), source(1, "start", key: 8, value: 16)]
        var schemas = [
            try CaptureMaker.schema("struct { u32 key; u64 value[2] __attribute__((btf_decl_tag(\"fmt:stack\"))); }"),
            try CaptureMaker.schema("struct { u64 key; struct { u64 begin; \(key) key; } value; }", source: 1),
        ]
        if hasAnswer {
            sources.append(source(2, "info", key: 8, value: infoSize))
            schemas.append(try CaptureMaker.schema("struct { \(key) key; struct { \(info) } value; }", source: 2))
        }
        var maker = try CaptureMaker(sources: sources, schemas: schemas)
        maker.add(
            snapshot: [bytes(UInt64(5)) + bytes(UInt64(0x40_0010)) + bytes(UInt64(0))], source: 0, began: 1, keySize: 4,
            valueSize: 16)
        maker.add(
            snapshot: [bytes(UInt64(9)) + bytes(UInt64(1000)) + bytes(UInt32(7)) + bytes(UInt32(5))], source: 1,
            began: 1, keySize: 8, valueSize: 16)
        if hasAnswer {
            maker.add(
                snapshot: [
                    bytes(UInt32(7)) + bytes(UInt32(5)) + bytes(UInt64(77))
                        + (infoSize > 8 ? bytes(UInt64(0x7_0000_0000)) : [])
                ], source: 2, began: 1, keySize: 8, valueSize: infoSize)
        }
        maker.end()
        return maker
    }

    @Test func `a map of which nothing says the weight is left out where another has one, and is named`() throws {
        let outcome = try print(offcpu(), "--folded")
        #expect(outcome.status == 0 && outcome.output == "process 7;0x400010 77\n", "\(outcome)")
        #expect(outcome.errors.contains("map start is left out"), "\(outcome)")
    }

    @Test func `numbers that say whose a value is are no weight`() throws {
        let outcome = try print(offcpu(info: "u64 delta; u32 cpu; u32 tgid;", infoSize: 16), "--folded")
        #expect(outcome.status == 0 && outcome.output == "process 7;0x400010 77\n", "\(outcome)")
    }

    @Test func `several numbers of the only map with stacks are told, with the option and the map's`() throws {
        for maker in [
            try offcpu(hasAnswer: false), try offcpu(info: "u64 delta; u32 waits; u32 sleeps;", infoSize: 16),
        ] {
            let outcome = try print(maker, "--folded")
            #expect(outcome.status == 64 && outcome.output.isEmpty, "\(outcome)")
            #expect(
                outcome.errors.contains("--weight value.") && outcome.errors.contains("--map NAME"), "\(outcome)")
        }
        let named = try print(offcpu(hasAnswer: false), "--folded", "--weight", "value.begin")
        #expect(named.status == 0 && named.output == "0x400010 1000\n", "\(named)")
    }

    // MARK: Pages

    private func page(_ maker: CaptureMaker) throws -> String {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "r.html").path
            let outcome = try print(maker, "--html", path)
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
            return try String(contentsOfFile: path, encoding: .utf8)
        }
    }

    @Test func `a page has the elements of a map of several numbers, the largest first`() throws {
        var maker = try CaptureMaker(
            sources: [source(0, "traffic", key: 8, value: 16)],
            schemas: [CaptureMaker.schema("struct { u64 key; struct { u32 cpu; u32 calls; u64 bytes; } value; }")])
        maker.add(
            snapshot: [(1, 2, 300), (2, 9, 200), (3, 4, 100)].map { (key: UInt64, calls: UInt32, size: UInt64) in
                bytes(key) + bytes(UInt32(0)) + bytes(calls) + bytes(size)
            }, began: 1, keySize: 8, valueSize: 16)
        maker.end()
        let page = try page(maker)
        for word in ["traffic", "value.calls", "value.bytes", ">200<"] { #expect(page.contains(word), "\(word)") }
        let rows = ["200", "100", "300"].compactMap { page.range(of: ">\($0)<")?.lowerBound }
        #expect(rows.count == 3 && rows == rows.sorted(), "\(rows)")
    }

    @Test func `a page has the histograms of a map, with their figures`() throws {
        var maker = try CaptureMaker(
            sources: [source(0, "latency", key: 4, value: 32)],
            schemas: [CaptureMaker.schema("struct { u32 key; u32 filler; struct { u64 slots[4]; } value; }")])
        maker.add(
            snapshot: [
                bytes(UInt64(3)) + bytes(UInt64(0)) + bytes(UInt64(6)) + bytes(UInt64(1)) + bytes(UInt64(0)),
                bytes(UInt64(4)) + [UInt8](repeating: 0, count: 32),
            ], began: 1, keySize: 4, valueSize: 32)
        maker.end()
        let page = try page(maker)
        #expect(page.contains("latency, key 3") && !page.contains("latency, key 4"), "\(page.suffix(2000))")
        for word in ["p50", "p99", ">7<"] { #expect(page.contains(word), "\(word)") }
    }
}
