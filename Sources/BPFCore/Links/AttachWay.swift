// SPDX-License-Identifier: Apache-2.0

/// How a program was attached, in words; of ways that do the same the preferred one is tried first.
///
/// Kinds of targets may have ways of their own beside those that several share.
public struct AttachWay: RawRepresentable, Sendable, Hashable {
    /// The words.
    public let rawValue: String
    /// Takes words.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A perf event of a trace event or of samples, and bpf_link (Linux 5.15).
    public static let eventLink = AttachWay(rawValue: "perf event, bpf_link")
    /// A perf event of a trace event (Linux 4.7) or of samples (4.9), and `PERF_EVENT_IOC_SET_BPF`.
    public static let eventIoctl = AttachWay(rawValue: "perf event, ioctl")
    /// `BPF_RAW_TRACEPOINT_OPEN` (Linux 4.17; for programs with a target in BTF 5.5).
    public static let rawTracepoint = AttachWay(rawValue: "BPF_RAW_TRACEPOINT_OPEN")
    /// `BPF_LINK_CREATE` for a program with a target in BTF (Linux 5.19).
    public static let tracingLink = AttachWay(rawValue: "BPF_LINK_CREATE")
    /// A link that was there before, and was opened by its pin or its id.
    public static let opened = AttachWay(rawValue: "opened")
}

extension AttachWay: CustomStringConvertible {
    /// The words.
    public var description: String { rawValue }
}
