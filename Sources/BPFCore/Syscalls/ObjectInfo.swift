// SPDX-License-Identifier: Apache-2.0

internal import CBPF
package import SystemPackage

/// `BPF_OBJ_GET_INFO_BY_FD`, for maps, programs and links alike.
package enum ObjectInfo {
    /// Asks the kernel for what it knows of an object.
    ///
    /// - Parameters:
    ///   - descriptor: Of a map, program or link.
    ///   - info: One of the `cbpf_*_info` structs; the kernel reads its pointers and fills what it knows.
    /// - Returns: How many bytes the kernel filled.
    @discardableResult
    package static func read<Info: BitwiseCopyable>(
        _ descriptor: Int32, into info: inout Info
    ) throws(Errno) -> UInt32 {
        try unsafe withUnsafeMutablePointer(to: &info) { pointer throws(Errno) in
            var attributes = cbpf_info_attr()
            attributes.bpf_fd = UInt32(bitPattern: descriptor)
            attributes.info_len = UInt32(MemoryLayout<Info>.size)
            attributes.info = UInt64(UInt(bitPattern: pointer))
            try BPFCommand.call(CBPF_OBJ_GET_INFO_BY_FD, &attributes)
            return attributes.info_len
        }
    }
}
