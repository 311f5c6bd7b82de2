// SPDX-License-Identifier: Apache-2.0

/// The block of a capture as it lies in memory (`docs/capture.md`).
enum CaptureBlock {
    /// The bytes in front of the payload.
    static let headerSize = 32
    /// A block of records.
    static let recordsKind: UInt16 = 4

    /// The bytes and events of the block at a position of a chunk.
    static func extent(of chunk: StreamBuffer.Chunk, at position: Int) -> (bytes: Int, events: Int) {
        let bytes = headerSize + Int(chunk.load(UInt32.self, at: position + 12))
        guard chunk.load(UInt16.self, at: position + 8) == recordsKind else { return (bytes, 0) }
        return (bytes, Int(chunk.load(UInt32.self, at: position + headerSize + 24)))
    }
}
