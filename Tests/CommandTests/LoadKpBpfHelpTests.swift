// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What load-kp-bpf says of itself, and of a command line that it does not take.
struct LoadKpBpfHelpTests {
    @Test(arguments: ["load-kp-bpf", "bpf-eventd", "print-event"], ["--help", "-h", "--help-hidden"])
    func `the help has examples and exit codes, in the width of the terminal`(tool: String, flag: String) throws {
        let outcome = try Tools.shell(#"COLUMNS=80 "$T/\#(tool)" \#(flag)"#)
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        #expect(outcome.status == 0 && outcome.errors.isEmpty && lines.allSatisfy { $0.count <= 80 })
        for words in ["Examples:\n", "Exit codes:\n", " 64 usage", " 74 input or output"] {
            #expect(outcome.output.contains(words), "\(words)")
        }
    }

    @Test(arguments: ["load-kp-bpf", "bpf-eventd", "print-event"])
    func `the version is a line of its own`(tool: String) throws {
        let outcome = try Tools.run(tool, ["--version"])
        #expect(outcome.status == 0 && outcome.output == "0.1.0\n" && outcome.errors.isEmpty)
    }

    @Test(arguments: ["load-kp-bpf", "bpf-eventd", "print-event"], [">/dev/full", ">&-"])
    func `help that nobody can get is an i/o error`(tool: String, redirection: String) throws {
        let outcome = try Tools.shell(#""$T/\#(tool)" --help \#(redirection)"#)
        #expect(outcome.status == 74 && outcome.errors.contains("stdout"), "\(outcome.errors)")
    }

    static let wrongLines: [(line: [String], word: String)] =
        [
            ([], "OBJECT"), (["x.o", "--section", "a", "--program", "b"], "--program"),
            (["x.o", "--load-only", "--trace"], "--trace"),
            (["x.o", "--pin-links", "/sys/fs/bpf/a", "--dump-globals"], "--dump-globals"),
            (["x.o", "--load-only", "--events"], "--events"), (["x.o", "--where", "a"], "--where goes with"),
            (["x.o", "--csv"], "--csv goes with"), (["x.o", "--events", "--csv", "--lines"], "two forms"),
            (["x.o", "--every", "1s"], "--maps"), (["x.o", "--events", "--every", "1s"], "--maps"),
            (["x.o", "--events", "--top", "5"], "--maps"), (["x.o", "--globals", "--sort", "a"], "--maps"),
            (["x.o", "--events", "--delta"], "--globals"),
            (["x.o", "--host", "a"], "--capture"), (["x.o", "--capture", "f", "--host", "a b"], "no name of a host"),
            (["x.o", "--append"], "--capture"), (["x.o", "--capture", "f", "--csv"], "print-event"),
            (["x.o", "--events", "--where", "pid ="], "=="),
            (["x.o", "--pin-links", "/sys/fs/bpf/a", "--show"], "--show"), (["--list", "--events"], "--list"),
            (["--lod-only", "x.o"], "did you mean --load-only?"),
            (["--duraton", "1s", "x.o", "f"], "did you mean --duration?"),
            (["x.o", "f", "--duration", "soon"], "soon"),
            (["x.o", "f", "--duration", "0"], "--duration"), (["x.o", "f", "--duration"], "--duration"),
            (["x.o", "f", "--maxactive", "3"], "--return"), (["x.o", "f", "--return", "--maxactive", "0"], "4096"),
            (["x.o", "f", "--return", "--maxactive", "4097"], "4096"),
            (["x.o", "f", "--map-layout", "x"], "--map-layout"),
            (["x.o", "a b"], "U+0020"), (["x.o", "a\"b"], "U+0022"), (["x.o", "a\nb"], "U+000A"),
            (["x.o", "a;b"], "U+003B"), (["x.o", ""], "missing"),
            (["x.o", String(repeating: "x", count: 600)], "600 bytes"),
        ]

    @Test(arguments: wrongLines)
    func `a wrong command line is exit code 64, told on stderr`(line: [String], word: String) throws {
        let outcome = try Tools.run("load-kp-bpf", line)
        #expect(outcome.status == 64 && outcome.stdout.isEmpty && outcome.errors.contains(word), "\(outcome.errors)")
        #expect(outcome.stderr.allSatisfy { (0x20...0x7e).contains($0) || $0 == 0x0a })
    }

    @Test(arguments: wrongLines)
    func `with --json a wrong command line is one JSON line on stderr`(line: [String], word: String) throws {
        // Options that still want a value must not take --json for it.
        let outcome = try Tools.run("load-kp-bpf", ["--json"] + line)
        #expect(outcome.status == 64 && outcome.stdout.isEmpty)
        let report = try jsonReport(outcome)
        #expect(report["stage"] as? String == "arguments" && report["exit"] as? Int == 64)
        #expect(outcome.errors.contains(word.replacing("\"", with: "\\\"")), "\(outcome.errors)")
    }
}

/// The only line of stderr, which must be a JSON object with what every error tells.
func jsonReport(_ outcome: ProcessOutcome) throws -> [String: Any] {
    let lines = outcome.errors.split(separator: "\n")
    try #require(lines.count == 1 && outcome.stderr.last == UInt8(ascii: "\n"), "\(outcome.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(lines[0].utf8))
    let members = try #require(object as? [String: Any])
    #expect(members["tool"] is String && members["event"] as? String == "error" && members["stage"] is String)
    #expect(members["message"] is String && members["exit"] as? Int == Int(outcome.status), "\(outcome.errors)")
    return members
}
