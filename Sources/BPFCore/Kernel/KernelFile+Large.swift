// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import SystemPackage

/// Files of megabytes whose size stat(2) tells: no growing copies.
extension KernelFile {
    /// Reads a part of an open file; less than was asked for if it ends there.
    static func bytes(
        of file: borrowing OwnedDescriptor, at offset: UInt64, count: Int
    ) throws(Errno) -> [UInt8] {
        var failure: Errno?
        let number = file.rawValue
        let content = unsafe [UInt8](unsafeUninitializedCapacity: count) { room, filled in
            while filled < count {
                let got = unsafe pread(
                    number, room.baseAddress.map { unsafe $0 + filled }, count - filled, off_t(offset) + filled)
                if got < 0, Errno.last == .interrupted { continue }
                if got < 0 { failure = .last }
                guard got > 0 else { return }
                filled += got
            }
        }
        if let failure { throw failure }
        return content
    }

    /// The size of an open file in bytes.
    static func size(of file: borrowing OwnedDescriptor) throws(Errno) -> Int {
        var facts = stat()
        guard unsafe fstat(file.rawValue, &facts) == 0 else { throw .last }
        return Int(facts.st_size)
    }

    /// Maps a file of sysfs, which saves the copy; nil if it is not to be mapped.
    ///
    /// Only sysfs, whose files do not shrink while they are mapped: /sys/kernel/btf/vmlinux from Linux 6.16 on.
    static func mapped(_ file: borrowing OwnedDescriptor, count: Int) -> BTFMemory? {
        var system = statfs()
        guard unsafe fstatfs(file.rawValue, &system) == 0, system.f_type == CBPF_SYSFS_MAGIC, count > 0,
            let base = unsafe cbpf_mmap_private(file.rawValue, count)
        else { return nil }
        return unsafe BTFMemory(UnsafeRawBufferPointer(start: base, count: count)) { memory in
            // A mapping of our own: munmap(2) has nothing to refuse.
            unsafe _ = munmap(UnsafeMutableRawPointer(mutating: memory.baseAddress), memory.count)
        }
    }
}
