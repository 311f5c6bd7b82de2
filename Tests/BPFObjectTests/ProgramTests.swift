// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import Diagnostics
import Foundation
import TestSupport
import Testing

struct ProgramTests {
    private func object(_ fixture: String, _ arguments: String...) throws -> Object {
        try Object(parsing: compileBPF(fixture, arguments: arguments), name: fixture)
    }

    @Test func `each section with code is a program, named after its function`() throws {
        let object = try object("sections.c", "-g")
        #expect(object.programs.map(\.section) == ["prog", "kprobe/second", "prints"])
        #expect(object.programs.map(\.name) == ["first", "second", "third"])
        #expect(object.license == nil && object.kernelVersion == 0x05_0a01)
        #expect(object.warnings.isEmpty)
    }

    @Test func `a section that is not there is refused with those that are, and how to choose one`() throws {
        let object = try object("sections.c")
        let error = try #require(#expect(throws: ObjectError.self) { try object.programs(inSection: "tracepoint") })
        #expect(error.reason == .noSection(["prog", "kprobe/second", "prints"]))
        #expect(
            error.description.contains("kprobe/second")
                && error.diagnostic.hint?.actions.last == .set(Diagnostic.Setting(.section)))
        #expect(error.diagnostic.code == .sectionUnknown)
    }

    @Test func `descriptors go into the loads of maps and nowhere else`() throws {
        let object = try object("map_sizes.c", "-DSIZE=36", "-g")
        let program = try object.linked()
        let code = try program.instructions(mapDescriptors: [70, 71])
        for reference in program.mapReferences {
            #expect(code[reference.instruction].source == Instruction.pseudoMapDescriptor)
            #expect(code[reference.instruction].immediate == Int32(70 + reference.map))
            #expect(code[reference.instruction + 1].immediate == 0)
        }
        let changed = zip(code, program.instructions).filter { $0 != $1 }.count
        #expect(changed == program.mapReferences.count)
        let error = #expect(throws: ObjectError.self) { try program.instructions(mapDescriptors: [70]) }
        #expect(error?.reason == .noDescriptor(map: 1))
        #expect(throws: ObjectError.self) { try program.instructions(mapDescriptors: [70, -1]) }
    }

    @Test func `the offset of a static map is no longer in the load once its descriptor is`() throws {
        let object = try object("map_sizes.c", "-DSIZE=36", "-DSTORAGE=static")
        let program = try object.linked()
        let second = try #require(program.mapReferences.first { $0.map == 1 })
        #expect(program.instructions[second.instruction].immediate == 36)
        #expect(try program.instructions(mapDescriptors: [7, 8])[second.instruction].immediate == 8)
    }

    @Test func `with -g an instruction knows its line of C, without it does not`() throws {
        let program = try object("seed.c", "-g").linked()
        let load = try #require(program.mapReferences.first)
        let line = try #require(program.sourceLine(ofInstruction: load.instruction))
        #expect(line.file.hasSuffix("seed.c") && line.text.contains("perf_event_output"))
        let source = try String(contentsOf: fixtures.appending(path: "seed.c"), encoding: .utf8)
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        try #require(lines.indices.contains(line.line - 1))
        #expect(lines[line.line - 1].hasSuffix(line.text))
        #expect(program.sourceLine(ofInstruction: program.instructions.count) == nil)
        #expect(program.sourceLine(ofInstruction: -1) == nil)
        #expect(try object("seed.c").linked().sourceLine(ofInstruction: 0) == nil)
    }

    @Test func `an uninitialised global of no section gets its own advice`() throws {
        let source = """
            int shared;
            __attribute__((section("prog"), used)) int p(void *ctx) { return shared; }
            """
        let object = try Object(parsing: compileBPF(source: source, arguments: ["-fcommon"]), name: "common.o")
        let refusal = try #require(try object.program(inSection: "prog").refusal)
        #expect(refusal.reason == .relocationToCommon && refusal.symbol == "shared")
        #expect(refusal.description.contains("-fno-common"))
    }

    @Test func `several names of one function are one program`() throws {
        let source = """
            __attribute__((section("prog"), used)) int real(void *ctx) { return 3; }
            int other(void *ctx) __attribute__((alias("real")));
            """
        let object = try Object(parsing: compileBPF(source: source), name: "alias.o")
        let program = try object.program(inSection: "prog")
        #expect(program.refusal == nil)
        #expect(["real", "other"].contains(program.name))
    }

    @Test func `a name for the kernel is cut and made of what the kernel takes`() throws {
        let source = """
            __attribute__((section("prog"), used)) int a_function_with_a_long_name(void *ctx) { return 3; }
            """
        let program = try Object(parsing: compileBPF(source: source), name: "long.o").program(inSection: "prog")
        #expect(program.name == "a_function_with_a_long_name")
        #expect(program.kernelName == "a_function_with")
    }

    @Test(arguments: ["bpfel", "bpfeb"])
    func `both byte orders decode to the same program`(target: String) throws {
        let bytes = try compileBPF("seed.c", target: target)
        let program = try Object(parsing: bytes, name: "seed.o").program(inSection: "prog")
        #expect(program.instructions.last?.description == "exit")
        #expect(program.instructions.contains { $0.description == "call helper 25" })
        let order: ByteOrder = target == "bpfel" ? .little : .big
        let encoded = Instruction.encode(program.instructions, byteOrder: order)
        #expect(bytes.indices.contains { bytes[$0...].starts(with: encoded) })
        for (index, instruction) in program.instructions.enumerated() {
            let start = index * Instruction.size
            let again = Instruction(reading: Array(encoded[start..<(start + 8)]), byteOrder: order)
            #expect(again == instruction)
        }
    }

    @Test(arguments: [
        ("char _license[4] SECTION(\"license\") = \"\";", "", 1),
        ("char _license[3] SECTION(\"license\") = \"GPL\";", "GPL", 1),
        ("char _license[] SECTION(\"license\") = \"GPL\";", "GPL", 0),
    ])
    func `a license that is empty or not ended is taken with a warning`(
        line: String, license: String, warnings: Int
    ) throws {
        let object = try Object(parsing: compileBPF(source: "#include \"fixture.h\"\n" + line), name: "license.o")
        #expect(object.license == license)
        #expect(object.warnings.count == warnings)
    }

    @Test func `a license longer than the kernel reads is refused, one that just fits is not`() throws {
        func parse(_ count: Int) throws -> Object {
            let text = String(repeating: "x", count: count)
            let source = "#include \"fixture.h\"\nchar l[] SECTION(\"license\") = \"\(text)\";"
            return try Object(parsing: compileBPF(source: source), name: "license.o")
        }
        #expect(try parse(127).license?.count == 127)
        let error = #expect(throws: ObjectError.self) { try parse(128) }
        #expect(error?.reason == .licenseTooLong(128))
    }

    @Test(arguments: [("0", nil), ("0xfffffffe", nil), ("0x050a01", 0x05_0a01)] as [(String, UInt32?)])
    func `a version of zero or of the running kernel asks for nothing`(number: String, version: UInt32?) throws {
        let source = "__attribute__((section(\"version\"), used)) unsigned _version = \(number);"
        #expect(try Object(parsing: compileBPF(source: source), name: "version.o").kernelVersion == version)
    }
}
