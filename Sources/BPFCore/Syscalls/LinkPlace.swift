// SPDX-License-Identifier: Apache-2.0

/// Where a link is on the network or on control groups, in the numbers of the kernel.
public enum LinkPlace: Sendable, Hashable {
    /// A network device by its index, in a network namespace that the kernel does not tell.
    case device(index: UInt32)
    /// A control group by its id.
    case cgroup(id: UInt64)
    /// A network namespace by the inode of its file.
    case networkNamespace(inode: UInt32)
    /// A map of sockets by its id.
    case map(id: UInt32)
    /// A hook of netfilter: `NFPROTO_*`, the number of the hook, and the priority.
    case netfilter(family: UInt32, hook: UInt32, priority: Int32)
}
