// SPDX-License-Identifier: Apache-2.0

/// The data area of a perf ring, written as the kernel writes it.
public struct RingImage {
    /// The bytes.
    public var data: [UInt8]
    /// What a reader has read up to.
    public var tail: UInt64
    /// What the kernel has written up to.
    public var head: UInt64
    /// The number that a reader gives the map.
    public var source: UInt32 = 0
    /// The CPU whose ring it is.
    public var cpu: Int?

    /// Makes an empty ring.
    ///
    /// - Parameters:
    ///   - size: A power of two.
    ///   - position: Where head and tail stand at the start.
    public init(size: Int, position: UInt64 = 0) {
        // What the ring held before shows through in paddings.
        data = [UInt8](repeating: 0xa5, count: size)
        tail = position
        head = position
    }

    /// Writes bytes at the head, around the end of the area.
    public mutating func append(_ bytes: [UInt8]) {
        for byte in bytes {
            data[Int(head & UInt64(data.count - 1))] = byte
            head &+= 1
        }
    }

    /// Writes a record with a header that may lie.
    public mutating func append(type: UInt32, size: UInt16? = nil, body: [UInt8]) {
        append(bytes(type) + bytes(UInt16(0)) + bytes(size ?? UInt16(8 + body.count)) + body)
    }

    /// Writes an event as the kernel does: size, bytes, padding to 8, the padding counted in the size.
    ///
    /// - Returns: The frame that it makes.
    @discardableResult
    public mutating func append(event: [UInt8]) -> [UInt8] {
        let frame = Self.frame(event)
        append(type: 9, body: frame)
        return frame
    }

    /// Writes an event with context as the kernel does.
    public mutating func append(event: [UInt8], pid: UInt32, tid: UInt32, time: UInt64) {
        append(type: 9, body: bytes(pid) + bytes(tid) + bytes(time) + Self.frame(event))
    }

    /// Writes that events were lost.
    public mutating func append(lost: UInt64) {
        append(type: 2, body: bytes(UInt64(1)) + bytes(lost))
    }

    private static func frame(_ event: [UInt8]) -> [UInt8] {
        let raw = (event.count + 4 + 7) / 8 * 8 - 4
        return bytes(UInt32(raw)) + event + [UInt8](repeating: 0xee, count: raw - event.count)
    }
}

/// The bytes of a number in the machine's order.
public func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number) { Array($0) }
}

/// An event of some bytes that tells by its bytes where it belongs.
public func event(_ count: Int, seed: Int = 1) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed) }
}
