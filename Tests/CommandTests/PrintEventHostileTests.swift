// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation
import TestSupport
import Testing

/// print-event as a process: captures that were made to harm it, and what a terminal gets.
struct PrintEventHostileTests {
    private static let layout = """
        enum kind { A, B = 4 }; struct point { s32 x:5, y:27; };
        struct event { enum kind kind; struct point at, path[3]; union { u64 wide; char text[8]; }; u16 rest[]; };
        """

    @Test(arguments: 0..<4)
    func `a capture whose types are damaged in any place ends with a documented code, in bounded memory`(
        part: Int
    ) throws {
        var random = SeededNumbers(seed: UInt64(4711 + part))
        let good = try CaptureMaker.schema(Self.layout)
        let forms = [
            ["--lines"], ["--json"], ["--table", "--context"], ["--csv"], ["--where", "at.x > 1 || kind == A"],
        ]
        for round in 0..<15 {
            var schema = good
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let place = Int.random(in: 0..<schema.btf.count, using: &random)
                schema.btf[place] = UInt8.random(in: 0...255, using: &random)
            }
            if round % 5 == 4 { schema.btf.removeLast(Int.random(in: 0..<schema.btf.count, using: &random)) }
            if round % 7 == 6 { schema.typeID = UInt32.random(in: 0...20, using: &random) }
            var maker = try CaptureMaker(sources: [CaptureSource(number: 0)], schemas: [schema])
            let events = (0..<20).map { size in (0..<size * 3).map { _ in UInt8.random(in: 0...255, using: &random) } }
            maker.add(events.map { CaptureMaker.Record(bytes: $0) })
            maker.end()
            for form in forms {
                let outcome = try Tools.run("print-event", form, stdin: maker.bytes)
                // 64: the condition or the columns do not fit what is left of the type.
                #expect([0, 64, 65].contains(outcome.status), "\(form) \(round): \(outcome.status) \(outcome.errors)")
                let isClean = outcome.stdout.allSatisfy { $0 == 10 || $0 >= 32 && $0 != 127 }
                #expect(isClean, "\(form) \(round)")
            }
        }
    }

    @Test(arguments: 0..<4)
    func `a capture with any byte changed or missing is read on behind it`(part: Int) throws {
        var random = SeededNumbers(seed: UInt64(815 + part))
        var maker = try CaptureMaker(layout: "struct { u32 n; }")
        for n in UInt32(0)..<20 { maker.add([.init(bytes: bytes(n))]) }
        maker.end()
        for _ in 0..<40 {
            var stream = maker.bytes
            let place = Int.random(in: 8..<stream.count, using: &random)
            if Bool.random(using: &random) {
                stream[place] ^= UInt8.random(in: 1...255, using: &random)
            } else {
                stream.removeSubrange(place..<min(place + Int.random(in: 1...100, using: &random), stream.count))
            }
            let outcome = try Tools.run("print-event", ["--lines"], stdin: stream)
            #expect([0, 65].contains(outcome.status), "\(outcome)")
            // A block, or two on which the cut falls, or the type of all.
            #expect(outcome.output.split(separator: "\n").count >= 16, "\(place): \(outcome)")
        }
    }

    @Test(arguments: [["--lines"], ["--json"], ["--csv"], ["--table"], ["--format", "{all}\\n"], ["--by", "all"]])
    func `small events that would become gigabytes of text are cut, which is told once and by code 65`(
        form: [String]
    ) throws {
        let members = (0..<3000).map { "u32 \(String(repeating: "n", count: 60))\($0);" }.joined(separator: " ")
        var maker = try CaptureMaker(layout: "struct { union { \(members) }; union { \(members) } all; }")
        let event = CaptureMaker.Record(bytes: bytes(UInt64.max))
        for _ in 0..<20 { maker.add([CaptureMaker.Record](repeating: event, count: 1000)) }
        maker.end()
        let outcome = try Tools.run("print-event", form, stdin: maker.bytes)
        #expect(outcome.status == 65)
        #expect(outcome.errors.components(separatedBy: "events are cut").count == 2, "\(outcome.errors)")
        let lines = outcome.stdout.split(separator: 10)
        if form[0] != "--by" { #expect(lines.count >= 20_000) }
        if form[0] == "--json" {
            let last = try #require(lines.last)
            let object = try JSONSerialization.jsonObject(with: Data(last)) as? [String: Any]
            #expect(object?["_cut"] as? Bool == true)
        } else if form[0] != "--by" {
            #expect(String(decoding: lines.last ?? [], as: UTF8.self).contains("…"))
        }
        #expect(outcome.stdout.count < 600 << 20)
    }

    @Test func `a terminal gets columns of its width, in colour, and nothing that an event says to it`() throws {
        var maker = try CaptureMaker(layout: "struct { u32 pid; char comm[16]; char path[64]; }")
        let hostile = "\u{1b}]0;x\u{7}\u{202e}\u{9b}2J" + String(repeating: "long", count: 20)
        let path = [UInt8](hostile.utf8.prefix(64))
        maker.add([.init(bytes: bytes(UInt32(7)) + Array("bash".utf8) + [UInt8](repeating: 0, count: 12) + path)])
        maker.end()
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "capture").path
            try Data(maker.bytes).write(to: URL(fileURLWithPath: file))
            func shown(_ arguments: String) throws -> [Substring] {
                let command = "stty cols 40; unset NO_COLOR; TERM=xterm $T/print-event \(arguments) \(file)"
                let outcome = try Tools.shell("script -qec \"\(command)\" /dev/null")
                return outcome.output.split(whereSeparator: \.isNewline)
            }
            let lines = try shown("")
            #expect(lines.count == 2 && lines[0].contains("pid") && lines[0].contains("\u{1b}[1m"), "\(lines)")
            #expect(lines[1].contains(#"\x1b]0;x\x07"#), "\(lines)")
            // A text in the last column is whole; one before gives way, and an escape is not cut in its middle.
            let plain = try shown("--color never")
            #expect(plain[1].count > 80 && !plain[1].contains("\u{1b}"), "\(plain)")
            let cut = try shown("--color never --fields path,pid")
            #expect(cut[1].contains("…") && (30...40).contains(cut[1].count) && cut[1].hasSuffix("7"), "\(cut)")
            #expect(!cut[1].contains("\u{1b}"), "\(cut)")
            #expect(try shown("--wide --color never")[1].count > 90)
            #expect(try shown("--lines")[0].hasPrefix("pid: 7, comm: \"bash\""))
        }
    }

    /// A map of elements of 8 bytes of key and 8 of value.
    private func maker(
        _ layout: String, map: String = "counts", content: CaptureSource.Content = .elements, type: UInt32 = 1
    ) throws -> CaptureMaker {
        var source = CaptureSource(number: 0)
        (source.mapName, source.mapType, source.content) = (map, type, content)
        return try CaptureMaker(sources: [source], schemas: [CaptureMaker.schema(layout)])
    }

    @Test func `a name of a megabyte is not in the heading of each snapshot`() throws {
        var maker = try maker("struct { u64 key; u64 value; }", map: String(repeating: "n", count: 1 << 20))
        for number in UInt64(1)...300 {
            maker.add(snapshot: [], number: number, began: 1_000_000_000, keySize: 8, valueSize: 8)
        }
        maker.end()
        for form in [[], ["--json"]] {
            let outcome = try Tools.run("print-event", form, stdin: maker.bytes)
            #expect(outcome.status == 0 && outcome.stdout.count < 1 << 20, "\(form) \(outcome.stdout.count)")
        }
    }

    @Test func `a hundred thousand tiny elements in one block are sorted and compared`() throws {
        let element = bytes(UInt64(0)) + bytes(UInt64(1))
        var maker = try maker("struct { u64 key; u64 value; }")
        let elements = [[UInt8]](repeating: element, count: 100_000)
        for number in UInt64(1)...2 {
            maker.add(snapshot: elements, number: number, began: number * 1_000_000_000, keySize: 8, valueSize: 8)
        }
        maker.end()
        for form in [["--top", "3"], ["--sort", "-value", "--top", "3"], ["--delta", "--top", "3"]] {
            let outcome = try Tools.run("print-event", form + ["--format", "{key}"], stdin: maker.bytes)
            #expect(outcome.status == 0 && outcome.output == "0\n0\n0\n0\n0\n0\n", "\(form) \(outcome.errors)")
        }
    }

    @Test func `CPUs and sizes at their extremes are damaged or shown, and a large key is not shown a million times`()
        throws
    {
        let extremes: [UInt32] = [0, 1, 7, 8, 1 << 24, 1 << 31, .max]
        for keySize in extremes {
            for valueSize in extremes {
                var maker = try maker("struct { u64 key; u64 value; }", type: 5)
                for cpus in extremes {
                    let count = Int(clamping: UInt64(min(keySize, 64)) + UInt64(min(valueSize, 64)))
                    maker.add(
                        snapshot: [[UInt8](repeating: 1, count: (count + 7) & ~7)], number: UInt64(cpus) + 1,
                        began: 1_000_000_000, keySize: keySize, valueSize: valueSize, cpus: cpus)
                }
                maker.end()
                for form in [["--per-cpu", "each"], ["--json", "--delta", "--per-cpu", "minmax"]] {
                    let outcome = try Tools.run("print-event", form, stdin: maker.bytes)
                    #expect([0, 65].contains(outcome.status), "\(keySize) \(valueSize): \(outcome.errors)")
                }
            }
        }
        // 64 KiB of a key and 8192 CPUs of one byte: as rows of all, half a gigabyte.
        var maker = try maker("struct { u8 key[65536]; u8 value; }", type: 5)
        maker.add(
            snapshot: [[UInt8](repeating: 1, count: 65536 + 8 * 8192)], began: 1_000_000_000, keySize: 65536,
            valueSize: 1, cpus: 8192)
        maker.end()
        let outcome = try Tools.run(
            "print-event", ["--per-cpu", "each", "--format", "{_cpu}"], stdin: maker.bytes)
        #expect(outcome.status == 0 && outcome.output.split(separator: "\n").count == 255, "\(outcome.errors)")
    }
}
