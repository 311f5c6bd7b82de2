// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding

/// Numbers for keys of bytes: the first key has 0, the next one 1.
///
/// A key that is there is found without an allocation. Hashes have a secret of the process, so that nobody can choose
/// keys that collide.
struct GroupTable {
    private var keys: [UInt8] = []
    private var ends: [Int] = []
    /// Numbers of keys, or -1; the size is a power of two, half of it free.
    private var slots = [Int32](repeating: -1, count: 64)
    private let limit: Int
    /// All keys of a summary together have no more bytes.
    private static let byteLimit = 32 << 20

    init(limit: Int) {
        self.limit = min(max(limit, 1), 1 << 24)
    }

    var count: Int { ends.count }

    /// The number of a key, which is a new one if need be; nil if there are too many.
    @inline(__always)
    mutating func number(of text: borrowing LineBuffer) -> Int? {
        let key = text.bytes
        var slot = Self.hash(key) & (slots.count - 1)
        while slots[slot] >= 0 {
            let number = Int(slots[slot])
            if isEqual(number, key) { return number }
            slot = (slot + 1) & (slots.count - 1)
        }
        return insert(key)
    }

    @inline(never)
    private mutating func insert(_ key: RawSpan) -> Int? {
        guard count < limit, keys.count + key.byteCount <= Self.byteLimit else { return nil }
        unsafe key.withUnsafeBytes { unsafe keys.append(contentsOf: $0) }
        ends.append(keys.count)
        if count * 2 > slots.count {
            slots = [Int32](repeating: -1, count: slots.count * 2)
            for number in 0..<(count - 1) { place(number) }
        }
        place(count - 1)
        return count - 1
    }

    private mutating func place(_ number: Int) {
        var slot = unsafe Self.hash(self[number].span.bytes) & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(truncatingIfNeeded: number)
    }

    @inline(__always)
    private static func hash(_ key: RawSpan) -> Int {
        var hasher = Hasher()
        unsafe key.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    @inline(__always)
    private func isEqual(_ number: Int, _ key: RawSpan) -> Bool {
        let start = number == 0 ? 0 : ends[number - 1]
        guard ends[number] - start == key.byteCount else { return false }
        for index in 0..<key.byteCount
        where unsafe key.unsafeLoad(fromByteOffset: index, as: UInt8.self) != keys[start + index] {
            return false
        }
        return true
    }

    /// A key.
    subscript(number: Int) -> ArraySlice<UInt8> {
        keys[(number == 0 ? 0 : ends[number - 1])..<ends[number]]
    }
}
