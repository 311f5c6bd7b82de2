// SPDX-License-Identifier: Apache-2.0

/// What a shell asks for when a word of the command line is to be completed.
package struct CompletionRequest: Sendable {
    /// The words behind the tool's name, as the shell has them: quotes are not taken off.
    package let words: [String]
    /// The word that is to be completed, as far as it is there.
    package let word: String

    /// As many words are offered at most; where there are more, none is: the shell would offer what they have in common.
    package static let limit = 8192

    /// Takes the words as ArgumentParser hands them over, the tool's name first.
    package init(arguments: [String], index: Int) {
        words = Array(arguments.dropFirst())
        let word = arguments.indices.contains(index) ? arguments[index] : ""
        // As fish has a word that is not begun.
        self.word = word == "''" ? "" : word
    }

    /// The names that the word may become.
    package func offered(_ names: some Sequence<String>) -> [String] { offered(names, behind: "", after: word) }

    /// The same for the last name in a list with commas.
    package func offeredInList(_ names: some Sequence<String>) -> [String] {
        guard let comma = word.lastIndex(of: ",") else { return offered(names) }
        let next = word.index(after: comma)
        return offered(names, behind: String(word[..<next]), after: String(word[next...]))
    }

    private func offered(_ names: some Sequence<String>, behind head: String, after begun: String) -> [String] {
        var found: Set<String> = []
        for name in names where name.hasPrefix(begun) && Self.isPlain(head + name) {
            found.insert(head + name)
            guard found.count <= Self.limit else { return [] }
        }
        return found.sorted()
    }

    /// Whether a shell takes a word as it stands.
    ///
    /// Names come from objects, captures and directories that others made, and bash expands what it is offered
    /// (`compgen -W`): a program named `$(reboot)` must not even be offered. No name of the kernel, of C or of a pin as
    /// people make them has other characters.
    static func isPlain(_ word: String) -> Bool {
        guard let first = word.utf8.first, first != UInt8(ascii: "-") else { return false }
        return word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: Self.marks.contains(byte)
            }
        }
    }

    private static let marks = Set("_-./,=+@".utf8)

    /// The first of the words that names a file on a disk which begins as wanted.
    package func file(where isWanted: (_ head: [UInt8]) -> Bool) -> String? {
        words.lazy.map(Self.expanded).first { word in
            !word.isEmpty && !word.hasPrefix("-") && isWanted(InputFile.head(of: word, count: 4))
        }
    }

    /// A word with the home directory in place of `~/`, which the shell leaves as it is written.
    private static func expanded(_ word: String) -> String {
        guard word.hasPrefix("~/"), let home = ProcessEnvironment.value("HOME") else { return word }
        return home + word.dropFirst()
    }
}
