// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

/// Rows in the order of some of their fields: all of them, or the first of that order.
///
/// The memory is that of the rows that are kept, and no more than ``byteLimit``: where there is no room for all, those
/// that come last are left out and counted. Rows that are equal keep the order in which they came; a row that does not
/// have a field comes behind those that do.
package struct RowOrder: ~Copyable {
    /// Bytes of all rows that are kept.
    package static let byteLimit = 256 << 20

    private let fields: [(place: EventField, isDescending: Bool)]
    private let keySize: Int
    private let rowSize: Int
    /// Rows that are kept at most.
    private let limit: Int
    private let isTop: Bool
    /// A key, the CPU, the size and the row itself for each.
    private var records: [UInt8] = []
    private var numbers: [UInt64] = []
    /// The rows: a heap with the last one in front as long as there may be more than are kept.
    private var heap: [Int] = []
    private var isHeap = false
    private var key: [UInt8] = []
    private var next: UInt64 = 0
    /// Rows that were left out for want of memory.
    package private(set) var dropped: UInt64 = 0
    /// Rows that were left out since no more were asked for.
    package private(set) var beyond: UInt64 = 0

    /// Creates an empty order.
    ///
    /// - Parameters:
    ///   - fields: What rows are sorted by; none for the order in which they come.
    ///   - top: How many are kept; nil for all.
    ///   - rowSize: The largest row.
    package init(by fields: [(place: EventField, isDescending: Bool)], top: Int?, rowSize: Int) {
        self.fields = fields
        self.rowSize = rowSize
        keySize = fields.reduce(0) { $0 + Self.keySize($1.place) }
        let capacity = max(Self.byteLimit / (keySize + Self.front + rowSize + 24), 1)
        limit = min(top ?? capacity, capacity)
        isTop = (top ?? .max) <= capacity
    }

    /// The CPU and the size of a row.
    private static let front = 8
    private var recordSize: Int { keySize + Self.front + rowSize }

    /// How many rows are kept.
    package var count: Int { heap.count }

    /// Forgets all rows.
    package mutating func removeAll() {
        records.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
        heap.removeAll(keepingCapacity: true)
        (isHeap, next, dropped, beyond) = (false, 0, 0, 0)
    }

    /// Forgets all rows, and gives their memory back: those of many maps would be too much together.
    package mutating func release() {
        (records, numbers, heap) = ([], [], [])
        (isHeap, next, dropped, beyond) = (false, 0, 0, 0)
    }

    /// Takes a row.
    package mutating func add(_ row: RawSpan, cpu: UInt32?) {
        makeKey(row)
        let number = next
        next += 1
        if heap.count < limit {
            let index = heap.count
            reserve()
            records.append(contentsOf: key)
            appendRest(row, cpu)
            numbers.append(number)
            heap.append(index)
            return
        }
        if isTop { beyond += 1 } else { dropped += 1 }
        makeHeap()
        // Of equal ones those stay that came first.
        guard let worst = heap.first, isKeyBefore(worst) else { return }
        replace(worst, with: row, cpu)
        numbers[worst] = number
        siftDown(0)
    }

    /// Makes room for half as many rows again, and no more than are kept: an array alone would take twice the bytes.
    private mutating func reserve() {
        guard records.count + recordSize > records.capacity else { return }
        let rows = min(heap.count + heap.count / 2 + 64, limit)
        records.reserveCapacity(rows * recordSize)
    }

    private mutating func appendRest(_ row: RawSpan, _ cpu: UInt32?) {
        let size = min(row.byteCount, rowSize)
        append(cpu ?? .max)
        append(UInt32(truncatingIfNeeded: size))
        unsafe row.extracting(0..<size).withUnsafeBytes { unsafe records.append(contentsOf: $0) }
        records.append(contentsOf: repeatElement(0, count: rowSize - size))
    }

    private mutating func append(_ number: UInt32) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            records.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    private mutating func replace(_ index: Int, with row: RawSpan, _ cpu: UInt32?) {
        let start = index * recordSize
        let size = min(row.byteCount, rowSize)
        for at in 0..<keySize { records[start + at] = key[at] }
        for byte in 0..<4 {
            records[start + keySize + byte] = UInt8(truncatingIfNeeded: (cpu ?? .max) >> UInt32(8 * byte))
            records[start + keySize + 4 + byte] = UInt8(truncatingIfNeeded: size >> (8 * byte))
        }
        for at in 0..<size {
            records[start + keySize + Self.front + at] = unsafe row.unsafeLoad(fromByteOffset: at, as: UInt8.self)
        }
    }

    /// Puts the rows in order.
    ///
    /// - Parameter isAsked: Asked now and then whether to stop: millions of rows take seconds.
    /// - Returns: False if it did; the rows are of no use then.
    @discardableResult
    package mutating func sort(unless isAsked: () -> Bool = { false }) -> Bool {
        isHeap = false
        var order: [Int] = []
        swap(&order, &heap)
        defer { swap(&order, &heap) }
        guard !fields.isEmpty else {
            order.sort { numbers[$0] < numbers[$1] }
            return true
        }
        var left = Self.comparisons
        do {
            try order.sort { one, other in
                left -= 1
                if left == 0 {
                    left = Self.comparisons
                    if isAsked() { throw Stopped() }
                }
                return isBefore(one, other)
            }
        } catch {
            return false
        }
        return true
    }

    private struct Stopped: Error {}

    /// Comparisons between two looks at what asks to stop: some milliseconds.
    private static let comparisons = 1 << 14

    /// Copies a row out, and tells its CPU.
    package func row(_ index: Int, into row: inout [UInt8]) -> UInt32? {
        let start = heap[index] * recordSize + keySize
        func number(_ at: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(records[start + at + $1]) << UInt32($1 * 8) }
        }
        row.removeAll(keepingCapacity: true)
        let first = start + Self.front
        row.append(contentsOf: records[first..<(first + min(Int(number(4)), rowSize))])
        return number(0) == .max ? nil : number(0)
    }

    // MARK: The order

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (first, second) = (left * recordSize, right * recordSize)
        for at in 0..<keySize {
            let (one, other) = (records[first + at], records[second + at])
            if one != other { return one < other }
        }
        return numbers[left] < numbers[right]
    }

    /// Whether ``key`` is in front of a row that came before it.
    private func isKeyBefore(_ index: Int) -> Bool {
        for at in 0..<keySize where key[at] != records[index * recordSize + at] {
            return key[at] < records[index * recordSize + at]
        }
        return false
    }

    private mutating func makeHeap() {
        guard !isHeap else { return }
        isHeap = true
        for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
    }

    private mutating func siftDown(_ index: Int) {
        var at = index
        while true {
            var last = at
            for child in [2 * at + 1, 2 * at + 2] where child < heap.count && isBefore(heap[last], heap[child]) {
                last = child
            }
            guard last != at else { return }
            heap.swapAt(at, last)
            at = last
        }
    }

    // MARK: Keys

    /// Bytes of a text that count.
    private static let textLimit = 256

    private static func keySize(_ place: EventField) -> Int {
        switch place.kind {
        case .unsigned(let bits) where bits <= 64: 9
        case .signed(let bits) where bits <= 64: 9
        case .boolean, .pointer, .float: 9
        // Those of 64 bits may have a sign or none.
        case .unsigned, .signed, .enumeration: 17
        case .text, .bytes, .array, .structure: min(place.size, textLimit) + 1
        }
    }

    private static func hasSign(_ place: EventField) -> Bool {
        switch place.kind {
        case .signed: true
        default: false
        }
    }

    /// Makes bytes of a row whose order is that of the rows.
    private mutating func makeKey(_ row: RawSpan) {
        key.removeAll(keepingCapacity: true)
        for (place, isDescending) in fields {
            let start = key.count
            let size = Self.keySize(place) - 1
            var isThere = true
            switch place.value(in: row) {
            case .integer(let value) where size == 16:
                append(UInt128(bitPattern: value) ^ 1 << 127, size)
            case .integer(let value):
                let flip: UInt64 = Self.hasSign(place) ? 1 << 63 : 0
                append(UInt128(UInt64(truncatingIfNeeded: value) ^ flip), size)
            case .float(let value):
                let bits = value.bitPattern
                append(UInt128(bits >> 63 == 0 ? bits | 1 << 63 : ~bits), size)
            case .text(let range), .bytes(let range):
                for at in range.prefix(size) { key.append(unsafe row.unsafeLoad(fromByteOffset: at, as: UInt8.self)) }
            case .missing: isThere = false
            }
            if isDescending { for at in start..<key.count { key[at] = ~key[at] } }
            let fill: UInt8 = !isThere || isDescending ? 0xff : 0
            while key.count < start + size { key.append(fill) }
            key.append(isThere ? 0 : 1)
        }
    }

    private mutating func append(_ value: UInt128, _ size: Int) {
        for byte in stride(from: size - 1, through: 0, by: -1) {
            key.append(UInt8(truncatingIfNeeded: value >> UInt128(8 * byte)))
        }
    }
}
