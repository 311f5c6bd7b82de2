// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import ToolSupport

/// What is told of merged captures at the end: events and losses by host, and whose clocks are to be trusted.
struct MergeReport {
    private struct Host {
        var name: String
        var captures = 0
        var events: UInt64 = 0
        var lost: UInt64 = 0
        var hasUnknownLosses = false
        /// Blocks that no file had; nil where that is not known.
        var missing: UInt64? = 0
        /// Whether there were more gaps than are kept.
        var hasForgotten = false
        var repeated: UInt64 = 0
        var open = 0
        /// The largest that its captures tell; nil if one tells none.
        var clockError: UInt64? = 0
    }

    private var hosts: [Host] = []
    private let reporter: Reporter

    /// Hosts that are named in a message.
    private static let named = 8

    /// Adds up what was read.
    ///
    /// - Parameters:
    ///   - accounts: What was read, in the order of hosts.
    ///   - isWhole: Whether all files were read to their ends.
    init(_ accounts: [MergedAccount], isWhole: Bool, reporter: Reporter) {
        self.reporter = reporter
        for account in accounts {
            if hosts.last?.name != account.host { hosts.append(Host(name: account.host)) }
            let at = hosts.count - 1
            hosts[at].captures += 1
            hosts[at].events = hosts[at].events.clampedSum(account.events)
            hosts[at].lost = hosts[at].lost.clampedSum(account.lost)
            hosts[at].hasUnknownLosses = hosts[at].hasUnknownLosses || account.unknownLosses > 0
            // What was not read is not missing, and what is forgotten may have been read.
            let isKnown = isWhole && !account.taken.hasForgotten
            hosts[at].missing = isKnown ? hosts[at].missing?.clampedSum(account.taken.gaps) : nil
            hosts[at].hasForgotten = hosts[at].hasForgotten || account.taken.hasForgotten
            hosts[at].repeated = hosts[at].repeated.clampedSum(account.repeated)
            hosts[at].open += account.hasEnded || !isWhole ? 0 : 1
            hosts[at].clockError = hosts[at].clockError.flatMap { known in account.clockError.map { max(known, $0) } }
        }
    }

    /// Tells it: a line for each host.
    func tell() {
        for host in hosts {
            reporter.status(
                words(of: host), event: "host",
                [
                    ("host", .string(host.name)), ("captures", .integer(Int64(host.captures))),
                    ("events", .unsigned(host.events)), ("lost", host.hasUnknownLosses ? .null : .unsigned(host.lost)),
                    ("missing_blocks", host.missing.map { .unsigned($0) } ?? .null),
                    ("repeated_blocks", .unsigned(host.repeated)),
                    ("without_end", .integer(Int64(host.open))),
                    ("clock_error", host.clockError.map { .unsigned($0) } ?? .null),
                ], on: .standardError)
        }
        let unsure = hosts.filter { $0.clockError == nil }
        guard hosts.count > 1, !unsure.isEmpty else { return }
        reporter.report(
            Diagnostic(
                .eventsOutOfOrder, .warning, stage: .stream,
                "events may stand in a wrong order: \(unsure.count) of \(hosts.count) hosts have clocks of unknown error",
                cause: "not synchronised when the capture began, or not told by it: \(Self.list(unsure))",
                nextStep: "where you know what a clock was behind, say it: --clock HOST=+1.5ms"))
    }

    /// Blocks that no file had; nil if there are all.
    var incomplete: Diagnostic? {
        let incomplete = hosts.filter { $0.missing ?? 0 > 0 || $0.hasForgotten }
        guard !incomplete.isEmpty else { return nil }
        let isSure = !incomplete.contains(where: \.hasForgotten)
        let count = incomplete.reduce(0 as UInt64) { $0.clampedSum($1.missing ?? 0) }
        return Diagnostic(
            .captureIncomplete, stage: .stream,
            isSure
                ? "\(count) blocks are missing in the captures of \(Self.list(incomplete))"
                : "blocks may be missing in the captures of \(Self.list(incomplete)), or printed twice",
            cause: "they are damaged, or in files that were left out",
            details: isSure
                ? [] : ["a capture has more gaps than are kept, so that copies of its blocks are not known"])
    }

    private static func list(_ hosts: [Host]) -> String {
        let names = hosts.prefix(named).map { $0.name.isEmpty ? "(no name)" : $0.name.terminalSafe }
        return names.joined(separator: ", ") + (hosts.count > named ? " and \(hosts.count - named) more" : "")
    }

    private func words(of host: Host) -> String {
        var words = "\(host.name.isEmpty ? "(no name)" : host.name.terminalSafe): \(host.events) events"
        if host.lost > 0 || host.hasUnknownLosses {
            words += ", lost \(host.lost)\(host.hasUnknownLosses ? " and an unknown number" : "")"
        }
        if let missing = host.missing, missing > 0 { words += ", \(missing) blocks missing" }
        if host.hasForgotten { words += ", with many gaps" }
        if host.repeated > 0 { words += ", \(host.repeated) blocks were in several files" }
        if host.open > 0 { words += ", \(host.open) of \(host.captures) captures without an end" }
        return words + (host.clockError.map { ", clock within \(Self.length($0))" } ?? ", clock not synchronised")
    }

    /// A length of time in the unit that suits it, with three digits behind the point: `1.500 ms`.
    private static func length(_ nanoseconds: UInt64) -> String {
        let units: [(UInt64, String)] = [(1_000_000_000, "s"), (1_000_000, "ms")]
        let (unit, name) = units.first { nanoseconds >= $0.0 } ?? (1000, "us")
        let rest = String(nanoseconds % unit * 1000 / unit)
        return "\(nanoseconds / unit).\(String(repeating: "0", count: 3 - rest.count))\(rest) \(name)"
    }
}
