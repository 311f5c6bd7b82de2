// SPDX-License-Identifier: Apache-2.0

/// The memory of a stream on its way out: a chunk that is filled, and, while nobody takes them, full chunks before it.
///
/// In the usual case there is one chunk, emptied by each write and filled anew. Full chunks are kept only as far as
/// ``spill`` allows, are allocated when they are needed and freed when they are written.
///
/// Bytes are put first and sealed later: only what is sealed is written.
@safe struct StreamBuffer: ~Copyable {
    /// The bytes of an ordinary chunk.
    let capacity: Int
    /// The bytes that chunks beside the one that is filled may have.
    let spill: Int
    /// The chunk that is filled.
    private(set) var current: Chunk
    /// The end of what was put into it, sealed or not.
    private(set) var end = 0
    /// Full chunks, the oldest first.
    private var full: [Chunk] = []
    /// The bytes of the full chunks' memory.
    private var spilled = 0

    init(capacity: Int, spill: Int) {
        self.capacity = max(capacity, 1 << 16)
        self.spill = max(spill, 0)
        current = Chunk(capacity: self.capacity)
    }

    deinit {
        current.free()
        for chunk in full { chunk.free() }
    }

    /// The bytes still to be written, of all chunks.
    var pendingBytes: Int { full.reduce(current.pendingBytes) { $0 + $1.pendingBytes } }

    /// The events of frames and blocks that have not been written whole.
    var pendingEvents: Int { full.reduce(current.pendingEvents) { $0 + $1.pendingEvents } }

    /// The bytes that can be put before ``reserve(_:)`` must be asked.
    var room: Int { current.capacity - end }

    /// The oldest chunk that is not written whole.
    var first: Chunk {
        get { full.first ?? current }
        set {
            if full.isEmpty { current = newValue } else { full[0] = newValue }
        }
    }

    /// The chunks behind the oldest one, the oldest of them first.
    var chunksBehindFirst: [Chunk] { full.isEmpty ? [] : Array(full.dropFirst()) + [current] }

    /// The unwritten bytes of the oldest chunk.
    var pending: RawSpan {
        @_lifetime(borrow self)
        get {
            let chunk = first
            let bytes = unsafe UnsafeRawBufferPointer(start: chunk.storage + chunk.written, count: chunk.pendingBytes)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
        }
    }

    /// The bytes of the chunk that is filled, from a position on.
    @_lifetime(borrow self)
    func filled(from offset: Int) -> RawSpan {
        precondition(offset >= 0 && offset <= end)
        let bytes = unsafe UnsafeRawBufferPointer(start: current.storage + offset, count: end - offset)
        return unsafe _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
    }

    // MARK: Filling

    /// Makes room for that many bytes in one piece; what was put must be sealed.
    ///
    /// - Returns: False if what waits must be written first.
    mutating func reserve(_ count: Int) -> Bool {
        precondition(end == current.sealed)
        if count <= room { return true }
        // Where more than half of the chunk is written, moving the rest costs less than a write that is too small.
        if full.isEmpty, current.border > current.capacity / 2 {
            end -= current.reclaim()
            if count <= room { return true }
        }
        return addChunk(for: count)
    }

    private mutating func addChunk(for count: Int) -> Bool {
        if current.pendingBytes == 0 {
            current.free()
        } else {
            guard spilled + current.capacity <= spill else { return false }
            spilled += current.capacity
            full.append(current)
        }
        current = Chunk(capacity: max(count, capacity))
        end = 0
        return true
    }

    /// Puts bytes behind what is there.
    mutating func put(_ bytes: RawSpan) {
        let count = bytes.byteCount
        precondition(count <= room)
        guard count > 0 else { return }
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe (current.storage + end).copyMemory(from: start, byteCount: count)
        }
        end += count
    }

    /// Puts a size and that many bytes behind what is there.
    ///
    /// A loop over words costs small events less than a call of memcpy(3).
    @inline(__always)
    mutating func put(size: UInt32, _ bytes: RawSpan) {
        let count = bytes.byteCount
        precondition(count <= room &- 4)
        let target = unsafe current.storage + end
        unsafe target.storeBytes(of: size, as: UInt32.self)
        end &+= 4
        guard count >= 8, count < Self.memcpySize else { return put(bytes) }
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            let last = count &- 8
            var at = 0
            while at < last {
                unsafe Self.copyWord(start + at, target + 4 + at)
                at &+= 8
            }
            // It has some bytes of the one before it again where the count is no multiple of 8.
            unsafe Self.copyWord(start + last, target + 4 + last)
        }
        end &+= count
    }

    /// From that size on memcpy(3) is faster than a loop over words.
    private static let memcpySize = 256

    @inline(__always)
    private static func copyWord(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer) {
        unsafe target.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
    }

    /// Puts two words behind what is there.
    @inline(__always)
    mutating func put(_ first: UInt64, _ second: UInt64) {
        precondition(room >= 16)
        unsafe (current.storage + end).storeBytes(of: first, as: UInt64.self)
        unsafe (current.storage + end).storeBytes(of: second, toByteOffset: 8, as: UInt64.self)
        end &+= 16
    }

    /// Puts an integer behind what is there, in the machine's byte order.
    @inline(__always)
    mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        precondition(MemoryLayout<Value>.size <= room)
        unsafe current.storage.storeBytes(of: value, toByteOffset: end, as: Value.self)
        end += MemoryLayout<Value>.size
    }

    /// Puts zeros behind what is there.
    @inline(__always)
    mutating func pad(_ count: Int) {
        guard count > 0 else { return }
        for _ in 0..<count { put(UInt8(0)) }
    }

    /// Writes an integer over what was put before, at a position from the front of the chunk.
    mutating func patch<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        precondition(offset >= current.sealed && offset + MemoryLayout<Value>.size <= end)
        unsafe current.storage.storeBytes(of: value, toByteOffset: offset, as: Value.self)
    }

    /// Lets what was put be written: whole frames, or a whole block.
    mutating func seal(events: Int) {
        current.sealed = end
        current.events += events
    }

    /// Takes back what was put and not sealed.
    mutating func unput() {
        end = current.sealed
    }

    // MARK: Writing

    /// Notes that the first bytes of ``pending`` have been written.
    mutating func markWritten(_ count: Int) {
        first.written += min(max(count, 0), first.pendingBytes)
        guard first.pendingBytes == 0 else { return }
        if !full.isEmpty {
            let chunk = full.removeFirst()
            spilled -= chunk.capacity
            chunk.free()
        } else if end == current.sealed {
            // Bytes that are not sealed stay where they are: their block knows its place.
            current.reset()
            end = 0
        }
    }

    /// Makes the last written bytes of the oldest chunk pending again, back to the border before them at most.
    mutating func unwrite(_ count: Int) {
        first.written -= min(max(count, 0), first.written - first.border)
    }
}

extension StreamBuffer {
    /// A piece of memory that is filled from the front and written from the front.
    @safe struct Chunk {
        let storage: UnsafeMutableRawPointer
        let capacity: Int
        /// The bytes that may be written, from the front.
        var sealed = 0
        /// The bytes of those that have been written.
        var written = 0
        /// The events in the bytes that may be written.
        var events = 0
        /// The last border of a frame or block that is known at or before ``written``.
        var border = 0
        /// The events in front of that border.
        var eventsBeforeBorder = 0

        init(capacity: Int) {
            unsafe storage = .allocate(byteCount: capacity, alignment: 16)
            self.capacity = capacity
        }

        func free() {
            unsafe storage.deallocate()
        }

        var pendingBytes: Int { sealed - written }

        var pendingEvents: Int { events - eventsBeforeBorder }

        /// An integer at a position that is sealed.
        func load<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
            precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= sealed)
            return unsafe storage.loadUnaligned(fromByteOffset: offset, as: type)
        }

        mutating func reset() {
            (sealed, written, events, border, eventsBeforeBorder) = (0, 0, 0, 0, 0)
        }

        /// Moves what lies behind the border to the front.
        ///
        /// - Returns: By how many bytes it was moved.
        mutating func reclaim() -> Int {
            let moved = border
            unsafe storage.copyMemory(from: storage + moved, byteCount: sealed - moved)
            (sealed, written, events) = (sealed - moved, written - moved, events - eventsBeforeBorder)
            (border, eventsBeforeBorder) = (0, 0)
            return moved
        }
    }
}
