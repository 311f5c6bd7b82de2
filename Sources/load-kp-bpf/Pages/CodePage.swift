// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import ToolSupport

/// What docs/diagnostics.md says of a code: its meaning, what to do, and for some an example.
struct CodePage: Equatable {
    let code: String
    /// The exit code of a tool that ends with it; 0 for warnings and notes.
    let exit: Int32
    let means: String
    let remedy: String
    /// Paragraphs and code between lines of three backticks.
    let text: String

    /// All pages, in the order of the document.
    static let all: [CodePage] = {
        var pages: [CodePage] = []
        var lines: [Substring] = []
        func end() {
            guard lines.count >= 4, let exit = Int32(lines[1]) else { return }
            pages.append(
                CodePage(
                    code: String(lines[0].dropFirst(2)), exit: exit, means: String(lines[2]), remedy: String(lines[3]),
                    text: lines.dropFirst(4).joined(separator: "\n")))
        }
        for line in codePages.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("= ") {
                end()
                lines = []
            }
            lines.append(line)
        }
        end()
        return pages
    }()

    /// The page of a code, as a tool prints it or with dots for hyphens.
    static func named(_ name: String) throws(ArgumentMistake) -> CodePage {
        let code = name.replacing(".", with: "-")
        if let page = all.first(where: { $0.code == code }) { return page }
        throw ArgumentMistake(name: name, near: near(code))
    }

    /// The codes that may have been meant: those that are spelled alike, else those that share a word.
    private static func near(_ code: String) -> [String] {
        let codes = all.map(\.code)
        let alike = EditDistance.names(near: code, among: codes)
        guard alike.isEmpty else { return alike }
        let words = code.split(separator: "-").filter { $0.utf8.count > 2 }
        let shares = codes.map { other in (other, words.count { word in other.split(separator: "-").contains(word) }) }
        return shares.filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }.prefix(3).map(\.0)
    }

    /// There is no such code.
    struct ArgumentMistake: DiagnosticError {
        let name: String
        let near: [String]

        var diagnostic: Diagnostic {
            Diagnostic(
                .argumentsInvalid, stage: .arguments, "there is no code '\(name)'",
                details: near.isEmpty ? [] : ["near: " + near.joined(separator: ", ")], nextStep: nextStep)
        }

        private var nextStep: Diagnostic.Hint {
            guard let first = near.first else {
                return "the codes are those that messages have in brackets, and code in the JSON form"
            }
            return "did you mean \(.chooseName(near), first)?"
        }
    }

    // MARK: - Printing

    /// The page as text of at most 80 columns.
    var lines: [String] {
        var lines = [code + (exit == 0 ? "" : "  (exit code \(exit))"), ""]
        lines += Self.wrapped("What it means: " + Self.plain(means), indent: 2)
        lines += Self.wrapped("What to do: " + Self.plain(remedy), indent: 2)
        var isCode = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                isCode.toggle()
            } else if isCode {
                lines.append(line.isEmpty ? "" : "      " + line)
            } else {
                lines += line.isEmpty ? [""] : Self.wrapped(Self.plain(String(line)), indent: 2)
            }
        }
        while lines.last == "" { lines.removeLast() }
        return lines
    }

    /// The lines of its text: those of sentences, and those of the example.
    private var parts: (words: [Substring], example: [Substring]) {
        var (words, example): ([Substring], [Substring]) = ([], [])
        var isCode = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                isCode.toggle()
            } else if isCode {
                example.append(line)
            } else if !line.isEmpty {
                words.append(line)
            }
        }
        return (words, example)
    }

    func show(_ reporter: Reporter) -> ExitStatus {
        var members: [(String, JSONValue)] = [
            ("code", .string(code)), ("exit", .integer(Int64(exit))), ("means", .string(Self.plain(means))),
            ("next", .string(Self.plain(remedy))),
        ]
        let parts = parts
        if !parts.words.isEmpty { members.append(("text", .string(Self.plain(parts.words.joined(separator: "\n"))))) }
        if !parts.example.isEmpty { members.append(("example", .string(parts.example.joined(separator: "\n")))) }
        reporter.status(lines.joined(separator: "\n"), event: "explanation", members)
        return .success
    }

    /// Without the marks of Markdown for code.
    private static func plain(_ text: String) -> String { text.replacing("`", with: "") }

    private static let columns = 80

    private static func wrapped(_ text: String, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indent + line.utf8.count + 1 + word.utf8.count > columns {
                lines.append(margin + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return line.isEmpty ? lines : lines + [margin + line]
    }
}
