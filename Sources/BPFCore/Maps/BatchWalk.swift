// SPDX-License-Identifier: Apache-2.0

internal import BPFObject

/// A walk with many elements a call (`BPF_MAP_LOOKUP_BATCH`, 5.6; per-CPU arrays and tries 5.13).
///
/// Of a hash the kernel hands out whole buckets, each as it is at one moment: a key is in one of them, so it comes once.
/// Arrays have their numbers. Of a trie the kernel goes from key to key, and begins anew where one was removed under it.
/// The table of a hash that grows with its elements is made anew at any time, and each time keys are in another order: it
/// is walked until nothing new comes.
struct BatchWalk: Sendable {
    /// What a call came to.
    enum Answer: Sendable {
        case more
        case last
        /// There are no batches for this map: it goes on key by key, after this one.
        case keysFrom([UInt8]?)
    }

    /// Bytes that one call may bring at first.
    private static let usual = 1 << 18
    /// Bytes that a bucket may have: 4 times that are asked for at most.
    private static let most = 1 << 28
    /// Walks of a map whose table is made anew.
    private static let patience = 16

    /// Where the next batch begins; empty for the first.
    private var place: [UInt8] = []
    /// Elements of one batch; 0 before the first.
    private var size = 0
    private var repeats: Repeats
    private(set) var isUnsteady = false
    private var budget = WalkBudget()
    private var passes = 0
    /// Whether this walk of all elements brought something new.
    private var hasNews = false

    init(_ map: borrowing Map) {
        repeats =
            switch map.type.order {
            case .prefixes: .trie(TrieOrder())
            case .growing: .remembered(KeySet(keySize: map.keySize))
            // A batch has whole buckets.
            case .indices, .buckets: .never
            }
    }

    mutating func fill(_ buffer: inout ElementBuffer, _ map: borrowing Map) throws(BPFError) -> Answer {
        if size == 0 {
            // No more than there may be: a value may have megabytes, and of such a map there is one.
            size = max(min(buffer.elements(inBytes: Self.usual, least: 16), 1 << 14, Int(try map.info().maxEntries)), 1)
        }
        var interruptions = 0
        while true {
            buffer.clear(room: size)
            var isEnd = false
            do throws(Errno) {
                let (count, isLast) = try BPFCommand.lookUpBatch(
                    map: map.descriptor.rawValue, place: &place, count: size, keys: &buffer.keys,
                    values: &buffer.values)
                buffer.count = min(max(count, 0), size)
                isEnd = isLast
            } catch .noSpace where size * buffer.stride < Self.most {
                // A bucket of the hash holds more than that.
                size *= 4
                continue
            } catch .interrupted where interruptions < 8 {
                // Elements were removed under the kernel's eyes (before 6.14).
                interruptions += 1
                continue
            } catch .resourceBusy where interruptions < 64 {
                // A program that the reader interrupted holds the bucket (5.11 to 6.17).
                interruptions += 1
                continue
            } catch .resourceTemporarilyUnavailable {
                // The key that the next batch begins with has gone.
                hasNews = true
                guard beginsAnew() else {
                    isUnsteady = true
                    return .last
                }
                continue
            } catch {
                // An older kernel, or a type of map without batches.
                let isMissing = [.invalidArgument, .notSupportedByKernel, .notSupported].contains(error)
                if isMissing, place.isEmpty { return .keysFrom(nil) }
                if error == .interrupted { return .keysFrom(place.isEmpty ? nil : Array(place.prefix(map.keySize))) }
                throw map.elementError(error, "cannot read the elements of")
            }
            try keepNew(&buffer, map)
            return isUnsteady || isEnd && !beginsAnew() ? .last : .more
        }
    }

    /// Takes out of a batch what came before.
    private mutating func keepNew(_ buffer: inout ElementBuffer, _ map: borrowing Map) throws(BPFError) {
        if case .never = repeats { return }
        // The kernel's walk may begin anew again and again.
        if case .trie = repeats, try !budget.spend(max(buffer.count, 1), map) { isUnsteady = true }
        buffer.keep { repeats.isNew($0) }
        if buffer.count > 0 { hasNews = true }
        if repeats.areForgotten { isUnsteady = true }
    }

    /// Whether the map must be walked once more, which is the case until a walk brings nothing new.
    private mutating func beginsAnew() -> Bool {
        guard case .remembered = repeats, hasNews else { return false }
        passes += 1
        isUnsteady = passes > Self.patience
        hasNews = false
        place = []
        return !isUnsteady
    }
}
