// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// The man pages in docs/man, and the documents and the help that they are made of.
struct ManualTests {
    private static let root = fixtures.deletingLastPathComponent().deletingLastPathComponent()
    private static let folder = root.appending(path: "docs/man")
    private static let pages = ["load-kp-bpf.1", "bpf-eventd.8", "print-event.1", "swift-bpf-capture.5"]

    @Test func `the pages are those that Scripts/manual makes of the documents`() throws {
        try withTemporaryFolder { made in
            let outcome = try runProcess(Self.root.appending(path: "Scripts/manual").path, [made.path])
            try #require(outcome.status == 0, "\(outcome.errors)")
            let names = try FileManager.default.contentsOfDirectory(atPath: made.path)
            #expect(names.sorted() == Self.pages.sorted())
            #expect(try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted() == names.sorted())
            for name in names {
                let same =
                    try Data(contentsOf: made.appending(path: name))
                    == Data(contentsOf: Self.folder.appending(path: name))
                #expect(same, "\(name) is not of these documents: run Scripts/manual")
            }
        }
    }

    @Test(arguments: ["load-kp-bpf.1", "bpf-eventd.8", "print-event.1"])
    func `a page has every option, the synopsis and the examples of the help`(page: String) throws {
        let text = try Self.shown(page)
        let tool = String(page.dropLast(2))
        let help = try Tools.run(tool, ["--help"]).output
        for option in help.matches(of: /(?m)^  (-[^\s,]+(?:, --[a-z-]+)?)/) {
            for name in option.1.split(separator: ", ") {
                #expect(text.contains(name), "\(page) has no \(name)")
            }
        }
        let examples = try #require(
            help.components(separatedBy: "Examples:\n").last?.components(separatedBy: "\n\n")[0])
        for line in examples.split(separator: "\n") {
            #expect(text.contains(line.trimmingCharacters(in: .whitespaces)), "\(page) has no example \(line)")
        }
        let usage = try #require(help.split(separator: "\n").first { $0.hasPrefix("USAGE: ") }?.dropFirst(7))
        #expect(text.contains(usage), "\(page): \(usage)")
        for code in ["64", "66", "74"] {
            #expect(text.contains("\n.TP\n\(code)\n"), "\(page) has no exit code \(code)")
        }
    }

    @Test(arguments: pages) func `mandoc and groff find nothing wrong with a page`(page: String) throws {
        let path = Self.folder.appending(path: page).path
        let lint = try runProcess("mandoc", ["-T", "lint", path])
        // Lines of code and the line of the name are not broken.
        let found = lint.output.split(separator: "\n")
            .filter { !$0.contains("STYLE: input text line longer than 80 bytes") }
        #expect(found.isEmpty && lint.errors.isEmpty, "\(lint.output)\(lint.errors)")
        let groff = try runProcess("groff", ["-t", "-man", "-ww", "-z", "-T", "utf8", path])
        #expect(groff.status == 0 && groff.errors.isEmpty, "\(groff.errors)")
    }

    @Test func `the page of the format has the kinds of blocks and the example`() throws {
        let text = try Self.shown("swift-bpf-capture.5")
        for words in ["SNAPSHOT, KIND 8 (1.3)", "\nchecksum of the payload", "89 42 50 46 45 56 02 01"] {
            #expect(text.contains(words), "\(words)")
        }
    }

    /// The text of a page, its escapes undone.
    private static func shown(_ page: String) throws -> String {
        var text = try String(contentsOf: folder.appending(path: page), encoding: .utf8)
        for (escape, character) in [
            ("\\-", "-"), ("\\%", ""), ("\\:", ""), ("\\&", ""), ("\\fB", ""), ("\\fI", ""), ("\\fR", ""),
            ("\\(aq", "'"), ("\\(dq", "\""), ("\\(ti", "~"), ("\\(ha", "^"), ("\\(ga", "`"), ("\\e", "\\"),
        ] {
            text = text.replacing(escape, with: character)
        }
        return text
    }
}
