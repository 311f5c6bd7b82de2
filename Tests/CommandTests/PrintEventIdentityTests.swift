// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation
import TestSupport
import Testing
import ToolSupport

@testable import EventPrinting
@testable import print_event

/// `print-event --json --context full`: records that say for ever which they are.
struct PrintEventIdentityTests {
    /// A record as a reader of JSON has it.
    struct Record {
        let members: [String: Any]

        var kind: String { members["_record"] as? String ?? "" }
        /// What makes it the same record wherever it is printed.
        var key: String {
            ["_boot", "_capture", "_block", "_index"].map { "\(members[$0] ?? "missing")" }.joined(separator: " ")
        }
        var number: Int? { members["n"] as? Int }
    }

    static func records(_ output: String) throws -> [Record] {
        try output.split(separator: "\n").map { line in
            Record(
                members: try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)"))
        }
    }

    private func records(_ stream: [UInt8], _ arguments: String..., status: Int32 = 0) throws -> [Record] {
        let outcome = try Tools.run("print-event", ["--json", "--context", "full"] + arguments, stdin: stream)
        #expect(outcome.status == status, "\(outcome)")
        return try Self.records(outcome.output)
    }

    private static let start: UInt64 = 1_000_000_000

    private func header() -> CaptureHeader {
        var header = CaptureMaker.header(host: "web1", boot: "8f4e4a9c-1c0a-4f4e-9d0a-0123456789ab", error: 1_500_000)
        (header.machineID, header.kernel, header.writer) = (String(repeating: "a", count: 32), "6.12.0", "test 1")
        return header
    }

    private func maker() throws -> CaptureMaker {
        var sources = [CaptureSource(number: 0), CaptureSource(number: 1)]
        sources[0].mapName = "events"
        (sources[1].mapName, sources[1].mapType, sources[1].content) = ("counts", 1, .elements)
        return try CaptureMaker(
            sources: sources,
            schemas: [
                CaptureMaker.schema("struct { u32 n; struct { u32 x; u32 y; } at; u32 _host; u32 at_x; }"),
                CaptureMaker.schema("struct { u64 key; u64 value; }", source: 1),
            ], header: header())
    }

    private func event(_ n: UInt32, cpu: UInt32 = 0) -> CaptureMaker.Record {
        .init(
            cpu: cpu, pid: 7, time: Self.start + UInt64(n) * 1_000_000,
            bytes: bytes(n) + bytes(n * 2) + bytes(n * 3) + bytes(UInt32(9)) + bytes(UInt32(8)))
    }

    /// Two files of a capture with a record of every kind; the block in front of the end is missing.
    private func files() throws -> [[UInt8]] {
        var maker = try maker()
        maker.add([0, 2, 4].map { event($0) })
        maker.add([1, 3, 5].map { event($0, cpu: 1) })
        maker.add(CaptureLoss(source: 0, cpu: 1, events: 12, from: Self.start + 5_000_000, cause: .ringFull))
        let first = maker.takeFile()
        maker.add(
            snapshot: [3, 4].map { bytes(UInt64($0)) + bytes(UInt64(70)) }, source: 1, began: Self.start + 6_000_000,
            keySize: 8, valueSize: 8)
        maker.add(CaptureText(origin: "bpf_printk", time: Self.start + 7_000_000, bytes: Array("one\ntwo\n".utf8)))
        maker.add(
            CaptureClock(from: Self.start + 8_000_000, bootOffset: CaptureMaker.bootOffset + 1000, clockError: nil))
        maker.add([6, 7].map { event($0) })
        maker.skipBlock()
        maker.end()
        return [first, maker.takeFile()]
    }

    @Test func `every record has all members of its identity, and each kind its own`() throws {
        let all = try records(files().flatMap { $0 }, status: 65)
        #expect(
            all.map(\.kind) == ["capture"] + Array(repeating: "event", count: 6)
                + ["loss", "element", "element", "text", "text", "clock", "event", "event", "gap", "end"])
        #expect(Set(all.map(\.key)).count == all.count)
        for record in all {
            #expect(record.members["_host"] as? String == "web1")
            #expect(record.members["_machine"] as? String == String(repeating: "a", count: 32))
            #expect(record.members["_capture"] as? String == "000000003b9aca00")
        }
        #expect(all[1].key == "8f4e4a9c-1c0a-4f4e-9d0a-0123456789ab 000000003b9aca00 1 0")
        #expect(all.map { $0.members["_block"] as? Int } == [0, 1, 1, 1, 2, 2, 2, 3, 4, 4, 5, 5, 0, 7, 7, 8, 9])
        #expect(all[3].members["_index"] as? Int == 2 && all[12].members["_index"] as? Int == 1_008_000_000)
        let capture = all[0].members
        #expect(capture["_schema"] as? Int == 1 && capture["_began"] as? String == "2026-11-21T12:00:00.000000000Z")
        #expect(capture["_clock_error"] as? Int == 1_500_000 && capture["_kernel"] as? String == "6.12.0")
        #expect(all[12].members["_clock_error"] is NSNull && all[0].members["_map"] is NSNull)
        #expect(all[15].members["_missing_blocks"] as? Int == 1 && all[15].members["_time"] is NSNull)
        // What the event itself calls so has another name.
        #expect(all[1].members["__host"] as? Int == 9)
    }

    @Test func `the key is the same in whatever way the record is printed`() throws {
        let files = try files()
        let all = try records(files.flatMap { $0 }, status: 65)
        let keys = Dictionary(
            all.compactMap { record in record.number.map { ($0, record.key) } }, uniquingKeysWith: { one, _ in one })
        #expect(keys.count == 8)
        func same(_ records: [Record], _ numbers: [Int]) {
            let events = records.filter { $0.kind == "event" }
            #expect(events.map(\.number) == numbers)
            #expect(events.allSatisfy { keys[$0.number ?? -1] == $0.key })
        }
        let whole = files.flatMap { $0 }
        same(try records(whole, "--sorted", status: 65), Array(0...7))
        same(try records(whole, "--where", "n % 3 == 0", status: 65), [0, 3, 6])
        same(try records(whole, "--cpu", "1", status: 65), [1, 3, 5])
        same(try records(files[0], "--head", "2"), [0, 2])
        same(try records(files[1], status: 65), [6, 7])
        same(try records(Array(files[0].dropLast(10)), status: 65), [0, 2, 4, 1, 3, 5])
        let sorted = try records(whole, "--sorted", status: 65)
        #expect(Set(sorted.map(\.key)) == Set(all.map(\.key)))
    }

    @Test func `members of structures become columns where that is asked for`() throws {
        let nested = try #require(try records(files()[0]).first { $0.kind == "event" })
        #expect((nested.members["at"] as? [String: Any])?["x"] as? Int == 0)
        let flat = try #require(try records(files()[0], "--flat").first { $0.number == 2 })
        #expect(flat.members["at_x"] as? Int == 4 && flat.members["at_y"] as? Int == 6 && flat.members["at"] == nil)
        #expect(flat.members["at_x_"] as? Int == 8, "\(flat)")
        let plain = try Tools.run("print-event", ["--json", "--flat", "--fields", "at.y"], stdin: try files()[0])
        #expect(plain.output.hasPrefix("{\"at_y\":0}\n"), "\(plain)")
    }

    @Test func `the word full is the option's in both ways of reading a line, and a file's behind it`() throws {
        for line in [["--json", "--context", "full", "a.bev"], ["--json", "--context=full", "a.bev"]] {
            let tool = try PrintEvent.parsePlain(line)
            #expect(tool.formOptions.context == .full && tool.files == ["a.bev"])
        }
        for line in [["--context", "a.bev"], ["a.bev", "--context"]] {
            let tool = try PrintEvent.parsePlain(line)
            #expect(tool.formOptions.context == .event && tool.files == ["a.bev"])
        }
        let file = try PrintEvent.parsePlain(["--context", "./full"])
        #expect(file.formOptions.context == .event && file.files == ["./full"])
        #expect(try PrintEvent.parsePlain(["--context", "event"]).files == ["event"])
    }

    @Test(arguments: [
        ["--csv"], ["--tsv"], ["--table"], ["--lines"], ["--raw"], [], ["--json", "--summary", "n"],
        ["--json", "--top", "3"], ["--json", "--delta"],
    ])
    func `forms that have no place for an identity are refused`(form: [String]) throws {
        let outcome = try Tools.run("print-event", ["--context", "full"] + form, stdin: [])
        #expect(outcome.status == 64 && outcome.errors.contains("--context"), "\(outcome)")
        let flat = try Tools.run("print-event", ["--flat"], stdin: [])
        #expect(flat.status == 64 && flat.errors.contains("--json"), "\(flat)")
    }

    @Test(arguments: ["", "a b", "a\tb", String(repeating: "a", count: 254)])
    func `what a host cannot be called is refused before anything is made`(name: String) throws {
        let outcome = try Tools.run("bpf-eventd", ["--format", "capture", "--host", name, "/nonexistent", "/dev/null"])
        #expect(outcome.status == 64 && outcome.errors.contains("--host"), "\(outcome)")
        let frames = try Tools.run("bpf-eventd", ["--host", "web1", "/nonexistent", "/dev/null"])
        #expect(frames.status == 64 && frames.errors.contains("--format capture"), "\(frames)")
    }

    @Test func `frames have no identity, and that is said`() throws {
        let outcome = try Tools.run("print-event", ["--json", "--context", "full"], stdin: eventFrame())
        #expect(outcome.output.isEmpty && outcome.status == 65, "\(outcome)")
        #expect(outcome.errors.contains("--format capture"), "\(outcome)")
    }
}
