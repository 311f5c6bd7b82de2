// SPDX-License-Identifier: Apache-2.0

internal import Symbolication

/// What became of addresses, with the bytes that it takes: names are as long as whoever is traced likes, and each place has
/// one of its own.
struct KeptPlaces<Key: Hashable & Sendable>: Sendable {
    private var all: [Key: [CodePlace]] = [:]
    /// About the bytes that they take.
    private(set) var bytes = 0

    /// How many addresses there are.
    var count: Int { all.count }

    /// The places of an address; nil if they are not kept.
    subscript(key: Key) -> [CodePlace]? { all[key] }

    /// Keeps the places of an address.
    mutating func keep(_ places: [CodePlace], for key: Key) {
        let old = all.updateValue(places, forKey: key)
        bytes += Self.cost(of: places) - (old.map(Self.cost) ?? 0)
    }

    /// Forgets all.
    mutating func removeAll() { (all, bytes) = ([:], 0) }

    /// About the bytes that the places of an address take.
    static func cost(of places: [CodePlace]) -> Int {
        places.reduce(64) { sum, place in
            let texts = [place.function, place.line, place.module].reduce(0) { $0 + ($1?.utf8.count ?? 0) }
            return sum + 128 + texts
        }
    }
}
