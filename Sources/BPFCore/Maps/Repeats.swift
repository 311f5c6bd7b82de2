// SPDX-License-Identifier: Apache-2.0

/// How it is known that a key came before in a walk of a map.
enum Repeats: Sendable {
    /// No key comes twice: keys are numbers, or buckets are handed out as a whole.
    case never
    /// By the order of the walk.
    case trie(TrieOrder)
    /// By the keys that came.
    case remembered(KeySet)

    /// Whether a key did not come before; from now on it did.
    mutating func isNew(_ key: ArraySlice<UInt8>) -> Bool {
        switch self {
        case .never: return true
        case .trie(var order):
            self = .never
            defer { self = .trie(order) }
            return order.isNew(key)
        case .remembered(var keys):
            // Only one of them may hold the memory, or it would be copied.
            self = .never
            defer { self = .remembered(keys) }
            return keys.insert(key) != .known
        }
    }

    /// Whether a key came again after others found no room: nothing tells any more what came before.
    var areForgotten: Bool {
        guard case .remembered(let keys) = self else { return false }
        return keys.isUnreliable
    }
}
