// SPDX-License-Identifier: Apache-2.0

/// A hook of netfilter in the own network namespace (Linux 6.4): `netfilter`, with the hook given as
/// `netfilter:ipv4:local_in:-10`.
package struct NetfilterHook: AttachKind {
    /// The family of protocols.
    package let family: NetfilterFamily
    /// The hook.
    package let point: NetfilterPoint
    /// Where among the others: lower ones run first.
    package let priority: Int32
    /// Whether fragments are put together before the program sees them (Linux 6.6).
    package let defragments: Bool

    package static let sections = [SectionPattern("netfilter", .netfilter, .netfilter, [.takesSuffix])]

    /// Takes a hook.
    package init(
        _ family: NetfilterFamily, _ point: NetfilterPoint, priority: Int32 = 0, defragments: Bool = false
    ) {
        self.family = family
        self.point = point
        self.priority = priority
        self.defragments = defragments
    }

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        let suffix = ",defrag"
        let defragments = text.hasSuffix(suffix)
        let parts = try TargetParts(reading: defragments ? text.dropLast(suffix.count) : text, atMost: 3)
        guard let family = try parts.word(0, of: NetfilterFamily.self),
            let point = try parts.word(1, of: NetfilterPoint.self)
        else {
            throw .form("it does not say which hook: one of pre_routing, local_in, forward, local_out, post_routing")
        }
        var priority: Int32 = 0
        if parts.fields.count > 2 {
            // The ends are of the kernel itself.
            guard let number = Int32(parts.fields[2]), number > .min, number < .max else {
                throw .form("the priority is a number from \(Int32.min + 1) to \(Int32.max - 1)")
            }
            priority = number
        }
        self.init(family, point, priority: priority, defragments: defragments)
    }

    package static func form(of section: SectionPattern) -> String {
        "\(section.base):ipv4|ipv6:HOOK[:PRIORITY][,defrag], such as \(section.base):ipv4:local_in:-10"
    }

    package var description: String {
        "netfilter \(family.rawValue) \(point.rawValue), priority \(priority)" + (defragments ? ", defrag" : "")
    }
}

/// The family of protocols of a netfilter hook.
public enum NetfilterFamily: String, Sendable, CaseIterable {
    /// `NFPROTO_IPV4`.
    case ipv4
    /// `NFPROTO_IPV6`.
    case ipv6

    /// The kernel's number.
    package var number: UInt32 { self == .ipv4 ? 2 : 10 }
}

/// A hook of netfilter.
public enum NetfilterPoint: String, Sendable, CaseIterable {
    /// What has come in.
    case preRouting = "pre_routing"
    /// What is for this machine.
    case localIn = "local_in"
    /// What is passed on.
    case forward
    /// What this machine sends.
    case localOut = "local_out"
    /// What is about to go out.
    case postRouting = "post_routing"

    /// The kernel's number.
    package var number: UInt32 {
        switch self {
        case .preRouting: 0
        case .localIn: 1
        case .forward: 2
        case .localOut: 3
        case .postRouting: 4
        }
    }
}

extension AttachTarget {
    /// A hook of netfilter in the own network namespace (Linux 6.4).
    ///
    /// - Parameters:
    ///   - family: The family of protocols.
    ///   - point: The hook.
    ///   - priority: Where among the others: lower ones run first. The lowest and the highest number are the kernel's.
    ///   - defragments: Whether fragments are put together before the program sees them (Linux 6.6).
    public static func netfilter(
        _ family: NetfilterFamily, _ point: NetfilterPoint, priority: Int32 = 0, defragments: Bool = false
    ) -> AttachTarget {
        AttachTarget(NetfilterHook(family, point, priority: priority, defragments: defragments))
    }
}
