// SPDX-License-Identifier: Apache-2.0

/// The report that the verifier of Linux 7.3 and later writes behind what it wrote before: why, where, and what to do.
///
/// It begins with a line `Verification failed: CATEGORY: PROBLEM`. Each of its sections has its title on a line of its
/// own, such as `Reason:`, and its text below, indented and wrapped.
public struct VerifierStatement: Sendable, Equatable {
    /// What kind of rule is broken, such as `Register Type Safety`.
    public let category: String
    /// The rule in a few words, such as `Unreadable register`; empty if the kernel gave none.
    public let problem: String
    /// Why the program is refused: a sentence or two.
    public let reason: String
    /// What to change; empty if the kernel knows nothing.
    public let suggestion: String
    /// How the program came there, line by line; empty if the kernel tells nothing of it.
    public let path: [String]
    /// The instruction that is refused.
    public let instruction: Int?

    static let title = "Verification failed:"

    /// What the kernel writes where it has nothing to tell of the path.
    private static let noPath = "no retained diagnostic events"
    /// The path of a long program has more lines than anyone reads in an error.
    private static let longestPath = 24

    /// Reads the last report among the lines of a log; nil if there is none.
    init?(lines: [Substring]) {
        guard let start = lines.lastIndex(where: { $0.hasPrefix(Self.title) }) else { return nil }
        let heading = lines[start].dropFirst(Self.title.count).trimmed
        let parts = heading.split(separator: ":", maxSplits: 1).map(\.trimmed)
        category = parts.first.map { String($0) } ?? ""
        problem = parts.count > 1 ? String(parts[1]) : ""
        var sections: [Substring: [Substring]] = [:]
        var section: Substring?
        for line in lines[(start + 1)...] {
            if VerifierLog.isStatistics(line) { break }
            if line.first != " ", line.hasSuffix(":") {
                // A title that comes twice goes on where it was.
                section = line.dropLast()
            } else if let section {
                sections[section, default: []].append(line)
            }
        }
        func text(_ title: Substring) -> String { (sections[title] ?? []).map(\.trimmed).joined(separator: " ") }
        reason = text("Reason")
        suggestion = text("Suggestion")
        let path = sections["Causal path"] ?? []
        let isTold = path.first?.trimmed.hasPrefix(Self.noPath) == false
        self.path = isTold ? path.prefix(Self.longestPath).map { String($0.dropFirst($0.hasPrefix("  ") ? 2 : 0)) } : []
        instruction = Self.instruction(in: sections["At"] ?? [])
    }

    /// The 12 of `  >>> 12 | (95) exit` below `Instruction context:`, or of `  insn 12`.
    private static func instruction(in lines: [Substring]) -> Int? {
        func number(_ line: Substring, after mark: String) -> Int? {
            let line = line.trimmed
            guard line.hasPrefix(mark) else { return nil }
            return Int(line.dropFirst(mark.count).drop { $0 == " " }.prefix { $0.isASCII && $0.isNumber })
        }
        if let context = lines.firstIndex(where: { $0.trimmed == "Instruction context:" }) {
            for line in lines[context...] {
                if let index = number(line, after: ">>>") { return index }
            }
        }
        return lines.lazy.compactMap { number($0, after: "insn ") }.first
    }
}

extension Substring {
    /// Without the white space at both ends.
    var trimmed: Substring {
        var text = drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
