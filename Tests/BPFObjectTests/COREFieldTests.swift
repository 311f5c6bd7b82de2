// SPDX-License-Identifier: Apache-2.0

import BTF
import Testing

@testable import BPFObject

/// Relocations of fields: the way to them, and what the kernel says of them.
struct COREFieldTests {
    private let local = "struct s { int first; u32 a; char text[8]; } CORE;"
    private let everything = """
        struct s *p = ctx;
        return OFFSET(p->a) + SIZE(p->text) + EXISTS(p->a) + SIGNED(p->first) + LEFT(p->a) + RIGHT(p->a);
        """

    @Test(arguments: ["bpfel", "bpfeb"])
    func `each fact about a field is the kernel's`(_ order: String) throws {
        let object = try COREFixture(local, everything, target: order)
        let kernel = try kernelTypes(
            "struct s { u64 more; char text[16]; u32 first; u16 a; }; struct s s;", target: order)
        #expect(object.relocations.map(\.kind.rawValue).sorted() == [0, 1, 2, 3, 4, 5])
        var relocator = object.relocator(kernel)
        let answers = try object.relocations.map { ($0.kind, try relocator.resolve($0).newValue) }
        let expected: [CORERelocation.Kind: UInt64] = [
            .fieldOffset: 28, .fieldSize: 16, .fieldExists: 1, .fieldSigned: 0, .fieldLeftShift: 48,
            .fieldRightShift: 48,
        ]
        for (kind, value) in answers { #expect(value == expected[kind], "\(kind)") }
    }

    @Test func `offsets after patching are those of the kernel's own program`() throws {
        let read = "struct s *p = ctx; return p->in.deep[2].x + p->tail;"
        let object = try COREFixture(
            "struct d { u32 x; } CORE; struct s { struct { struct d deep[4]; } in; u64 tail; } CORE;", read)
        let kernel =
            "struct d { u64 new; u32 x; }; struct s { u32 pad; struct { u64 more; struct d deep[5]; } in; u64 x; u64 tail; }"
        let patched = try object.applied(kernelTypes(kernel + "; struct s s;")).code
        let native = try COREFixture(kernel + ";", read).code
        let loads = { (code: [Instruction]) -> [Int16] in code.filter { $0.code & 7 == 1 }.map(\.offset).sorted() }
        #expect(loads(patched) == loads(native))
    }

    @Test(arguments: [
        ("struct s { union { struct { u64 x; struct { u32 y; u32 a; }; }; u64 z; }; };", 12),
        ("struct s { u32 b; union { u64 z; struct { u32 c; u16 d; u32 a; }; }; };", 16),
        ("struct s { struct { struct { u64 b; }; u64 c; }; u32 a; };", 16),
        ("typedef u32 word; struct s { char c; const volatile word a; };", 4),
        ("struct s___v2 { u64 x; u32 a; }; struct s___v2 f;", 8),
        ("struct s { u64 x; enum { ONE } e; u32 a; };", 12),
    ])
    func `a member is found in anonymous members, behind typedefs and in flavours`(
        _ kernel: String, _ offset: UInt64
    ) throws {
        let object = try COREFixture(local, "struct s *p = ctx; return OFFSET(p->a);")
        let variable = kernel.contains("f;") ? "" : " struct s s;"
        #expect(try object.answers(kernelTypes(kernel + variable)) == [offset])
    }

    @Test(arguments: [
        ("s___old", "s", true), ("s___a___b", "s___a___c", true), ("s___a___b", "s___a", false),
        ("s___a___b", "s", false), ("s____b", "s", false),
        ("s____b", "s____b", true), ("s", "s___2", true),
    ])
    func `a flavour ends at the last three underscores that stand alone`(
        _ mine: String, _ other: String, _ isFound: Bool
    ) throws {
        let object = try COREFixture("struct \(mine) { u32 a; } CORE;", "struct \(mine) *p = ctx; return EXISTS(p->a);")
        #expect(try object.answers(kernelTypes("struct \(other) { u32 a; } s;")) == [isFound ? 1 : 0])
    }

    @Test func `an anonymous member that does not fit does not move what follows it`() throws {
        var kernel = BTFBuilder()
        let number = kernel.int("unsigned int")
        let inner = kernel.structure("", size: 4, [.init("other", number), .init("a", kernel.pointer(to: 0))])
        // C forbids the name twice; types that tools wrote may have it.
        _ = kernel.structure(
            "s", size: 64, [.init("", inner, bitOffset: 64), .init("a", number, bitOffset: 256)])
        let object = try COREFixture(local, "struct s *p = ctx; return OFFSET(p->a);")
        #expect(try object.answers(BTF(parsing: kernel.build())) == [32])
    }

    @Test func `elements are counted in the kernel's size, within its array or a flexible one`() throws {
        let object = try COREFixture(
            "struct e { u32 x; }; struct s { struct e list[8]; } CORE; struct f { u32 n; struct e list[]; } CORE;",
            "struct s *p = ctx; struct f *f = ctx; return OFFSET(p->list[3].x) + OFFSET(f->list[5].x) + EXISTS(p->list[7]);"
        )
        let kernel = try kernelTypes(
            "struct e { u64 new; u32 x; }; struct s { struct e list[4]; } s; struct f { u64 n; struct e list[]; } f;")
        #expect(try object.sorted(kernel) == [0, 56, 96])
        let flexible = try kernelTypes(
            "struct e { u32 x; }; struct s { u32 n; struct e list[]; } s; struct f { u32 n; struct e list[1]; } f;")
        // An array of one is not flexible.
        #expect(try object.sorted(flexible) == [nil, 1, 16])
    }

    @Test(arguments: ["struct s { u32 *a; } s;", "struct s { float a; } s;", "struct s { struct { int x; } a; } s;"])
    func `a member of another sort is none`(_ kernel: String) throws {
        let object = try COREFixture(local, "struct s *p = ctx; return EXISTS(p->a);")
        #expect(try object.answers(kernelTypes(kernel)) == [0])
    }
}
