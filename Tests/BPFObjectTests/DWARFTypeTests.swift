// SPDX-License-Identifier: Apache-2.0

import BTF
@testable import EventTypes
import Foundation
import TestSupport
import Testing

@testable import BPFObject

/// Types from debug information beside those that the compiler itself writes as BTF.
@Suite struct DWARFTypeTests {
    private static let source = """
        typedef unsigned int u32;
        typedef unsigned long long u64;
        typedef _Bool bool;
        enum color { RED, GREEN = -1 };
        enum flags { A = 1, B = 2, C = 0x80000000u };
        enum wide { HIGH = 0x100000002ULL };
        enum wide_signed { LOW = -0x100000002LL };
        enum __attribute__((packed)) tiny { ONE, TWO };
        struct task_struct { int secret; struct task_struct *parent; };
        struct list { struct list *next; struct event *owner; };
        typedef struct { int counter; } atomic_t;
        typedef struct list list_t;
        union number { float f; double d; u64 bits; };
        struct packed { char c; int i; short s; } __attribute__((packed));
        struct __attribute__((btf_decl_tag("event"))) event {
            u32 pid __attribute__((btf_decl_tag("fmt:dec")));
            bool flag;
            char letter; signed char small; unsigned char byte;
            enum color color; enum flags flags; enum wide wide; enum wide_signed wide_signed; enum tiny tiny;
            const char *volatile name;
            struct task_struct *task;
            const struct task_struct *const_task;
            struct event *next;
            struct list list;
            list_t *pointed;
            atomic_t *count;
            atomic_t counter;
            union number numbers[3];
            unsigned low : 3, high : 5;
            u64 huge : 40;
            signed int negative : 7;
            enum color bits : 2;
            struct { short x, y; union { int inner; char bytes[4]; }; };
            struct packed packed;
            char comm[16];
            u64 matrix[2][3];
            int (*row)[7];
            void *nothing; const void *const_nothing;
            unsigned __int128 large;
            u64 aligned __attribute__((aligned(16)));
            u32 tail[];
        };
        struct event *used;
        """

    /// What bpftool writes of a blob in C, without what it adds.
    private func dump(_ blob: [UInt8]) throws -> [String: String] {
        let text = try withTemporaryFolder { folder in
            let file = folder.appending(path: "blob")
            try Data(blob).write(to: file)
            return try runProcess("bpftool", ["btf", "dump", "file", file.path, "format", "c"]).output
        }
        var found: [String: String] = [:]
        var lines: [Substring] = []
        for line in text.split(separator: "\n") {
            if line.hasSuffix("{") && !line.hasPrefix("\t") { lines = [] }
            lines.append(line)
            if line.hasPrefix("}"), let first = lines.first {
                found[String(first)] = lines.joined(separator: "\n")
            }
        }
        return found
    }

    @Test(arguments: [["-g"], ["-gdwarf-4"], ["-gdwarf-3"], ["-g", "-gdwarf64"], ["-g", "-gz"]])
    func `a type of the debug information is what the compiler makes of it in BTF`(arguments: [String]) throws {
        let bytes = try compileBPF(source: Self.source, arguments: arguments)
        let object = try Object(parsing: bytes, name: "prog.o")
        let btf = try #require(object.typeInfo.types)
        let expected = try EventSchema.find(named: "event", in: btf)
        let schema = try debugSchema(object, "struct event")
        #expect(schema.name == expected.name)
        #expect(schema.size == expected.size)
        let (found, wanted) = (try dump(schema.btf), try dump(expected.btf))
        var names = ["struct event {", "union number {", "struct packed {", "struct list {"]
        // clang 14 writes no signs of enumerations and none of 64 bits; its debug information has both.
        if try knowsEnumerations(expected) {
            names += ["enum color {", "enum flags {", "enum wide : u64 {", "enum tiny : u8 {"]
            #expect(found.keys.sorted() == wanted.keys.sorted())
        }
        for name in names { #expect(found[name] == wanted[name]) }
        #expect(found["enum color {"]?.contains("GREEN = -1,") ?? false)
        #expect(wanted["struct event {"] != nil)
        #expect(try tags(schema) == tags(expected))
        try compareMembers(schema, expected)
    }

    @Test func `bit-fields lie in the other byte order where the compiler says`() throws {
        for arguments in [["-g"], ["-gdwarf-3"]] {
            let bytes = try compileBPF(source: Self.source, target: "bpfeb", arguments: arguments)
            let object = try Object(parsing: bytes, name: "prog.o")
            let expected = try EventSchema.find(named: "event", in: #require(object.typeInfo.types))
            let schema = try debugSchema(object, "struct event")
            #expect(try BTF(parsing: schema.btf).byteOrder == .big)
            try compareMembers(schema, expected)
        }
    }

    /// The same members at the same places, of types that are written the same way.
    private func compareMembers(_ schema: EventSchema, _ expected: EventSchema) throws {
        let (ours, theirs) = (try BTF(parsing: schema.btf), try BTF(parsing: expected.btf))
        let (own, other) = (try #require(ours[schema.typeID]), try #require(theirs[expected.typeID]))
        #expect(ours.members(of: own).map(\.bitOffset) == theirs.members(of: other).map(\.bitOffset))
        #expect(ours.members(of: own).map(\.bitSize) == theirs.members(of: other).map(\.bitSize))
        #expect(
            ours.members(of: own).map { ours.describe($0.type) }
                == theirs.members(of: other).map { theirs.describe($0.type) })
        for (first, second) in zip(ours.members(of: own), theirs.members(of: other)) {
            #expect(ours.size(of: first.type) == theirs.size(of: second.type))
            guard let first = ours.resolved(first.type), let second = theirs.resolved(second.type) else { continue }
            #expect(ours.integer(of: first) == theirs.integer(of: second))
            guard try !first.kind.isEnumeration || knowsEnumerations(expected) else { continue }
            #expect(first.flag == second.flag)
            #expect(ours.enumerators(of: first).map(\.bits) == theirs.enumerators(of: second).map(\.bits))
        }
    }

    /// Whether the compiler writes all that BTF can say of enumerations.
    private func knowsEnumerations(_ schema: EventSchema) throws -> Bool {
        let btf = try BTF(parsing: schema.btf)
        return (1..<btf.endID).contains { btf[$0]?.kind == .enum64 }
    }

    private func tags(_ schema: EventSchema) throws -> [String] {
        let btf = try BTF(parsing: schema.btf)
        return (1..<btf.endID).compactMap { id in
            guard let type = btf[id], type.kind == .declarationTag else { return nil }
            return "\(btf.name(of: type)) \(btf.componentIndex(of: type) ?? -2) \(btf.describe(type.sizeOrType))"
        }.sorted()
    }

    private func debugSchema(_ object: Object, _ name: String) throws -> EventSchema {
        let dwarf = try object.debugInformation(ELFFile(object.file)).get()
        let index = try #require(
            dwarf.entries.indices.first {
                dwarf.isComposite($0) && dwarf.spelling(of: $0) == name && dwarf[$0, DW.Attribute.declaration] == nil
            })
        return try DWARFSchema.schema(of: index, dwarf, byteOrder: object.byteOrder)
    }
}
