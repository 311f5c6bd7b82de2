// SPDX-License-Identifier: Apache-2.0

@testable import EventStream
import Foundation
import TestSupport
import Testing

/// What `print-event --merge` makes of captures that are not alike, are cut, or were made for the purpose.
struct PrintEventMergedCapturesTests {
    private static let start: UInt64 = 1_000_000_000

    private func capture(
        _ host: String, _ layout: String = "struct { u32 n; }", began: UInt64 = start, error: UInt64? = 1_500_000
    ) throws -> CaptureMaker {
        try CaptureMaker(
            layout: layout,
            header: CaptureMaker.header(host: host, boot: "boot of \(host)", began: began, error: error))
    }

    private func record(_ millisecond: UInt64, _ event: [UInt8]? = nil) -> CaptureMaker.Record {
        .init(time: Self.start + millisecond * 1_000_000, bytes: event ?? bytes(UInt32(millisecond)))
    }

    private func merge(_ files: [[UInt8]], _ options: String...) throws -> ProcessOutcome {
        try withTemporaryFolder { folder in
            var paths: [String] = []
            for (number, bytes) in files.enumerated() {
                let file = folder.appending(path: "\(number).bev")
                try Data(bytes).write(to: file)
                paths.append(file.path)
            }
            return try Tools.run("print-event", ["--merge"] + options + paths)
        }
    }

    @Test func `blocks that hold no records are not missing, of whatever kind they are`() throws {
        var maker = try capture("a")
        maker.add([record(1)])
        var clock = CaptureClock(from: Self.start + 2, bootOffset: CaptureMaker.bootOffset + 5)
        clock.clockError = 2_000_000
        maker.add(clock)
        // A kind, and names of a kind, that nobody knows yet.
        maker.add(99, [UInt8](repeating: 0, count: 8))
        var names: [UInt8] = []
        names.append(integer: UInt16(1))
        names.append(integer: UInt16(0))
        names.append(integer: UInt32(4))
        names.append(integer: UInt32(77))
        names.append(integer: UInt32(0))
        maker.add(CaptureBlock.Kind.names, names)
        maker.add([record(3)])
        maker.end()
        let outcome = try merge([maker.bytes], "--format", "{n}")
        #expect(outcome.status == 0 && outcome.output == "1\n3\n", "\(outcome)")
        // What the clock became counts too.
        #expect(outcome.errors.contains("a: 2 events, clock within 2.000 ms"), "\(outcome)")
        let json = try merge([maker.bytes, maker.bytes], "--json", "--context", "full")
        #expect(json.status == 0 && !json.output.contains("\"gap\""), "\(json)")
        #expect(json.errors.contains(#""missing_blocks":0,"#), "\(json)")
    }

    @Test func `a clock that was set and is not synchronised since is not told to be exact`() throws {
        var (a, b) = try (capture("a"), capture("b"))
        a.add(CaptureClock(from: Self.start, bootOffset: CaptureMaker.bootOffset))
        a.add([record(1)])
        b.add([record(2)])
        a.end()
        b.end()
        let outcome = try merge([a.bytes, b.bytes])
        #expect(outcome.errors.contains("a: 1 events, clock not synchronised"), "\(outcome)")
        #expect(outcome.errors.contains("1 of 2 hosts have clocks of unknown error"), "\(outcome)")
    }

    @Test func `a gap is a record once, and none where any file has its blocks`() throws {
        var maker = try capture("a")
        for number in 1...3 { maker.add([record(UInt64(number))]) }
        maker.end()
        var holed = maker.bytes
        let second = try #require(holed.firstRange(of: bytes(UInt32(2)) + [0x89, 0x42]))
        holed[second.lowerBound] ^= 1
        let healed = try merge([holed, maker.bytes], "--json", "--context", "full")
        #expect(!healed.output.contains(#""_record":"gap""#), "\(healed)")
        let twice = try merge([holed, holed], "--json", "--context", "full")
        let gaps = twice.output.split(separator: "\n").filter { $0.contains(#""_record":"gap""#) }
        #expect(gaps.count == 1 && gaps[0].contains(#""_host":"a""#) && gaps[0].contains(#""_block":2,"#), "\(twice)")
        // A file of the rotation that was left out.
        var rotated = try capture("a")
        rotated.add([record(1)])
        let first = rotated.takeFile()
        rotated.add([record(2)])
        _ = rotated.takeFile()
        rotated.add([record(3)])
        rotated.end()
        let third = rotated.takeFile()
        let left = try merge([third, first], "--json", "--context", "full")
        #expect(left.output.contains(#"{"_missing_blocks":1,"_record":"gap""#) && left.status == 65, "\(left)")
    }

    @Test func `what was not read is not missing`() throws {
        var maker = try capture("a")
        maker.add([record(1)])
        let first = maker.takeFile()
        for number in 2...4 { maker.add([record(UInt64(number))]) }
        let second = maker.takeFile()
        maker.add([record(5)])
        let third = maker.takeFile()
        _ = second
        let outcome = try merge([first, third], "--head", "1", "--json")
        #expect(outcome.status == 0 && outcome.errors.contains(#""missing_blocks":null"#), "\(outcome)")
    }

    @Test func `a field need not be in the types of all captures`() throws {
        var requests = try capture("web1", "struct request { u64 latency_ns; }")
        var queries = try capture("db1", "struct query { u64 rows; }")
        requests.add([record(1, bytes(UInt64(5_000_000))), record(4, bytes(UInt64(6_000_000)))])
        queries.add([record(2, bytes(UInt64(9))), record(5, bytes(UInt64(8)))])
        requests.end()
        queries.end()
        for files in [[requests.bytes, queries.bytes], [queries.bytes, requests.bytes]] {
            let outcome = try merge(files, "--where", "latency_ns > 1ms", "--format", "{latency_ns}")
            #expect(outcome.status == 0 && outcome.output == "5000000\n6000000\n", "\(outcome)")
        }
        let unknown = try merge([requests.bytes, queries.bytes], "--where", "nosuch > 1")
        #expect(unknown.status == 64 && unknown.output.isEmpty && unknown.errors.contains("nosuch"), "\(unknown)")
    }

    @Test func `text, losses and maps say the host that they are of`() throws {
        func fleet(_ host: String) throws -> [UInt8] {
            var source = CaptureSource(number: 0)
            (source.mapName, source.content, source.mapType) = ("counts", .elements, 1)
            var maker = try CaptureMaker(
                sources: [source], schemas: [CaptureMaker.schema("struct counts { u32 key; u64 value; }")],
                header: CaptureMaker.header(host: host, boot: host, error: 1))
            maker.add(CaptureText(origin: "bpf_printk", time: Self.start + 1, bytes: Array("hello\nyou\n".utf8)))
            maker.add(snapshot: [], began: Self.start + 2, keySize: 4, valueSize: 8)
            maker.add(
                snapshot: [bytes(UInt64(7)) + bytes(UInt64(9))], number: 2, began: Self.start + 3, keySize: 4,
                valueSize: 8)
            maker.end()
            return maker.bytes
        }
        let files = try [fleet("web1"), fleet("web2")]
        let table = try merge(files)
        for host in ["web1", "web2"] {
            #expect(table.output.contains("\(host): hello\n\(host): you\n"), "\(table)")
            #expect(table.output.contains("\(host): counts, "), "\(table)")
        }
        let json = try merge(files, "--json")
        let lines = json.output.split(separator: "\n")
        #expect(lines.count == 8 && lines.allSatisfy { $0.contains(#""_host":"web"#) }, "\(json)")
        var maker = try capture("web3")
        maker.add([record(1)])
        maker.add(CaptureLoss(source: 0, cpu: 0, events: 12, from: Self.start + 2_000_000, cause: .ringFull))
        maker.end()
        let csv = try merge([maker.bytes], "--csv")
        #expect(csv.output == "_host,n,_lost,_rest\nweb3,1,,\nweb3,,12,\n", "\(csv.output)")
    }

    @Test func `maps that no capture has are told once, and none that one has`() throws {
        func counters(_ map: String) throws -> [UInt8] {
            var source = CaptureSource(number: 0)
            (source.mapName, source.content, source.mapType) = (map, .elements, 2)
            var maker = try CaptureMaker(
                sources: [source], schemas: [CaptureMaker.schema("struct m { u32 key; u64 value[8]; }")],
                header: CaptureMaker.header(host: map, boot: map, error: 1))
            maker.add(
                snapshot: [bytes(UInt64(0)) + [UInt8](repeating: 1, count: 64)], began: Self.start, keySize: 4,
                valueSize: 64)
            maker.end()
            return maker.bytes
        }
        let files = try [counters("latency"), counters("sizes")]
        let one = try merge(files, "--hist", "latency")
        #expect(!one.errors.contains("there is no map"), "\(one)")
        let none = try merge(files, "--hist", "nosuch")
        #expect(none.errors.components(separatedBy: "there is no map nosuch").count == 2, "\(none)")
        #expect(none.errors.contains("latency") && none.errors.contains("sizes"), "\(none)")
    }

    @Test func `numbers of stacks stand for their stacks, though the map was read at the end`() throws {
        try withTemporaryFolder { folder in
            var sources = [CaptureSource(number: 0), CaptureSource(number: 1)]
            sources[0].mapName = "events"
            (sources[1].mapName, sources[1].mapType, sources[1].content) = ("stacks", 7, .elements)
            (sources[1].keySize, sources[1].valueSize) = (4, 16)
            var maker = try CaptureMaker(
                sources: sources,
                schemas: [
                    CaptureMaker.schema("struct { u32 n; int kern_stack_id; }"),
                    CaptureMaker.schema("struct { u32 key; u64 value[2]; }", source: 1),
                ], header: CaptureMaker.header(host: "a", boot: "boot of a", error: 1))
            maker.add([record(1, bytes(UInt32(1)) + bytes(UInt32(5)))])
            // Later than events wait for others.
            maker.add(
                snapshot: [bytes(UInt64(5)) + bytes(UInt64(0xffff_ffff_8100_0010)) + bytes(UInt64(0))], source: 1,
                began: Self.start + 5_000_000_000, keySize: 4, valueSize: 16)
            maker.end()
            let file = folder.appending(path: "stacks.bev")
            try Data(maker.bytes).write(to: file)
            let alone = try Tools.run("print-event", ["--lines", "--map", "events", file.path])
            let merged = try Tools.run("print-event", ["--merge", "--lines", "--map", "events", file.path])
            #expect(alone.output.contains("0xffffffff81000010"), "\(alone)")
            let expected = alone.output.split(separator: "\n").map { "_host: a, \($0)\n" }.joined()
            #expect(merged.output == expected, "\(merged)")
            let corrected = try Tools.run(
                "print-event", ["--merge", "--clock", "a=+1ms", "--lines", "--map", "events", file.path])
            #expect(corrected.output == expected, "\(corrected)")
        }
    }

    @Test func `an event's own member of the host's name gets another underscore`() throws {
        var maker = try capture("web1", "struct { u32 n; u32 _host; }")
        maker.add([record(1, bytes(UInt32(1)) + bytes(UInt32(9)))])
        maker.end()
        let outcome = try merge([maker.bytes], "--json")
        #expect(outcome.output.contains(#""__host":9"#) && outcome.output.contains(#""_host":"web1""#), "\(outcome)")
    }

    @Test func `sums of what captures claim do not begin anew`() throws {
        var files: [[UInt8]] = []
        for began in [1, 2] as [UInt64] {
            var maker = try capture("a\u{1b}[2J", began: began)
            maker.add([record(1)])
            maker.add(CaptureLoss(source: 0, cpu: 0, events: .max - 2, from: Self.start, cause: .ringFull))
            maker.skip(to: began == 1 ? .max - 1 : 100)
            maker.add([record(2)])
            files.append(maker.bytes)
        }
        let outcome = try merge(files, "--json")
        #expect(
            outcome.errors.contains(#""lost":18446744073709551615,"missing_blocks":18446744073709551615"#), "\(outcome)"
        )
        let text = try merge(files)
        #expect(text.status == 65 && !text.errors.contains("\u{1b}"), "\(text)")
        // A clock that is shifted beyond all numbers stays at the end of them.
        var far = try CaptureMaker(
            layout: "struct { u32 n; }",
            header: CaptureMaker.header(host: "far", boot: "far", skew: .max - CaptureMaker.bootOffset))
        far.add([record(1)])
        var near = try capture("near")
        near.add([record(2)])
        let shifted = try merge([far.bytes, near.bytes], "--clock", "far=+1s", "--format", "{n}")
        #expect(shifted.status == 0 && shifted.output == "2\n1\n", "\(shifted)")
    }

    @Test func `a file of nothing but beginnings of captures takes little memory and loses none of them`() throws {
        var bytes: [UInt8] = []
        for number in 1...3000 as ClosedRange<UInt64> {
            var maker = try capture("a", began: number)
            maker.add([record(1)])
            bytes += maker.bytes
        }
        let outcome = try merge([bytes], "--format", "{n}")
        #expect(outcome.status == 0 && outcome.output == String(repeating: "1\n", count: 3000), "\(outcome.errors)")
        #expect(outcome.errors.contains("a: 3000 events"), "\(outcome.errors)")
    }

    @Test func `a clock is corrected of a host whose capture is no file's first one`() throws {
        var (one, two, three) = try (capture("web1"), capture("web2"), capture("web3"))
        one.add([record(1)])
        two.add([record(2)])
        three.add([record(3)])
        // The first header is damaged: what the file has is not known before it is read.
        var damaged = one.bytes
        damaged[40] ^= 1
        let outcome = try merge(
            [damaged + two.bytes, three.bytes], "--clock", "web2=+1s", "--format", "{_host}{n}")
        #expect(outcome.output == "web33\nweb22\n", "\(outcome)")
        let absent = try merge([damaged + two.bytes, three.bytes], "--clock", "web4=+1s")
        #expect(absent.status == 64 && absent.errors.contains("web4"), "\(absent)")
    }

    @Test func `a pipe that comes in the smallest pieces is a capture too`() throws {
        var maker = try capture("a")
        maker.add([record(1)])
        maker.end()
        let pipe = Pipe()
        let output = Pipe()
        let printer = try Tools.start("print-event", ["--merge", "--format", "{n}", "-"], stdin: pipe, stdout: output)
        for piece in [maker.bytes[..<2], maker.bytes[2..<9], maker.bytes[9...]] {
            try pipe.fileHandleForWriting.write(contentsOf: Data(piece))
            #expect(piece.endIndex == maker.bytes.count || printer.waitUntilIdle())
        }
        try pipe.fileHandleForWriting.close()
        #expect(printer.finish() == 0, "\(printer.errors)")
        try output.fileHandleForWriting.close()
        #expect(try output.fileHandleForReading.readToEnd() == Data("1\n".utf8))
    }
}
