// SPDX-License-Identifier: Apache-2.0

/// The order in which the kernel walks a trie of prefixes (`trie_get_next_key`).
///
/// What lies within a prefix comes before it, and 0 before 1. That does not depend on what else is in the trie, so what
/// comes again is seen by it alone.
struct TrieOrder: Sendable {
    private var last: [UInt8] = []

    /// Whether a key comes after all that were asked about, which it is from now on.
    mutating func isNew(_ key: ArraySlice<UInt8>) -> Bool {
        guard last.isEmpty || Self.isBefore(last[...], key) else { return false }
        last.replaceSubrange(0..<last.count, with: key)
        return true
    }

    /// Compares two keys (`struct bpf_lpm_trie_key`): the length of the prefix in bits, and its bytes.
    static func isBefore(_ one: ArraySlice<UInt8>, _ other: ArraySlice<UInt8>) -> Bool {
        let lengths = (length(one), length(other))
        let bits = min(lengths.0, lengths.1)
        let (first, second) = (one.startIndex + 4, other.startIndex + 4)
        var bit = 0
        while bit < bits {
            guard first + bit / 8 < one.endIndex, second + bit / 8 < other.endIndex else { break }
            let difference = one[first + bit / 8] ^ other[second + bit / 8]
            if difference != 0 {
                let place = difference.leadingZeroBitCount
                guard bit + place < bits else { break }
                return one[first + bit / 8] & (0x80 >> UInt8(place)) == 0
            }
            bit += 8
        }
        return lengths.0 > lengths.1
    }

    /// Bits of a prefix; the kernel takes none that is longer than its bytes.
    private static func length(_ key: ArraySlice<UInt8>) -> Int {
        let number: UInt32 = Memory.value(key.prefix(4))
        return min(Int(number), 8 * max(key.count - 4, 0))
    }
}
