// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Diagnostics
package import ToolSupport

/// The object that tells the types of a stream's events; a tool that loads one has it already.
package struct TypeObjectOptions: ParsableArguments {
    /// What is there without options.
    package init() {}

    @Option(help: ArgumentHelp("Object whose program sends the events.", valueName: "file"), completion: .file())
    var object: String?

    @Option(help: ArgumentHelp("The event's type in --object: 'struct event'.", valueName: "type"))
    var type: String?
}

extension TypeObjectOptions: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        object = line.value("--object")
        type = line.value("--type")
    }
}

/// What the events are, where the stream does not say it or says it wrong.
package struct TypeOptions: ParsableArguments {
    /// What is there without options.
    package init() {}

    @Option(help: ArgumentHelp("The event as C: 'struct { u32 pid; char comm[16]; }'.", valueName: "c"))
    var layout: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Types by the value of a field: --tag idx 1=event_a 2=event_b.", valueName: "field n=type"))
    var tag: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Only events of these maps: counts,latency. May be repeated.", valueName: "names"),
        completion: .capturedMaps)
    var map: [String] = []

    /// The options that the command line has.
    var named: [String] {
        [("--layout", layout != nil), ("--tag", !tag.isEmpty), ("--map", !map.isEmpty)].filter(\.1).map(\.0)
    }

    /// The maps that are meant, in the order in which they are named; none for all.
    func maps() throws -> [String] {
        var names: [String] = []
        for list in map {
            let parts = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard !parts.contains("") else {
                throw CommandMistake.value("--map", list, "is not a list of maps, such as counts,latency")
            }
            for name in parts where !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// What `--tag` says, and what was behind it on the line and is no part of it.
    package func tags() throws -> (tags: TypeNames?, rest: [String]) {
        guard let field = tag.first else { return (nil, []) }
        var types: [(value: Int64, type: String)] = []
        var rest = tag.dropFirst()[...]
        while let text = rest.first, let equals = text.firstIndex(of: "="), let value = Int64(tag: text[..<equals]) {
            types.append((value, String(text[text.index(after: equals)...])))
            rest = rest.dropFirst()
        }
        guard !types.isEmpty else {
            throw CommandMistake.value(
                "--tag", field, "says no type", hint: "write the types behind it: --tag \(field) 1=event_a 2=event_b")
        }
        return (TypeNames(field: field, tagged: types), Array(rest))
    }
}

extension TypeOptions: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        layout = line.value("--layout")
        // It takes all words up to the next option, which is for ArgumentParser.
        tag = []
        map = line.values("--map")
    }
}

extension Int64 {
    /// A number as C writes it: `1`, `-1`, `0x1f`; one of a `u64` beyond `Int64.max` by its bits.
    fileprivate init?(tag text: Substring) {
        let isHex = text.hasPrefix("0x") || text.hasPrefix("0X")
        let digits = isHex ? text.dropFirst(2) : text
        if let value = Int64(digits, radix: isHex ? 16 : 10) {
            self = value
        } else if let value = UInt64(digits, radix: isHex ? 16 : 10) {
            self = Int64(bitPattern: value)
        } else {
            return nil
        }
    }
}
