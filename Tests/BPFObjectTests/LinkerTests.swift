// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics
import TestSupport
import Testing

@testable import BPFObject

struct LinkerTests {
    private func object(_ arguments: String...) throws -> Object {
        try Object(parsing: compileBPF("calls.c", arguments: arguments), name: "calls.o")
    }

    private func link(_ name: String, _ object: Object) throws -> LinkedProgram {
        try LoadPlan(object: object, programs: [object.program(named: name)], kernel: NoKernel()).programs[0]
    }

    /// The function that the call or address at an index of the code leads to, by the place of its start.
    private func target(_ program: LinkedProgram, at index: Int) -> String? {
        let place = index + 1 + Int(program.instructions[index].immediate)
        return program.pieces.first { $0.start == place }?.function.name
    }

    private func calls(_ program: LinkedProgram) -> [String?] {
        program.instructions.indices.filter {
            program.instructions[$0].code == Instruction.callCode
                && program.instructions[$0].source == Instruction.pseudoCall
        }.map { target(program, at: $0) }
    }

    @Test func `a section may hold several programs, and what only they call is none`() throws {
        let object = try object()
        #expect(object.programs.map(\.name) == ["one", "another", "alone", "by_address"])
        #expect(object.programs.map(\.section) == ["kprobe/one", "kprobe/one", "kprobe/alone", "kprobe/address"])
    }

    @Test(arguments: [["-g"], []])
    func `what a program calls comes once behind it, in the order of the calls`(arguments: [String]) throws {
        let object = try Object(parsing: compileBPF("calls.c", arguments: arguments), name: "calls.o")
        let program = try link("one", object)
        #expect(program.pieces.map(\.function.name) == ["one", "beside", "global_in_text", "in_text"])
        #expect(calls(program) == ["beside", "in_text", "global_in_text", "in_text", "in_text"])
        #expect(program.mapReferences.count == 1)
        let reference = try #require(program.mapReferences.first)
        #expect(program.functionName(ofInstruction: reference.instruction) == "beside")
        let code = try program.instructions(mapDescriptors: [9])
        #expect(code[reference.instruction].immediate == 9)
        #expect(try calls(link("another", object)) == ["global_in_text", "in_text", "in_text"])
        #expect(try link("alone", object).pieces.count == 1)
    }

    @Test func `the address of a function is a distance to it`() throws {
        let program = try link("by_address", object("-g"))
        let index = try #require(
            program.instructions.firstIndex { $0.isWideLoad && $0.source == Instruction.pseudoFunction })
        #expect(target(program, at: index) == "callback")
        #expect(program.instructions[index + 1].immediate == 0)
        #expect(program.pieces.map(\.function.name) == ["by_address", "callback", "in_text"])
    }

    @Test func `function and line records follow their functions into the program`() throws {
        let program = try link("one", object("-g"))
        let functions = try #require(program.functionInfo)
        #expect(functions.recordSize == 8 && functions.count == program.pieces.count)
        let starts = (0..<functions.count).map { index in
            ByteReader(bytes: functions.bytes, byteOrder: .native).int(index * functions.recordSize)
        }
        #expect(starts == program.pieces.map(\.start))
        let lines = try #require(program.lineInfo)
        let places = (0..<lines.count).compactMap { index in
            ByteReader(bytes: lines.bytes, byteOrder: .native).int(index * lines.recordSize)
        }
        #expect(places == places.sorted() && Set(places).isSuperset(of: program.pieces.map(\.start)))
        let inText = try #require(program.pieces.last)
        #expect(program.sourceLine(ofInstruction: inText.start)?.text.contains("in_text(int value)") == true)
        #expect(try link("one", object()).lineInfo == nil)
        #expect(try link("one", object()).functionInfo == nil)
    }

    @Test func `a program without line records for one of its functions goes without any`() throws {
        let object = try object("-g")
        var functions = object.functions
        let index = try #require(functions.firstIndex { $0.name == "in_text" })
        // As if the function came from a file without debug information.
        functions[index] = ObjectFunction(
            name: "in_text", section: 0, sectionName: "elsewhere", start: 0,
            instructions: functions[index].instructions,
            isGlobal: false, references: functions[index].references)
        var linker = ProgramLinker(
            functions: functions, externs: object.externTable, typeInfo: object.typeInfo,
            relocate: { (function) throws(ObjectError) in .init(instructions: function.instructions) },
            resolve: { _ throws(ObjectError) in .missing })
        let program = try linker.link(object.program(named: "one"))
        #expect(program.lineInfo == nil && program.functionInfo == nil)
        #expect(program.sourceLine(ofInstruction: 0) != nil)
    }

    // MARK: - What the kernel has

    private struct Kernel: AbsentKernel {
        func address(ofSymbol name: String) throws(EnvironmentError) -> UInt64? {
            name == "jiffies" ? 0xffff_ffff_8123_4560 : nil
        }
        func variable(named name: String) throws(EnvironmentError) -> KernelObject? {
            name == "runqueues" ? KernelObject(id: 77, module: 5) : nil
        }
        func function(named name: String) throws(EnvironmentError) -> KernelObject? {
            name == "kernel_function"
                ? KernelObject(id: 42) : name == "in_module" ? KernelObject(id: 43, module: 8) : nil
        }
    }

    private static let externs = """
        #define SECTION(name) __attribute__((section(name), used))
        #define KSYM __attribute__((section(".ksyms")))
        #define WEAK __attribute__((weak))
        struct rq { int cpu; };
        extern const void jiffies KSYM;
        extern const void absent KSYM WEAK;
        extern const struct rq runqueues KSYM;
        extern const struct rq no_queues KSYM WEAK;
        extern const struct rq needed KSYM;
        extern int kernel_function(void *) KSYM;
        extern int in_module(void *) KSYM;
        extern int no_function(void *) KSYM WEAK;
        SECTION("one") long one_(void *ctx) { return (long)&jiffies; }
        SECTION("two") long two_(void *ctx) { return (long)&absent; }
        SECTION("three") long three_(void *ctx) { return (long)&runqueues; }
        SECTION("four") long four_(void *ctx) { return (long)&no_queues; }
        SECTION("five") long five_(void *ctx) { return kernel_function(ctx) + in_module(ctx) + kernel_function(ctx); }
        SECTION("six") long six_(void *ctx) { return no_function(ctx); }
        SECTION("seven") long seven_(void *ctx) { return (long)&needed; }
        char _license[] SECTION("license") = "GPL";
        """

    private func linkExtern(_ section: String) throws -> LinkedProgram {
        let object = try Object(parsing: compileBPF(source: Self.externs, arguments: ["-g"]), name: "externs.o")
        return try object.linked(section: section, on: Kernel())
    }

    private func wideLoad(_ program: LinkedProgram) throws -> (source: UInt8, value: UInt64) {
        let index = try #require(program.instructions.firstIndex { $0.isWideLoad })
        let low = UInt32(bitPattern: program.instructions[index].immediate)
        let high = UInt32(bitPattern: program.instructions[index + 1].immediate)
        return (program.instructions[index].source, UInt64(high) << 32 | UInt64(low))
    }

    @Test func `a symbol without a type is its address, and 0 if it is weak and not there`() throws {
        #expect(try wideLoad(linkExtern("one")) == (0, 0xffff_ffff_8123_4560))
        #expect(try wideLoad(linkExtern("two")) == (0, 0))
    }

    @Test func `a variable is its id in BTF, and the descriptor of its module's BTF once that is known`() throws {
        let program = try linkExtern("three")
        #expect(try wideLoad(program) == (Instruction.pseudoKernelVariable, 77))
        let place = try #require(program.moduleVariables.first)
        #expect(place.module == 5)
        let code = try program.instructions(mapDescriptors: [], moduleDescriptors: [5: 31])
        #expect(code[place.instruction + 1].immediate == 31)
        #expect(try wideLoad(linkExtern("four")) == (0, 0))
    }

    @Test func `a kernel function is called by its id, and a module's through its BTF`() throws {
        let program = try linkExtern("five")
        let calls = program.instructions.filter { $0.code == Instruction.callCode }
        #expect(calls.map(\.source) == [2, 2, 2])
        #expect(calls.map(\.immediate) == [42, 43, 42])
        #expect(calls.map(\.offset) == [0, 1, 0])
        #expect(program.modules == [0, 8])
    }

    @Test func `a call of a weak function that is not there must not be reached`() throws {
        let program = try linkExtern("six")
        let place = try #require(program.instructions.firstIndex { $0.code == Instruction.callCode })
        #expect(program.instructions[place].source == 0)
        #expect(program.poison[place]?.message.contains("no_function") == true)
        #expect(program.poison[place]?.nextStep?.contains("bpf_ksym_exists") == true)
    }

    @Test func `what is needed and not there is named with the line that uses it`() throws {
        let error = try #require(#expect(throws: ObjectError.self) { try linkExtern("seven") })
        #expect(error.reason == .missingExtern(.variable) && error.symbol == "needed")
        #expect(error.program == "seven_" && error.section == "seven" && error.instruction != nil)
        #expect(error.source?.text.contains("&needed") == true)
        #expect(error.diagnostic.code == .kernelVariableMissing)
    }

    // MARK: - Hostile

    @Test func `functions that overlap or leave their section are refused, and the others are not`() throws {
        let fixture = try PatchedObject("calls.c", "-g")
        for (field, value) in [(8, UInt64(8)), (8, 4), (8, 1 << 40), (16, 1 << 50), (16, 80)] {
            var object = fixture
            let start = try object.start(".symtab")
            let section = UInt64(try object.section("kprobe/alone"))
            for entry in 0..<(Int(try object.get(PatchedObject.Section.size, ofSection: ".symtab")) / 24)
            where object.read(start + entry * 24 + 6, 2) == section && object.bytes[start + entry * 24 + 4] & 15 == 2 {
                object.write(value, start + entry * 24 + field, 8)
            }
            let parsed = try Object(parsing: object.bytes, name: "hostile.o")
            if !(field == 8 && value == 8) {
                #expect(try parsed.programs(inSection: "kprobe/alone").first?.refusal != nil, "\(field) \(value)")
            }
            #expect(try parsed.program(named: "one").refusal == nil)
        }
    }
}
