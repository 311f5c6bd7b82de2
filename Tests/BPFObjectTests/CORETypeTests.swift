// SPDX-License-Identifier: Apache-2.0

import BTF
import Testing

@testable import BPFObject

/// Relocations of whole types and of enumerators.
struct CORETypeTests {
    @Test func `a type's presence, size and id are the kernel's, and 0 without it`() throws {
        let object = try COREFixture(
            "struct s { int a; }; struct none { int a; };",
            """
            return TYPE_EXISTS(struct s) + TYPE_SIZE(struct s) + TARGET_ID(struct s) + LOCAL_ID(struct s)
                + TYPE_EXISTS(struct none) + TYPE_SIZE(struct none) + TARGET_ID(struct none);
            """)
        let kernel = try kernelTypes("int before; struct s { long long x[3]; } s;")
        let id = try #require(BTFNameIndex(kernel).id(named: "s", kind: .structure))
        var relocator = object.relocator(kernel)
        for relocation in object.relocations {
            let answer = try relocator.resolve(relocation).newValue
            let isThere = object.types.describe(relocation.typeID) == "struct s"
            switch relocation.kind {
            case .typeExists: #expect(answer == (isThere ? 1 : 0))
            case .typeSize: #expect(answer == (isThere ? 24 : 0))
            case .targetTypeID: #expect(answer == (isThere ? UInt64(id) : 0))
            default: #expect(answer == UInt64(relocation.typeID))
            }
        }
        #expect(object.relocations.count == 7)
    }

    @Test(arguments: [
        ("struct s { int b; int a; int c; } s;", true), ("struct s { int a; } s;", false),
        ("struct s { unsigned a; int b; } s;", false), ("struct s { long a; int b; } s;", false),
        ("union s { int a; int b; } s;", false),
    ])
    func `a type matches if the kernel's has all of its members`(_ kernel: String, _ matches: Bool) throws {
        let object = try COREFixture("struct s { int a; int b; };", "return TYPE_MATCHES(struct s);")
        #expect(try object.answers(kernelTypes(kernel)) == [matches ? 1 : 0])
    }

    @Test func `behind a pointer only the name counts, and a declaration is enough`() throws {
        let object = try COREFixture(
            "struct t { int x; }; struct s { struct t *t; };", "return TYPE_MATCHES(struct s);")
        #expect(try object.answers(kernelTypes("struct t; struct s { struct t *t; } s;")) == [1])
        #expect(try object.answers(kernelTypes("struct u; struct s { struct u *t; } s;")) == [0])
    }

    @Test(arguments: ["bpfel", "bpfeb"])
    func `enumerators have the kernel's value, of 32 and 64 bits and of either sign`(_ order: String) throws {
        let object = try COREFixture(
            "enum e { A = 1, B___old = 2, GONE = 3 };",
            "return VALUE(enum e, A) + VALUE(enum e, B___old) + VALUE_EXISTS(enum e, GONE);", target: order)
        let small = try kernelTypes("enum e { A = -5, B = 7 } e;", target: order)
        #expect(Set(try object.answers(small)) == [UInt64(bitPattern: -5), 7, 0])
        let large = try kernelTypes("enum e { A = 0x123456789abULL, B = 7 } e;", target: order)
        #expect(Set(try object.answers(large)) == [0x123_4567_89ab, 7, 0])
        let (outcomes, code) = try object.applied(large)
        #expect(outcomes.contains(.patched(old: 1, new: 0x123_4567_89ab)))
        #expect(code.contains { $0.immediate == 0x123 })
    }

    @Test func `a type is looked for in modules only if the kernel has none`() throws {
        let object = try COREFixture("struct s { int a; } CORE;", "struct s *p = ctx; return OFFSET(p->a);")
        let one = try kernelTypes("struct s { int x; int a; } s;")
        let two = try kernelTypes("struct s { long long x; int a; } s;")
        #expect(try object.answers(one, modules: [two]) == [4])
        #expect(try object.answers(kernelTypes("int i;"), modules: [kernelTypes("int j;"), two]) == [8])
    }

    @Test func `types of one name that disagree are refused, and those that agree are one`() throws {
        let object = try COREFixture("struct s { int a; } CORE;", "struct s *p = ctx; return OFFSET(p->a);")
        let disagreeing = try kernelTypes("struct s { int a; } s; struct s___2 { int b; int a; } t;")
        let error = #expect(throws: COREError.self) { try object.answers(disagreeing) }
        guard case .ambiguous(let answers)? = error?.reason else { return #expect(error == nil) }
        #expect(answers.count == 2)
        #expect(try object.answers(kernelTypes("struct s { int a; } s; struct s___2 { int a; int b; } t;")) == [0])
        // One that does not have the member has no say.
        #expect(try object.answers(kernelTypes("struct s { int x; } s; struct s___2 { int b; int a; } t;")) == [4])
    }
}
