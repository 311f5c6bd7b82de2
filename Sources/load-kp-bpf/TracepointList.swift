// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import ToolSupport

/// `--list usdt:PATH`: the static tracepoints of a program or library, with their arguments and places.
struct TracepointList {
    /// What such a list is asked for with.
    static let prefix = "usdt:"

    /// Prints the list: a line for each tracepoint, and one for each of its places.
    ///
    /// - Parameters:
    ///   - file: A path, or a name that the dynamic loader finds.
    ///   - process: The process that finds it; nil is this machine.
    static func show(_ file: String, process: Int32?, reporter: Reporter) throws {
        let probes = try UserTracepoints.all(of: file, process: process)
        guard !probes.isEmpty else {
            throw SelectionError(
                diagnostic: Diagnostic(
                    .noSuchUserTracepoint, stage: .resolve, "\(file) has no static tracepoints",
                    cause: "it has no section .note.stapsdt: it was built without them"))
        }
        var order: [String] = []
        var places: [String: [USDTProbe]] = [:]
        for probe in probes {
            let name = "\(probe.provider):\(probe.name)"
            if places[name] == nil { order.append(name) }
            places[name, default: []].append(probe)
        }
        for name in order.sorted() {
            let probes = places[name] ?? []
            let lines = [name + (probes.contains { $0.semaphore != nil } ? "  (counts its users)" : "")]
            reporter.status(
                (lines + probes.map { "  " + line($0) }).joined(separator: "\n"), event: "tracepoint",
                facts(name, probes))
        }
    }

    private static func line(_ probe: USDTProbe) -> String {
        let place = probe.offset.map { "0x" + String($0, radix: 16) } ?? "nowhere"
        let arguments = probe.arguments.enumerated().map { "arg\($0)=\(words($1))" }
        return ([place] + arguments).joined(separator: "  ")
    }

    /// An argument: its type in C, and where it is in the words of the note.
    private static func words(_ argument: USDTArgument) -> String {
        let type =
            argument.isFloat
            ? (argument.size == 4 ? "float" : "double") : "\(argument.isSigned ? "s" : "u")\(argument.size * 8)"
        let text = argument.text.split(separator: "@", maxSplits: 1).last.map(String.init) ?? argument.text
        if case .unreadable = argument.place { return "\(type) \(text) (cannot be read)" }
        return "\(type) \(text)"
    }

    private static func facts(_ name: String, _ probes: [USDTProbe]) -> [(String, JSONValue)] {
        let first = probes.first
        let places = probes.map { probe in
            JSONValue.object([
                ("offset", probe.offset.map { .unsigned($0) } ?? .null), ("address", .unsigned(probe.address)),
                ("semaphore", probe.semaphore.map { .unsigned($0) } ?? .null),
                ("arguments", .array(probe.arguments.map(facts))),
            ])
        }
        return [
            ("provider", .string(first?.provider ?? "")), ("name", .string(first?.name ?? "")),
            ("places", .array(places)),
        ]
    }

    private static func facts(_ argument: USDTArgument) -> JSONValue {
        var reason: JSONValue = .null
        if case .unreadable(let words) = argument.place { reason = .string(words) }
        return .object([
            ("size", .integer(Int64(argument.size))), ("signed", .bool(argument.isSigned)),
            ("float", .bool(argument.isFloat)), ("place", .string(argument.text)), ("unreadable", reason),
        ])
    }
}
