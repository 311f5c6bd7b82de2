// SPDX-License-Identifier: Apache-2.0

/// Decoders of infrared remote controls (Linux 4.18): `lirc_mode2`.
package enum InfraredDecoder: SectionKind {
    package static let sections = [
        SectionPattern("lirc_mode2", .infraredMode2, .infraredMode2, [.attachTypeIsOptional])
    ]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? { .unknown }
}
