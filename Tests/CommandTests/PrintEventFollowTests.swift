// SPDX-License-Identifier: Apache-2.0

import EventStream
import Foundation
import TestSupport
import Testing

/// A file of events that is followed by print-event, in a folder of its own.
private struct Followed {
    let file: URL
    let printer: RunningTool
    private let output: URL

    /// Begins to follow a file that holds something.
    static func with(_ content: [UInt8], _ body: (Followed) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let (file, output) = (folder.appending(path: "OUT"), folder.appending(path: "lines"))
            try Data(content).write(to: file)
            try Data().write(to: output)
            let printer = try Tools.start(
                "print-event", ["--follow", file.path], stdout: try FileHandle(forWritingTo: output))
            try body(Followed(file: file, printer: printer, output: output))
        }
    }

    var lines: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

    /// Whether exactly the events of these times are printed before long.
    func prints(_ times: some Sequence<UInt64>) -> Bool {
        let expected = times.map { "idx: 1, cmd: 2, cpu: 3, time: \($0)\n" }.joined()
        return eventually { lines == expected } && printer.isRunning
    }

    func add(_ bytes: [UInt8], to number: Int = 0) throws {
        let handle = try FileHandle(forWritingTo: url(number))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(bytes))
        try handle.close()
    }

    func create(_ bytes: [UInt8]) throws { try Data(bytes).write(to: file) }

    func move(_ from: Int, to: Int) throws { #expect(rename(url(from).path, url(to).path) == 0) }

    func remove(_ number: Int = 0) { #expect(unlink(url(number).path) == 0) }

    /// Has something happen of which the printer learns only when all of it has happened.
    func atOnce(_ body: () throws -> Void) throws { try printer.stopped(body) }

    private func url(_ number: Int) -> URL {
        number == 0 ? file : URL(fileURLWithPath: "\(file.path).\(number)")
    }
}

private func events(_ times: ClosedRange<UInt64>) -> [UInt8] { times.flatMap { eventFrame(time: $0) } }

/// `print-event --follow` where files get other names, as rotation does it.
struct PrintEventFollowTests {
    @Test func `the rest of a file that was renamed comes first, then the new one from its start`() throws {
        try Followed.with(events(1...2)) { followed in
            #expect(followed.prints(1...2))
            try followed.atOnce {
                try followed.add(events(3...4))
                try followed.move(0, to: 1)
                try followed.add(events(5...5), to: 1)
                try followed.create(events(6...7))
            }
            #expect(followed.prints(1...7))
            try followed.add(events(8...8))
            #expect(followed.prints(1...8))
            #expect(followed.printer.end() == 0 && followed.printer.errors.isEmpty, "\(followed.printer.errors)")
        }
    }

    @Test func `between two files there may be none, and an empty one does not end the old one`() throws {
        try Followed.with(events(1...1)) { followed in
            #expect(followed.prints(1...1))
            try followed.move(0, to: 1)
            usleep(200_000)
            #expect(followed.prints(1...1))
            try followed.add(events(2...2), to: 1)
            #expect(followed.prints(1...2))
            try followed.create([])
            usleep(200_000)
            try followed.add(events(3...3), to: 1)
            #expect(followed.prints(1...3))
            try followed.add(events(4...4))
            #expect(followed.prints(1...4))
        }
    }

    @Test func `no file is left out where several rotations came at once`() throws {
        try Followed.with(events(1...1)) { followed in
            #expect(followed.prints(1...1))
            try followed.atOnce {
                for number in 1...5 {
                    for old in (0..<number).reversed() { try followed.move(old, to: old + 1) }
                    let time = UInt64(number * 10)
                    try followed.create(events(time...(time + 2)))
                }
            }
            var times: [UInt64] = [1]
            for number: UInt64 in 1...5 { times += (number * 10)...(number * 10 + 2) }
            #expect(followed.prints(times))
            #expect(followed.printer.errors.isEmpty)
        }
    }

    @Test func `in the middle of a rotation the next file is the one whose number follows`() throws {
        try Followed.with(events(1...1)) { followed in
            #expect(followed.prints(1...1))
            // The older file has got its next name, and the newer one not yet.
            try followed.atOnce {
                try followed.move(0, to: 2)
                try followed.create(events(2...2))
            }
            #expect(followed.prints(1...2))
        }
    }

    @Test func `files that came after a removed one are read from the oldest on, and that is told`() throws {
        try Followed.with(events(1...1)) { followed in
            #expect(followed.prints(1...1))
            try followed.atOnce {
                try followed.add(events(2...2))
                try followed.move(0, to: 2)
                try followed.create(events(3...3))
                try followed.move(0, to: 1)
                followed.remove(2)
                try followed.create(events(4...4))
            }
            #expect(followed.prints(1...4))
            #expect(followed.printer.errors.contains("may be gone"), "\(followed.printer.errors)")
        }
    }

    @Test func `a file that was removed and made again is read, and an older one beside it is not`() throws {
        try Followed.with(events(5...5)) { followed in
            #expect(followed.prints(5...5))
            try followed.atOnce {
                let old = URL(fileURLWithPath: followed.file.path + ".1")
                try Data(events(1...1)).write(to: old)
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: old.path)
                followed.remove()
                try followed.create(events(6...6))
            }
            #expect(followed.prints(5...6))
        }
    }

    @Test func `a file written anew is read anew, also where it has become longer than before`() throws {
        try Followed.with(events(1...1)) { followed in
            #expect(followed.prints(1...1))
            try followed.atOnce {
                let handle = try FileHandle(forWritingTo: followed.file)
                try handle.truncate(atOffset: 0)
                try handle.write(contentsOf: Data(events(11...19)))
            }
            #expect(followed.prints([1] + (11...19)))
            #expect(followed.printer.errors.contains("was written anew"))
        }
    }

    @Test func `a frame that the old file does not hold to its end is told, and the new file is read`() throws {
        try Followed.with(events(1...1) + eventFrame().prefix(9)) { followed in
            #expect(followed.prints(1...1))
            try followed.atOnce {
                try followed.move(0, to: 1)
                try followed.create(events(2...2))
            }
            #expect(followed.prints(1...2))
            #expect(followed.printer.errors.contains("the stream ends within the frame at byte 24"))
            #expect(followed.printer.end() == 65)
        }
    }

    @Test func `a FIFO in the place of the file is not opened`() throws {
        try Followed.with(events(1...1)) { followed in
            #expect(followed.prints(1...1))
            try followed.atOnce {
                try followed.move(0, to: 1)
                #expect(mkfifo(followed.file.path, 0o600) == 0)
            }
            usleep(200_000)
            followed.remove()
            try followed.create(events(2...2))
            #expect(followed.prints(1...2))
        }
    }
}

/// The same with captures, whose blocks have numbers.
struct PrintEventFollowCaptureTests {
    /// The files of a capture, each with its preamble and a block of one event; and where that begins.
    private func files(_ times: ClosedRange<UInt64>) throws -> (files: [[UInt8]], block: Int) {
        var writer = StreamWriter(format: .capture)
        let preamble = try CapturePreamble(header: CaptureHeader(bootOffset: 0, began: 1)).bytes()
        let files = times.map { time in
            writer.setPreamble(preamble)
            writer.begin(source: 0, cpu: 1)
            _ = writer.append(Array(eventFrame(time: time).dropFirst(4)).span.bytes)
            writer.finishBlock()
            defer { writer.markWritten(writer.pendingBytes) }
            return writer.pending.withUnsafeBytes { Array($0) }
        }
        return (files, writer.preamble.count)
    }

    @Test func `a capture goes on in the next file, and a block that is missing between two is told`() throws {
        let (files, _) = try files(1...4)
        try Followed.with(files[0]) { followed in
            #expect(followed.prints(1...1))
            try followed.move(0, to: 1)
            try followed.create(files[1])
            #expect(followed.prints(1...2))
            #expect(followed.printer.errors.isEmpty, "\(followed.printer.errors)")
            try followed.move(1, to: 2)
            try followed.move(0, to: 1)
            try followed.create(files[3])
            #expect(followed.prints([1, 2, 4]))
            #expect(followed.printer.errors.contains("block 3 is missing"), "\(followed.printer.errors)")
        }
    }

    @Test func `a damaged block is told with its offset once the next one has come, and skipped`() throws {
        let (files, block) = try files(1...3)
        var damaged = files[1].dropFirst(block)
        damaged[damaged.endIndex - 8] ^= 1
        let offset = files[0].count
        try Followed.with(files[0]) { followed in
            #expect(followed.prints(1...1))
            try followed.add(Array(damaged))
            usleep(200_000)
            #expect(followed.prints(1...1))
            let third = Array(files[2].dropFirst(block))
            try followed.add(Array(third.prefix(40)))
            usleep(200_000)
            try followed.add(Array(third.dropFirst(40)))
            #expect(followed.prints([1, 3]))
            #expect(
                followed.printer.errors.contains("the capture is damaged at byte \(offset): \(damaged.count) bytes"),
                "\(followed.printer.errors)")
            #expect(followed.printer.end() == 65)
        }
    }

    @Test func `a block that the old file does not hold to its end is told, and the new file is read`() throws {
        let (files, block) = try files(1...3)
        try Followed.with(files[0] + files[1].dropFirst(block).prefix(50)) { followed in
            #expect(followed.prints(1...1))
            try followed.atOnce {
                try followed.move(0, to: 1)
                try followed.create(files[2])
            }
            #expect(followed.prints([1, 3]))
            let errors = followed.printer.errors
            #expect(errors.contains("the capture ends within the block at byte \(files[0].count)"), "\(errors)")
            #expect(followed.printer.end() == 65)
        }
    }
}

/// print-event behind a bpf-eventd that rotates its files.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct PrintEventFollowDaemonTests {
    private let map = PinnedTestMap()

    /// Runs a daemon, and a printer that follows its file and has begun with the first event.
    private func withPrinter(
        _ options: [String], _ body: (_ out: String, RunningTool, EventGenerator, RunningTool, Lines) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            let (out, lines) = (folder.appending(path: "OUT").path, Lines(file: folder.appending(path: "lines")))
            try Data().write(to: lines.file)
            try map.withDaemon(options, output: out) { daemon, generator in
                let printer = try Tools.start(
                    "print-event", ["--follow", out], stdout: try FileHandle(forWritingTo: lines.file))
                try generator.emit(1, cpu: 0)
                #expect(eventually { lines.count == 1 })
                try body(out, daemon, generator, printer, lines)
            }
        }
    }

    private struct Lines {
        let file: URL

        var count: Int { (try? Data(contentsOf: file))?.reduce(0) { $0 + ($1 == 10 ? 1 : 0) } ?? 0 }

        /// The time of each line, in the order printed.
        var times: [UInt64] {
            ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n").compactMap {
                $0.split(separator: " ").last.flatMap { UInt64($0) }
            }
        }
    }

    @Test(arguments: [["--rotate-size", "16KiB"], ["--format", "capture", "--rotate-size", "16KiB"]])
    func `each event is printed once and in order, whatever the daemon calls its files`(options: [String]) throws {
        try withPrinter(options) { out, daemon, generator, printer, lines in
            for round in 0..<60 {
                try generator.emit(500, cpu: 0)
                // Sometimes many rotations behind.
                if round % 20 == 5 { printer.send(SIGSTOP) }
                if round % 20 == 15 { printer.send(SIGCONT) }
                // A busy machine must not make the ring lose events.
                usleep(2000)
            }
            #expect(daemon.end() == 0)
            let expected = 30_001 - daemon.lostEvents
            #expect(FileManager.default.fileExists(atPath: out + ".5"))
            #expect(eventually { lines.count >= expected })
            #expect(printer.end() == 0 && printer.errors.isEmpty, "\(printer.errors)")
            let times = lines.times
            #expect(times.count == expected && isAscending(times), "\(times.count) of \(expected)")
        }
    }

    @Test func `logrotate's way, a new file and SIGHUP later, loses nothing either`() throws {
        try withPrinter([]) { out, daemon, generator, printer, lines in
            for number in 1...8 {
                for _ in 0..<5 { try generator.emit(300, cpu: 0) }
                for old in (0..<number).reversed() {
                    #expect(rename(old == 0 ? out : "\(out).\(old)", "\(out).\(old + 1)") == 0)
                }
                try Data().write(to: URL(fileURLWithPath: out))
                try generator.emit(300, cpu: 0)
                daemon.send(SIGHUP)
                #expect(eventually { daemon.errors.components(separatedBy: "Reopened.\n").count == number + 1 })
            }
            try generator.emit(300, cpu: 0)
            #expect(daemon.end() == 0)
            let expected = 8 * 1800 + 301 - daemon.lostEvents
            #expect(eventually { lines.count >= expected })
            #expect(printer.end() == 0 && printer.errors.isEmpty, "\(printer.errors)")
            let times = lines.times
            #expect(times.count == expected && isAscending(times), "\(times.count) of \(expected)")
        }
    }
}
