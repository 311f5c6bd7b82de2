// SPDX-License-Identifier: Apache-2.0

public import BPFObject
internal import CBPF
internal import Diagnostics

/// The kind of a link (`enum bpf_link_type`); a number without a name here is one of a newer kernel.
public struct LinkKind: RawRepresentable, Sendable, Hashable {
    /// The kernel's number.
    public let rawValue: UInt32
    /// Creates a kind from its number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `BPF_LINK_TYPE_RAW_TRACEPOINT`: tracepoints, with typed arguments too.
    public static let rawTracepoint = LinkKind(rawValue: 1)
    /// `BPF_LINK_TYPE_TRACING`: functions by BTF, and hooks of the security modules.
    public static let tracing = LinkKind(rawValue: 2)
    /// `BPF_LINK_TYPE_ITER`.
    public static let iterator = LinkKind(rawValue: 4)
    /// `BPF_LINK_TYPE_PERF_EVENT`: probes, trace events and samples (Linux 5.15).
    public static let perfEvent = LinkKind(rawValue: 7)

    /// `BPF_LINK_TYPE_KPROBE_MULTI`: many functions of the kernel (Linux 5.18).
    public static let kprobeMulti = LinkKind(rawValue: 8)
    /// `BPF_LINK_TYPE_STRUCT_OPS`: a structure of functions (Linux 6.4).
    public static let structOps = LinkKind(rawValue: 9)
    /// `BPF_LINK_TYPE_TRACING_MULTI`: many functions by BTF (Linux 7.2).
    public static let tracingMulti = LinkKind(rawValue: 15)

    /// In the order of their numbers, as bpftool prints them, and whether the kernel exchanges their programs.
    private static let names: [(name: String, takesUpdates: Bool)] = [
        ("unspec", false), ("raw_tracepoint", false), ("tracing", false), ("cgroup", true), ("iter", true),
        ("netns", true), ("xdp", true), ("perf_event", false), ("kprobe_multi", false), ("struct_ops", false),
        ("netfilter", false), ("tcx", true), ("uprobe_multi", false), ("netkit", true), ("sockmap", true),
        ("tracing_multi", false),
    ]

    /// Whether the kernel puts another program in the place of the one of such a link.
    public var takesUpdates: Bool {
        rawValue < UInt32(Self.names.count) && Self.names[Int(rawValue)].takesUpdates
    }
}

extension LinkKind: CustomStringConvertible {
    /// The name as bpftool prints it, such as `raw_tracepoint`, or `kind 99`.
    public var description: String {
        rawValue < UInt32(Self.names.count) ? Self.names[Int(rawValue)].name : "kind \(rawValue)"
    }
}

extension Link {
    /// What the kernel tells of a link (`struct bpf_link_info`).
    public struct Info: Sendable, Equatable {
        /// The id, unique as long as the link lives.
        public var id: UInt32
        /// The kind.
        public var kind: LinkKind
        /// The id of the program; 0 if the link has none at the moment.
        public var programID: UInt32
        /// What the kernel calls the target: a tracepoint, a function, what an iterator shows; nil if it does not tell.
        public var target: String?
        /// What kind of perf event it is: `kprobe`, `tracepoint` and so on; nil if it is none, or the kernel does not tell.
        public var event: String?
        /// Where in its target the program is, of links by BTF and of those on the network and on control groups.
        public var attachType: AttachType?
        /// The id of the map of a structure of functions; nil of other links.
        public var mapID: UInt32?
        /// The numbers of its place, on the network and on control groups.
        public var place: LinkPlace?

        /// `enum bpf_perf_event_type`, in the order of its numbers.
        private static let events = ["unspec", "uprobe", "uretprobe", "kprobe", "kretprobe", "tracepoint", "event"]

        init(of link: Int32) throws(Errno) {
            let found = try Links.info(of: link)
            id = found.facts.id
            kind = LinkKind(rawValue: found.facts.type)
            programID = found.facts.prog_id
            target = found.name
            event = found.event.flatMap { Self.events.indices.contains(Int($0)) ? Self.events[Int($0)] : nil }
            attachType = found.attachType
            place = found.place
            if kind == .structOps {
                mapID = found.facts.number
                target = Map.name(ofID: found.facts.number)
            }
        }
    }

    /// Asks the kernel about the link (`BPF_OBJ_GET_INFO_BY_FD` of a link, Linux 5.8).
    ///
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/info``: where the program is attached without a `bpf_link` there
    ///   is nothing to ask, and the cause says so.
    public func info() throws(BPFError) -> Info {
        let message = "cannot read what the link of \(subject) is"
        let link = try descriptor(.info, message)
        do throws(Errno) {
            return try Info(of: link)
        } catch {
            throw BPFError(
                .info, .infoRefused, errno: error, message,
                cause: error == .invalidArgument ? "before Linux 5.8 the kernel tells nothing of links" : nil)
        }
    }
}
