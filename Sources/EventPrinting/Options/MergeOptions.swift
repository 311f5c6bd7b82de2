// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Diagnostics
internal import EventDecoding
package import ToolSupport

/// How several captures are printed as one.
package struct MergeOptions: ParsableArguments {
    /// What is there without options.
    package init() {}

    @Flag(help: "Print several captures as one, in the order of the time of day.")
    var merge = false

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "With --merge: the clock of this host was so much behind: web1=+1.5ms. May be repeated.",
            valueName: "host=time"))
    var clock: [String] = []

    /// Whether captures are merged.
    package var isAsked: Bool { merge }

    /// Checks that the options go together.
    package func check() throws {
        if !merge, !clock.isEmpty { throw CommandMistake.needs("--clock", ["--merge"]) }
        _ = try corrections()
    }

    /// What is added to the times of hosts, in ns.
    func corrections() throws -> [String: Int64] {
        var corrections: [String: Int64] = [:]
        for text in clock {
            guard let equals = text.lastIndex(of: "="), let shift = Self.shift(text[text.index(after: equals)...]),
                equals > text.startIndex
            else {
                throw CommandMistake.value(
                    "--clock", text, "is not HOST=TIME", hint: "write the time with its sign: --clock web1=+1.5ms")
            }
            corrections[String(text[..<equals])] = shift
        }
        return corrections
    }

    /// A length of time with its sign.
    private static func shift(_ text: Substring) -> Int64? {
        guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
        guard case .afterStart(let length)? = TimePoint("+" + text.dropFirst()) else { return nil }
        return sign == "-" ? -length : length
    }

    /// Checks that the hosts are there.
    ///
    /// - Parameter hosts: Those that files begin with; nil of one that does not tell it there, which may have any.
    func check(hosts: [String?]) throws {
        let known = hosts.compactMap(\.self)
        guard known.count == hosts.count else { return }
        for host in try corrections().keys.sorted() where !known.contains(host) {
            throw Self.absent(host, among: Set(known))
        }
    }

    /// That there is no capture of a host whose clock is to be corrected.
    static func absent(_ host: String, among hosts: Set<String>) -> CommandMistake {
        let near = EditDistance.names(near: host, among: hosts.sorted())
        return CommandMistake.value(
            "--clock", host, "names no host of these captures",
            hint: near.isEmpty
                ? "the hosts are: \(hosts.sorted().prefix(16).joined(separator: ", "))"
                : "did you mean \(.chooseName(near), near.joined(separator: ", "))?")
    }
}

extension MergeOptions: PlainOptions {
    package mutating func take(from line: inout PlainLine) {
        merge = line.flag("--merge")
        clock = line.values("--clock")
    }
}
