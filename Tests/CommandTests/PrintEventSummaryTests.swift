// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation
import TestSupport
import Testing

/// print-event as a process: figures of all events, the names of addresses, and captures that have too much.
struct PrintEventSummaryTests {
    private func print(_ stream: [UInt8], _ arguments: String...) throws -> ProcessOutcome {
        try Tools.run("print-event", arguments, stdin: stream)
    }

    /// Ten events of two names, 100 ms apart, and a loss.
    private func capture() throws -> [UInt8] {
        var maker = try CaptureMaker(layout: "struct { u64 took_ns; char comm[4]; u32 zero; }")
        var records: [CaptureMaker.Record] = []
        for n in UInt64(0)..<10 {
            let event: [UInt8] = bytes(n * 1_000_000) + Array((n < 3 ? "one\0" : "two\0").utf8) + bytes(UInt32(0))
            records.append(.init(time: 1_000_000_000 + n * 100_000_000, bytes: event))
        }
        maker.add(records)
        maker.add(CaptureLoss(source: 0, cpu: 1, events: 3, cause: .ringFull))
        maker.end()
        return maker.bytes
    }

    @Test func `a number is summed up for each group, with a histogram, and losses are told`() throws {
        let outcome = try print(try capture(), "--summary", "took_ns", "--by", "comm")
        #expect(outcome.status == 0, "\(outcome)")
        let lines = outcome.output.split(separator: "\n").map(String.init)
        let two = try #require(lines.firstIndex { $0.hasPrefix("two") })
        let one = try #require(lines.firstIndex { $0.hasPrefix("one") })
        #expect(two < one && lines[two].contains(" 7 ") && lines[two].contains("9.000ms"), "\(outcome.output)")
        #expect(outcome.output.contains("[1M, 2M)        1 |") && outcome.output.contains("10 events"))
        // Between 0 and a million there is nothing, and it is not drawn.
        #expect(outcome.output.contains("             ...\n") && !outcome.output.contains("[512, 1K)"))
        #expect(outcome.output.contains("lost: 3 events"), "\(outcome.output)")
    }

    @Test func `events are counted by fields, as JSON and as CSV too`() throws {
        let counted = try print(try capture(), "--by", "comm,_cpu", "--where", "took_ns > 0")
        #expect(counted.output.contains("two") && counted.output.contains("9 events"), "\(counted)")
        let json = try print(try capture(), "--summary", "took_ns", "--by", "comm", "--json")
        let first = try #require(json.output.split(separator: "\n").first)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(first.utf8)) as? [String: Any])
        #expect((object["by"] as? [String: String]) == ["comm": "two"] && object["count"] as? Int == 7, "\(json)")
        let csv = try print(try capture(), "--summary", "took_ns", "--by", "comm", "--csv")
        #expect(csv.output.hasPrefix("comm,") && csv.output.split(separator: "\n").count >= 3, "\(csv)")
        let text = try print(try capture(), "--summary", "comm")
        #expect(text.status == 64 && text.output.isEmpty && text.errors.contains("--by comm"), "\(text)")
        let both = try print(try capture(), "--summary", "took_ns", "--table")
        #expect(both.status == 64 && both.errors.contains("--table"), "\(both)")
    }

    @Test func `addresses have the names of a kallsyms`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "kallsyms")
            let names = """
                ffffffff81000000 T _stext
                ffffffff81000100 T do_first
                ffffffff81000100 t do_alias
                ffffffff81000200 t do_second\t[mod]
                ffffffff81000300 D data

                """
            try Data(names.utf8).write(to: file)
            var maker = try CaptureMaker(layout: "struct { void *ip; }")
            let addresses: [UInt64] = [0xffff_ffff_8100_0100, 0xffff_ffff_8100_0210, 0x1234]
            maker.add(addresses.map { .init(bytes: bytes($0)) })
            maker.end()
            let outcome = try print(maker.bytes, "--fields", "ip:ksym", "--kallsyms", file.path)
            #expect(outcome.output == "ip: do_first\nip: do_second+0x10\nip: 0x1234\n", "\(outcome)")
            let missing = try print(maker.bytes, "--fields", "ip:ksym", "--kallsyms", file.path + "x")
            #expect(missing.status == 0 && missing.output.hasPrefix("ip: 0xffffffff81000100\n"))
            #expect(missing.errors.contains("addresses of the kernel are shown as numbers"), "\(missing)")
        }
    }

    @Test func `a capture with more types than are kept shows the others in hexadecimal, and says so`() throws {
        let members = (0..<10_000).map { "u8 m\($0);" }.joined()
        let large = try CaptureMaker.schema("struct { \(members) };")
        var sources: [CaptureSource] = []
        var schemas: [CaptureSchema] = []
        for number in UInt32(0)..<40 {
            sources.append(CaptureSource(number: number))
            var schema = large
            schema.source = number
            schemas.append(schema)
        }
        var maker = try CaptureMaker(sources: sources, schemas: schemas)
        for number in UInt32(0)..<40 { maker.add([.init(bytes: [7])], source: number) }
        maker.end()
        let outcome = try Tools.run("print-event", [], stdin: maker.bytes)
        let lines = outcome.output.split(separator: "\n")
        #expect(
            lines.count == 40 && lines[0].hasPrefix("m0: 7, m1: ?") && lines[39] == "_rest: 07", "\(outcome.errors)")
        #expect(outcome.errors.contains("more types than are kept"), "\(outcome.errors)")
    }
}
