// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Diagnostics
import Testing

@testable import ToolSupport

/// What is said of a command line that cannot be understood.
struct CommandLineTests {
    private enum Colour: String, CaseIterable, ExpressibleByArgument { case auto, always, never }

    /// A tool of which the declarations are read as those of the real ones are.
    private struct Sample: ParsableArguments {
        @Argument var file: String?
        @Flag(name: .shortAndLong, help: "Print errors only.") var quiet = false
        @Flag(name: .shortAndLong) var verbose = false
        @Option(help: ArgumentHelp("Exit after this time: 10s.", valueName: "time")) var duration: DurationArgument?
        @Option var color: Colour = .auto
        @Option(help: ArgumentHelp(visibility: .hidden)) var head: Int?
        @Option(parsing: .upToNextOption) var tag: [String] = []
    }

    private static let declared = DeclaredArgument.all(in: Sample._dumpHelp())

    private func mistake(_ line: [String]) throws -> CommandMistake {
        let check = CommandLineCheck(tool: "sample", declared: Self.declared) { option, value in
            (try? Sample.parse([option + "=" + value])) != nil
        }
        return try #require(check.mistake(in: DashedValue.join(line, Self.declared)), "\(line)")
    }

    @Test func `what a tool declares is read from what ArgumentParser says of it`() throws {
        let quiet = try #require(Self.declared.first { $0.names.contains("--quiet") })
        #expect(quiet.kind == .flag && Set(quiet.names) == ["--quiet", "-q"] && quiet.abstract == "Print errors only.")
        let colour = try #require(Self.declared.first { $0.names == ["--color"] })
        #expect(colour.kind == .option && colour.values == ["auto", "always", "never"])
        #expect(Self.declared.contains { $0.names == ["--head"] } && Self.declared.contains { $0.takesSeveral })
        #expect(Self.declared.filter { $0.kind == .positional }.map(\.valueName) == ["file"])
        #expect(DeclaredArgument.all(in: "no JSON").isEmpty && DeclaredArgument.all(in: "{\"command\":1}").isEmpty)
    }

    @Test(arguments: [
        (["--quit"], Diagnostic.Code.optionUnknown, "did you mean --quiet?"),
        (["--nothing-like-it"], .optionUnknown, "sample --help lists all"),
        (["-x"], .optionUnknown, "sample -- -x"), (["-quiet"], .optionUnknown, "did you mean --quiet?"),
        (["--duration"], .optionValueMissing, "write --duration TIME"),
        (["--duration", "--quiet"], .optionValueMissing, "--duration=--quiet"),
        (["--duration", "soon"], .optionValueInvalid, "write --duration TIME"),
        (["--duration=-1s"], .optionValueInvalid, "write --duration TIME"),
        (["--head", "-x1"], .optionValueInvalid, "write --head HEAD"),
        (["--color", "alway"], .optionValueInvalid, "did you mean --color always?"),
        (["--color", "blue"], .optionValueInvalid, "write one of them"),
        (["--quiet=yes"], .optionValueUnexpected, "write --quiet alone"), (["a", "b"], .argumentUnexpected, "quoted"),
        (["--", "-a", "b"], .argumentUnexpected, "quoted"),
    ])
    func `each mistake has its code and says what to write`(
        line: [String], code: Diagnostic.Code, words: String
    ) throws {
        let found = try mistake(line)
        #expect(found.code == code && ExitStatus(found.code) == .usage)
        #expect(found.diagnostic.text(wording: .options).contains(words), "\(found.diagnostic)")
    }

    @Test func `values of an option are all listed, and what the help says of it is the reason`() throws {
        #expect(try mistake(["--color", "blue"]).cause == "the values are auto, always and never")
        #expect(try mistake(["--duration", "soon"]).cause == "--duration TIME: exit after this time: 10s")
    }

    @Test func `a line without a mistake has none`() {
        let check = CommandLineCheck(tool: "sample", declared: Self.declared) { _, _ in true }
        for line in [[], ["-qv", "a"], ["--head", "1", "--", "-a"], ["--tag", "a", "1=b", "2=c", "--quiet", "x"]] {
            #expect(check.mistake(in: line) == nil, "\(line)")
        }
    }

    @Test func `values that begin with a dash are joined to their option, and options are not`() {
        let join = { DashedValue.join($0, Self.declared) }
        #expect(join(["--head", "-1", "a"]) == ["--head=-1", "a"])
        #expect(join(["--head", "-1", "--duration", "-2 s"]) == ["--head=-1", "--duration=-2 s"])
        #expect(join(["--head", "-q"]) == ["--head", "-q"] && join(["--head", "--quiet"]) == ["--head", "--quiet"])
        #expect(
            join(["--", "--head", "-1"]) == ["--", "--head", "-1"] && join(["--quiet", "-1"]) == ["--quiet", "-1"])
    }

    @Test func `the word that is wrong is marked in the line as a shell would read it`() throws {
        let line = ["a b", "--duration", "soon"]
        let diagnostic = try mistake(line).diagnostic(in: WrittenLine(tool: "sample", line))
        let label = try #require(diagnostic.labels.first)
        #expect(label.text == "sample 'a b' --duration soon" && label.drawing.last?.filter { $0 == "^" } == "^^^^")
        let two = CommandMistake.exclusive(["--head", "--tag"], because: "of a reason")
            .diagnostic(in: WrittenLine(tool: "sample", ["--head=1", "--tag", "x"]))
        #expect(two.labels.map(\.role) == [.primary, .secondary])
        #expect(Diagnostic.Label.drawing(of: two.labels).last == "       -------- ^^^^^")
    }

    @Test func `bytes of the command line are shown and not obeyed`() throws {
        let hostile = "--x\u{1b}[2J\u{7}\n" + String(foreignBytes: [0xff])
        let text = try mistake([hostile]).diagnostic(in: WrittenLine(tool: "sample", [hostile])).text()
        #expect(text.utf8.allSatisfy { (0x20...0x7e).contains($0) || $0 == 0x0a }, "\(text)")
        let long = String(repeating: "x", count: 100_000)
        let shown = try mistake(["--" + long]).diagnostic(in: WrittenLine(tool: "sample", ["--" + long])).text()
        #expect(shown.utf8.count < 2000)
    }

    @Test func `JSON that is damaged or too deep is none`() {
        #expect(
            JSONText.value(of: " {\"a\": [1, -2, true, null, \"\\u0041\\n\"]} ")?.line
                == "{\"a\":[1,-2,true,null,\"A\\n\"]}")
        for text in ["", "{", "[1,]", "{\"a\"}", "\"\\u12\"", "\"\\ud800\"", "1 2", "1.5", "nul", "\"a"] {
            #expect(JSONText.value(of: text) == nil, "\(text)")
        }
        #expect(JSONText.value(of: String(repeating: "[", count: 100_000)) == nil)
    }
}
