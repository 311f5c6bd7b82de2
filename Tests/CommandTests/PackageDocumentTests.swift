// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What the page of probes in Swift shows of a package, and the package of the examples.
struct PackageDocumentTests {
    private static let root = fixtures.deletingLastPathComponent().deletingLastPathComponent()

    @Test func `the page shows what stands in the package of the examples`() throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/swift-probes.md"), encoding: .utf8)
        let blocks = page.components(separatedBy: "<!-- check: by=PackageDocumentTests -->\n```swift\n").dropFirst()
            .map { $0.components(separatedBy: "```")[0] }
        let library = Self.root.appending(path: "Examples/Library")
        let files = try ["Package.swift", "Sources/removals/Removals.swift"].map {
            try String(contentsOf: library.appending(path: $0), encoding: .utf8)
        }
        #expect(blocks.count == files.count)
        for (block, file) in zip(blocks, files) { #expect(file.contains(block), "\(block)") }
    }
}
