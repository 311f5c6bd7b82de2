// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Synchronization

/// The memory of a ring buffer in overwrite mode (Linux 6.19), for reading only.
///
/// It is the producer's page and the data behind it, mapped twice in a row. The consumer's page is left alone, since programs wait for nobody.
@safe struct OverwrittenMapping: ~Copyable, @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    /// The bytes of the data area, a power of two.
    let size: Int

    /// Maps a ring buffer.
    ///
    /// - Parameters:
    ///   - descriptor: The map; one that is frozen or was opened for reading only will do.
    ///   - size: Its `max_entries`, a power of two and a multiple of the page size.
    static func map(_ descriptor: Int32, size: Int) throws(Errno) -> OverwrittenMapping {
        let page = MemoryPage.size
        guard let base = unsafe cbpf_mmap_shared(descriptor, page + 2 * size, 0, page) else { throw .last }
        return unsafe OverwrittenMapping(base: base, size: size)
    }

    private init(base: UnsafeMutableRawPointer, size: Int) {
        unsafe self.base = base
        self.size = size
    }

    deinit { unsafe munmap(base, MemoryPage.size + 2 * size) }

    /// The position after the last byte that programs have reserved (`producer_pos`).
    var producer: UInt64 { position(0) }

    /// The position of the first record that is still there (`overwrite_pos`, behind `producer_pos` and `pending_pos`).
    ///
    /// The kernel moves it before it writes over what is in front of it; what was read of the area before is read by now.
    /// But for x86 nothing orders the kernel's two stores, so that what it tells there may be of a moment before:
    /// ``settledOverwritten`` is not.
    var overwritten: UInt64 {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return position(16)
    }

    /// The same, on each machine behind the last byte that was written over when it is asked.
    ///
    /// But for x86 it takes as long as all CPUs need to come by, some ten milliseconds.
    var settledOverwritten: UInt64 {
        #if !(arch(x86_64) || arch(i386))
            // After this every CPU has made the stores that it had begun. Where the kernel refuses it (nohz_full), time
            // does it.
            if cbpf_membarrier_global() != 0 { usleep(1000) }
        #endif
        return overwritten
    }

    /// The data, both of its mappings; programs may be writing any of it.
    var area: RawSpan {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe UnsafeRawBufferPointer(start: base + MemoryPage.size, count: 2 * size)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
        }
    }

    private func position(_ offset: Int) -> UInt64 {
        unsafe UnsafePointer((base + offset).assumingMemoryBound(to: Atomic<UInt64>.self)).pointee.load(
            ordering: .acquiring)
    }
}

/// Memory of our own that a ring is copied to.
@safe struct RingCopy: ~Copyable, @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    private let count: Int
    /// The bytes that were copied.
    private var used = 0

    /// Takes memory, with its pages, so that copying does not wait for them.
    init(byteCount: Int) throws(Errno) {
        count = max(byteCount, 1)
        guard let base = unsafe cbpf_mmap_populated(count) else { throw .last }
        unsafe self.base = base
    }

    deinit { unsafe munmap(base, count) }

    /// Copies bytes behind those that are there.
    mutating func append(_ bytes: RawSpan) {
        let length = min(bytes.byteCount, count - used)
        unsafe bytes.extracting(first: length).withUnsafeBytes { source in
            guard let start = source.baseAddress, length > 0 else { return }
            unsafe (base + used).copyMemory(from: start, byteCount: length)
        }
        used += length
    }

    /// What was copied.
    var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe UnsafeRawBufferPointer(start: base, count: used)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
        }
    }
}
