// SPDX-License-Identifier: Apache-2.0

/// Many functions of the kernel by BTF at once: `fentry.multi/PATTERN`.
package enum MultiTracedFunctions: SectionKind {
    package static let sections = [
        SectionPattern("fentry.multi+", .tracing, .traceFentryMulti),
        SectionPattern("fentry.multi.s+", .tracing, .traceFentryMulti, [.sleepable]),
        SectionPattern("fexit.multi+", .tracing, .traceFexitMulti),
        SectionPattern("fexit.multi.s+", .tracing, .traceFexitMulti, [.sleepable]),
        SectionPattern("fsession.multi+", .tracing, .traceFsessionMulti),
        SectionPattern("fsession.multi.s+", .tracing, .traceFsessionMulti, [.sleepable]),
    ]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? { .unknown }
}
