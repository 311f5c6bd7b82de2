// SPDX-License-Identifier: Apache-2.0

/// What is known of a structure that programs can be, whatever kernel is at hand: for the words of refusals.
package struct KnownStructure: Sendable {
    /// The first kernel that lets programs be one.
    package let since: KernelRelease
    /// The options that a kernel must be built with.
    package let options: [String]
    /// Functions that the kernel does not do without; each of several names is one of which one is enough.
    let needed: [[String]]
    /// Whether it is known to the kernel by a name in it.
    let hasName: Bool

    /// By the name of the structure.
    package static func named(_ name: String) -> KnownStructure? { all[name] }

    private static let all: [String: KnownStructure] = [
        "tcp_congestion_ops": KnownStructure(
            since: KernelRelease(5, 6), options: ["CONFIG_BPF_JIT"],
            needed: [["ssthresh"], ["undo_cwnd"], ["cong_avoid", "cong_control"]], hasName: true),
        "sched_ext_ops": KnownStructure(
            since: KernelRelease(6, 12), options: ["CONFIG_SCHED_CLASS_EXT"], needed: [], hasName: true),
        "hid_bpf_ops": KnownStructure(
            since: KernelRelease(6, 11), options: ["CONFIG_HID_BPF"], needed: [], hasName: false),
        "Qdisc_ops": KnownStructure(
            since: KernelRelease(6, 16), options: ["CONFIG_NET_SCH_BPF"], needed: [["enqueue"], ["dequeue"]],
            hasName: false),
        "bpf_dummy_ops": KnownStructure(
            since: KernelRelease(5, 16), options: ["CONFIG_NET", "CONFIG_BPF_JIT"], needed: [], hasName: false),
        "io_uring_bpf_ops": KnownStructure(
            since: KernelRelease(7, 1), options: ["CONFIG_IO_URING_BPF_OPS"], needed: [], hasName: false),
    ]
}

extension StructureLayout {
    /// What the kernel misses in the structure, as far as that is known: it says no more than EINVAL.
    package var lacks: [String] {
        guard let known = KnownStructure.named(type) else { return [] }
        var lacks = known.needed.filter { Set($0).isSubset(of: unset) }.map { $0.joined(separator: " or ") }
        if known.hasName, registeredName?.isEmpty == true { lacks.insert("name", at: 0) }
        return lacks
    }
}
