// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// What is wrong with a command line, and with which words of it.
package struct CommandMistake: DiagnosticError, Equatable {
    /// What kind of mistake it is.
    package var code: Diagnostic.Code
    /// What is wrong.
    package var message: String
    /// Why it is.
    package var cause: String?
    /// What to write.
    package var hint: Diagnostic.Hint?
    /// Further lines.
    package var details: [String] = []
    /// The words that it is about: the first one is marked, the others led there.
    package var words: [String] = []
    /// The place of the first word, where the word alone is not enough to find it.
    package var index: Int?
    /// How the command line is written, where that is not the tool's usual form.
    package var usage: String?

    init(_ code: Diagnostic.Code, _ message: String, cause: String? = nil, hint: Diagnostic.Hint? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.hint = hint
    }

    /// The mistake as the user sees it, without the command line.
    package var diagnostic: Diagnostic {
        Diagnostic(code, stage: .arguments, message, cause: cause, details: details, nextStep: hint)
    }

    /// The mistake with its place on the command line.
    func diagnostic(in line: WrittenLine) -> Diagnostic {
        var diagnostic = diagnostic
        diagnostic.labels = line.labels(of: words, first: index)
        return diagnostic
    }

    // MARK: - Options that are understood and do not fit

    /// Options that do not go together.
    ///
    /// - Parameters:
    ///   - options: Two options or more; one alone does not fit what else is there.
    ///   - reason: Why they do not; of one alone what it does: `is for a file with a name`.
    ///   - leave: What to leave out; nil is any of them.
    package static func exclusive(
        _ options: [String], because reason: String, leave: String? = nil
    ) -> CommandMistake {
        let isOne = options.count == 1
        let names = list(options, "and")
        var mistake = CommandMistake(
            .optionsExclusive, "\(names) \(isOne ? reason : "do not go together")", cause: isOne ? nil : reason,
            hint: Diagnostic.Hint("leave out \(leave ?? list(options, "or"))"))
        mistake.words = options.reversed()
        return mistake
    }

    /// An option that is of use with another one only.
    package static func needs(_ option: String, _ partners: [String], because reason: String? = nil) -> CommandMistake {
        var mistake = CommandMistake(
            .optionAlone, "\(option) goes with \(list(partners, "or"))", cause: reason,
            hint: Diagnostic.Hint("add \(list(partners, "or")), or leave out \(option)"))
        mistake.words = [option]
        return mistake
    }

    /// A value that an option does not take.
    ///
    /// - Parameters:
    ///   - option: The option.
    ///   - value: Its value.
    ///   - verdict: What is wrong with it: `is not a power of two`.
    ///   - hint: What to write.
    package static func value(
        _ option: String, _ value: String, _ verdict: String, hint: Diagnostic.Hint? = nil
    ) -> CommandMistake {
        var mistake = CommandMistake(.optionValueInvalid, "\(option) \(quoted(value)) \(verdict)", hint: hint)
        mistake.words = [option]
        return mistake
    }

    /// A word that nothing is done with.
    package static func unexpected(
        _ word: String, because reason: String, hint: Diagnostic.Hint = "leave it out"
    ) -> CommandMistake {
        var mistake = CommandMistake(
            .argumentUnexpected, "unexpected argument \(quoted(word))", cause: reason, hint: hint)
        mistake.words = [word]
        return mistake
    }

    /// A word that is not there.
    ///
    /// - Parameters:
    ///   - name: What the usage calls it.
    ///   - reason: What it is.
    ///   - shortest: The shortest command line that has all.
    package static func missing(_ name: String, because reason: String, shortest: String) -> CommandMistake {
        CommandMistake(.argumentMissing, "\(name) is missing", cause: reason, hint: "for example: \(shortest)")
    }

    // MARK: - Words

    /// `a`, `a and b`, `a, b and c`.
    package static func list(_ names: [String], _ word: String) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " \(word) \(last)"
    }

    /// A word of the user in quotes; what is too long for a line is cut.
    static func quoted(_ word: String) -> String {
        let longest = 80
        let scalars = word.unicodeScalars
        guard scalars.count > longest else { return "'\(word)'" }
        return "'\(String(String.UnicodeScalarView(scalars.prefix(longest))))...'"
    }
}
