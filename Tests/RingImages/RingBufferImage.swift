// SPDX-License-Identifier: Apache-2.0

/// The data area of a BPF ring buffer with both of its mappings, written as the kernel writes it.
public struct RingBufferImage {
    /// The bytes, both mappings.
    public private(set) var area: [UInt8]
    /// What a reader has read up to.
    public var consumer: UInt64
    /// What programs have reserved up to.
    public private(set) var producer: UInt64
    /// The number that a reader gives the map.
    public var source: UInt32 = 0

    /// Makes an empty ring buffer.
    ///
    /// - Parameters:
    ///   - size: A power of two.
    ///   - position: Where both positions stand at the start.
    public init(size: Int, position: UInt64 = 0) {
        area = [UInt8](repeating: 0xa5, count: 2 * size)
        consumer = position
        producer = position
    }

    /// Writes a record with a header that may lie, and moves the producer by what was written, up to a multiple of 8.
    public mutating func append(header: UInt32, body: [UInt8]) {
        let record = bytes(header) + bytes(UInt32(7)) + body
        let size = area.count / 2
        for (index, byte) in record.enumerated() {
            let at = Int((producer &+ UInt64(index)) & UInt64(size - 1))
            area[at] = byte
            area[at + size] = byte
        }
        producer &+= UInt64(record.count + 7) & ~7
    }

    /// Writes a sample.
    public mutating func append(_ sample: [UInt8]) { append(header: UInt32(sample.count), body: sample) }

    /// Writes a sample that its program has not finished.
    public mutating func append(busy sample: [UInt8]) { append(header: UInt32(sample.count) | 1 << 31, body: sample) }

    /// Writes a sample that its program has given back.
    public mutating func append(discarded sample: [UInt8]) {
        append(header: UInt32(sample.count) | 1 << 30, body: sample)
    }
}
