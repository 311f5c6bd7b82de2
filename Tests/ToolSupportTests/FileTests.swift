// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Foundation
import TestSupport
import Testing
import ToolSupport

/// The files that a tool reads and writes for its user.
struct FileTests {
    private func permissions(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    /// The diagnostic of what a closure throws.
    private func diagnostic(_ body: () throws -> Void) throws -> Diagnostic {
        try #require(#expect(throws: (any Error).self, performing: body) as? any DiagnosticError).diagnostic
    }

    @Test func `names in a folder that are no UTF-8 keep their bytes`() throws {
        try withTemporaryFolder { folder in
            let base = String(foreignBytes: [0x6f, 0xff, 0xfe])
            for name in [base, base + ".old.000003", base + ".old.000004", "o\u{fffd}\u{fffd}.old.000005"] {
                try OutputFile.write([1], to: folder.path + "/" + name)
            }
            #expect(RotatedName.archivedNumbers(folder.path + "/" + base) == [3, 4])
            // The folder of the files too.
            let odd = folder.path + "/" + String(foreignBytes: [0xc3])
            #expect(odd.withFileName { mkdir($0, 0o700) } == 0)
            try OutputFile.write([1], to: odd + "/O.old.000007")
            #expect(RotatedName.archivedNumbers(odd + "/O") == [7])
        }
    }

    @Test func `an input file is read whole, up to its limit`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "input").path
            // More than one read of 64 KiB.
            let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
            try Data(content).write(to: URL(fileURLWithPath: file))
            #expect(try InputFile.read(file) == content)
            #expect(try InputFile.read(file, limit: 100_000) == content)
            let refused = try diagnostic { _ = try InputFile.read(file, limit: 99_999) }
            #expect(refused.code == .inputTooLarge && refused.cause?.contains("larger") == true)
        }
    }

    @Test func `an endless input stops at the limit`() throws {
        try #expect(diagnostic { _ = try InputFile.read("/dev/zero", limit: 1 << 20) }.code == .inputTooLarge)
    }

    @Test func `an input that is not there or is a folder is no input, and the stage is the caller's`() throws {
        for path in ["/no/such/file", "/", ""] {
            let refused = try diagnostic { _ = try InputFile.read(path, stage: .stream) }
            #expect(refused.code == .inputUnreadable && refused.stage == .stream, "\(path)")
        }
    }

    @Test(.timeLimit(.minutes(30)))
    func `a FIFO that nobody writes to is empty and not waited for`() throws {
        try withTemporaryFolder { folder in
            let fifo = folder.appending(path: "fifo").path
            #expect(mkfifo(fifo, 0o600) == 0)
            try #expect(InputFile.read(fifo) == [])
        }
    }

    @Test func `an output file replaces what was there`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "log")
            try OutputFile.write(Array("a long first text".utf8), to: file.path)
            try OutputFile.write(Array("second".utf8), to: file.path)
            #expect(try String(contentsOf: file, encoding: .utf8) == "second")
        }
    }

    @Test func `an output through a symbolic link is refused, and its target stays`() throws {
        try withTemporaryFolder { folder in
            let target = folder.appending(path: "target")
            let link = folder.appending(path: "link").path
            try Data("kept".utf8).write(to: target)
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target.path)
            for body in [
                { try OutputFile.write([1], to: link) }, { try useUp(PIDFile(path: link)) },
            ] as [() throws -> Void] {
                let refused = try diagnostic(body)
                #expect(refused.code == .outputFailed && refused.cause == "it is a symbolic link")
            }
            #expect(try String(contentsOf: target, encoding: .utf8) == "kept")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target.path)
        }
    }

    @Test func `an output that a disk does not take is an i/o error`() throws {
        let refused = try diagnostic { try OutputFile.write([1], to: "/dev/full") }
        #expect(refused.code == .outputFailed && refused.cause?.contains("ENOSPC") == true)
        try #expect(diagnostic { try OutputFile.write([1], to: "/no/folder/file") }.code == .outputFailed)
    }

    @Test(.timeLimit(.minutes(30)))
    func `an output FIFO that nobody reads is refused, and not waited for`() throws {
        try withTemporaryFolder { folder in
            let fifo = folder.appending(path: "fifo").path
            #expect(mkfifo(fifo, 0o600) == 0)
            try #expect(diagnostic { try OutputFile.write([1], to: fifo) }.cause?.contains("ENXIO") == true)
            let reader = open(fifo, O_RDONLY | O_NONBLOCK)
            defer { close(reader) }
            try OutputFile.write([7], to: fifo)
            var byte: UInt8 = 0
            #expect(read(reader, &byte, 1) == 1 && byte == 7)
            // More than a pipe holds, and the reader does not read.
            let stalled = try diagnostic { try OutputFile.write([UInt8](repeating: 0, count: 1 << 20), to: fifo) }
            #expect(stalled.cause?.contains("EAGAIN") == true, "\(stalled)")
        }
    }

    @Test func `a pid file holds the process id, and goes with its value`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "tool.pid")
            try Data("a killed process left this, and it is long".utf8).write(to: file)
            let before = try permissions(file.path)
            do {
                let pidFile = try PIDFile(path: file.path)
                #expect(try String(contentsOf: file, encoding: .utf8) == "\(getpid())\n")
                #expect(try permissions(file.path) == before)
                useUp(pidFile)
            }
            #expect(!FileManager.default.fileExists(atPath: file.path))
        }
    }

    @Test func `a pid file that another process has put in the place stays`() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "tool.pid")
            let other = folder.appending(path: "other")
            try Data("1\n".utf8).write(to: other)
            let pidFile = try PIDFile(path: file.path)
            #expect(rename(other.path, file.path) == 0)
            useUp(pidFile)
            #expect(try String(contentsOf: file, encoding: .utf8) == "1\n")
        }
    }

    @Test func `a pid file that is not a file on a disk is not removed`() throws {
        try withTemporaryFolder { folder in
            let fifo = folder.appending(path: "fifo").path
            #expect(mkfifo(fifo, 0o600) == 0)
            let reader = open(fifo, O_RDONLY | O_NONBLOCK)
            defer { close(reader) }
            useUp(try PIDFile(path: fifo))
            #expect(access(fifo, F_OK) == 0)
        }
    }
}

private func useUp(_ file: consuming PIDFile) {}
