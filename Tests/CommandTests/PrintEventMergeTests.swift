// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation
import TestSupport
import Testing

/// `print-event --merge`: captures of several hosts as one, against what is known of each.
struct PrintEventMergeTests {
    private static let start: UInt64 = 1_000_000_000
    private static let millisecond: UInt64 = 1_000_000

    /// A host whose events are at known milliseconds of the time of day.
    private struct Host {
        let name: String
        var maker: CaptureMaker
        /// What its `CLOCK_MONOTONIC` is ahead of that of other hosts.
        let ahead: UInt64

        init(_ name: String, ahead: UInt64 = 0, behind: Int64 = 0, error: UInt64? = 1_500_000) throws {
            self.name = name
            self.ahead = ahead
            let header = CaptureMaker.header(
                host: name, boot: "boot-of-\(name)", began: start + ahead, skew: -Int64(ahead) - behind, error: error)
            maker = try CaptureMaker(layout: "struct { u32 n; }", header: header)
        }

        /// Adds a block of events, one at each of these milliseconds.
        mutating func add(_ milliseconds: [UInt64], cpu: UInt32 = 0) {
            maker.add(
                milliseconds.map {
                    .init(cpu: cpu, time: start + ahead + $0 * millisecond, bytes: bytes(UInt32($0)))
                })
        }

        mutating func lose(_ count: UInt64?, at time: UInt64) {
            maker.add(
                CaptureLoss(
                    source: 0, cpu: 0, events: count, from: start + ahead + time * millisecond, cause: .ringFull))
        }
    }

    private func merge(
        _ files: [(name: String, bytes: [UInt8])], _ options: [String] = []
    ) throws -> ProcessOutcome {
        try withTemporaryFolder { folder in
            for file in files { try Data(file.bytes).write(to: folder.appending(path: file.name)) }
            return try Tools.run(
                "print-event", ["--merge"] + options + files.map { folder.appending(path: $0.name).path })
        }
    }

    private func records(_ outcome: ProcessOutcome) throws -> [PrintEventIdentityTests.Record] {
        try PrintEventIdentityTests.records(outcome.output)
    }

    /// Three hosts of ten events each, drained one CPU after the other.
    private func fleet() throws -> [Host] {
        var hosts = try [Host("a"), Host("b", ahead: 7_777_777_777), Host("c", ahead: 500)]
        for index in hosts.indices {
            let milliseconds = (0..<10).map { UInt64($0 * 3 + index) }
            hosts[index].add(milliseconds.enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
            hosts[index].add(milliseconds.enumerated().filter { $0.offset % 2 == 1 }.map(\.element), cpu: 1)
            hosts[index].maker.end()
        }
        return hosts
    }

    @Test func `events of all hosts come in the order of the time of day, whatever their own clocks count from`() throws
    {
        let files = try fleet().map { ($0.name, $0.maker.bytes) }
        let outcome = try merge(files, ["--format", "{_host}{n}"])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.split(separator: "\n") == (0..<30).map { "\(["a", "b", "c"][$0 % 3])\($0)" })
        for host in ["a", "b", "c"] {
            #expect(outcome.errors.contains("\(host): 10 events, clock within 1.500 ms\n"), "\(outcome)")
        }
    }

    @Test func `every form that shows events says the host, and conditions and groups know it`() throws {
        let files = try fleet().map { ($0.name, $0.maker.bytes) }
        #expect(try merge(files, ["--lines", "--head", "2"]).output == "_host: a, n: 0\n_host: b, n: 1\n")
        #expect(try merge(files, ["--csv", "--head", "2"]).output == "_host,n,_lost,_rest\na,0,,\nb,1,,\n")
        let table = try merge(files, ["--table", "--head", "3"]).output.split(separator: "\n")
        #expect(table.count == 4 && table[0].hasPrefix("_host"), "\(table)")
        let json = try merge(files, ["--json", "--head", "1"])
        #expect(json.output.contains(#""_host":"a""#), "\(json)")
        #expect(json.errors.contains(#""event":"host","host":"b","captures":1,"#), "\(json)")
        #expect(try merge(files, ["--where", "_host == 'b' && n > 20", "--format", "{n}"]).output == "22\n25\n28\n")
        let groups = try merge(files, ["--by", "_host", "--csv"])
        #expect(groups.output.split(separator: "\n").dropFirst().count == 3, "\(groups)")
    }

    @Test func `losses stand where they were and are told by host`() throws {
        var (a, b) = try (Host("a"), Host("b", ahead: 99))
        a.add([1, 4])
        b.add([2])
        b.lose(12, at: 2)
        b.lose(nil, at: 3)
        b.add([5])
        a.maker.end()
        b.maker.end()
        let outcome = try merge([("a", a.maker.bytes), ("b", b.maker.bytes)], ["--json"])
        let lines = outcome.output.split(separator: "\n").map { $0.prefix { $0 != "," } }
        #expect(lines == [#"{"n":1"#, #"{"n":2"#, #"{"_lost":12"#, #"{"_lost":null"#, #"{"n":4"#, #"{"n":5"#])
        #expect(outcome.output.contains(#""_host":"b","_cause":"ring-full"}"#), "\(outcome)")
        #expect(outcome.errors.contains(#""host":"b","captures":1,"events":2,"lost":null"#), "\(outcome)")
        let text = try merge([("a", a.maker.bytes), ("b", b.maker.bytes)])
        #expect(text.errors.contains("b: lost 12 events on CPU 0\n"), "\(text)")
    }

    @Test func `files that are there twice, cut or rotated give each record once, with its key`() throws {
        var host = try Host("a")
        host.add([1, 2])
        host.add([3, 4])
        let first = host.maker.takeFile()
        host.add([5, 6])
        host.maker.end()
        let second = host.maker.takeFile()
        var other = try Host("b", ahead: 5)
        other.add([1, 6])
        other.maker.end()
        let alone = try Tools.run("print-event", ["--json", "--context", "full"], stdin: first + second)
        let expected = try Set(records(alone).map(\.key))
        let files = [
            ("2", second), ("b", other.maker.bytes), ("1", first), ("copy", first + second),
            ("cut", Array((first + second).dropLast(200))),
        ]
        let outcome = try merge(files, ["--json", "--context", "full"])
        let all = try records(outcome)
        let ofHost = all.filter { $0.members["_host"] as? String == "a" }
        #expect(ofHost.count == expected.count && Set(ofHost.map(\.key)) == expected, "\(outcome)")
        #expect(all.compactMap(\.number) == [1, 1, 2, 3, 4, 5, 6, 6], "\(outcome)")
        #expect(outcome.errors.contains(#""host":"a","captures":1,"events":6"#), "\(outcome)")
        let repeated = try #require(outcome.errors.firstMatch(of: /"host":"a".*?"repeated_blocks":(\d+)/))
        #expect(Int(repeated.1) ?? 0 >= 4, "\(outcome)")
    }

    @Test func `a gap is void if another file has the blocks, and is told with its host if none has`() throws {
        var host = try Host("a")
        host.add([1])
        host.add([2])
        host.add([3])
        host.maker.end()
        let whole = host.maker.bytes
        var holed = whole
        let second = try #require(holed.firstRange(of: bytes(UInt32(2)) + [0x89, 0x42]))
        holed[second.lowerBound] ^= 1
        let healed = try merge([("a", holed), ("b", whole)], ["--format", "{n}"])
        #expect(healed.output == "1\n2\n3\n" && !healed.errors.contains("missing"), "\(healed)")
        let torn = try merge([("a", holed)], ["--json", "--context", "full"])
        let gap = try records(torn).first { $0.kind == "gap" }
        #expect(gap?.members["_block"] as? Int == 2 && gap?.members["_missing_blocks"] as? Int == 1, "\(torn)")
        #expect(torn.status == 65 && torn.errors.contains("1 blocks are missing in the captures of a"), "\(torn)")
    }

    @Test func `a clock that is known to be behind is corrected, and hosts that are not there are errors`() throws {
        var (a, b) = try (Host("web1"), Host("web2", behind: 1_500_000, error: nil))
        a.add([10, 20])
        b.add([11, 21])
        let files = [("a", a.maker.bytes), ("b", b.maker.bytes)]
        #expect(try merge(files, ["--format", "{n}"]).output == "11\n10\n21\n20\n")
        let corrected = try merge(files, ["--format", "{n} {_time}", "--clock", "web2=+1.5ms"])
        #expect(corrected.output.hasPrefix("10 2026-11-21T12:00:00.010000000Z\n11 2026-11-21T12:00:00.011000000Z\n20"))
        #expect(corrected.errors.contains("1 of 2 hosts have clocks of unknown error"), "\(corrected)")
        let unknown = try merge(files, ["--clock", "web3=+1ms"])
        #expect(unknown.status == 64 && unknown.errors.contains("web1"), "\(unknown)")
        for text in ["web1", "web1=1ms", "=+1ms", "web1=+1parsec"] {
            #expect(try merge(files, ["--clock", text]).status == 64)
        }
    }

    @Test func `what cannot be merged is said`() throws {
        let several = try Tools.run("print-event", ["a.bev", "b.bev"])
        #expect(several.status == 64 && several.errors.contains("--merge"), "\(several)")
        for other in [["--follow"], ["--folded"]] {
            let outcome = try Tools.run("print-event", ["--merge", "a.bev"] + other)
            #expect(outcome.status == 64 && outcome.errors.contains("--merge"), "\(outcome)")
        }
        let frames = try merge([("frames", eventFrame())])
        #expect(frames.status == 64 && frames.errors.contains("no capture"), "\(frames)")
        let absent = try Tools.run("print-event", ["--merge", "/nonexistent.bev"])
        #expect(absent.status == 66 && absent.errors.contains("/nonexistent.bev"), "\(absent)")
        let alone = try Tools.run("print-event", ["--clock", "a=+1s"])
        #expect(alone.status == 64 && alone.errors.contains("--merge"), "\(alone)")
    }

    @Test func `a host that starts anew in a file keeps what its earlier capture says`() throws {
        var (old, new) = try (Host("a"), Host("a", ahead: 77))
        old.add([1, 2])
        old.maker.end()
        new.maker = try CaptureMaker(
            layout: "struct { u64 m; }",
            header: CaptureMaker.header(host: "a", boot: "later", began: Self.start + 77, skew: -77, error: 1))
        new.maker.add([.init(time: Self.start + 77 + 3 * Self.millisecond, bytes: bytes(UInt64(3)))])
        new.maker.end()
        var other = try Host("b")
        other.add([2, 4])
        other.maker.end()
        let outcome = try merge(
            [("a", old.maker.bytes + new.maker.bytes), ("b", other.maker.bytes)], ["--lines"])
        #expect(
            outcome.output == "_host: a, n: 1\n_host: a, n: 2\n_host: b, n: 2\n_host: a, m: 3\n_host: b, n: 4\n",
            "\(outcome)")
        #expect(outcome.errors.contains("a: 3 events"), "\(outcome)")
    }

    @Test func `more files than there may be descriptors are merged`() throws {
        try withTemporaryFolder { folder in
            for number in 0..<100 {
                var host = try Host("host\(number)", ahead: UInt64(number) * 1000)
                host.add([UInt64(number), 1000 + UInt64(number)])
                host.maker.end()
                try Data(host.maker.bytes).write(to: folder.appending(path: "\(number)"))
            }
            let outcome = try Tools.shell(
                "cd \(folder.path) && ulimit -n 24 && exec \"$T/print-event\" --merge --format '{n}' *")
            let numbers = outcome.output.split(separator: "\n").compactMap { Int($0) }
            #expect(outcome.status == 0 && numbers == Array(0..<100) + Array(1000..<1100), "\(outcome.errors)")
        }
    }

    @Test func `a signal ends a merge that waits for a pipe, and what was read is printed`() throws {
        var host = try Host("a")
        host.add([1, 2])
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data(host.maker.bytes))
        let output = Pipe()
        let printer = try Tools.start("print-event", ["--merge", "--format", "{n}", "-"], stdin: pipe, stdout: output)
        #expect(printer.waitUntilIdle())
        #expect(printer.end(SIGTERM) == 0, "\(printer.errors)")
        try output.fileHandleForWriting.close()
        #expect(try output.fileHandleForReading.readToEnd() == Data("1\n2\n".utf8))
    }
}
