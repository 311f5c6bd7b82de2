// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF

extension Links {
    /// Registers the structure of functions that is in a map (`BPF_LINK_CREATE` of a map, Linux 6.4).
    static func create(structure map: Int32) throws(Errno) -> OwnedDescriptor {
        var attributes = cbpf_link_create_attr()
        // The kernel has the map's descriptor in the place of a program's.
        attributes.prog_fd = UInt32(bitPattern: map)
        attributes.attach_type = AttachType.structOps.rawValue
        return OwnedDescriptor(owning: try BPFCommand.call(CBPF_LINK_CREATE, &attributes))
    }
}

extension BPFCommand {
    /// Lets a program hold a map that it does not use (`BPF_PROG_BIND_MAP`, Linux 5.10).
    static func bind(map: Int32, to program: Int32) throws(Errno) {
        var attributes = cbpf_prog_bind_map_attr(
            prog_fd: UInt32(bitPattern: program), map_fd: UInt32(bitPattern: map), flags: 0)
        try call(CBPF_PROG_BIND_MAP, &attributes)
    }
}
