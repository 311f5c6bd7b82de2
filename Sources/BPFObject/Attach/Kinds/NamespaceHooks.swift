// SPDX-License-Identifier: Apache-2.0

/// A network namespace.
public enum NetworkNamespace: Sendable, Equatable {
    /// That of the loader.
    case own
    /// By the path of its file, such as `/run/netns/blue` or `/proc/4711/ns/net`.
    case path(String)

    /// Reads `self`, a path, or a name as `ip netns` has it.
    init(reading text: Substring) throws(AttachTargetError.Reason) {
        if text == "self" {
            self = .own
            return
        }
        if let nul = text.utf8.firstIndex(of: 0) {
            throw .character(at: text.utf8.distance(from: text.utf8.startIndex, to: nul))
        }
        guard text.utf8.count <= Self.longestPath else {
            throw .tooLong(bytes: text.utf8.count, limit: Self.longestPath)
        }
        if text.utf8.first == UInt8(ascii: "/") {
            self = .path(String(text))
            return
        }
        guard !text.utf8.contains(UInt8(ascii: "/")), text != ".", text != ".." else {
            throw .form("the path of a network namespace begins with /")
        }
        self = .path(Self.folder + "/" + text)
    }

    private static let longestPath = 4000
    /// Where `ip netns` keeps the namespaces that it has made.
    package static let folder = "/run/netns"

    /// The file that opens it.
    package var file: String {
        switch self {
        case .own: "/proc/self/ns/net"
        case .path(let path): path
        }
    }

    /// How a target with a namespace is written.
    static func form(_ base: Substring) -> String {
        "\(base):self, \(base):NAME of ip-netns(8) or \(base):PATH, such as \(base):/proc/4711/ns/net"
    }
}

extension NetworkNamespace: CustomStringConvertible {
    /// The path, or words.
    public var description: String {
        switch self {
        case .own: "the own network namespace"
        case .path(let path): "the network namespace \(path)"
        }
    }
}

/// The choice of the socket that takes a packet, in a network namespace (Linux 5.9): `sk_lookup`.
package struct SocketLookup: AttachKind {
    /// The namespace.
    package let namespace: NetworkNamespace

    package static let sections = [SectionPattern("sk_lookup", .socketLookup, .socketLookup, [.takesSuffix])]

    /// Takes a namespace.
    package init(_ namespace: NetworkNamespace) { self.namespace = namespace }

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        self.init(try NetworkNamespace(reading: text))
    }

    package static func form(of section: SectionPattern) -> String { NetworkNamespace.form(section.base) }

    package var description: String { "sk_lookup of \(namespace)" }
}

/// The dissector of packets of a network namespace (Linux 4.20; by link 5.8): `flow_dissector`.
package struct FlowDissector: AttachKind {
    /// The namespace.
    package let namespace: NetworkNamespace

    package static let sections = [
        SectionPattern("flow_dissector", .flowDissector, .flowDissector, [.attachTypeIsOptional, .takesSuffix])
    ]

    /// Takes a namespace.
    package init(_ namespace: NetworkNamespace) { self.namespace = namespace }

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        self.init(try NetworkNamespace(reading: text))
    }

    package static func form(of section: SectionPattern) -> String { NetworkNamespace.form(section.base) }

    package var description: String { "flow_dissector of \(namespace)" }
}

extension AttachTarget {
    /// The choice of the socket that takes a packet, in a network namespace.
    public static func socketLookup(_ namespace: NetworkNamespace = .own) -> AttachTarget {
        AttachTarget(SocketLookup(namespace))
    }

    /// The dissector of packets of a network namespace.
    public static func flowDissector(_ namespace: NetworkNamespace = .own) -> AttachTarget {
        AttachTarget(FlowDissector(namespace))
    }
}
