// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics
@testable import EventTypes
import Foundation
import TestSupport
import Testing

@testable import BPFObject

@Suite struct EventSchemaTests {
    private static let source = """
        typedef unsigned int u32;
        typedef unsigned long long u64;
        enum color { RED, GREEN = -1 };
        enum wide { HIGH = 0x100000002ULL };
        struct task_struct { int secret; struct task_struct *parent; };
        struct list { struct list *next; struct event *owner; };
        typedef struct { int counter; } atomic_t;
        union number { float f; double d; u64 bits; };
        struct __attribute__((btf_decl_tag("event"))) event {
            u32 pid __attribute__((btf_decl_tag("pid")));
            enum color color;
            enum wide wide;
            const char *volatile name;
            struct task_struct *task;
            struct event *next;
            struct list list;
            atomic_t *count;
            int (*call)(struct task_struct *, u64, ...);
            union number numbers[3];
            unsigned low : 3, high : 5;
            struct { short x, y; union { int inner; char bytes[4]; }; };
            char comm[16];
            u64 matrix[2][3];
            int (*row)[7];
            void *nothing;
            u32 tail[];
        };
        struct other { long a, b; };
        typedef struct event event_t;
        struct event *unused_event __attribute__((unused));
        event_t *also __attribute__((unused));
        struct other not_reached;
        """

    private func types(target: String = "bpf", _ source: String = source) throws -> BTF {
        let bytes = try compileBPF(source: source, target: target, arguments: ["-g"])
        return try #require(Object(parsing: bytes, name: "prog.o").typeInfo.types)
    }

    /// The definition of a type in what bpftool writes of a blob.
    private func dump(_ blob: [UInt8], _ start: String) throws -> String {
        let text = try withTemporaryFolder { folder in
            let file = folder.appending(path: "blob")
            try Data(blob).write(to: file)
            return try runProcess("bpftool", ["btf", "dump", "file", file.path, "format", "c"]).output
        }
        let begin = try #require(text.range(of: "\n" + start + " {"))
        let end = try #require(text.range(of: "\n}", range: begin.upperBound..<text.endIndex))
        let line = text[end.upperBound...].prefix { $0 != "\n" }
        return String(text[begin.lowerBound..<end.upperBound] + line)
    }

    @Test(arguments: ["bpfel", "bpfeb"])
    func `the type alone is smaller than those of the object, and of their byte order`(target: String) throws {
        let btf = try types(target: target)
        let schema = try EventSchema.find(named: "event", in: btf)
        #expect(try BTF(parsing: schema.btf).byteOrder == btf.byteOrder)
        #expect(schema.btf.count < btf.bytes.count)
    }

    // bpftool reads types of this machine's byte order only.
    @Test func `bpftool shows the type as it shows it of the whole object`() throws {
        let btf = try types(target: "bpfel")
        let schema = try EventSchema.find(named: "event", in: btf)
        for start in ["struct event", "union number", "enum color", "struct list"] {
            #expect(try dump(schema.btf, start) == dump(btf.bytes, start))
        }
    }

    @Test func `what is only pointed to comes by its name, and what nothing reaches does not come`() throws {
        let schema = try EventSchema.find(named: "struct event", in: types())
        let btf = try BTF(parsing: schema.btf)
        func kinds(_ name: String) -> [BTFKind] {
            (1..<btf.endID).compactMap { id in btf[id].flatMap { btf.name(of: $0) == name ? $0.kind : nil } }
        }
        #expect(kinds("task_struct") == [.forward])
        #expect(kinds("list") == [.structure])
        #expect(kinds("event").contains(.structure))
        #expect(kinds("event").filter { $0 == .declarationTag }.count == 1)
        #expect(kinds("pid") == [.declarationTag])
        #expect(kinds("atomic_t") == [.typedef])
        #expect(kinds("other") == [])
        #expect(kinds("event_t") == [])
        let root = try #require(btf[schema.typeID])
        #expect(btf.name(of: root) == "event")
        #expect(schema.size == root.sizeOrType)
        #expect(schema.name == "struct event")
    }

    @Test(arguments: [
        ("event", "struct event"), (" struct   event", "struct event"), ("event_t", "event_t"),
        ("union number", "union number"), ("number", "union number"), ("color", "enum color"), ("wide", "enum wide"),
        ("u64", "u64"), ("unsigned int", "unsigned int"),
    ])
    func `a type is found by its name`(name: String, spelling: String) throws {
        let btf = try types()
        let schema = try EventSchema.find(named: name, in: btf)
        #expect(schema.name == spelling)
        let pruned = try BTF(parsing: schema.btf)
        #expect(pruned.size(of: schema.typeID) == schema.size)
        // Pruning what is pruned changes nothing.
        #expect(try EventSchema.find(named: name, in: pruned) == schema)
    }

    @Test func `every kind comes out as it went in`() throws {
        for order in [ByteOrder.little, .big] {
            var builder = EveryKind(byteOrder: order)
            let members = [
                "bits", "plain", "pointer", "array", "union", "enum", "enum64", "typedef", "float", "typeTag",
            ]
            _ = builder.builder.structure("all", size: 400, members.map { .init($0, builder.ids[$0] ?? 0) })
            let original = try BTF(parsing: builder.builder.build())
            let schema = try EventSchema.find(named: "all", in: original)
            let btf = try BTF(parsing: schema.btf)
            let root = try #require(btf[schema.typeID])
            for (name, member) in zip(members, btf.members(of: root)) {
                #expect(btf.string(member.nameOffset) == name)
                #expect(btf.describe(member.type) == original.describe(builder.ids[name] ?? 0))
                #expect(btf[member.type]?.flag == original[builder.ids[name] ?? 0]?.flag)
            }
            let wide = try #require(btf[btf.members(of: root)[6].type])
            #expect(btf.enumerators(of: wide).map(\.bits) == [0x1_0000_0002])
        }
    }

    @Test func `names that only the debug information has are near as well`() throws {
        let source = """
            struct event { unsigned pid; char comm[16]; };
            __attribute__((section("prog"), used)) int handle(void *ctx)
            {
                struct event event = { .pid = 1 };
                return ((int (*)(void *, long))(void *)112)(&event, sizeof(event));
            }
            """
        let object = try Object(parsing: compileBPF(source: source, arguments: ["-g"]), name: "prog.o")
        let error = try #require(throws: EventSchemaError.self) { try object.eventSchema(named: "struct evnt") }
        #expect(error.reason == .notFound(near: ["struct event"], isDeclared: false))
    }

    @Test func `a name that is not there leads to those that are near and to how to keep a type`() throws {
        let object = try Object(parsing: compileBPF(source: Self.source, arguments: ["-g"]), name: "prog.o")
        let error = try #require(throws: EventSchemaError.self) { try object.eventSchema(named: "struct evnt") }
        #expect(error.reason == .notFound(near: ["struct event"], isDeclared: false))
        #expect(error.diagnostic.nextStep?.contains("unused_event __attribute__((unused))") ?? false)
        #expect(error.diagnostic.object == "prog.o")
        #expect(error.diagnostic.code == .eventTypeUnknown)
        #expect(throws: EventSchemaError(.notFound(near: [], isDeclared: true), "task_struct")) {
            try EventSchema.find(
                named: "task_struct", in: BTF(parsing: EventSchema.find(named: "event", in: types()).btf))
        }
        #expect(throws: EventSchemaError(.notFound(near: [], isDeclared: false), "")) {
            try EventSchema.find(named: "", in: types())
        }
    }

    @Test func `an object without BTF says how to compile one with it`() throws {
        let object = try Object(parsing: compileBPF(source: Self.source), name: "prog.o")
        #expect(throws: EventSchemaError(.noTypes(nil), "event", object: "prog.o")) {
            try object.eventSchema(named: "event")
        }
    }

    @Test func `two structures of one name are refused with their sizes`() throws {
        var builder = BTFBuilder()
        _ = builder.structure("event", size: 8)
        _ = builder.structure("event", size: 24)
        let btf = try BTF(parsing: builder.build())
        #expect(throws: EventSchemaError(.ambiguous(sizes: [8, 24]), "event")) {
            try EventSchema.find(named: "event", in: btf)
        }
    }

    // MARK: - Hostile types

    private func refusal(_ build: (inout BTFBuilder) -> Void) throws -> EventSchemaError.Reason? {
        var builder = BTFBuilder()
        build(&builder)
        let btf = try BTF(parsing: builder.build())
        do {
            _ = try EventSchema.find(named: "event", in: btf)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func `types that do not end, are not there or have no size are refused`() throws {
        #expect(try refusal { _ = $0.structure("event", size: 8, [.init("self", 1)]) } == .nesting)
        #expect(
            try refusal {
                _ = (
                    $0.structure("event", size: 8, [.init("a", 2)]), $0.array(of: 1, count: 1, index: 3), $0.int("int")
                )
            }
                == .nesting)
        #expect(
            try refusal { _ = ($0.structure("event", size: 8, [.init("a", 2)]), $0.const(3), $0.const(2)) } == .nesting)
        #expect(try refusal { _ = $0.structure("event", size: 8, [.init("a", 9)]) } == .damaged(type: 1, to: 9))
        #expect(try refusal { _ = $0.structure("event", size: 8, [.init("a", 0)]) } == .damaged(type: 1, to: 0))
        #expect(
            try refusal { _ = ($0.structure("event", size: 8, [.init("a", 2)]), $0.variable("v", type: 1)) }
                == .damaged(type: 1, to: 2))
        #expect(try refusal { _ = $0.typedef("event", to: 0) } == .noSize)
        #expect(try refusal { _ = ($0.typedef("event", to: 2), $0.typedef("e", to: 1)) } == .noSize)
        #expect(
            try refusal { _ = $0.structure("event", size: 0x7fff_ffff) } == .tooLarge(size: 0x7fff_ffff, limit: 1 << 30)
        )
    }

    @Test func `structures in structures are followed as deep as compilers nest them, and no deeper`() throws {
        func nested(_ depth: Int) -> (inout BTFBuilder) -> Void {
            { builder in
                _ = builder.structure("event", size: 4, [.init("a", 2)])
                for id in 2..<(2 + depth) { _ = builder.structure("", size: 4, [.init("a", id + 1)]) }
                _ = builder.int("int")
            }
        }
        #expect(try refusal(nested(60)) == nil)
        #expect(try refusal(nested(70)) == .nesting)
        #expect(try refusal(nested(100_000)) == .nesting)
    }

    @Test func `rings of pointers and lists of themselves are copied`() throws {
        #expect(
            try refusal {
                _ = $0.structure("event", size: 16, [.init("p", 2), .init("next", 4)])
                _ = ($0.pointer(to: 3), $0.pointer(to: 2), $0.pointer(to: 1))
            } == nil)
    }

    @Test func `names that overlap do not make a large blob of a small one`() throws {
        #expect(
            try refusal { builder in
                let int = builder.int("int")
                // Members beyond 4 MiB of names, which are one string in the original.
                let name = String(repeating: "x", count: 1_000)
                _ = builder.structure(
                    "event", size: 4, (0..<5_000).map { _ in .init(name, int) })
            } == .reachesTooMuch(limit: 4 << 20))
    }
}
