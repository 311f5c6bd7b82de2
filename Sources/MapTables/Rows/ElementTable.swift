// SPDX-License-Identifier: Apache-2.0

/// The rows of a snapshot by their keys, for the one that comes next.
///
/// They lie in one piece of memory, each with its CPU in front; a key that is there is found without an allocation.
/// Hashes have a secret of the process, so that nobody can choose keys that collide.
struct ElementTable {
    private let rowSize: Int
    private let keySize: Int
    private var rows: [UInt8] = []
    /// Numbers of rows, or -1; the size is a power of two, half of it free.
    private var slots = [Int32](repeating: -1, count: 64)
    private var seen: [Bool] = []
    /// Whether rows were left out, as there was no room.
    private(set) var isFull = false
    /// What it has of the memory of all tables.
    private let share: ElementRoom.Share

    /// - Parameters:
    ///   - rowSize: Bytes of a row.
    ///   - keySize: Bytes of its key, which it begins with.
    ///   - room: The memory that it shares with other tables.
    init(rowSize: Int, keySize: Int, room: ElementRoom) {
        self.rowSize = rowSize + Self.front
        self.keySize = min(keySize, rowSize)
        share = ElementRoom.Share(of: room)
    }

    /// The CPU in front of each row.
    private static let front = 8

    var count: Int { seen.count }

    /// Forgets all rows; memory that the last ones had no use for goes back to the other tables.
    mutating func removeAll() {
        if capacity > 64, count < capacity / 4 {
            (rows, seen, capacity) = ([], [], 0)
            slots = [Int32](repeating: -1, count: 64)
            share.giveBack()
        }
        rows.removeAll(keepingCapacity: true)
        seen.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = -1 }
        isFull = false
    }

    /// Rows that there is memory for.
    private var capacity = 0

    /// Bytes that a row takes, with its two slots.
    private var bytesPerRow: Int { rowSize + 2 * MemoryLayout<Int32>.size + 1 }

    /// Makes room for further rows: half as many again, or as many as the other tables leave.
    private mutating func grow() -> Bool {
        // A table of one large row must not need room for many.
        var more = max(capacity / 2, min(64, (1 << 16) / bytesPerRow), 1)
        // Each step copies what is there: many small ones would take long.
        let least = max(capacity / 16, 1)
        while !share.take(more * bytesPerRow) {
            guard more > least else { return false }
            more = max(more / 2, least)
        }
        capacity += more
        rows.reserveCapacity(capacity * rowSize)
        seen.reserveCapacity(capacity)
        return true
    }

    /// The number of a row; nil if it is not there.
    func find(_ row: RawSpan, _ cpu: UInt32) -> Int? {
        var slot = hash(row, cpu) & (slots.count - 1)
        while slots[slot] >= 0 {
            let number = Int(slots[slot])
            if isEqual(number, row, cpu) { return number }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Keeps a row; one of the same key is replaced.
    mutating func insert(_ row: RawSpan, _ cpu: UInt32) {
        guard row.byteCount == rowSize - Self.front else { return }
        if let number = find(row, cpu) {
            let start = number * rowSize + Self.front
            for index in 0..<row.byteCount {
                rows[start + index] = unsafe row.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            }
            return
        }
        guard count < Int(Int32.max), count < capacity || grow() else {
            isFull = true
            return
        }
        unsafe withUnsafeBytes(of: UInt64(cpu)) { unsafe rows.append(contentsOf: $0) }
        unsafe row.withUnsafeBytes { unsafe rows.append(contentsOf: $0) }
        seen.append(false)
        if count * 2 > slots.count {
            slots = [Int32](repeating: -1, count: slots.count * 2)
            for number in 0..<count { place(number) }
        } else {
            place(count - 1)
        }
    }

    /// Notes that a row came again.
    mutating func mark(_ number: Int) { seen[number] = true }

    /// Whether a row came again.
    func isMarked(_ number: Int) -> Bool { seen[number] }

    /// A row.
    func row(_ number: Int) -> ArraySlice<UInt8> {
        rows[(number * rowSize + Self.front)..<((number + 1) * rowSize)]
    }

    /// The CPU of a row.
    func cpu(_ number: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(rows[number * rowSize + Self.cpuByte($1)]) << UInt32($1 * 8) }
    }

    /// Where a byte of the CPU is, from the lowest one.
    private static func cpuByte(_ index: Int) -> Int {
        UInt16(1).littleEndian == 1 ? index : front - 1 - index
    }

    private mutating func place(_ number: Int) {
        let cpu = cpu(number)
        var slot = unsafe hash(row(number).span.bytes, cpu) & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(truncatingIfNeeded: number)
    }

    private func hash(_ row: RawSpan, _ cpu: UInt32) -> Int {
        var hasher = Hasher()
        unsafe row.extracting(0..<min(keySize, row.byteCount)).withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        hasher.combine(cpu)
        return hasher.finalize()
    }

    private func isEqual(_ number: Int, _ row: RawSpan, _ cpu: UInt32) -> Bool {
        guard row.byteCount >= keySize, self.cpu(number) == cpu else { return false }
        let start = number * rowSize + Self.front
        for index in 0..<keySize
        where unsafe row.unsafeLoad(fromByteOffset: index, as: UInt8.self) != rows[start + index] {
            return false
        }
        return true
    }
}
