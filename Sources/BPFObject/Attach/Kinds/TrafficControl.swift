// SPDX-License-Identifier: Apache-2.0

/// Classifiers and actions of traffic control, tcx and netkit devices.
package enum TrafficControl: SectionKind {
    package static let sections = [
        SectionPattern("tc/ingress", .schedClassifier, .tcxIngress),
        SectionPattern("tc/egress", .schedClassifier, .tcxEgress),
        SectionPattern("tcx/ingress", .schedClassifier, .tcxIngress),
        SectionPattern("tcx/egress", .schedClassifier, .tcxEgress),
        SectionPattern("tc", .schedClassifier),
        SectionPattern("classifier", .schedClassifier),
        SectionPattern("action", .schedAction),
        SectionPattern("netkit/primary", .schedClassifier, .netkitPrimary),
        SectionPattern("netkit/peer", .schedClassifier, .netkitPeer),
    ]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? {
        switch section.name {
        case "tc", "classifier":
            .pinned(command: "tc filter add dev DEV ingress bpf direct-action object-pinned \(pin)")
        case "tc/ingress", "tcx/ingress": .pinned(command: "bpftool net attach tcx_ingress pinned \(pin) dev DEV")
        case "tc/egress", "tcx/egress": .pinned(command: "bpftool net attach tcx_egress pinned \(pin) dev DEV")
        default: .unknown
        }
    }
}
