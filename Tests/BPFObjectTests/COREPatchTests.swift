// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics
import TestSupport
import Testing

@testable import BPFObject

/// What becomes of instructions.
struct COREPatchTests {
    private let refused = Instruction(code: 0x85, immediate: 0xbad_2310)

    @Test(arguments: [("u64", "u16", 0x69), ("u16", "u64", 0x79), ("u8", "u32", 0x61)])
    func `the load of an unsigned integer takes the kernel's size`(
        _ mine: String, _ other: String, _ code: UInt8
    ) throws {
        let object = try COREFixture("struct s { \(mine) a; } CORE;", "struct s *p = ctx; return p->a;")
        let patched = try object.applied(kernelTypes("struct s { u64 x; \(other) a; } s;"))
        let load = patched.code[object.relocations[0].instruction]
        #expect(load.code == code)
        #expect(load.offset == 8)
    }

    @Test func `the load of a signed integer of another size is poisoned, and only the load`() throws {
        let object = try COREFixture(
            "struct s { int a; } CORE;", "struct s *p = ctx; return p->a + OFFSET(p->a);")
        let (outcomes, code) = try object.applied(kernelTypes("struct s { u64 x; long long a; } s;"))
        let failures = outcomes.compactMap(\.failure)
        #expect(failures.count == 1)
        #expect(failures.first?.description.contains("4 bytes") == true)
        #expect(code.filter { $0 == refused }.count == 1)
        #expect(outcomes.contains(.patched(old: 0, new: 8)))
    }

    @Test func `a field that is not there poisons its instruction and says what is near`() throws {
        let object = try COREFixture("struct s { int state; } CORE;", "struct s *p = ctx; return p->state;")
        let (outcomes, code) = try object.applied(kernelTypes("struct s { int __state; int other; } s;"))
        #expect(code[object.relocations[0].instruction] == refused)
        let failure = try #require(outcomes[0].failure)
        #expect(
            failure.description == "struct s has no member `state` in this kernel; nearest: `__state`; "
                + "guard the access with bpf_core_field_exists()")
        #expect(failure.specification == "struct s.state (0:0)")
    }

    @Test func `both halves of a 64-bit load are poisoned`() throws {
        let object = try COREFixture("enum e { A = 1 };", "return VALUE(enum e, A);")
        let (outcomes, code) = try object.applied(kernelTypes("enum e { AB = 1 } e;"))
        let index = object.relocations[0].instruction
        #expect(code[index...(index + 1)] == [refused, refused])
        #expect(outcomes[0].failure?.message == "enum e has no enumerator `A` in this kernel")
    }

    @Test(arguments: ["bpfel", "bpfeb"])
    func `a bit-field is read from the kernel's bits`(_ order: String) throws {
        let bits = "return OFFSET(p->b) + SIZE(p->b) + LEFT(p->b) + RIGHT(p->b);"
        let object = try COREFixture("struct s { u8 a:3, b:4; } CORE;", "struct s *p = ctx; " + bits, target: order)
        let kernel = "struct s { u32 x; u16 y:7, z:3, b:6; }"
        let types = try kernelTypes(kernel + " s;", target: order)
        // What the compiler itself thinks of the kernel's structure.
        let native = try COREFixture(kernel + " CORE;", "struct s *p = ctx; " + bits, target: order)
        let mine = try object.relocations.map(\.kind.rawValue).enumerated().reduce(into: [Int: UInt64?]()) {
            $0[$1.element] = try object.answers(types)[$1.offset]
        }
        for (relocation, value) in zip(native.relocations, try native.answers(types)) {
            #expect(mine[relocation.kind.rawValue] == value)
        }
        #expect(mine[CORERelocation.Kind.fieldLeftShift.rawValue] == (order == "bpfel" ? 48 : 58))
        #expect(mine[CORERelocation.Kind.fieldRightShift.rawValue] == 58)
    }

    @Test(arguments: [0xd4, 0xdc, 0x87, 0x0f, 0x05, 0x85, 0x95, 0x20] as [UInt8])
    func `an instruction without a place for a number is refused`(_ code: UInt8) throws {
        let object = try COREFixture("struct s { int a; } CORE;", "struct s *p = ctx; return OFFSET(p->a);")
        var relocator = object.relocator(object.types)
        var instructions = [Instruction(code: code)]
        let error = #expect(throws: COREError.self) {
            try relocator.apply(object.relocations[0], to: &instructions, at: 0)
        }
        guard case .instruction? = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(instructions == [Instruction(code: code)])
    }

    @Test func `an instruction that holds another number or lies elsewhere is refused`() throws {
        let object = try COREFixture("struct s { int a; } CORE;", "struct s *p = ctx; return OFFSET(p->a);")
        var relocator = object.relocator(object.types)
        var code = [Instruction(code: 0xb7, immediate: 5)]
        #expect(
            throws: COREError(
                .unexpected(found: 5, expected: 0), instruction: object.relocations[0].instruction,
                specification: "struct s.a (0:0)")
        ) {
            try relocator.apply(object.relocations[0], to: &code, at: 0)
        }
        #expect(throws: COREError.self) { try relocator.apply(object.relocations[0], to: &code, at: 1) }
        #expect(throws: COREError.self) { try relocator.apply(object.relocations[0], to: &code, at: -1) }
    }

    @Test(arguments: [
        "", ":", "0:", "-1", "+1", "0:99", "x", "0:0:0", "9223372036854775807:0", "1:99999999999999999999",
    ])
    func `an access that does not fit the type is refused`(_ access: String) throws {
        let object = try COREFixture("struct s { int a; } s;")
        let id = try #require(BTFNameIndex(object.types).id(named: "s", kind: .structure))
        var relocator = object.relocator(object.types)
        for kind in CORERelocation.Kind.allCases {
            let relocation = CORERelocation(instruction: 0, typeID: id, access: access, kind: kind)
            #expect(throws: COREError.self) { try relocator.resolve(relocation) }
        }
    }

    private struct NoTypes: RelocationTargets {
        func kernelTypes() throws(TargetTypesError) -> BTFNameIndex {
            throw TargetTypesError(Diagnostic(.kernelTypesMissing, stage: .program, "no BTF here"))
        }
        func moduleTypes() -> [BTFNameIndex] { [] }
    }

    @Test func `without types of the kernel only the object's own ids are known`() throws {
        let object = try COREFixture(
            "struct s { int a; } CORE;", "struct s *p = ctx; return LOCAL_ID(struct s) + p->a;")
        var relocator = CORERelocator(local: object.types, targets: NoTypes())
        for relocation in object.relocations {
            if relocation.kind == .localTypeID {
                #expect(try relocator.resolve(relocation).newValue == UInt64(relocation.typeID))
            } else {
                let error = #expect(throws: COREError.self) { try relocator.resolve(relocation) }
                #expect(error?.description.contains("no BTF here") == true)
            }
        }
    }
}
