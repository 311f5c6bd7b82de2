// SPDX-License-Identifier: Apache-2.0

import BTF
@testable import EventTypes
import TestSupport
import Testing

@testable import BPFObject

/// Limits of an object that hold for all its parts together: what is refused, and what is counted, not how long it took.
@Suite struct ObjectBudgetTests {
    private func assembled(_ source: String) throws -> [UInt8] {
        try compileBPF(source: source, arguments: ["-x", "assembler"])
    }

    private func error(_ source: String) throws -> ObjectError? {
        let bytes = try assembled(source)
        do throws(ObjectError) {
            _ = try Object(parsing: bytes, name: "many.o")
            return nil
        } catch {
            return error
        }
    }

    /// Two instructions with a symbol of their own.
    private static let function = """
        .macro function
        .type p\\@,@function
        p\\@: r0 = 0
        exit
        .size p\\@, 16
        .endm

        """

    // MARK: - Code

    @Test func `functions of one section are counted`() throws {
        func source(_ count: Int) -> String {
            Self.function + ".section socket,\"ax\",@progbits\n.rept \(count)\nfunction\n.endr\n"
        }
        #expect(try error(source(Limits.functions)) == nil)
        let error = try #require(try error(source(Limits.functions + 1)))
        #expect(error.reason == .tooMany("functions", count: 16_385, limit: Limits.functions))
        #expect(error.section == "socket" && error.object == "many.o")
    }

    @Test func `functions of all sections are counted together`() throws {
        let half = Limits.functions / 2 + 1
        let sections = ["socket", "xdp"].map { ".section \($0),\"ax\",@progbits\n.rept \(half)\nfunction\n.endr\n" }
        let error = try #require(try error(Self.function + sections.joined()))
        #expect(error.reason == .tooMany("functions", count: UInt64(2 * half), limit: Limits.functions))
        #expect(error.section == "xdp")
    }

    @Test func `instructions of all sections are counted together`() throws {
        let third = Limits.code / 3 + 1
        let sections = ["socket", "xdp", "tc"].map { ".section \($0),\"ax\",@progbits\n.fill \(third), 8, 0x95\n" }
        let error = try #require(try error(sections.joined()))
        #expect(
            error.reason
                == .tooMany("instructions in all programs", count: UInt64(3 * third), limit: Limits.code))
    }

    @Test func `a function keeps little room for the error that it hardly ever has`() {
        #expect(MemoryLayout<ObjectError.Reason>.size == 8)
        #expect(MemoryLayout<ObjectFunction>.size < 512)
        #expect(MemoryLayout<ProgramDefinition>.size < 1_024)
    }

    @Test func `places where a program refers to maps count like its instructions`() throws {
        let loads = 100_000
        let source = """
            .section .text,"ax",@progbits
            .type all,@function
            all:
            .rept \(loads)
            r1 = data ll
            .endr
            exit
            .size all, .-all
            .section .data,"aw",@progbits
            .globl data
            .type data,@object
            data: .quad 0
            .size data, 8
            .section socket,"ax",@progbits
            .macro program
            .globl p\\@
            .type p\\@,@function
            p\\@: call all
            exit
            .size p\\@, 16
            .endm
            .rept 16
            program
            .endr

            """
        let object = try Object(parsing: try assembled(source), name: "many.o")
        let each = 2 * loads * 12 + loads * 24
        #expect(each * 16 > Limits.linkedSize && 2 * loads * 8 * 16 < Limits.linkedSize)
        #expect(throws: ObjectError.self) { try object.plan(section: "socket") }
    }

    // MARK: - Debug information

    private func dwarf(_ sections: String) throws -> Result<DWARF, EventFault> {
        let bytes = try assembled(
            """
            .section socket,"ax",@progbits
            exit
            .section .debug_abbrev,"",@progbits
            .uleb128 1, 0x2e
            .byte 0
            .uleb128 0x03, 0x08
            .byte 0, 0, 0
            \(sections)

            """)
        return try Object(parsing: bytes, name: "many.o").debugInformation(ELFFile(bytes))
    }

    private static func unit(_ entries: String) -> String {
        ".long 2f - 1f\n1: .short 4\n.long 0\n.byte 8\n\(entries)\n2:\n"
    }

    @Test func `units of debug information are counted, empty ones too`() throws {
        let units = ".section .debug_info,\"\",@progbits\n.rept \(Limits.debugUnits + 1)\n"
        let result = try dwarf(units + ".long 7\n.short 4\n.long 0\n.byte 8\n.endr")
        guard case .failure(let fault) = result else {
            Issue.record("units without a limit were read")
            return
        }
        #expect(fault.words == "its debug information has more than 65536 units")
    }

    @Test func `a string that goes beyond its unit is damage, and is not searched for in what follows`() throws {
        let result = try dwarf(
            ".section .debug_info,\"\",@progbits\n" + Self.unit(".uleb128 1\n.ascii \"ab\"")
                + Self.unit(".uleb128 1\n.asciz \"c\""))
        guard case .failure(let fault) = result else {
            Issue.record("the string of the next unit was taken")
            return
        }
        #expect(fault.words == "the unit at offset 0 is damaged")
    }

    @Test func `to pass over long strings again and again uses up the budget of questions`() throws {
        let text = 4 << 20
        let dwarf = try dwarf(
            ".section .debug_info,\"\",@progbits\n" + Self.unit(".uleb128 1\n.fill \(text), 1, 0x61\n.byte 0")
        ).get()
        #expect(!dwarf.isExhausted)
        for _ in 0..<(16 * Limits.debugWork / text + 1) { _ = dwarf[0, DW.Attribute.name] }
        #expect(dwarf.isExhausted)
    }

    @Test func `only the functions that are asked for are kept`() throws {
        let bytes = try compileBPF(
            source: """
                __attribute__((section("socket"), used)) int one(void *context) { return 0; }
                __attribute__((section("socket"), used)) int two(void *context) { return 0; }
                """, target: "bpfel", arguments: ["-g"])
        let dwarf = try Object(parsing: bytes, name: "prog.o").debugInformation(ELFFile(bytes)).get()
        #expect(dwarf.functions(named: ["two", "three"]).keys.sorted() == ["two"])
        #expect(dwarf.functions(named: []).isEmpty)
    }

    // MARK: - Types of events

    @Test func `types of all events are cut out within one budget, and each once`() throws {
        let bytes = try compileBPF(
            source: """
                struct one { int a, b, c; } one; struct two { long a, b; } two;
                __attribute__((section("socket"), used)) int run(void *context) { return one.a + two.a; }
                """, target: "bpfel", arguments: ["-g"])
        let object = try Object(parsing: bytes, name: "prog.o")
        let types = try #require(object.typeInfo.types)
        func id(_ name: String) throws -> Int { try #require(WantedType(name).find(in: types).first) }
        let size = try SchemaCutter(object).schema(ofType: try id("struct one")).btf.count
        let small = SchemaCutter(object, bytes: size + 8)
        for _ in 0..<4 { _ = try small.schema(ofType: try id("struct one")) }
        #expect(throws: EventFault.self) { try small.schema(ofType: try id("struct two")) }
        let tired = SchemaCutter(object, looks: types.endID + 1)
        _ = try tired.schema(ofType: try id("struct one"))
        #expect(throws: EventFault.self) { try tired.schema(ofType: try id("struct two")) }
    }
}
