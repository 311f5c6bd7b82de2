// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics
@testable import EventTypes
import Foundation
import TestSupport
import Testing

@testable import BPFObject

@Suite struct AnnotationTests {
    private static let source = """
        #include "\(fixtures.path)/../../Examples/include/bpf_event.h"
        #define SEC(name) __attribute__((section(name), used))
        struct { int (*type)[27]; int (*max_entries)[4096]; } events SEC(".maps");
        struct { int (*type)[4]; int (*key_size)[4]; int (*value_size)[4]; } map_event SEC(".maps");
        struct { int (*type)[2]; int (*max_entries)[1]; int *key; int *value; } numbers SEC(".maps");
        enum kind { OPEN = 1, EXIT = 0x80000000u };
        struct open { int kind; char comm[16]; };
        typedef struct { int kind; long error; } exit_t;
        union any { int kind; float number; };
        struct incomplete;
        BPF_EVENT_TAGGED(events, kind, OPEN, struct open)
        BPF_EVENT_TAGGED(events, kind, EXIT, exit_t)
        BPF_EVENT_TAGGED(events, kind, -1, union any)
        BPF_EVENT(map_event, const struct open)
        #ifdef WRONG
        BPF_EVENT(map_evnet, struct open)
        BPF_EVENT(numbers, struct open)
        BPF_EVENT(map_event, struct incomplete)
        #endif
        SEC("prog") int run(void *context) { return 0; }
        char _license[] SEC("license") = "GPL";
        """

    private func object(target: String = "bpf", _ arguments: String..., source: String = source) throws -> Object {
        try Object(
            parsing: compileBPF(source: source, target: target, arguments: ["-g"] + arguments), name: "prog.o")
    }

    @Test(arguments: ["bpfel", "bpfeb"])
    func `annotated maps have their types, told apart by the values of a field`(target: String) throws {
        let object = try object(target: target)
        let events = object.events()
        #expect(events.map(\.map) == ["events", "map_event"])
        #expect(events.map(\.notes) == [[], []])
        #expect(events[0].types.map(\.schema.name) == ["struct open", "exit_t", "union any"])
        #expect(events[0].types.map(\.schema.size) == [20, 16, 4])
        #expect(
            events[0].types.map(\.tag) == [
                EventTag(field: "kind", value: 1), EventTag(field: "kind", value: 0x8000_0000),
                EventTag(field: "kind", value: -1),
            ])
        #expect(events[1].types.map(\.schema.name) == ["struct open"])
        #expect(events[1].types.map(\.tag) == [nil])
        #expect(events.flatMap(\.types).allSatisfy { $0.origin == .annotated })
        // The variables are no map.
        #expect(object.maps.map(\.name) == ["events", "map_event", "numbers"])
    }

    @Test func `an event that is shorter than the type that the source names is told with its line`() throws {
        func doubts(_ body: String) throws -> [Diagnostic] {
            let source =
                Self.source + """

                    static long (*output)(void *, void *, unsigned long, void *, unsigned long) = (void *)25;
                    static void *(*reserve)(void *, unsigned long, unsigned long) = (void *)131;
                    static void (*submit)(void *, unsigned long) = (void *)132;
                    SEC("kprobe/vfs_read") int send(void *context) {
                        struct open event = { .kind = OPEN };
                        \(body)
                        return 0;
                    }
                    """
            let object = try object(source: source)
            return object.eventDoubts(object.events())
        }
        func output(_ size: String) -> String {
            "output(context, &map_event, 0xffffffffUL, &event, \(size));  /* here */"
        }
        // Of a pointer, and what cuts a member in two.
        for size in ["8", "6"] {
            let short = try doubts(output(size))
            #expect(short.map(\.code) == [.eventSizeDiffers], "\(short)")
            #expect(
                short.first?.message == "send sends an event of \(size) bytes to map_event, and struct open has 20",
                "\(short)")
            #expect(short.first?.labels.first?.text.contains("/* here */") == true, "\(short)")
        }
        // All of it, its head, and what is computed as it runs.
        for size in ["sizeof(event)", "4", "(unsigned long)context & 15"] {
            #expect(try doubts(output(size)).isEmpty, "\(size)")
        }
        // Where a field tells types apart, an event may have another one.
        #expect(try doubts("int *room = reserve(&events, 3, 0); if (room) submit(room, 0);").isEmpty)
    }

    @Test func `annotations survive that debug information is stripped`() throws {
        let bytes = try withTemporaryFolder { folder in
            let file = folder.appending(path: "prog.o")
            try Data(compileBPF(source: Self.source, arguments: ["-g"])).write(to: file)
            let outcome = try runProcess("llvm-strip", ["-g", file.path])
            try #require(outcome.status == 0)
            return try [UInt8](Data(contentsOf: file))
        }
        let events = try Object(parsing: bytes, name: "prog.o").events()
        #expect(events[0].types.map(\.tag?.value) == [1, 0x8000_0000, -1])
        #expect(events[1].types.map(\.schema.name) == ["struct open"])
    }

    @Test func `an annotation that cannot be meant so is a note`() throws {
        let events = try object("-DWRONG").events()
        #expect(events.map(\.map) == ["events", "map_event", "numbers", "map_evnet"])
        #expect(events[1].types.map(\.schema.name) == ["struct open"])
        #expect(events[1].notes.count == 1)
        #expect(events[1].notes[0].hasPrefix("an annotation of map_event is not used: struct incomplete"))
        #expect(events[2].types == [])
        #expect(events[2].notes == ["numbers is annotated, but a map of type array has no events"])
        #expect(
            events[3].notes == [
                "an annotation names the map map_evnet, which the object does not have: did you mean map_event?"
            ])
    }

    @Test func `objects that were linked keep the annotations of both`() throws {
        let second = """
            #include "\(fixtures.path)/../../Examples/include/bpf_event.h"
            struct close { int kind, fd; };
            struct { int (*type)[27]; int (*max_entries)[4096]; } others __attribute__((section(".maps"), used));
            BPF_EVENT_TAGGED(others, kind, 9, struct close)
            char also[] __attribute__((section("license"), used)) = "GPL";
            """
        let bytes = try withTemporaryFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            try Data(compileBPF(source: Self.source, arguments: ["-g"])).write(to: URL(fileURLWithPath: path("a.o")))
            try Data(compileBPF(source: second, arguments: ["-g"])).write(to: URL(fileURLWithPath: path("b.o")))
            let outcome = try runProcess("bpftool", ["gen", "object", path("all.o"), path("a.o"), path("b.o")])
            try #require(outcome.status == 0)
            return try [UInt8](Data(contentsOf: URL(fileURLWithPath: path("all.o"))))
        }
        let events = try Object(parsing: bytes, name: "all.o").events()
        #expect(events.map(\.map) == ["events", "map_event", "others"])
        #expect(events[0].types.map(\.tag?.value) == [1, 0x8000_0000, -1])
        #expect(events[2].types.map(\.tag?.value) == [9])
        #expect(events[2].types.map(\.schema.name) == ["struct close"])
    }
}
