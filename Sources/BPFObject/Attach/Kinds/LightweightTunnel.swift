// SPDX-License-Identifier: Apache-2.0

/// Programs of routes with lightweight tunnels: `lwt_in`.
package enum LightweightTunnel: SectionKind {
    package static let sections = [
        SectionPattern("lwt_in", .lightweightTunnelIn),
        SectionPattern("lwt_out", .lightweightTunnelOut),
        SectionPattern("lwt_xmit", .lightweightTunnelTransmit),
        SectionPattern("lwt_seg6local", .lightweightTunnelSegment6),
    ]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? { .unknown }
}
