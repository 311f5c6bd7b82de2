// SPDX-License-Identifier: Apache-2.0

internal import BPFObject

/// A walk from key to key (`BPF_MAP_GET_NEXT_KEY`).
///
/// Where the key that it stands on is removed, the kernel begins anew with the first: what comes again is left out. A
/// key that is set anew goes to the front of its list, where the walk may have passed: lists are walked until nothing new
/// comes.
struct KeyWalk: MapWay {
    /// Bytes that are read before they are handed out.
    private static let part = 1 << 16
    /// Keys that are looked at before the caller has its turn: most slots of an array may be empty.
    static let mostKeys = 4096

    /// Walks of a map that changes all the time.
    private static let patience = 16

    private var repeats: Repeats
    /// The key that the walk stands on, if there is one, and room for the next.
    private var key: [UInt8]
    private var hasKey = false
    private var next: [UInt8]
    /// The key that was handed out last, if there is one.
    private var taken: [UInt8]
    private var hasTaken = false
    /// A key that was named and was not there, and how often.
    private var missing: [UInt8] = []
    private var misses = 0
    private var budget = WalkBudget()
    /// Walks that were begun again because the key at their end had gone, or something new came.
    private var passes = 0
    /// Whether this walk of all keys brought something new.
    private var hasNews = false
    /// Whether all that was handed out is remembered.
    private var beganAtFirst = true
    private(set) var isUnsteady = false

    init(_ map: borrowing Map) {
        key = [UInt8](repeating: 0, count: map.keySize)
        (next, taken) = (key, key)
        repeats =
            switch map.type.order {
            case .prefixes: .trie(TrieOrder())
            case .indices: .never
            case .buckets, .growing: .remembered(KeySet(keySize: map.keySize))
            }
    }

    /// Goes on after a key that was handed out; from the first on for nil.
    mutating func start(after key: [UInt8]?) {
        hasKey = key != nil
        beganAtFirst = key == nil
        guard let key, key.count == self.key.count else { return }
        (self.key, taken, hasTaken) = (key, key, true)
        _ = repeats.isNew(key[...])
    }

    mutating func fill(_ buffer: inout ElementBuffer, _ map: borrowing Map) throws(BPFError) -> Bool {
        buffer.clear(room: min(buffer.elements(inBytes: Self.part, least: 1), 1024))
        var keys = 0
        while buffer.count < buffer.capacity {
            guard keys < Self.mostKeys else { return false }
            keys += 1
            guard try budget.spend(1, map) else {
                isUnsteady = true
                return true
            }
            do throws(Errno) {
                guard try BPFCommand.nextKey(map: map.descriptor.rawValue, after: hasKey ? key : nil, into: &next)
                else {
                    if try isAtEnd(map, room: buffer.room) { return true }
                    hasKey = false
                    continue
                }
                swap(&key, &next)
                hasKey = true
                guard repeats.isNew(key[...]) || key == missing else {
                    guard !repeats.areForgotten else {
                        isUnsteady = true
                        return true
                    }
                    continue
                }
                if try BPFCommand.findElement(
                    map: map.descriptor.rawValue, key: key.span, value: &buffer.values,
                    at: buffer.count * buffer.room)
                {
                    buffer.append(key: key)
                    copy(key, to: &taken)
                    (hasTaken, hasNews) = (true, true)
                    // If it goes and comes once more, it is known.
                    if key == missing { (missing, misses) = ([], 0) }
                } else if try !stepBack() {
                    return true
                }
            } catch {
                throw map.elementError(error, "cannot read the elements of")
            }
        }
        return false
    }

    /// Goes on where the last element was, after a key that is not there: it was removed meanwhile.
    ///
    /// The second time it goes on behind that key. Some lists of the kernel name one at their end that never was one,
    /// and nothing is behind it.
    ///
    /// - Returns: false where the same key is missing for the third time: others may be behind it.
    private mutating func stepBack() throws(Errno) -> Bool {
        // Slots of an array of maps may be empty, and the numbers go on behind them.
        if case .never = repeats { return true }
        guard key != missing else {
            misses += 1
            isUnsteady = misses > 2
            return !isUnsteady
        }
        (missing, misses) = (key, 1)
        copy(taken, to: &key)
        hasKey = hasTaken
        return true
    }

    /// Whether the end is one: something new may have come in front, and some lists of the kernel end too where the
    /// key that we stand on was removed.
    private mutating func isAtEnd(_ map: borrowing Map, room: Int) throws(Errno) -> Bool {
        guard case .remembered = repeats, hasTaken else { return true }
        if hasNews, beganAtFirst {
            hasNews = false
            misses = 0
            passes += 1
            isUnsteady = passes > Self.patience
            return isUnsteady
        }
        var value = [UInt8](repeating: 0, count: room)
        guard try !BPFCommand.findElement(map: map.descriptor.rawValue, key: taken.span, value: &value) else {
            return true
        }
        passes += 1
        isUnsteady = passes > Self.patience
        return isUnsteady
    }

    private func copy(_ key: [UInt8], to other: inout [UInt8]) {
        for index in key.indices { other[index] = key[index] }
    }
}

/// The keys that a walk looks at, so that it ends though others remove elements behind it.
struct WalkBudget: Sendable {
    private var left: Int?

    /// Takes so many, and tells whether there were as many.
    mutating func spend(_ keys: Int, _ map: borrowing Map) throws(BPFError) -> Bool {
        let before: Int
        if let left { before = left } else { before = 8 * Int(clamping: try map.info().maxEntries) + 4096 }
        left = before - keys
        return before >= keys
    }
}
