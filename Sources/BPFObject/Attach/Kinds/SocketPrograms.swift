// SPDX-License-Identifier: Apache-2.0

/// Programs on single sockets, which the program that has the socket attaches.
package enum SocketPrograms: SectionKind {
    package static let sections = [
        SectionPattern("socket", .socketFilter, nil, [.takesSuffix]),
        SectionPattern("sk_reuseport/migrate", .socketReuseport, .socketReuseportSelectOrMigrate),
        SectionPattern("sk_reuseport", .socketReuseport, .socketReuseportSelect, [.takesSuffix]),
    ]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? {
        .notAlone(
            "whoever has the socket opens its pin and calls setsockopt(2) with "
                + (section.type == .socketFilter ? "SO_ATTACH_BPF" : "SO_ATTACH_REUSEPORT_EBPF"))
    }
}

/// Programs on the messages of sockets in a map of sockets: `sk_msg`, `sk_skb/stream_verdict`, with the map given as
/// `sk_msg:MAP`.
package struct SocketMapPrograms: AttachKind {
    /// The map: its name in the object, or the path of a pin.
    package let map: String
    /// What the program decides.
    package let attachType: AttachType

    package static let sections = [
        SectionPattern("sk_skb/stream_parser", .socketStream, .socketStreamParser, [.attachTypeIsOptional]),
        SectionPattern("sk_skb/stream_verdict", .socketStream, .socketStreamVerdict, [.attachTypeIsOptional]),
        SectionPattern("sk_skb/verdict", .socketStream, .socketVerdict, [.attachTypeIsOptional]),
        SectionPattern("sk_skb", .socketStream, nil, [.takesSuffix]),
        SectionPattern("sk_msg", .socketMessage, .socketMessageVerdict, [.attachTypeIsOptional, .takesSuffix]),
    ]
    package static let families = ["sk_skb"]

    /// Takes a map and what is decided.
    package init(map: String, _ attachType: AttachType) {
        self.map = map
        self.attachType = attachType
    }

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        guard let attachType = section.attachType else {
            throw .form(
                "it does not say what it decides: sk_skb/stream_parser, sk_skb/stream_verdict or sk_skb/verdict")
        }
        if let nul = text.utf8.firstIndex(of: 0) {
            throw .character(at: text.utf8.distance(from: text.utf8.startIndex, to: nul))
        }
        self.init(map: String(text), attachType)
    }

    package static func form(of section: SectionPattern) -> String {
        let base = section.attachType == nil ? "sk_skb/stream_verdict" : section.base
        return "\(base):MAP, with the name of a map of the object or the path of a pin, such as \(base):sockets"
    }

    package var description: String { "\(attachType) of map \(map)" }
}

extension AttachTarget {
    /// The sockets of a map.
    ///
    /// - Parameters:
    ///   - map: The map's name in the object, or the path of a pin.
    ///   - attachType: What the program decides, such as `.socketMessageVerdict`.
    public static func sockets(ofMap map: String, _ attachType: AttachType) -> AttachTarget {
        AttachTarget(SocketMapPrograms(map: map, attachType))
    }
}
