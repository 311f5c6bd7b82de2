// SPDX-License-Identifier: Apache-2.0

/// Keys that were handed out, as many as a bound of memory allows.
struct KeySet: Sendable {
    /// What became of a key.
    enum Answer: Sendable, Equatable {
        /// It is new and remembered.
        case new
        /// It is not known, and there was no room for it.
        case forgotten
        /// It came before.
        case known
    }

    /// Bytes of all keys and of the table that finds them.
    static let bound = 64 << 20

    private let keySize: Int
    private let limit: Int
    private var keys: [UInt8] = []
    /// Places in `keys` plus 1, by hash; 0 is free.
    ///
    /// Its size is a power of two.
    private var table = [UInt32](repeating: 0, count: 64)
    private(set) var count = 0
    private var hasForgotten = false
    /// Whether a key came again after another one found no room.
    private(set) var isUnreliable = false

    /// - Parameter limit: Bytes that it may take.
    init(keySize: Int, limit: Int = KeySet.bound) {
        self.keySize = max(keySize, 1)
        self.limit = limit
    }

    /// Whether a further key has no room.
    private var isFull: Bool { (count + 1) * (keySize + 8) > limit }

    /// Puts a key in.
    mutating func insert(_ key: ArraySlice<UInt8>) -> Answer {
        let slot = slot(of: key)
        guard table[slot] == 0 else {
            if hasForgotten { isUnreliable = true }
            return .known
        }
        guard !isFull, key.count == keySize else {
            hasForgotten = true
            return .forgotten
        }
        keys += key
        count += 1
        table[slot] = UInt32(truncatingIfNeeded: count)
        if 2 * count > table.count { grow() }
        return .new
    }

    /// Where a key is, or would be.
    private func slot(of key: ArraySlice<UInt8>) -> Int {
        var hasher = Hasher()
        unsafe key.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        let mask = table.count - 1
        var slot = hasher.finalize() & mask
        while table[slot] != 0, !isEqual(Int(table[slot]) - 1, key) { slot = (slot + 1) & mask }
        return slot
    }

    private func isEqual(_ index: Int, _ key: ArraySlice<UInt8>) -> Bool {
        guard key.count == keySize else { return false }
        let (start, other) = (index * keySize, key.startIndex)
        for byte in 0..<keySize where keys[start + byte] != key[other + byte] { return false }
        return true
    }

    private mutating func grow() {
        table = [UInt32](repeating: 0, count: 2 * table.count)
        for index in 0..<count {
            let slot = slot(of: keys[(index * keySize)..<((index + 1) * keySize)])
            table[slot] = UInt32(truncatingIfNeeded: index + 1)
        }
    }
}
