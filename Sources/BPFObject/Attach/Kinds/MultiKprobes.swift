// SPDX-License-Identifier: Apache-2.0

/// Many functions of the kernel at once (Linux 5.18): `kprobe.multi/PATTERN`.
package enum MultiKprobes: SectionKind {
    package static let sections = [
        SectionPattern("kprobe.multi+", .kprobe, .traceKprobeMulti),
        SectionPattern("kretprobe.multi+", .kprobe, .traceKprobeMulti),
        SectionPattern("kprobe.session+", .kprobe, .traceKprobeSession),
    ]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? { .unknown }
}
