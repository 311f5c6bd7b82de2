// SPDX-License-Identifier: Apache-2.0

/// One kind of section name: `xdp` is that name alone, `kprobe+` is `kprobe` or `kprobe/` and more.
struct SectionPattern: Sendable {
    /// What else the pattern says of a program.
    struct Traits: OptionSet, Sendable {
        let rawValue: UInt8

        /// Kernels before the attach type load the program without it.
        static let attachTypeIsOptional = Traits(rawValue: 1)
        /// `BPF_F_SLEEPABLE`.
        static let sleepable = Traits(rawValue: 2)
        /// `attach_btf_id`.
        static let attachBTF = Traits(rawValue: 4)
        /// `BPF_F_XDP_HAS_FRAGS`.
        static let xdpFrags = Traits(rawValue: 8)
    }

    /// The pattern as written, such as `kprobe+`.
    let name: String
    let type: ProgramType
    let attachType: AttachType?
    let traits: Traits
    let rule: TargetRule

    private init(
        _ name: String, _ type: ProgramType, _ attachType: AttachType? = nil, _ traits: Traits = [],
        _ rule: TargetRule = .none
    ) {
        self.name = name
        self.type = type
        self.attachType = attachType
        self.traits = traits
        self.rule = rule
    }

    /// The pattern that a section's name, its `?` taken off, matches; no two do.
    static func matching(_ section: Substring) -> SectionPattern? {
        all.first { pattern in
            let base = pattern.base
            guard pattern.takesTarget, section.utf8.count > base.count else {
                return section.utf8.elementsEqual(base)
            }
            return section.utf8.starts(with: base) && section.utf8.dropFirst(base.count).first == UInt8(ascii: "/")
        }
    }

    /// What follows the slash in a name that matches; nil is no slash.
    func text(behind section: Substring) -> Substring? {
        guard takesTarget, let slash = section.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        return section[section.utf8.index(after: slash)...]
    }

    private var takesTarget: Bool { name.utf8.last == UInt8(ascii: "+") }

    private var base: Substring.UTF8View { name.utf8.dropLast(takesTarget ? 1 : 0) }

    /// The names of libbpf 1.7 and of the kernel tree after it.
    static let all: [SectionPattern] = [
        // Sockets
        SectionPattern("socket", .socketFilter),
        SectionPattern("sk_reuseport/migrate", .socketReuseport, .socketReuseportSelectOrMigrate),
        SectionPattern("sk_reuseport", .socketReuseport, .socketReuseportSelect),
        SectionPattern("sk_lookup", .socketLookup, .socketLookup),
        SectionPattern("sockops", .socketOperations, .cgroupSocketOperations, [.attachTypeIsOptional]),
        SectionPattern("sk_skb/stream_parser", .socketStream, .socketStreamParser, [.attachTypeIsOptional]),
        SectionPattern("sk_skb/stream_verdict", .socketStream, .socketStreamVerdict, [.attachTypeIsOptional]),
        SectionPattern("sk_skb/verdict", .socketStream, .socketVerdict, [.attachTypeIsOptional]),
        SectionPattern("sk_skb", .socketStream),
        SectionPattern("sk_msg", .socketMessage, .socketMessageVerdict, [.attachTypeIsOptional]),
        SectionPattern("flow_dissector", .flowDissector, .flowDissector, [.attachTypeIsOptional]),
        SectionPattern("lirc_mode2", .infraredMode2, .infraredMode2, [.attachTypeIsOptional]),
        SectionPattern("netfilter", .netfilter, .netfilter),

        // Probes
        SectionPattern("kprobe+", .kprobe, nil, [], .probe(isReturn: false)),
        SectionPattern("kretprobe+", .kprobe, nil, [], .probe(isReturn: true)),
        SectionPattern("ksyscall+", .kprobe, nil, [], .syscall(isReturn: false)),
        SectionPattern("kretsyscall+", .kprobe, nil, [], .syscall(isReturn: true)),
        SectionPattern("kprobe.multi+", .kprobe, .traceKprobeMulti),
        SectionPattern("kretprobe.multi+", .kprobe, .traceKprobeMulti),
        SectionPattern("kprobe.session+", .kprobe, .traceKprobeSession),
        SectionPattern("uprobe+", .kprobe),
        SectionPattern("uprobe.s+", .kprobe, nil, [.sleepable]),
        SectionPattern("uretprobe+", .kprobe),
        SectionPattern("uretprobe.s+", .kprobe, nil, [.sleepable]),
        SectionPattern("uprobe.multi+", .kprobe, .traceUprobeMulti),
        SectionPattern("uprobe.multi.s+", .kprobe, .traceUprobeMulti, [.sleepable]),
        SectionPattern("uretprobe.multi+", .kprobe, .traceUprobeMulti),
        SectionPattern("uretprobe.multi.s+", .kprobe, .traceUprobeMulti, [.sleepable]),
        SectionPattern("uprobe.session+", .kprobe, .traceUprobeSession),
        SectionPattern("uprobe.session.s+", .kprobe, .traceUprobeSession, [.sleepable]),
        SectionPattern("usdt+", .kprobe),
        SectionPattern("usdt.s+", .kprobe, nil, [.sleepable]),

        // Tracepoints and samples
        SectionPattern("tracepoint+", .tracepoint, nil, [], .tracepoint),
        SectionPattern("tracepoint.s+", .tracepoint, nil, [.sleepable], .tracepoint),
        SectionPattern("tp+", .tracepoint, nil, [], .tracepoint),
        SectionPattern("tp.s+", .tracepoint, nil, [.sleepable], .tracepoint),
        SectionPattern("raw_tracepoint+", .rawTracepoint, nil, [], .rawTracepoint),
        SectionPattern("raw_tracepoint.s+", .rawTracepoint, nil, [.sleepable], .rawTracepoint),
        SectionPattern("raw_tracepoint.w+", .rawTracepointWritable, nil, [], .rawTracepoint),
        SectionPattern("raw_tp+", .rawTracepoint, nil, [], .rawTracepoint),
        SectionPattern("raw_tp.s+", .rawTracepoint, nil, [.sleepable], .rawTracepoint),
        SectionPattern("raw_tp.w+", .rawTracepointWritable, nil, [], .rawTracepoint),
        SectionPattern("perf_event", .perfEvent, nil, [], .perfEvent),

        // Functions and hooks by BTF
        SectionPattern("tp_btf+", .tracing, .traceRawTracepoint, [.attachBTF], .tracing(.rawTracepoint)),
        SectionPattern("tp_btf.s+", .tracing, .traceRawTracepoint, [.attachBTF, .sleepable], .tracing(.rawTracepoint)),
        SectionPattern("fentry+", .tracing, .traceFentry, [.attachBTF], .tracing(.entry)),
        SectionPattern("fentry.s+", .tracing, .traceFentry, [.attachBTF, .sleepable], .tracing(.entry)),
        SectionPattern("fexit+", .tracing, .traceFexit, [.attachBTF], .tracing(.exit)),
        SectionPattern("fexit.s+", .tracing, .traceFexit, [.attachBTF, .sleepable], .tracing(.exit)),
        SectionPattern("fmod_ret+", .tracing, .modifyReturn, [.attachBTF], .tracing(.modifyReturn)),
        SectionPattern("fmod_ret.s+", .tracing, .modifyReturn, [.attachBTF, .sleepable], .tracing(.modifyReturn)),
        SectionPattern("fsession+", .tracing, .traceFsession, [.attachBTF], .tracing(.session)),
        SectionPattern("fsession.s+", .tracing, .traceFsession, [.attachBTF, .sleepable], .tracing(.session)),
        SectionPattern("iter+", .tracing, .traceIterator, [.attachBTF], .tracing(.iterator)),
        SectionPattern("iter.s+", .tracing, .traceIterator, [.attachBTF, .sleepable], .tracing(.iterator)),
        SectionPattern("fentry.multi+", .tracing, .traceFentryMulti),
        SectionPattern("fentry.multi.s+", .tracing, .traceFentryMulti, [.sleepable]),
        SectionPattern("fexit.multi+", .tracing, .traceFexitMulti),
        SectionPattern("fexit.multi.s+", .tracing, .traceFexitMulti, [.sleepable]),
        SectionPattern("fsession.multi+", .tracing, .traceFsessionMulti),
        SectionPattern("fsession.multi.s+", .tracing, .traceFsessionMulti, [.sleepable]),
        SectionPattern("freplace+", .programExtension, nil, [.attachBTF], .tracing(.replacement)),
        SectionPattern("lsm+", .lsm, .lsmMAC, [.attachBTF], .tracing(.lsm)),
        SectionPattern("lsm.s+", .lsm, .lsmMAC, [.attachBTF, .sleepable], .tracing(.lsm)),
        SectionPattern("lsm_cgroup+", .lsm, .lsmCgroup, [.attachBTF], .tracing(.lsmCgroup)),
        SectionPattern("struct_ops+", .structOps),
        SectionPattern("struct_ops.s+", .structOps, nil, [.sleepable]),
        SectionPattern("syscall", .syscall, nil, [.sleepable]),

        // Network devices
        SectionPattern("xdp", .xdp, .xdp, [.attachTypeIsOptional]),
        SectionPattern("xdp.frags", .xdp, .xdp, [.xdpFrags]),
        SectionPattern("xdp/devmap", .xdp, .xdpDevmap),
        SectionPattern("xdp.frags/devmap", .xdp, .xdpDevmap, [.xdpFrags]),
        SectionPattern("xdp/cpumap", .xdp, .xdpCpumap),
        SectionPattern("xdp.frags/cpumap", .xdp, .xdpCpumap, [.xdpFrags]),
        SectionPattern("tc/ingress", .schedClassifier, .tcxIngress),
        SectionPattern("tc/egress", .schedClassifier, .tcxEgress),
        SectionPattern("tcx/ingress", .schedClassifier, .tcxIngress),
        SectionPattern("tcx/egress", .schedClassifier, .tcxEgress),
        SectionPattern("tc", .schedClassifier),
        SectionPattern("classifier", .schedClassifier),
        SectionPattern("action", .schedAction),
        SectionPattern("netkit/primary", .schedClassifier, .netkitPrimary),
        SectionPattern("netkit/peer", .schedClassifier, .netkitPeer),
        SectionPattern("lwt_in", .lightweightTunnelIn),
        SectionPattern("lwt_out", .lightweightTunnelOut),
        SectionPattern("lwt_xmit", .lightweightTunnelTransmit),
        SectionPattern("lwt_seg6local", .lightweightTunnelSegment6),

        // Control groups
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
}
