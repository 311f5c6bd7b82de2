// SPDX-License-Identifier: Apache-2.0

internal import BTF

extension BTFHandle {
    /// The kernel's own BTF, in one call; nil if the kernel does not hand it out so (before 5.11, without privilege).
    static func kernelMemory() -> BTFMemory? {
        // It is the first BTF that a kernel reads.
        guard let handle = try? open(id: 1), let info = try? handle.info(), info.isKernel, info.name == "vmlinux",
            info.size <= 256 << 20
        else { return nil }
        return try? unsafe KernelFile.memory(count: info.size) { (room) throws(Errno) in
            try unsafe BPFCommand.readBTF(handle.descriptor.rawValue, into: room)
        }
    }
}
