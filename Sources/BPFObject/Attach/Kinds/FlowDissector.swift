// SPDX-License-Identifier: Apache-2.0

/// The dissector of packets of a network namespace (Linux 4.20): `flow_dissector`.
package enum FlowDissector: SectionKind {
    package static let sections = [
        SectionPattern("flow_dissector", .flowDissector, .flowDissector, [.attachTypeIsOptional])
    ]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? {
        .pinned(command: "bpftool prog attach pinned \(pin) flow_dissector")
    }
}
