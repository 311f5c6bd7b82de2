// SPDX-License-Identifier: Apache-2.0

/// Functions of user programs: `uprobe/PATH:NAME`.
package enum UserProbes: SectionKind {
    package static let sections = [
        SectionPattern("uprobe+", .kprobe),
        SectionPattern("uprobe.s+", .kprobe, nil, [.sleepable]),
        SectionPattern("uretprobe+", .kprobe),
        SectionPattern("uretprobe.s+", .kprobe, nil, [.sleepable]),
        SectionPattern("uprobe.multi+", .kprobe, .traceUprobeMulti),
        SectionPattern("uprobe.multi.s+", .kprobe, .traceUprobeMulti, [.sleepable]),
        SectionPattern("uretprobe.multi+", .kprobe, .traceUprobeMulti),
        SectionPattern("uretprobe.multi.s+", .kprobe, .traceUprobeMulti, [.sleepable]),
        SectionPattern("uprobe.session+", .kprobe, .traceUprobeSession),
        SectionPattern("uprobe.session.s+", .kprobe, .traceUprobeSession, [.sleepable]),
    ]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? { .unknown }
}
