// SPDX-License-Identifier: Apache-2.0

import EventStream

/// The data area of a perf ring, written as the kernel writes it.
struct RingImage {
    var data: [UInt8]
    var tail: UInt64
    var head: UInt64

    /// - Parameters:
    ///   - size: A power of two.
    ///   - position: Where head and tail stand at the start.
    init(size: Int, position: UInt64 = 0) {
        // What the ring held before shows through in paddings.
        data = [UInt8](repeating: 0xa5, count: size)
        tail = position
        head = position
    }

    /// Writes bytes at the head, around the end of the area.
    mutating func append(_ bytes: [UInt8]) {
        for byte in bytes {
            data[Int(head & UInt64(data.count - 1))] = byte
            head &+= 1
        }
    }

    /// Writes a record with a header that may lie.
    mutating func append(type: UInt32, size: UInt16? = nil, body: [UInt8]) {
        append(bytes(type) + bytes(UInt16(0)) + bytes(size ?? UInt16(8 + body.count)) + body)
    }

    /// Writes an event as the kernel does: size, bytes, padding to 8, the padding counted in the size.
    ///
    /// - Returns: The frame that it makes.
    @discardableResult
    mutating func append(event: [UInt8]) -> [UInt8] {
        let raw = (event.count + 4 + 7) / 8 * 8 - 4
        let frame = bytes(UInt32(raw)) + event + [UInt8](repeating: 0xee, count: raw - event.count)
        append(type: 9, body: frame)
        return frame
    }

    mutating func append(lost: UInt64) {
        append(type: 2, body: bytes(UInt64(1)) + bytes(lost))
    }

    mutating func drain(into writer: inout StreamWriter) -> PerfRecords.Pass {
        let pass = PerfRecords.drain(data.span.bytes, from: tail, to: head, into: &writer)
        tail = pass.tail
        return pass
    }
}

/// The bytes of a number in the machine's order.
func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number) { Array($0) }
}

extension StreamWriter {
    /// The bytes that are still to be written.
    var pendingArray: [UInt8] { pending.withUnsafeBytes { Array($0) } }

    mutating func add(_ event: [UInt8]) -> Bool { append(event.span.bytes) }
}

/// An event of some bytes that tells by its bytes where it belongs.
func event(_ count: Int, seed: Int = 1) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed) }
}
