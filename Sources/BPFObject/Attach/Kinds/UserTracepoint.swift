// SPDX-License-Identifier: Apache-2.0

/// A static tracepoint of a program or library (USDT): `usdt/PATH:PROVIDER:NAME`.
package struct UserTracepoint: AttachKind {
    /// The program or library: a path, or a name that the dynamic loader finds.
    package let file: String
    /// Who has the tracepoint, such as `python`; `*` and `?` stand for any text and any character.
    package let provider: String
    /// Its name there, such as `function__entry`, or a pattern of names.
    package let name: String

    package static let sections = [
        SectionPattern("usdt+", .kprobe),
        SectionPattern("usdt.s+", .kprobe, nil, [.sleepable]),
    ]

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        let parts = try UserFileText(text)
        file = parts.file
        let names = parts.rest.split(separator: ":", omittingEmptySubsequences: false)
        guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty else {
            throw .form("behind the file there are not provider and name, with a colon between")
        }
        (provider, name) = (String(names[0]), String(names[1]))
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"\(section.base)/PATH:PROVIDER:NAME\"), such as \(section.base)//usr/bin/python3:python:function__entry"
    }

    package var processes: TracedProcesses { .choice }

    package var description: String { "usdt \(file):\(provider):\(name)" }

    /// Whether a tracepoint of the file is meant.
    package func matches(_ probe: USDTProbe) -> Bool {
        Glob.matches(Array(provider.utf8)[...], Array(probe.provider.utf8)[...])
            && Glob.matches(Array(name.utf8)[...], Array(probe.name.utf8)[...])
    }
}

extension AttachTarget {
    /// Static tracepoints of a program or library.
    ///
    /// - Parameters:
    ///   - file: A path, or a name such as `libpthread.so.0` that the dynamic loader finds.
    ///   - provider: Who has it, such as `python`; `*` and `?` make it a pattern.
    ///   - name: Its name there, such as `function__entry`, or a pattern.
    public static func usdt(
        _ file: String, provider: String, name: String
    ) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(UserTracepoint.self, named: "\(file):\(provider):\(name)", in: UserTracepoint.sections[0])
    }
}
