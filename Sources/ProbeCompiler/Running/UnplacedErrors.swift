// SPDX-License-Identifier: Apache-2.0

import Diagnostics

/// What the Swift compiler says against a probe without a place in it: `<unknown>:0: error: …`.
enum UnplacedErrors {
    /// The errors of an output that name no place; none if the toolchain is what they are about.
    static func diagnostics(_ output: String) -> [Diagnostic] {
        let texts = IRText.lines(output).compactMap(text)
        guard !texts.contains(where: isOfToolchain) else { return [] }
        // Read as a message with a place, which is taken off again.
        let messages = CompilerMessages(texts.map { "\(noPlace): error: \($0)" }.joined(separator: "\n"))
        return messages.diagnostics(.error).map { diagnostic in
            var diagnostic = diagnostic
            diagnostic.source = nil
            return diagnostic
        }
    }

    /// What a user is told where the compiler itself ends in a crash; nil if it did not, or says of no function of his that it
    /// was at it: ` for 'g()' (at Probe.swift:2:1)`.
    static func crash(_ output: String, sources: Set<String>) -> Diagnostic? {
        guard isCrash(output) else { return nil }
        let sources = SourceNames(sources)
        let places = IRText.lines(output).compactMap { line in
            IRText.between("(at ", ")", in: line).flatMap(CompilerMessages.place).flatMap(sources.own)
        }
        // It says the outermost first.
        guard let place = places.last else { return nil }
        var diagnostic = Diagnostic(
            .probeSource, stage: .object, "the Swift compiler fails at this function",
            cause: "it ended in a crash, and says no more of the reason",
            nextStep: "write it in another way: async, for one, has no place in a probe")
        diagnostic.source = place.label
        return diagnostic
    }

    /// Whether the compiler ended in a crash.
    static func isCrash(_ output: String) -> Bool { IRText.lines(output).contains("Stack dump:") }

    private static let noPlace = "-:1:1"

    /// The words of a line that is such an error.
    private static func text(_ line: Substring) -> Substring? {
        for beginning in ["error: ", "<unknown>:0: error: ", "<compiler-generated>:0: error: "]
        where line.hasPrefix(beginning) {
            return line.dropFirst(beginning.count)
        }
        return nil
    }

    /// Whether no other probe would help.
    private static func isOfToolchain(_ text: Substring) -> Bool {
        toolchainWords.contains { IRText.has($0, in: text) }
    }

    private static let toolchainWords = [
        "standard library", "unknown argument", "unknown option", "invalid value", "target triple", "unsupported",
        "error opening", "could not build", "failed to load", "cannot load", "compiled module was created",
        "fatal error encountered", "compile command failed", "command failed", "unable to execute", "No such file",
        "No space left", "out of memory", "experimental feature",
    ]
}
