// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// bpf-eventd's files, fed by a program that is run and not attached: rotation, SIGHUP, a full disk.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct BPFEventdOutputTests {
    private let map = PinnedTestMap()

    /// The events of `OUT.n` to `OUT.1` and `OUT`, each file on its own.
    private func rows(_ out: URL) throws -> [[UInt64]] {
        try rotatedFiles(out.path).map { file in
            let content = try Data(contentsOf: URL(fileURLWithPath: file))
            return try #require(eventTimes(content), "\(file) is torn: \(content.count) bytes")
        }
    }

    @Test func `files rotated under load are whole and hold every event in order`() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            try map.withDaemon(["--rotate-size", "64KiB"], output: out.path) { daemon, generator in
                for _ in 0..<100 {
                    try generator.emit(500, cpu: 0)
                    // A busy machine must not make the ring lose events.
                    usleep(2000)
                }
                #expect(daemon.end() == 0)
                let rows = try rows(out)
                #expect(rows.count >= 18 && rows.allSatisfy { $0.count * 24 <= 65_536 })
                #expect(isAscending(rows.flatMap { $0 }))
                #expect(rows.reduce(0) { $0 + $1.count } + daemon.lostEvents == 50_000, "\(daemon.errors)")
            }
        }
    }

    @Test func `--keep leaves that many old files, and --stats counts what was written to all`() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            let options = ["--rotate-size", "2400", "--keep", "2", "--stats"]
            try map.withDaemon(options, output: out.path) { daemon, generator in
                try generator.emit(1000, cpu: 0)
                #expect(daemon.end() == 0)
                #expect(
                    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [
                        "OUT", "OUT.1", "OUT.2",
                    ])
                let rows = try rows(out)
                #expect(rows.map(\.count) == [100, 100, 100] && isAscending(rows.flatMap { $0 }))
                #expect(daemon.errors.contains("events: 1000, bytes: 24000, lost: 0"), "\(daemon.errors)")
            }
        }
    }

    @Test func `--rotate-every follows the clock when no event comes, and does not make empty files`() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            try map.withDaemon(["--rotate-every", "300ms"], output: out.path) { daemon, generator in
                // In one piece, whenever the time for a new file is.
                try daemon.stopped { try generator.emit(7, cpu: 0) }
                #expect(eventually { FileManager.default.fileExists(atPath: out.path + ".1") })
                usleep(800_000)
                #expect(try rows(out).map(\.count) == [7, 0])
                try daemon.stopped { try generator.emit(5, cpu: 0) }
                #expect(eventually { FileManager.default.fileExists(atPath: out.path + ".2") })
                #expect(daemon.end() == 0)
                #expect(try rows(out).map(\.count) == [7, 5, 0])
            }
        }
    }

    @Test func `files renamed by others and SIGHUP lose nothing under load`() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            try map.withDaemon(output: out.path) { daemon, generator in
                for number in (1...8).reversed() {
                    for _ in 0..<10 { try generator.emit(500, cpu: 0) }
                    #expect(rename(out.path, "\(out.path).\(number)") == 0)
                    try generator.emit(500, cpu: 0)
                    daemon.send(SIGHUP)
                    try generator.emit(500, cpu: 0)
                    #expect(eventually { FileManager.default.fileExists(atPath: out.path) })
                }
                #expect(daemon.end() == 0)
                let times = try rows(out).flatMap { $0 }
                #expect(isAscending(times) && times.count + daemon.lostEvents == 48_000, "\(daemon.errors)")
                #expect(daemon.errors.components(separatedBy: "Reopened.\n").count == 9)
            }
        }
    }

    @Test func `a file that is copied away and emptied goes on from its start`() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            try map.withDaemon(output: out.path) { daemon, generator in
                try generator.emit(1000, cpu: 0)
                // By its size: while it is written it may end anywhere.
                #expect(eventually { (try? Data(contentsOf: out).count) == 24_000 })
                #expect(truncate(out.path, 0) == 0)
                try generator.emit(3, cpu: 0)
                #expect(daemon.end() == 0)
                #expect(try rows(out).map(\.count) == [3])
            }
        }
    }

    @Test func `SIGHUP ends a daemon that writes to anything but a file`() throws {
        try map.withDaemon(output: "/dev/null") { daemon, _ in
            #expect(daemon.end(SIGHUP) == 0)
        }
    }

    @Test func `where --user may not rename, that is told once, and the file goes on`() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            #expect(chmod(folder.path, 0o755) == 0)
            let options = ["--rotate-size", "2400", "--user", "nobody"]
            try map.withDaemon(options, output: out.path) { daemon, generator in
                for number in 1...5 {
                    try generator.emit(200, cpu: 0)
                    #expect(try eventually { try Data(contentsOf: out).count == number * 200 * 24 })
                }
                daemon.send(SIGHUP)
                #expect(daemon.wait(for: "cannot reopen \(out.path): events continue to go to the old file"))
                try generator.emit(200, cpu: 0)
                #expect(daemon.end() == 0)
                #expect(try rows(out).map(\.count) == [1200])
                #expect(daemon.errors.components(separatedBy: "cannot rotate").count == 2, "\(daemon.errors)")
                #expect(daemon.errors.contains("EACCES"))
            }
        }
    }

    @Test func `only files can be rotated, and that is said before anything is done`() throws {
        let outcome = try Tools.run("bpf-eventd", ["--rotate-size", "1M", map.path, "/dev/null"])
        #expect(outcome.status == 64 && outcome.errors.contains("not a file on a disk"), "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: map.path))
    }
}

/// A disk that is full, which is a small tmpfs.
@Suite(
    .enabled(if: EventGenerator.isAvailable && SmallDisk.isAvailable, "needs root, bpf(2) and mount(2)"), .serialized)
struct BPFEventdFullDiskTests {
    private let map = PinnedTestMap()

    private func frames(_ file: URL) throws -> Int {
        try #require(eventTimes(Data(contentsOf: file)), "the file is torn").count
    }

    @Test(arguments: [[], ["--rotate-size", "100K"]])
    func `a full disk keeps the events waiting at a border, and room lets them go on`(options: [String]) throws {
        try SmallDisk.with(bytes: 1 << 20) { disk in
            let (out, filler) = (disk.appending(path: "OUT"), disk.appending(path: "filler"))
            try Data(count: 950_000).write(to: filler)
            try map.withDaemon(options, output: out.path) { daemon, generator in
                for _ in 0..<10 { try generator.emit(1000, cpu: 0) }
                #expect(daemon.wait(for: "no room in \(out.path): the events wait"))
                #expect(daemon.isRunning && daemon.errors.contains("ENOSPC"))
                #expect(try frames(out) > 0)
                try FileManager.default.removeItem(at: filler)
                #expect(daemon.wait(for: "room again in \(out.path) after "))
                #expect(daemon.end() == 0)
                var all = try frames(out)
                for number in 1...3 where FileManager.default.fileExists(atPath: "\(out.path).\(number)") {
                    all += try frames(URL(fileURLWithPath: "\(out.path).\(number)"))
                }
                #expect(all == 10_000 && daemon.lostEvents == 0, "\(daemon.errors)")
                #expect(daemon.errors.components(separatedBy: "no room in").count == 2, "one message")
            }
        }
    }

    @Test func `a disk that takes no further file keeps the old one under its name, which is told once`() throws {
        // The root folder and one file.
        try SmallDisk.with(bytes: 1 << 20, options: ",nr_inodes=2") { disk in
            let out = disk.appending(path: "OUT")
            try map.withDaemon(["--rotate-size", "2400"], output: out.path) { daemon, generator in
                for number in 1...3 {
                    try generator.emit(200, cpu: 0)
                    #expect(try eventually { try Data(contentsOf: out).count == number * 200 * 24 })
                }
                #expect(daemon.end() == 0)
                #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["OUT"])
                #expect(try frames(out) == 600)
                #expect(
                    daemon.errors.components(separatedBy: "cannot rotate \(out.path): events continue to go there")
                        .count
                        == 2)
                #expect(daemon.errors.contains("ENOSPC"), "\(daemon.errors)")
            }
        }
    }

    @Test func `the end on a full disk is exit code 74, with the count and at a border`() throws {
        try SmallDisk.with(bytes: 1 << 16) { disk in
            let out = disk.appending(path: "OUT")
            try map.withDaemon(output: out.path) { daemon, generator in
                for _ in 0..<10 { try generator.emit(1000, cpu: 0) }
                #expect(daemon.wait(for: "no room in"))
                #expect(daemon.end() == 74)
                let written = try frames(out)
                #expect(
                    written > 0 && daemon.errors.contains("events not written: \(10_000 - written)\n"),
                    "\(daemon.errors)")
            }
        }
    }

    @Test func `the end with room again at the last moment is in order`() throws {
        try SmallDisk.with(bytes: 1 << 20) { disk in
            let (out, filler) = (disk.appending(path: "OUT"), disk.appending(path: "filler"))
            try Data(count: 950_000).write(to: filler)
            try map.withDaemon(output: out.path) { daemon, generator in
                for _ in 0..<10 { try generator.emit(1000, cpu: 0) }
                #expect(daemon.wait(for: "no room in"))
                // Stopped, so that it learns of both at once.
                daemon.send(SIGSTOP)
                try FileManager.default.removeItem(at: filler)
                daemon.send(SIGTERM)
                daemon.send(SIGCONT)
                #expect(daemon.finish() == 0)
                #expect(try frames(out) == 10_000)
            }
        }
    }

    @Test func `what does not fit anywhere while the disk is full is counted, and the rest is written`() throws {
        try SmallDisk.with(bytes: 4 << 20) { disk in
            let (out, filler) = (disk.appending(path: "OUT"), disk.appending(path: "filler"))
            try Data(count: 4_100_000).write(to: filler)
            try map.withDaemon(["--pages", "1"], output: out.path) { daemon, generator in
                // The daemon's memory holds about 43,000 of them, the disk a few.
                var sent = 0
                func emit() throws {
                    try generator.emit(1000, cpu: 0)
                    sent += 1000
                }
                let isFull = try eventually("the disk is full") {
                    try emit()
                    return daemon.errors.contains("no room in")
                }
                #expect(isFull)
                for _ in 0..<60 { try emit() }
                try FileManager.default.removeItem(at: filler)
                #expect(daemon.wait(for: "room again in"))
                #expect(daemon.end() == 3)
                let lost = daemon.lostEvents
                #expect(try lost > 0 && frames(out) + lost == sent, "\(daemon.errors)")
            }
        }
    }
}

/// A file system of a few pages, gone with the test.
enum SmallDisk {
    static let isAvailable: Bool = (try? with(bytes: 4096) { _ in true }) ?? false

    struct Refusal: Error {
        let errno: Int32
    }

    static func with<Result>(bytes: Int, options: String = "", _ body: (URL) throws -> Result) throws -> Result {
        try withTemporaryFolder { folder in
            guard mount("tmpfs", folder.path, "tmpfs", 0, "size=\(bytes)\(options)") == 0 else {
                throw Refusal(errno: errno)
            }
            defer { umount2(folder.path, Int32(MNT_DETACH)) }
            return try body(folder)
        }
    }
}
