// SPDX-License-Identifier: Apache-2.0

import BTF
@testable import EventTypes
import Foundation
import TestSupport
import Testing

@testable import BPFObject

/// Debug information that lies: nothing may trap, and nothing may take long.
@Suite struct HostileDWARFTests {
    private static let sections = [
        ".debug_info", ".debug_abbrev", ".debug_str", ".debug_str_offsets", ".debug_loclists",
    ]

    private func object(_ arguments: String...) throws -> PatchedObject {
        let source =
            InferenceTests.head + """
                SEC("prog") int run(void *context) {
                    struct event e = { 1, 2 };
                    comm(e.comm, sizeof e.comm);
                    output(context, &perf, 0xffffffffULL, &e, sizeof e);
                    struct event *p = reserve(&ring, sizeof *p, 0);
                    if (p) { p->pid = e.pid; submit(p, 0); }
                    return 0;
                }
                """
        return PatchedObject(bytes: try compileBPF(source: source, target: "bpfel", arguments: ["-g"] + arguments))
    }

    /// Asks for all that reads debug information.
    private func use(_ bytes: [UInt8]) throws -> [MapEvents] {
        let object = try Object(parsing: bytes, name: "prog.o")
        _ = try? object.eventSchema(named: "struct event")
        let events = object.events()
        #expect(events.allSatisfy { $0.types.allSatisfy { $0.schema.size <= 32 } })
        return events
    }

    @Test func `every truncation of a section is a note or harmless`() throws {
        let original = try object()
        for name in Self.sections {
            let header = try original.header(original.section(name))
            let size = original.read(header + 32, 8)
            for end in 0..<size {
                var patched = original
                patched.write(end, header + 32, 8)
                let events = try use(patched.bytes)
                // What is cut is no type: half of the truth is none.
                guard name == ".debug_info" else { continue }
                #expect(events.allSatisfy { $0.types.isEmpty && !$0.notes.isEmpty })
            }
        }
    }

    @Test(arguments: [["-g"], ["-gdwarf-4"]])
    func `a bit of every byte may be flipped`(arguments: [String]) throws {
        let original = try object(arguments[0])
        for name in Self.sections where name != ".debug_str" {
            guard let section = try? original.section(name) else { continue }
            let header = original.header(section)
            let (start, size) = (Int(original.read(header + 24, 8)), Int(original.read(header + 32, 8)))
            for index in 0..<size {
                var patched = original
                // Each byte gets another bit.
                patched.bytes[start + index] ^= 1 << UInt8(index % 8)
                let object = try Object(parsing: patched.bytes, name: "prog.o")
                _ = object.events()
                _ = try? object.eventSchema(named: "event")
            }
        }
    }

    @Test func `a compressed section that claims to be large is refused`() throws {
        var object = try object("-gz")
        let start = Int(object.read(try object.header(object.section(".debug_info")) + 24, 8))
        for size in [UInt64.max, 1 << 40, 64 << 20, 3] {
            object.write(size, start + 8, 8)
            let events = try use(object.bytes)
            #expect(events.allSatisfy { $0.types.isEmpty && !$0.notes.isEmpty })
        }
        object.write(99, start, 4)
        #expect(try use(object.bytes).allSatisfy { $0.types.isEmpty && !$0.notes.isEmpty })
    }

    // MARK: - By hand

    /// A program that sends 32 bytes of its frame, with debug information in assembly.
    ///
    /// Forms: 1 the unit, 2 the function, 3 a variable, 4 a structure with a name and members, 5 a member, 6 a typedef,
    /// 7 const, 8 a structure without members, 9 an array, 10 its dimension, 11 a pointer, 12 an integer.
    private func assembled(_ entries: String, abbreviations: String = "", code: String = "") throws -> [UInt8] {
        let ref = 0x13
        func form(_ code: Int, _ tag: Int, _ hasChildren: Int, _ attributes: (Int, Int)...) -> String {
            let pairs = attributes.map { ".uleb128 \($0.0), \($0.1)" }.joined(separator: "\n")
            return ".uleb128 \(code), \(tag)\n.byte \(hasChildren)\n\(pairs)\n.byte 0, 0\n"
        }
        let forms = [
            form(1, 0x11, 1), form(2, 0x2e, 1, (0x03, 0x08), (0x11, 0x0b)), form(3, 0x34, 0, (0x49, ref)),
            form(4, 0x13, 1, (0x03, 0x08), (0x0b, 0x0b)), form(5, 0x0d, 0, (0x03, 0x08), (0x49, ref), (0x38, 0x0b)),
            form(6, 0x16, 0, (0x03, 0x08), (0x49, ref)), form(7, 0x26, 0, (0x49, ref)),
            form(8, 0x13, 0, (0x03, 0x08), (0x0b, 0x0b)), form(9, 0x01, 1, (0x49, ref)),
            form(10, 0x21, 0, (0x37, 0x07)),
            form(11, 0x0f, 0, (0x49, ref)), form(12, 0x24, 0, (0x0b, 0x0b), (0x3e, 0x0b)),
        ]
        let source = """
            .section prog,"ax",@progbits
            .globl run
            .type run,@function
            run:
            \(code)
            r2 = perf ll
            r4 = r10
            r4 += -32
            r5 = 32
            call 25
            exit
            .size run, .-run
            .section maps,"aw",@progbits
            .globl perf
            .type perf,@object
            perf: .long 4, 4, 4, 8, 0
            .size perf, 20
            .section .debug_abbrev,"",@progbits
            \(forms.joined())
            \(abbreviations)
            .byte 0
            .section .debug_info,"",@progbits
            cu: .long end - start
            start: .short 4
            .long 0
            .byte 8
            .uleb128 1
            \(entries)
            .byte 0
            end:

            """
        return try compileBPF(source: source, arguments: ["-x", "assembler"])
    }

    private let function = """
        .uleb128 2
        .asciz "run"
        .byte 0
        .uleb128 3
        .long event - cu
        .byte 0

        """

    private func notes(_ entries: String, abbreviations: String = "") throws -> (types: [String], notes: [String]) {
        let object = try Object(parsing: assembled(entries, abbreviations: abbreviations), name: "prog.o")
        _ = try? object.eventSchema(named: "event")
        let events = try #require(object.events().first)
        return (events.types.map(\.schema.name), events.notes)
    }

    @Test func `what is well made is read`() throws {
        let entries = """
            \(function)
            event: .uleb128 4
            .asciz "event"
            .byte 32
            .uleb128 5
            .asciz "number"
            .long number - cu
            .byte 0
            .byte 0
            number: .uleb128 12
            .byte 4, 7
            """
        #expect(try notes(entries).types == ["struct event"])
    }

    @Test func `types that lead to themselves are none`() throws {
        let loops = [
            // A typedef of itself, const of itself, two typedefs of each other.
            "event: .uleb128 6\n.asciz \"event\"\n.long event - cu\n", "event: .uleb128 7\n.long event - cu\n",
            "event: .uleb128 6\n.asciz \"a\"\n.long b - cu\nb: .uleb128 6\n.asciz \"b\"\n.long event - cu\n",
            // A structure within itself, and within an array of itself.
            "event: .uleb128 4\n.asciz \"event\"\n.byte 32\n.uleb128 5\n.asciz \"self\"\n.long event - cu\n.byte 0\n.byte 0\n",
            """
            event: .uleb128 4
            .asciz "event"
            .byte 32
            .uleb128 5
            .asciz "self"
            .long array - cu
            .byte 0
            .byte 0
            array: .uleb128 9
            .long event - cu
            .uleb128 10
            .quad 1
            .byte 0

            """,
            // An array of itself; a member that is of a type that is nowhere.
            "event: .uleb128 9\n.long event - cu\n.uleb128 10\n.quad 1\n.byte 0\n",
            "event: .uleb128 4\n.asciz \"event\"\n.byte 32\n.uleb128 5\n.asciz \"a\"\n.long 0x7fffffff\n.byte 0\n.byte 0\n",
        ]
        for loop in loops {
            let found = try notes(function + loop)
            #expect(found.types == [], "\(loop)")
            #expect(found.notes.count == 1, "\(loop)")
        }
    }

    @Test func `dimensions that multiply beyond all bounds have no size`() throws {
        let dimensions = String(repeating: ".uleb128 10\n.quad 0x7fffffffffffffff\n", count: 8)
        let entries =
            function + "event: .uleb128 9\n.long number - cu\n\(dimensions)\n.byte 0\nnumber: .uleb128 12\n.byte 4, 7\n"
        #expect(try notes(entries).types == [])
    }

    @Test func `more forms, attributes or entries than objects have are refused`() throws {
        let event = "event: .uleb128 8\n.asciz \"event\"\n.byte 32\n"
        #expect(try notes(function + event).types == ["struct event"])
        // One form with 300 attributes, and 300000 forms.
        let wide = ".uleb128 20, 0x34\n.byte 0\n.rept 300\n.uleb128 0x03, 0x19\n.endr\n.byte 0, 0\n"
        #expect(try notes(function + event, abbreviations: wide).notes.count == 1)
        let many = ".rept 300000\n.byte 0xa0, 0x80, 1, 0x34, 0, 0x03, 0x19, 0, 0\n.endr\n"
        #expect(try notes(function + event, abbreviations: many).types == [])
        // More than a million entries of one byte.
        let entries = function + event + ".fill 1100000, 1, 1\n"
        let found = try notes(entries)
        #expect(found.types == [])
        #expect(found.notes.first?.contains("damaged") ?? false)
    }

    @Test func `a structure with more members than a schema holds is refused`() throws {
        let member = ".uleb128 5\n.asciz \"\(String(repeating: "m", count: 1_000))\"\n.long number - cu\n.byte 0\n"
        let entries = """
            \(function)
            event: .uleb128 4
            .asciz "event"
            .byte 32
            .rept 6000
            \(member)
            .endr
            .byte 0
            number: .uleb128 12
            .byte 4, 7

            """
        let found = try notes(entries)
        #expect(found.types == [])
        #expect(found.notes.first?.contains("too much room") ?? false)
    }

    @Test func `code of more branches than programs have is told to be too large`() throws {
        let bytes = try assembled(
            function + "event: .uleb128 8\n.asciz \"event\"\n.byte 32\n",
            code: """
                .rept 20000
                if r1 == 0 goto +0
                .endr
                """)
        let events = try #require(Object(parsing: bytes, name: "prog.o").events().first)
        #expect(events.types == [])
        #expect(events.notes.last == "the code is too large to be looked at for all that it sends to perf")
    }
}
