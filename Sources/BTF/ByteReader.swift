// SPDX-License-Identifier: Apache-2.0

/// Untrusted bytes, read as integers and strings; whatever lies outside of them is nil.
package struct ByteReader: Sendable, Equatable, ByteSource {
    package let bytes: [UInt8]
    package let byteOrder: ByteOrder

    package init(bytes: [UInt8], byteOrder: ByteOrder) {
        self.bytes = bytes
        self.byteOrder = byteOrder
    }

    package var count: Int { bytes.count }

    /// The unsigned integer at an offset, wherever that is aligned.
    package func integer<Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ type: Value.Type, at offset: Int
    ) -> Value? {
        guard offset >= 0, offset <= bytes.count - MemoryLayout<Value>.size else { return nil }
        // Within the bytes, and every pattern of bits is an integer.
        let value = unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self)
        return byteOrder == .little ? Value(littleEndian: value) : Value(bigEndian: value)
    }

    /// The NUL-terminated string at an offset; nil if it is not terminated within `Limits.name` bytes.
    package func string(at offset: Int) -> String? { string(at: offset, end: bytes.count) }

    /// The same in a part of the bytes.
    package func string(at offset: Int, end: Int) -> String? {
        guard offset >= 0, offset < end, end <= bytes.count else { return nil }
        let window = bytes[offset..<end].prefix(Limits.name + 1)
        guard let terminator = window.firstIndex(of: 0) else { return nil }
        return String(decoding: bytes[offset..<terminator], as: UTF8.self)
    }

    /// A part of the bytes, if it lies within them.
    package func part(at offset: Int, count: Int) -> ByteReader? {
        guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else { return nil }
        return ByteReader(bytes: Array(bytes[offset..<(offset + count)]), byteOrder: byteOrder)
    }
}
