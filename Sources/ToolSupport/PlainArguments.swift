// SPDX-License-Identifier: Apache-2.0

/// A command line that means one thing only: known options in full, their values apart, each option once.
///
/// What ArgumentParser would read otherwise, complain about or answer itself (help, version) is not plain.
package struct PlainArguments: Sendable {
    /// What is no option, in order.
    package private(set) var positionals: [String] = []
    private var flags: Set<String> = []
    private var values: [String: String] = [:]

    /// Reads a command line; nil if it is not plain.
    ///
    /// - Parameters:
    ///   - arguments: The arguments without the tool's name.
    ///   - flags: The options without a value: `--json`, `-q`.
    ///   - options: The options with a value.
    package init?(_ arguments: [String], flags known: [String], options: [String]) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if known.contains(argument) {
                guard flags.insert(argument).inserted else { return nil }
            } else if options.contains(argument) {
                guard let value = rest.popFirst(), !value.isEmpty, !value.hasPrefix("-"),
                    values.updateValue(value, forKey: argument) == nil
                else { return nil }
            } else {
                guard !argument.isEmpty, !argument.hasPrefix("-") else { return nil }
                positionals.append(argument)
            }
        }
    }

    /// Whether one of the spellings of a flag is there.
    package func has(_ spellings: String...) -> Bool {
        spellings.contains { flags.contains($0) }
    }

    /// The value of an option.
    package subscript(option: String) -> String? { values[option] }
}
