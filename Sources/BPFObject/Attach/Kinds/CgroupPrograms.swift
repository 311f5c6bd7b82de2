// SPDX-License-Identifier: Apache-2.0

/// Programs on the processes of a control group: `cgroup_skb/ingress`, `cgroup/connect4`, `sockops`, with the group given
/// as `cgroup:/sys/fs/cgroup/a`.
package struct CgroupPrograms: AttachKind {
    /// The directory of the group in a mounted cgroup2.
    package let path: String
    /// Which hook of the group.
    package let attachType: AttachType
    /// Where among the programs that are there.
    package let order: CgroupOrder?

    package static let sections = [
        SectionPattern("sockops", .socketOperations, .cgroupSocketOperations, [.attachTypeIsOptional, .takesSuffix]),
        SectionPattern("cgroup_skb/ingress", .cgroupSocketBuffer, .cgroupInetIngress, [.attachTypeIsOptional]),
        SectionPattern("cgroup_skb/egress", .cgroupSocketBuffer, .cgroupInetEgress, [.attachTypeIsOptional]),
        SectionPattern("cgroup/skb", .cgroupSocketBuffer, nil, [.takesSuffix]),
        SectionPattern("cgroup/sock_create", .cgroupSocket, .cgroupInetSocketCreate),
        SectionPattern("cgroup/sock_release", .cgroupSocket, .cgroupInetSocketRelease),
        SectionPattern("cgroup/sock", .cgroupSocket, .cgroupInetSocketCreate, [.attachTypeIsOptional]),
        SectionPattern("cgroup/post_bind4", .cgroupSocket, .cgroupInet4PostBind),
        SectionPattern("cgroup/post_bind6", .cgroupSocket, .cgroupInet6PostBind),
        SectionPattern("cgroup/bind4", .cgroupSocketAddress, .cgroupInet4Bind),
        SectionPattern("cgroup/bind6", .cgroupSocketAddress, .cgroupInet6Bind),
        SectionPattern("cgroup/connect4", .cgroupSocketAddress, .cgroupInet4Connect),
        SectionPattern("cgroup/connect6", .cgroupSocketAddress, .cgroupInet6Connect),
        SectionPattern("cgroup/connect_unix", .cgroupSocketAddress, .cgroupUnixConnect),
        SectionPattern("cgroup/sendmsg4", .cgroupSocketAddress, .cgroupUDP4SendMessage),
        SectionPattern("cgroup/sendmsg6", .cgroupSocketAddress, .cgroupUDP6SendMessage),
        SectionPattern("cgroup/sendmsg_unix", .cgroupSocketAddress, .cgroupUnixSendMessage),
        SectionPattern("cgroup/recvmsg4", .cgroupSocketAddress, .cgroupUDP4ReceiveMessage),
        SectionPattern("cgroup/recvmsg6", .cgroupSocketAddress, .cgroupUDP6ReceiveMessage),
        SectionPattern("cgroup/recvmsg_unix", .cgroupSocketAddress, .cgroupUnixReceiveMessage),
        SectionPattern("cgroup/getpeername4", .cgroupSocketAddress, .cgroupInet4GetPeerName),
        SectionPattern("cgroup/getpeername6", .cgroupSocketAddress, .cgroupInet6GetPeerName),
        SectionPattern("cgroup/getpeername_unix", .cgroupSocketAddress, .cgroupUnixGetPeerName),
        SectionPattern("cgroup/getsockname4", .cgroupSocketAddress, .cgroupInet4GetSocketName),
        SectionPattern("cgroup/getsockname6", .cgroupSocketAddress, .cgroupInet6GetSocketName),
        SectionPattern("cgroup/getsockname_unix", .cgroupSocketAddress, .cgroupUnixGetSocketName),
        SectionPattern("cgroup/sysctl", .cgroupSysctl, .cgroupSysctl),
        SectionPattern("cgroup/getsockopt", .cgroupSocketOption, .cgroupGetSocketOption),
        SectionPattern("cgroup/setsockopt", .cgroupSocketOption, .cgroupSetSocketOption),
        SectionPattern("cgroup/dev", .cgroupDevice, .cgroupDevice, [.attachTypeIsOptional]),
    ]

    package static let families = ["cgroup"]

    /// Takes a group and a hook.
    package init(_ path: String, _ attachType: AttachType, order: CgroupOrder? = nil) {
        self.path = path
        self.attachType = attachType
        self.order = order
    }

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        var path = text
        // The name of a group may have commas too, so only what is a word about order is taken for one.
        var order: CgroupOrder?
        if let comma = text.utf8.lastIndex(of: UInt8(ascii: ",")),
            let word = CgroupOrder(rawValue: String(text[text.utf8.index(after: comma)...]))
        {
            order = word
            path = text[..<comma]
        }
        // As with tc, where the section does not say which packets.
        var said: AttachType?
        if section.attachType == nil, let colon = path.utf8.lastIndex(of: UInt8(ascii: ":")),
            let direction = TrafficDirection(rawValue: String(path[path.utf8.index(after: colon)...]))
        {
            said = direction == .ingress ? .cgroupInetIngress : .cgroupInetEgress
            path = path[..<colon]
        }
        guard let attachType = section.attachType ?? said else {
            throw .form(
                "it does not say which packets, those that come in (ingress) or go out (egress), or which other hook")
        }
        guard path.utf8.first == UInt8(ascii: "/") else {
            throw .form("a control group is named by the path of its directory, which begins with /")
        }
        if let nul = path.utf8.firstIndex(of: 0) {
            throw .character(at: path.utf8.distance(from: path.utf8.startIndex, to: nul))
        }
        guard path.utf8.count <= Self.longestPath else {
            throw .tooLong(bytes: path.utf8.count, limit: Self.longestPath)
        }
        self.init(String(path), attachType, order: order)
    }

    /// `PATH_MAX` less the NUL.
    private static let longestPath = 4095

    package static func form(of section: SectionPattern) -> String {
        section.attachType == nil
            ? "cgroup:PATH:ingress or cgroup:PATH:egress, such as cgroup:/sys/fs/cgroup/a:egress; for other hooks the name "
                + "of their section, such as cgroup/connect4:/sys/fs/cgroup/a"
            : "\(section.base):PATH, such as \(section.base):/sys/fs/cgroup/a"
    }

    package var description: String {
        "\(attachType) of \(path)" + (order.map { ", \($0.rawValue)" } ?? "")
    }
}

/// Where among the programs of a control group a program runs.
public enum CgroupOrder: String, Sendable, CaseIterable {
    /// In front of the others of the group (`BPF_F_BEFORE`, Linux 6.17).
    case first
    /// Behind the others of the group (`BPF_F_AFTER`, Linux 6.17).
    case last
    /// In front of the programs of the groups below too (`BPF_F_PREORDER`, Linux 6.15).
    case preorder

    /// The bit in the flags of the link.
    package var flag: UInt32 {
        switch self {
        case .first: AttachOrder.first.flag
        case .last: AttachOrder.last.flag
        case .preorder: 1 << 6
        }
    }

    /// The kernel that has it, in words.
    package var since: String { self == .preorder ? "Linux 6.15" : "Linux 6.17" }
}

extension AttachTarget {
    /// A hook of a control group; programs of groups above and below run too.
    ///
    /// - Parameters:
    ///   - path: The directory of the group in a mounted cgroup2.
    ///   - attachType: Which hook, such as `.cgroupInetEgress`.
    ///   - order: Where among the programs that are there; nil is behind them.
    public static func cgroup(
        _ path: String, _ attachType: AttachType, order: CgroupOrder? = nil
    ) -> AttachTarget { AttachTarget(CgroupPrograms(path, attachType, order: order)) }
}
