// SPDX-License-Identifier: Apache-2.0

import Diagnostics

/// What `load-kp-bpf TOOL --help` prints. Every text is the object's, and made safe for a terminal.
extension ToolAbout {
    var help: String {
        var lines = ["\(name): \(line)", "", "usage: " + usage]
        if !settings.isEmpty { lines += ["", "SETTINGS:"] + table }
        if !preset.shown.isEmpty {
            lines += [
                "", "It is shown with " + preset.shown.map(\.word.terminalSafe).joined(separator: " "),
                "where the command line says nothing else.",
            ]
        }
        lines += ["", "All other options are those of load-kp-bpf: load-kp-bpf --help-hidden"]
        return lines.joined(separator: "\n")
    }

    /// What it does, for a list.
    var line: String { summary.isEmpty ? "(does not say what it does)" : summary.terminalSafe }

    private var table: [String] {
        let rows = settings.map { setting in
            (
                "\(setting.name.terminalSafe)=\(setting.value?.terminalSafe ?? "OWN-PID")",
                setting.type.terminalSafe, setting.help.terminalSafe
            )
        }
        let width = min(rows.map(\.0.count).max() ?? 0, 28)
        let types = min(rows.map(\.1.count).max() ?? 0, 16)
        return rows.map { row in
            "  " + Self.padded(row.0, width) + "  " + Self.padded(row.1, types) + "  " + row.2
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    var json: [(String, JSONValue)] {
        [
            ("name", .string(name)), ("about", .string(summary)),
            ("argument", argument.map { .string($0) } ?? .null),
            ("shown_with", .array(preset.items.map { .string($0.word) })),
            (
                "settings",
                .array(
                    settings.map { setting in
                        .object([
                            ("name", .string(setting.name)), ("type", .string(setting.type)),
                            ("value", setting.value.map { .string($0) } ?? .null), ("help", .string(setting.help)),
                        ])
                    })
            ),
        ]
    }
}
