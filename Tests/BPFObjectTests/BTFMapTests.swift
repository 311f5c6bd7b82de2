// SPDX-License-Identifier: Apache-2.0

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
            "struct { __uint(type, 27); __uint(max_entries, 4096); __uint(pinning, 1); } a_name_of_twenty_seven SEC(\".maps\");")
        #expect(object.maps[0].kernelName == "a_name_of_twent")
        let planner = try MapPlanner(object.maps)
        guard case .map(let step)? = try planner.steps().first else { throw ObjectTestFailure("no step") }
        #expect(step.name.text == "a_name_of_twent" && step.pin?.description == "a_name_of_twenty_seven")
    }
}
