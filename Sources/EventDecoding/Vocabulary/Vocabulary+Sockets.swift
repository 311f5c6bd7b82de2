// SPDX-License-Identifier: Apache-2.0

extension Vocabulary {
    /// Address families (`linux/socket.h`).
    static let families = Vocabulary(
        from: 0,
        [
            "AF_UNSPEC", "AF_UNIX", "AF_INET", "AF_AX25", "AF_IPX", "AF_APPLETALK", "AF_NETROM", "AF_BRIDGE",
            "AF_ATMPVC", "AF_X25", "AF_INET6", "AF_ROSE", "AF_DECnet", "AF_NETBEUI", "AF_SECURITY", "AF_KEY",
            "AF_NETLINK", "AF_PACKET", "AF_ASH", "AF_ECONET", "AF_ATMSVC", "AF_RDS", "AF_SNA", "AF_IRDA", "AF_PPPOX",
            "AF_WANPIPE", "AF_LLC", "AF_IB", "AF_MPLS", "AF_CAN", "AF_TIPC", "AF_BLUETOOTH", "AF_IUCV", "AF_RXRPC",
            "AF_ISDN", "AF_PHONET", "AF_IEEE802154", "AF_CAIF", "AF_ALG", "AF_NFC", "AF_VSOCK", "AF_KCM", "AF_QIPCRTR",
            "AF_SMC", "AF_XDP", "AF_MCTP",
        ])

    /// Kinds of sockets, with the flags of socket(2) (`linux/net.h`).
    static let socketTypes = Vocabulary(
        .flags,
        [
            Word("SOCK_STREAM", 1, of: 0xf), Word("SOCK_DGRAM", 2, of: 0xf), Word("SOCK_RAW", 3, of: 0xf),
            Word("SOCK_RDM", 4, of: 0xf), Word("SOCK_SEQPACKET", 5, of: 0xf), Word("SOCK_DCCP", 6, of: 0xf),
            Word("SOCK_PACKET", 10, of: 0xf), Word("SOCK_NONBLOCK", 0o4000), Word("SOCK_CLOEXEC", 0o2000000),
        ])

    /// Protocols of IP, and of sockets of its families (`linux/in.h`, `linux/in6.h`).
    static let protocols = Vocabulary(
        .single,
        [
            Word("IPPROTO_IP", 0), Word("IPPROTO_ICMP", 1), Word("IPPROTO_IGMP", 2), Word("IPPROTO_IPIP", 4),
            Word("IPPROTO_TCP", 6), Word("IPPROTO_EGP", 8), Word("IPPROTO_PUP", 12), Word("IPPROTO_UDP", 17),
            Word("IPPROTO_IDP", 22), Word("IPPROTO_TP", 29), Word("IPPROTO_DCCP", 33), Word("IPPROTO_IPV6", 41),
            Word("IPPROTO_ROUTING", 43), Word("IPPROTO_FRAGMENT", 44), Word("IPPROTO_RSVP", 46),
            Word("IPPROTO_GRE", 47), Word("IPPROTO_ESP", 50), Word("IPPROTO_AH", 51), Word("IPPROTO_ICMPV6", 58),
            Word("IPPROTO_NONE", 59), Word("IPPROTO_DSTOPTS", 60), Word("IPPROTO_MTP", 92), Word("IPPROTO_BEETPH", 94),
            Word("IPPROTO_ENCAP", 98), Word("IPPROTO_PIM", 103), Word("IPPROTO_COMP", 108), Word("IPPROTO_L2TP", 115),
            Word("IPPROTO_SCTP", 132), Word("IPPROTO_MH", 135), Word("IPPROTO_UDPLITE", 136),
            Word("IPPROTO_MPLS", 137), Word("IPPROTO_ETHERNET", 143), Word("IPPROTO_RAW", 255),
            Word("IPPROTO_SMC", 256),
            Word("IPPROTO_MPTCP", 262),
        ])

    /// States of a TCP connection (`net/tcp_states.h`).
    static let tcpStates = Vocabulary(
        from: 1,
        [
            "TCP_ESTABLISHED", "TCP_SYN_SENT", "TCP_SYN_RECV", "TCP_FIN_WAIT1", "TCP_FIN_WAIT2", "TCP_TIME_WAIT",
            "TCP_CLOSE", "TCP_CLOSE_WAIT", "TCP_LAST_ACK", "TCP_LISTEN", "TCP_CLOSING", "TCP_NEW_SYN_RECV",
            "TCP_BOUND_INACTIVE",
        ])

    /// What a frame of Ethernet carries (`linux/if_ether.h`).
    static let etherTypes = Vocabulary(
        .single,
        [
            Word("ETH_P_ALL", 0x3), Word("ETH_P_802_2", 0x4), Word("ETH_P_LOOP", 0x60), Word("ETH_P_IP", 0x800),
            Word("ETH_P_ARP", 0x806), Word("ETH_P_TEB", 0x6558), Word("ETH_P_RARP", 0x8035),
            Word("ETH_P_8021Q", 0x8100), Word("ETH_P_IPX", 0x8137), Word("ETH_P_IPV6", 0x86dd),
            Word("ETH_P_PAUSE", 0x8808), Word("ETH_P_SLOW", 0x8809), Word("ETH_P_MPLS_UC", 0x8847),
            Word("ETH_P_MPLS_MC", 0x8848), Word("ETH_P_PPP_DISC", 0x8863), Word("ETH_P_PPP_SES", 0x8864),
            Word("ETH_P_PAE", 0x888e), Word("ETH_P_8021AD", 0x88a8), Word("ETH_P_LLDP", 0x88cc),
            Word("ETH_P_MACSEC", 0x88e5), Word("ETH_P_1588", 0x88f7), Word("ETH_P_NSH", 0x894f),
            Word("ETH_P_LOOPBACK", 0x9000),
        ])
}
