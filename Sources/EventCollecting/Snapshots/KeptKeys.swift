// SPDX-License-Identifier: Apache-2.0

/// Chooses which elements of a map become metrics where there are more than are wanted.
///
/// Those of the last snapshot that are still there come first, then others as they come. So series go on, and do not come
/// and go with the order of a hash.
struct KeptKeys {
    private let limit: Int
    /// The keys, by their hashes, of the last snapshot, and of this one.
    private var before: Set<Int> = []
    private var now: Set<Int> = []
    /// How many keys of the last snapshot have come in this one.
    private var kept = 0

    init(limit: Int) { self.limit = limit }

    /// Begins a snapshot.
    mutating func begin() {
        now.removeAll(keepingCapacity: true)
        kept = 0
    }

    /// Whether an element is one of those that are taken.
    mutating func takes(_ key: RawSpan) -> Bool {
        var hasher = Hasher()
        unsafe key.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        let hash = hasher.finalize()
        if before.contains(hash) {
            if now.insert(hash).inserted { kept += 1 }
            return true
        }
        // Those of the last snapshot that have not come yet have their room.
        guard now.count + before.count - kept < limit else { return false }
        now.insert(hash)
        return true
    }

    /// Ends a snapshot.
    mutating func end() { swap(&before, &now) }
}
