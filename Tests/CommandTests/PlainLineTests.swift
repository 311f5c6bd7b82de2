// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Testing

@testable import ToolSupport
@testable import bpf_eventd
@testable import load_kp_bpf
@testable import print_event

/// The short way of reading a command line must not read it differently.
struct PlainLineTests {
    @Test(arguments: [
        ["prog.o", "sys_bpf"], ["--load-only", "prog.o"], ["prog.o", "vfs_read", "--return", "--duration", "500ms"],
        ["-q", "-v", "prog.o", "--json", "f", "--stats"], ["--section", "other", "prog.o", "f", "--bpffs", "/mnt/bpf"],
        ["--pid-file", "/run/x.pid", "--verifier-log", "log", "prog.o", "m:f+0x10"],
        ["prog.o", "--quiet", "--verbose"], ["prog.o", "f", "g", "h"], ["minimal.bpf.o", "--trace"],
        ["prog.o", "--btf", "x", "--pin-programs", "/sys/fs/bpf/x", "--dump-globals"],
        ["--set", "a=1", "--set", "b=-1", "prog.o"], ["prog.o", "--show", "--every", "1s", "--where", "a == 1"],
        ["prog.o", "--return", "--maxactive", "9", "f"], ["--map-layout", "tc", "prog.o"], ["-", "f"], [],
    ])
    func `a plain command line means what ArgumentParser says it means`(line: [String]) throws {
        try expectSame(LoadKpBpf.self, line)
    }

    @Test(arguments: [
        ["a.bev"], ["-"], [], ["-f", "a.bev", "--json", "--head", "3"], ["--fields", "a,b", "-q"],
        ["--json", "--context", "full", "--flat", "a.bev"], ["--merge", "--clock", "a=+1ms", "a.bev", "b.bev", "-"],
    ])
    func `print-event reads a plain command line as ArgumentParser does`(line: [String]) throws {
        try expectSame(PrintEvent.self, line)
    }

    @Test(arguments: [["/sys/fs/bpf/a", "-"], ["a", "b", "c", "--sorted", "--last", "64M", "--last", "30s"], []])
    func `bpf-eventd reads a plain command line as ArgumentParser does`(line: [String]) throws {
        try expectSame(BPFEventd.self, line)
    }

    @Test func `each option of each tool is read as ArgumentParser does`() throws {
        try expectSame(LoadKpBpf.self, options: 60)
        try expectSame(PrintEvent.self, options: 30)
        try expectSame(BPFEventd.self, options: 30)
    }

    @Test(arguments: [
        ["--help"], ["--version"], ["-h"], ["--lod-only", "prog.o"], ["prog.o", "--section"],
        ["--section=other", "prog.o"], ["--section", "-x", "prog.o"], ["-qv", "prog.o"], ["--", "prog.o", "f"],
        ["--json", "--json", "prog.o"], ["--duration", "soon", "prog.o"], ["prog.o", ""],
        ["--section", "a", "--section", "b", "prog.o"], ["prog.o", "--tag", "idx", "1=a", "2=b"],
        ["prog.o", "--sort", "-value"],
    ])
    func `whatever is not plain is left to ArgumentParser`(line: [String]) {
        #expect(PlainLine.read(line, as: LoadKpBpf.self) == nil)
    }

    @Test func `a second file is a file, and whether it may be there is said later`() throws {
        #expect(PlainLine.read(["a.bev", "b.bev"], as: PrintEvent.self)?.files == ["a.bev", "b.bev"])
    }

    private func expectSame<Command: Tool & PlainOptions>(_ tool: Command.Type, _ line: [String]) throws {
        let plain = try #require(PlainLine.read(line, as: Command.self), "\(line)")
        let (ours, parsers) = try (Self.text(plain), Self.text(Command.parse(line)))
        let differences = zip(ours, parsers).filter { $0 != $1 }.map { "\($0) is \($1)" }
        #expect(ours.count == parsers.count && differences.isEmpty, "\(line): \(differences)")
    }

    /// Compares each option that a tool declares, alone on a line.
    private func expectSame<Command: Tool & PlainOptions>(_ tool: Command.Type, options least: Int) throws {
        let answered = ["--help", "--version", "--tag"]
        var compared = 0
        for option in DeclaredArgument.all(in: Command._dumpHelp()) where option.kind != .positional {
            for name in option.names where !answered.contains(name) && name != "-h" {
                let values =
                    option.kind == .flag ? [nil] : option.values + ["1", "1s", "64M", "14:30", "SIGUSR1", "never"]
                let lines = values.map { [name] + ($0.map { [$0] } ?? []) }
                let line = try #require(lines.first { (try? Command.parse($0)) != nil }, "\(name)")
                try expectSame(Command.self, line)
                compared += 1
            }
        }
        #expect(compared >= least)
    }

    private static func text(_ value: Any) -> [Substring] {
        var text = ""
        dump(value, to: &text)
        // ArgumentParser forgets the titles of groups, and who sees them.
        return text.split(separator: "\n").filter { !$0.contains("- title: ") && !$0.contains("isibility") }
    }
}
