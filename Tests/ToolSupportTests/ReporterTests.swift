// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Foundation
import Testing
import ToolSupport

/// What a reporter writes, seen from outside of a process that does nothing else.
struct ReporterTests {
    private func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }

    @Test func `text goes to the streams it was promised to, and is safe for a terminal`() async throws {
        let result = try await #require(
            processExitsWith: .success, observing: [\.standardErrorContent, \.standardOutputContent]
        ) {
            let reporter = Reporter(tool: "tool", statusStream: .standardOutput)
            reporter.report(Diagnostic(.bpffsMounted, .note, stage: .run, "a note"))
            reporter.report(Diagnostic(.objectDamaged, stage: .object, "name \u{1b}[2J\u{9b}x\u{202e}"))
            reporter.show("one\u{7}\ntwo", event: "log")
            reporter.status("Running.", event: "running")
            reporter.status("elsewhere", event: "x", on: .standardError)
        }
        let errors = text(result.standardErrorContent)
        #expect(text(result.standardOutputContent).contains("Running.\n"))
        for words in ["tool: note: a note\n", "tool: error: name ", "\ntwo\n", "elsewhere\n"] {
            #expect(errors.contains(words), "\(errors)")
        }
        #expect(!errors.contains("Running."))
        let unsafe: Set<Unicode.Scalar> = ["\u{1b}", "\u{9b}", "\u{7}", "\u{202e}"]
        #expect(errors.unicodeScalars.allSatisfy { !unsafe.contains($0) })
    }

    @Test func `quiet leaves the errors only`() async throws {
        let result = try await #require(
            processExitsWith: .success, observing: [\.standardErrorContent, \.standardOutputContent]
        ) {
            let reporter = Reporter(tool: "tool", quiet: true)
            for severity in [Diagnostic.Severity.error, .warning, .note] {
                reporter.report(Diagnostic(.ioError, severity, stage: .run, "a \(severity)"))
            }
            reporter.status("Running.", event: "running")
        }
        let errors = text(result.standardErrorContent)
        #expect(errors.contains("tool: error: a error\n"), "\(errors)")
        #expect(!errors.contains("a warning") && !errors.contains("a note") && !errors.contains("Running."))
    }

    @Test func `JSON is one valid object a line, whatever the words`() async throws {
        let result = try await #require(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let reporter = Reporter(tool: "tool", format: .json)
            reporter.report(Diagnostic(.ioError, stage: .map, "a \"b\" \\ \n \u{1b} \u{2028} é"))
            reporter.show("one\ntwo", event: "log")
            reporter.status("Running.", event: "running", [("id", .unsigned(.max)), ("pin", .null)])
        }
        let lines = text(result.standardErrorContent).split(separator: "\n").filter { $0.hasPrefix("{\"tool\"") }
        try #require(lines.count == 3, "\(lines)")
        let objects = try lines.map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(objects[0]["message"] as? String == "a \"b\" \\ \n \u{1b} \u{2028} é")
        #expect(objects[0]["exit"] as? Int == 74 && objects[0]["code"] as? String == "io-error")
        #expect(objects[0]["stage"] as? String == "map")
        #expect(objects[1]["text"] as? String == "one\ntwo" && objects[1]["event"] as? String == "log")
        #expect(objects[2]["id"] as? UInt64 == .max && objects[2]["pin"] is NSNull)
    }

    @Test func `a closed stream loses the line and nothing else`() async {
        await #expect(processExitsWith: .success) {
            close(2)
            let reporter = Reporter(tool: "tool")
            reporter.report(Diagnostic(.ioError, stage: .run, "unheard"))
        }
    }
}
