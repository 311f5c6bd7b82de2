// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import TestSupport
import Testing

@testable import BPFObject

struct MapNameTests {
    @Test(arguments: ["a", "map_event", "fifteen_letters", "_", "0"])
    func `what kernel and bpffs take is a name`(text: String) throws {
        #expect(try MapName(text).text == text)
    }

    private static let refused: [(String, MapNameError.Reason)] = [
        ("", .empty), ("sixteen_letters_", .tooLong(bytes: 16)), ("a.b", .byte(0x2e, at: 1)),
        ("..", .byte(0x2e, at: 0)), ("a/b", .byte(0x2f, at: 1)), ("naïve", .byte(0xc3, at: 2)),
        ("a\n", .byte(0x0a, at: 1)), ("a b", .byte(0x20, at: 1)),
    ]

    @Test(arguments: refused)
    func `anything else is refused with the byte or the length`(text: String, reason: MapNameError.Reason) {
        let error = #expect(throws: MapNameError.self) { try MapName(text) }
        #expect(error?.reason == reason)
        #expect(error?.description.contains(reason.description) == true)
    }

    @Test func `types print as bpftool prints them`() {
        #expect(MapType.perfEventArray.description == "perf_event_array")
        #expect(MapType(rawValue: 25).description == "devmap_hash")
        #expect(MapType(rawValue: 34).description == "insn_array")
        #expect(MapType(rawValue: .max).description == "type 4294967295")
    }

    @Test func `two maps of one name are told with the places of both`() throws {
        let source = """
            struct definition { unsigned type, key, value, entries; };
            __attribute__((section("maps"), used)) struct definition first = {2, 4, 8, 1};
            __attribute__((section("maps"), used)) struct definition other = {2, 4, 8, 1};
            __attribute__((section("kprobe/x"), used)) int prog(void *ctx) { return 0; }
            """
        var bytes = try compileBPF(source: source)
        let name = Array("other\0".utf8)
        let places = bytes.indices.filter { bytes[$0...].starts(with: name) }
        try #require(!places.isEmpty)
        for place in places { bytes.replaceSubrange(place..<(place + name.count), with: Array("first\0".utf8)) }
        let error = try #require(
            #expect(throws: ObjectError.self) {
                let object = try Object(parsing: bytes, name: "twice.o")
                _ = try LoadPlan(object: object, programs: object.programs, kernel: NoKernel())
            })
        #expect(error.diagnostic.code == .mapNameTwice)
        #expect(
            error.diagnostic.cause
                == "the first one is at byte 0 of section maps, the other one at byte 16 of section maps", "\(error)")
    }
}
