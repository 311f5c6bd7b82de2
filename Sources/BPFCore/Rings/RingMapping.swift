// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Synchronization

/// The memory of a perf ring: the page of positions and the data behind it, shared with the kernel.
///
/// The kernel moves `data_head` after it has written records, we move `data_tail` after we have read them. Acquire and
/// release order that on every machine, as the comments at the end of `<linux/perf_event.h>` ask for.
@safe struct RingMapping: ~Copyable, @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    private let length: Int
    private let dataOffset: Int
    /// The bytes of the data area, a power of two.
    let dataSize: Int

    /// Maps the ring of a perf event.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - pages: Data pages of the machine's page size, a power of two.
    ///   - isWritable: Whether the kernel waits for us to read; else it writes over what nobody has read.
    static func map(
        event: borrowing OwnedDescriptor, pages: Int, isWritable: Bool = true
    ) throws(Errno) -> RingMapping {
        let length = (pages + 1) * MemoryPage.size
        guard let base = unsafe cbpf_mmap_shared(event.rawValue, length, isWritable ? 1 : 0, 0) else { throw .last }
        let header = unsafe base.assumingMemoryBound(to: perf_event_mmap_page.self)
        // Where the data starts and how much it is, the kernel itself tells (4.1); a page is not 4096 bytes everywhere.
        let offset = Int(truncatingIfNeeded: unsafe header.pointee.data_offset)
        let size = Int(truncatingIfNeeded: unsafe header.pointee.data_size)
        guard offset > 0, size > 0, size & (size - 1) == 0, offset <= length, size <= length - offset else {
            unsafe munmap(base, length)
            throw .invalidArgument
        }
        return unsafe RingMapping(base: base, length: length, dataOffset: offset, dataSize: size)
    }

    private init(base: UnsafeMutableRawPointer, length: Int, dataOffset: Int, dataSize: Int) {
        unsafe self.base = base
        self.length = length
        self.dataOffset = dataOffset
        self.dataSize = dataSize
    }

    deinit {
        unsafe munmap(base, length)
    }

    /// The position after the last byte that the kernel has written (`data_head`).
    var head: UInt64 {
        unsafe atomic(at: Self.headOffset).pointee.load(ordering: .acquiring)
    }

    /// Tells the kernel that everything before a position has been read (`data_tail`).
    func release(to tail: UInt64) {
        unsafe atomic(at: Self.headOffset + 8).pointee.store(tail, ordering: .releasing)
    }

    /// The data area.
    ///
    /// What lies between tail and head stands still; the rest the kernel may be writing.
    var data: RawSpan {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe UnsafeRawBufferPointer(start: base + dataOffset, count: dataSize)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
        }
    }

    /// `offsetof(struct perf_event_mmap_page, data_head)`; `data_tail` follows it.
    static let headOffset = 1024

    private func atomic(at offset: Int) -> UnsafePointer<Atomic<UInt64>> {
        unsafe UnsafePointer((base + offset).assumingMemoryBound(to: Atomic<UInt64>.self))
    }
}
