// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics
import TestSupport
import Testing

@testable import BPFObject

/// Maps of section `.maps`.
struct BTFMapTests {
    private static let head = """
        #include "fixture.h"
        #define __uint(name, val) int (*name)[val]
        #define __type(name, val) __typeof__(val) *name
        #define __array(name, val) __typeof__(val) *name[]
        #define __ulong(name, val) enum { value_of_##name = val } name
        #define SEC(name) SECTION(name)

        """

    private func object(_ source: String, target: String = "bpf") throws -> Object {
        try Object(
            parsing: compileBPF(source: Self.head + source, target: target, arguments: ["-g"]), name: "maps.bpf.o")
    }

    private func map(_ members: String) throws -> MapDefinition {
        try #require(try object("struct { \(members) } m SEC(\".maps\");").maps.first)
    }

    private func refusal(_ source: String) throws -> ObjectError {
        try #require(#expect(throws: ObjectError.self) { try object(source) })
    }

    private func fault(_ members: String) throws -> ObjectError.Reason {
        let error = try refusal("struct { \(members) } m SEC(\".maps\");")
        #expect(error.map == "m" && error.section == ".maps" && error.object == "maps.bpf.o")
        #expect(error.diagnostic.nextStep != nil)
        return error.reason
    }

    @Test(arguments: ["bpfel", "bpfeb"])
    func `all members are read`(target: String) throws {
        let object = try object(
            """
            struct key { u32 a, b; };
            struct { __uint(type, 1); __uint(max_entries, 1024); __type(key, struct key); __type(value, u64);
                __uint(map_flags, 4); __uint(numa_node, 2); __ulong(map_extra, 0x123456789); __uint(pinning, 1);
            } m SEC(".maps");
            """, target: target)
        let map = try #require(object.maps.first)
        #expect(map.name == "m" && map.kernelName == "m" && map.origin == .btf && map.section == ".maps")
        #expect(map.type == .hash && map.keySize == 8 && map.valueSize == 8 && map.maxEntries == 1024)
        #expect(map.flags == 4 && map.numaNode == 2 && map.mapExtra == 0x1_2345_6789 && map.pinning == 1)
        let types = try #require(object.typeInfo.types)
        #expect(types[map.keyTypeID].map { types.name(of: $0) } == "key")
        #expect(types.size(of: map.valueTypeID) == 8)
    }

    @Test func `sizes may be given in place of types`() throws {
        let map = try map("__uint(type, 4); __uint(key_size, 4); __uint(value_size, 4);")
        #expect(map.keySize == 4 && map.valueSize == 4 && map.keyTypeID == 0 && map.maxEntries == 0)
    }

    @Test func `each map is found by its symbol, in whatever order`() throws {
        let object = try object(
            """
            struct a { __uint(type, 2); __uint(max_entries, 1); __type(key, u32); __type(value, u64); };
            struct a first SEC(".maps"); struct a second SEC(".maps");
            struct { __uint(type, 27); __uint(max_entries, 4096); } third SEC(".maps");
            SEC("prog") int use(void *ctx) { u32 key = 0; return map_lookup_elem(&second, &key) != 0; }
            """)
        #expect(Set(object.maps.map(\.name)) == ["first", "second", "third"])
        #expect(Set(object.maps.map(\.offset)).count == 3)
        let target = object.functions.flatMap(\.references).first?.target
        guard case .map(let index)? = target else { throw ObjectTestFailure("\(target as Any)") }
        #expect(object.maps[index].name == "second")
    }

    @Test func `a long name is cut for the kernel and kept for the pin`() throws {
        let object = try object(
            "struct { __uint(type, 27); __uint(max_entries, 4096); __uint(pinning, 1); } a_name_of_twenty_seven SEC(\".maps\");"
        )
        #expect(object.maps[0].kernelName == "a_name_of_twent")
        let planner = try MapPlanner(object.maps)
        guard case .map(let step)? = try planner.steps().first else { throw ObjectTestFailure("no step") }
        #expect(step.name.text == "a_name_of_twent" && step.pin?.description == "a_name_of_twenty_seven")
    }

    // MARK: - Lies

    @Test func `an unknown member is an error that names it and the near ones`() throws {
        let reason = try fault("__uint(type, 1); __uint(max_entires, 8); __type(key, int); __type(value, int);")
        #expect(reason == .map(.unknownMember("max_entires", near: ["max_entries"])))
        #expect(try fault("__uint(type, 1); __uint(zone, 8);") == .map(.unknownMember("zone", near: [])))
    }

    @Test func `what contradicts itself or says nothing is refused with the map`() throws {
        #expect(try fault("__uint(max_entries, 8);") == .map(.noType))
        #expect(
            try fault("__uint(type, 1); int max_entries;")
                == .map(.memberForm("max_entries", expected: "__uint(max_entries, NUMBER)")))
        #expect(try fault("__uint(type, 1); int key;") == .map(.memberForm("key", expected: "__type(key, TYPE)")))
        #expect(
            try fault("__uint(type, 1); __type(key, u64); __uint(key_size, 4);") == .map(.sizeConflict("key", 8, 4)))
        #expect(
            try fault("__uint(type, 1); __uint(value_size, 4); __type(value, u64);")
                == .map(.sizeConflict("value", 4, 8)))
        #expect(try fault("__uint(type, 1); __uint(pinning, 2);") == .map(.pinning(2)))
        #expect(
            try fault("__uint(type, 1); __ulong(max_entries, 0x100000000);")
                == .map(.memberRange("max_entries", value: 1 << 32)))
        #expect(try fault("__uint(type, 1); __array(values, int (void *));") == .map(.valuesOfType(.hash)))
    }

    @Test func `a static map is refused as such`() throws {
        let error = try refusal(
            """
            static struct { __uint(type, 2); __uint(max_entries, 1); __type(key, u32); __type(value, u64); } m SEC(".maps");
            SEC("prog") int use(void *ctx) { u32 key = 0; return map_lookup_elem(&m, &key) != 0; }
            """)
        #expect(error.reason == .map(.notGlobal) && error.map == "m")
        #expect(error.description.contains("static"))
    }

    @Test func `an object without BTF is told to be compiled with -g`() throws {
        let source = Self.head + "struct { __uint(type, 1); } m SEC(\".maps\") = {};"
        let bytes = try compileBPF(source: source)
        let error = try #require(#expect(throws: ObjectError.self) { try Object(parsing: bytes, name: "plain.o") })
        #expect(error.reason == .map(.noTypes))
        #expect(error.diagnostic.nextStep?.contains("-g") == true)
    }

    // MARK: - Maps in maps, programs in maps

    private static let nested = """
        struct inner { __uint(type, 2); __uint(max_entries, 4); __type(key, int); __type(value, long); };
        struct inner in_a SEC(".maps"); struct inner in_b SEC(".maps");
        struct { __uint(type, 12); __uint(max_entries, 4); __type(key, int); __array(values, struct inner); }
            outer SEC(".maps") = { .values = { [1] = &in_a, [3] = &in_b } };
        int called(void *ctx);
        struct { __uint(type, 3); __uint(max_entries, 4); __uint(key_size, 4); __array(values, int (void *)); }
            jumps SEC(".maps") = { .values = { [2] = &called } };
        SEC("prog") int called(void *ctx) { return 0; }

        """

    @Test(arguments: ["bpfel", "bpfeb"])
    func `inner maps and programs are found with their slots`(target: String) throws {
        let object = try object(Self.nested, target: target)
        func index(_ name: String) throws -> Int { try #require(object.maps.firstIndex { $0.name == name }) }
        let outer = object.maps[try index("outer")]
        #expect(outer.valueSize == 4 && outer.inner?.name == "outer.inner" && outer.inner?.type == .array)
        #expect(outer.inner?.valueSize == 8 && outer.inner?.maxEntries == 4)
        #expect(
            outer.slots == [
                MapSlot(index: 1, target: .map(try index("in_a"))), MapSlot(index: 3, target: .map(try index("in_b"))),
            ])
        let jumps = object.maps[try index("jumps")]
        #expect(jumps.slots == [MapSlot(index: 2, target: .program("called"))] && jumps.inner == nil)
    }

    @Test func `the plan makes maps, then maps of maps with a pattern, then slots, then programs and theirs`() throws {
        let object = try object(Self.nested)
        let plan = try object.plan()
        let lines = plan.description.split(separator: "\n").map(String.init)
        #expect(
            Array(lines[3...5]) == [
                "map outer: array_of_maps, key 4, value 4, entries 4, of maps like outer.inner",
                "insert in_a into outer at 1", "insert in_b into outer at 3",
            ])
        #expect(lines.last == "insert called into jumps at 2" && lines[6].hasPrefix("load called"))
        var planner = try MapPlanner(object.maps)
        #expect(try planner.programSlots(loaded: []).isEmpty)
        #expect(planner.warnings.first?.message == "slot 2 of map jumps stays empty")
    }

    @Test func `a slot beyond the entries, and an inner map that is pinned, are refused`() throws {
        let head = "struct inner { __uint(type, 2); __uint(max_entries, 1); __type(key, int); __type(value, int);"
        let pinned = try refusal(
            head + "__uint(pinning, 1); }; struct { __uint(type, 12); __uint(max_entries, 1); __type(key, int);"
                + "__array(values, struct inner); } m SEC(\".maps\");")
        #expect(pinned.reason == .map(.pinnedInner) && pinned.map == "m")
        let beyond = try object(
            head + "}; struct inner in SEC(\".maps\"); struct { __uint(type, 12); __uint(max_entries, 1);"
                + "__type(key, int); __array(values, struct inner); } m SEC(\".maps\") = { .values = { [1] = &in } };")
        let error = #expect(throws: ObjectError.self) { try MapPlanner(beyond.maps).steps() }
        #expect(error?.reason == .map(.slotIndex(1, entries: 1)))
    }

    // MARK: - Options and machines

    @Test func `sizes that depend on the machine are made to fit`() {
        let facts = MapFacts(possibleCPUs: 12, pageSize: 4096)
        #expect(facts.entries(0, of: .perfEventArray) == 12 && facts.entries(4, of: .perfEventArray) == 4)
        #expect(facts.entries(1, of: .ringbuf) == 4096 && facts.entries(5000, of: .ringbuf) == 8192)
        #expect(facts.entries(12288, of: .userRingbuf) == 16384 && facts.entries(65536, of: .ringbuf) == 65536)
        #expect(facts.entries(0, of: .ringbuf) == 0 && facts.entries(.max, of: .ringbuf) == .max)
        #expect(facts.entries(5000, of: .hash) == 5000)
        #expect(MapType.hash.takesTypes && !MapType.perfEventArray.takesTypes && !MapType(rawValue: 22).takesTypes)
    }

    @Test func `hashes and maps of stacks that leave their entries to the loader get a usual number, and a note`()
        throws
    {
        let object = try object(
            """
            struct { __uint(type, 1); __type(key, u32); __type(value, u64); } start SEC(".maps");
            struct { __uint(type, 10); __type(key, u32); __type(value, u64); } recent SEC(".maps");
            struct { __uint(type, 7); __uint(key_size, 4); } stacks SEC(".maps");
            struct { __uint(type, 2); __type(key, u32); __type(value, u64); } numbers SEC(".maps");
            struct { __uint(type, 1); __uint(max_entries, 7); __type(key, u32); __type(value, u64); } few SEC(".maps");
            """)
        func entries(_ planner: MapPlanner) throws -> [String: UInt32] {
            var found: [String: UInt32] = [:]
            for case .map(let step) in try planner.steps() { found[step.name.text] = step.maxEntries }
            return found
        }
        let planner = try MapPlanner(object.maps)
        #expect(
            try entries(planner)
                == ["start": 10240, "recent": 10240, "stacks": 10240, "numbers": 0, "few": 7])
        let note = try #require(planner.warnings.first)
        #expect(note.code == .mapSizeAssumed && note.severity == .note && planner.warnings.count == 1)
        #expect(note.message == "start, recent, stacks do not say how many entries there may be: they get 10240")
        var options = MapOptions()
        options.sizes = ["start": 0, "recent": 5, "stacks": 1]
        let chosen = try MapPlanner(object.maps, options: options)
        #expect(try entries(chosen)["start"] == 0 && entries(chosen)["recent"] == 5 && chosen.warnings.isEmpty)
    }

    @Test func `a user gives maps other sizes and pins, and a wrong name is answered with the near ones`() throws {
        let object = try object(Self.nested)
        var options = MapOptions()
        try options.addSize("in_a=0x10")
        try options.addPin("in_a=/sys/fs/bpf/deep/a")
        let step = try MapPlanner(object.maps, options: options).steps().lazy.compactMap { step in
            if case .map(let map) = step, map.name.text == "in_a" { map } else { nil }
        }.first
        #expect(step?.maxEntries == 16 && step?.pin?.path == "/sys/fs/bpf/deep/a")
        options.pins = ["in_c": "/x"]
        let error = #expect(throws: ObjectError.self) { try MapPlanner(object.maps, options: options) }
        guard case .map(.noMap(.mapPin, near: let near, all: _))? = error?.reason else {
            throw ObjectTestFailure("\(error?.description ?? "accepted")")
        }
        #expect(near == ["in_a", "in_b"] && error?.diagnostic.code == .mapUnknown)
        for text in ["", "=1", "in_a", "in_a=", "in_a=-1", "in_a=4294967296"] {
            #expect(throws: ObjectError.self) { try options.addSize(text) }
        }
        for text in ["in_a=", "in_a=relative", "/x", "in_a=/"] {
            #expect(throws: ObjectError.self) { try options.addPin(text) }
        }
    }
}
