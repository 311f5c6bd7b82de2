// SPDX-License-Identifier: Apache-2.0

/// The memory of events that wait, in chunks that are used again when all their events have gone.
///
/// Nothing is allocated for an event once there are chunks enough.
@safe struct EventStore: ~Copyable {
    /// Where an event is.
    struct Place: Equatable, BitwiseCopyable {
        var chunk: UInt32
        var offset: UInt32

        static let none = Place(chunk: .max, offset: .max)
    }

    /// What is kept in front of an event's bytes.
    struct Front: BitwiseCopyable {
        var time: UInt64
        /// The place in the order of arrival.
        var sequence: UInt64
        var offset: UInt64
        var next = Place.none
        var pid: UInt32 = 0
        var tid: UInt32 = 0
        var cpu: UInt32 = 0
        var source: UInt32 = 0
        var size: UInt32
        var parts: Parts
    }

    /// What is known of an event.
    struct Parts: OptionSet, BitwiseCopyable {
        let rawValue: UInt32
        static let pid = Parts(rawValue: 1)
        static let tid = Parts(rawValue: 2)
        static let cpu = Parts(rawValue: 4)
        static let source = Parts(rawValue: 8)
        static let foreign = Parts(rawValue: 16)
        static let loss = Parts(rawValue: 32)
        static let text = Parts(rawValue: 64)
        static let snapshot = Parts(rawValue: 128)
        /// A part of a snapshot of which all parts before it were read.
        static let continuous = Parts(rawValue: 256)
        /// An event whose time is the one at which it was read.
        static let readTime = Parts(rawValue: 512)
        /// What is no event.
        static let others: Parts = [.loss, .text, .snapshot]
    }

    @safe private struct Chunk {
        var storage: UnsafeMutableRawPointer
        var capacity = 0
        var end = 0
        /// The events that have not gone.
        var live = 0
    }

    let capacity: Int
    let chunkSize: Int
    private var chunks: [Chunk] = []
    /// Chunks of the usual size without events.
    private var spare: [Int] = []
    /// Numbers of chunks that were let go.
    private var unused: [Int] = []
    private var current = 0
    /// What a chunk that was let go has.
    private let nothing = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
    /// The bytes of all chunks.
    private(set) var allocated = 0

    /// The bytes in front of an event's own.
    private let frontSize: Int
    /// Whether each event has a ``SortedOrigin`` between its front and its bytes.
    let hasOrigins: Bool

    init(capacity: Int, hasOrigins: Bool = false) {
        self.hasOrigins = hasOrigins
        frontSize = MemoryLayout<Front>.stride + (hasOrigins ? MemoryLayout<SortedOrigin>.stride : 0)
        self.capacity = min(max(capacity, 1 << 18), 1 << 40)
        chunkSize = min(max(self.capacity / 64, 1 << 16), 1 << 20)
    }

    deinit {
        for chunk in chunks where chunk.capacity > 0 { unsafe chunk.storage.deallocate() }
        unsafe nothing.deallocate()
    }

    // MARK: Filling

    /// Makes room for an event of that many bytes.
    ///
    /// - Returns: False if others must go first, or, where none waits, if it can never be held.
    @inline(__always)
    mutating func reserve(_ size: Int) -> Bool {
        let count = stored(size)
        if current < chunks.count, count <= chunks[current].capacity &- chunks[current].end { return true }
        return addChunk(for: count)
    }

    /// The bytes that an event takes: sizes are less than 2^32.
    @inline(__always)
    private func stored(_ size: Int) -> Int { (frontSize &+ size &+ 7) & ~7 }

    @inline(never)
    private mutating func addChunk(for count: Int) -> Bool {
        if count <= chunkSize, let next = spare.popLast() {
            retireCurrent()
            current = next
            return true
        }
        let size = max(count, chunkSize)
        while allocated + size > capacity, let last = spare.popLast() { release(last) }
        guard allocated + size <= capacity else { return false }
        retireCurrent()
        let chunk = unsafe Chunk(storage: .allocate(byteCount: size, alignment: 16), capacity: size)
        allocated += size
        if let number = unused.popLast() {
            chunks[number] = chunk
            current = number
        } else {
            current = chunks.count
            chunks.append(chunk)
        }
        return true
    }

    /// The chunk that was filled gets no more events.
    private mutating func retireCurrent() {
        guard current < chunks.count, chunks[current].live == 0, chunks[current].capacity > 0 else { return }
        recycle(current)
    }

    /// Puts an event into the room that was made for it.
    @inline(__always)
    mutating func put(_ front: Front, _ origin: SortedOrigin, _ bytes: RawSpan) -> Place {
        let end = chunks[current].end
        let count = stored(bytes.byteCount)
        precondition(count <= chunks[current].capacity &- end)
        let storage = unsafe chunks[current].storage
        unsafe storage.storeBytes(of: front, toByteOffset: end, as: Front.self)
        if hasOrigins {
            unsafe storage.storeBytes(
                of: origin, toByteOffset: end &+ MemoryLayout<Front>.stride, as: SortedOrigin.self)
        }
        let start = unsafe storage + end + frontSize
        unsafe bytes.withUnsafeBytes { source in
            guard let bytes = source.baseAddress else { return }
            unsafe start.copyMemory(from: bytes, byteCount: source.count)
        }
        chunks[current].end = end &+ count
        chunks[current].live &+= 1
        return Place(chunk: UInt32(truncatingIfNeeded: current), offset: UInt32(truncatingIfNeeded: end))
    }

    /// Says which event comes behind another.
    @inline(__always)
    mutating func link(_ place: Place, to next: Place) {
        var front = front(at: place)
        front.next = next
        unsafe pointer(to: place).storeBytes(of: front, as: Front.self)
    }

    // MARK: Reading

    @inline(__always)
    private func pointer(to place: Place) -> UnsafeMutableRawPointer {
        let chunk = chunks[Int(place.chunk)]
        precondition(Int(place.offset) &+ frontSize <= chunk.end)
        return unsafe chunk.storage + Int(place.offset)
    }

    @inline(__always)
    func front(at place: Place) -> Front {
        unsafe pointer(to: place).load(as: Front.self)
    }

    /// Where an event is from; nothing of it is known where origins are not kept.
    @inline(__always)
    func origin(at place: Place) -> SortedOrigin {
        guard hasOrigins else { return SortedOrigin() }
        return unsafe (pointer(to: place) + MemoryLayout<Front>.stride).load(as: SortedOrigin.self)
    }

    @inline(__always)
    func next(after place: Place) -> Place? {
        let next = front(at: place).next
        return next == .none ? nil : next
    }

    /// The bytes of an event.
    @inline(__always)
    @_lifetime(borrow self)
    func bytes(at place: Place, size: UInt32) -> RawSpan {
        let start = unsafe pointer(to: place) + frontSize
        precondition(Int(place.offset) &+ stored(Int(size)) <= chunks[Int(place.chunk)].end)
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: Int(size))
        return unsafe _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
    }

    // MARK: Letting go

    /// Lets an event go.
    @inline(__always)
    mutating func remove(_ place: Place) {
        let number = Int(place.chunk)
        chunks[number].live &-= 1
        guard chunks[number].live == 0 else { return }
        chunks[number].end = 0
        if number != current { recycle(number) }
    }

    private mutating func recycle(_ number: Int) {
        if chunks[number].capacity == chunkSize { spare.append(number) } else { release(number) }
    }

    private mutating func release(_ number: Int) {
        allocated -= chunks[number].capacity
        unsafe chunks[number].storage.deallocate()
        chunks[number] = unsafe Chunk(storage: nothing)
        unused.append(number)
    }
}
