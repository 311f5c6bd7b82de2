// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Synchronization

/// The memory of a BPF ring buffer: the consumer's page, which is ours to write, and the producer's page with the data
/// behind it, mapped twice in a row (`ringbuf_map_mmap_kern`, Linux 5.8).
@safe struct RingBufferMapping: ~Copyable, @unchecked Sendable {
    private let consumerPage: UnsafeMutableRawPointer
    private let producerPage: UnsafeMutableRawPointer
    /// The bytes of the data area, a power of two.
    let size: Int

    /// Maps a ring buffer.
    ///
    /// - Parameters:
    ///   - descriptor: The map.
    ///   - size: Its `max_entries`, a power of two and a multiple of the page size.
    static func map(_ descriptor: Int32, size: Int) throws(Errno) -> RingBufferMapping {
        let page = MemoryPage.size
        guard let consumer = unsafe cbpf_mmap_shared(descriptor, page, 1, 0) else { throw .last }
        guard let producer = unsafe cbpf_mmap_shared(descriptor, page + 2 * size, 0, page) else {
            let errno = Errno.last
            unsafe munmap(consumer, page)
            throw errno
        }
        return unsafe RingBufferMapping(consumerPage: consumer, producerPage: producer, size: size)
    }

    private init(consumerPage: UnsafeMutableRawPointer, producerPage: UnsafeMutableRawPointer, size: Int) {
        unsafe self.consumerPage = consumerPage
        unsafe self.producerPage = producerPage
        self.size = size
    }

    deinit {
        unsafe munmap(consumerPage, MemoryPage.size)
        unsafe munmap(producerPage, MemoryPage.size + 2 * size)
    }

    /// The position after the last byte that programs have reserved (`producer_pos`).
    var producer: UInt64 {
        unsafe Self.position(producerPage).pointee.load(ordering: .acquiring)
    }

    /// The position of the first record that nobody has read (`consumer_pos`).
    var consumer: UInt64 {
        unsafe Self.position(consumerPage).pointee.load(ordering: .acquiring)
    }

    /// Gives what lies between two positions back to the programs.
    ///
    /// A program that commits a record wakes us only if we had read everything before it, so what we publish here must
    /// be seen before we look at the producer's position for the last time: hence the full fence.
    ///
    /// - Returns: False, with nothing given back, if the position in memory is not `old`: another reader has moved it.
    func release(from old: UInt64, to new: UInt64) -> Bool {
        let position = unsafe Self.position(consumerPage)
        let (exchanged, _) = unsafe position.pointee.compareExchange(
            expected: old, desired: new, successOrdering: .releasing, failureOrdering: .relaxed)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return exchanged
    }

    /// The data, both of its mappings.
    ///
    /// What lies between consumer and producer and is not busy stands still; the rest programs may be writing.
    var area: RawSpan {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe UnsafeRawBufferPointer(start: producerPage + MemoryPage.size, count: 2 * size)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
        }
    }

    /// Both positions are the first `unsigned long` of their page.
    private static func position(_ page: UnsafeMutableRawPointer) -> UnsafePointer<Atomic<UInt64>> {
        unsafe UnsafePointer(page.assumingMemoryBound(to: Atomic<UInt64>.self))
    }
}
