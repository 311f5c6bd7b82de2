// SPDX-License-Identifier: Apache-2.0

import CBPF
import Foundation
import TestSupport
import Testing

/// bpf-eventd's readers: pipes, FIFOs and sockets, slow ones and such as go away.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"), .serialized)
struct BPFEventdReaderTests {
    private let map = PinnedTestMap()

    /// Reads until the other end is closed.
    private func readAll(_ descriptor: Int32) -> Data {
        (try? FileHandle(fileDescriptor: descriptor).readToEnd()) ?? Data()
    }

    @Test func `a non-blocking stdout gets every event whole, though its reader is slow`() throws {
        let pipe = Pipe()
        let number = pipe.fileHandleForWriting.fileDescriptor
        #expect(fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK) == 0)
        try map.withDaemon(output: "-", stdout: pipe) { daemon, generator in
            for _ in 0..<30 { try generator.emit(500, cpu: 0) }
            usleep(200_000)
            daemon.send(SIGTERM)
            try pipe.fileHandleForWriting.close()
            let times = try #require(eventTimes(readAll(pipe.fileHandleForReading.fileDescriptor)))
            #expect(daemon.finish() == 0)
            #expect(times.count == 15_000 && isAscending(times), "\(daemon.errors)")
        }
    }

    @Test func `a reader that stalls for seconds and goes on has lost nothing that there was memory for`() throws {
        let pipe = Pipe()
        try map.withDaemon(output: "-", stdout: pipe) { daemon, generator in
            for _ in 0..<30 {
                try generator.emit(1000, cpu: 0)
                usleep(100_000)
            }
            #expect(daemon.isRunning)
            daemon.send(SIGTERM)
            try pipe.fileHandleForWriting.close()
            let times = try #require(eventTimes(readAll(pipe.fileHandleForReading.fileDescriptor)))
            #expect(daemon.finish() == 0)
            #expect(times.count == 30_000 && isAscending(times) && daemon.lostEvents == 0, "\(daemon.errors)")
        }
    }

    @Test func `what a stalled reader leaves waits in the spill, and what the spill has no room for is counted`() throws
    {
        for (spill, isEnough) in [("4M", true), ("1M", false)] {
            let pipe = Pipe()
            // One ring holds some 6000 of these events, the buffer beside the spill 1 MiB.
            try map.withDaemon(["--pages", "64", "--spill", spill], output: "-", stdout: pipe) { daemon, generator in
                for _ in 0..<30 {
                    try generator.emit(5000, cpu: 0)
                    // Where there is room for all, the ring must never be what has none.
                    if isEnough { #expect(daemon.waitUntilIdle()) } else { usleep(10_000) }
                }
                daemon.send(SIGTERM)
                try pipe.fileHandleForWriting.close()
                let times = try #require(eventTimes(readAll(pipe.fileHandleForReading.fileDescriptor)))
                #expect(daemon.finish() == (daemon.lostEvents > 0 ? 3 : 0))
                #expect(times.count + daemon.lostEvents == 150_000, "\(times.count) events: \(daemon.errors)")
                #expect(isAscending(times))
                // 1 MiB and the pipe hold some 50,000 of them.
                #expect(isEnough ? times.count == 150_000 : times.count < 100_000, "\(times.count)")
            }
        }
    }

    @Test func `what is in the rings at the end is written also after a long wait for the reader`() throws {
        let pipe = Pipe()
        let (reader, writer) = (pipe.fileHandleForReading.fileDescriptor, pipe.fileHandleForWriting.fileDescriptor)
        // F_SETPIPE_SZ: one read makes room for all that the daemon's buffer holds.
        try #require(fcntl(writer, 1031, 1 << 20) == 1 << 20)
        try map.withDaemon(["--pages", "1", "--spill", "1"], output: "-", stdout: pipe) { daemon, generator in
            // As many as the pipe, the buffer and the ring hold, and some more.
            for _ in 0..<900 {
                try generator.emit(100, cpu: 0)
                usleep(500)
            }
            daemon.send(SIGTERM)
            try pipe.fileHandleForWriting.close()
            usleep(700_000)
            var first = [UInt8](repeating: 0, count: 1 << 20)
            let count = read(reader, &first, first.count)
            let times = try #require(eventTimes(Data(first.prefix(max(count, 0))) + readAll(reader)))
            #expect(daemon.finish() == 3)
            #expect(times.count + daemon.lostEvents == 90_000, "\(times.count) events: \(daemon.errors)")
        }
    }

    @Test func `a FIFO's reader gets the events, and its going is exit code 74`() throws {
        try withTemporaryFolder { folder in
            let fifo = folder.appending(path: "fifo").path
            #expect(mkfifo(fifo, 0o600) == 0)
            let reader = open(fifo, O_RDONLY | O_NONBLOCK)
            try map.withDaemon(output: fifo) { daemon, generator in
                try generator.emit(10, cpu: 0)
                var content = Data()
                #expect(
                    eventually {
                        var part = [UInt8](repeating: 0, count: 1024)
                        let count = read(reader, &part, part.count)
                        if count > 0 { content += part.prefix(count) }
                        return content.count == 240
                    })
                #expect(eventTimes(content)?.count == 10)
                close(reader)
                try generator.emit(3, cpu: 0)
                #expect(daemon.finish() == 74)
                #expect(daemon.errors.contains("its reader has gone"), "\(daemon.errors)")
            }
        }
    }

    @Test func `a reader that listens on a Unix socket gets the events`() throws {
        try withTemporaryFolder { folder in
            // Longer than a socket's address may be, but for the last part.
            let deep = folder.appending(path: String(repeating: "d", count: 100))
            try FileManager.default.createDirectory(at: deep, withIntermediateDirectories: false)
            let (path, listener) = try listen(in: deep, SOCK_STREAM)
            defer { close(listener) }
            try map.withDaemon(output: path) { daemon, generator in
                let connection = accept(listener, nil, nil)
                defer { close(connection) }
                // More than the socket takes while nobody reads.
                for _ in 0..<20 { try generator.emit(1000, cpu: 0) }
                usleep(200_000)
                daemon.send(SIGTERM)
                let times = try #require(eventTimes(readAll(connection)))
                #expect(daemon.finish() == 0)
                #expect(times.count == 20_000 && isAscending(times), "\(daemon.errors)")
            }
        }
    }

    @Test func `a socket's reader that goes is exit code 74`() throws {
        try withTemporaryFolder { folder in
            let (path, listener) = try listen(in: folder, SOCK_STREAM)
            defer { close(listener) }
            try map.withDaemon(output: path) { daemon, generator in
                close(accept(listener, nil, nil))
                try generator.emit(3, cpu: 0)
                #expect(daemon.finish() == 74)
                #expect(daemon.errors.contains("its reader has gone"), "\(daemon.errors)")
            }
        }
    }

    @Test func `a socket that cannot be connected to is refused in words`() throws {
        try withTemporaryFolder { folder in
            let (dead, listener) = try listen(in: folder, SOCK_STREAM)
            close(listener)
            let (other, datagrams) = try listen(in: folder, SOCK_DGRAM)
            defer { close(datagrams) }
            for (path, words) in [(dead, "nobody listens"), (other, "another type")] {
                let outcome = try Tools.run("bpf-eventd", [map.path, path])
                #expect(outcome.status == 74 && outcome.errors.contains(words), "\(outcome.errors)")
            }
            #expect(!FileManager.default.fileExists(atPath: map.path))
        }
    }

    @Test func `a daemon on a terminal ends when the terminal goes, also with a file`() throws {
        try withTemporaryFolder { folder in
            defer { unlink(map.path) }
            let out = folder.appending(path: "OUT").path
            var (terminal, other): (Int32, Int32) = (-1, -1)
            try #require(openpty(&terminal, &other, nil, nil, nil) == 0)
            for end in [terminal, other] { #expect(fcntl(end, F_SETFD, FD_CLOEXEC) == 0) }
            let name = "/dev/pts/\(try #require(terminalNumber(other)))"
            close(other)
            // A session of its own, whose leader's first terminal becomes the controlling one. It ends by itself should
            // the test fail, since setsid(1) may stand between.
            let (program, pid) = (Tools.folder.appending(path: "bpf-eventd").path, folder.appending(path: "pid"))
            let daemon = try Tools.start(
                "/bin/sh",
                ["-c", #"exec setsid -w sh -c 'exec "$@" <"$0"' "$@""#, "sh", name]
                    + [program, "--duration", "20s", "--pid-file", pid.path, map.path, out])
            try #require(daemon.wait(for: "Running."), "\(daemon.errors)")
            let number = try #require(Int32(String(contentsOf: pid, encoding: .utf8).dropLast()))
            #expect(kill(number, SIGHUP) == 0 && daemon.wait(for: "Reopened."))
            close(terminal)
            #expect(daemon.finish() == 0)
            #expect(daemon.errors.hasSuffix("Reopened.\nTerminate.\n"), "\(daemon.errors)")
        }
    }

    private func terminalNumber(_ descriptor: Int32) -> Int? {
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
        return path?.split(separator: "/").last.flatMap { Int($0) }
    }

    /// A socket that is bound to a name in a folder, and listened on if its type is for that.
    private func listen(in folder: URL, _ type: __socket_type) throws -> (path: String, descriptor: Int32) {
        let path = folder.appending(path: "socket\(type.rawValue)").path
        let descriptor = socket(AF_UNIX, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let place = open(folder.path, O_RDONLY | O_CLOEXEC)
        defer { close(place) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: "/proc/self/fd/\(place)/socket\(type.rawValue)".utf8)
        }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        if type == SOCK_STREAM { try #require(Glibc.listen(descriptor, 1) == 0) }
        return (path, descriptor)
    }
}
