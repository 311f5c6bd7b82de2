// SPDX-License-Identifier: Apache-2.0
// Counts packets and bytes by what they carry, and lets all of them pass: the C twin is xdp_count.bpf.c.
import BPFKit

struct traffic {
    var packets: UInt64
    var bytes: UInt64
}

/// By the type of the frame, as the network has it: 0x0800 IPv4, 0x86dd IPv6, 0x0806 ARP.
let by_type = HashMap<UInt32, traffic>(maxEntries: 256)

@section("xdp") func xdp_count(_ context: XDPContext) -> XDPAction {
    guard let type = context.load(12, as: UInt16.self) else { return .pass }
    let key = UInt32(UInt16(bigEndian: type))
    let bytes = UInt64(context.reachableBytes)
    by_type.insert(traffic(packets: 0, bytes: 0), for: key, .ifAbsent)
    if let count = by_type.pointer(to: key) {
        add(1, to: &count.pointee.packets)
        add(bytes, to: &count.pointee.bytes)
    }
    return .pass
}
