// SPDX-License-Identifier: Apache-2.0

/// The data area of a BPF ring buffer in overwrite mode with both of its mappings, written as the kernel writes it.
///
/// A class, so that it may be written to while it is read.
public final class OverwriteImage {
    /// The bytes, both mappings.
    public let area: UnsafeMutableRawBufferPointer
    /// What programs have reserved up to.
    public private(set) var producer: UInt64
    /// The first record that is still there.
    public private(set) var overwritten: UInt64
    /// The sizes of the records that are there, the oldest first.
    private var sizes: [UInt64] = []

    /// Makes an empty ring buffer.
    ///
    /// - Parameters:
    ///   - size: A power of two.
    ///   - position: Where the positions stand at the start.
    public init(size: Int, position: UInt64 = 0) {
        area = .allocate(byteCount: 2 * size, alignment: 8)
        area.initializeMemory(as: UInt8.self, repeating: 0xa5)
        producer = position
        overwritten = position
    }

    deinit { area.deallocate() }

    /// Writes a record over the oldest ones, as the kernel does: first it moves the position of what is still there.
    ///
    /// - Parameter flags: Of the header: a record in the making, or one that was given back.
    public func append(_ sample: [UInt8], flags: UInt32 = 0) {
        let size = UInt64(area.count / 2)
        let taken = UInt64(sample.count + 8 + 7) & ~7
        while producer &+ taken &- overwritten > size - 1 { overwritten &+= sizes.removeFirst() }
        write(bytes(UInt32(sample.count) | flags) + bytes(UInt32(7)) + sample, at: producer)
        sizes.append(taken)
        producer &+= taken
    }

    /// Puts a header where a record stands that cannot be true.
    public func lie(at position: UInt64, header: UInt32) { write(bytes(header), at: position) }

    private func write(_ record: [UInt8], at position: UInt64) {
        let size = UInt64(area.count / 2)
        for (index, byte) in record.enumerated() {
            let at = Int((position &+ UInt64(index)) & (size - 1))
            area[at] = byte
            area[at + Int(size)] = byte
        }
    }
}
