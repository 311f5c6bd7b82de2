// SPDX-License-Identifier: Apache-2.0

/// Options that a kernel must be built with for what a program or a map asks for.
package enum KernelOption {
    /// Those of a type of programs; empty if every kernel that has bpf(2) has it.
    package static func of(program type: ProgramType) -> [String] {
        switch type {
        case .lsm: ["CONFIG_BPF_LSM"]
        case .tracing, .structOps, .programExtension: ["CONFIG_BPF_JIT", "CONFIG_DEBUG_INFO_BTF"]
        case .kprobe: ["CONFIG_BPF_EVENTS", "CONFIG_KPROBES"]
        case .tracepoint, .rawTracepoint, .rawTracepointWritable, .perfEvent: ["CONFIG_BPF_EVENTS"]
        case .infraredMode2: ["CONFIG_BPF_LIRC_MODE2"]
        case .cgroupSocketBuffer, .cgroupSocket, .cgroupSocketAddress, .cgroupDevice, .cgroupSysctl,
            .cgroupSocketOption, .socketOperations:
            ["CONFIG_CGROUP_BPF"]
        case .socketStream, .socketMessage: ["CONFIG_NET_SOCK_MSG", "CONFIG_BPF_STREAM_PARSER"]
        case .schedClassifier, .schedAction, .xdp, .socketFilter, .socketReuseport, .flowDissector: ["CONFIG_NET"]
        case .lightweightTunnelIn, .lightweightTunnelOut, .lightweightTunnelTransmit: ["CONFIG_LWTUNNEL_BPF"]
        case .lightweightTunnelSegment6: ["CONFIG_IPV6_SEG6_BPF"]
        case .socketLookup: ["CONFIG_INET"]
        case .netfilter: ["CONFIG_NETFILTER_BPF_LINK"]
        default: []
        }
    }

    /// Those of a type of maps; empty if every kernel that has bpf(2) has it.
    package static func of(map type: MapType) -> [String] { type.facts.options }

    /// That of a helper; nil if it is there wherever programs of the type are.
    package static func of(helper: Helper) -> String? {
        switch helper.name {
        case "bpf_override_return": "CONFIG_BPF_KPROBE_OVERRIDE"
        case "bpf_get_cgroup_classid": "CONFIG_CGROUP_NET_CLASSID"
        case "bpf_ima_inode_hash", "bpf_ima_file_hash": "CONFIG_IMA"
        case "bpf_skc_to_mptcp_sock": "CONFIG_MPTCP"
        case "bpf_skc_to_tcp6_sock", "bpf_skc_to_udp6_sock": "CONFIG_IPV6"
        case "bpf_get_xfrm_state", "bpf_skb_get_xfrm_state": "CONFIG_XFRM"
        case "bpf_get_current_cgroup_id", "bpf_get_current_ancestor_cgroup_id", "bpf_current_task_under_cgroup",
            "bpf_cgrp_storage_get", "bpf_cgrp_storage_delete":
            "CONFIG_CGROUPS"
        default: nil
        }
    }
}
