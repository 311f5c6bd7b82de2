// SPDX-License-Identifier: Apache-2.0

internal import Records

/// Collects events in large pieces of memory, so that many of them leave with one write(2).
///
/// A frame is the original's: the size as a `u32` of the machine's byte order, then that many bytes. Nothing stands
/// between frames. For an event of a perf ring the size is the kernel's raw size, which includes the padding to 8
/// bytes: a 16-byte event makes a frame of 4 + 20 bytes. A capture is made of blocks (`docs/capture.md`).
///
/// The writer owns the memory and knows what of it has been written, so that after a failed or partial write the whole
/// frames or blocks among it can be told from the rest.
public struct StreamWriter: ~Copyable {
    /// What the stream is made of.
    public enum Format: Sendable {
        /// The original's frames.
        case frames
        /// Blocks that describe themselves.
        case capture
    }

    /// The bytes of a frame's size field.
    public static let frameHeaderSize = 4

    /// The bytes that a frame may have, its size field not counted: those of the largest record of a BPF ring buffer
    /// (`RINGBUF_MAX_RECORD_SZ`); a perf ring's have less than 64 KiB.
    ///
    /// One bound for whoever writes frames and whoever reads them. A capture's first four bytes read as a size are more.
    public static let maximumFrameSize = 0x3fff_ffff

    /// What the stream is made of.
    public let format: Format
    var buffer: StreamBuffer
    var block = OpenBlock()
    var progress = CaptureProgress()
    var sorter: TimeSorter
    var snapshot = OpenSnapshot()

    /// Creates a writer.
    ///
    /// - Parameters:
    ///   - format: What the stream is made of.
    ///   - capacity: The bytes that are collected before they must be written; at least 64 KiB, and as many as a larger
    ///     event needs.
    ///   - spill: The bytes that may be collected beside them while nobody takes any.
    ///   - sortWindow: The bytes that records of a capture may take while they wait for their place in the order of
    ///     time, at least 1 MiB and at most 2 GiB; with 0 they are not sorted.
    public init(format: Format = .frames, capacity: Int = 1 << 20, spill: Int = 0, sortWindow: Int = 0) {
        self.format = format
        buffer = StreamBuffer(capacity: capacity, spill: spill)
        sorter = TimeSorter(capacity: format == .capture ? sortWindow : 0)
    }

    /// The number of bytes still to be written.
    public var pendingBytes: Int { buffer.pendingBytes }

    /// The bytes to be written next: all, or those of the oldest piece of memory.
    public var pending: RawSpan {
        @_lifetime(borrow self)
        get { buffer.pending }
    }

    /// Notes that the first bytes of ``pending`` have been written.
    public mutating func markWritten(_ count: Int) {
        buffer.markWritten(count)
    }

    /// Takes back that bytes have been written: they were a begun frame or block, and were cut off the file.
    public mutating func unwrite(_ count: Int) {
        _ = walk(to: buffer.first.written)
        buffer.unwrite(count)
    }

    /// The bytes from the start of ``pending`` to its last border of frames or blocks within a limit; 0 if there is none.
    public func border(within limit: Int) -> Int {
        let chunk = buffer.first
        let end = min(chunk.sealed, chunk.written + max(limit, 0))
        return max(0, border(of: chunk, upTo: end).position - chunk.written)
    }

    /// The events that have not been written whole, and the written bytes of the frame or block that was begun.
    ///
    /// What a failed write leaves: cut those bytes off the end of a file and it ends at a border.
    public var unwritten: (events: Int, bytesOfBegunFrame: Int) {
        let chunk = buffer.first
        let border = border(of: chunk, upTo: chunk.written)
        let waiting = Int(block.count) + sorter.entries.count
        return (
            buffer.pendingEvents - (border.events - chunk.eventsBeforeBorder) + waiting, chunk.written - border.position
        )
    }

    /// Drops everything that is still to be written.
    public mutating func discard() {
        buffer.unput()
        closeBlock()
        sorter.removeFirst(sorter.entries.count)
        while buffer.pendingBytes > 0 { buffer.markWritten(buffer.first.pendingBytes) }
    }

    /// Whether what was written ends within a snapshot, so that a file that ends here has a part of it.
    ///
    /// It is asked where what was written ends at a border of blocks.
    public var isWithinSnapshot: Bool {
        guard format == .capture else { return false }
        let chunk = buffer.first
        var position = border(of: chunk, upTo: chunk.written).position
        while position < chunk.sealed {
            if let isFirst = CaptureBlock.isFirstOfSnapshot(of: chunk, at: position) { return !isFirst }
            position += unit(of: chunk, at: position).bytes
        }
        for chunk in buffer.chunksBehindFirst {
            position = chunk.border
            while position < chunk.sealed {
                if let isFirst = CaptureBlock.isFirstOfSnapshot(of: chunk, at: position) { return !isFirst }
                position += unit(of: chunk, at: position).bytes
            }
        }
        return snapshot.hasBlock
    }

    // MARK: Frames

    /// Adds an event of which nothing more is known: a frame around its bytes, or a record without context.
    ///
    /// - Returns: False, with nothing added, if what is there must be written first.
    public mutating func append(_ event: RawSpan) -> Bool {
        take(event, SampleContext(source: block.source, cpu: block.cpu.known(unless: .max))) != .full
    }

    /// Makes room for a frame.
    mutating func reserve(_ count: Int) -> Bool {
        if count <= buffer.room { return true }
        _ = walk(to: buffer.first.written)
        return buffer.reserve(count)
    }

    // MARK: Borders

    /// Walks to the last border at or before a position of the oldest chunk, and remembers it.
    private mutating func walk(to position: Int) -> Int {
        let border = border(of: buffer.first, upTo: position)
        buffer.first.border = border.position
        buffer.first.eventsBeforeBorder = border.events
        return border.position
    }

    private func border(of chunk: StreamBuffer.Chunk, upTo end: Int) -> (position: Int, events: Int) {
        var position = chunk.border
        var events = chunk.eventsBeforeBorder
        while position < end {
            let unit = unit(of: chunk, at: position)
            guard unit.bytes <= end - position else { break }
            position += unit.bytes
            events += unit.events
        }
        return (position, events)
    }

    /// The bytes and events of the frame or block at a border.
    private func unit(of chunk: StreamBuffer.Chunk, at position: Int) -> (bytes: Int, events: Int) {
        switch format {
        case .frames: (Self.frameHeaderSize + Int(chunk.load(UInt32.self, at: position)), 1)
        case .capture: CaptureBlock.extent(of: chunk, at: position)
        }
    }
}
