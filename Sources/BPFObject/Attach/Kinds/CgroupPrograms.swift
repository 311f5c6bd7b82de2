// SPDX-License-Identifier: Apache-2.0

/// Programs on the processes of a control group: `cgroup_skb/ingress`, `cgroup/connect4`, `sockops`.
package enum CgroupPrograms: SectionKind {
    package static let sections = [
        SectionPattern("sockops", .socketOperations, .cgroupSocketOperations, [.attachTypeIsOptional]),
        SectionPattern("cgroup_skb/ingress", .cgroupSocketBuffer, .cgroupInetIngress, [.attachTypeIsOptional]),
        SectionPattern("cgroup_skb/egress", .cgroupSocketBuffer, .cgroupInetEgress, [.attachTypeIsOptional]),
        SectionPattern("cgroup/skb", .cgroupSocketBuffer),
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

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? {
        names[section.name].map { .pinned(command: "bpftool cgroup attach CGROUP \($0) pinned \(pin)") } ?? .unknown
    }

    /// What bpftool calls the hooks of control groups.
    private static let names = [
        "cgroup_skb/ingress": "cgroup_inet_ingress", "cgroup_skb/egress": "cgroup_inet_egress",
        "cgroup/sock_create": "cgroup_inet_sock_create", "cgroup/sock": "cgroup_inet_sock_create",
        "cgroup/sock_release": "cgroup_inet_sock_release", "cgroup/bind4": "cgroup_inet4_bind",
        "cgroup/bind6": "cgroup_inet6_bind", "cgroup/connect4": "cgroup_inet4_connect",
        "cgroup/connect6": "cgroup_inet6_connect", "cgroup/post_bind4": "cgroup_inet4_post_bind",
        "cgroup/post_bind6": "cgroup_inet6_post_bind", "cgroup/sendmsg4": "cgroup_udp4_sendmsg",
        "cgroup/sendmsg6": "cgroup_udp6_sendmsg", "cgroup/recvmsg4": "cgroup_udp4_recvmsg",
        "cgroup/recvmsg6": "cgroup_udp6_recvmsg", "cgroup/sysctl": "cgroup_sysctl", "cgroup/dev": "cgroup_device",
        "cgroup/getsockopt": "cgroup_getsockopt", "cgroup/setsockopt": "cgroup_setsockopt",
        "sockops": "cgroup_sock_ops",
    ]
}
