// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What the README shows for use in Swift.
struct ReadmeTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The blocks of Swift, each its imports and the rest.
    private static func snippets() throws -> [(imports: [Substring], code: [Substring])] {
        let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        return text.components(separatedBy: "```swift\n").dropFirst().map { block in
            let lines = block.components(separatedBy: "\n```")[0].split(separator: "\n")
            let isImport = { (line: Substring) in line.hasPrefix("import ") }
            return (lines.filter(isImport), lines.filter { !isImport($0) })
        }
    }

    @Test func `the snippets in Swift compile`() throws {
        let snippets = try Self.snippets()
        #expect(snippets.count >= 2)
        try withTemporaryFolder { folder in
            for (number, snippet) in snippets.enumerated() {
                // What a snippet takes for granted: the bytes of an object, a sample.
                let source =
                    snippet.imports + ["func snippet(bytes: [UInt8], sample: RawSpan) throws {"] + snippet.code + ["}"]
                let file = folder.appending(path: "snippet\(number).swift")
                try Data(source.joined(separator: "\n").utf8).write(to: file)
                let includes = [
                    "Sources/CBPF/include", "Sources/CElf", "Sources/CZlib",
                ].flatMap { ["-I", Self.root.appending(path: $0).path] }
                let system = Tools.folder.appending(path: "../../checkouts/swift-system/Sources/CSystem/include").path
                let outcome = try runProcess(
                    "swiftc",
                    ["-typecheck", "-swift-version", "6", "-module-cache-path", folder.path]
                        + ["-I", Tools.folder.appending(path: "Modules").path, "-I", system] + includes + [file.path])
                #expect(outcome.status == 0, "snippet \(number): \(outcome.errors)")
            }
        }
    }
}
