// SPDX-License-Identifier: Apache-2.0

/// Holds records of several rings until no earlier one can come, and gives them out in the order of their time.
///
/// The records of a ring come nearly in order, so that sorting is a merge of runs. The memory is bounded: `capacity`
/// bytes of records and of what is known about each (16 bytes), and half as much again while they are sorted.
@safe struct TimeSorter: ~Copyable {
    /// A record and where it lies.
    struct Entry {
        var time: UInt64
        var offset: UInt32
        var count: UInt32
    }

    /// What a program's event may come later than its time says: it is timed before it is put into the ring.
    static let margin: UInt64 = 1_000_000
    /// The least memory that is of use.
    private static let leastCapacity = 1 << 20

    let capacity: Int
    private let storage: UnsafeMutableRawPointer
    private var end = 0
    private(set) var entries: [Entry] = []
    /// The start of the round that goes on.
    var roundStart: UInt64?
    /// Every record with an earlier time has come.
    var complete: UInt64 = 0
    /// The time of the last record that was given out.
    private var given: UInt64 = 0
    /// Records that came after one with a later time had been given out.
    private(set) var late: UInt64 = 0
    /// Records that were given out before their time because the memory was full.
    var forced: UInt64 = 0

    /// Creates a sorter; one of no capacity is off and takes no memory.
    init(capacity: Int) {
        self.capacity = capacity <= 0 ? 0 : min(max(capacity, Self.leastCapacity), 1 << 31)
        unsafe storage = .allocate(byteCount: max(self.capacity, 16), alignment: 16)
        entries.reserveCapacity(self.capacity / (Self.frontSize + 8 + MemoryLayout<Entry>.size))
    }

    deinit {
        unsafe storage.deallocate()
    }

    /// The bytes in front of a record's size: u32 pid, u32 tid, u64 time, u32 cpu, u32 source.
    static let frontSize = 24

    var isOn: Bool { capacity > 0 }

    /// Whether a record with an event of that size fits at all.
    func canHold(_ size: Int) -> Bool { size <= capacity - 64 }

    @inline(__always)
    func hasRoom(for count: Int) -> Bool {
        count <= capacity &- end &- (entries.count &+ 1) &* MemoryLayout<Entry>.size
    }

    // MARK: Filling

    /// Begins a record of that many bytes, for which there is room.
    @inline(__always)
    mutating func begin(time: UInt64, count: Int, context: UInt64, cpu: UInt32, source: UInt32) {
        precondition(hasRoom(for: count))
        entries.append(
            Entry(time: time, offset: UInt32(truncatingIfNeeded: end), count: UInt32(truncatingIfNeeded: count)))
        put(context)
        put(time)
        put(cpu)
        put(source)
    }

    @inline(__always)
    mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        precondition(MemoryLayout<Value>.size <= capacity &- end)
        unsafe storage.storeBytes(of: value, toByteOffset: end, as: Value.self)
        end &+= MemoryLayout<Value>.size
    }

    @inline(__always)
    mutating func put(_ bytes: RawSpan) {
        precondition(bytes.byteCount <= capacity &- end)
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe (storage + end).copyMemory(from: start, byteCount: source.count)
        }
        end &+= bytes.byteCount
    }

    mutating func pad(_ count: Int) {
        for _ in 0..<count { put(UInt8(0)) }
    }

    // MARK: Giving out

    mutating func sort() {
        entries.sort { $0.time < $1.time }
    }

    /// The records in front of a time; they are sorted.
    func count(before time: UInt64) -> Int {
        entries.firstIndex { $0.time >= time } ?? entries.count
    }

    /// Puts a record into a block.
    func copy(_ entry: Entry, into buffer: inout StreamBuffer) {
        precondition(Int(entry.offset) + Int(entry.count) <= end)
        let bytes = unsafe UnsafeRawBufferPointer(start: storage + Int(entry.offset), count: Int(entry.count))
        unsafe buffer.put(RawSpan(_unsafeBytes: bytes))
    }

    /// Notes that a record was given out.
    mutating func noteGiven(_ time: UInt64) {
        if time < given { late += 1 }
        given = max(given, time)
    }

    /// Removes the first records and moves the others together.
    mutating func removeFirst(_ count: Int) {
        entries.removeFirst(count)
        entries.sort { $0.offset < $1.offset }
        end = 0
        for index in entries.indices {
            let count = Int(entries[index].count)
            unsafe (storage + end).copyMemory(from: storage + Int(entries[index].offset), byteCount: count)
            entries[index].offset = UInt32(truncatingIfNeeded: end)
            end += count
        }
    }
}
