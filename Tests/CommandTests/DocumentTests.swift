// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import EventCollecting
@testable import bpf_eventd

/// The documents: each block of code has a rule (Scripts/documents), and those that need no kernel hold here.
struct DocumentTests {
    private static let root = fixtures.deletingLastPathComponent().deletingLastPathComponent()

    /// A fenced block.
    struct Block: Sendable, CustomTestStringConvertible {
        let page: String
        let line: String
        let language: String
        let rule: String
        let value: String
        let text: String

        var testDescription: String { "\(page):\(line)" }
    }

    /// What Scripts/documents says, and the blocks that it found.
    private static let taken: (outcome: ProcessOutcome, blocks: [Block])? = try? withTemporaryFolder { folder in
        let headers = try ["Examples", "Examples/include"].flatMap { name in
            let folder = root.appending(path: name)
            return try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { $0.hasSuffix(".h") && $0 != "bootstrap.h" }.map { folder.appending(path: $0).path }
        }
        let outcome = try runProcess(
            root.appending(path: "Scripts/documents").path, [folder.appending(path: "blocks").path] + headers)
        let index = try? String(contentsOf: folder.appending(path: "blocks/index"), encoding: .utf8)
        let blocks = try (index ?? "").split(separator: "\n").map { line in
            let part = line.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
            let text = try String(contentsOf: folder.appending(path: "blocks/" + part[5]), encoding: .utf8)
            return Block(
                page: part[0], line: part[1], language: part[2], rule: part[3], value: part[4], text: text)
        }
        return (outcome, blocks)
    }

    private static func blocks(_ language: String? = nil, _ rule: String) -> [Block] {
        (taken?.blocks ?? []).filter { $0.rule == rule && (language == nil || $0.language == language) }
    }

    @Test func `every block of the documents has a rule, and programs compile by the commands shown`() throws {
        let taken = try #require(Self.taken)
        #expect(taken.outcome.status == 0, "\(taken.outcome.output)\(taken.outcome.errors)")
        #expect(taken.blocks.count > 40)
    }

    @Test(arguments: blocks("sh", "parse"))
    func `command lines are read by the parsers of the tools`(block: Block) throws {
        try Self.check(lines: block.text)
    }

    @Test(arguments: ["load-kp-bpf", "bpf-eventd", "print-event"])
    func `the examples of the help are read by the parsers of the tools`(tool: String) throws {
        let help = try Tools.run(tool, ["--help"]).output
        let examples = try #require(
            help.components(separatedBy: "Examples:\n").last?.components(separatedBy: "\n\n")[0])
        #expect(examples.contains(tool))
        try Self.check(lines: examples)
    }

    @Test(arguments: blocks("console", "here")) func `commands print what is shown`(block: Block) throws {
        let steps = ("\n" + block.text).components(separatedBy: "\n$ ").dropFirst()
        #expect(!steps.isEmpty)
        try withTemporaryFolder { folder in
            for step in steps {
                let lines = step.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
                let outcome = try runProcess(
                    "/bin/sh", ["-c", "exec 2>&1; " + lines[0]],
                    environment: ["PATH": "\(Tools.folder.path):/usr/bin:/bin"], currentDirectory: folder)
                let shown = lines.count > 1 ? lines[1].trimmingCharacters(in: .newlines) : ""
                #expect(outcome.output.trimmingCharacters(in: .newlines) == shown)
            }
        }
    }

    @Test(arguments: blocks("json", "valid")) func `each line of JSON is an object`(block: Block) throws {
        for line in block.text.split(separator: "\n") {
            #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
        }
    }

    @Test(arguments: blocks("c", "in")) func `snippets in C compile`(block: Block) throws {
        let source = try Self.inPlace(block, marker: "/* SNIPPET */", block.text)
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "snippet.c")
            try Data(source.utf8).write(to: file)
            let clang = try runProcess(Self.root.appending(path: "Scripts/bpf-clang").path, []).output
            let outcome = try runProcess(
                clang.trimmingCharacters(in: .newlines),
                ["-O2", "-g", "-Wall", "-Werror", "-fsyntax-only", "-target", "bpf", "-D__TARGET_ARCH_x86"]
                    + ["Examples", "Examples/include"].flatMap { ["-I", Self.root.appending(path: $0).path] }
                    + [file.path])
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
    }

    @Test(arguments: blocks("swift", "in")) func `snippets in Swift compile`(block: Block) throws {
        let lines = block.text.split(separator: "\n", omittingEmptySubsequences: false)
        let isImport = { (line: Substring) in line.hasPrefix("import ") }
        let code = lines.filter { !isImport($0) }.joined(separator: "\n")
        let place = try Self.inPlace(block, marker: "// SNIPPET", code)
        let source = lines.filter(isImport).joined(separator: "\n") + "\n" + place
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "snippet.swift")
            try Data(source.utf8).write(to: file)
            let includes = ["Sources/CBPF/include", "Sources/CElf", "Sources/CSourceLines/include", "Sources/CZlib"]
                .map { Self.root.appending(path: $0).path }
            let modules = Tools.folder.appending(path: "Modules").path
            let outcome = try runProcess(
                "swiftc",
                ["-typecheck", "-swift-version", "6", "-parse-as-library", "-module-cache-path", folder.path]
                    + ["-enable-experimental-feature", "Extern"]
                    + ([modules] + includes).flatMap { ["-I", $0] } + [file.path])
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
    }

    @Test(arguments: ["load-kp-bpf", "bpf-eventd", "print-event"])
    func `every option is documented, and no other`(tool: String) throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/options.md"), encoding: .utf8)
        let section = try #require(
            page.components(separatedBy: "\n## \(tool)\n").last?.components(separatedBy: "\n## ")[0])
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `-") }
        let documented = Set(rows.flatMap { Self.options(in: $0.split(separator: "|")[0]) })
        let help = try Tools.run(tool, ["--help"]).output
        let listed = help.split(separator: "\n").filter { $0.hasPrefix("  -") }
            .flatMap { Self.options(in: $0.dropFirst(2).prefix(24)) }
        #expect(documented == Set(listed))
    }

    @Test func `options that the documents speak of exist`() throws {
        var known = Self.otherOptions
        for tool in ["load-kp-bpf", "bpf-eventd", "print-event"] {
            known.formUnion(Self.options(in: try Tools.run(tool, ["--help"]).output[...]))
        }
        for page in try Self.pages() where page.path.hasPrefix("docs/") || page.path == "README.md" {
            for code in page.text.matches(of: /`([^`\n]+)`/) {
                for option in Self.options(in: code.1) where option.hasPrefix("--") {
                    #expect(known.contains(option), "\(page.path): \(code.1)")
                }
            }
        }
    }

    /// Options of other programs.
    private static let otherOptions: Set<String> = []

    @Test func `links within the documents lead somewhere`() throws {
        for page in try Self.pages() {
            let here = Self.root.appending(path: page.path)
            for link in page.text.matches(of: /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/) {
                let folder = here.deletingLastPathComponent()
                let file = link.1.isEmpty ? here : folder.appending(path: String(link.1))
                #expect(FileManager.default.fileExists(atPath: file.path), "\(page.path): \(link.0)")
                guard let anchor = link.2, let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
                let headings = text.split(separator: "\n").filter { $0.hasPrefix("#") }
                #expect(headings.map(Self.anchor).contains(String(anchor)), "\(page.path): \(link.0)")
            }
        }
    }

    // MARK: -

    /// The pages, from the project's root.
    private static func pages() throws -> [(path: String, text: String)] {
        try Set(try #require(taken).blocks.map(\.page)).union(["docs/principles.md", "docs/options.md"]).sorted().map {
            ($0, try String(contentsOf: root.appending(path: $0), encoding: .utf8))
        }
    }

    /// What a heading is called in links.
    private static func anchor(_ heading: Substring) -> String {
        heading.drop { $0 == "#" || $0 == " " }.lowercased()
            .filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.replacing(" ", with: "-")
    }

    /// The words of a text that are options.
    private static func options(in text: Substring) -> [String] {
        text.matches(of: /(?:^|[\s,`(])(--?[a-z][a-z0-9-]*)/).map { String($0.1) }
            .filter { $0.hasPrefix("--") || $0.count == 2 }
    }

    /// A snippet where its place is.
    private static func inPlace(_ block: Block, marker: String, _ text: String) throws -> String {
        let place = try String(
            contentsOf: root.appending(path: "Tests/Documents/" + block.value), encoding: .utf8)
        try #require(place.contains(marker))
        return place.replacing(marker, with: text)
    }

    /// Runs lines of a shell in which every program only notes its arguments, and has the tools read what they got.
    private static func check(lines: String) throws {
        for words in try record(lines) {
            let arguments = Array(words.dropFirst())
            switch words[0] {
            case "load-kp-bpf", "print-event":
                // There are no files to read: what is wrong with the line is found before that is.
                let outcome = try withTemporaryFolder { folder in
                    try runProcess(
                        Tools.folder.appending(path: words[0]).path, arguments, currentDirectory: folder)
                }
                // Nothing is pinned to be ended, and not everybody may look: the line was read nevertheless.
                let needsNoFile = ["--list", "--stop", "--doctor"].contains { arguments.contains($0) }
                #expect(
                    [0, 66].contains(outcome.status) || needsNoFile && [69, 77, 78].contains(outcome.status),
                    "\(words): \(outcome.errors)")
            case "bpf-eventd":
                try BPFEventd.parse(arguments).checkArguments()
            case "make":
                let makefile = try String(contentsOf: root.appending(path: "Makefile"), encoding: .utf8)
                let phony = makefile.split(separator: "\n").first { $0.hasPrefix(".PHONY:") } ?? ""
                for target in arguments where !target.contains("=") {
                    #expect(phony.split(separator: " ").contains(target[...]), "\(words)")
                }
            default: break
            }
        }
    }

    /// The command lines that a shell makes of some lines, words and all.
    private static func record(_ lines: String) throws -> [[String]] {
        try withTemporaryFolder { folder in
            let notes = folder.appending(path: "notes")
            try FileManager.default.createDirectory(at: notes, withIntermediateDirectories: true)
            let note = #"printf '%s\0' "${0##*/}" "$@" >"$NOTES/$$""#
            var scripts = programs.map { ("bin/" + $0, note) }
            scripts += ["Tests/Lab/run", "Tests/Fixtures/sent/record"].map { ($0, note) }
            // Where a layout comes from.
            scripts += [("bin/cat", "echo 'struct event { int pid; };'"), ("bin/sudo", #"exec "$@""#)]
            // A shell writes them: what this process writes, a child that another test starts just then holds open, and
            // it cannot be executed (ETXTBSY).
            let write =
                #"while [ $# -gt 0 ]; do mkdir -p "${1%/*}"; printf '#!/bin/sh\n%s\n' "$2" >"$1"; chmod 755 "$1"; "#
                + "shift 2; done"
            let written = try runProcess(
                "/bin/sh", ["-euc", write, "sh"] + scripts.flatMap { [$0.0, $0.1] }, currentDirectory: folder)
            try #require(written.status == 0, "\(written.errors)")
            let outcome = try runProcess(
                "/bin/sh", ["-eu", "-c", lines],
                environment: ["PATH": folder.appending(path: "bin").path, "NOTES": notes.path],
                currentDirectory: folder)
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(lines)\(outcome.errors)")
            return try FileManager.default.contentsOfDirectory(atPath: notes.path).map { name in
                try String(contentsOf: notes.appending(path: name), encoding: .utf8)
                    .split(separator: "\0", omittingEmptySubsequences: false).dropLast().map { String($0) }
            }
        }
    }

    /// The programs that the documents call.
    private static let programs = [
        "load-kp-bpf", "bpf-eventd", "print-event", "make", "swift", "clang", "bpftool", "jq", "zstd",
    ]
}
