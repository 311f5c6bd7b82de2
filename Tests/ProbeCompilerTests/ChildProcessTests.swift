// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import ProbeCompiler

@Suite("Programs that compile") struct ChildProcessTests {
    /// Runs a script of sh(1) with arguments.
    fileprivate static func run(_ script: String, _ arguments: [String] = []) throws -> ChildProcess.End? {
        try withTemporaryFolder { folder in
            var child = try ChildProcess(
                ["/bin/sh", "-c", script, "sh"] + arguments, environment: ["PATH=/usr/bin:/bin"],
                output: folder.appending(path: "output").path)
            return try child.wait { false }
        }
    }

    @Test("arguments are the bytes of their names, and so is what is said of them")
    func bytes() throws {
        let name = String(foreignBytes: [0x50, 0xff, 0x2e])
        let end = try #require(try Self.run(#"printf '%s' "$1" | od -An -tx1; printf '%s' "$1""#, [name]))
        #expect(end.isSuccess && end.output.contains("50 ff 2e") && end.output.hasSuffix(name), "\(end)")
    }

    @Test("the end of a program is told where the parent of this process ignores the ends of children")
    func ignored() async {
        await #expect(processExitsWith: .success) {
            signal(SIGCHLD, SIG_IGN)
            let end = try ChildProcessTests.run("exit 3")
            #expect(end?.status == 3)
        }
    }

    @Test("a program whose end somebody else took is lost, and not ended by a signal")
    func taken() async {
        await #expect(processExitsWith: .success) {
            try withTemporaryFolder { folder in
                var child = try ChildProcess(
                    ["/bin/sh", "-c", "exit 0"], environment: [], output: folder.appending(path: "output").path)
                var status: Int32 = 0
                #expect(waitpid(-1, &status, 0) > 0)
                let error = #expect(throws: ProbeError.self) { try child.wait { false } }
                #expect(error?.diagnostic.code == .probeToolchain && error?.diagnostic.cause != nil)
            }
        }
    }

    @Test("a program has limits of the size of files and of memory, and what it starts inherits them")
    func limits() throws {
        // They are set when it runs already. A shell counts blocks of 512 bytes and of 1024.
        let script = "while [ $(ulimit -v) = unlimited ]; do :; done; sh -c 'ulimit -f; ulimit -v'"
        let end = try #require(try Self.run(script))
        let numbers = end.output.split(separator: "\n").compactMap { Int($0) }
        #expect(numbers.count == 2 && (numbers.last ?? 0) <= 8 << 20, "\(end)")
        #expect((numbers.first ?? 0) <= 2 << 20, "\(end)")
    }

    @Test("of long messages the beginning is read, up to the end of a line")
    func longOutput() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "output")
            try Data("first\nsecond\nthird\n".utf8).write(to: file)
            #expect(ChildProcess.words(in: file.path, limit: 15) == "first\nsecond\n")
            #expect(ChildProcess.words(in: file.path, limit: 100) == "first\nsecond\nthird\n")
        }
    }
}
