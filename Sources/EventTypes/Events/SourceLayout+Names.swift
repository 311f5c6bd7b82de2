// SPDX-License-Identifier: Apache-2.0

/// What names of the source mean.
extension SourceLayout {
    private static let textWords: Set<String> = [
        "comm", "task", "name", "fname", "file", "filename", "path", "pathname", "str", "disk", "cmd", "command",
        "cmdline", "text", "msg", "message",
    ]

    /// Whether a copy of bytes of this name is text.
    static func isText(_ name: String) -> Bool {
        let last = name.split(separator: ".").last ?? ""
        return last.split(separator: "_").contains { word in
            textWords.contains { word == $0 } || word.hasSuffix("comm") || word.hasSuffix("name")
        }
    }

    /// Whether a number of two bytes is a port as sockets keep it: lines take it from a member of theirs, and do not turn it.
    static func isPort(_ name: String, _ variable: String, _ lines: [SourceStatement]) -> Bool {
        var sources: Set<String> = []
        for _ in 0..<3 {
            for line in lines {
                let place = line.assigned ?? line.argument
                let isAssigned = place.map { $0.variable == variable && $0.member == name } ?? false
                let filled =
                    place.map { "\($0.variable).\($0.member)" } ?? line.assignedVariable ?? line.argumentVariable
                guard isAssigned || filled.map(sources.contains) == true else { continue }
                if line.has("bpf_ntohs") || line.has("bpf_htons") || line.has("ntohs") || line.has("htons") {
                    return false
                }
                if line.has("skc_dport") || line.has("inet_dport") || line.has("inet_sport") { return true }
                if isAssigned, let value = line.assignedValue {
                    let member = SourceStatement("(" + value).argument
                    sources.insert(member.map { "\($0.variable).\($0.member)" } ?? value)
                }
            }
        }
        return false
    }
}
