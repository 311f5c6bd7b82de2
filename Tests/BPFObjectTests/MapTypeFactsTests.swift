// SPDX-License-Identifier: Apache-2.0

import BTF
import Testing

@testable import BPFObject

/// The table of types of maps, by what linux/bpf.h and the kernel's `map_alloc_check` functions say.
struct MapTypeFactsTests {
    private static let known = (0..<36 as Range<UInt32>).map { MapType(rawValue: $0) }

    private func numbers(_ isWanted: (MapType) -> Bool) -> [UInt32] { Self.known.filter(isWanted).map(\.rawValue) }

    @Test func `the table has a line for each number, and what is newer is not known`() {
        #expect(MapTypeFacts.all.count == Self.known.count)
        #expect(Self.known.allSatisfy(\.isKnown) && !MapType(rawValue: 36).isKnown)
        #expect(Set(MapTypeFacts.all.map(\.name)).count == MapTypeFacts.all.count)
        #expect(MapType(rawValue: 36).description == "type 36")
    }

    @Test func `named types have the numbers of the header`() {
        let named: [(MapType, String)] = [
            (.hash, "hash"), (.array, "array"), (.progArray, "prog_array"), (.perfEventArray, "perf_event_array"),
            (.perCPUHash, "percpu_hash"), (.perCPUArray, "percpu_array"), (.stackTrace, "stack_trace"),
            (.lruHash, "lru_hash"), (.lpmTrie, "lpm_trie"), (.arrayOfMaps, "array_of_maps"),
            (.hashOfMaps, "hash_of_maps"), (.devmap, "devmap"), (.devmapHash, "devmap_hash"), (.ringbuf, "ringbuf"),
            (.userRingbuf, "user_ringbuf"), (.structOps, "struct_ops"), (.arena, "arena"),
        ]
        for (type, name) in named { #expect(type.description == name) }
    }

    @Test func `a lookup has room for a value of each CPU where there is one, or where that is not known`() {
        #expect(numbers { $0.isPerCPU } == [5, 6, 10, 21])
        #expect(numbers { $0.needsRoomPerCPU } == [0, 5, 6, 10, 21])
        for newer in [36, 99, UInt32.max] {
            let type = MapType(rawValue: newer)
            #expect(type.needsRoomPerCPU && !type.isPerCPU)
            #expect(type.reading(valueSize: 8) == .unreadable(.unknown))
        }
    }

    @Test func `keys, values and types are those that the kernel takes`() {
        #expect(numbers { $0.isKeyless } == [22, 23, 27, 30, 31, 33])
        #expect(numbers { $0.hasKeyOfFourBytes } == [2, 3, 4, 6, 7, 8, 12, 14, 15, 16, 17, 24, 25, 28, 29, 32])
        #expect(numbers { $0.hasValueOfFourBytes } == [3, 4, 8, 12, 13, 14, 15, 16, 17, 18, 25])
        #expect(numbers { !$0.takesTypes } == [4, 7, 8, 12, 13, 14, 15, 16, 17, 18, 22, 23, 25, 33])
        #expect(numbers { $0.holdsMaps } == [12, 13])
        #expect(numbers { $0.holdsEvents } == [4, 27])
        #expect(numbers { $0.isOfNetwork } == [14, 15, 17, 18, 25])
    }

    @Test func `memory is taken in advance, on demand, or as the definition says`() {
        #expect(numbers { $0.reservesEntries } == [1, 2, 5, 6, 9, 10])
        #expect(numbers { $0.facts.allocation == .array } == [2, 3, 4, 6, 7, 8, 12])
        #expect(numbers { $0.facts.allocation == .asTheyCome } == [11, 24, 28, 29, 32])
        #expect(numbers { $0.evicts } == [9, 10])
        #expect(numbers { $0.facts.entries == .owners } == [19, 21, 24, 28, 29, 32])
        #expect(numbers { $0.facts.entries == .bytes } == [27, 31])
    }

    @Test func `elements are walked by keys where there are keys to walk`() {
        let keys = numbers { $0.reading(valueSize: 8) == .keys }
        #expect(keys == [1, 2, 3, 5, 6, 7, 9, 10, 11, 14, 15, 16, 18, 19, 20, 21, 25, 34, 35])
        #expect(numbers { $0.reading(valueSize: 4) == .unreadable(.socketsWithoutCookies) } == [15, 18, 20])
        #expect(numbers { $0.isIterable } == (keys + [12, 13]).sorted())
        let indices = numbers { $0.isIterable && $0.order == .indices }
        #expect(indices == [2, 3, 6, 7, 12, 14, 15, 16, 20, 34])
        let full = numbers { $0.isIterable && $0.mayBeFull }
        #expect(full == [1, 5, 9, 10, 11, 13, 18, 25, 35])
    }
}
