// SPDX-License-Identifier: Apache-2.0

/// Static tracepoints of user programs: `usdt/PATH:PROVIDER:NAME`.
package enum UserTracepoints: SectionKind {
    package static let sections = [
        SectionPattern("usdt+", .kprobe),
        SectionPattern("usdt.s+", .kprobe, nil, [.sleepable]),
    ]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? { .unknown }
}
