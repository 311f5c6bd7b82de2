// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import Testing

/// A pattern with the numbers of `enum bpf_prog_type` and `enum bpf_attach_type` in linux/bpf.h.
struct SectionRow: Sendable, CustomTestStringConvertible {
    let pattern: String
    let type: UInt32
    let attachType: UInt32?
    let flags: Substring

    var base: String { pattern.hasSuffix("+") ? String(pattern.dropLast()) : pattern }
    var testDescription: String { pattern }
}

let sectionRows = sectionTable.split(separator: "\n").compactMap { line -> SectionRow? in
    let fields = line.split(separator: " ")
    guard fields.count > 2, let type = UInt32(fields[1]) else { return nil }
    return SectionRow(
        pattern: String(fields[0]), type: type, attachType: UInt32(fields[2]), flags: fields.count > 3 ? fields[3] : "")
}

// Flags: o attach type optional, s sleepable, b attach_btf_id, f several buffers.
private let sectionTable = """
    ingress 3 -
    egress 3 -
    socket 1 -
    sk_reuseport/migrate 21 40
    sk_reuseport 21 39
    sk_lookup 30 36
    sockops 13 3 o
    sk_skb/stream_parser 14 4 o
    sk_skb/stream_verdict 14 5 o
    sk_skb/verdict 14 38 o
    sk_skb 14 -
    sk_msg 16 7 o
    flow_dissector 22 17 o
    lirc_mode2 20 16 o
    netfilter 32 45
    kprobe+ 2 -
    kretprobe+ 2 -
    ksyscall+ 2 -
    kretsyscall+ 2 -
    kprobe.multi+ 2 42
    kretprobe.multi+ 2 42
    kprobe.session+ 2 56
    uprobe+ 2 -
    uprobe.s+ 2 - s
    uretprobe+ 2 -
    uretprobe.s+ 2 - s
    uprobe.multi+ 2 48
    uprobe.multi.s+ 2 48 s
    uretprobe.multi+ 2 48
    uretprobe.multi.s+ 2 48 s
    uprobe.session+ 2 57
    uprobe.session.s+ 2 57 s
    usdt+ 2 -
    usdt.s+ 2 - s
    tracepoint+ 5 -
    tracepoint.s+ 5 - s
    tp+ 5 -
    tp.s+ 5 - s
    raw_tracepoint+ 17 -
    raw_tracepoint.s+ 17 - s
    raw_tracepoint.w+ 24 -
    raw_tp+ 17 -
    raw_tp.s+ 17 - s
    raw_tp.w+ 24 -
    perf_event 7 -
    tp_btf+ 26 23 b
    tp_btf.s+ 26 23 sb
    fentry+ 26 24 b
    fentry.s+ 26 24 sb
    fexit+ 26 25 b
    fexit.s+ 26 25 sb
    fmod_ret+ 26 26 b
    fmod_ret.s+ 26 26 sb
    fsession+ 26 58 b
    fsession.s+ 26 58 sb
    iter+ 26 28 b
    iter.s+ 26 28 sb
    fentry.multi+ 26 59
    fentry.multi.s+ 26 59 s
    fexit.multi+ 26 60
    fexit.multi.s+ 26 60 s
    fsession.multi+ 26 61
    fsession.multi.s+ 26 61 s
    freplace+ 28 - b
    lsm+ 29 27 b
    lsm.s+ 29 27 sb
    lsm_cgroup+ 29 43 b
    struct_ops+ 27 -
    struct_ops.s+ 27 - s
    syscall 31 - s
    xdp 6 37 o
    xdp.frags 6 37 f
    xdp/devmap 6 33
    xdp.frags/devmap 6 33 f
    xdp/cpumap 6 35
    xdp.frags/cpumap 6 35 f
    tc/ingress 3 46
    tc/egress 3 47
    tcx/ingress 3 46
    tcx/egress 3 47
    tc 3 -
    classifier 3 -
    action 4 -
    netkit/primary 3 54
    netkit/peer 3 55
    lwt_in 10 -
    lwt_out 11 -
    lwt_xmit 12 -
    lwt_seg6local 19 -
    cgroup_skb/ingress 8 0 o
    cgroup_skb/egress 8 1 o
    cgroup/skb 8 -
    cgroup/sock_create 9 2
    cgroup/sock_release 9 34
    cgroup/sock 9 2 o
    cgroup/post_bind4 9 12
    cgroup/post_bind6 9 13
    cgroup/bind4 18 8
    cgroup/bind6 18 9
    cgroup/connect4 18 10
    cgroup/connect6 18 11
    cgroup/connect_unix 18 49
    cgroup/sendmsg4 18 14
    cgroup/sendmsg6 18 15
    cgroup/sendmsg_unix 18 50
    cgroup/recvmsg4 18 19
    cgroup/recvmsg6 18 20
    cgroup/recvmsg_unix 18 51
    cgroup/getpeername4 18 29
    cgroup/getpeername6 18 30
    cgroup/getpeername_unix 18 52
    cgroup/getsockname4 18 31
    cgroup/getsockname6 18 32
    cgroup/getsockname_unix 18 53
    cgroup/sysctl 23 18
    cgroup/getsockopt 25 21
    cgroup/setsockopt 25 22
    cgroup/dev 15 6 o
    """
