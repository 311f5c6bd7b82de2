// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// The one door to the bpf system call; every typed call of this folder goes through it.
enum BPFCommand {
    /// Calls bpf(2) with just the bytes that `attributes` has.
    ///
    /// - Parameters:
    ///   - command: `enum bpf_cmd`.
    ///   - attributes: One of the `cbpf_*_attr` structs; the kernel may write into it.
    ///   - size: How many of its bytes the kernel is shown: older kernels know fewer. By default all of them.
    /// - Returns: What the call returns, 0 or more.
    @discardableResult
    static func call<Attributes: BitwiseCopyable>(
        _ command: Int, _ attributes: inout Attributes, size: Int? = nil
    ) throws(Errno) -> Int32 {
        let size = min(size ?? .max, MemoryLayout<Attributes>.size)
        return try DescriptorLimit.retrying {
            unsafe withUnsafeMutablePointer(to: &attributes) { pointer in
                unsafe cbpf_bpf(Int32(command), pointer, UInt32(size))
            }
        }
    }
}
