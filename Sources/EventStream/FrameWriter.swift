// SPDX-License-Identifier: Apache-2.0

/// Collects frames in one large buffer, so that many events leave with one write(2).
///
/// A frame is the original's: the size as a `u32` of the machine's byte order, then that many bytes. Nothing stands
/// between frames. For an event of a perf ring the size is the kernel's raw size, which includes the padding to 8
/// bytes: a 16-byte event makes a frame of 4 + 20 bytes.
///
/// The writer owns the buffer and knows what of it has been written, so that after a failed or partial write the
/// whole frames among it can be told from the rest.
@safe public struct FrameWriter: ~Copyable {
    /// The bytes of a frame's size field.
    public static let headerSize = 4

    /// The bytes that the buffer holds.
    public let capacity: Int
    private let storage: UnsafeMutableRawPointer
    private var written = 0
    private var end = 0
    /// The frames in the buffer, written ones included until ``reclaim()``.
    private var frames = 0

    /// Creates a writer.
    ///
    /// - Parameter capacity: The size of the buffer in bytes; at least the largest frame of a perf ring, 64 KiB.
    public init(capacity: Int = 1 << 20) {
        self.capacity = max(capacity, 1 << 16)
        unsafe storage = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit {
        unsafe storage.deallocate()
    }

    /// The bytes that are still to be written.
    public var pending: RawSpan {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe UnsafeRawBufferPointer(start: storage + written, count: end - written)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
        }
    }

    /// The number of bytes still to be written.
    public var pendingBytes: Int { end - written }

    /// Adds a frame around an event's bytes.
    ///
    /// - Returns: False, with nothing added, if the buffer has no room for it.
    public mutating func append(_ event: RawSpan) -> Bool {
        guard let size = UInt32(exactly: event.byteCount), reserve(Self.headerSize + event.byteCount) else {
            return false
        }
        unsafe storage.storeBytes(of: size, toByteOffset: end, as: UInt32.self)
        end += Self.headerSize
        copy(event)
        frames += 1
        return true
    }

    /// Adds a frame whose size field and bytes lie in memory as they go out, in one or two pieces.
    ///
    /// - Returns: False, with nothing added, if the buffer has no room for it.
    mutating func append(frame first: RawSpan, _ second: RawSpan) -> Bool {
        guard reserve(first.byteCount + second.byteCount) else { return false }
        copy(first)
        copy(second)
        frames += 1
        return true
    }

    /// Notes that the first bytes of ``pending`` have been written.
    public mutating func markWritten(_ count: Int) {
        written = min(written + max(count, 0), end)
        if written == end {
            written = 0
            end = 0
            frames = 0
        }
    }

    /// The frames that have not been written whole, and the bytes of the one that was begun.
    ///
    /// What a failed write leaves: cut those bytes off the end of a file and it ends at a frame's border.
    public var unwritten: (frames: Int, bytesOfBegunFrame: Int) {
        let whole = wholeFramesWritten
        return (frames - whole.frames, written - whole.bytes)
    }

    /// Drops everything that is still to be written.
    public mutating func discard() {
        markWritten(pendingBytes)
    }

    private mutating func reserve(_ count: Int) -> Bool {
        if count <= capacity - end { return true }
        guard written > capacity / 2 else { return false }
        reclaim()
        return count <= capacity - end
    }

    /// Moves what is unwritten to the front of the buffer, from a frame's border on.
    private mutating func reclaim() {
        let whole = wholeFramesWritten
        unsafe storage.copyMemory(from: storage + whole.bytes, byteCount: end - whole.bytes)
        end -= whole.bytes
        written -= whole.bytes
        frames -= whole.frames
    }

    /// Walks the frames from the front of the buffer, which is always a frame's border.
    private var wholeFramesWritten: (frames: Int, bytes: Int) {
        var frames = 0
        var border = 0
        while border < written {
            let size = unsafe storage.loadUnaligned(fromByteOffset: border, as: UInt32.self)
            let next = border + Self.headerSize + Int(size)
            guard next <= written else { break }
            border = next
            frames += 1
        }
        return (frames, border)
    }

    private mutating func copy(_ bytes: RawSpan) {
        guard !bytes.isEmpty else { return }
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe (storage + end).copyMemory(from: start, byteCount: source.count)
        }
        end += bytes.byteCount
    }
}
