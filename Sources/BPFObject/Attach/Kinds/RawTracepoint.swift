// SPDX-License-Identifier: Apache-2.0

/// A tracepoint of the kernel or of a module, with the arguments as the kernel passes them: `raw_tp/sched_process_exec`.
package struct RawTracepoint: AttachKind {
    /// The name of the tracepoint.
    package let name: String

    package static let sections = [
        SectionPattern("raw_tracepoint+", .rawTracepoint),
        SectionPattern("raw_tracepoint.s+", .rawTracepoint, nil, [.sleepable]),
        SectionPattern("raw_tracepoint.w+", .rawTracepointWritable),
        SectionPattern("raw_tp+", .rawTracepoint),
        SectionPattern("raw_tp.s+", .rawTracepoint, nil, [.sleepable]),
        SectionPattern("raw_tp.w+", .rawTracepointWritable),
    ]
    package static let namesAreSymbols = true

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        name = try text.attachName()
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"\(section.base)/NAME\"), such as \(section.base)/sched_process_exec"
    }

    package var description: String { "raw tracepoint \(name)" }

    package var contextArguments: ContextArguments? { ContextArguments(of: .tracepoint(name), in: .words) }

    package var event: String? { "tracepoint \(name)" }
}

extension AttachTarget {
    /// A tracepoint by its name, for programs of type raw tracepoint.
    public static func rawTracepoint(_ name: String) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(RawTracepoint.self, named: name[...], in: RawTracepoint.sections[0])
    }
}
