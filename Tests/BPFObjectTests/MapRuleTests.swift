// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Testing

@testable import BPFObject

struct MapRuleTests {
    private func map(_ type: UInt32, key: UInt32 = 0, value: UInt32 = 0, flags: UInt32 = 0) -> MapDefinition {
        var map = MapDefinition(name: "m", origin: .btf, section: ".maps", offset: 0)
        (map.type, map.keySize, map.valueSize, map.flags) = (MapType(rawValue: type), key, value, flags)
        return map.completed()
    }

    /// The type, the sizes of key and value as they are written, and as they become.
    private static let completions: [[UInt32]] = [
        [3, 0, 0, 4, 4], [4, 0, 0, 4, 4], [4, 0, 48, 4, 4], [8, 0, 0, 4, 4], [12, 0, 0, 4, 4], [27, 4, 48, 0, 0],
        [31, 0, 8, 0, 0], [7, 4, 0, 4, 1016], [7, 0, 80, 4, 80], [2, 0, 8, 4, 8], [2, 8, 8, 8, 8], [1, 0, 0, 0, 0],
        [18, 8, 0, 8, 4], [14, 0, 8, 4, 8],
    ]

    @Test(arguments: completions)
    func `sizes that the type alone decides are completed, others are left`(sizes: [UInt32]) {
        let map = map(sizes[0], key: sizes[1], value: sizes[2])
        #expect([map.keySize, map.valueSize] == Array(sizes[3...]))
    }

    @Test func `a flag of newer kernels is named, and the depth of stacks is the machine's`() {
        let arena = MapRule.Shape(name: "m", type: .array, keySize: 4, valueSize: 4, maxEntries: 1, flags: 1 << 10)
        let rule = MapRule.broken(by: arena, release: KernelRelease(5, 4), pageSize: 4096)
        #expect(rule?.cause.contains("BPF_F_MMAPABLE, which kernels have since 5.5") == true)
        #expect(MapRule.broken(by: arena, release: KernelRelease(5, 10), pageSize: 4096) == nil)
        let stacks = MapRule.Shape(name: "m", type: .stackTrace, keySize: 4, valueSize: 1016, maxEntries: 1, flags: 0)
        #expect(MapRule.broken(by: stacks, release: KernelRelease(6, 1), pageSize: 4096) == nil)
        let shallow = MapRule.broken(by: stacks, release: KernelRelease(6, 1), pageSize: 4096, deepestStack: 64)
        #expect(shallow?.cause.contains("kernel.perf_event_max_stack (64)") == true)
        #expect(shallow?.hint == "use \(.mapValueSize, "m", to: "512")")
    }

    @Test func `a stack of build ids has larger entries`() {
        #expect(map(7, flags: 1 << 5).valueSize == 127 * 32)
    }

    private func rule(
        _ type: UInt32, _ key: UInt32, _ value: UInt32, _ entries: UInt32, flags: UInt32 = 0,
        release: KernelRelease = KernelRelease(6, 1)
    ) -> MapRule? {
        let shape = MapRule.Shape(
            name: "m", type: MapType(rawValue: type), keySize: key, valueSize: value, maxEntries: entries, flags: flags)
        return MapRule.broken(by: shape, release: release, pageSize: 4096)
    }

    private struct Broken: Sendable {
        let shape: [UInt32]
        let words: [String]

        init(_ shape: [UInt32], _ words: String...) {
            self.shape = shape
            self.words = words
        }
    }

    /// Type, key, value, entries and flags, and what is said of them.
    private static let broken: [Broken] = [
        Broken([11, 8, 4, 100, 0], "lpm_trie", "BPF_F_NO_PREALLOC"),
        Broken([11, 4, 4, 100, 1], "lpm_trie", "prefix"),
        Broken([1, 4, 4, 0, 0], "max_entries", "MapOptions.sizes[\"m\"] = "),
        Broken([2, 8, 4, 10, 0], "array", "keys of 4 bytes", "8"),
        Broken([27, 4, 4, 4096, 0], "ringbuf", "no keys"),
        Broken([27, 0, 0, 5000, 0], "power of two", "5000", "MapOptions.sizes[\"m\"] = "),
        Broken([6, 4, 40000, 2, 0], "32768", "40000"),
        Broken([1, 4, 8 << 20, 4, 0], "4194304", "8388608"), Broken([9, 8, (4 << 20) - 8, 4, 0], "4194304"),
        Broken([1, 600, 4, 2, 0], "512", "600"),
        Broken([1, 4, 4, (1 << 27) + 1, 1], "134217728", "134217729"), Broken([10, 4, 4, 1 << 28, 0], "268435456"),
        Broken([7, 4, 2000, 2, 0], "127", "MapOptions.valueSizes[\"m\"] = 1016"),
        Broken([1, 0, 4, 2, 0], "__type(key"),
        Broken([1, 4, 0, 2, 0], "MapOptions.valueSizes[\"m\"] = BYTES"),
        Broken([29, 4, 8, 5, 1], "task_storage", "max_entries"),
        Broken([29, 4, 8, 0, 0], "task_storage", "BPF_F_NO_PREALLOC"),
        Broken([9, 4, 8, 5, 1], "lru_hash", "leave the flag out"),
        Broken([22, 4, 8, 5, 0], "queue", "no keys"),
        Broken([33, 0, 0, 5, 0], "6.9"),
    ]

    @Test func `the broken rule is told by the type's name, with a way out`() throws {
        for map in Self.broken {
            let shape = map.shape
            let found = try #require(rule(shape[0], shape[1], shape[2], shape[3], flags: shape[4]), "\(shape)")
            let text = found.cause + "\n" + found.nextStep
            for word in map.words { #expect(text.contains(word), "\(word) in \(text)") }
        }
    }

    @Test func `a map that keeps the rules breaks none`() {
        #expect(rule(1, 4, 8, 10) == nil)
        #expect(rule(2, 4, 8, 10) == nil)
        #expect(rule(27, 0, 0, 262_144) == nil)
        #expect(rule(11, 8, 4, 100, flags: 1) == nil)
        #expect(rule(7, 4, 1016, 9) == nil)
        #expect(rule(29, 4, 8, 0, flags: 1) == nil)
        #expect(rule(33, 0, 0, 16, flags: 1024, release: KernelRelease(6, 9)) == nil)
    }

    @Test func `an older kernel lacks the type`() {
        #expect(rule(30, 0, 8, 10, release: KernelRelease(5, 10))?.cause.contains("5.16") == true)
    }

    @Test func `a value size is taken from the command line, and is a number`() throws {
        var options = MapOptions()
        try options.addValueSize("stacks=0x3f8")
        #expect(options.valueSizes == ["stacks": 1016])
        #expect(throws: ObjectError.self) { try options.addValueSize("stacks") }
        #expect(throws: ObjectError.self) { try options.addValueSize("stacks=4294967296") }
    }
}
