// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// A session as the documents show it: terminals by number, what is typed in them and what they print.
///
///     [1] $ COMMAND      is typed in terminal 1; what it prints follows
///     [1] ^C             an interrupt
///     [1] shows          what terminal 1 prints meanwhile follows
///     ...                any lines
///
/// Numbers and the width of gaps may differ from those shown; everything else is the same.
struct ShownSession {
    private enum Action: Equatable {
        case type(String)
        case interrupt
        case show
    }

    private struct Step {
        let terminal: Int
        let action: Action
        var lines: [String] = []
    }

    private var steps: [Step] = []

    init(_ text: String) throws {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let match = line.wholeMatch(of: /\[(\d+)\] (\$ (.*)|\^C|shows)/) {
                let action: Action = match.3.map { .type(String($0)) } ?? (match.2 == "^C" ? .interrupt : .show)
                steps.append(Step(terminal: Int(match.1) ?? 0, action: action))
            } else if !line.isEmpty {
                try #require(!steps.isEmpty, "\(line) is printed by nobody")
                steps[steps.count - 1].lines.append(String(line))
            }
        }
        try #require(!steps.isEmpty)
    }

    /// Plays it as root, in a directory that has the files of the page.
    func play(in folder: String) throws {
        var terminals: [Int: Terminal] = [:]
        for (index, step) in steps.enumerated() {
            let ends: Bool
            switch step.action {
            case .type(let command):
                let later = steps[(index + 1)...].filter { $0.terminal == step.terminal }
                ends = later.first { $0.action != .show }?.action != .interrupt
                // setsid, so that an interrupt reaches all that the line has started, as from a terminal.
                let line = #"exec 2>&1; sudo() { "$@"; }; cd "\#(folder)"; \#(command)"#
                terminals[step.terminal] = Terminal(tool: try RunningTool("/usr/bin/setsid", ["/bin/sh", "-c", line]))
            case .interrupt:
                ends = true
                let terminal = try #require(terminals[step.terminal])
                kill(-terminal.tool.pid, SIGINT)
            case .show: ends = false
            }
            let terminal = try #require(terminals[step.terminal])
            if ends { terminal.tool.finish() }
            try #require(
                eventually("terminal \(step.terminal) shows \(step.lines)") { terminal.takes(step.lines, isAll: ends) },
                "\(step.lines)\n-- printed\n\(terminal.tool.stdout)")
        }
    }

    /// A terminal and how much of its output has been looked at.
    private final class Terminal {
        let tool: RunningTool
        private var seen = 0

        init(tool: RunningTool) { self.tool = tool }

        /// Whether the lines come next, and if so takes them.
        func takes(_ lines: [String], isAll: Bool) -> Bool {
            let printed = tool.stdout.split(separator: "\n").map { String($0) }
            guard let end = Self.match(lines[...], printed[min(seen, printed.count)...]) else { return false }
            guard !isAll || end == printed.count else { return false }
            seen = end
            return true
        }

        /// The end of the lines that match; nil if they do not.
        private static func match(_ lines: ArraySlice<String>, _ printed: ArraySlice<String>) -> Int? {
            guard let first = lines.first else { return printed.startIndex }
            let rest = lines.dropFirst()
            if first == "..." {
                // As many as possible, so that nothing is left where it is the last line.
                return (printed.startIndex...printed.endIndex).reversed().lazy
                    .compactMap { match(rest, printed[$0...]) }.first
            }
            guard let line = printed.first, likeness(line) == likeness(first) else { return nil }
            return match(rest, printed.dropFirst())
        }

        private static func likeness(_ line: String) -> String {
            line.replacing(/[0-9]+/, with: "0").replacing(#/ +/#, with: " ")
        }
    }
}
