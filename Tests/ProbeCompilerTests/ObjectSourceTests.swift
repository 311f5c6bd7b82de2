// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ProbeCompiler

/// Objects as files of Swift, which the plug-in of packages makes.
@Suite struct ObjectSourceTests {
    @Test func `the numbers in the file are the bytes of the object`() {
        let object = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let text = ObjectSource(object, of: ["Probe.swift"]).text
        let numbers = text.split { !"0123456789abcdefx".contains($0) }.filter { $0.hasPrefix("0x") }
        #expect(numbers.map { UInt8($0.dropFirst(2), radix: 16) } == object)
    }

    @Test(arguments: ["a\nimport Evil.swift", "a\rb.swift", "a\u{2028}b.swift", "a\0b.swift"])
    func `the name of a file ends no comment`(name: String) {
        let lines = ObjectSource([1], of: [name]).text.split(whereSeparator: \.isNewline)
        #expect(lines[0].hasPrefix("// Made of a") && lines[1].hasPrefix("/// The probes"))
    }

    @Test func `an object without bytes is a list without numbers`() {
        #expect(ObjectSource([], of: []).text.contains("[UInt8] = [\n"))
    }
}
