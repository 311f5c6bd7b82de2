// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import TestSupport
import Testing

@testable import BPFCore

/// What keeps a key from coming twice in a walk of a map.
@Suite struct MapWalkTests {
    private static func prefix(_ length: UInt32, _ bytes: [UInt8]) -> [UInt8] { length.bytes + bytes }

    @Test func `what lies within a prefix comes before it, and 0 before 1`() {
        let order = [
            Self.prefix(16, [10, 1, 0, 0]), Self.prefix(24, [10, 2, 3, 0]), Self.prefix(16, [10, 2, 0, 0]),
            Self.prefix(8, [10, 0, 0, 9]), Self.prefix(9, [11, 0x80, 0, 0]), Self.prefix(0, [0, 0, 0, 0]),
        ]
        for (index, one) in order.enumerated() {
            for (place, other) in order.enumerated() {
                #expect(TrieOrder.isBefore(one[...], other[...]) == (index < place), "\(one) \(other)")
            }
        }
    }

    @Test func `bits behind a prefix say nothing, and lengths beyond the bytes are cut`() {
        let one = Self.prefix(8, [10, 1, 2, 3])
        let other = Self.prefix(8, [10, 200, 0, 0])
        #expect(!TrieOrder.isBefore(one[...], other[...]) && !TrieOrder.isBefore(other[...], one[...]))
        #expect(TrieOrder.isBefore(Self.prefix(.max, [1])[...], Self.prefix(4, [1])[...]))
    }

    @Test func `a trie that is walked anew brings nothing twice`() {
        var order = TrieOrder()
        let keys = (0..<6).map { Self.prefix(32, [10, 0, 0, UInt8($0)]) }
        var taken: [[UInt8]] = []
        // The walk begins anew after the fourth.
        for key in keys.prefix(4) + keys where order.isNew(key[...]) { taken.append(key) }
        #expect(taken == keys)
    }

    @Test func `keys are remembered up to a bound, and what comes after it is not trusted`() {
        var set = KeySet(keySize: 8, limit: 100 * 16)
        let keys = (0..<200).map { UInt64($0).bytes }
        #expect(keys.map { set.insert($0[...]) } == (0..<200).map { $0 < 100 ? .new : .forgotten })
        #expect(!set.isUnreliable)
        #expect(set.insert(keys[150][...]) == .forgotten)
        #expect(set.insert(keys[3][...]) == .known && set.isUnreliable)
    }

    @Test func `many keys with the same beginning are told apart`() {
        var set = KeySet(keySize: 12)
        let keys = (0..<5000).map { UInt64(7).bytes + UInt32($0).bytes }
        #expect(keys.allSatisfy { set.insert($0[...]) == .new })
        #expect(keys.allSatisfy { set.insert($0[...]) == .known })
    }

    @Test func `a full map says what becomes of new keys`() {
        func fill(_ elements: UInt64, _ rule: MapFill.Rule) -> MapFill {
            MapFill(elements: elements, limit: 10_000, rule: rule, name: "counts", cpus: 2)
        }
        #expect(fill(9999, .refuses).note == nil && fill(9743, .evicts).note == nil)
        #expect(fill(10_000, .refuses).note?.code == .mapFull)
        #expect(fill(10_000, .refuses).note?.cause?.contains("E2BIG") == true)
        #expect(fill(9744, .evicts).note?.message.contains("or nearly so: 9744 of 10000") == true)
    }
}
