// SPDX-License-Identifier: Apache-2.0

/// The bytes of a blob of BTF, wherever they lie: a copy of our own, or memory that somebody lends.
///
/// vmlinux has megabytes; a kernel that lends them saves the copy. Whatever lies outside of the bytes is nil.
@safe package final class BTFMemory: @unchecked Sendable, ByteSource {
    private let memory: UnsafeRawBufferPointer
    private let release: @Sendable (UnsafeRawBufferPointer) -> Void
    /// The order of the bytes of its numbers, which the magic number tells.
    package let byteOrder: ByteOrder

    /// Takes memory over.
    ///
    /// - Parameters:
    ///   - memory: The bytes, which nobody changes as long as this lives.
    ///   - release: Gives the memory back.
    package init(
        _ memory: UnsafeRawBufferPointer, release: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) {
        unsafe self.memory = memory
        unsafe self.release = release
        byteOrder = unsafe memory.first == 0xeb ? .big : .little
    }

    /// Makes a copy.
    package convenience init(copying bytes: [UInt8]) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        unsafe copy.copyBytes(from: bytes)
        unsafe self.init(UnsafeRawBufferPointer(copy)) { unsafe $0.deallocate() }
    }

    deinit { unsafe release(memory) }

    package var count: Int { unsafe memory.count }

    package func integer<Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ type: Value.Type, at offset: Int
    ) -> Value? {
        guard offset >= 0, offset <= count - MemoryLayout<Value>.size else { return nil }
        // Within the bytes, and every pattern of bits is an integer.
        let value = unsafe memory.loadUnaligned(fromByteOffset: offset, as: Value.self)
        return byteOrder == .little ? Value(littleEndian: value) : Value(bigEndian: value)
    }

    /// A copy of a part; empty if it is not within the bytes.
    package func bytes(_ range: Range<Int>) -> [UInt8] {
        guard range.lowerBound >= 0, range.upperBound <= count else { return [] }
        return unsafe Array(memory[range])
    }

    /// The bytes of the string at an offset up to its NUL, or up to a limit; empty if it is not within the bytes.
    package func string(at start: Int, limit end: Int) -> [UInt8] {
        guard start >= 0, start < end, end <= count else { return [] }
        return unsafe Array(memory[start..<end].prefix { $0 != 0 })
    }

    /// The hash of the essential name at an offset.
    package func essentialHash(at start: Int, limit end: Int) -> UInt32 {
        var hash = EssentialHash()
        guard start >= 0, start < end, end <= count else { return hash.value }
        for index in start..<end {
            let byte = unsafe memory[index]
            if byte == 0 { break }
            hash.add(byte)
        }
        return hash.value
    }
}

/// Untrusted bytes, read as integers of one byte order; whatever lies outside of them is nil.
package protocol ByteSource {
    var count: Int { get }
    var byteOrder: ByteOrder { get }
    func integer<Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ type: Value.Type, at offset: Int
    ) -> Value?
}

extension ByteSource {
    package func u8(_ offset: Int) -> UInt8? { integer(UInt8.self, at: offset) }
    package func u16(_ offset: Int) -> UInt16? { integer(UInt16.self, at: offset) }
    package func u32(_ offset: Int) -> UInt32? { integer(UInt32.self, at: offset) }
    package func u64(_ offset: Int) -> UInt64? { integer(UInt64.self, at: offset) }

    /// A 32-bit number as an index or a length.
    package func int(_ offset: Int) -> Int? { u32(offset).map { Int($0) } }
}
