// SPDX-License-Identifier: Apache-2.0

/// Many functions of the kernel by BTF at once (Linux 7.2): `fentry.multi/PATTERN`.
package struct MultiTracedFunctions: AttachKind {
    /// The functions.
    package let functions: FunctionPattern
    /// When the program runs.
    package let moment: TracedFunction.Moment

    package static let sections = [
        SectionPattern("fentry.multi+", .tracing, .traceFentryMulti),
        SectionPattern("fentry.multi.s+", .tracing, .traceFentryMulti, [.sleepable]),
        SectionPattern("fexit.multi+", .tracing, .traceFexitMulti),
        SectionPattern("fexit.multi.s+", .tracing, .traceFexitMulti, [.sleepable]),
        SectionPattern("fsession.multi+", .tracing, .traceFsessionMulti),
        SectionPattern("fsession.multi.s+", .tracing, .traceFsessionMulti, [.sleepable]),
    ]
    package static let namesAreSymbols = true

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        functions = try FunctionPattern(reading: text)
        moment =
            switch section.attachType {
            case .traceFexitMulti: .exit
            case .traceFsessionMulti: .session
            default: .entry
            }
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"\(section.base)/PATTERN\") with a name or a pattern, or several with commas between them, such as "
            + "\(section.base)/tcp_*"
    }

    package var description: String { "\(moment.rawValue).multi \(functions)" }

    package var isOfMany: Bool { true }

    /// The `expected_attach_type` of its programs.
    package var attachType: AttachType {
        switch moment {
        case .exit: .traceFexitMulti
        case .session: .traceFsessionMulti
        case .entry, .modifyReturn: .traceFentryMulti
        }
    }
}
