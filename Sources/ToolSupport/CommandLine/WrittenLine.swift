// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// A command line as one would write it for a shell, and where its words are.
struct WrittenLine {
    /// The line, safe for a terminal.
    private(set) var text: String
    private let arguments: [String]
    /// The scalars of the text that each argument takes.
    private var places: [Range<Int>] = []

    /// - Parameters:
    ///   - tool: The first word.
    ///   - arguments: What is behind it, as the kernel gave it.
    init(tool: String, _ arguments: [String]) {
        text = tool
        self.arguments = arguments
        var end = text.unicodeScalars.count
        for argument in arguments {
            let word = Self.word(argument)
            let count = word.unicodeScalars.count
            text += " " + word
            places.append(end + 1..<end + 1 + count)
            end += 1 + count
        }
    }

    /// The places of words; those that are not there have none.
    ///
    /// - Parameters:
    ///   - words: The first is what it is about; an option stands for itself, with its value or without.
    ///   - first: The number of the first word, if it is known.
    func labels(of words: [String], first: Int? = nil) -> [Diagnostic.Label] {
        var labels: [Diagnostic.Label] = []
        for (number, word) in words.enumerated() {
            let index = number == 0 && first != nil ? first : index(of: word)
            guard let index, places.indices.contains(index) else { continue }
            var label = Diagnostic.Label(of: text, scalars: places[index])
            label.role = labels.isEmpty ? .primary : .secondary
            if !labels.contains(where: { $0.columns == label.columns }) { labels.append(label) }
        }
        return labels
    }

    private func index(of word: String) -> Int? {
        arguments.firstIndex { $0 == word || word.hasPrefix("--") && $0.hasPrefix(word + "=") }
    }

    /// The longest word that is shown whole.
    private static let longest = 256

    /// A word as a shell takes it, and safe for a terminal.
    static func word(_ word: String) -> String {
        var word = word
        if word.unicodeScalars.count > longest {
            word = String(String.UnicodeScalarView(word.unicodeScalars.prefix(longest))) + "..."
        }
        let isPlain = word.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "-", "_", "=", "/", ".", ",", ":", "+", "@", "%": true
            default: scalar.value >= 0xa0
            }
        }
        guard !isPlain || word.isEmpty else { return word.terminalSafe }
        return "'" + word.replacing("'", with: "'\\''").terminalSafe + "'"
    }
}
