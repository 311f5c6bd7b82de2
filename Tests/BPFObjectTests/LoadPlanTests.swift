// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import Diagnostics
import TestSupport
import Testing

/// What a test found instead of what it needs to go on.
struct ObjectTestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

struct LoadPlanTests {
    private func plan(_ fixture: String, section: String = "prog", _ arguments: String...) throws -> LoadPlan {
        let object = try Object(parsing: compileBPF(fixture, arguments: arguments), name: fixture)
        return try object.plan(section: section)
    }

    private func refusal(_ body: () throws -> LoadPlan) throws -> ObjectError {
        try #require(#expect(throws: ObjectError.self) { try body() })
    }

    @Test func `the seed program needs its map at the root of bpffs, and nothing else`() throws {
        let plan = try plan("seed.c", "-g")
        #expect(
            plan.description == """
                map map_event: perf_event_array, key 4, value 4, entries 4, pinned at map_event
                load test_prog (section prog): kprobe, \(instructionCount(plan)) instructions, license GPL
                """)
        #expect(plan.warnings.isEmpty)
    }

    private func instructionCount(_ plan: LoadPlan) -> Int {
        if case .load(let program)? = plan.steps.last { program.instructionCount } else { 0 }
    }

    @Test func `an object without a license is loaded as GPL with a warning, and tells its version`() throws {
        let plan = try plan("sections.c", section: "kprobe/second")
        guard case .load(let program)? = plan.steps.last else { throw ObjectTestFailure("\(plan)") }
        #expect(program.license == "GPL" && program.kernelVersion == 0x05_0a01 && program.name == "second")
        #expect(plan.warnings.map(\.severity) == [.warning])
        #expect(plan.description.contains("pinned at tc/globals/counters"))
    }

    @Test func `maps of maps come after plain maps, then their slots`() throws {
        let plan = try plan("map_in_map.c")
        #expect(
            plan.description.split(separator: "\n").dropLast().map(String.init) == [
                "map inner_a: array, key 4, value 8, entries 4",
                "map inner_b: array, key 4, value 8, entries 4",
                "map plain: hash, key 4, value 4, entries 1, pinned at plain",
                "map outer: array_of_maps, key 4, value 4, entries 2, of maps like inner_a",
                "insert inner_a into outer at 0",
                "insert inner_b into outer at 1",
            ])
        #expect(plan.warnings.map(\.severity) == [.note])
        #expect(plan.warnings.first?.map == "plain")
    }

    @Test func `an inner map with the slot ~0 is only the template`() throws {
        let plan = try plan("map_in_map.c", "-DSLOT=0xffffffff")
        #expect(!plan.description.contains("insert inner_b"))
    }

    @Test func `what cannot be a map of maps is refused with the map`() throws {
        let beyond = try refusal { try plan("map_in_map.c", "-DSLOT=2") }
        #expect(beyond.reason == .innerIndex(2, outer: "outer", entries: 2))
        #expect(beyond.map == "inner_b")
        #expect(try refusal { try plan("map_in_map.c", "-DWANTED=9") }.reason == .unknownInnerMap(9))
        #expect(try refusal { try plan("map_in_map.c", "-DWANTED=0") }.reason == .noInnerMap)
        #expect(try refusal { try plan("map_in_map.c", "-DINNER_TYPE=13") }.map != nil)
    }

    @Test func `a name that the kernel would refuse is refused before anything is created`() throws {
        func plan(name: String) throws -> LoadPlan {
            let source = """
                #include "fixture.h"
                struct bpf_elf_map m __asm__("\(name)") SECTION("maps") = { 2, 4, 8, 1 };
                SECTION("prog") int p(void *ctx) { return 0; }
                """
            let object = try Object(parsing: compileBPF(source: source), name: "names.o")
            return try object.plan()
        }
        #expect(try plan(name: "fifteen_letters").steps.count == 2)
        let long = try refusal { try plan(name: "sixteen_letters_") }
        #expect(long.reason == .mapName(.tooLong(bytes: 16)))
        #expect(try refusal { try plan(name: "a.b") }.reason == .mapName(.byte(UInt8(ascii: "."), at: 1)))
        #expect(try refusal { try plan(name: "a$b") }.reason == .mapName(.byte(UInt8(ascii: "$"), at: 1)))
        #expect(long.description.contains("16 bytes"))
    }

    @Test func `an object of the other byte order is read in full and refused in words`() throws {
        let foreign = ByteOrder.native == .little ? "bpfeb" : "bpfel"
        let own = try Object(parsing: compileBPF("seed.c"), name: "own.o")
        let object = try Object(parsing: compileBPF("seed.c", target: foreign, arguments: ["-g"]), name: "foreign.o")
        #expect(object.maps.map(\.name) == own.maps.map(\.name))
        #expect(object.maps.map(\.type) == own.maps.map(\.type))
        let program = try object.program(inSection: "prog")
        #expect(program.refusal == nil)
        #expect(program.mapReferences == (try own.program(inSection: "prog")).mapReferences)
        let error = try refusal { try object.plan() }
        #expect(error.reason == .foreignByteOrder(object.byteOrder))
        #expect(error.description.contains("-endian"))
    }
}
