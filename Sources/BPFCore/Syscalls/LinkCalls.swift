// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF

extension BPFCommand {
    /// `BPF_LINK_GET_FD_BY_ID` (5.8); needs `CAP_SYS_ADMIN`.
    static func openLink(id: UInt32) throws(Errno) -> OwnedDescriptor { try open(CBPF_LINK_GET_FD_BY_ID, id: id) }
}

extension Links {
    /// Puts another program in the place of a link's (`BPF_LINK_UPDATE`, 5.7).
    static func update(link: Int32, program: Int32) throws(Errno) {
        var attributes = cbpf_link_update_attr()
        attributes.link_fd = UInt32(bitPattern: link)
        attributes.new_prog_fd = UInt32(bitPattern: program)
        try BPFCommand.call(CBPF_LINK_UPDATE, &attributes)
    }

    /// Makes an iterator of a link (`BPF_ITER_CREATE`, 5.8): reading the descriptor runs the program.
    static func createIterator(link: Int32) throws(Errno) -> OwnedDescriptor {
        var attributes = cbpf_iter_create_attr()
        attributes.link_fd = UInt32(bitPattern: link)
        return OwnedDescriptor(owning: try BPFCommand.call(CBPF_ITER_CREATE, &attributes))
    }

    /// What the kernel tells of a link.
    struct Facts {
        /// The members that all links have, and bytes of those of its kind.
        var facts: cbpf_link_info
        /// The name in it.
        var name: String?
        /// `enum bpf_perf_event_type` of those with a name.
        var event: UInt32?
        /// `attach_type`.
        var attachType: AttachType?
        /// Where it is, of those without a name.
        var place: LinkPlace?
        /// What a tracing link is on: a program or the types of the kernel, and the function in its types; 0 where the
        /// kernel does not tell (before Linux 5.13).
        var traced: (object: UInt32, type: UInt32)?
    }

    /// Asks about a link, with room for the name that some have.
    static func info(of link: Int32) throws(Errno) -> Facts {
        var facts = cbpf_link_info()
        try BPFCommand.readInfo(of: link, into: &facts)
        var info = Facts(facts: facts)
        switch facts.type {
        case kinds.tracing:
            info.attachType = AttachType(rawValue: facts.number)
            info.traced = (facts.number2, facts.number3)
        case kinds.cgroup:
            info.place = .cgroup(id: UInt64(facts.number2) << 32 | UInt64(facts.number))
            info.attachType = AttachType(rawValue: facts.number3)
        case kinds.netns:
            info.place = .networkNamespace(inode: facts.number)
            info.attachType = AttachType(rawValue: facts.number2)
        case kinds.xdp:
            info.place = .device(index: facts.number)
        case kinds.tcx, kinds.netkit:
            info.place = .device(index: facts.number)
            info.attachType = AttachType(rawValue: facts.number2)
        case kinds.sockmap:
            info.place = .map(id: facts.number)
            info.attachType = AttachType(rawValue: facts.number2)
        case kinds.netfilter:
            info.place = .netfilter(
                family: facts.number, hook: facts.number2, priority: Int32(bitPattern: facts.number3))
        case kinds.rawTracepoint, kinds.iterator:
            info.name = try name { (address, size) throws(Errno) in
                var named = cbpf_link_info_named()
                (named.name, named.name_len) = (address, size)
                try BPFCommand.readInfo(of: link, into: &named)
            }
        // Functions, paths of user programs and trace events have their names at one place.
        case kinds.perfEvent where namedEvents.contains(facts.number):
            info.event = facts.number
            info.name = try name { (address, size) throws(Errno) in
                var named = cbpf_link_info_kprobe()
                (named.func_name, named.name_len) = (address, size)
                try BPFCommand.readInfo(of: link, into: &named)
            }
        default: break
        }
        return info
    }

    /// Asks with room for a name.
    private static func name(_ ask: (UInt64, UInt32) throws(Errno) -> Void) throws(Errno) -> String? {
        // KSYM_NAME_LEN; of a longer one the kernel gives the beginning, and says ENOSPC.
        var room = [UInt8](repeating: 0, count: 512)
        do throws(Errno) {
            try unsafe room.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
                try ask(UInt64(UInt(bitPattern: buffer.baseAddress)), UInt32(truncatingIfNeeded: buffer.count))
            }
        } catch {
            guard error == .noSpace else { throw error }
        }
        let bytes = room.prefix { $0 != 0 }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// `BPF_PERF_EVENT_UPROBE` to `BPF_PERF_EVENT_TRACEPOINT` of `enum bpf_perf_event_type` (Linux 6.6).
    private static let namedEvents: ClosedRange<UInt32> = 1...5

    /// Numbers of `enum bpf_link_type`.
    private static let kinds = (
        rawTracepoint: UInt32(1), tracing: UInt32(2), cgroup: UInt32(3), iterator: UInt32(4), netns: UInt32(5),
        xdp: UInt32(6), perfEvent: UInt32(7), netfilter: UInt32(10), tcx: UInt32(11), netkit: UInt32(13),
        sockmap: UInt32(14)
    )
}
