// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
public import Diagnostics
public import Records

/// How full a map is, and what becomes of programs' updates there.
public struct MapFill: Sendable, Equatable {
    /// What happens to an element of a new key when the map is full.
    public enum Rule: Sendable, Equatable {
        /// The update fails in the program (`E2BIG`); the kernel counts that nowhere.
        case refuses
        /// Elements that were not used for long make room (LRU maps); the kernel counts them nowhere.
        case evicts
    }

    /// How many elements a snapshot found.
    public let elements: UInt64
    /// How many there may be (`max_entries`).
    public let limit: UInt64
    /// What happens when it is full.
    public let rule: Rule
    /// Elements that CPUs may hold ready of an LRU map, so that others make room before the limit is reached.
    let reserve: UInt64
    private let name: String

    init(elements: UInt64, limit: UInt64, rule: Rule, name: String, cpus: Int) {
        self.elements = elements
        self.limit = limit
        self.rule = rule
        self.name = name
        // LOCAL_FREE_TARGET of the kernel; newer ones take less of a small map.
        reserve = rule == .evicts ? min(128 * UInt64(clamping: cpus), limit / 2) : 0
    }

    /// Whether new keys find no room: each update of one fails, or takes the place of another.
    public var isFull: Bool { elements >= limit - reserve }

    /// What to tell of a full map; nil of one that has room.
    public var note: Diagnostic? {
        guard isFull else { return nil }
        let cause =
            switch rule {
            case .refuses: "updates with new keys fail in the programs (E2BIG), and nobody counts them"
            case .evicts: "elements that were not used for long make room for new ones, and nobody counts them"
            }
        var note = Diagnostic(
            .mapFull, .note, stage: .map,
            "map \(name) is full\(elements < limit ? " or nearly so" : ""): \(elements) of \(limit) elements",
            cause: cause,
            nextStep: "give it more entries: \(.mapSize, name, to: "ENTRIES")")
        note.map = name
        return note
    }
}

extension MapSnapshots {
    /// How full the map is, after a snapshot that has all of it.
    ///
    /// - Returns: nil where elements are not made by programs' updates one by one, as in arrays, where only one can be
    ///   seen (queues), and after a snapshot that is not whole.
    public func fill(after end: SnapshotEnd) -> MapFill? {
        // The elements of the maps within a map tell nothing of that.
        guard info.type.mayBeFull, end.extent == .whole, shape.outerKeySize == nil else { return nil }
        return MapFill(
            elements: end.elements, limit: UInt64(info.maxEntries), rule: info.type.evicts ? .evicts : .refuses,
            name: info.name,
            cpus: (try? PossibleCPUs.count()) ?? 1)
    }
}
