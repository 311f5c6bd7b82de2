// SPDX-License-Identifier: Apache-2.0

/// Programs on sockets, and on maps of sockets.
package enum SocketPrograms: SectionKind {
    package static let sections = [
        SectionPattern("socket", .socketFilter),
        SectionPattern("sk_reuseport/migrate", .socketReuseport, .socketReuseportSelectOrMigrate),
        SectionPattern("sk_reuseport", .socketReuseport, .socketReuseportSelect),
        SectionPattern("sk_lookup", .socketLookup, .socketLookup),
        SectionPattern("sk_skb/stream_parser", .socketStream, .socketStreamParser, [.attachTypeIsOptional]),
        SectionPattern("sk_skb/stream_verdict", .socketStream, .socketStreamVerdict, [.attachTypeIsOptional]),
        SectionPattern("sk_skb/verdict", .socketStream, .socketVerdict, [.attachTypeIsOptional]),
        SectionPattern("sk_skb", .socketStream),
        SectionPattern("sk_msg", .socketMessage, .socketMessageVerdict, [.attachTypeIsOptional]),
    ]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? { .unknown }
}
