// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser

/// Options that can be taken from a ``PlainLine`` too.
package protocol PlainOptions: ParsableArguments {
    /// Takes the options from a line, each of them: one that nobody has set traps when it is read.
    mutating func take(from line: inout PlainLine)
}

/// A command line that means one thing only: options in full, their values apart, each once or as a list.
///
/// ArgumentParser finds its way by reflection, which costs each start of a tool more than loading a program does. It has the
/// last word on all else: help, mistakes, unusual spellings.
package struct PlainLine: Sendable {
    private let words: [String]
    private var isTaken: [Bool]
    /// Whether nothing was met so far that is not plain.
    private var isPlain = true

    /// A line; nil if it has what no option takes so: an empty word, or `--` and all that follows it.
    package init?(_ arguments: [String]) {
        guard !arguments.contains(where: { $0.isEmpty || $0 == "--" }) else { return nil }
        words = arguments
        isTaken = Array(repeating: false, count: arguments.count)
    }

    /// Reads a line; nil if it is not plain.
    package static func read<Options: PlainOptions>(_ arguments: [String], as type: Options.Type) -> Options? {
        guard var line = PlainLine(arguments) else { return nil }
        let options: Options = line.options()
        return line.isPlain && !line.isTaken.contains(false) ? options : nil
    }

    /// A group of options.
    package mutating func options<Options: PlainOptions>() -> Options {
        var options = Options()
        options.take(from: &self)
        return options
    }

    /// Whether a flag is there.
    ///
    /// - Parameter spellings: `--quiet`, `-q`.
    package mutating func flag(_ spellings: String...) -> Bool {
        let places = places(of: spellings)
        places.forEach { isTaken[$0] = true }
        isPlain = isPlain && places.count <= 1
        return !places.isEmpty
    }

    /// The value of an option; nil if the option is not there.
    package mutating func value<Value: ExpressibleByArgument>(
        _ spellings: String..., as type: Value.Type = Value.self
    ) -> Value? {
        let values: [Value] = values(of: spellings)
        isPlain = isPlain && values.count <= 1
        return values.first
    }

    /// The values of an option that may be repeated.
    package mutating func values<Value: ExpressibleByArgument>(
        _ spellings: String..., as type: Value.Type = Value.self
    ) -> [Value] { values(of: spellings) }

    /// The next word that no option has taken; so only after all options.
    package mutating func word() -> String? {
        guard let place = isTaken.firstIndex(of: false), !isOption(place) else { return nil }
        isTaken[place] = true
        return words[place]
    }

    /// All further words.
    package mutating func rest() -> [String] {
        var rest: [String] = []
        while let word = word() { rest.append(word) }
        return rest
    }

    private mutating func values<Value: ExpressibleByArgument>(of spellings: [String]) -> [Value] {
        var values: [Value] = []
        for place in places(of: spellings) {
            // A value that begins like an option may be one.
            guard place + 1 < words.count, !words[place + 1].hasPrefix("-"),
                let value = Value(argument: words[place + 1])
            else {
                isPlain = false
                continue
            }
            isTaken[place] = true
            isTaken[place + 1] = true
            values.append(value)
        }
        return values
    }

    private func places(of spellings: [String]) -> [Int] {
        words.indices.filter { !isTaken[$0] && spellings.contains(words[$0]) }
    }

    /// `-` alone is a word: stdin or stdout.
    private func isOption(_ place: Int) -> Bool { words[place].hasPrefix("-") && words[place] != "-" }
}
