// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation
import TestSupport
import Testing

/// print-event as a process, with captures.
struct PrintEventCaptureTests {
    private let line = "idx: 1, cmd: 2, cpu: 3, time: 4\n"

    private func print(_ stream: [UInt8], _ arguments: String...) throws -> ProcessOutcome {
        try Tools.run("print-event", arguments, stdin: stream)
    }

    /// Two blocks of two events, a loss between them, and the end.
    private func capture(padding: Int = 4) throws -> (bytes: [UInt8], firstBlock: Int) {
        var writer = StreamWriter(format: .capture)
        let event = Array(eventFrame(padding: padding).dropFirst(4))
        writer.setPreamble(try CapturePreamble(header: CaptureHeader(bootOffset: 0, began: 1)).bytes())
        writer.begin(source: 0, cpu: 1)
        for _ in 0..<2 { _ = writer.append(event.span.bytes) }
        writer.finishBlock()
        let firstBlock = writer.preamble.count
        _ = writer.noteLoss(CaptureLoss(source: 0, cpu: 1, events: 12, cause: .ringFull))
        for _ in 0..<2 { _ = writer.append(event.span.bytes) }
        _ = writer.finishCapture()
        return (writer.pending.withUnsafeBytes { Array($0) }, firstBlock)
    }

    @Test(arguments: [0, 4])
    func `a capture prints the same lines, and its losses go to stderr`(padding: Int) throws {
        let outcome = try print(try capture(padding: padding).bytes)
        #expect(outcome.output == line + line + line + line && outcome.status == 0)
        #expect(outcome.errors == "lost 12 events on CPU 1\n")
        let json = try print(try capture().bytes, "--json")
        #expect(json.errors.contains(#""event":"lost""#) && json.errors.contains(#""events":12"#), "\(json.errors)")
    }

    @Test func `a capture that grows is followed, through the middle of blocks`() throws {
        try withTemporaryFolder { folder in
            let (file, output) = (folder.appending(path: "capture"), folder.appending(path: "lines"))
            let (bytes, firstBlock) = try capture()
            try Data(bytes.prefix(firstBlock + 50)).write(to: file)
            try Data().write(to: output)
            let printer = try Tools.start(
                "print-event", ["--follow", file.path], stdout: try FileHandle(forWritingTo: output))
            let handle = try FileHandle(forUpdating: file)
            try handle.seekToEnd()
            usleep(200_000)
            #expect(try printer.isRunning && Data(contentsOf: output).isEmpty)
            try handle.write(contentsOf: Data(bytes.dropFirst(firstBlock + 50)))
            #expect(eventually { (try? String(contentsOf: output, encoding: .utf8)) == line + line + line + line })
            #expect(printer.isRunning && printer.errors.contains("lost 12 events on CPU 1"))
            #expect(printer.end() == 0)
        }
    }

    @Test func `damage is told with its place, skipped, and ends with 65`() throws {
        var (bytes, firstBlock) = try capture()
        bytes[firstBlock + 80] ^= 1
        let outcome = try print(bytes)
        #expect(outcome.output == line + line && outcome.status == 65)
        #expect(outcome.errors.contains("the capture is damaged at byte \(firstBlock): "), "\(outcome.errors)")
        #expect(outcome.errors.contains("lost 12 events"))
    }

    @Test func `a capture that was cut is told, within a block and at its border`() throws {
        let (bytes, firstBlock) = try capture()
        let torn = try print(Array(bytes[..<(firstBlock + 70)]))
        #expect(torn.status == 65 && torn.output.isEmpty)
        #expect(torn.errors.contains("the capture ends within the block at byte \(firstBlock)"), "\(torn.errors)")
        let bordered = try print(Array(bytes[..<firstBlock]))
        #expect(bordered.status == 0 && bordered.errors.contains("the capture has no end"), "\(bordered.errors)")
    }

    @Test func `events of another size are shown in hexadecimal`() throws {
        var writer = StreamWriter(format: .capture)
        _ = writer.append(([1, 2, 3] as [UInt8]).span.bytes)
        _ = writer.finishCapture()
        let outcome = try print(writer.pending.withUnsafeBytes { Array($0) })
        #expect(outcome.status == 0 && outcome.output == "_rest: 010203\n", "\(outcome.errors)")
        #expect(outcome.errors.contains("has 3 bytes of no known type"))
    }

    @Test func `text of programs is a line between events, an object, or beside, and nothing a terminal obeys`() throws
    {
        var writer = StreamWriter(format: .capture)
        let layout = try CaptureMaker.schema("struct { u32 n; }")
        writer.setPreamble(
            try CapturePreamble(
                header: CaptureHeader(bootOffset: CaptureMaker.bootOffset, began: 1_000_000_000),
                sources: [CaptureSource(number: 0)], schemas: [layout]
            ).bytes())
        let text = CaptureText(
            origin: "bpf_printk", time: 1_000_000_000, bytes: Array("one\u{1b}[2J\n\"two\"\n".utf8) + [0xff, 10])
        let isWritten = writer.noteText(text) && writer.finishCapture()
        #expect(isWritten)
        let stream = writer.pending.withUnsafeBytes { [UInt8]($0) }
        let lines = try Tools.run("print-event", [], stdin: stream)
        #expect(lines.status == 0 && lines.output.hasPrefix("one\\x1b[2J\n\"two\"\n"), "\(lines)")
        let json = try Tools.run("print-event", ["--json"], stdin: stream)
        let objects = json.output.split(separator: "\n")
        #expect(objects.count == 3, "\(json)")
        #expect(
            objects.dropFirst().first
                == #"{"_text":"\"two\"","_from":"bpf_printk","_time":"2026-11-21T12:00:00.000000000Z"}"#, "\(json)")
        let table = try Tools.run("print-event", ["--csv"], stdin: stream)
        #expect(!table.output.contains("two") && table.errors.contains("two"), "\(table)")
        for choice in [["--map", "events"], ["--cpu", "1"], ["--from", "+1s"]] {
            let other = try Tools.run("print-event", choice, stdin: stream)
            #expect(!other.output.contains("two"), "\(choice) \(other)")
        }
    }
}
