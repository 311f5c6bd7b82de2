// SPDX-License-Identifier: Apache-2.0

import BPFObject

extension SectionConvention {
    /// What a program is that this tool loads and does not attach, and the command that does if there is one; nil of
    /// programs that it attaches.
    ///
    /// - Parameter program: The name of the program, which is that of its pin.
    func leftAlone(_ program: String) -> String? {
        let pinned = "pin it with --pin-programs DIR and attach it with: "
        let kind = pattern.hasSuffix("+") ? String(pattern.dropLast()) : pattern
        let what = "load-kp-bpf does not attach \(kind) programs"
        switch type {
        case .kprobe:
            guard ["kprobe", "kretprobe", "ksyscall", "kretsyscall"].contains(kind) else { return what }
            return nil
        case .tracepoint, .rawTracepoint, .rawTracepointWritable, .perfEvent: return nil
        case .tracing:
            if kind.hasPrefix("iter") {
                return "\(what): they run when somebody reads them; "
                    + "bpftool iter pin OBJECT PATH makes it a file to read"
            }
            return kind.contains(".multi") ? what : nil
        case .lsm: return kind == "lsm_cgroup" ? what : nil
        case .xdp:
            guard kind == "xdp" || kind == "xdp.frags" else { return "\(what): it is for entries of a map" }
            return "\(what); \(pinned)bpftool net attach xdp pinned DIR/\(program) dev DEV"
        case .schedClassifier:
            switch kind {
            case "tc", "classifier":
                return "\(what); \(pinned)tc filter add dev DEV ingress bpf direct-action object-pinned DIR/\(program)"
            case "tc/ingress", "tcx/ingress":
                return "\(what); \(pinned)bpftool net attach tcx_ingress pinned DIR/\(program) dev DEV"
            case "tc/egress", "tcx/egress":
                return "\(what); \(pinned)bpftool net attach tcx_egress pinned DIR/\(program) dev DEV"
            default: return what
            }
        case .programExtension: return "\(what): it replaces a function of another program, whose loader does that"
        case .structOps: return "\(what); bpftool struct_ops register OBJECT loads and attaches it"
        case .flowDissector: return "\(what); \(pinned)bpftool prog attach pinned DIR/\(program) flow_dissector"
        default:
            guard kind.hasPrefix("cgroup"), let attach = Self.cgroupNames[kind] else { return what }
            return "\(what); \(pinned)bpftool cgroup attach CGROUP \(attach) pinned DIR/\(program)"
        }
    }

    /// What bpftool calls the hooks of control groups.
    private static let cgroupNames = [
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
