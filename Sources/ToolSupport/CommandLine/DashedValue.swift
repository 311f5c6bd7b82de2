// SPDX-License-Identifier: Apache-2.0

/// Values on the command line that begin with a dash: `--where '-1 == a'`, `--head -1`.
///
/// ArgumentParser takes what begins with a dash for an option in any case, and says that the value is missing.
enum DashedValue {
    /// Joins options with such values behind them, `--head -1` to `--head=-1`; what looks like an option stays one.
    ///
    /// - Parameters:
    ///   - arguments: The command line.
    ///   - declared: What the tool takes.
    static func join(_ arguments: [String], _ declared: [DeclaredArgument]) -> [String] {
        let options = Set(declared.filter { $0.kind == .option && !$0.takesSeveral }.flatMap(\.names))
        var joined: [String] = []
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if word == "--" { return joined + [word] + rest }
            guard word.hasPrefix("--"), options.contains(word), let value = rest.first else {
                joined.append(word)
                continue
            }
            // The value of an option is none itself, whatever it looks like.
            if value.hasPrefix("-"), isOption(value) {
                joined.append(word)
            } else {
                rest.removeFirst()
                joined += value.hasPrefix("-") ? [word + "=" + value] : [word, value]
            }
        }
        return joined
    }

    private static func isOption(_ word: String) -> Bool {
        word.utf8.count < 2 || word.hasPrefix("--") || (word.count == 2 && word.last?.isLetter == true)
    }
}
