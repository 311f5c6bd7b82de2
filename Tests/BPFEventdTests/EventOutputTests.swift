// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import BPFCore
import Diagnostics
import EventStream
import Foundation
import TestSupport
import Testing
import ToolSupport

@testable import EventCollecting
@testable import bpf_eventd

/// The output as the daemon's loop uses it, with frames made up here.
struct EventOutputTests: OutputTesting {
    /// A frame of 4 + 16 bytes whose event is a number twice.
    private static let frameSize = 20

    @Test func `files are rotated at borders, none is larger than the size, and nothing is lost or doubled`() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            var loop = try loop(out, ["--rotate-size", "70"])
            for first: UInt64 in [0, 2, 7] {
                loop.add(first..<(first == 0 ? 2 : first == 2 ? 7 : 8))
                try loop.write()
            }
            let pending = loop.writer.pendingBytes
            #expect(pending == 0)
            #expect(try files(folder) == ["OUT", "OUT.1", "OUT.2"])
            #expect(numbers(folder.appending(path: "OUT.2")) == [0, 1, 2])
            #expect(numbers(folder.appending(path: "OUT.1")) == [3, 4, 5])
            #expect(numbers(out) == [6, 7])
            let account = loop.output.account
            #expect(account.rotations == 2 && account.bytes == 8 * Self.frameSize)
        }
    }

    @Test func `a frame that is larger than the size has a file for itself`() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            var loop = try loop(out, ["--rotate-size", "50"])
            loop.add(0..<1)
            loop.add(1..<3, size: 100)
            loop.add(3..<4)
            try loop.write()
            let contents = try files(folder).map { numbers(folder.appending(path: $0)) }
            #expect(contents == [[3], [2], [1], [0]])
        }
    }

    @Test(arguments: 0..<20)
    func `frames of any size are rotated whole, whatever the limit`(seed: UInt64) throws {
        try withTemporaryFolder { folder in
            var random = SeededNumbers(seed: seed)
            let limit = Int.random(in: 13...2000, using: &random)
            var loop = try loop(folder.appending(path: "OUT"), ["--rotate-size", "\(limit)"])
            var number: UInt64 = 0
            for _ in 0..<20 {
                for _ in 0..<Int.random(in: 0...20, using: &random) {
                    loop.add(number..<(number + 1), size: Int.random(in: 8...400, using: &random))
                    number += 1
                }
                try loop.write()
            }
            let row = rotatedFiles(folder.appending(path: "OUT").path)
            #expect(try files(folder).count == row.count)
            let all = try row.map { path in
                let file = URL(fileURLWithPath: path)
                let row = try #require(numbers(file), "\(file.lastPathComponent) is torn")
                let size = try Data(contentsOf: file).count
                #expect(size <= limit || row.count == 1)
                return row
            }
            #expect(all.flatMap { $0 } == Array(0..<number))
        }
    }

    @Test(arguments: [[], ["--keep", "30"], ["--keep", "3"]])
    func `hundreds of rotations leave every file in its place, and the oldest are archived or go`(
        options: [String]
    ) throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            for start in [UInt64(0), 200] {
                // The second row goes on where the first one ended.
                var loop = try loop(out, ["--rotate-size", "20", "--append"] + options)
                loop.add(start..<(start + 200))
                try loop.write()
            }
            let kept = options.last.flatMap { Int($0) } ?? 399
            let row = try rotatedFiles(out.path).map { try #require(numbers(URL(fileURLWithPath: $0))) }
            #expect(row == (0..<400).suffix(kept + 1).map { [UInt64($0)] })
            #expect(try files(folder).count == row.count)
            #expect(try files(folder).contains("OUT.old.000001") == options.isEmpty)
        }
    }

    @Test func `an archived file does not take the name of another one, and the next number is looked for`() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            var loop = try loop(out, ["--rotate-size", "20"])
            let foreign = folder.appending(path: "OUT.old.000001")
            try Data([1]).write(to: foreign)
            loop.add(0..<20)
            try loop.write()
            #expect(try Data(contentsOf: foreign) == Data([1]))
            // Tried again after a while, until then the events go into the file that there is.
            #expect(numbers(out) == Array(16..<20))
        }
    }

    @Test func `every further file begins with the preamble, which counts, but is no event`() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            let preamble = [UInt8](repeating: 0xaa, count: 30)
            var loop = try loop(out, ["--rotate-size", "75"])
            loop.output.preamble = preamble
            loop.add(0..<7)
            try loop.write()
            // The first preamble would have come through the writer.
            #expect(numbers(folder.appending(path: "OUT.2")) == [0, 1, 2])
            #expect(numbers(folder.appending(path: "OUT.1"), after: preamble) == [3, 4])
            #expect(numbers(out, after: preamble) == [5, 6])
            let account = loop.output.account
            #expect(account.bytes == 7 * Self.frameSize)
        }
    }

    @Test func `a preamble that is larger than the size does not make files without events`() throws {
        try withTemporaryFolder { folder in
            let preamble = [UInt8](repeating: 0xaa, count: 100)
            var loop = try loop(folder.appending(path: "OUT"), ["--rotate-size", "50"])
            loop.output.preamble = preamble
            loop.add(0..<6)
            try loop.write()
            let all = try files(folder).reversed().compactMap { name in
                let file = folder.appending(path: name)
                return numbers(file, after: preamble) ?? numbers(file)
            }
            #expect(all.flatMap { $0 } == [0, 1, 2, 3, 4, 5] && all.allSatisfy { !$0.isEmpty })
        }
    }

    @Test func `--keep removes the oldest, also those of an earlier run`() throws {
        try withTemporaryFolder { folder in
            for number in 1...4 { try Data().write(to: folder.appending(path: "OUT.\(number)")) }
            var loop = try loop(folder.appending(path: "OUT"), ["--rotate-size", "20", "--keep", "2"])
            loop.add(0..<2)
            try loop.write()
            #expect(try files(folder) == ["OUT", "OUT.1", "OUT.2"])
            #expect(numbers(folder.appending(path: "OUT.1")) == [0] && numbers(folder.appending(path: "OUT")) == [1])
        }
    }

    @Test func `with --append the size is that of the file, not of what was added`() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            for round in 0..<2 {
                var loop = try loop(out, ["--rotate-size", "50", "--append"])
                try loop.output.begin()
                loop.add(UInt64(2 * round)..<UInt64(2 * round + 2))
                try loop.write()
            }
            #expect(numbers(folder.appending(path: "OUT.1")) == [0, 1] && numbers(out) == [2, 3])
        }
    }

    @Test(arguments: [1, 3, 4, 19])
    func `with --append a torn frame at the end is cut off first`(left: Int) throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            for numbers: Range<UInt64> in [0..<3, 2..<4] {
                var loop = try loop(out, ["--append"])
                try loop.output.begin()
                loop.add(numbers)
                try loop.write()
                if numbers.lowerBound == 0 { #expect(truncate(out.path, 40 + left) == 0) }
            }
            #expect(numbers(out) == [0, 1, 2, 3])
        }
    }

    @Test func `with --append events behind a damaged size are moved beside the file, and none is cut away`() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            var first = try loop(out, ["--append"])
            try first.output.begin()
            first.add(0..<10)
            try first.write()
            var content = try Data(contentsOf: out)
            let whole = content
            // The size of the fourth frame, of twenty bytes each with it, claims to be more than there is.
            content[3 * 20 + 1] = 0x40
            for round in 1...2 {
                try content.write(to: out)
                var second = try loop(out, ["--append"])
                try second.output.begin()
                second.add(3..<5)
                try second.write()
                #expect(numbers(out) == [0, 1, 2, 3, 4])
                let kept = try Data(contentsOf: folder.appending(path: "OUT.torn-\(round)"))
                #expect(kept == content.dropFirst(3 * 20) && kept.count == whole.count - 3 * 20)
            }
        }
    }

    @Test func `with --append what is no file of frames stays as it is`() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            for content in [Array("a text".utf8), [7]] {
                try Data(content).write(to: out)
                try loop(out, ["--append"]).output.begin()
                #expect(try Data(contentsOf: out) == Data(content))
            }
            let capture = Data([0x89, 0x42, 0x50, 0x46, 0x45, 0x56, 1, 2])
            try capture.write(to: out)
            #expect(throws: StreamFile.Refusal.self) { _ = try loop(out, ["--append"]) }
            #expect(try Data(contentsOf: out) == capture)
        }
    }

    @Test func `time rotates a file that has events, without any new one, and leaves an empty file alone`() throws {
        try withTemporaryFolder { folder in
            var loop = try loop(folder.appending(path: "OUT"), ["--rotate-every", "20ms"])
            for _ in 0..<3 {
                usleep(25_000)
                try loop.write()
            }
            #expect(try files(folder) == ["OUT"])
            loop.add(0..<1)
            try loop.write()
            let deadline = loop.output.deadline
            #expect(try #require(deadline) <= .now + .milliseconds(20))
            usleep(25_000)
            try loop.write()
            #expect(try files(folder) == ["OUT", "OUT.1"])
            #expect(numbers(folder.appending(path: "OUT.1")) == [0] && numbers(folder.appending(path: "OUT")) == [])
        }
    }

    @Test func `a rotation that cannot be done leaves everything as it is, and the old file goes on`() throws {
        try withTemporaryFolder { folder in
            let (out, other) = (folder.appending(path: "OUT"), folder.appending(path: "other"))
            try Data("kept".utf8).write(to: other)
            try FileManager.default.createSymbolicLink(
                at: folder.appending(path: "OUT.1"), withDestinationURL: other)
            var loop = try loop(out, ["--rotate-size", "50"])
            loop.add(0..<5)
            try loop.write()
            #expect(try files(folder) == ["OUT", "OUT.1", "other"])
            let account = loop.output.account
            #expect(numbers(out) == [0, 1, 2, 3, 4] && account.rotations == 0)
            #expect(try String(contentsOf: other, encoding: .utf8) == "kept")
        }
    }

    @Test func `a new file is as closed to others as the old one was made`() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            var loop = try loop(out, ["--rotate-size", "20"])
            #expect(chmod(out.path, 0o600) == 0)
            loop.add(0..<2)
            try loop.write()
            let mode = try FileManager.default.attributesOfItem(atPath: out.path)[.posixPermissions] as? Int
            #expect(mode == 0o600 && numbers(out) == [1])
        }
    }

    @Test func `the folder is the one that was opened, whatever gets its name`() throws {
        try withTemporaryFolder { folder in
            let (place, moved) = (folder.appending(path: "place"), folder.appending(path: "moved"))
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
            var loop = try loop(place.appending(path: "OUT"), ["--rotate-size", "20"])
            #expect(rename(place.path, moved.path) == 0)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
            loop.add(0..<2)
            try loop.write()
            #expect(try files(place) == [] && files(moved) == ["OUT", "OUT.1"])
        }
    }

    @Test func `only a file on a disk can be rotated`() throws {
        #expect(throws: StreamFile.Refusal.self) {
            _ = try loop(URL(fileURLWithPath: "/dev/null"), ["--rotate-size", "1M"])
        }
    }
}
