// SPDX-License-Identifier: Apache-2.0

/// Takes a stream apart into frames, however the bytes come in.
///
/// A frame is a `u32` of the machine's byte order and as many bytes. The format has no marks to find the next frame
/// by, so a size beyond the bound ends the reading: nothing after it can be trusted.
public struct FrameReader: Sendable {
    /// The bytes that a frame may have.
    public let maximumSize: Int
    /// The position in the stream of the first byte that belongs to no finished frame.
    public private(set) var offset: UInt64 = 0
    /// A frame that has begun: its size field and what came of its bytes.
    private var begun: [UInt8] = []
    private var failure: StreamError?

    /// Creates a reader that stands at the start of a stream.
    ///
    /// - Parameter maximumSize: The bytes that a frame may have, its size field not counted: those of the format, or fewer
    ///   where it is known that only a perf ring can be the source.
    public init(maximumSize: Int = StreamWriter.maximumFrameSize) {
        self.maximumSize = max(maximumSize, 0)
    }

    /// Reads the next bytes of the stream.
    ///
    /// - Parameters:
    ///   - bytes: As many as have come, from anywhere to anywhere.
    ///   - body: Called for each frame that is whole by now, with its bytes and the position of its size field.
    /// - Throws: `StreamError.frameTooLarge`, after the frames in front of it were handed out, and again for whatever
    ///   comes later.
    public mutating func read(
        _ bytes: RawSpan, _ body: (_ frame: RawSpan, _ offset: UInt64) -> Void
    ) throws(StreamError) {
        if let failure { throw failure }
        var position = try finishBegunFrame(with: bytes, body)
        while bytes.byteCount - position >= StreamWriter.frameHeaderSize {
            let size = Int(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt32.self))
            try check(size)
            let start = position + StreamWriter.frameHeaderSize
            guard bytes.byteCount - start >= size else { break }
            body(bytes.extracting(start..<(start + size)), offset)
            position = start + size
            offset += UInt64(StreamWriter.frameHeaderSize + size)
        }
        keep(bytes.extracting(position..<bytes.byteCount))
    }

    /// Tells that the stream has ended.
    ///
    /// - Throws: `StreamError.truncated` if it ended within a frame, or what ``read(_:_:)`` threw.
    public func finish() throws(StreamError) {
        if let failure { throw failure }
        guard !begun.isEmpty else { return }
        throw .truncated(offset: offset, expected: begunSize, found: begun.count)
    }

    /// The bytes of the begun frame with its size field; nil as long as that is incomplete.
    private var begunSize: Int? {
        guard begun.count >= StreamWriter.frameHeaderSize else { return nil }
        let size = unsafe begun.span.bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self)
        return StreamWriter.frameHeaderSize + Int(size)
    }

    /// Completes the frame that earlier bytes began, as far as these go.
    ///
    /// - Returns: How many of the bytes were needed for it.
    private mutating func finishBegunFrame(
        with bytes: RawSpan, _ body: (RawSpan, UInt64) -> Void
    ) throws(StreamError) -> Int {
        guard !begun.isEmpty else { return 0 }
        var position = 0
        func take(_ wanted: Int) {
            let end = min(position + max(wanted, 0), bytes.byteCount)
            keep(bytes.extracting(position..<end))
            position = end
        }
        take(StreamWriter.frameHeaderSize - begun.count)
        guard let size = begunSize else { return position }
        try check(size - StreamWriter.frameHeaderSize)
        take(size - begun.count)
        guard begun.count == size else { return position }
        unsafe body(begun.span.bytes.extracting(StreamWriter.frameHeaderSize..<size), offset)
        begun.removeAll(keepingCapacity: size <= Self.keptSize)
        offset += UInt64(size)
        return position
    }

    private mutating func check(_ size: Int) throws(StreamError) {
        guard size > maximumSize else { return }
        let error = StreamError.frameTooLarge(offset: offset, size: size, maximum: maximumSize)
        failure = error
        throw error
    }

    /// Memory that is kept for the next begun frame; that of larger ones is let go.
    private static let keptSize = 1 << 20

    /// Keeps what came of a frame; the memory is that of these bytes, whatever the frame claims to have.
    private mutating func keep(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { source in unsafe begun.append(contentsOf: source) }
    }
}
