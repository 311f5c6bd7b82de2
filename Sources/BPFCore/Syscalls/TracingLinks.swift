// SPDX-License-Identifier: Apache-2.0

package import BPFObject
internal import CBPF
package import SystemPackage

extension Links {
    /// Attaches a program to the target that it was loaded with, with `BPF_LINK_CREATE`.
    ///
    /// - Parameters:
    ///   - program: The descriptor of a program with an `attach_btf_id`.
    ///   - attachType: Its `expected_attach_type`.
    /// - Throws: `EINVAL` before Linux 5.19, but for iterators (5.8).
    package static func create(program: Int32, attachType: AttachType) throws(Errno) -> OwnedDescriptor {
        var attributes = cbpf_link_create_attr()
        attributes.prog_fd = UInt32(bitPattern: program)
        attributes.attach_type = attachType.rawValue
        return OwnedDescriptor(owning: try BPFCommand.call(CBPF_LINK_CREATE, &attributes))
    }

    /// Attaches a program with `BPF_RAW_TRACEPOINT_OPEN`.
    ///
    /// - Parameters:
    ///   - program: The descriptor of a program of type raw tracepoint (Linux 4.17), or one with an `attach_btf_id` (5.5).
    ///   - name: The tracepoint; nil for what the program was loaded with.
    /// - Returns: A link; before Linux 5.8 a descriptor that does the same.
    package static func openRawTracepoint(program: Int32, name: String?) throws(Errno) -> OwnedDescriptor {
        var attributes = cbpf_raw_tracepoint_attr()
        attributes.prog_fd = UInt32(bitPattern: program)
        guard let name else {
            return OwnedDescriptor(owning: try BPFCommand.call(CBPF_RAW_TRACEPOINT_OPEN, &attributes))
        }
        // The kernel reads the name during the call.
        let bytes = Array(name.utf8) + [0]
        let result = unsafe bytes.withUnsafeBufferPointer { buffer in
            attributes.name = UInt64(UInt(bitPattern: buffer.baseAddress))
            return Result { () throws(Errno) in try BPFCommand.call(CBPF_RAW_TRACEPOINT_OPEN, &attributes) }
        }
        return OwnedDescriptor(owning: try result.get())
    }
}
