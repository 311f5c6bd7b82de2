// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing
import ToolSupport

@testable import load_kp_bpf

/// What compilations of probes are given, and what they leave.
@Suite("Compilations of probes", .enabled(if: SwiftToolchain.isHere, "there is no Swift toolchain here"))
struct SwiftProbeCacheTests {
    private static let tool = Tools.folder.appending(path: "load-kp-bpf").path

    @Test("an object has the user's names of files in it, wherever it was compiled, and no other ones")
    func names() throws {
        try withTemporaryFolder { folder in
            var objects: [Data] = []
            for name in ["here", "there"] {
                let place = folder.appending(path: name)
                let source = place.appending(path: "Probes/Count.swift")
                try FileManager.default.createDirectory(
                    at: source.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(Self.probe.utf8).write(to: source)
                // A cache of its own, so that it is compiled each time.
                let end = try runProcess(
                    Self.tool, ["--compile", "Probes/Count.swift", "-o", "probe.o"],
                    environment: ["XDG_CACHE_HOME": place.appending(path: "cache").path], currentDirectory: place)
                #expect(end.status == 0, "\(end)")
                objects.append(try Data(contentsOf: place.appending(path: "probe.o")))
            }
            #expect(objects[0] == objects[1])
            let text = String(decoding: objects[0], as: UTF8.self)
            #expect(text.contains("\0Probes/Count.swift\0"))
            for other in [folder.path, "swift-bpf-work", "/kit-", "/Probes/Count.swift", "./Probes"] {
                #expect(!text.contains(other), "\(other)")
            }
        }
    }

    @Test("of many errors the first are told, and what ended the compiler is known where SIGCHLD is ignored")
    func manyErrors() throws {
        try withTemporaryFolder { folder in
            let source = folder.appending(path: "Probe.swift")
            let lines = (1...300).map { "func f\($0)() { missing\($0)() }" }
            try Data((["import BPFKit"] + lines).joined(separator: "\n").utf8).write(to: source)
            let command = [Self.tool, "--compile", source.path, "-o", "/dev/null"]
            let end = try runProcess("/bin/sh", ["-c", #"trap "" CHLD; exec "$0" "$@""#] + command)
            #expect(end.status == 65 && end.errors.contains("cannot find 'missing1' in scope"), "\(end)")
            #expect(end.errors.contains("280 more errors are not shown") && !end.errors.contains("missing21'"))
        }
    }

    @Test("what takes no object compiles none", arguments: ["--doctor", "--list", "--why"])
    func commands(command: String) throws {
        try withTemporaryFolder { folder in
            // It is not there: whoever compiled it would say so.
            let file = folder.appending(path: "Probe.swift").path
            let words = command == "--why" ? [command, "probe-source", file] : [command, file]
            let end = try Tools.run("load-kp-bpf", words)
            #expect(end.status == 64 && !end.errors.contains("cannot read"), "\(end)")
        }
        let pattern = try Tools.run("load-kp-bpf", ["--list", "*.swift"])
        #expect(pattern.status == 64 && pattern.errors.contains("no object"), "\(pattern)")
    }

    @Test("a check of a probe is ended by a signal at once when the probe is compiled")
    func signals() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            let file = fixtures.appending(path: "../../Examples/SwiftProbes/Minimal.swift").standardized.path
            let options = LoadOptions(object: file, check: true)
            let compiled = try ProbeRun(options: options, reporter: options.makeReporter()).compiled(SignalSource())
            #expect(compiled.content != nil)
            raise(SIGTERM)
        }
    }

    private static let probe = """
        import BPFKit

        let counts = HashMap<Int32, UInt64>(maxEntries: 64)

        @section("tp/syscalls/sys_enter_write") func count() {
            counts.count(for: currentProcess)
        }
        """
}
