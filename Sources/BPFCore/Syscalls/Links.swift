// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// The commands of bpf(2) for links.
package enum Links {
    /// `BPF_PERF_EVENT` of `enum bpf_attach_type`.
    private static let perfEvent: UInt32 = 41
    /// `BPF_PERF_EVENT_KPROBE` and `BPF_PERF_EVENT_KRETPROBE` of `enum bpf_perf_event_type`.
    static let kprobeTypes: ClosedRange<UInt32> = 3...4

    /// Ties a program to a perf event with `BPF_LINK_CREATE` (Linux 5.15; `EINVAL` before).
    ///
    /// - Parameter cookie: What the program gets from `bpf_get_attach_cookie`.
    package static func create(
        program: Int32, perfEvent event: Int32, cookie: UInt64 = 0
    ) throws(Errno) -> OwnedDescriptor {
        var attributes = cbpf_link_create_perf_attr()
        attributes.prog_fd = UInt32(bitPattern: program)
        attributes.target_fd = UInt32(bitPattern: event)
        attributes.attach_type = perfEvent
        attributes.bpf_cookie = cookie
        return OwnedDescriptor(owning: try BPFCommand.call(CBPF_LINK_CREATE, &attributes))
    }

    /// Hits that the kernel dropped since a probe was busy already (`bpf_link_info.perf_event.kprobe.missed`, Linux 6.7).
    ///
    /// - Returns: nil if the kernel does not count them, which shows in how much it tells of a link.
    package static func missed(link: Int32) throws(Errno) -> UInt64? {
        var info = cbpf_link_info_kprobe()
        let known = try BPFCommand.readInfo(of: link, into: &info)
        let end = MemoryLayout<cbpf_link_info_kprobe>.offset(of: \.cookie) ?? MemoryLayout<cbpf_link_info_kprobe>.size
        guard known >= end else { return nil }
        return kprobeTypes.contains(info.perf_event_type) ? info.missed : nil
    }
}
