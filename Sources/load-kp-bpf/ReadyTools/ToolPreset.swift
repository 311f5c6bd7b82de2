// SPDX-License-Identifier: Apache-2.0

/// The options that a ready tool is shown with, as its object has them: `--events --table --fields pid,comm`.
///
/// They only say what of the object runs and how its answers look. Nothing that writes to a file, pins, or changes what
/// the user is told can be among them.
struct ToolPreset: Equatable {
    /// An option with its value.
    struct Item: Equatable {
        let name: String
        var value: String?

        /// As one word, since a value may begin with a dash.
        var word: String { value.map { "\(name)=\($0)" } ?? name }
    }

    /// Why the options are not taken.
    enum Fault: Error, Equatable {
        /// The word is none of those that are allowed.
        case unknown(String)
        /// The option lacks its value.
        case valueMissing(String)
        case tooLong
    }

    let items: [Item]
    /// Those that say how it looks.
    var shown: [Item] { items.filter { Self.kinds[$0.name]?.group != .programs } }

    init() { items = [] }

    /// Reads options as words with spaces between them.
    init(reading text: String) throws(Fault) {
        guard text.utf8.count <= Self.longest else { throw .tooLong }
        var items: [Item] = []
        var words = text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" }).map(String.init)[...]
        while let word = words.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let kind = Self.kinds[parts[0]] else { throw .unknown(word) }
            guard kind.takesValue else {
                guard parts.count == 1 else { throw .unknown(word) }
                items.append(Item(name: word))
                continue
            }
            guard let value = parts.count > 1 ? parts[1] : words.popFirst(), !value.isEmpty else {
                throw .valueMissing(parts[0])
            }
            items.append(Item(name: parts[0], value: value))
        }
        self.items = items
    }

    /// The words to put in front of a command line, which decides where the two are at odds.
    ///
    /// - Parameter arguments: The command line's own words.
    func words(beside arguments: [String]) -> [String] {
        let named = Set(
            arguments.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }.map { word in
                String(word.prefix { $0 != "=" })
            })
        let hidden = named.union(Self.countsByFields(arguments) ? ["--by"] : [])
        return items.filter { item in
            guard !named.contains(item.name), let kind = Self.kinds[item.name] else { return false }
            return hidden.isDisjoint(with: Self.rivals[kind.group] ?? [])
        }.map(\.word)
    }

    /// Whether a command line has `--top FIELDS`, a table in place of the events.
    private static func countsByFields(_ arguments: [String]) -> Bool {
        for (index, word) in arguments.enumerated() {
            if word == "--" { return false }
            let isApart = word == "--top"
            guard isApart || word.hasPrefix("--top=") else { continue }
            let value = isApart ? arguments.dropFirst(index + 1).first : String(word.dropFirst("--top=".count))
            return value.map { Int($0) == nil } ?? false
        }
        return false
    }

    // MARK: - The options

    private enum Group { case programs, answers, form, rows, screen }

    private static let longest = 4096

    private static let kinds: [String: (takesValue: Bool, group: Group)] = [
        "--program": (true, .programs), "--optional": (true, .programs),
        "--events": (false, .answers), "--maps": (false, .answers), "--globals": (false, .answers),
        "--every": (true, .answers),
        "--table": (false, .form), "--fields": (true, .form), "--format": (true, .form), "--wide": (false, .form),
        "--map": (true, .rows), "--top": (true, .screen), "--sort": (true, .rows), "--delta": (false, .rows),
        "--per-cpu": (true, .rows), "--hist": (true, .rows), "--summary": (true, .rows), "--by": (true, .rows),
    ]

    /// Where nothing is shown.
    private static let silent: Set<String> = ["--load-only", "--pin-links", "--check"]
    /// Other answers than the tool's.
    private static let otherAnswers: Set<String> = silent.union(["--events", "--maps", "--globals", "--show"])
    /// What is kept, or drawn of all that there is, and not printed.
    private static let otherRows: Set<String> = otherAnswers.union([
        "--capture", "--raw", "--folded", "--flamegraph", "--speedscope", "--perfetto", "--html",
    ])

    /// What on a command line leaves out the options of a group.
    private static let rivals: [Group: Set<String>] = [
        .programs: [],
        .answers: otherAnswers,
        .rows: otherRows,
        // What a screen has room for: what other programs read, or what is made of all rows, is whole.
        .screen: otherRows.union(["--json", "--csv", "--tsv", "--summary", "--metrics"]),
        .form: otherRows.union([
            "--json", "--csv", "--tsv", "--lines", "--format", "--fields", "--table", "--summary", "--by",
        ]),
    ]
}
