// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// print-event as a process, with real bytes.
struct PrintEventTests {
    private let line = "idx: 1, cmd: 2, cpu: 3, time: 4\n"

    private func print(_ stream: [UInt8], _ arguments: String...) throws -> ProcessOutcome {
        try Tools.run("print-event", arguments, stdin: stream)
    }

    @Test func `a stream of the original daemon prints the original printer's lines`() throws {
        let stream =
            eventFrame(1, cmd: 0, cpu: 3, time: 123_456_789_012_345) + eventFrame(2, cmd: -1, cpu: .max, time: .max)
            + eventFrame(padding: 0)
        let outcome = try print(stream)
        #expect(
            outcome.output == """
                idx: 1, cmd: 0, cpu: 3, time: 123456789012345
                idx: 2, cmd: -1, cpu: 4294967295, time: 18446744073709551615
                idx: 1, cmd: 2, cpu: 3, time: 4

                """)
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
    }

    @Test func `it ends where its input ends`() throws {
        let outcome = try print([])
        #expect(outcome.status == 0 && outcome.stdout.isEmpty && outcome.stderr.isEmpty)
    }

    @Test func `a file is named, or - for stdin`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "events")
            try Data(eventFrame()).write(to: file)
            #expect(try print([], file.path).output == line)
            #expect(try print(eventFrame(), "-").output == line)
            let missing = try print([], folder.appending(path: "none").path)
            #expect(missing.status == 66 && missing.errors.contains("cannot read") && missing.errors.contains("ENOENT"))
            #expect(try print([], folder.path).status == 66)
        }
    }

    @Test func `a million events come out whole and in order`() throws {
        var stream: [UInt8] = []
        for index in 0..<100_000 { stream += eventFrame(1, cmd: 0, cpu: 0, time: UInt64(index)) }
        let outcome = try print(stream)
        let times = outcome.output.split(separator: "\n").compactMap { Int($0.split(separator: " ").last ?? "") }
        #expect(times == Array(0..<100_000))
    }

    @Test(arguments: [1, 3, 5, 23])
    func `a truncated last frame is told with its offset after what was whole is printed`(length: Int) throws {
        let outcome = try print(eventFrame() + eventFrame() + eventFrame().prefix(length))
        #expect(outcome.status == 65 && outcome.output == line + line)
        #expect(outcome.errors.contains("the stream ends within the frame at byte 48"), "\(outcome.errors)")
    }

    @Test func `what follows the 16 bytes of the event is no part of it, up to 7 bytes`() throws {
        let frames = (0...7).flatMap { eventFrame(padding: $0) }
        let outcome = try print(frames)
        #expect(outcome.status == 0 && outcome.output == String(repeating: line, count: 8) && outcome.errors.isEmpty)
    }

    @Test func `an event of another size is shown in hexadecimal, and the first one is told with its offset`() throws {
        let outcome = try print(eventFrame() + frame([1, 2, 3]) + eventFrame() + frame([]) + eventFrame())
        #expect(outcome.status == 0 && outcome.output == line + "_rest: 010203\n" + line + "_rest: \n" + line)
        #expect(outcome.errors.contains("the event at byte 24 has 3 bytes of no known type"))
        #expect(outcome.errors.contains("--layout") && !outcome.errors.contains("byte 55"))
        let json = try print(frame([1, 2, 255]), "--json")
        #expect(json.output == #"{"_type":"bytes","_rest":"0102ff"}"# + "\n")
    }

    @Test(arguments: [0x4000_0000, 0x7fff_ffff, UInt32.max])
    func `a frame beyond the bound ends the reading at its offset`(size: UInt32) throws {
        let outcome = try print(eventFrame() + bytes(size) + eventFrame())
        #expect(outcome.status == 65 && outcome.output == line)
        #expect(outcome.errors.contains("the frame at byte 24 claims \(size) bytes"))
    }

    @Test func `events and reports are JSON where that is asked for`() throws {
        let outcome = try print(eventFrame() + [1], "--json")
        #expect(outcome.output == #"{"idx":1,"cmd":2,"cpu":3,"time":4,"_type":"struct event"}"# + "\n")
        let report = try JSONSerialization.jsonObject(with: Data(outcome.stderr)) as? [String: Any]
        #expect(report?["tool"] as? String == "print-event" && report?["exit"] as? Int == 65)
    }

    @Test func `a live pipe shows each event at once`() throws {
        let (input, output) = (Pipe(), Pipe())
        let printer = try Tools.start("print-event", [], stdin: input, stdout: output)
        try output.fileHandleForWriting.close()
        for _ in 0..<2 {
            // The pipe stays open, so that nothing but the event itself has it shown.
            try input.fileHandleForWriting.write(contentsOf: Data(eventFrame()))
            var shown = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            try #require(poll(&shown, 1, Int32(patience * 1000)) == 1)
            #expect(try output.fileHandleForReading.read(upToCount: line.utf8.count) == Data(line.utf8))
        }
        try input.fileHandleForWriting.close()
        #expect(printer.finish() == 0)
    }

    @Test func `a reader that has enough is no error, as with head`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "events")
            try Data((0..<100_000).flatMap { _ in eventFrame() }).write(to: file)
            let outcome = try Tools.shell("{ $T/print-event \(file.path); echo status $? >&2; } | head -n 1")
            #expect(outcome.output == line && outcome.errors == "status 0\n")
        }
    }

    @Test func `a reader that goes away ends it, although no event comes`() throws {
        let (input, output) = (Pipe(), Pipe())
        let printer = try Tools.start("print-event", [], stdin: input, stdout: output)
        try output.fileHandleForWriting.close()
        #expect(printer.waitUntilIdle())
        try output.fileHandleForReading.close()
        #expect(printer.finish() == 0)
        try input.fileHandleForWriting.close()
    }

    @Test func `a full disk is told`() throws {
        let outcome = try Tools.shell("printf '\(octal(eventFrame()))' | $T/print-event > /dev/full")
        #expect(outcome.status == 74 && outcome.errors.contains("ENOSPC"))
    }

    @Test func `a process without stdin or stdout is told so`() throws {
        let noInput = try Tools.shell("$T/print-event <&-")
        #expect(noInput.status == 74 && noInput.errors.contains("cannot read stdin"))
        let noOutput = try Tools.shell("printf '\(octal(eventFrame()))' | $T/print-event >&-")
        #expect(noOutput.status == 74 && noOutput.errors.contains("stdout"))
    }

    @Test func `a file that grows is followed until a signal, and one written anew is read anew`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "events")
            let output = folder.appending(path: "lines")
            try Data(eventFrame() + eventFrame().prefix(10)).write(to: file)
            try Data().write(to: output)
            let printer = try Tools.start(
                "print-event", ["--follow", file.path], stdout: try FileHandle(forWritingTo: output))
            func lines() -> String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
            #expect(eventually { lines() == line })
            let handle = try FileHandle(forUpdating: file)
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(eventFrame().dropFirst(10)))
            #expect(eventually { lines() == line + line })
            try handle.truncate(atOffset: 0)
            #expect(eventually { printer.errors.contains("written anew") })
            try handle.seek(toOffset: 0)
            try handle.write(contentsOf: Data(eventFrame()))
            #expect(eventually { lines() == line + line + line })
            #expect(printer.isRunning)
            #expect(printer.end() == 0)
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `a signal ends it while it waits`(signal: Int32) throws {
        let input = Pipe()
        let printer = try Tools.start("print-event", [], stdin: input)
        #expect(printer.waitUntilIdle())
        #expect(printer.end(signal) == 0)
        try input.fileHandleForWriting.close()
    }

    @Test func `after an interrupt it prints what the writer still sends, since that was interrupted too`() throws {
        let (input, output) = (Pipe(), Pipe())
        let printer = try Tools.start("print-event", [], stdin: input, stdout: output)
        #expect(printer.waitUntilIdle())
        printer.send(SIGINT)
        #expect(printer.waitUntilIdle())
        try input.fileHandleForWriting.write(contentsOf: Data(eventFrame()))
        try input.fileHandleForWriting.close()
        try output.fileHandleForWriting.close()
        #expect(printer.finish() == 0)
        #expect(try output.fileHandleForReading.readToEnd() == Data(line.utf8))
    }

    @Test func `a reader that stalls does not keep signals from ending it`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "events")
            try Data((0..<50_000).flatMap { _ in eventFrame() }).write(to: file)
            let output = Pipe()
            let printer = try Tools.start("print-event", [file.path], stdout: output)
            #expect(printer.waitUntilIdle())
            #expect(printer.end(SIGINT) == 0)
            try output.fileHandleForReading.close()
        }
    }

    @Test func `help fits a terminal and has an example`() throws {
        for tool in ["print-event", "bpf-eventd"] {
            let outcome = try Tools.run(tool, ["--help"])
            let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(
                outcome.status == 0 && lines.allSatisfy { $0.count <= 80 }, "\(outcome.output)")
            #expect(outcome.output.contains("bpf-eventd /sys/fs/bpf/map_event - | print-event"))
        }
    }

    @Test func `a misspelt option gets the near one, and exit code 64`() throws {
        let outcome = try print([], "--folow")
        #expect(outcome.status == 64 && outcome.errors.contains("--follow"))
    }

    private func octal(_ bytes: [UInt8]) -> String {
        bytes.map { "\\" + String($0, radix: 8).leftPadded }.joined()
    }
}

extension String {
    fileprivate var leftPadded: String { String(repeating: "0", count: 3 - count) + self }
}
