// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation
import TestSupport
import Testing

/// print-event as a process: events of any type, in every form.
struct PrintEventFormTests {
    /// `struct run`, two events of two CPUs with a loss between them.
    private static let layout =
        "struct run { u32 pid; char comm[8]; enum state { IDLE, BUSY = 4 } state; u64 took_ns; };"

    private func event(_ pid: UInt32, _ comm: String, _ state: UInt32, _ took: UInt64) -> [UInt8] {
        bytes(pid) + (Array(comm.utf8) + [UInt8](repeating: 0, count: 8)).prefix(8) + bytes(state) + bytes(took)
    }

    private func capture() throws -> [UInt8] {
        var maker = try CaptureMaker(layout: Self.layout)
        maker.add([.init(cpu: 1, pid: 7, time: 2_000_000_000, bytes: event(10, "one", 4, 1500))])
        maker.add(CaptureLoss(source: 0, cpu: 1, events: 3, cause: .ringFull))
        maker.add([.init(cpu: 0, pid: 8, time: 1_500_000_000, bytes: event(11, "a,\"\u{1b}[2J", 9, 2_000_000))])
        maker.end()
        return maker.bytes
    }

    private func print(_ stream: [UInt8], _ arguments: String...) throws -> ProcessOutcome {
        try Tools.run("print-event", arguments, stdin: stream)
    }

    @Test func `lines name every value, as the type in the stream has them`() throws {
        let outcome = try print(try capture())
        #expect(
            outcome.output == #"""
                pid: 10, comm: "one", state: BUSY, took_ns: 1500
                pid: 11, comm: "a,\"\x1b[2J", state: 9, took_ns: 2000000

                """#)
        #expect(outcome.status == 0 && outcome.errors == "lost 3 events on CPU 1\n")
        let context = try print(try capture(), "--context", "--fields", "took_ns:ns,_map")
        #expect(
            context.output == """
                _time: 2026-11-21T12:00:01.000000000Z, _cpu: 1, _pid: 7, _tid: 7, took_ns: 1.500us, _map: events
                _time: 2026-11-21T12:00:00.500000000Z, _cpu: 0, _pid: 8, _tid: 8, took_ns: 2.000ms, _map: events

                """)
    }

    @Test func `JSON has the values at the top, the context beside them, and losses as records`() throws {
        let outcome = try print(try capture(), "--json")
        #expect(
            outcome.output == #"""
                {"pid":10,"comm":"one","state":"BUSY","took_ns":1500,"_time":"2026-11-21T12:00:01.000000000Z","_cpu":1,"_pid":7,"_tid":7,"_map":"events","_type":"struct run"}
                {"_lost":3,"_cpu":1,"_map":"events","_cause":"ring-full"}
                {"pid":11,"comm":"a,\"\u001b[2J","state":9,"took_ns":2000000,"_time":"2026-11-21T12:00:00.500000000Z","_cpu":0,"_pid":8,"_tid":8,"_map":"events","_type":"struct run"}

                """#)
        for line in outcome.output.split(separator: "\n") {
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        }
        let strings = try print(try capture(), "--json", "--json-int64", "string", "--fields", "pid,took_ns")
        #expect(strings.output.hasPrefix(#"{"pid":10,"took_ns":"1500"}"#), "\(strings.output)")
    }

    @Test func `CSV and TSV have a header, quotes where they must, and a column of losses`() throws {
        let csv = try print(try capture(), "--csv")
        #expect(
            csv.output == #"""
                pid,comm,state,took_ns,_lost,_rest
                10,one,BUSY,1500,,
                ,,,,3,
                11,"a,""\x1b[2J",9,2000000,,

                """#)
        let tsv = try print(try capture(), "--tsv", "--no-header", "--fields", "pid,comm")
        #expect(tsv.output == "10\tone\t\t\n\t\t3\t\n11\ta,\"\\x1b[2J\t\t\n")
    }

    @Test func `a table has columns under each other, and a loss on a line of its own`() throws {
        let outcome = try print(try capture(), "--table", "--color", "never")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 4 && lines[2] == "lost 3 events on CPU 1", "\(outcome.output)")
        let names = try #require(lines.first?.range(of: "comm"))
        let column = lines[0].distance(from: lines[0].startIndex, to: names.lowerBound)
        #expect(lines[1].dropFirst(column).hasPrefix("one ") && lines[3].dropFirst(column).hasPrefix("a,\""))
        #expect(!outcome.output.contains("\u{1b}") && outcome.errors.isEmpty)
        let coloured = try print(try capture(), "--table", "--color", "always")
        #expect(coloured.output.contains("\u{1b}[1m") && !coloured.output.contains("\u{1b}[2J"))
    }

    @Test func `a template makes lines of one's own`() throws {
        let outcome = try print(
            try capture(), "--format", #"{_time:iso} {comm:<5}|{pid:>5}\t{took_ns:ns} {{x}} {took_ns:hex}"#)
        #expect(
            outcome.output == #"""
                2026-11-21T12:00:01.000000000Z one  |   10	1.500us {x} 0x5dc
                2026-11-21T12:00:00.500000000Z a,"\x1b[2J|   11	2.000ms {x} 0x1e8480

                """#)
    }

    @Test func `raw events are frames that can be printed again`() throws {
        let raw = try Tools.run("print-event", ["--raw", "--where", "pid == 11"], stdin: try capture())
        #expect(raw.stdout == bytes(UInt32(24)) + event(11, "a,\"\u{1b}[2J", 9, 2_000_000))
        let again = try print(raw.stdout, "--layout", Self.layout, "--fields", "pid")
        #expect(again.output == "pid: 11\n")
    }

    @Test func `padding of the kernel is left out where the source has it, and shown where it has not`() throws {
        for (sizes, rest) in [(CaptureSource.Sizes.padded, ""), (.exact, ", _rest: 07070707")] {
            var maker = try CaptureMaker(layout: "struct { u64 a, b; }", sizes: sizes)
            maker.add([.init(bytes: bytes(UInt64(1)) + bytes(UInt64(2)) + [7, 7, 7, 7])])
            #expect(try print(maker.bytes).output == "a: 1, b: 2\(rest)\n")
        }
    }

    @Test(arguments: [
        (["--json", "--csv"], "two forms"), (["--raw", "--fields", "pid"], "--fields goes with"),
        (["--format", "{pid"], "not closed"), (["--format", "{pid:ip7}"], "no format 'ip7'"),
        (["--fields", "comm:mac"], "comm"), (["--fields", "pidd"], "did you mean 'pid'?"),
        (["--where", "pidd == 1"], "no field pidd"), (["--where", "pid = 1"], "=="),
        (["--cpu", "x"], "not a list of CPUs"), (["--pid", "x"], "not a list of processes"),
        (["--head", "-1"], "--head"),
        (["--from", "yesterday"], "--from"), (["--type", "struct nothing"], "nothing"),
        (["--tag", "pid"], "says no type"), (["--layout", "struct { u33 a; }"], "u33"),
    ])
    func `a mistake in the options is told before anything else, with exit code 64`(
        arguments: [String], words: String
    ) throws {
        let outcome = try Tools.run("print-event", arguments, stdin: try capture())
        #expect(outcome.status == 64 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }
}
