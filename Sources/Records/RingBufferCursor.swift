// SPDX-License-Identifier: Apache-2.0

public import Synchronization

/// Goes from record to record of a BPF ring buffer (`kernel/bpf/ringbuf.c`, Linux 5.8), in any memory.
///
/// A record is a `u32` with the length of the sample and two flags in its upper bits, a `u32` that is the kernel's own,
/// and the sample; the next one begins at the next multiple of 8. The data area is mapped twice in a row, so a record
/// is never in two pieces. Every length is checked before it is used.
public struct RingBufferCursor: ~Escapable {
    /// What is at a position.
    public enum Record: Equatable, Sendable {
        /// A sample; the range is its bytes in the area.
        case sample(Range<Int>)
        /// Room that the program gave back (`bpf_ringbuf_discard`).
        case discarded
        /// Room that a program is still writing to: the cursor stays, and reading goes on here later.
        case busy
        /// Nothing: the cursor has come to the producer's position.
        case end
    }

    /// The bytes in front of a sample (`BPF_RINGBUF_HDR_SZ`).
    public static let headerSize = 8
    /// `BPF_RINGBUF_BUSY_BIT`.
    @usableFromInline static let busyBit: UInt32 = 1 << 31
    /// `BPF_RINGBUF_DISCARD_BIT`.
    @usableFromInline static let discardBit: UInt32 = 1 << 30

    /// The position of the next record; positions count up for ever and wrap in the area.
    @inlinable
    public var position: UInt64 { reached }
    @usableFromInline var reached: UInt64
    @usableFromInline let producer: UInt64
    @usableFromInline let mask: UInt64
    @usableFromInline let area: RawSpan

    /// Starts between two positions.
    ///
    /// - Parameters:
    ///   - area: The data, both of its mappings: twice as many bytes as the ring buffer has.
    ///   - consumer: The position of the first unread record.
    ///   - producer: The position after the last byte that programs have reserved.
    /// - Throws: What of this cannot be true.
    @inlinable
    @_lifetime(copy area)
    public init(_ area: RawSpan, from consumer: UInt64, to producer: UInt64) throws(RingBufferError) {
        let size = area.byteCount / 2
        let isAligned = unsafe area.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) % 8 == 0 }
        guard size >= Self.headerSize, size & (size - 1) == 0, area.byteCount == size * 2, isAligned else {
            throw .area(bytes: area.byteCount)
        }
        guard consumer % 8 == 0, producer % 8 == 0, producer &- consumer <= UInt64(size) else {
            throw .positions(consumer: consumer, producer: producer, size: size)
        }
        self.area = area
        self.producer = producer
        mask = UInt64(size - 1)
        reached = consumer
    }

    /// Tells what is at the position, and goes on to the next record unless it is busy.
    ///
    /// - Throws: ``RingBufferError/recordTooLong(position:length:available:)``; the cursor stays in front of that record.
    @inlinable
    @_lifetime(self: copy self)
    public mutating func next() throws(RingBufferError) -> Record {
        guard reached != producer else { return .end }
        let start = Int(reached & mask)
        let header = header(at: start)
        guard header & Self.busyBit == 0 else { return .busy }
        return try pass(header, at: start)
    }

    /// Tells what is at the position, and goes on to the next record also if it is busy: its length is known.
    ///
    /// - Throws: ``RingBufferError/recordTooLong(position:length:available:)``; the cursor stays in front of that record.
    @_lifetime(self: copy self)
    mutating func nextOrUnfinished() throws(RingBufferError) -> Record {
        guard reached != producer else { return .end }
        let start = Int(reached & mask)
        let header = header(at: start)
        let record = try pass(header, at: start)
        return header & Self.busyBit == 0 ? record : .busy
    }

    @inlinable
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func pass(_ header: UInt32, at start: Int) throws(RingBufferError) -> Record {
        let length = Int(header & ~(Self.busyBit | Self.discardBit))
        // At most 2^30 + 14, so nothing overflows.
        let taken = UInt64(length + Self.headerSize + 7) & ~7
        let available = producer &- reached
        guard taken <= available else {
            throw .recordTooLong(position: reached, length: length, available: available)
        }
        reached &+= taken
        let sample = start + Self.headerSize
        return header & Self.discardBit == 0 ? .sample(sample..<(sample + length)) : .discarded
    }

    /// Reads a header as the producer releases it: what it says of the sample holds for the bytes behind it.
    ///
    /// The kernel writes the header of a record that is done after its sample, on another CPU.
    @inlinable
    func header(at offset: Int) -> UInt32 {
        unsafe area.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return Self.busyBit }
            return unsafe (base + offset).assumingMemoryBound(to: Atomic<UInt32>.self).pointee.load(
                ordering: .acquiring)
        }
    }
}
