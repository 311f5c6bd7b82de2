// SPDX-License-Identifier: Apache-2.0

import Diagnostics

/// Finds a program that is private to its file: nothing calls it, so that the compiler leaves it out and says nothing.
enum PrivateProgram {
    /// Refuses a probe whose sources have a private program that its module has not.
    static func check(
        _ module: ProbeModule, _ sources: [(name: String, bytes: [UInt8])]
    ) throws(ProbeError) {
        for source in sources {
            for found in all(in: source.bytes) where !module.programs.contains(where: { $0.name == found.name }) {
                throw ProbeError(
                    .probeNoProgram, "the program \(found.name) is not in the object",
                    at: SourcePlace(file: source.name, line: found.line),
                    cause: "it is private, and the compiler leaves out what nobody calls",
                    nextStep: "leave out 'private'")
            }
        }
    }

    private static let access = ["private", "fileprivate"]
    /// Words that begin a declaration.
    private static let declarations = [
        "func", "let", "var", "struct", "enum", "extension", "class", "protocol", "typealias", "import", "init",
    ]

    /// The private functions with a section, and their lines.
    static func all(in bytes: [UInt8]) -> [(name: String, line: Int)] {
        var found: [(name: String, line: Int)] = []
        var words = SourceWords(bytes)
        var (isPrivate, hasSection) = (false, false)
        while let word = words.next() {
            if word.isOne(of: access) { isPrivate = true }
            if word.before == UInt8(ascii: "@"), word.isOne(of: ["section"]) { hasSection = true }
            guard word.isOne(of: declarations) else { continue }
            if isPrivate, hasSection, word.isOne(of: ["func"]), let name = words.next() {
                found.append((String(decoding: name.text, as: UTF8.self), name.line))
            }
            (isPrivate, hasSection) = (false, false)
        }
        return found
    }
}
