// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation
import TestSupport
import Testing

/// print-event as a process: which events it shows, and in which order.
struct PrintEventSelectionTests {
    /// Ten events of two CPUs, drained one CPU after the other: 0, 2, 4, 6, 8 and then 1, 3, 5, 7, 9.
    private func capture() throws -> [UInt8] {
        var maker = try CaptureMaker(layout: "struct { u32 n; }")
        for cpu in UInt32(0)..<2 {
            maker.add(
                stride(from: cpu, to: 10, by: 2).map { n in
                    .init(cpu: cpu, pid: 100 + n / 5, time: 1_000_000_000 + UInt64(n) * 100_000_000, bytes: bytes(n))
                })
        }
        maker.end()
        return maker.bytes
    }

    private func numbers(_ stream: [UInt8], _ arguments: String...) throws -> [Int] {
        let outcome = try Tools.run("print-event", ["--format", "{n}"] + arguments, stdin: stream)
        #expect(outcome.status == 0, "\(outcome)")
        return outcome.output.split(separator: "\n").compactMap { Int($0) }
    }

    @Test func `events come in the order of their times where that is asked for`() throws {
        #expect(try numbers(capture()) == [0, 2, 4, 6, 8, 1, 3, 5, 7, 9])
        #expect(try numbers(capture(), "--sorted") == Array(0..<10))
        #expect(try numbers(capture(), "--sorted", "--head", "3") == [0, 1, 2])
        #expect(try numbers(capture(), "--sorted", "--tail", "3") == [7, 8, 9])
    }

    @Test func `snapshots, text and losses come in the order of their times too`() throws {
        var sources = [CaptureSource(number: 0), CaptureSource(number: 1)]
        sources[0].mapName = "events"
        (sources[1].mapName, sources[1].mapType, sources[1].content) = ("counts", 1, .elements)
        var maker = try CaptureMaker(
            sources: sources,
            schemas: [
                CaptureMaker.schema("struct { u32 n; }"),
                CaptureMaker.schema("struct { u64 key; u64 value; }", source: 1),
            ])
        let start: UInt64 = 1_000_000_000
        maker.add([.init(cpu: 0, time: start + 300, bytes: bytes(UInt32(3)))])
        maker.add(
            snapshot: [bytes(UInt64(7)) + bytes(UInt64(70))], source: 1, began: start + 200, keySize: 8, valueSize: 8)
        maker.add(CaptureText(origin: "bpf_printk", time: start + 250, bytes: Array("said\n".utf8)))
        maker.add([.init(cpu: 1, time: start + 100, bytes: bytes(UInt32(1)))])
        maker.end()
        let asItComes = try Tools.run("print-event", ["--lines"], stdin: maker.bytes)
        #expect(asItComes.output.hasPrefix("n: 3\n"), "\(asItComes)")
        let sorted = try Tools.run("print-event", ["--lines", "--sorted"], stdin: maker.bytes)
        #expect(sorted.status == 0 && sorted.errors.isEmpty, "\(sorted)")
        let heading = "counts, 2026-11-21T12:00:00.000000200Z"
        #expect(sorted.output == "n: 1\n\(heading)\nkey: 7, value: 70\nsaid\nn: 3\n", "\(sorted)")
        let table = try Tools.run("print-event", ["--table", "--sorted"], stdin: maker.bytes)
        let places = try ["counts, ", "said", "70"].map { try #require(table.output.range(of: $0)).lowerBound }
        #expect(places[0] < places[2] && places[2] < places[1], "\(table)")
    }

    @Test func `CPU, process and times choose, together with conditions`() throws {
        #expect(try numbers(capture(), "--cpu", "1") == [1, 3, 5, 7, 9])
        #expect(try numbers(capture(), "--cpu", "0-3", "--pid", "101") == [6, 8, 5, 7, 9])
        #expect(try numbers(capture(), "--from", "+500ms") == [6, 8, 5, 7, 9])
        #expect(try numbers(capture(), "--to-time", "+0.5s") == [0, 2, 4, 1, 3])
        #expect(try numbers(capture(), "--from", "12:00:00.2", "--to-time", "2026-11-21T12:00:00.5Z") == [2, 4, 3])
        #expect(try numbers(capture(), "--where", "n % 4 == 0 && _cpu == 0") == [0, 4, 8])
        #expect(try numbers(capture(), "--where", "pid == 101 || n == 0") == [0, 6, 8, 5, 7, 9])
        #expect(try numbers(capture(), "--map", "other") == [])
        #expect(try numbers(capture(), "--head", "2") == [0, 2])
        #expect(try numbers(capture(), "--tail", "0") == [])
        #expect(try numbers(capture(), "--head", "4", "--tail", "1") == [6])
    }

    @Test func `after the clock was set, times of day are those of the new clock, and times since the start are not`()
        throws
    {
        var maker = try CaptureMaker(layout: "struct { u32 n; u64 time_ktime; }")
        let (start, second): (UInt64, UInt64) = (1_000_000_000, 1_000_000_000)
        func record(_ n: UInt32) -> CaptureMaker.Record {
            let time = start + UInt64(n) * second
            return .init(time: time, bytes: bytes(n) + bytes(UInt32(0)) + bytes(time))
        }
        maker.add([record(0), record(1)])
        // An hour ahead from second 2 on; an event from before it comes late.
        let change = CaptureClock(from: start + 2 * second, bootOffset: CaptureMaker.bootOffset + 3600 * 1_000_000_000)
        maker.add(change)
        maker.add([record(1), record(2)])
        maker.add(change)
        maker.add([record(3)])
        maker.end()
        let outcome = try Tools.run(
            "print-event", ["--format", "{n} {_time} {time_ktime:ktime}"], stdin: maker.bytes)
        let times = ["12:00:00", "12:00:01", "12:00:01", "13:00:02", "13:00:03"]
        #expect(
            outcome.output.split(separator: "\n").map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
                == times.map { "2026-11-21T\($0).000000000Z 2026-11-21T\($0).000000000Z" }, "\(outcome)")
        #expect(try numbers(maker.bytes, "--from", "13:00") == [2, 3])
        #expect(try numbers(maker.bytes, "--to-time", "12:30") == [0, 1, 1])
        #expect(try numbers(maker.bytes, "--from", "+1s", "--to-time", "+3s") == [1, 1, 2])
    }

    @Test func `the reading ends with the last event that was asked for`() throws {
        let fifo = Pipe()
        let printer = try Tools.start("print-event", ["--head", "1"], stdin: fifo, stdout: FileHandle.nullDevice)
        try fifo.fileHandleForWriting.write(contentsOf: Data(capture()))
        #expect(printer.finish() == 0)
    }

    @Test func `events that wait for others come when none has come for a second`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "capture")
            let output = folder.appending(path: "lines")
            var stream = try capture()
            // Without its end, as a capture that still grows.
            stream.removeLast(64)
            try Data(stream).write(to: file)
            try Data().write(to: output)
            let printer = try Tools.start(
                "print-event", ["--sorted", "--follow", "--format", "{n}", file.path],
                stdout: try FileHandle(forWritingTo: output))
            let all = (0..<10).map { "\($0)\n" }.joined()
            #expect(eventually { (try? String(contentsOf: output, encoding: .utf8)) == all })
            #expect(printer.isRunning && printer.end() == 0)
        }
    }

    /// Events of frames, which say nothing of who sent them.
    private let frames = (UInt32(0)..<3).flatMap { bytes(UInt32(4)) + bytes($0) }

    @Test(arguments: [
        ["--cpu", "0"], ["--from", "+1s"], ["--to-time", "12:00"], ["--where", "_pid == 1"], ["--pid", "1"],
        ["--where", "_time > 5"],
    ])
    func `where nothing can be chosen by what frames do not tell, that is said and is no success`(
        choice: [String]
    ) throws {
        let outcome = try Tools.run("print-event", choice + ["--layout", "struct { u32 n; }"], stdin: frames)
        #expect(outcome.status == 64 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.contains("no event is shown: the stream does not carry the"), "\(outcome)")
        let field = try Tools.run("print-event", choice + ["--layout", "struct { u32 cpu; }"], stdin: frames)
        if choice[0] == "--cpu" { #expect(field.errors.contains("--where 'cpu == 1000'"), "\(field)") }
    }

    @Test func `--pid takes the event's own field where the stream does not carry the process`() throws {
        let outcome = try Tools.run("print-event", ["--pid", "2", "--layout", "struct { u32 pid; }"], stdin: frames)
        #expect(outcome.status == 0 && outcome.output == "pid: 2\n", "\(outcome)")
        #expect(outcome.errors.contains("--pid looks at the field pid"), "\(outcome)")
    }

    @Test func `a part of the context that is to be shown and is not there is told`() throws {
        let outcome = try Tools.run(
            "print-event", ["--format", "{_time} {n}", "--layout", "struct { u32 n; }"], stdin: frames)
        #expect(outcome.status == 0 && outcome.output == " 0\n 1\n 2\n", "\(outcome)")
        #expect(outcome.errors.contains("_time is left out"), "\(outcome)")
    }

    @Test func `an object is no stream, and is told so`() throws {
        let outcome = try Tools.run("print-event", [], stdin: [0x7f, 0x45, 0x4c, 0x46] + bytes(UInt32(1)))
        #expect(outcome.status == 65 && outcome.errors.contains("ELF object"), "\(outcome)")
    }
}
