// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import TestSupport
import Testing

struct MapLayoutTests {
    private func object(
        _ arguments: String..., target: String = "bpf", layout: MapLayoutChoice = .automatic
    ) throws -> Object {
        try Object(
            parsing: compileBPF("map_sizes.c", target: target, arguments: arguments), name: "maps.o", mapLayout: layout)
    }

    private func reason(_ body: () throws -> Object) throws -> ObjectError.Reason {
        let error = #expect(throws: ObjectError.self) { try body() }
        return try #require(error).reason
    }

    @Test(arguments: [16, 20, 24, 28, 32, 36], ["bpfel", "bpfeb"])
    func `tc's maps of every size are read with and without BTF`(size: Int, target: String) throws {
        for debug in [["-g"], []] {
            let bytes = try compileBPF("map_sizes.c", target: target, arguments: ["-DSIZE=\(size)"] + debug)
            let object = try Object(parsing: bytes, name: "maps.o")
            try #require(object.maps.map(\.name) == ["first", "second"])
            let (first, second) = (object.maps[0], object.maps[1])
            #expect(first.type == .hash && first.keySize == 4 && first.valueSize == 8 && first.maxEntries == 16)
            #expect(second.type == .array && second.keySize == 4 && second.valueSize == 12 && second.maxEntries == 3)
            #expect(first.flags == (size >= 20 ? 1 : 0))
            #expect(first.pinning == (size >= 28 ? 2 : 0))
            #expect(first.layout?.size == size && first.layout?.convention == .tc)
            #expect(first.layout?.source == (debug.isEmpty ? .size : .memberNames))
            #expect(first.offset == 0 && second.offset == size)
            let program = try object.program(inSection: "prog")
            #expect(program.refusal == nil)
            #expect(program.mapReferences.map(\.map) == [0, 1])
        }
    }

    @Test(arguments: [20, 24, 28])
    func `member names tell the samples' structure from tc's of the same size`(size: Int) throws {
        let object = try object("-DSIZE=\(size)", "-DSAMPLES=1", "-g")
        try #require(object.maps.count == 2)
        #expect(object.maps[0].layout?.source == .memberNames)
        #expect(object.maps[0].layout?.convention == (size > 20 ? .samples : .tc))
        #expect(object.maps[0].numaNode == (size == 28 ? 2 : 0))
        #expect(object.maps[0].pinning == 0)
    }

    @Test func `28 bytes without BTF are tc's, and the choice of the user decides otherwise`() throws {
        let guessed = try object("-DSIZE=28", "-DSAMPLES=1")
        #expect(guessed.maps[0].layout?.convention == .tc && guessed.maps[0].pinning == 2)
        let chosen = try object("-DSIZE=28", "-DSAMPLES=1", layout: .samples)
        #expect(chosen.maps[0].layout?.convention == .samples && chosen.maps[0].layout?.source == .choice)
        #expect(chosen.maps[0].numaNode == 2 && chosen.maps[0].pinning == 0)
        let against = try object("-DSIZE=28", "-DSAMPLES=1", "-g", layout: .tc)
        #expect(against.maps[0].pinning == 2)
    }

    @Test func `28 bytes whose last number is no pin are the samples'`() throws {
        let source = """
            #include "fixture.h"
            struct { u32 a[7]; } m SECTION("maps") = {{ 1, 4, 8, 16, 4, 0, 3 }};
            """
        let object = try Object(parsing: compileBPF(source: source), name: "samples.o")
        #expect(object.maps[0].layout?.convention == .samples)
        #expect(object.maps[0].numaNode == 3)
    }

    @Test func `a map of maps of 24 bytes is the samples', where inner_map_idx names the inner one`() throws {
        let source = """
            #include "fixture.h"
            struct { u32 a[6]; } inner SECTION("maps") = {{ 2, 4, 8, 16, 0, 0 }};
            struct { u32 a[6]; } outer SECTION("maps") = {{ 13, 4, 4, 16, 0, 0 }};
            SECTION("prog") int nothing(void *ctx) { return 0; }
            """
        let object = try Object(parsing: compileBPF(source: source), name: "samples.o")
        let plan = try object.plan()
        guard case .map(let outer) = plan.steps[1] else { throw ObjectTestFailure("\(plan)") }
        #expect(outer.map == 1 && outer.innerTemplate == 0)
    }

    @Test func `static maps are found through their section's symbol`() throws {
        let object = try object("-DSIZE=36", "-DSTORAGE=static")
        #expect(object.maps.map(\.name) == ["first", "second"])
        let program = try object.program(inSection: "prog")
        #expect(program.refusal == nil)
        #expect(program.mapReferences.map(\.map) == [0, 1])
    }

    @Test func `a definition longer than any known one is taken if its end is zero`() throws {
        #expect(try object("-DSIZE=64").maps.count == 2)
        #expect(try object("-DSIZE=64", "-g").maps.first?.layout?.size == 64)
    }

    @Test func `a longer definition with something at its end is refused with the bytes or the member`() throws {
        #expect(
            try reason { try object("-DSIZE=64", "-DTAIL=7") } == .mapTail(size: 64, known: 36, first: 43, last: 43))
        #expect(try reason { try object("-DSIZE=64", "-DTAIL=7", "-g") } == .unknownMapMember("tail"))
    }

    @Test func `a size that fits nothing is refused with what was tried`() throws {
        func parse(_ numbers: Int, extra: String = "") throws -> Object {
            let source = """
                #include "fixture.h"
                struct { u32 a[\(numbers)]; } m SECTION("maps") = {{ 1, 4, 8 }};
                \(extra)
                """
            return try Object(parsing: compileBPF(source: source), name: "odd.o")
        }
        #expect(try reason { try parse(3) } == .mapSize(section: 12, symbols: 1, size: 12))
        #expect(
            try reason { try parse(4, extra: "char c SECTION(\"maps\") = 1;") }
                == .mapSize(section: 17, symbols: 2, size: nil))
        let error = #expect(throws: ObjectError.self) { try parse(3) }
        #expect(error?.description.contains("16, 20, 24, 28, 32 or 36") == true)
        #expect(error?.diagnostic.code == .legacyMapsUnreadable)
    }

    @Test func `an array of maps under one name is refused, since its second map has none`() throws {
        let source = """
            #include "fixture.h"
            struct bpf_elf_map two[2] SECTION("maps") = {{ 1, 4, 8, 1 }, { 1, 4, 8, 1 }};
            struct bpf_elf_map one SECTION("maps") = { 1, 4, 8, 1 };
            """
        func parse(_ arguments: String...) throws -> Object {
            try Object(parsing: compileBPF(source: source, arguments: arguments), name: "holes.o")
        }
        // Without names of members there is only the size of the section to go by: 108 bytes for 2 symbols.
        #expect(try reason { try parse() } == .mapSize(section: 108, symbols: 2, size: 54))
        #expect(try reason { try parse("-g") } == .mapSize(section: 108, symbols: 2, size: 54))
        let equal = try reason {
            let source = source.replacing("struct bpf_elf_map one", with: "struct bpf_elf_map one[2]")
                .replacing("{ 1, 4, 8, 1 };", with: "{{ 1, 4, 8, 1 }, { 1, 4, 8, 1 }};")
            return try Object(parsing: compileBPF(source: source), name: "holes.o")
        }
        #expect(equal == .mapTail(size: 72, known: 36, first: 36, last: 48))
    }

    @Test func `two names of one map are one map`() throws {
        let source = """
            #include "fixture.h"
            struct bpf_elf_map real SECTION("maps") = { 1, 4, 8, 1 };
            extern struct bpf_elf_map other __attribute__((alias("real")));
            SECTION("prog") int p(void *ctx) { return map_lookup_elem(&other, ctx) != 0; }
            """
        let object = try Object(parsing: compileBPF(source: source), name: "alias.o")
        #expect(object.maps.count == 1)
        #expect(try object.program(inSection: "prog").mapReferences.map(\.map) == [0])
    }
}
