// SPDX-License-Identifier: Apache-2.0

import BPFObject
import BTF
import EventTypes
import Foundation
import TestSupport
import Testing
import ToolSupport

/// What options give of types, and for which maps.
struct GivenTypesTests {
    private func type(_ text: String) throws -> EventType {
        EventType(schema: try .layout(text), origin: .layout)
    }

    private func names(_ choice: GivenTypes.Choice) -> [String]? {
        guard case .types(let types, _) = choice else { return nil }
        return types.map(\.schema.name)
    }

    private func key(_ choice: GivenTypes.Choice) -> String? {
        if case .types(_, let key) = choice { key } else { nil }
    }

    /// Two maps of events of which one has a type, and one whose name is longer than what the kernel keeps.
    private func object(isAsked: Bool = true, isOne: Bool = false) throws -> GivenTypes {
        let second = """
            struct { int (*type)[27]; int (*max_entries)[4096]; } a_name_of_many_letters SEC(".maps");
            struct letter { char name[8]; };
            BPF_EVENT(a_name_of_many_letters, struct letter)
            """
        let source = """
            #include "\(fixtures.path)/../../Examples/include/bpf_event.h"
            #define SEC(name) __attribute__((section(name), used))
            struct { int (*type)[27]; int (*max_entries)[4096]; } opens SEC(".maps");
            struct { int (*type)[27]; int (*max_entries)[4096]; } unknown SEC(".maps");
            struct open { int kind; };
            BPF_EVENT(opens, struct open)
            \(isOne ? "" : second)
            SEC("prog") int run(void *context) { return 0; }
            char _license[] SEC("license") = "GPL";
            """
        return GivenTypes(
            object: try Object(parsing: compileBPF(source: source, arguments: ["-g"]), name: "prog.o"),
            isAsked: isAsked)
    }

    @Test func `nothing is given where nothing was said`() {
        let given = GivenTypes()
        #expect(names(given.choice(ofMap: ["a"], isOnly: true)) == nil && given.written(for: "a").isEmpty)
    }

    @Test func `a type is for all maps or for one, and the last word counts`() throws {
        var given = GivenTypes()
        given.give([try type("struct all { u32 a; }")])
        given.give([try type("struct one { u32 a; }")], to: "a")
        let (a, b) = (given.choice(ofMap: ["a", "kernel"], isOnly: false), given.choice(ofMap: ["b"], isOnly: false))
        #expect(names(a) == ["struct one"] && key(a) == "a")
        #expect(names(b) == ["struct all"] && key(b) == "")
        #expect(names(given.choice(ofMap: [], isOnly: true)) == ["struct all"], "a stream that names no map")
        #expect(given.written(for: "a").map(\.schema.name) == ["struct one"])
        given.give([try type("struct last { u32 a; }")])
        #expect(names(given.choice(ofMap: ["a"], isOnly: false)) == ["struct last"])
    }

    @Test func `names are looked for in the stream, one for each value of a field and one for the rest`() throws {
        let given = GivenTypes(names: TypeNames(field: "kind", tagged: [(1, "struct a"), (-1, "struct b")], type: "c"))
        guard case .named(let names) = given.choice(ofMap: ["a"], isOnly: false) else {
            Issue.record("names are named")
            return
        }
        var asked: [String] = []
        let types = try names.types { name in
            asked.append(name)
            return try .layout("struct { u32 kind; }")
        }
        #expect(asked == ["struct a", "struct b", "c"])
        #expect(types.map(\.tag) == [EventTag(field: "kind", value: 1), EventTag(field: "kind", value: -1), nil])
    }

    @Test func `an object tells the types of its maps, by their names and by what the kernel keeps of them`() throws {
        let given = try object()
        #expect(names(given.choice(ofMap: ["opens"], isOnly: false)) == ["struct open"])
        #expect(names(given.choice(ofMap: ["pin", "a_name_of_many_"], isOnly: false)) == ["struct letter"])
        #expect(names(given.choice(ofMap: ["a_name_of_man"], isOnly: false)) == nil)
        #expect(names(given.choice(ofMap: ["unknown"], isOnly: false)) == [])
        #expect(names(given.choice(ofMap: ["other"], isOnly: true)) == nil, "two have types")
        #expect(given.typedMaps.map(\.map).sorted() == ["a_name_of_many_letters", "opens"])
    }

    @Test func `the only map has the type of the only one that the object tells, whatever its name is`() throws {
        let given = try object(isOne: true)
        #expect(names(given.choice(ofMap: ["other"], isOnly: true)) == ["struct open"])
        #expect(names(given.choice(ofMap: [], isOnly: true)) == ["struct open"])
        #expect(names(given.choice(ofMap: ["other"], isOnly: false)) == nil)
    }

    @Test func `an object of which types are named is not asked`() throws {
        var given = try object(isAsked: false)
        #expect(names(given.choice(ofMap: ["opens"], isOnly: true)) == nil && given.events == nil)
        given.give([try type("struct named { u32 a; }")], to: "opens")
        #expect(names(given.choice(ofMap: ["opens"], isOnly: true)) == ["struct named"])
        #expect(names(given.choice(ofMap: ["unknown"], isOnly: false)) == nil)
    }
}
