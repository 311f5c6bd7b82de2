// SPDX-License-Identifier: Apache-2.0

/// The ways a program gets onto a function, the preferred one first.
public enum AttachWay: String, Sendable, CaseIterable {
    /// kprobe PMU and bpf_link (Linux 5.15).
    case pmuLink = "kprobe PMU, bpf_link"
    /// kprobe PMU and `PERF_EVENT_IOC_SET_BPF` (Linux 4.17).
    case pmuIoctl = "kprobe PMU, ioctl"
    /// A line in tracefs and bpf_link.
    case tracefsLink = "tracefs, bpf_link"
    /// A line in tracefs and `PERF_EVENT_IOC_SET_BPF`.
    case tracefsIoctl = "tracefs, ioctl"
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
