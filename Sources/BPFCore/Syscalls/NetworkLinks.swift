// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF

extension Links {
    /// Attaches a program with `BPF_LINK_CREATE` to a device by its index, or to what is behind a descriptor.
    ///
    /// - Parameters:
    ///   - program: The program's descriptor.
    ///   - target: The index or the descriptor, 0 or more.
    ///   - attachType: Where there.
    ///   - flags: What the kind of link takes.
    static func create(
        program: Int32, target: UInt32, attachType: AttachType, flags: UInt32 = 0
    ) throws(Errno) -> OwnedDescriptor {
        var attributes = cbpf_link_create_attr()
        attributes.prog_fd = UInt32(bitPattern: program)
        attributes.target_fd = target
        attributes.attach_type = attachType.rawValue
        attributes.flags = flags
        return OwnedDescriptor(owning: try BPFCommand.call(CBPF_LINK_CREATE, &attributes))
    }

    /// Attaches a program to a hook of netfilter in the own network namespace (Linux 6.4).
    static func create(program: Int32, netfilter hook: NetfilterHook) throws(Errno) -> OwnedDescriptor {
        var attributes = cbpf_link_create_netfilter_attr()
        attributes.prog_fd = UInt32(bitPattern: program)
        attributes.attach_type = AttachType.netfilter.rawValue
        attributes.family = hook.family.number
        attributes.hook = hook.point.number
        attributes.priority = hook.priority
        // BPF_F_NETFILTER_IP_DEFRAG
        attributes.netfilter_flags = hook.defragments ? 1 : 0
        return OwnedDescriptor(owning: try BPFCommand.call(CBPF_LINK_CREATE, &attributes))
    }

    /// Attaches a program without a link (`BPF_PROG_ATTACH`).
    static func attach(program: Int32, target: Int32, attachType: AttachType) throws(Errno) {
        var attributes = attachment(program, target, attachType)
        try BPFCommand.call(CBPF_PROG_ATTACH, &attributes)
    }

    /// Takes off a program that was attached without a link (`BPF_PROG_DETACH`).
    static func detach(program: Int32, target: Int32, attachType: AttachType) throws(Errno) {
        var attributes = attachment(program, target, attachType)
        try BPFCommand.call(CBPF_PROG_DETACH, &attributes)
    }

    /// The programs that are attached in a place (`BPF_PROG_QUERY`), the first 64 of them.
    ///
    /// - Throws: `EINVAL` where the kernel does not tell of such a place: of maps of sockets since Linux 5.18.
    static func programs(at target: Int32, attachType: AttachType) throws(Errno) -> [UInt32] {
        var ids = [UInt32](repeating: 0, count: 64)
        var attributes = cbpf_prog_query_attr()
        attributes.target_fd = UInt32(bitPattern: target)
        attributes.attach_type = attachType.rawValue
        try unsafe ids.withUnsafeMutableBufferPointer { (room) throws(Errno) in
            attributes.prog_ids = UInt64(UInt(bitPattern: room.baseAddress))
            attributes.prog_cnt = UInt32(truncatingIfNeeded: room.count)
            try BPFCommand.call(CBPF_PROG_QUERY, &attributes)
        }
        return ids.prefix(Int(attributes.prog_cnt)).filter { $0 != 0 }
    }

    private static func attachment(_ program: Int32, _ target: Int32, _ type: AttachType) -> cbpf_prog_attach_attr {
        cbpf_prog_attach_attr(
            target_fd: UInt32(bitPattern: target), attach_bpf_fd: UInt32(bitPattern: program),
            attach_type: type.rawValue, attach_flags: 0)
    }
}
