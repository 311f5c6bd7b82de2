// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import TestSupport
import Testing

@testable import BPFObject

/// Maps made of sections of data.
struct DataSectionTests {
    private func object(_ source: String, _ target: String = "bpf", arguments: [String] = ["-g"]) throws -> Object {
        try Object(
            parsing: compileBPF(source: "#include \"fixture.h\"\n" + source, target: target, arguments: arguments),
            name: "folder/a_long_name.bpf.o")
    }

    private func map(_ section: String, _ object: Object) throws -> MapDefinition {
        try #require(object.maps.first { $0.name == section })
    }

    @Test(arguments: [["-g"], []])
    func `each section of data is an array of one value`(arguments: [String]) throws {
        let object = try object(
            """
            const volatile int limit = 7; volatile int count = 5; volatile long sum; static volatile long hidden;
            SECTION(".data.own") volatile int own = 9; SECTION("others") volatile int odd = 3;
            SECTION("prog") int f(void *c) { sum++; hidden++; return limit + count + own + odd; }
            """, arguments: arguments)
        let constants = try map(".rodata", object)
        #expect(constants.type == .array && constants.keySize == 4 && constants.valueSize == 4)
        #expect(constants.maxEntries == 1 && constants.flags == 0x80 && constants.origin == .data(.readOnly))
        #expect(constants.content?.bytes == [7, 0, 0, 0] && constants.content?.isReadOnly == true)
        #expect(constants.kernelName == "a_long_n.rodata")
        let zeros = try map(".bss", object)
        #expect(zeros.content?.bytes == [UInt8](repeating: 0, count: 16) && zeros.flags == 0)
        #expect(zeros.kernelName == "a_long_n.bss" && zeros.origin == .data(.zeroed))
        #expect(try map(".data.own", object).kernelName == ".data.own")
        #expect(try map("others", object).content?.bytes == [3, 0, 0, 0])
        #expect(zeros.content?.isMappable == !arguments.isEmpty && (zeros.valueTypeID != 0) == !arguments.isEmpty)
        #expect(
            try object.plan().description.contains(
                "map a_long_n.rodata: array, key 4, value 4, entries 1, flags 0x80, read-only"))
    }

    @Test func `names of maps are libbpf's`() {
        #expect(DataSectionReader.prefix(of: "/a/b/minimal.bpf.o") == "minimal")
        #expect(DataSectionReader.kernelName(section: ".rodata", prefix: "bootstrap") == "bootstra.rodata")
        #expect(DataSectionReader.kernelName(section: ".kconfig", prefix: "bootstrap") == "bootstr.kconfig")
        #expect(DataSectionReader.kernelName(section: ".bss", prefix: "a-b") == "a_b.bss")
        #expect(DataSectionReader.kernelName(section: ".rodata.abracadabra", prefix: "x") == ".rodata.abracad")
    }

    @Test func `a section that no program refers to is not created, unless it is pinned`() throws {
        let object = try object("volatile int unused = 1; SECTION(\"prog\") int f(void *c) { return 0; }")
        #expect(object.maps.map(\.name) == [".data"])
        #expect(try !object.plan().description.contains(".data"))
        var options = MapOptions()
        options.pins = [".data": "/sys/fs/bpf/d"]
        #expect(try MapPlanner(object.maps, options: options, used: []).steps().count == 1)
    }

    @Test func `pointers in data are told, since nothing fills them in`() throws {
        let object = try object(
            "const char *const volatile names[] = {\"a\", \"b\"}; SECTION(\"prog\") int f(void *c) { return names[0] != 0; }"
        )
        let map = try #require(object.maps.first { $0.content?.addresses != nil })
        #expect(map.content?.addresses?.count == 2)
        let warning = try object.plan().warnings.first
        #expect(warning?.severity == .warning && warning?.cause?.contains("2 addresses") == true)
    }

    @Test func `a claim of more zeros than are taken is refused before any are made`() throws {
        var patched = try PatchedObject("data.c", "-g")
        try patched.set(PatchedObject.Section.size, ofSection: ".bss", 1 << 40)
        let error = #expect(throws: ObjectError.self) { try Object(parsing: patched.bytes, name: "x.o") }
        guard case .map(.dataSize(1 << 40, limit: let limit))? = error?.reason else {
            throw ObjectTestFailure(error?.description ?? "accepted")
        }
        // What .data and .rodata take already is not left for .bss.
        #expect(limit <= 64 << 20 && error?.section == ".bss")
        try patched.set(PatchedObject.Section.size, ofSection: ".bss", 0)
        #expect(try Object(parsing: patched.bytes, name: "x.o").maps.allSatisfy { $0.name != ".bss" })
    }
}
