// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// An option, a flag or a word that a tool takes, as the tool declares it to ArgumentParser.
package struct DeclaredArgument: Sendable, Equatable {
    /// What it looks like on a command line.
    package enum Kind: String, Sendable {
        /// A word by its place.
        case positional
        /// An option with a value.
        case option
        /// An option without one.
        case flag
    }

    /// What it looks like on a command line.
    package var kind: Kind
    /// Its spellings: `--quiet`, `-q`.
    package var names: [String] = []
    /// What the help calls its value: `time`.
    package var valueName = ""
    /// All values that it takes; nothing where that is no list.
    package var values: [String] = []
    /// Whether it may be given more than once.
    package var isRepeating = false
    /// Whether all words up to the next option are its values.
    package var takesSeveral = false
    /// Whether the word behind it is its value whatever it looks like.
    package var takesAnything = false
    /// What the help says of it.
    package var abstract = ""

    /// An argument of which the rest is as it is by default.
    package init(_ kind: Kind, _ names: [String] = []) {
        self.kind = kind
        self.names = names
    }

    /// What a tool declares; nothing if the text is not what ArgumentParser writes of it.
    ///
    /// - Parameter dump: The JSON of `--experimental-dump-help`.
    package static func all(in dump: String) -> [DeclaredArgument] {
        guard let arguments = JSONText.value(of: dump)?["command"]?["arguments"] else { return [] }
        return arguments.elements.compactMap(DeclaredArgument.init(json:))
    }

    private init?(json: JSONValue) {
        guard let kind = json["kind"]?.text.flatMap(Kind.init(rawValue:)) else { return nil }
        self.init(kind)
        names = (json["names"]?.elements ?? []).compactMap { name in
            guard let text = name["name"]?.text else { return nil }
            return (name["kind"]?.text == "long" ? "--" : "-") + text
        }
        valueName = json["valueName"]?.text ?? ""
        values = (json["allValues"]?.elements ?? []).compactMap(\.text)
        isRepeating = json["isRepeating"] == .bool(true)
        takesSeveral = json["parsingStrategy"]?.text == "upToNextOption"
        takesAnything = json["parsingStrategy"]?.text == "unconditional"
        abstract = json["abstract"]?.text ?? ""
    }

    /// The option with its value, as the documents write it: `--duration TIME`.
    func form(_ name: String) -> String {
        kind == .flag ? name : "\(name) \(valueName.isEmpty ? "VALUE" : valueName.uppercased())"
    }
}
