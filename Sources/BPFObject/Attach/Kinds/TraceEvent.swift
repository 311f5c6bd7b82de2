// SPDX-License-Identifier: Apache-2.0

/// A trace event of tracefs: `tracepoint/sched/sched_process_exec`.
package struct TraceEvent: AttachKind {
    /// The category, the directory of the event in tracefs.
    package let category: String
    /// The name of the event.
    package let name: String

    package static let sections = [
        SectionPattern("tracepoint+", .tracepoint),
        SectionPattern("tracepoint.s+", .tracepoint, nil, [.sleepable]),
        SectionPattern("tp+", .tracepoint),
        SectionPattern("tp.s+", .tracepoint, nil, [.sleepable]),
    ]
    package static let namesAreSymbols = true

    /// A category may have dashes, as `intel-sst` has.
    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        let dash = UInt8(ascii: "-")
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            _ = try text.attachName(besides: dash)
            throw .noEventName
        }
        let (category, name) = (text[..<slash], text[text.utf8.index(after: slash)...])
        guard !category.isEmpty, !name.isEmpty else { throw .noEventName }
        self.category = try category.attachName(besides: dash)
        self.name = try name.attachName(at: category.utf8.count + 1)
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"\(section.base)/CATEGORY/NAME\"), such as \(section.base)/sched/sched_process_exec"
    }

    package var description: String { "tracepoint \(category)/\(name)" }

    package var event: String? { "tracepoint \(name)" }
}

extension AttachTargetError.Reason {
    /// A trace event takes a category and a name.
    public static let noEventName = form("there is a category and no name of an event")
}

extension AttachTarget {
    /// A trace event of tracefs: `.tracepoint("sched", "sched_process_exec")`.
    public static func tracepoint(_ category: String, _ name: String) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(TraceEvent.self, named: "\(category)/\(name)", in: TraceEvent.sections[0])
    }
}
