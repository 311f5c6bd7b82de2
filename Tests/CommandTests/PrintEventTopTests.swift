// SPDX-License-Identifier: Apache-2.0

@testable import EventPrinting
@testable import EventStream
import Foundation
import TestSupport
import Testing

/// print-event as a process: the table of what most events have, and how far a large file is read.
struct PrintEventTopTests {
    private func capture(_ names: [(String, Int)], lost: UInt64 = 0) throws -> CaptureMaker {
        var maker = try CaptureMaker(map: "events", layout: "struct call { char comm[16]; u64 wait_us; }")
        maker.add(records(names))
        if lost > 0 { maker.add(CaptureLoss(source: 0, cpu: 0, events: lost, cause: .ringFull)) }
        return maker
    }

    private func records(_ names: [(String, Int)], from start: UInt64 = 1_000_000_000) -> [CaptureMaker.Record] {
        var time = start
        return names.flatMap { name, count in
            (0..<count).map { _ in
                time += 1_000_000
                let comm = Array(name.utf8) + [UInt8](repeating: 0, count: 16 - name.utf8.count)
                return CaptureMaker.Record(pid: 7, time: time, bytes: comm + bytes(UInt64(250)))
            }
        }
    }

    @Test func `of a file there is one table of all, the most frequent first, with sums and bars`() throws {
        var maker = try capture([("bash", 2), ("sshd", 6), ("a\u{1b}[2J", 1)], lost: 12)
        maker.end()
        let outcome = try Tools.run("print-event", ["--top", "comm", "--summary", "wait_us"], stdin: maker.bytes)
        #expect(outcome.status == 0, "\(outcome)")
        let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.first == ["9", "events,", "lost", "12"], "\(outcome)")
        #expect(lines[1] == ["comm", "per", "s", "events", "sum", "of", "wait_us"], "\(outcome)")
        #expect(lines[2].first == "sshd" && lines[2].suffix(3) == ["6", "1.500ms", String(repeating: "@", count: 24)])
        #expect(lines[3].first == "bash" && lines[3].last == String(repeating: "@", count: 8), "\(outcome)")
        #expect(lines[4].first == "a\\x1b[2J" && lines.count == 5, "\(outcome)")
    }

    @Test func `while events come there is a table at each interval, in plain lines where no terminal is`() throws {
        try withTemporaryFolder { folder in
            var maker = try capture([("bash", 2)])
            let out = folder.appending(path: "out")
            try Data().write(to: out)
            let pipe = Pipe()
            let tool = try Tools.start(
                "print-event", ["--top", "comm", "--every", "50ms"], stdin: pipe.fileHandleForReading,
                stdout: FileHandle(forWritingTo: out))
            func text() -> String { (try? String(contentsOf: out, encoding: .utf8)) ?? "" }
            let first = maker.bytes
            try pipe.fileHandleForWriting.write(contentsOf: Data(first))
            #expect(eventually { text().contains("\n\n2 events\n") }, "\(tool.errors)")
            maker.add(records([("sshd", 3)], from: 2_000_000_000))
            maker.end()
            try pipe.fileHandleForWriting.write(contentsOf: Data(maker.bytes[first.count...]))
            #expect(eventually { text().contains("5 events\n") }, "\(tool.errors)")
            try pipe.fileHandleForWriting.close()
            #expect(tool.finish() == 0, "\(tool.errors)")
            let tables = text().components(separatedBy: "\n\n")
            #expect(!text().contains("\u{1b}") && tables.count > 2)
            let last = try #require(tables.last?.split(separator: "\n").map { $0.split(separator: " ") })
            #expect(last.dropFirst(2).map { $0.first } == ["sshd", "bash"], "\(text())")
        }
    }

    @Test func `on a terminal the table is drawn over the one before, and is as large as the window is now`() throws {
        try withTemporaryFolder { folder in
            let names = (0..<30).map { ("name\($0)", 1) }
            let file = folder.appending(path: "a.bev")
            try Data(capture(names).bytes).write(to: file)
            var (terminal, other): (Int32, Int32) = (-1, -1)
            var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
            try #require(openpty(&terminal, &other, nil, nil, &size) == 0)
            let reading = FileHandle(fileDescriptor: terminal, closeOnDealloc: true)
            let tool = try Tools.start(
                "print-event", ["--top", "comm", "--every", "50ms", "--follow", file.path],
                stdout: FileHandle(fileDescriptor: other, closeOnDealloc: false), environment: ["TERM": "xterm"])
            _ = fcntl(terminal, F_SETFL, O_NONBLOCK)
            var shown = ""
            func shows(_ text: String) -> Bool {
                eventually {
                    var buffer = [UInt8](repeating: 0, count: 1 << 16)
                    let count = read(terminal, &buffer, buffer.count)
                    if count > 0 { shown += String(decoding: buffer[..<count], as: UTF8.self) }
                    return shown.contains(text)
                }
            }
            // A heading, the names, 19 rows, and what is not shown.
            #expect(shows("… 11 more") && shows("\u{1b}[22A\r\u{1b}[J30 events"), "\(shown) \(tool.errors)")
            size.ws_row = 10
            #expect(ioctl(terminal, UInt(TIOCSWINSZ), &size) == 0)
            #expect(shows("… 25 more") && shows("\u{1b}[8A\r\u{1b}[J30 events"), "\(shown)")
            #expect(tool.end(SIGINT) == 0, "\(tool.errors)")
            close(other)
            _ = reading
        }
    }

    @Test func `what does not go with the table is told`() throws {
        for arguments in [
            ["--top", "comm", "--by", "comm"], ["--every", "1s"], ["--top", "5", "--every", "1s"], ["--top", "com"],
            ["--top", "comm", "--table"], ["--top", "0"], ["--top", "comm", "--folded"],
        ] {
            var maker = try capture([("bash", 1)])
            maker.end()
            let outcome = try Tools.run("print-event", arguments, stdin: maker.bytes)
            #expect(outcome.status == 64, "\(arguments): \(outcome)")
        }
        var maker = try capture([("bash", 1)])
        maker.end()
        let rare = try Tools.run("print-event", ["--top", "comm", "--every", "9999999h"], stdin: maker.bytes)
        #expect(rare.status == 0, "\(rare)")
        for (arguments, word) in [
            (["--maps", "--top", "comm"], "--events"), (["--top", "comm"], "--events"),
            (["--events", "--top", "comm", "--capture", "x.bev"], "--capture"),
            (["--events", "--top", "comm", "--by", "comm"], "--by"), (["--events", "--every", "1s"], "--maps"),
        ] {
            let load = try Tools.run("load-kp-bpf", ["none.o"] + arguments)
            #expect(load.status == 64 && load.errors.contains(word), "\(arguments): \(load)")
        }
        // It is taken where there are events, as far as the object, which is not there.
        let load = try Tools.run("load-kp-bpf", ["none.o", "--events", "--top", "comm", "--every", "1s"])
        #expect(load.status == 66, "\(load)")
    }

    @Test func `how far a file is read is told in bytes, a rate and the time that is left`() {
        let progress = InputProgress(size: 1_000_000_000, read: 250_000_000, now: 0)
        #expect(progress.text(now: 2_000_000_000) == "25 %, 250 of 1000 MB, 125 MB/s, 6s left")
        #expect(InputProgress(size: 0, now: 0).text(now: 0) == "100 %, 0 of 0 MB, 0 MB/s, 0s left")
    }
}
