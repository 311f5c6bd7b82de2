// SPDX-License-Identifier: Apache-2.0

import BPFObject
import BPFCore
import Foundation
import TestSupport
import Testing

/// bpf-eventd's command line and outputs, as a process: what needs no kernel.
struct BPFEventdArgumentTests {
    private let map = "/sys/fs/bpf/no_such_folder_here/map"

    @Test(arguments: [
        (["/sys/fs/bpf/m"], "output"), (["--pages", "3", "/sys/fs/bpf/m", "-"], "--pages 3"),
        (["--pages", "0", "/sys/fs/bpf/m", "-"], "--pages 0"), (["--pages", "-4", "/sys/fs/bpf/m", "-"], "pages"),
        (["--pages", "x", "/sys/fs/bpf/m", "-"], "pages"), (["--duration", "soon", "/sys/fs/bpf/m", "-"], "duration"),
        (["--unpin", "--user", "nobody", "/sys/fs/bpf/m", "-"], "--unpin"),
        (["--apend", "/sys/fs/bpf/m", "-"], "--append"),
        (["relative/map/", "/dev/null"], "name at its end"), (["/sys/fs/bpf/map.event", "/dev/null"], "dots"),
        (["--user", "no-such-user-here", "/sys/fs/bpf/m", "/dev/null"], "no user"),
        (["--user", "root", "/sys/fs/bpf/m", "/dev/null"], "is root"),
    ])
    func `a wrong command line is exit code 64 and says what is wrong`(arguments: [String], word: String) throws {
        let outcome = try Tools.run("bpf-eventd", arguments)
        #expect(outcome.status == 64 && outcome.errors.contains(word), "\(outcome.errors)")
    }

    @Test func `an output that is a folder, a symbolic link or a socket is refused in words`() throws {
        try withTemporaryFolder { folder in
            let link = folder.appending(path: "link").path
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "target")
            let cases = [
                (folder.path, "it is a directory"), (link, "symbolic link"), ("/dev/stdout", "- for stdout"),
                (folder.appending(path: "none/file").path, "create its directory"),
            ]
            for (output, words) in cases {
                let outcome = try Tools.run("bpf-eventd", [map, output])
                #expect(outcome.status == 74 && outcome.errors.contains(words), "\(outcome.errors)")
            }
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "target").path))
        }
    }

    @Test func `a FIFO without a reader is waited for, and a signal ends the wait`() throws {
        try withTemporaryFolder { folder in
            let fifo = folder.appending(path: "fifo").path
            #expect(mkfifo(fifo, 0o600) == 0)
            let daemon = try Tools.start("bpf-eventd", [map, fifo])
            #expect(eventually("it sleeps between two looks") { ProcessState(of: daemon.pid)?.state == "S" })
            #expect(daemon.end() == 0)
        }
    }

    @Test func `the old file stays as it is when the start fails`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "events")
            try Data([1, 2, 3]).write(to: file)
            let outcome = try Tools.run("bpf-eventd", ["/not/a/bpf/filesystem/map", file.path])
            #expect(outcome.status != 0)
            #expect(try Data(contentsOf: file) == Data([1, 2, 3]))
        }
    }
}

/// bpf-eventd with real rings, fed by a program that is run and not attached.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct BPFEventdTests {
    private let map = "/sys/fs/bpf/command_test_\(getpid())_\(UInt32.random(in: 0...UInt32.max))"

    /// Runs a daemon, and removes the pin afterwards whatever happens.
    private func withDaemon(
        _ options: [String] = [], output: String, stdout: Any? = nil,
        _ body: (RunningTool, EventGenerator) throws -> Void
    ) throws {
        defer { unlink(map) }
        let daemon = try Tools.start("bpf-eventd", options + [map, output], stdout: stdout)
        try #require(daemon.wait(for: "Running."), "\(daemon.errors)")
        try body(daemon, try EventGenerator(pinnedAt: map))
    }

    private func frames(_ url: URL) throws -> Int {
        let size = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? -1
        #expect(size % 24 == 0)
        return size / 24
    }

    @Test func `the session: events go through a pipe to the printer, and the end is in order`() throws {
        defer { unlink(map) }
        let pipe = Pipe()
        let daemon = try Tools.start("bpf-eventd", [map, "-"], stdout: pipe)
        try #require(daemon.wait(for: "Running."))
        try EventGenerator(pinnedAt: map, idx: 2).emit(100, cpu: 0)
        #expect(daemon.end(SIGINT) == 0)
        try pipe.fileHandleForWriting.close()
        let stream = try pipe.fileHandleForReading.readToEnd() ?? Data()
        let printed = try Tools.run("print-event", [], stdin: Array(stream))
        let lines = printed.output.split(separator: "\n")
        #expect(printed.status == 0 && lines.count == 100)
        #expect(lines.allSatisfy { $0.hasPrefix("idx: 2, cmd: 5, cpu: 0, time: ") })
        #expect(daemon.errors.contains("number of cpu: ") && daemon.errors.hasSuffix("Running.\nTerminate.\n"))
        #expect(FileManager.default.fileExists(atPath: map), "the pin stays")
    }

    @Test func `a file is overwritten, added to with --append, and the map is taken with the original's warning`()
        throws
    {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "events")
            try Data([UInt8](repeating: 7, count: 1000)).write(to: file)
            for (options, expected, exists) in [([], 3, false), (["--append"], 6, true), ([], 3, true)] {
                let daemon = try Tools.start("bpf-eventd", options + [map, file.path])
                try #require(daemon.wait(for: "Running."), "\(daemon.errors)")
                #expect(daemon.errors.contains("Warning: Map exists.") == exists)
                try EventGenerator(pinnedAt: map).emit(3, cpu: 0)
                #expect(daemon.end() == 0)
                #expect(try frames(file) == expected)
            }
            unlink(map)
        }
    }

    @Test func `a single event is on its way without another one or an end`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "events")
            try withDaemon(output: file.path) { daemon, generator in
                #expect(daemon.waitUntilIdle())
                try generator.emit(1, cpu: 0)
                #expect(try eventually { try frames(file) == 1 })
                #expect(daemon.end() == 0)
            }
        }
    }

    @Test func `what is written and what is reported as lost is what was sent`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "events")
            defer { unlink(map) }
            let daemon = try Tools.start("bpf-eventd", ["--pages", "1", "--json", map, file.path])
            #expect(eventually { FileManager.default.fileExists(atPath: map) })
            // It does not say that it runs.
            #expect(daemon.waitUntilIdle())
            try daemon.stopped { try EventGenerator(pinnedAt: map).emit(1000, cpu: 0) }
            #expect(daemon.end() == 3)
            let reports = daemon.errors.split(separator: "\n").compactMap {
                try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
            let total = reports.first { $0["event"] as? String == "lost-total" }
            let lost = try #require(total?["events"] as? Int)
            let written = try frames(file)
            #expect(lost > 0 && written + lost == 1000, "\(daemon.errors)")
            let cpus = try #require(total?["cpus"] as? [[String: Int]])
            #expect(cpus == [["cpu": 0, "events": lost]])
        }
    }

    @Test func `--unpin removes the pin, --pid-file names it, --stats counts`() throws {
        try withTemporaryFolder { folder in
            let pidFile = folder.appending(path: "pid").path
            let daemon = try Tools.start(
                "bpf-eventd", ["--unpin", "--pid-file", pidFile, "--stats", map, "/dev/null"])
            try #require(daemon.wait(for: "Running."))
            #expect(try String(contentsOfFile: pidFile, encoding: .utf8) == "\(daemon.pid)\n")
            try EventGenerator(pinnedAt: map).emit(10, cpu: 0)
            #expect(daemon.end() == 0)
            #expect(daemon.errors.contains("events: 10, bytes: 240, lost: 0"), "\(daemon.errors)")
            #expect(!FileManager.default.fileExists(atPath: map) && !FileManager.default.fileExists(atPath: pidFile))
        }
    }

    @Test func `--duration ends it, and not before its time`() throws {
        let began = ContinuousClock.now
        let outcome = try Tools.run("bpf-eventd", ["--unpin", "--duration", "200ms", map, "/dev/null"])
        #expect(outcome.status == 0 && outcome.errors.hasSuffix("Running.\nTerminate.\n"), "\(outcome)")
        #expect(ContinuousClock.now - began >= .milliseconds(200))
    }

    @Test func `a reader that has gone is exit code 74 with the count of what was not written`() throws {
        let pipe = Pipe()
        let writing = fcntl(pipe.fileHandleForWriting.fileDescriptor, F_DUPFD_CLOEXEC, 3)
        defer { close(writing) }
        try withDaemon(output: "-", stdout: pipe) { daemon, generator in
            daemon.send(SIGSTOP)
            try pipe.leaveWithoutReader(writing: writing)
            try generator.emit(5, cpu: 0)
            daemon.send(SIGCONT)
            #expect(daemon.finish() == 74)
            #expect(daemon.errors.contains("its reader has gone") && daemon.errors.contains("events not written: 5"))
        }
    }

    @Test func `a disk that stays full is exit code 74 at the end, with the count`() throws {
        try withDaemon(output: "/dev/full") { daemon, generator in
            try generator.emit(5, cpu: 0)
            #expect(daemon.wait(for: "no room in /dev/full: the events wait"))
            #expect(daemon.end() == 74)
            #expect(daemon.errors.contains("ENOSPC") && daemon.errors.contains("events not written: 5"))
        }
    }

    @Test func `a file that may not grow further ends at a frame's border`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "events")
            defer { unlink(map) }
            let program = Tools.folder.appending(path: "bpf-eventd").path
            // Two blocks of 512 or 1024 bytes, which both end within a frame; stderr is a file too.
            let daemon = try Tools.start(
                "/bin/sh", ["-c", "ulimit -f 2; exec \(program) \(map) \(file.path)"])
            try #require(daemon.wait(for: "Running."), "\(daemon.errors)")
            try EventGenerator(pinnedAt: map).emit(100, cpu: 0)
            #expect(daemon.wait(for: "no room in "))
            #expect(daemon.end() == 74)
            let written = try frames(file)
            #expect([42, 85].contains(written))
            #expect(
                daemon.errors.contains("EFBIG") && daemon.errors.contains("not written: \(100 - written)\n"),
                "\(written): \(daemon.errors)")
        }
    }

    @Test func `a reader that stalls holds neither the daemon nor its end`() throws {
        let pipe = Pipe()
        try withDaemon(output: "-", stdout: pipe) { daemon, generator in
            // More than the pipe takes; the rest waits in the daemon and in the rings.
            try generator.emit(20_000, cpu: 0)
            #expect(daemon.waitUntilIdle())
            daemon.send(SIGTERM)
            #expect(daemon.waitUntilIdle(), "it waits for the reader")
            #expect(daemon.end() == 74, "a second signal ends it at once")
            #expect(daemon.errors.contains("ended before the reader of stdout took everything"))
        }
    }

    @Test func `a reader that stalls for a while gets everything`() throws {
        let pipe = Pipe()
        try withDaemon(["--stats"], output: "-", stdout: pipe) { daemon, generator in
            try generator.emit(15_000, cpu: 0)
            #expect(daemon.waitUntilIdle())
            daemon.send(SIGTERM)
            #expect(daemon.waitUntilIdle())
            try pipe.fileHandleForWriting.close()
            let stream = try pipe.fileHandleForReading.readToEnd() ?? Data()
            #expect(daemon.finish() == 0)
            #expect(stream.count == 15_000 * 24, "\(daemon.errors)")
        }
    }

    @Test func `a map of another kind is refused untouched`() throws {
        defer { unlink(map) }
        let attributes = Map.Attributes(type: .array, keySize: 4, valueSize: 4, maxEntries: 8, name: "other")
        var other = try PinnedMap.openOrCreate(PinPath(path: map), attributes)
        other.keepPin()
        try other.map.update(key: 0, value: 77)
        let refused = try Tools.run("bpf-eventd", [map, "/dev/null"])
        #expect(refused.status == 65 && refused.errors.contains("perf_event_array"), "\(refused.errors)")
        let value = try other.map.lookUp(key: [0, 0, 0, 0])
        #expect(value == bytes(UInt32(77)))
    }

    @Test func `a map with fewer slots than CPUs is refused in words, a larger one is fine`() throws {
        for (slots, status) in [(UInt32(1), Int32(65)), (4096, 0)] {
            defer { unlink(map) }
            let attributes = Map.Attributes(
                type: .perfEventArray, keySize: 4, valueSize: 4, maxEntries: slots, name: "other")
            var other = try PinnedMap.openOrCreate(PinPath(path: map), attributes)
            other.keepPin()
            let outcome = try Tools.run("bpf-eventd", ["--duration", "50ms", map, "/dev/null"])
            // A machine with one CPU needs one slot.
            #expect(outcome.status == (try CPUList.online().count > 1 ? status : 0), "\(outcome.errors)")
        }
    }

    @Test func `--user leaves nothing of root's privilege, and events still come`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "events")
            try withDaemon(["--user", "nobody"], output: file.path) { daemon, generator in
                let status = try String(contentsOfFile: "/proc/\(daemon.pid)/status", encoding: .utf8)
                for field in ["CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"] {
                    #expect(status.contains("\(field):\t0000000000000000\n"))
                }
                #expect(
                    status.contains("NoNewPrivs:\t1\n") && !status.contains("Uid:\t0") && !status.contains("Gid:\t0"))
                try generator.emit(10, cpu: 0)
                #expect(daemon.end() == 0)
                #expect(try frames(file) == 10)
            }
        }
    }

    @Test func `the end under full load loses nothing without a word`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "events")
            try withDaemon(output: file.path) { daemon, generator in
                try generator.emit(200_000, cpu: 0)
                #expect([0, 3].contains(daemon.end()))
                let lost = daemon.errors.split(separator: "\n").last { $0.hasPrefix("lost") && $0.contains("total") }
                let count = lost.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
                #expect(try frames(file) + count == 200_000, "\(daemon.errors)")
            }
        }
    }
}
