// SPDX-License-Identifier: Apache-2.0

/// The block of a capture as it lies in memory (`docs/capture.md`).
enum CaptureBlock {
    /// The bytes in front of the payload.
    static let headerSize = 32
    /// The most bytes that a payload may have.
    static let maximumPayload = 16 << 20
    /// The payload at which a block of several records ends, so that damage costs little.
    static let ordinaryPayload = 256 << 10
    /// The bytes that a reader finds a block by, in front of the mark.
    static let magic: [UInt8] = [0x89, 0x42, 0x50, 0x46, 0x45, 0x56]
    /// What tells the byte order.
    static let byteOrderMark: UInt16 = 0x0102

    /// What a block holds.
    enum Kind {
        static let header: UInt16 = 1
        static let source: UInt16 = 2
        static let schema: UInt16 = 3
        static let records: UInt16 = 4
        static let loss: UInt16 = 5
        static let end: UInt16 = 6
        static let clock: UInt16 = 7
        static let snapshot: UInt16 = 8
        static let names: UInt16 = 9
        static let text: UInt16 = 10
        static let process: UInt16 = 11
    }

    /// The flags of a block.
    enum Flag {
        /// A reader that does not know the kind must stop.
        static let critical: UInt16 = 1
        /// The block describes the stream, is repeated in every file of it, and has no sequence number.
        static let preamble: UInt16 = 2
    }

    /// The first word of a block: the magic and the mark, in the machine's byte order.
    static var firstWord: UInt64 {
        var word = UInt64(byteOrderMark.littleEndian) << 48
        for (index, byte) in magic.enumerated() { word |= UInt64(byte) << (8 * UInt64(index)) }
        return UInt64(littleEndian: word)
    }

    /// The bytes and events of the block at a position of a chunk.
    static func extent(of chunk: StreamBuffer.Chunk, at position: Int) -> (bytes: Int, events: Int) {
        let bytes = headerSize + Int(chunk.load(UInt32.self, at: position + Offset.length))
        guard chunk.load(UInt16.self, at: position + Offset.kind) == Kind.records else { return (bytes, 0) }
        return (bytes, Int(chunk.load(UInt32.self, at: position + headerSize + CaptureRecords.countOffset)))
    }

    /// Whether the block at a position of a chunk is the first of a snapshot; nil for another kind of block.
    static func isFirstOfSnapshot(of chunk: StreamBuffer.Chunk, at position: Int) -> Bool? {
        guard chunk.load(UInt16.self, at: position + Offset.kind) == Kind.snapshot else { return nil }
        let flags = chunk.load(UInt32.self, at: position + headerSize + CaptureSnapshot.Offset.flags)
        return flags & CaptureSnapshot.Flag.first != 0
    }

    /// Where the fields of a block's header are.
    enum Offset {
        static let mark = 6
        static let kind = 8
        static let flags = 10
        static let length = 12
        static let sequence = 16
        static let payloadCheck = 24
        static let headerCheck = 28
    }

    /// The checksum of bytes: the lower half of their XXH64.
    static func checksum(_ bytes: RawSpan) -> UInt32 {
        UInt32(truncatingIfNeeded: XXH64.hash(bytes))
    }

    /// Makes a whole block of a payload, padded to 8 bytes.
    static func bytes(kind: UInt16, flags: UInt16, sequence: UInt64, payload: [UInt8]) -> [UInt8] {
        var block: [UInt8] = []
        let padding = -payload.count & 7
        block.reserveCapacity(headerSize + payload.count + padding)
        block.append(integer: firstWord)
        block.append(integer: kind)
        block.append(integer: flags)
        block.append(integer: UInt32(payload.count + padding))
        block.append(integer: sequence)
        let front = block
        var rest = payload
        rest.append(contentsOf: repeatElement(0, count: padding))
        unsafe block.append(integer: checksum(rest.span.bytes))
        unsafe block.append(integer: checksum(front.span.bytes))
        block += rest
        return block
    }
}

extension [UInt8] {
    /// Appends an integer in the machine's byte order.
    mutating func append<Value: FixedWidthInteger & BitwiseCopyable>(integer value: Value) {
        unsafe Swift.withUnsafeBytes(of: value) { unsafe append(contentsOf: $0) }
    }
}
