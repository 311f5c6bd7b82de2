// SPDX-License-Identifier: Apache-2.0

/// Options that stand alone or with one certain word: `--context`, `--context full`.
///
/// ArgumentParser knows flags and options, and nothing between: an option that stands alone gets the value that it means.
enum OptionalValue {
    /// Gives options that stand alone their value.
    ///
    /// - Parameters:
    ///   - arguments: The command line.
    ///   - options: The options, each with the word that it means alone and those that it can have behind it.
    static func join(_ arguments: [String], _ options: [String: (alone: String, words: [String])]) -> [String] {
        var joined: [String] = []
        for (index, word) in arguments.enumerated() {
            if word == "--" { return joined + arguments[index...] }
            joined.append(word)
            guard let option = options[word] else { continue }
            let next = index + 1 < arguments.count ? arguments[index + 1] : nil
            if !(next.map(option.words.contains) ?? false) { joined.append(option.alone) }
        }
        return joined
    }
}
