// SPDX-License-Identifier: Apache-2.0

/// Programs on the receive path of network devices: `xdp`, and entries of device and CPU maps.
package enum XDP: SectionKind {
    package static let sections = [
        SectionPattern("xdp", .xdp, .xdp, [.attachTypeIsOptional]),
        SectionPattern("xdp.frags", .xdp, .xdp, [.xdpFrags]),
        SectionPattern("xdp/devmap", .xdp, .xdpDevmap),
        SectionPattern("xdp.frags/devmap", .xdp, .xdpDevmap, [.xdpFrags]),
        SectionPattern("xdp/cpumap", .xdp, .xdpCpumap),
        SectionPattern("xdp.frags/cpumap", .xdp, .xdpCpumap, [.xdpFrags]),
    ]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? {
        section.attachType == .xdp
            ? .pinned(command: "bpftool net attach xdp pinned \(pin) dev DEV") : .notAlone("it is for entries of a map")
    }
}
