// SPDX-License-Identifier: Apache-2.0

@testable import EventStream
import Foundation
import TestSupport
import Testing

/// print-event as a process: snapshots of maps as tables, JSON, CSV, rows of variables and histograms.
struct PrintEventMapTests {
    private func print(_ stream: [UInt8], _ arguments: String...) throws -> ProcessOutcome {
        try Tools.run("print-event", arguments, stdin: stream)
    }

    /// Snapshots of one map, ten seconds apart.
    private func capture(
        map: String = "counts", layout: String, type: UInt32 = 1, content: CaptureSource.Content = .elements,
        most: UInt32? = nil, keySize: UInt32 = 8, valueSize: UInt32, cpus: UInt32 = 0, extent: UInt32 = 0,
        _ snapshots: [[[UInt8]]]
    ) throws -> [UInt8] {
        var source = CaptureSource(number: 0)
        (source.mapName, source.mapType, source.content, source.maxEntries) = (map, type, content, most)
        var maker = try CaptureMaker(sources: [source], schemas: [CaptureMaker.schema(layout)])
        for (index, elements) in snapshots.enumerated() {
            maker.add(
                snapshot: elements, number: UInt64(index + 1), began: 1_000_000_000 + UInt64(index) * 10_000_000_000,
                keySize: keySize, valueSize: valueSize, cpus: cpus, extent: extent)
        }
        maker.end()
        return maker.bytes
    }

    private static let traffic = "struct { u64 key; struct { u64 bytes; u64 calls; } value; }"
    private static func element(_ key: UInt64, _ size: UInt64, _ calls: UInt64) -> [UInt8] {
        bytes(key) + bytes(size) + bytes(calls)
    }

    private func traffic() throws -> [UInt8] {
        try capture(
            layout: Self.traffic, valueSize: 16,
            [
                [Self.element(1, 100, 1), Self.element(2, 300, 2), Self.element(3, 200, 3)],
                [Self.element(1, 1100, 2), Self.element(2, 300, 2), Self.element(4, 50, 1)], [],
            ])
    }

    @Test func `each snapshot is a table under the name of its map and its time, an empty one says so`() throws {
        let outcome = try print(try traffic())
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0] == "counts, 2026-11-21T12:00:00.000000000Z", "\(outcome.output)")
        #expect(lines[1].split(separator: " ") == ["key", "value.bytes", "value.calls"])
        #expect(lines[2].split(separator: " ") == ["1", "100", "1"])
        #expect(lines[6] == "counts, 2026-11-21T12:00:10.000000000Z")
        #expect(outcome.output.hasSuffix("counts, 2026-11-21T12:00:20.000000000Z: empty\n"))
        let none = try print(try traffic(), "--where", "value.bytes > 1M")
        #expect(none.output.contains("counts, 2026-11-21T12:00:00.000000000Z: no element matches\n"), "\(none)")
    }

    @Test func `the columns of a table whose rows are kept first are as wide as its widest row, from its head on`()
        throws
    {
        let rows = [Self.element(1, 5, 1), Self.element(2, 1_234_567_890_123_456, 2), Self.element(3, 7, 3)]
        let stream = try capture(layout: Self.traffic, valueSize: 16, [rows])
        let lines = try print(stream, "--sort", "key").output.split(separator: "\n").dropFirst()
        // Each line ends where the last column does.
        #expect(lines.count == 4 && Set(lines.map(\.count)).count == 1, "\(lines)")
    }

    @Test(arguments: [[], ["--json"], ["--lines"]])
    func `a map that counts what had no room is shown only where it has something`(options: [String]) throws {
        for (elements, isShown) in [([], false), ([Self.element(1, 100, 1)], true)] {
            let bytes = try capture(map: "not_counted", layout: Self.traffic, valueSize: 16, [elements])
            let outcome = try Tools.run("print-event", options, stdin: bytes)
            #expect(outcome.status == 0 && outcome.output.isEmpty != isShown, "\(outcome)")
        }
    }

    @Test(arguments: [[], ["--json"], ["--sort", "-value.calls", "--top", "1"]])
    func `what had no room is told beside the map that is chosen`(options: [String]) throws {
        let other = "struct { u64 key; u64 value; }"
        var sources = [CaptureSource(number: 0), CaptureSource(number: 1), CaptureSource(number: 2)]
        for (index, name) in ["counts", "not_counted", "began"].enumerated() {
            (sources[index].mapName, sources[index].mapType) = (name, 1)
            sources[index].content = .elements
        }
        var maker = try CaptureMaker(
            sources: sources,
            schemas: [
                CaptureMaker.schema(Self.traffic), CaptureMaker.schema(other, source: 1),
                CaptureMaker.schema(other, source: 2),
            ])
        let element = bytes(UInt64(0)) + bytes(UInt64(77))
        maker.add(snapshot: [Self.element(1, 1234, 1)], source: 0, number: 1, began: 1, keySize: 8, valueSize: 16)
        for source in [1, 2] as [UInt32] {
            maker.add(snapshot: [element], source: source, number: 1, began: 2, keySize: 8, valueSize: 8)
        }
        maker.end()
        let outcome = try Tools.run("print-event", ["--map", "counts"] + options, stdin: maker.bytes)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.contains("1234") && outcome.output.contains("not_counted"), "\(outcome.output)")
        #expect(outcome.output.contains("77") && !outcome.output.contains("began"), "\(outcome.output)")
        let table = try Tools.run("print-event", ["--map", "counts", "--csv"], stdin: maker.bytes)
        #expect(table.status == 0 && table.output.contains("1234") && !table.output.contains("77"), "\(table)")
        // Named it is a map as others are.
        let named = try Tools.run("print-event", ["--map", "counts,not_counted", "--lines"], stdin: maker.bytes)
        #expect(named.output.contains("1234") && named.output.contains("77") && !named.output.contains("began"))
    }

    @Test func `rows are chosen, sorted, cut and compared with the snapshot before`() throws {
        let top = try print(try traffic(), "--top", "1", "--sort", "-value.bytes", "--format", "{key} {value.bytes}")
        #expect(top.output == "2 300\n1 1100\n", "\(top)")
        let chosen = try print(
            try traffic(), "--where", "key == 1 && value.bytes > 1K", "--format", "{_snapshot} {_map} {key}")
        #expect(chosen.output == "2 counts 1\n", "\(chosen)")
        let changes = try print(
            try traffic(), "--delta", "--where", "change != same", "--sort", "change,key", "--format",
            "{key} {change} {delta.bytes} {rate.bytes}")
        #expect(
            changes.output == "4 new 50 5.0\n3 gone 0 0.0\n1 gone 0 0.0\n2 gone 0 0.0\n4 gone 0 0.0\n"
                || changes.output == "4 new 50 5.0\n3 gone 0 0.0\n1 gone 0 0.0\n2 gone 0 0.0\n4 gone 0 0.0\n",
            "\(changes)")
        let typo = try print(try traffic(), "--sort", "value.byte")
        #expect(typo.status == 64 && typo.errors.contains("value.bytes"), "\(typo)")
        let nonsense = try print(try traffic(), "--top", "0")
        #expect(nonsense.status == 64, "\(nonsense)")
        let summary = try print(try traffic(), "--summary", "value.bytes", "--by", "key", "--json")
        #expect(summary.output.contains(#"{"by":{"key":1},"count":2"#), "\(summary)")
    }

    /// Snapshots of two maps, of which only the second has `value.bytes`.
    private func twoMaps() throws -> CaptureMaker {
        var sources = [CaptureSource(number: 0), CaptureSource(number: 1)]
        for (index, name) in ["start", "counts"].enumerated() {
            (sources[index].mapName, sources[index].mapType, sources[index].content) = (name, 1, .elements)
        }
        return try CaptureMaker(
            sources: sources,
            schemas: [
                CaptureMaker.schema("struct { u64 key; u64 value; }"), CaptureMaker.schema(Self.traffic, source: 1),
            ])
    }

    @Test func `a map without the field of --sort is shown as it comes, if another map has it`() throws {
        var maker = try twoMaps()
        maker.add(snapshot: [bytes(UInt64(9)) + bytes(UInt64(1))], began: 1_000_000_000, keySize: 8, valueSize: 8)
        maker.add(
            snapshot: [Self.element(1, 5, 1), Self.element(2, 7, 1)], source: 1, began: 1_000_000_000, keySize: 8,
            valueSize: 16)
        maker.end()
        let outcome = try print(maker.bytes, "--sort", "-value.bytes", "--format", "{_map} {key}")
        #expect(outcome.status == 0 && outcome.output == "start 9\ncounts 2\ncounts 1\n", "\(outcome)")
        let none = try print(maker.bytes, "--sort", "-value.none", "--format", "{key}")
        #expect(none.status == 64, "\(none)")
        // The one that is chosen has it, whatever the others have.
        let one = try print(maker.bytes, "--map", "counts", "--sort", "-value.bytes", "--format", "{key}")
        #expect(one.status == 0 && one.output == "2\n1\n", "\(one)")
        let structure = try print(maker.bytes, "--map", "counts", "--sort", "-value", "--format", "{key}")
        #expect(structure.status == 64 && structure.errors.contains("value.bytes"), "\(structure)")
        let csv = try print(maker.bytes, "--csv")
        #expect(csv.status == 64 && csv.errors.contains("other columns"), "\(csv)")
    }

    @Test func `numbers of stacks are shown as their addresses, with the names of a kallsyms`() throws {
        var stacks = CaptureSource(number: 0)
        (stacks.mapName, stacks.mapType, stacks.content) = ("stacks", 7, .elements)
        (stacks.keySize, stacks.valueSize) = (4, 24)
        var counts = CaptureSource(number: 1)
        (counts.mapName, counts.mapType, counts.content) = ("counts", 1, .elements)
        var maker = try CaptureMaker(
            sources: [stacks, counts],
            schemas: [
                CaptureMaker.schema("struct { u32 key; u64 value[3] __attribute__((btf_decl_tag(\"fmt:stack\"))); }"),
                CaptureMaker.schema(
                    "struct { struct { int id __attribute__((btf_decl_tag(\"fmt:stackid\"))); } key; u64 value; }",
                    source: 1),
            ])
        let frames: [UInt64] = [0xffff_ffff_8100_0110, 0x7f00_0000_1234, 0]
        maker.add(
            snapshot: [bytes(UInt64(5)) + frames.flatMap { bytes($0) }], began: 1_000_000_000, keySize: 4, valueSize: 24
        )
        func count(_ id: Int32, _ number: UInt64) -> [UInt8] { bytes(id) + [0, 0, 0, 0] + bytes(number) }
        maker.add(
            snapshot: [count(5, 70), count(6, 80), count(-14, 90)], source: 1, began: 1_000_000_000, keySize: 4,
            valueSize: 8)
        maker.end()
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "kallsyms")
            try Data("ffffffff81000000 T _stext\nffffffff81000100 T do_first\n".utf8).write(to: file)
            let table = try print(maker.bytes, "--kallsyms", file.path)
            let rows = table.output.split(separator: "\n").map { $0.split(separator: " ") }
            #expect(rows.count == 5 && rows.first?.first == "counts,", "\(table)")
            #expect(
                rows.dropFirst(2) == [["do_first+0x10;0x7f0000001234", "70"], ["6", "80"], ["-EFAULT", "90"]],
                "\(table)")
            let json = try print(maker.bytes, "--kallsyms", file.path, "--json")
            #expect(json.output.contains(#""key":{"id":"do_first+0x10;0x7f0000001234"},"value":70"#), "\(json)")
            #expect(json.output.contains(#""key":5,"value":"do_first+0x10;0x7f0000001234""#), "\(json)")
            let own = try print(maker.bytes, "--kallsyms", file.path, "--map", "stacks", "--format", "{key} {value}")
            #expect(own.output == "5 do_first+0x10;0x7f0000001234\n", "\(own)")
            let one = try print(maker.bytes, "--kallsyms", file.path, "--map", "counts", "--format", "{key.id}")
            #expect(one.output == "do_first+0x10;0x7f0000001234\n6\n-EFAULT\n", "\(one)")
        }
    }

    @Test func `elements behind events of another source have the time and the number of their snapshot`() throws {
        var event = CaptureSource(number: 0)
        event.mapName = "rb"
        var counts = CaptureSource(number: 1)
        (counts.mapName, counts.mapType, counts.content) = ("counts", 1, .elements)
        var maker = try CaptureMaker(
            sources: [event, counts],
            schemas: [
                CaptureMaker.schema("struct { u64 key; }"),
                CaptureMaker.schema("struct { u64 key; u64 value; }", source: 1),
            ])
        func block(_ key: UInt64, flags: UInt32) {
            maker.add(
                snapshot: [bytes(key) + bytes(UInt64(1))], source: 1, number: 7, began: 1_000_000_000, keySize: 8,
                valueSize: 8, flags: flags)
        }
        block(1, flags: 1)
        maker.add([CaptureMaker.Record(pid: 12, time: 2_000_000_000, bytes: bytes(UInt64(5)))])
        block(2, flags: 2)
        maker.end()
        let lines = try print(maker.bytes, "--json").output.split(separator: "\n")
        let last = try #require(lines.last { $0.contains(#""key":2"#) })
        #expect(last.contains(#""_snapshot":7"#) && !last.contains(#""_pid""#), "\(lines)")
    }

    @Test func `programs get one object an element, and one that says that there are none`() throws {
        let outcome = try print(try traffic(), "--json", "--delta")
        let objects = try outcome.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(objects[0]["key"] as? Int == 1 && objects[0]["_snapshot"] as? Int == 1 && objects[0]["delta"] == nil)
        #expect((objects[3]["rate"] as? [String: Double])?["bytes"] == 100, "\(outcome.output)")
        let last = try #require(objects.last)
        #expect(
            last["_elements"] as? Int == 0 && last["_extent"] as? String == "whole"
                && last["_map"] as? String == "counts")
        let csv = try print(try traffic(), "--csv")
        #expect(csv.output.hasPrefix("_time,_snapshot,key,value.bytes,value.calls,_lost,_rest\n"), "\(csv)")
        #expect(csv.output.split(separator: "\n").count == 7)
    }

    @Test func `values per CPU are summed, or each a row`() throws {
        let layout = "struct { u64 key; u64 value; }"
        let stream = try capture(
            layout: layout, type: 5, valueSize: 8, cpus: 2, [[bytes(UInt64(1)) + bytes(UInt64(5)) + bytes(UInt64(7))]])
        #expect(try print(stream, "--format", "{key} {value}").output == "1 12\n")
        #expect(try print(stream, "--per-cpu", "each", "--format", "{_cpu} {value}").output == "0 5\n1 7\n")
        #expect(try print(stream, "--per-cpu", "minmax", "--lines", "--json").status == 64)
        #expect(
            try print(stream, "--per-cpu", "minmax", "--csv", "--fields", "value,min,max").output.hasPrefix(
                "value,min,max,_lost,_rest\n12,5,7"))
    }

    @Test func `global variables are rows, and one object for programs`() throws {
        let layout = "struct { struct { u64 hits; u32 of[2]; } value; }"
        let stream = try capture(
            map: ".bss", layout: layout, type: 2, content: .globals, keySize: 0, valueSize: 16,
            [
                [bytes(UInt64(5)) + bytes(UInt32(1)) + bytes(UInt32(2))],
                [bytes(UInt64(25)) + bytes(UInt32(1)) + bytes(UInt32(2))],
            ])
        let table = try print(stream, "--delta")
        let rows = table.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows[1] == ["name", "value", "delta", "rate"] && rows[2] == ["hits", "5"], "\(table)")
        #expect(rows[6] == ["hits", "25", "20", "2.0"], "\(table)")
        #expect(try print(stream, "--json").output.hasPrefix(#"{"value":{"hits":5,"of":[1,2]},"#))
    }

    @Test func `histograms are drawn with their bounds, and are beside the elements for programs`() throws {
        let layout = "struct { u32 key; u32 pad; struct { u32 slots[4]; char comm[8]; } value; }"
        let element =
            bytes(UInt32(7)) + bytes(UInt32(0)) + bytes(UInt32(1)) + bytes(UInt32(4)) + bytes(UInt32(0))
            + bytes(UInt32(3)) + Array("sshd\0\0\0\0".utf8)
        let stream = try capture(map: "wait_us", layout: layout, keySize: 8, valueSize: 24, [[element]])
        let drawn = try print(stream)
        #expect(drawn.output.contains("in us, key 7, comm sshd") || drawn.output.contains("comm sshd\n"), "\(drawn)")
        #expect(drawn.output.contains("[2, 4)        4 |@@@@"), "\(drawn)")
        #expect(drawn.output.contains("count 8, p50 [2, 4), p90 [8, ...], p99 [8, ...]"), "\(drawn)")
        #expect(drawn.errors.contains("powers of two"), "\(drawn)")
        let linear = try print(stream, "--hist", "wait_us:linear(0,10)")
        #expect(linear.output.contains("[10, 20)") && linear.errors.isEmpty, "\(linear)")
        #expect(try print(stream, "--table").output.contains("[1, 4, 0, 3]"))
        let json = try print(stream, "--json").output
        #expect(json.contains(#""_hist":{"value.slots":{"unit":"us","count":8,"p50":{"from":2,"below":4}"#), "\(json)")
    }

    @Test func `settings of a program say the unit of its histograms, and one without values says so`() throws {
        var settings = CaptureSource(number: 0)
        (settings.mapName, settings.mapType, settings.content) = (".rodata", 2, .globals)
        var hists = CaptureSource(number: 1)
        (hists.mapName, hists.mapType, hists.content) = ("hists", 1, .elements)
        var maker = try CaptureMaker(
            sources: [settings, hists],
            schemas: [
                CaptureMaker.schema("struct { struct { u64 targ_ms; } value; }"),
                CaptureMaker.schema("struct { u64 key; struct { u32 slots[2]; } value; }", source: 1),
            ])
        maker.add(snapshot: [bytes(UInt64(1))], began: 1_000_000_000, keySize: 0, valueSize: 8)
        let elements = [bytes(UInt64(1)) + bytes(UInt32(1)) + bytes(UInt32(2)), bytes(UInt64(2)) + bytes(UInt64(0))]
        maker.add(snapshot: elements, source: 1, began: 1_000_000_000, keySize: 8, valueSize: 8)
        maker.end()
        let drawn = try print(maker.bytes)
        #expect(drawn.output.contains("in ms, key 1\n") && drawn.output.contains("key 2: no values\n"), "\(drawn)")
        #expect(try print(maker.bytes, "--json").output.contains(#""unit":"ms""#))
        #expect(try print(maker.bytes, "--hist", "others").errors.contains("there is no map others"))
        #expect(try print(maker.bytes, "--hist", "hists.none").errors.contains("a histogram of hists is not shown"))
    }

    @Test func `a map that is full, a snapshot that is not whole and types that do not fit are told`() throws {
        let layout = "struct { u64 key; u64 value; }"
        let full = try capture(layout: layout, most: 1, valueSize: 8, [[bytes(UInt64(1)) + bytes(UInt64(2))]])
        #expect(try print(full).errors.contains("counts is full"))
        let limited = try capture(layout: layout, valueSize: 8, extent: 1, [[bytes(UInt64(1)) + bytes(UInt64(2))]])
        #expect(try print(limited).errors.contains("first 1 elements only"))
        let unfit = try capture(layout: layout, valueSize: 4, [[bytes(UInt64(1)) + bytes(UInt64(2))]])
        let outcome = try print(unfit)
        #expect(outcome.errors.contains("no known type") && outcome.output.contains("2"), "\(outcome)")
    }

    @Test func `the unit of histograms is that of the capture, where names do not say another`() throws {
        func drawn(_ layout: String, map: String = "hists") throws -> ProcessOutcome {
            var source = CaptureSource(number: 0)
            (source.mapName, source.mapType, source.content, source.unit) = (map, 1, .elements, "ms")
            var maker = try CaptureMaker(sources: [source], schemas: [CaptureMaker.schema(layout)])
            maker.add(
                snapshot: [bytes(UInt64(1)) + bytes(UInt32(1)) + bytes(UInt32(2))], began: 1_000_000_000, keySize: 8,
                valueSize: 8)
            maker.end()
            return try print(maker.bytes)
        }
        let told = try drawn("struct { u64 key; struct { u32 slots[2]; } value; }")
        #expect(told.output.contains("in ms, key 1\n"), "\(told)")
        let named = try drawn("struct { u64 key; struct { u32 slots[2]; } value; }", map: "wait_us")
        #expect(named.output.contains("in us, key 1\n"), "\(named)")
    }
}
