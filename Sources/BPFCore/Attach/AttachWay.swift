// SPDX-License-Identifier: Apache-2.0

/// The ways a program is attached, of those that do the same the preferred one first.
public enum AttachWay: String, Sendable, CaseIterable {
    /// kprobe PMU and bpf_link (Linux 5.15).
    case pmuLink = "kprobe PMU, bpf_link"
    /// kprobe PMU and `PERF_EVENT_IOC_SET_BPF` (Linux 4.17).
    case pmuIoctl = "kprobe PMU, ioctl"
    /// A line in tracefs and bpf_link.
    case tracefsLink = "tracefs, bpf_link"
    /// A line in tracefs and `PERF_EVENT_IOC_SET_BPF`.
    case tracefsIoctl = "tracefs, ioctl"
    /// A perf event of a trace event or of samples, and bpf_link (Linux 5.15).
    case eventLink = "perf event, bpf_link"
    /// A perf event of a trace event (Linux 4.7) or of samples (4.9), and `PERF_EVENT_IOC_SET_BPF`.
    case eventIoctl = "perf event, ioctl"
    /// `BPF_RAW_TRACEPOINT_OPEN` (Linux 4.17; for programs with a target in BTF 5.5).
    case rawTracepoint = "BPF_RAW_TRACEPOINT_OPEN"
    /// `BPF_LINK_CREATE` for a program with a target in BTF (Linux 5.19).
    case tracingLink = "BPF_LINK_CREATE"
}

/// Parts of the kernel that attaching must do without, to reach the ways behind them; for tests and for comparison.
public struct AttachLimits: OptionSet, Sendable {
    /// The parts as bits.
    public let rawValue: Int
    /// Creates a set from bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// As if there were no kprobe PMU.
    public static let withoutPMU = AttachLimits(rawValue: 1)
    /// As if there were no bpf_link for perf events.
    public static let withoutLink = AttachLimits(rawValue: 2)
}
