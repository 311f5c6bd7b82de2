// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What others could put in a tool's way before it has begun: the current folder, the environment, the arguments.
struct ProcessStartTests {
    static let crashes = [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP]
    /// Each waits for the other end of a FIFO.
    static let lines = ["load-kp-bpf --load-only in", "bpf-eventd /sys/fs/bpf/nothing out", "print-event in"]

    @Test(arguments: crashes, lines)
    func `a crash executes no helper of the current folder or of the environment`(signal: Int32, line: String) throws {
        try withTemporaryFolder { folder in
            let helper = "#!/bin/sh\ntouch '\(folder.path)/executed'\n"
            let places = ["swift-backtrace", "libexec/swift/linux/swift-backtrace", "libexec/swift-backtrace"]
            for place in places {
                let file = folder.appending(path: place)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(helper.utf8).write(to: file)
                chmod(file.path, 0o755)
            }
            for name in ["in", "out"] { mkfifo(folder.appending(path: name).path, 0o600) }
            // By its name, found by PATH; the shell waits until the tool is there.
            let outcome = try runProcess(
                "/bin/bash",
                [
                    "-c",
                    """
                    set -m; ulimit -c 0
                    exec 9<>in
                    PATH="$T:$PATH" \(line) 2>errors &
                    while [ "$(readlink /proc/$!/exe)" = "$(readlink /proc/$$/exe)" ]; do sleep 0.02; done
                    sleep 0.3
                    kill -\(signal) $!
                    wait $!
                    """,
                ],
                environment: [
                    "T": Tools.folder.path, "SWIFT_ROOT": folder.path,
                    "SWIFT_BACKTRACE": "enable=yes,swift-backtrace=\(folder.path)/swift-backtrace",
                ], currentDirectory: folder)
            #expect(outcome.status == 128 + signal, "\(outcome.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "executed").path))
        }
    }

    @Test func `a file name that is no UTF-8 is opened as it is, and told with an escape`() throws {
        try withTemporaryFolder { folder in
            let found = try Tools.shell(
                #"cd '\#(folder.path)' && n="$(printf 'a\377.bin')" && : >"$n" && "$T/print-event" "$n""#)
            #expect(found.status == 0 && found.errors.isEmpty, "\(found.errors)")
            let missing = try Tools.shell(
                #"cd '\#(folder.path)' && "$T/load-kp-bpf" --load-only "$(printf 'b\377.o')""#)
            #expect(missing.status == 66 && missing.errors.contains(#"b\xff.o"#), "\(missing.errors)")
        }
    }

    @Test func `an object is read from a pipe, however slowly it is written`() throws {
        let object = "printf '\\177EL'; sleep 0.2; printf Fnothing"
        let outcome = try Tools.shell(#"{ \#(object); } | "$T/load-kp-bpf" --load-only /dev/stdin"#)
        #expect(outcome.status == 65, "\(outcome.errors)")
    }

    @Test(arguments: [("--head", "-1"), ("--where", "-1 == a")])
    func `a value that begins with a dash is a value`(option: String, value: String) throws {
        let outcome = try Tools.run("print-event", [option, value, "/nonexistent"])
        #expect(!outcome.errors.contains("Missing value"), "\(outcome.errors)")
    }

    @Test func `words that nothing is done with are refused, in the tool's voice`() throws {
        let two = try Tools.run("load-kp-bpf", ["--load-only", "a.o", "b.o"])
        #expect(two.status == 64 && two.errors.contains("unexpected argument 'b.o'"), "\(two.errors)")
        let none = try Tools.run("load-kp-bpf", [])
        #expect(none.status == 64 && none.errors.hasPrefix("load-kp-bpf: error: OBJECT is missing"))
        #expect(
            none.errors.contains("usage: load-kp-bpf") && none.errors.contains("next: for example: sudo load-kp-bpf"))
        let bell = try Tools.run("print-event", ["--from=x\u{7}\u{1b}[2J"])
        #expect(bell.status == 64 && !bell.stderr.contains { $0 < 0x20 && $0 != 0x0a }, "\(bell.errors)")
    }
}
