// SPDX-License-Identifier: Apache-2.0

import BPFCore
import Diagnostics
import Foundation
import Testing
import ToolSupport

/// What holds the codes, their page and their exit codes together.
struct DiagnosticCodeTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// A line of the page's tables.
    private struct Row: Equatable {
        var code: String
        var exit: String
        var isComplete: Bool
    }

    private static func rows() throws -> [Row] {
        let page = try String(contentsOf: root.appending(path: "docs/diagnostics.md"), encoding: .utf8)
        return page.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("| `") else { return nil }
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return Row(
                code: cells[0].trimmingCharacters(in: CharacterSet(charactersIn: "`")), exit: cells.last ?? "",
                isComplete: cells.count == 4 && cells.allSatisfy { !$0.isEmpty })
        }
    }

    @Test func `the page has every code once, in their order, with what to do and the exit code of the tools`() throws {
        let rows = try Self.rows()
        #expect(rows.map(\.code) == Diagnostic.Code.allCases.map(\.rawValue))
        for (row, code) in zip(rows, Diagnostic.Code.allCases) {
            let status = ExitStatus(code)
            #expect(row.exit == (status == .success ? "—" : "\(status.rawValue)"), "\(code.rawValue)")
            #expect(row.isComplete, "\(code.rawValue)")
        }
    }

    @Test func `codes are words of small letters and digits with hyphens`() {
        for code in Diagnostic.Code.allCases {
            let words = code.rawValue.split(separator: "-", omittingEmptySubsequences: false)
            #expect(
                words.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber) } },
                "\(code.rawValue)")
        }
    }

    @Test func `what an optional program may lack are the codes that lead to exit code 78, and no others`() {
        for code in Diagnostic.Code.allCases {
            let error = BPFError(.resolveProbe, always: code, "cannot attach")
            #expect(error.isTargetMissing == (ExitStatus(code) == .noSuchProbe), "\(code.rawValue)")
        }
    }

    @Test func `a setting is an option in a tool and a part of the interface in the library`() {
        for kind in Diagnostic.Setting.Kind.allCases {
            let hint: Diagnostic.Hint = "use \(kind, "a", to: "1")"
            #expect(hint.text(.options).contains("--"), "\(kind)")
            #expect(!hint.text().contains("--"), "\(kind)")
            #expect(hint.actions == [.set(Diagnostic.Setting(kind, "a", to: "1"))])
        }
        let hint: Diagnostic.Hint = "make it smaller: \(.mapSize, "events", to: "ENTRIES")"
        #expect(hint.text(.options) == "make it smaller: --map-size events=ENTRIES")
        #expect(hint.description == "make it smaller: MapOptions.sizes[\"events\"] = ENTRIES")
    }

    @Test func `the libraries name no option of the tools`() throws {
        // Those of other programs, and the marks of C and of comments.
        let others = ["--cap-add=", "--security-opt ", "--memory"]
        for (file, line) in try Self.linesOfLibraries() where !line.drop(while: { $0 == " " }).hasPrefix("//") {
            var text = String(line)
            for other in others { text = text.replacing(other, with: "") }
            let parts = text.split(separator: "--", omittingEmptySubsequences: false).dropFirst()
            let named = parts.contains { $0.first.map { $0.isASCII && $0.isLetter } == true }
            #expect(!named || !text.contains("\""), "\(file): \(line)")
        }
    }

    @Test func `the libraries know no exit code`() throws {
        for (file, line) in try Self.linesOfLibraries() {
            #expect(!line.contains("xitStatus") && !line.lowercased().contains("exit code"), "\(file): \(line)")
        }
    }

    /// The lines of all libraries but the one of the tools.
    private static func linesOfLibraries() throws -> [(file: String, line: Substring)] {
        let libraries = [
            "BPF", "BPFCore", "BPFObject", "BTF", "Diagnostics", "EventDecoding", "EventStream", "EventSummaries",
            "Records",
        ]
        var lines: [(String, Substring)] = []
        for library in libraries {
            let folder = root.appending(path: "Sources/\(library)")
            let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
            for case let file as URL in files where file.pathExtension == "swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                lines += text.split(separator: "\n").map { (file.lastPathComponent, $0) }
            }
        }
        try #require(lines.count > 1000)
        return lines
    }
}
