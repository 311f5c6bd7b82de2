// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject
internal import CBPF

/// Files of megabytes whose size stat(2) tells: no growing copies.
extension KernelFile {
    /// Reads a part of an open file; less than was asked for if it ends there.
    static func bytes(
        of file: borrowing OwnedDescriptor, at offset: UInt64, count: Int
    ) throws(Errno) -> [UInt8] {
        var content = [UInt8](repeating: 0, count: count)
        let filled = try unsafe content.withUnsafeMutableBufferPointer { (room) throws(Errno) in
            try unsafe fill(UnsafeMutableRawBufferPointer(room), from: file, at: offset)
        }
        return Array(content[..<filled])
    }

    /// Reads a part of an open file into memory of its own; less than was asked for is an error.
    static func memory(
        of file: borrowing OwnedDescriptor, at offset: UInt64, count: Int
    ) throws(Errno) -> BTFMemory {
        try unsafe memory(count: count) { (room) throws(Errno) in
            let filled = try unsafe fill(room, from: file, at: offset)
            guard filled == room.count else { throw .ioError }
            return filled
        }
    }

    /// Reads until the memory is full or the file ends.
    ///
    /// - Returns: The bytes that were read.
    private static func fill(
        _ room: UnsafeMutableRawBufferPointer, from file: borrowing OwnedDescriptor, at offset: UInt64
    ) throws(Errno) -> Int {
        var filled = 0
        while filled < room.count {
            let got = unsafe pread(
                file.rawValue, room.baseAddress.map { unsafe $0 + filled }, room.count - filled, off_t(offset) + filled)
            if got < 0, Errno.last == .interrupted { continue }
            guard got >= 0 else { throw .last }
            guard got > 0 else { break }
            filled += got
        }
        return filled
    }

    /// Memory of its own, filled by a call; pages that come with the mapping cost less than a fault each.
    static func memory(
        count: Int, fill: (UnsafeMutableRawBufferPointer) throws(Errno) -> Int
    ) throws(Errno) -> BTFMemory {
        guard count > 0 else { return unsafe BTFMemory(UnsafeRawBufferPointer(start: nil, count: 0)) { _ in } }
        guard let room = unsafe cbpf_mmap_populated(count) else { throw .last }
        do throws(Errno) {
            _ = try unsafe fill(UnsafeMutableRawBufferPointer(start: room, count: count))
        } catch {
            unsafe _ = munmap(room, count)
            throw error
        }
        // Only now: what the first byte is tells the byte order.
        return unsafe owned(UnsafeRawBufferPointer(start: room, count: count))
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
        return unsafe owned(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Takes over a mapping of our own.
    private static func owned(_ mapping: UnsafeRawBufferPointer) -> BTFMemory {
        unsafe BTFMemory(mapping) { memory in
            // munmap(2) has nothing to refuse.
            unsafe _ = munmap(UnsafeMutableRawPointer(mutating: memory.baseAddress), memory.count)
        }
    }
}
