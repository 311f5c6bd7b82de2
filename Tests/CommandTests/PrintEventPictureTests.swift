// SPDX-License-Identifier: Apache-2.0

@testable import EventStream
import Foundation
import TestSupport
import Testing

/// print-event as a process: folded stacks, flame graphs, timelines and pages of stored captures.
struct PrintEventPictureTests {
    private static let kallsyms = """
        ffffffff81000000 T _stext
        ffffffff81000100 T do_first
        ffffffff81000200 T do_second

        """

    private static func comm(_ name: String) -> [UInt8] {
        let bytes = Array(name.utf8.prefix(16))
        return bytes + [UInt8](repeating: 0, count: 16 - bytes.count)
    }

    private func inFolder(_ body: (URL) throws -> Void) throws {
        try withTemporaryFolder { folder in
            try Data(Self.kallsyms.utf8).write(to: folder.appending(path: "kallsyms"))
            try body(folder)
        }
    }

    private func print(_ stream: [UInt8], _ folder: URL, _ arguments: String...) throws -> ProcessOutcome {
        try Tools.run(
            "print-event", ["--kallsyms", folder.appending(path: "kallsyms").path] + arguments, stdin: stream)
    }

    private func text(_ folder: URL, _ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    // MARK: Maps

    /// A map whose keys hold the numbers of stacks, and the map of stacks, as profile has them.
    private func profile(_ counts: [[(String, kernel: Int32, user: Int32, UInt64)]]) throws -> CaptureMaker {
        var stacks = CaptureSource(number: 0)
        (stacks.mapName, stacks.mapType, stacks.content) = ("stacks", 7, .elements)
        (stacks.keySize, stacks.valueSize) = (4, 24)
        var map = CaptureSource(number: 1)
        (map.mapName, map.mapType, map.content) = ("counts", 1, .elements)
        let number = "__attribute__((btf_decl_tag(\"fmt:stackid\")))"
        var maker = try CaptureMaker(
            sources: [stacks, map],
            schemas: [
                CaptureMaker.schema("struct { u32 key; u64 value[3] __attribute__((btf_decl_tag(\"fmt:stack\"))); }"),
                CaptureMaker.schema(
                    """
                    struct { struct { u32 pid; int kernel_stack_id \(number); int user_stack_id \(number); char comm[16]; } key;
                      u64 value; }
                    """, source: 1),
            ])
        let known: [(UInt64, [UInt64])] = [
            (5, [0xffff_ffff_8100_0210, 0xffff_ffff_8100_0104, 0]), (6, [0x7f00_0000_1234, 0x40_0000, 0]),
        ]
        for (index, snapshot) in counts.enumerated() {
            let began = UInt64(index + 1) * 1_000_000_000
            maker.add(
                snapshot: known.map { bytes($0) + $1.flatMap { bytes($0) } }, number: UInt64(index + 1), began: began,
                keySize: 4, valueSize: 24)
            let elements = snapshot.map { comm, kernel, user, count in
                bytes(UInt32(7)) + bytes(kernel) + bytes(user) + Self.comm(comm) + [0, 0, 0, 0] + bytes(count)
            }
            maker.add(
                snapshot: elements, source: 1, number: UInt64(index + 1), began: began, keySize: 28, valueSize: 8)
        }
        return maker
    }

    @Test func `keys that hold numbers of stacks are folded: the process, its user space, the kernel on top`() throws {
        var maker = try profile([
            [("sshd", 5, 6, 70), ("sshd", 5, -14, 3), ("bash", -14, 6, 2), ("a;b", 99, -17, 4), ("idle", -14, -14, 1)]
        ])
        maker.end()
        try inFolder { folder in
            let outcome = try print(maker.bytes, folder, "--folded")
            #expect(
                outcome.output == """
                    a\\x3bb;[unknown];[unknown] 4
                    bash;0x400000;0x7f0000001234 2
                    idle;[unknown] 1
                    sshd;0x400000;0x7f0000001234;do_first;do_second 70
                    sshd;do_first;do_second 3

                    """, "\(outcome)")
            #expect(outcome.status == 0 && outcome.errors.contains("[unknown]: stacks of weight 5"), "\(outcome)")
            let kernel = try print(
                maker.bytes, folder, "--folded", "--stack", "key.kernel_stack_id", "--where", "value > 2")
            #expect(
                kernel.output == "a\\x3bb;[unknown] 4\nsshd;do_first;do_second 73\n", "\(kernel)")
        }
    }

    @Test func `stacks by build ids are folded by their numbers, and where an event has them itself`() throws {
        func place(_ id: UInt8, _ offset: UInt64) -> [UInt8] {
            [1, 0, 0, 0] + [UInt8](repeating: id, count: 20) + bytes(offset)
        }
        var stacks = CaptureSource(number: 0)
        (stacks.mapName, stacks.mapType, stacks.content) = ("stacks", 7, .elements)
        (stacks.keySize, stacks.valueSize, stacks.mapFlags) = (4, 96, 1 << 5)
        var map = CaptureSource(number: 1)
        (map.mapName, map.mapType, map.content) = ("counts", 1, .elements)
        let tag = "__attribute__((btf_decl_tag(\"fmt:buildid\")))"
        let layout = "struct { u32 key; u32 gap; unsigned char value[96] \(tag); }"
        var maker = try CaptureMaker(
            sources: [stacks, map],
            schemas: [
                CaptureMaker.schema(layout),
                CaptureMaker.schema(
                    "struct { u32 key __attribute__((btf_decl_tag(\"fmt:stackid\"))); u64 value; }", source: 1),
            ])
        let stack = place(0xaa, 0x10) + place(0xbb, 0x21) + [UInt8](repeating: 0, count: 32)
        maker.add(
            snapshot: [bytes(UInt64(5)) + stack], number: 1, began: 1_000_000_000, keySize: 4, valueSize: 96)
        maker.add(
            snapshot: [bytes(UInt64(5)) + bytes(UInt64(7))], source: 1, number: 1, began: 1_000_000_000, keySize: 4,
            valueSize: 8)
        maker.end()
        try inFolder { folder in
            let outcome = try print(maker.bytes, folder, "--folded")
            #expect(outcome.output == "bbbbbbbbbbbb+0x21;aaaaaaaaaaaa+0x10 7\n", "\(outcome)")
            let lines = try print(maker.bytes, folder, "--lines", "--map", "counts")
            #expect(lines.output.contains("aaaaaaaaaaaa+0x10;bbbbbbbbbbbb+0x21"), "\(lines)")
        }
    }

    @Test func `a map is drawn as it was last, since its values count on`() throws {
        var maker = try profile([[("sshd", 5, -14, 70)], [("sshd", 5, -14, 90), ("bash", 5, -14, 1)]])
        maker.end()
        try inFolder { folder in
            let outcome = try print(maker.bytes, folder, "--folded")
            #expect(outcome.output == "bash;do_first;do_second 1\nsshd;do_first;do_second 90\n", "\(outcome)")
        }
    }

    @Test func `a flame graph and a profile are files, and nothing is printed`() throws {
        var maker = try profile([[("</svg>", 5, 6, 75), ("bash", -14, 6, 25)]])
        maker.end()
        try inFolder { folder in
            let (svg, json) = (folder.appending(path: "a.svg").path, folder.appending(path: "a.json").path)
            let outcome = try print(maker.bytes, folder, "--flamegraph", svg, "--speedscope", json)
            #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome)")
            let picture = try text(folder, "a.svg")
            #expect(picture.contains("counts by value") && picture.contains("do_second — 75 value, 75 %"), "\(picture)")
            #expect(picture.contains("&lt;/svg&gt;") && picture.components(separatedBy: "</svg>").count > 4)
            #expect(try JSONSerialization.jsonObject(with: Data(text(folder, "a.json").utf8)) is [String: Any])
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(files == ["a.json", "a.svg", "kallsyms"])
        }
    }

    @Test func `two captures are compared`() throws {
        var now = try profile([[("sshd", 5, -14, 30)]])
        var before = try profile([[("sshd", 5, -14, 1), ("bash", 5, -14, 1)]])
        now.end()
        before.end()
        try inFolder { folder in
            let file = folder.appending(path: "before.bev")
            try Data(before.bytes).write(to: file)
            let outcome = try print(now.bytes, folder, "--folded", "--diff", file.path)
            #expect(outcome.output == "bash;do_first;do_second 1 0\nsshd;do_first;do_second 1 30\n", "\(outcome)")
            #expect(!outcome.errors.contains("--diff"), "\(outcome)")
            let none = try print(now.bytes, folder, "--folded", "--diff", folder.appending(path: "none.bev").path)
            #expect(none.status == 66, "\(none)")
            let weights = try print(try requests().bytes, folder, "--folded", "--diff", file.path)
            #expect(weights.errors.contains("count something else (events, value)"), "\(weights)")
            let plain = folder.appending(path: "plain.bev")
            var unstacked = try CaptureMaker(layout: "struct plain { u64 id; }")
            unstacked.end()
            try Data(unstacked.bytes).write(to: plain)
            let empty = try print(now.bytes, folder, "--folded", "--diff", plain.path)
            #expect(empty.errors.contains("the capture of --diff has no stacks"), "\(empty)")
        }
    }

    // MARK: Events

    private static let request = """
        struct req { u64 id; u64 wait_us; char comm[16]; u64 addresses[2] __attribute__((btf_decl_tag("fmt:stack"))); }
        """

    private func request(_ id: UInt64, _ wait: UInt64, _ name: String) -> [UInt8] {
        bytes(id) + bytes(wait) + Self.comm(name) + bytes(UInt64(0xffff_ffff_8100_0204)) + bytes(UInt64(0))
    }

    private func requests() throws -> CaptureMaker {
        var maker = try CaptureMaker(map: "events", layout: Self.request)
        maker.add([
            .init(pid: 7, time: 1_000_000_000, bytes: request(1, 250, "sshd")),
            .init(cpu: 0, pid: 8, time: 1_500_000_000, bytes: request(2, 30, "</script>")),
        ])
        maker.add(CaptureLoss(source: 0, cpu: 0, events: 12, from: 1_600_000_000, to: 1_700_000_000, cause: .ringFull))
        maker.add([.init(pid: 7, time: 2_000_000_000, bytes: request(1, 20, "sshd"))])
        return maker
    }

    @Test func `stacks of events count events, or the field that is named, and losses are seen`() throws {
        var maker = try requests()
        maker.end()
        try inFolder { folder in
            let counted = try print(maker.bytes, folder, "--folded")
            #expect(counted.output == "</script>;do_second 1\n[lost] 12\nsshd;do_second 2\n", "\(counted)")
            let weighed = try print(maker.bytes, folder, "--folded", "--weight", "wait_us")
            #expect(weighed.output == "</script>;do_second 30\nsshd;do_second 270\n", "\(weighed)")
            let svg = folder.appending(path: "a.svg").path
            _ = try print(maker.bytes, folder, "--flamegraph", svg, "--weight", "wait_us")
            let picture = try text(folder, "a.svg")
            #expect(picture.contains("[lost 12]") && picture.contains("sshd — 270.000us"), "\(picture)")
        }
    }

    @Test func `events whose stacks come behind them wait for those`() throws {
        var event = CaptureSource(number: 0)
        event.mapName = "events"
        var stacks = CaptureSource(number: 1)
        (stacks.mapName, stacks.mapType, stacks.content) = ("stacks", 7, .elements)
        (stacks.keySize, stacks.valueSize) = (4, 16)
        var maker = try CaptureMaker(
            sources: [event, stacks],
            schemas: [
                CaptureMaker.schema("struct hit { u32 kern_stack_id; u32 n; }"),
                CaptureMaker.schema(
                    "struct { u32 key; u64 value[2] __attribute__((btf_decl_tag(\"fmt:stack\"))); }", source: 1),
            ])
        maker.add([
            .init(pid: 3, time: 1, bytes: bytes(UInt32(5)) + bytes(UInt32(0))),
            .init(pid: 3, time: 2, bytes: bytes(UInt32(6)) + bytes(UInt32(0))),
        ])
        maker.add(
            snapshot: [bytes(UInt64(5)) + bytes(UInt64(0xffff_ffff_8100_0104)) + bytes(UInt64(0))], source: 1, began: 9,
            keySize: 4, valueSize: 16)
        maker.end()
        try inFolder { folder in
            let outcome = try print(maker.bytes, folder, "--folded")
            #expect(outcome.output == "process 3;[unknown] 1\nprocess 3;do_first 1\n", "\(outcome)")
            // The one that came is not told.
            #expect(outcome.errors.contains("1 stacks are missing"), "\(outcome)")
        }
    }

    @Test func `an event whose stack comes behind it is of the program that its process was then`() throws {
        var event = CaptureSource(number: 0)
        event.mapName = "events"
        var stacks = CaptureSource(number: 1)
        (stacks.mapName, stacks.mapType, stacks.content) = ("stacks", 7, .elements)
        (stacks.keySize, stacks.valueSize) = (4, 16)
        let schemas = [
            try CaptureMaker.schema("struct hit { u32 user_stack_id; u32 n; }"),
            try CaptureMaker.schema(
                "struct { u32 key; u64 value[2] __attribute__((btf_decl_tag(\"fmt:stack\"))); }", source: 1),
        ]
        var maker = try CaptureMaker(sources: [event, stacks], schemas: schemas)
        func preamble(_ path: String) throws -> [UInt8] {
            var header = CaptureHeader(bootOffset: CaptureMaker.bootOffset, began: 1_000_000_000)
            header.machine = "x86_64"
            var preamble = CapturePreamble(header: header, sources: [event, stacks], schemas: schemas)
            let code = CaptureProcess.Mapping(start: 0x1000, end: 0x2000, offset: 0, path: path)
            preamble.processes = [CaptureProcess(pid: 3, mappings: [code])]
            return try preamble.bytes()
        }
        let hit = bytes(UInt32(5)) + bytes(UInt32(0))
        maker.add([.init(pid: 3, time: 1, bytes: hit)])
        let first = maker.bytes.count
        maker.add([.init(pid: 3, time: 2, bytes: hit)])
        maker.add(
            snapshot: [bytes(UInt64(5)) + bytes(UInt64(0x1500)) + bytes(UInt64(0))], source: 1, began: 9, keySize: 4,
            valueSize: 16)
        maker.end()
        var stream = try preamble("/none/old")
        stream += maker.bytes[..<first]
        stream += try preamble("/none/new")
        stream += maker.bytes[first...]
        try inFolder { folder in
            let outcome = try print(stream, folder, "--folded")
            #expect(outcome.output == "process 3;new+0x500 1\nprocess 3;old+0x500 1\n", "\(outcome)")
        }
    }

    @Test func `weights that count different things are told`() throws {
        let stack = "u64 ip[2] __attribute__((btf_decl_tag(\"fmt:stack\")));"
        var maker = try CaptureMaker(
            sources: [CaptureSource(number: 0), CaptureSource(number: 1)],
            schemas: [
                CaptureMaker.schema("struct one { \(stack) u64 n; }"),
                CaptureMaker.schema(
                    "struct two { \(stack) u64 n __attribute__((btf_decl_tag(\"fmt:ns\"))); }", source: 1),
            ])
        let event = bytes(UInt64(0xffff_ffff_8100_0104)) + bytes(UInt64(0)) + bytes(UInt64(7))
        maker.add([.init(pid: 3, time: 1, bytes: event)])
        maker.add([.init(pid: 3, time: 2, bytes: event)], source: 1)
        maker.end()
        try inFolder { folder in
            let mixed = try print(maker.bytes, folder, "--folded", "--weight", "n")
            #expect(mixed.status == 0 && mixed.errors.contains("choose by --map or --weight"), "\(mixed)")
            let events = try print(maker.bytes, folder, "--folded")
            #expect(events.output == "process 3;do_first 2\n" && !events.errors.contains("choose by"), "\(events)")
        }
    }

    // MARK: Timelines

    /// A timeline as a strict reader has it.
    private func timeline(_ folder: URL, _ name: String) throws -> [[String: Any]] {
        let records = try #require(
            try JSONSerialization.jsonObject(with: Data(text(folder, name).utf8)) as? [[String: Any]])
        var open: [String: String] = [:]
        for record in records {
            let phase = try #require(record["ph"] as? String)
            #expect(["M", "i", "b", "e", "C"].contains(phase), "\(record)")
            #expect(record["name"] is String && record["pid"] is Int && record["tid"] is Int, "\(record)")
            #expect(record["args"] is [String: Any], "\(record)")
            if phase != "M" { #expect((record["ts"] as? Double).map { $0 >= 0 } == true, "\(record)") }
            guard phase == "b" || phase == "e" else { continue }
            let (id, name) = (try #require(record["id"] as? String), try #require(record["name"] as? String))
            if phase == "b" {
                #expect(open.updateValue(name, forKey: id) == nil, "\(record)")
            } else {
                #expect(open[id] == name, "\(record)")
            }
        }
        return records
    }

    @Test func `a timeline has instants with their fields on named threads, and losses on a track of their own`() throws
    {
        var maker = try requests()
        maker.end()
        try inFolder { folder in
            let file = folder.appending(path: "t.json").path
            let outcome = try print(maker.bytes, folder, "--perfetto", file)
            #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome)")
            let records = try timeline(folder, "t.json")
            let instants = records.filter { $0["ph"] as? String == "i" }
            #expect(instants.map { $0["name"] as? String } == ["req", "req", "req"])
            #expect(instants.map { $0["ts"] as? Double } == [1_000_000, 1_500_000, 2_000_000])
            #expect(instants.map { $0["pid"] as? Int } == [7, 8, 7])
            let args = instants.first?["args"] as? [String: Any]
            #expect(args?["comm"] as? String == "sshd", "\(args ?? [:])")
            #expect(args?["addresses"] as? String == "do_second+0x4", "\(args ?? [:])")
            let names = records.filter { $0["name"] as? String == "thread_name" && $0["tid"] as? Int == 8 }
            #expect((names.first?["args"] as? [String: String]) == ["name": "</script>"])
            let lost = records.filter { $0["name"] as? String == "lost 12" }
            #expect(lost.map { $0["ts"] as? Double } == [1_600_000, 1_700_000])
        }
    }

    @Test func `spans are by a duration, or by what begins and ends them`() throws {
        var maker = try requests()
        maker.end()
        try inFolder { folder in
            let file = folder.appending(path: "t.json").path
            let by = try print(maker.bytes, folder, "--perfetto", file, "--span", "duration=wait_us")
            #expect(by.status == 0, "\(by)")
            let starts = try timeline(folder, "t.json").filter { record in
                record["ph"] as? String == "b" && record["name"] as? String == "req"
            }
            #expect(starts.map { $0["ts"] as? Double } == [999_750, 1_499_970, 1_999_980])
            let span = "start={wait_us >= 30} end={wait_us < 30} by=id name=request"
            let ends = try print(maker.bytes, folder, "--perfetto", file, "--span", span)
            #expect(ends.status == 0 && ends.errors.contains("1 spans have no end"), "\(ends)")
            let spans = try timeline(folder, "t.json").filter { $0["name"] as? String == "request" }
            #expect(spans.map { $0["ph"] as? String } == ["b", "b", "e"])
            #expect(spans.last?["id"] as? String == spans.first?["id"] as? String && spans.last?["pid"] as? Int == 7)
            for wrong in ["", "start=a", "duration=wait_us by=id", "start={x end=y", "begin=a end=b"] {
                let outcome = try print(maker.bytes, folder, "--perfetto", file, "--span", wrong)
                #expect(outcome.status == 64, "\(wrong): \(outcome)")
            }
            let unknown = try print(maker.bytes, folder, "--perfetto", file, "--span", "duration=wait_ms")
            #expect(unknown.status == 64 && unknown.errors.contains("wait_us"), "\(unknown)")
        }
    }

    @Test func `maps are counters of a timeline`() throws {
        var maker = try profile([[("sshd", 5, 6, 70)], [("sshd", 5, 6, 90)]])
        maker.end()
        try inFolder { folder in
            _ = try print(maker.bytes, folder, "--perfetto", folder.appending(path: "t.json").path)
            let counters = try timeline(folder, "t.json").filter { $0["ph"] as? String == "C" }
            #expect(counters.map { ($0["args"] as? [String: Int])?["value"] } == [70, 90])
            #expect(counters.map { $0["ts"] as? Double } == [1_000_000, 2_000_000])
        }
    }

    @Test func `a timeline of a stream that is damaged or cut is valid up to there`() throws {
        let maker = try requests()
        try inFolder { folder in
            let cut = Array(maker.bytes.dropLast(20))
            let outcome = try print(cut, folder, "--perfetto", folder.appending(path: "t.json").path)
            #expect(outcome.status != 0 || outcome.errors.contains("no end"), "\(outcome)")
            #expect(try timeline(folder, "t.json").contains { $0["ph"] as? String == "i" })
        }
    }

    // MARK: Pages

    @Test func `a page has all figures, as text and as data`() throws {
        var maker = try requests()
        maker.end()
        try inFolder { folder in
            let outcome = try print(maker.bytes, folder, "--html", folder.appending(path: "r.html").path)
            #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome)")
            let page = try text(folder, "r.html")
            #expect(page.contains("req.comm") && page.contains("req.wait_us") && page.contains("[lost 12]"), "\(page)")
            #expect(page.contains("&lt;/script&gt;") && page.contains("class=\"flames\""))
            // One of the flame graph, one of the data.
            #expect(page.components(separatedBy: "</script>").count == 3)
            #expect(!page.contains("src=") && !page.contains("href="))
            let start = try #require(page.range(of: "id=\"data\">"))
            let end = try #require(page.range(of: "</script>", options: .backwards))
            let json = Data(page[start.upperBound..<end.lowerBound].utf8)
            let data = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
            let tables = try #require(data["tables"] as? [[String: Any]])
            #expect("\(tables)".contains("</script>") && (data["facts"] as? [String: String])?["events"] == "3")
            let chosen = try print(
                maker.bytes, folder, "--html", folder.appending(path: "s.html").path, "--summary", "id", "--by", "comm")
            #expect(chosen.status == 0, "\(chosen)")
            #expect(try !text(folder, "s.html").contains("req.wait_us"))
        }
    }

    @Test func `ten times the events take no more memory`() throws {
        try inFolder { folder in
            var maker = try CaptureMaker(map: "events", layout: Self.request)
            var records: [CaptureMaker.Record] = []
            for number in 0..<4000 {
                let event = request(UInt64(number % 500), UInt64(number), "p\(number % 50)")
                let time: UInt64 = 1_000_000_000 + UInt64(number) * 1000
                records.append(CaptureMaker.Record(pid: UInt32(number % 50) + 1, time: time, bytes: event))
            }
            let pipe = Pipe()
            let files = [folder.appending(path: "t.json").path, folder.appending(path: "r.html").path]
            let tool = try Tools.start(
                "print-event",
                ["--perfetto", files[0], "--html", files[1], "--span", "start={id < 250} end={id >= 250} by=wait_us"],
                stdin: pipe.fileHandleForReading)
            func peak(after blocks: Int) throws -> Int {
                for _ in 0..<blocks {
                    let start = maker.bytes.count
                    maker.add(records)
                    let fresh = maker.bytes[start...]
                    try pipe.fileHandleForWriting.write(contentsOf: Data(fresh))
                }
                #expect(tool.waitUntilIdle())
                let status = try String(contentsOfFile: "/proc/\(tool.pid)/status", encoding: .utf8)
                let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
                return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
            }
            try pipe.fileHandleForWriting.write(contentsOf: Data(maker.bytes))
            let first = try peak(after: 3)
            let last = try peak(after: 27)
            #expect(last - first < 8 << 10, "\(first) KiB, then \(last) KiB")
            try pipe.fileHandleForWriting.close()
            #expect(tool.finish() == 0, "\(tool.errors)")
            #expect(try text(folder, "r.html").utf8.count < 1 << 20)
        }
    }

    @Test func `a picture is whole though nobody reads what is printed`() throws {
        try inFolder { folder in
            var maker = try requests()
            maker.end()
            let (input, output) = (Pipe(), Pipe())
            let tool = try Tools.start(
                "print-event", ["--html", folder.appending(path: "r.html").path], stdin: input.fileHandleForReading,
                stdout: output.fileHandleForWriting)
            try output.fileHandleForReading.close()
            #expect(tool.waitUntilIdle(), "\(tool.errors)")
            try input.fileHandleForWriting.write(contentsOf: Data(maker.bytes))
            try input.fileHandleForWriting.close()
            #expect(tool.finish() == 0, "\(tool.errors)")
            #expect(try text(folder, "r.html").contains("</html>"))
        }
    }

    @Test func `behind another capture a map of several files is counted once, too`() throws {
        let snapshot = [("sshd", kernel: Int32(5), user: Int32(-14), UInt64(30))]
        let first = try profile([snapshot]).bytes
        var both = try profile([snapshot, snapshot])
        both.end()
        let other = CaptureHeader(bootOffset: CaptureMaker.bootOffset, began: 5)
        var stream = try CapturePreamble(header: other).bytes()
        stream += first
        // The preamble of a further file.
        stream += try profile([]).bytes
        stream += both.bytes[first.count...]
        try inFolder { folder in
            let outcome = try print(stream, folder, "--folded")
            #expect(outcome.output == "sshd;do_first;do_second 30\n", "\(outcome)")
        }
    }

    // MARK: Mistakes

    @Test func `what does not go together is told before anything is written`() throws {
        var maker = try requests()
        maker.end()
        try inFolder { folder in
            let svg = folder.appending(path: "a.svg").path
            for arguments in [
                ["--folded", "--json"], ["--folded", "--fields", "id"], ["--weight", "id"],
                ["--flamegraph", svg, "--by", "comm"], ["--diff", svg], ["--span", "duration=id"],
                ["--folded", "--weight", "comm"], ["--folded", "--stack", "comm"], ["--folded", "--weight", "wait_ms"],
                ["--flamegraph", svg, "--speedscope", svg],
            ] {
                let outcome = try Tools.run("print-event", arguments, stdin: maker.bytes)
                #expect(outcome.status == 64, "\(arguments): \(outcome)")
            }
            #expect(!FileManager.default.fileExists(atPath: svg))
            let nowhere = try print(maker.bytes, folder, "--flamegraph", folder.appending(path: "no/a.svg").path)
            #expect(nowhere.status == 74 && nowhere.output.isEmpty, "\(nowhere)")
            var none = try CaptureMaker(map: "events", layout: "struct plain { u64 id; }")
            none.add([.init(time: 1, bytes: bytes(UInt64(1)))])
            none.end()
            let without = try print(none.bytes, folder, "--flamegraph", svg)
            #expect(without.status == 64 && without.errors.contains("--stack"), "\(without)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["kallsyms"])
        }
    }

    @Test func `a link is not followed, and what a signal ends is whole`() throws {
        var maker = try requests()
        maker.end()
        try inFolder { folder in
            let (file, link) = (folder.appending(path: "file"), folder.appending(path: "link.svg"))
            try Data("kept".utf8).write(to: file)
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
            let outcome = try print(maker.bytes, folder, "--flamegraph", link.path)
            #expect(outcome.status == 74, "\(outcome)")
            #expect(try text(folder, "file") == "kept")
            let stream = folder.appending(path: "stream.bev")
            try Data(try requests().bytes).write(to: stream)
            let over = try print([], folder, "--perfetto", stream.path, stream.path)
            #expect(over.status == 64 && over.errors.contains("is the capture that is read"), "\(over)")
            #expect(try Data(contentsOf: stream) == Data(try requests().bytes))
            let out = folder.appending(path: "t.json")
            let tool = try Tools.start("print-event", ["--perfetto", out.path, "--follow", stream.path])
            #expect(tool.waitUntilIdle())
            #expect(tool.end(SIGINT) == 0, "\(tool.errors)")
            #expect(try timeline(folder, "t.json").contains { $0["ph"] as? String == "i" })
        }
    }
}
