// SPDX-License-Identifier: Apache-2.0

import BPFObject
import TestSupport
import Testing

@testable import BPFCore

/// How many bytes the running kernel writes for a value, beside what the table of map types says.
@Suite(.enabled(if: EventGenerator.isAvailable, "needs root and bpf(2)"))
struct MapRoomTests {
    private static let pattern: UInt8 = 0xa5

    /// The bytes that a lookup of an element writes; nil if this kernel has no such map.
    private func written(_ type: MapType, flags: UInt32 = 0) throws -> (bytes: Int, room: Int)? {
        let keySize: UInt32 = type == .lpmTrie ? 8 : 4
        let attributes = Map.Attributes(
            type: type, keySize: keySize, valueSize: 12, maxEntries: 4, flags: flags, name: "room_test")
        guard let map = try? Map.create(attributes) else { return nil }
        let key: [UInt8] = type == .lpmTrie ? [32, 0, 0, 0, 10, 0, 0, 1] : [1, 0, 0, 0]
        // More than any kernel reads or writes for 12 bytes.
        let most = 16 * (try PossibleCPUs.count()) + 64
        let zeros = [UInt8](repeating: 0, count: most)
        try BPFCommand.updateElement(map: map.descriptor.rawValue, key: key.span, value: zeros.span, flags: 0)
        var value = [UInt8](repeating: Self.pattern, count: most)
        try BPFCommand.lookUpElement(map: map.descriptor.rawValue, key: key.span, value: &value)
        let room = try map.valueRoom()
        return (value.lastIndex { $0 != Self.pattern }.map { $0 + 1 } ?? 0, room)
    }

    @Test(arguments: [MapType.hash, .array, .perCPUHash, .perCPUArray, .lruHash, MapType(rawValue: 10), .lpmTrie])
    func `a lookup writes as many bytes as there is room for`(type: MapType) throws {
        let found = try #require(try written(type, flags: type == .lpmTrie ? 1 : 0))
        #expect(found.bytes == found.room)
        #expect(found.room == (type.isPerCPU ? 16 * (try PossibleCPUs.count()) : 12))
    }

    @Test func `of types that are newer than the table a lookup has room for all CPUs`() throws {
        for number in UInt32(36)..<48 {
            guard let found = try? written(MapType(rawValue: number)) else { continue }
            #expect(found.bytes <= found.room, "type \(number)")
        }
    }
}
