// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Looks for what is wrong with a command line that ArgumentParser has refused, by what the tool declares.
struct CommandLineCheck {
    /// The tool's name, for hints.
    let tool: String
    /// What the tool takes.
    let declared: [DeclaredArgument]
    /// Whether an option takes a value, as the parser sees it.
    let takes: (_ option: String, _ value: String) -> Bool

    /// An option on the line that has a value.
    private struct Use {
        let argument: DeclaredArgument
        let name: String
        let value: String
        let index: Int
    }

    /// The first mistake, from left to right; nil if there is none that this knows.
    func mistake(in arguments: [String]) -> CommandMistake? {
        var words: [(text: String, index: Int)] = []
        var uses: [Use] = []
        var index = 0
        while index < arguments.count {
            let word = arguments[index]
            if word == "--" {
                for rest in arguments.indices.dropFirst(index + 1) { words.append((arguments[rest], rest)) }
                break
            }
            guard word.hasPrefix("-"), word.utf8.count > 1 else {
                words.append((word, index))
                index += 1
                continue
            }
            switch option(arguments, at: index) {
            case .mistake(let mistake): return mistake
            case .flag: index += 1
            case .use(let use, let count):
                uses.append(use)
                index += count
            }
        }
        // Uses that are the same are asked for once.
        var asked: Set<String> = []
        for use in uses where asked.insert(use.name + "=" + use.value).inserted && !takes(use.name, use.value) {
            return wrongValue(use)
        }
        return tooMany(words)
    }

    /// What an option on the line is.
    private enum Option {
        case flag
        /// An option with its value, and the words that both take.
        case use(Use, Int)
        case mistake(CommandMistake)
    }

    private func option(_ arguments: [String], at index: Int) -> Option {
        let word = arguments[index]
        let isLong = word.hasPrefix("--")
        let equals = isLong ? word.firstIndex(of: "=") : nil
        let name = String(word[..<(equals ?? word.endIndex)])
        let joined = equals.map { String(word[word.index(after: $0)...]) }
        guard let argument = declared.first(where: { $0.names.contains(name) }) else {
            return shortFlags(word) ? .flag : .mistake(unknown(name, at: index))
        }
        guard argument.kind == .option else {
            guard let joined else { return .flag }
            return .mistake(unexpectedValue(name, joined, at: index))
        }
        if let joined {
            return .use(Use(argument: argument, name: name, value: joined, index: index), 1)
        }
        let next = index + 1 < arguments.count ? arguments[index + 1] : nil
        guard let next, argument.takesAnything ? next != "--" : !next.hasPrefix("-") || next == "-" else {
            return .mistake(missingValue(argument, name, before: next, at: index))
        }
        var count = 2
        while argument.takesSeveral, index + count < arguments.count, !arguments[index + count].hasPrefix("-") {
            count += 1
        }
        return .use(Use(argument: argument, name: name, value: next, index: index + 1), count)
    }

    /// Whether it is `-qv`: several flags of one letter.
    private func shortFlags(_ word: String) -> Bool {
        guard !word.hasPrefix("--"), word.count > 2 else { return false }
        return word.dropFirst().allSatisfy { letter in
            declared.contains { $0.kind == .flag && $0.names.contains("-\(letter)") }
        }
    }

    // MARK: - Mistakes

    private func unknown(_ name: String, at index: Int) -> CommandMistake {
        let letters = String(name.drop { $0 == "-" })
        let long = declared.flatMap(\.names).filter { $0.hasPrefix("--") }
        let near = EditDistance.names(near: letters, among: long.map { String($0.dropFirst(2)) }).map { "--" + $0 }
        var mistake = CommandMistake(.optionUnknown, "there is no option \(CommandMistake.quoted(name))")
        if let first = near.first {
            mistake.hint = "did you mean \(.chooseName(near), first)?"
            if near.count > 1 { mistake.details = ["near: " + near.joined(separator: ", ")] }
        } else {
            mistake.hint =
                "\(tool) --help lists all; what is no option and begins with a dash goes behind --: \(tool) -- \(WrittenLine.word(name))"
        }
        mistake.index = index
        mistake.words = [name]
        return mistake
    }

    private func unexpectedValue(_ name: String, _ value: String, at index: Int) -> CommandMistake {
        var mistake = CommandMistake(
            .optionValueUnexpected, "\(name) takes no value, and \(CommandMistake.quoted(value)) is one",
            cause: "it is on where it is written, and off where it is not", hint: "write \(name) alone, or leave it out"
        )
        mistake.index = index
        mistake.words = [name]
        return mistake
    }

    private func missingValue(
        _ argument: DeclaredArgument, _ name: String, before next: String?, at index: Int
    ) -> CommandMistake {
        var mistake = CommandMistake(
            .optionValueMissing, "\(name) has no value", cause: explanation(argument, name),
            hint: "write \(argument.form(name))")
        if let next, next.utf8.count > 1 {
            mistake.cause = "what follows begins with a dash, and so is an option: \(CommandMistake.quoted(next))"
            mistake.hint =
                "write \(argument.form(name)); a value that begins with a dash is written \(name)=\(WrittenLine.word(next))"
        }
        if !argument.values.isEmpty {
            mistake.details = ["values: " + argument.values.joined(separator: ", ")]
        }
        mistake.index = index
        mistake.words = [name]
        return mistake
    }

    private func wrongValue(_ use: Use) -> CommandMistake {
        let argument = use.argument
        var mistake = CommandMistake(
            .optionValueInvalid, "\(CommandMistake.quoted(use.value)) is no value of \(use.name)",
            cause: explanation(argument, use.name))
        if argument.values.isEmpty {
            mistake.hint = "write \(argument.form(use.name)); \(tool) --help says more"
        } else {
            mistake.cause = "the values are \(CommandMistake.list(argument.values, "and"))"
            let near = EditDistance.names(near: use.value, among: argument.values)
            mistake.hint =
                near.first.map { "did you mean \(.chooseName(near), "\(use.name) \($0)")?" }
                ?? "write one of them: \(argument.form(use.name))"
        }
        mistake.index = use.index
        mistake.words = [use.value]
        return mistake
    }

    /// What the help says of an option: `--duration TIME: exit after this time: 10s, 500ms, 2m`.
    private func explanation(_ argument: DeclaredArgument, _ name: String) -> String? {
        guard let first = argument.abstract.first else { return nil }
        var text = argument.abstract.dropFirst()
        if text.last == "." { text.removeLast() }
        return "\(argument.form(name)): \(first.lowercased())\(text)"
    }

    private func tooMany(_ words: [(text: String, index: Int)]) -> CommandMistake? {
        let positional = declared.filter { $0.kind == .positional }
        guard !positional.contains(where: \.isRepeating), words.count > positional.count else { return nil }
        let word = words[positional.count]
        let names = positional.map { $0.valueName.uppercased() }
        var mistake = CommandMistake.unexpected(
            word.text,
            because: positional.isEmpty
                ? "\(tool) takes options only"
                : "\(tool) takes one \(CommandMistake.list(names, "and one"))",
            hint: "leave it out; a word with spaces in it is quoted: 'a b'")
        mistake.index = word.index
        return mistake
    }
}
