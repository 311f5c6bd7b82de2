// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import ToolSupport

@testable import EventCollecting

/// Files of the output that somebody else renames, links or empties meanwhile.
struct SharedFileTests: OutputTesting {
    @Test func `SIGHUP begins the file anew after somebody renamed it, and also without that does no harm`() throws {
        try withTemporaryFolder { folder in
            let (out, old) = (folder.appending(path: "OUT"), folder.appending(path: "old"))
            var loop = try loop(out)
            loop.output.preamble = [1, 2, 3]
            loop.add(0..<1)
            try loop.write()
            #expect(rename(out.path, old.path) == 0)
            loop.add(1..<2)
            try loop.write()
            for number: UInt64 in [2, 3] {
                let goesOn = loop.output.goesOn(after: .hangUp)
                #expect(goesOn)
                loop.add(number..<(number + 1))
                try loop.write()
            }
            #expect(numbers(old) == [0, 1] && numbers(out, after: [1, 2, 3]) == [2, 3])
            let ends = !loop.output.goesOn(after: .terminate)
            #expect(ends)
        }
    }

    @Test func `a name that a link has taken is not reopened, and the old file goes on`() throws {
        try withTemporaryFolder { folder in
            let (out, old) = (folder.appending(path: "OUT"), folder.appending(path: "old"))
            var loop = try loop(out)
            #expect(rename(out.path, old.path) == 0)
            try FileManager.default.createSymbolicLink(
                at: out, withDestinationURL: folder.appending(path: "elsewhere"))
            _ = loop.output.goesOn(after: .hangUp)
            loop.add(0..<1)
            try loop.write()
            #expect(numbers(old) == [0] && FileManager.default.fileExists(atPath: old.path))
            #expect(try files(folder) == ["OUT", "old"])
        }
    }

    @Test func `a file that somebody else empties has no hole, and a capture begins anew`() throws {
        try withTemporaryFolder { folder in
            let out = folder.appending(path: "OUT")
            var loop = try loop(out)
            loop.output.preamble = [1, 2, 3]
            loop.add(0..<100)
            try loop.write()
            #expect(truncate(out.path, 0) == 0)
            loop.add(100..<101)
            try loop.write()
            #expect(numbers(out, after: [1, 2, 3]) == [100])
        }
    }

    @Test func `a file that somebody else has renamed is not renamed again when its size is reached`() throws {
        try withTemporaryFolder { folder in
            let (out, mine) = (folder.appending(path: "OUT"), folder.appending(path: "mine"))
            var loop = try loop(out, ["--rotate-size", "40"])
            loop.add(0..<1)
            try loop.write()
            #expect(rename(out.path, mine.path) == 0)
            loop.add(1..<3)
            try loop.write()
            #expect(try files(folder) == ["OUT", "mine"])
            #expect(numbers(mine) == [0, 1] && numbers(out) == [2])
        }
    }
}
