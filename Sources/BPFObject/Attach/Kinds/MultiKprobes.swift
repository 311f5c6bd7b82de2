// SPDX-License-Identifier: Apache-2.0

/// Many functions of the kernel at once (Linux 5.18): `kprobe.multi/PATTERN`, and `kprobe/PATTERN`.
package struct MultiKprobes: AttachKind {
    /// When the program runs.
    package enum Moment: Sendable {
        /// At the entry.
        case entry
        /// At the return.
        case exit
        /// At the entry, and at the return if it says so at the entry (Linux 6.10).
        case session
    }

    /// The functions.
    package let functions: FunctionPattern
    /// When the program runs.
    package let moment: Moment
    /// Whether the program is one for single functions: it takes a probe for each where the kernel has nothing else.
    package let isPlain: Bool

    private static let session = SectionPattern("kprobe.session+", .kprobe, .traceKprobeSession)
    package static let sections = [
        SectionPattern("kprobe.multi+", .kprobe, .traceKprobeMulti),
        SectionPattern("kretprobe.multi+", .kprobe, .traceKprobeMulti), session,
    ]
    package static let namesAreSymbols = true

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        functions = try FunctionPattern(reading: text)
        moment = section == Self.session ? .session : section.name.hasPrefix("kret") ? .exit : .entry
        isPlain = section.attachType == nil
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"\(section.base)/PATTERN\") with a name or a pattern, or several with commas between them, such as "
            + "\(section.base)/tcp_* or \(section.base)/vfs_read,vfs_write"
    }

    package var description: String {
        let way =
            switch moment {
            case .entry: "kprobe"
            case .exit: "kretprobe"
            case .session: "kprobe.session"
            }
        return "\(way)\(isPlain || moment == .session ? "" : ".multi") \(functions)"
    }

    package var isOfMany: Bool { true }

    /// What a program must be loaded for so that one link attaches it to many functions.
    package var attachType: AttachType { moment == .session ? .traceKprobeSession : .traceKprobeMulti }
}

extension AttachTarget {
    /// Functions of the kernel by names and patterns, `tcp_*` or `vfs_read,vfs_write`, each with its module in front if
    /// it is one of a module; a program that is loaded by a plan for this target goes to all of them at once where the
    /// kernel can, and to each of them elsewhere.
    ///
    /// - Parameters:
    ///   - pattern: Names and patterns with commas between them.
    ///   - isReturn: Whether the program runs when they return.
    public static func kprobes(_ pattern: String, isReturn: Bool = false) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(MultiKprobes.self, named: pattern[...], in: Kprobe.sections[isReturn ? 1 : 0])
    }
}
