// SPDX-License-Identifier: Apache-2.0

/// The kind of a program (`enum bpf_prog_type`); a number without a name here is left to the kernel.
public struct ProgramType: RawRepresentable, Sendable, Hashable {
    /// The number in `BPF_PROG_LOAD`.
    public let rawValue: UInt32

    /// Creates a type from its number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `BPF_PROG_TYPE_SOCKET_FILTER`.
    public static let socketFilter = ProgramType(rawValue: 1)
    /// `BPF_PROG_TYPE_KPROBE`: kprobes, kretprobes, uprobes and USDT.
    public static let kprobe = ProgramType(rawValue: 2)
    /// `BPF_PROG_TYPE_SCHED_CLS`: tc classifiers, tcx and netkit.
    public static let schedClassifier = ProgramType(rawValue: 3)
    /// `BPF_PROG_TYPE_SCHED_ACT`.
    public static let schedAction = ProgramType(rawValue: 4)
    /// `BPF_PROG_TYPE_TRACEPOINT`.
    public static let tracepoint = ProgramType(rawValue: 5)
    /// `BPF_PROG_TYPE_XDP`.
    public static let xdp = ProgramType(rawValue: 6)
    /// `BPF_PROG_TYPE_PERF_EVENT`.
    public static let perfEvent = ProgramType(rawValue: 7)
    /// `BPF_PROG_TYPE_CGROUP_SKB`.
    public static let cgroupSocketBuffer = ProgramType(rawValue: 8)
    /// `BPF_PROG_TYPE_CGROUP_SOCK`.
    public static let cgroupSocket = ProgramType(rawValue: 9)
    /// `BPF_PROG_TYPE_LWT_IN`.
    public static let lightweightTunnelIn = ProgramType(rawValue: 10)
    /// `BPF_PROG_TYPE_LWT_OUT`.
    public static let lightweightTunnelOut = ProgramType(rawValue: 11)
    /// `BPF_PROG_TYPE_LWT_XMIT`.
    public static let lightweightTunnelTransmit = ProgramType(rawValue: 12)
    /// `BPF_PROG_TYPE_SOCK_OPS`.
    public static let socketOperations = ProgramType(rawValue: 13)
    /// `BPF_PROG_TYPE_SK_SKB`.
    public static let socketStream = ProgramType(rawValue: 14)
    /// `BPF_PROG_TYPE_CGROUP_DEVICE`.
    public static let cgroupDevice = ProgramType(rawValue: 15)
    /// `BPF_PROG_TYPE_SK_MSG`.
    public static let socketMessage = ProgramType(rawValue: 16)
    /// `BPF_PROG_TYPE_RAW_TRACEPOINT`.
    public static let rawTracepoint = ProgramType(rawValue: 17)
    /// `BPF_PROG_TYPE_CGROUP_SOCK_ADDR`.
    public static let cgroupSocketAddress = ProgramType(rawValue: 18)
    /// `BPF_PROG_TYPE_LWT_SEG6LOCAL`.
    public static let lightweightTunnelSegment6 = ProgramType(rawValue: 19)
    /// `BPF_PROG_TYPE_LIRC_MODE2`.
    public static let infraredMode2 = ProgramType(rawValue: 20)
    /// `BPF_PROG_TYPE_SK_REUSEPORT`.
    public static let socketReuseport = ProgramType(rawValue: 21)
    /// `BPF_PROG_TYPE_FLOW_DISSECTOR`.
    public static let flowDissector = ProgramType(rawValue: 22)
    /// `BPF_PROG_TYPE_CGROUP_SYSCTL`.
    public static let cgroupSysctl = ProgramType(rawValue: 23)
    /// `BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE`.
    public static let rawTracepointWritable = ProgramType(rawValue: 24)
    /// `BPF_PROG_TYPE_CGROUP_SOCKOPT`.
    public static let cgroupSocketOption = ProgramType(rawValue: 25)
    /// `BPF_PROG_TYPE_TRACING`: fentry, fexit, fmod_ret, tp_btf and iterators.
    public static let tracing = ProgramType(rawValue: 26)
    /// `BPF_PROG_TYPE_STRUCT_OPS`.
    public static let structOps = ProgramType(rawValue: 27)
    /// `BPF_PROG_TYPE_EXT`: a function in place of one of another program.
    public static let programExtension = ProgramType(rawValue: 28)
    /// `BPF_PROG_TYPE_LSM`.
    public static let lsm = ProgramType(rawValue: 29)
    /// `BPF_PROG_TYPE_SK_LOOKUP`.
    public static let socketLookup = ProgramType(rawValue: 30)
    /// `BPF_PROG_TYPE_SYSCALL`: run by hand with `BPF_PROG_RUN`.
    public static let syscall = ProgramType(rawValue: 31)
    /// `BPF_PROG_TYPE_NETFILTER`.
    public static let netfilter = ProgramType(rawValue: 32)

    private static let names = [
        "unspec", "socket_filter", "kprobe", "sched_cls", "sched_act", "tracepoint", "xdp", "perf_event", "cgroup_skb",
        "cgroup_sock", "lwt_in", "lwt_out", "lwt_xmit", "sock_ops", "sk_skb", "cgroup_device", "sk_msg",
        "raw_tracepoint", "cgroup_sock_addr", "lwt_seg6local", "lirc_mode2", "sk_reuseport", "flow_dissector",
        "cgroup_sysctl", "raw_tracepoint_writable", "cgroup_sockopt", "tracing", "struct_ops", "ext", "lsm",
        "sk_lookup", "syscall", "netfilter",
    ]
}

extension ProgramType: CustomStringConvertible {
    /// The name as bpftool prints it, such as `raw_tracepoint`, or `type 99`.
    public var description: String {
        rawValue < UInt32(Self.names.count) ? Self.names[Int(rawValue)] : "type \(rawValue)"
    }
}
