// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import BPFObject

/// Modern objects, and kernels' types, with every byte changed in turn: each is read and planned or refused in words.
@Suite(.timeLimit(.minutes(30)))
struct MutatedObjectTests {
    /// A seed of the fuzz target: a stripped object of the corpus.
    private static func seed(_ name: String) throws -> [UInt8] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try [UInt8](Data(contentsOf: root.appending(path: "Fuzz/corpus/object/\(name).elf")))
    }

    private static func types(of bytes: [UInt8]) throws -> BTF {
        try #require(Object(parsing: bytes, name: "seed.o").typeInfo.types)
    }

    /// Does with an object what the tool does; the number of programs that came out.
    @discardableResult
    private func use(_ bytes: [UInt8], on types: BTFNameIndex) -> Int {
        do throws(ObjectError) {
            var object = try Object(parsing: bytes, name: "mutated.o")
            for variable in object.variables.prefix(3) {
                do throws(ObjectError) {
                    try object.set(variable.name + "=1")
                } catch {
                    #expect(!error.description.isEmpty)
                }
            }
            for (index, map) in object.maps.enumerated() {
                // What a lying .bss claims would be 64 MB of zeros.
                guard let content = map.content?.bytes, content.count < 65_536 else { continue }
                _ = object.globalsText(ofMap: index, content)
            }
            return plan(object, on: types)
        } catch {
            #expect(!error.description.isEmpty)
            return 0
        }
    }

    private func plan(_ object: Object, on types: BTFNameIndex) -> Int {
        var options = LoadPlan.Options()
        options.optionalPrograms = Set(object.programs.map(\.name))
        do throws(ObjectError) {
            let plan = try LoadPlan(
                object: object, programs: object.programs, kernel: TypedKernel(types: types), options: options)
            for program in plan.programs {
                for reason in program.poison.values { #expect(!reason.message.isEmpty) }
                _ = program.sourceLine(ofInstruction: program.instructions.count - 1)
            }
            for support in [BTFFeatures(BTFFeature.allCases), []] {
                guard let blob = try? plan.types?.bytes(for: support) else { continue }
                #expect((try? BTF(parsing: blob)) != nil)
            }
            return plan.programs.count
        } catch {
            #expect(!error.description.isEmpty)
            return 0
        }
    }

    private static let patterns: [UInt8] = [0x01, 0x80, 0xff]

    @Test(arguments: ["core-flavours", "data-strings", "maps-inner_maps_with_slots"])
    func `no changed byte of a modern object is a trap`(seed: String) throws {
        let bytes = try Self.seed(seed)
        let types = try BTFNameIndex(Self.types(of: bytes))
        #expect(use(bytes, on: types) > 0)
        var planned = 0
        // Each field of four bytes is met, each pattern at every place within it; all bytes are the fuzzer's.
        let places = stride(from: 0, to: bytes.count - 3, by: 4).map { $0 + ($0 / 4) % 4 }
        for (number, place) in places.enumerated() {
            var changed = bytes
            changed[place] ^= Self.patterns[number % Self.patterns.count]
            if use(changed, on: types) > 0 { planned += 1 }
        }
        // Most bytes are names and debug information: were all refused, nothing behind the reader would be tried.
        #expect(planned > places.count / 4 && planned < places.count, "\(planned) of \(places.count)")
    }

    @Test func `every change of a byte of a small object is harmless`() throws {
        let bytes = try Self.seed("core-type_matches")
        let types = try BTFNameIndex(Self.types(of: bytes))
        var planned = 0
        for place in bytes.indices {
            for pattern in Self.patterns {
                var changed = bytes
                changed[place] ^= pattern
                if use(changed, on: types) > 0 { planned += 1 }
            }
        }
        let tries = bytes.count * Self.patterns.count
        #expect(planned > tries / 4 && planned < tries, "\(planned) of \(tries)")
    }

    @Test func `a modern object cut at any byte is refused`() throws {
        let bytes = try Self.seed("data-structs_and_enums")
        let types = try BTFNameIndex(Self.types(of: bytes))
        for count in bytes.indices { #expect(use(Array(bytes.prefix(count)), on: types) == 0, "cut at \(count)") }
    }

    @Test func `no changed byte of a kernel's types is a trap, nor a cut`() throws {
        let bytes = try Self.seed("core-flavours")
        let object = try Object(parsing: bytes, name: "seed.o")
        let blob = try Self.types(of: bytes).bytes
        #expect(try plan(object, on: BTFNameIndex(BTF(parsing: blob))) == 1)
        var planned = 0
        for place in blob.indices {
            for pattern in Self.patterns {
                var changed = blob
                changed[place] ^= pattern
                guard let types = try? BTF(parsing: changed) else { continue }
                planned += plan(object, on: BTFNameIndex(types))
            }
            let cut = try? BTF(parsing: Array(blob.prefix(place)))
            #expect(cut == nil, "cut at \(place)")
        }
        let tries = blob.count * Self.patterns.count
        #expect(planned > tries / 4 && planned < tries, "\(planned) of \(tries)")
    }

    // MARK: - Numbers at their ends

    @Test func `a bit-field of an array beyond all numbers is no trap`() throws {
        var builder = BTFBuilder()
        let int = builder.int("int")
        let inner = builder.array(of: int, count: 1 << 30, index: int)
        let outer = builder.array(of: inner, count: 1 << 29, index: int)
        let id = builder.structure("s", size: 4, [.init("field", outer, bitOffset: 3, bitSize: 1)])
        let types = try BTF(parsing: builder.build())
        #expect(types.size(of: outer) == 1 << 61)
        var relocator = CORERelocator(
            local: types, targets: FixedRelocationTargets(kernel: BTFNameIndex(types)))
        for kind in CORERelocation.Kind.allCases where kind.isField {
            let relocation = CORERelocation(instruction: 0, typeID: id, access: "0:0", kind: kind)
            do throws(COREError) { _ = try relocator.resolve(relocation) } catch { #expect(!error.description.isEmpty) }
        }
    }

    @Test func `an access of many steps or digits is refused, and a path is cut`() throws {
        var builder = BTFBuilder()
        let long = String(repeating: "m", count: 1_000)
        let id = builder.nextID
        // A structure of itself, so that there is no end to the way.
        _ = builder.structure("s", size: 8, [.init(long, id)])
        let types = try BTF(parsing: builder.build())
        let way = Array(repeating: "0", count: 60).joined(separator: ":")
        let specification = try CORESpecification(
            CORERelocation(instruction: 0, typeID: id, access: way, kind: .fieldOffset), types: types)
        #expect(specification.path.utf8.count < 2_000)
        #expect(throws: COREError.self) {
            try CORESpecification(
                CORERelocation(
                    instruction: 0, typeID: id, access: "0:" + String(repeating: "0", count: 500), kind: .fieldOffset),
                types: types)
        }
    }

    @Test func `an address at the end of all numbers is refused`() throws {
        // BPF objects have REL; RELA brings addends of 64 bits, which no code can have.
        let source = """
            __attribute__((noinline, section("other"))) int callee(int value) { return value * 3; }
            __attribute__((section("prog"), used)) int handle(void *ctx) { return callee((long)ctx); }
            """
        var object = try PatchedObject(source: source)
        let index = try object.section(".relprog")
        let table = object.header(index)
        let start = object.bytes.count
        let symbol = object.read(Int(object.read(table + 24, 8)) + 8, 8)
        object.bytes += [UInt8](repeating: 0, count: 24)
        object.write(symbol, start + 8, 8)
        object.write(UInt64(Int64.max), start + 16, 8)
        object.write(4, table + 4, 4)
        object.write(UInt64(start), table + 24, 8)
        object.write(24, table + 32, 8)
        object.write(24, table + 56, 8)
        // The call becomes a load of an address, to which addends are added.
        let code = try object.start("prog")
        let call = try #require(
            (0..<8).first { object.bytes[code + 8 * $0] == 0x85 })
        object.bytes[code + 8 * call] = 0x18
        object.bytes[code + 8 * call + 1] = 0
        object.write(UInt64(call * 8), start, 8)
        let read = try Object(parsing: object.bytes, name: "rela.o")
        let refusal = try #require(read.program(named: "handle").refusal)
        #expect(refusal.reason == .callIntoFunction)
    }

    @Test func `a map whose symbol claims all bytes that there are is no trap`() throws {
        let bytes = try Self.seed("maps-inner_maps_with_slots")
        let types = try BTFNameIndex(Self.types(of: bytes))
        var object = PatchedObject(bytes: bytes)
        let symbols = try object.start(".symtab")
        let count = Int(try object.get(PatchedObject.Section.size, ofSection: ".symtab")) / 24
        for index in 0..<count { object.write(UInt64(Int64.max), symbols + 24 * index + 16, 8) }
        let relocations = try object.start(".rel.maps")
        object.write(1 << 63 + 10, relocations, 8)
        use(object.bytes, on: types)
    }

    // MARK: - Much out of little

    @Test func `variables that lie over each other are shown within bounds`() throws {
        var builder = BTFBuilder()
        let char = builder.int("char", size: 1, isSigned: true, isCharacter: true)
        let name = String(repeating: "n", count: 1_000)
        let structure = builder.structure(
            "s", size: 64, (0..<64).map { .init(name + "\($0)", char, bitOffset: 8 * $0) })
        let array = builder.array(of: structure, count: 1_024, index: char)
        let types = try BTF(parsing: builder.build())
        var reader = GlobalValueReader(types, [UInt8](repeating: 1, count: 65_536))
        var size = 0
        for _ in 0..<1_000 {
            let variable = GlobalVariable(
                name: "v", map: 0, section: ".bss", type: array, offset: 0, size: 65_536)
            size += reader.value(of: variable).text.utf8.count
        }
        #expect(size < 64 << 20)
    }

    @Test func `programs that all call one large function are bounded together`() throws {
        let object = try Object(
            parsing: compileBPF(
                source: """
                    __attribute__((noinline, section(".text"))) int callee(int value) { return value * 3; }
                    __attribute__((section("prog"), used)) int handle(void *ctx) { return callee((long)ctx); }
                    """), name: "many.o")
        var functions = object.functions
        let index = try #require(functions.firstIndex { $0.name == "callee" })
        functions[index] = ObjectFunction(
            name: "callee", section: functions[index].section, sectionName: ".text", start: 0,
            instructions: [Instruction](
                repeating: Instruction(code: 0xb7, immediate: 0), count: Limits.instructions - 16), isGlobal: true)
        var linker = ProgramLinker(
            functions: functions, externs: object.externTable, typeInfo: object.typeInfo,
            relocate: { (function) throws(ObjectError) in .init(instructions: function.instructions) },
            resolve: { _ throws(ObjectError) in .missing })
        let program = try object.program(named: "handle")
        var linked = 0
        var error: ObjectError?
        while error == nil, linked < 100 {
            do throws(ObjectError) {
                _ = try linker.link(program)
                linked += 1
            } catch let refused {
                error = refused
            }
        }
        #expect(linked == Limits.linkedSize / (Limits.instructions * MemoryLayout<Instruction>.stride))
        guard case .tooMany("bytes of linked programs", _, Limits.linkedSize)? = error?.reason else {
            throw ObjectTestFailure("\(String(describing: error))")
        }
    }

    @Test func `more global variables than anybody has are refused`() throws {
        var object = PatchedObject(bytes: try Self.seed("data-strings"))
        let types = try Self.types(of: object.bytes)
        let id = try #require(
            (1..<types.endID).first { types[$0]?.kind == .dataSection })
        let type = try #require(types[id])
        // All of them are the first one, over and over.
        var blob = types.bytes
        let count = 70_000
        let record = Array(blob[type.body..<(type.body + 12)])
        let extra = (count - type.count) * 12
        blob.replaceSubrange(
            type.body..<(type.body + 12 * type.count), with: Array(repeating: record, count: count).flatMap(\.self))
        func put(_ value: Int, at place: Int) {
            for byte in 0..<4 { blob[place + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
        }
        put(BTFKind.dataSection.rawValue << 24 | count, at: type.body - 8)
        func grow(_ place: Int) {
            put((0..<4).reduce(0) { $0 | Int(blob[place + $1]) << (8 * $1) } + extra, at: place)
        }
        grow(12)
        grow(16)
        let start = object.bytes.count
        object.bytes += blob
        try object.set(PatchedObject.Section.offset, ofSection: ".BTF", UInt64(start))
        try object.set(PatchedObject.Section.size, ofSection: ".BTF", UInt64(blob.count))
        do throws(ObjectError) {
            _ = try Object(parsing: object.bytes, name: "many.o")
            Issue.record("accepted")
        } catch {
            guard case .tooMany("global variables", _, _) = error.reason else {
                throw ObjectTestFailure(error.description)
            }
        }
    }

    // MARK: - The real thing

    @Test(.enabled(if: FileManager.default.isReadableFile(atPath: "/sys/kernel/btf/vmlinux")))
    func `every type of this machine's kernel is read and described`() throws {
        let bytes = try [UInt8](Data(contentsOf: URL(filePath: "/sys/kernel/btf/vmlinux")))
        let types = try BTF(parsing: bytes)
        var members = 0
        for id in 1..<types.endID {
            let type = try #require(types[id])
            members += types.members(of: type).count + types.enumerators(of: type).count
            if id % 16 == 0 { #expect(!types.describe(id).isEmpty) }
        }
        #expect(members > types.endID / 4)
        let index = BTFNameIndex(types)
        let task = try #require(index.id(named: "task_struct", kind: .structure))
        #expect(types.size(of: task) ?? 0 > 1_000)
    }
}
