// SPDX-License-Identifier: Apache-2.0

import BTF
import Diagnostics
@testable import EventTypes
import Foundation
import TestSupport
import Testing

@testable import BPFObject

@Suite struct LayoutTests {
    @Test func `the line of the manual is the event of 16 bytes`() throws {
        let schema = try EventSchema.layout("struct { short idx; short cmd; u32 cpu; u64 time; }")
        #expect(schema.size == 16)
        #expect(schema.name == "struct {...}")
        #expect(
            try LayoutFixture.lines(of: schema) == [
                " 0 structure  16", ".idx 0 int short 2 true", ".cmd 16 int short 2 true",
                ".cpu 32 int unsigned int 4 false", ".time 64 int unsigned long long 8 false",
            ])
        #expect(try BTF(parsing: schema.btf).byteOrder == .native)
    }

    @Test(arguments: [
        "struct event { short idx; short cmd; u32 cpu; u64 time; };",
        // Integers, in any order of their words.
        """
        struct event { long unsigned int a; int long long unsigned b; short unsigned c; char d; signed char e;
            unsigned char f; _Bool g; bool h; unsigned i; signed j; long k; long long l; unsigned m; const volatile int n;
            int const o; __signed__ char p; long signed q; };
        """,
        "struct event { " + LayoutScalar.typedefs.keys.sorted().map { "\($0) m_\($0); " }.joined() + "};",
        "struct event { char c; __int128 a; char d; unsigned __int128 b; float f; char e; double g; };",
        // Pointers.
        "struct event { char c; void *p; const char *const *q; struct other *r; int (*f)(int, void *), *g[3], (*h)[4]; };",
        "struct event { struct event *next; int (*(*table[2])(void))[3]; union nothing *u; };",
        // Arrays.
        "struct event { char c; u64 matrix[2][3]; u8 none[0]; u16 more[]; };",
        "#define N 4\nenum { M = 3, K };\nstruct event { char a[N * (M + 1) - 2], b[1 << K], c['A'], d[0x10], e[010 | 1]; };",
        "struct pair { u32 a, b; };\nstruct event { struct pair pairs[2][2]; char rest[64 - sizeof(struct pair)]; };",
        "#define A 1 + 2\n#define B A * 2\nstruct event { char a[B]; int b[~0xfU >> 28], c[-1 + 3], d[5 % 3 ^ 7 & 6]; };",
        // Bit-fields.
        "struct event { unsigned low : 3, high : 5; u32 rest; };",
        "struct event { int a : 20; int b : 20; int c : 4; char d; int e : 31; int : 0; int f : 1; };",
        "struct event { char a; int : 3; int b : 7; int : 0; char c; long d : 40; long e : 30; short f : 9; };",
        "struct event { u8 a : 4; u16 b : 12; u32 c : 31; u64 d : 63; bool e : 1; bool f; };",
        "struct event { char a; int : 5; }; ",
        "struct event { char a; int : 0; char b; long : 0; char c; };",
        "struct event { char a; long : 17; char b; };",
        "union event { u8 all; struct { u8 a : 1, b : 7; }; int c : 30; long : 40; };\nstruct event_s { union event e; };",
        "enum color { RED, GREEN = 5 };\nstruct event { enum color a : 3, b : 4; enum color c; __int128 wide : 100; };",
        // Nested and anonymous.
        "struct event { struct { short x, y; union { int inner; char bytes[4]; }; } named; struct { int z; }; union { u64 l; u8 b[3]; }; };",
        "struct inner { char a; u64 b; };\nunion u { struct inner i; u8 b[20]; };\nstruct event { char c; union u u; struct inner i[2]; };",
        "struct event { struct tagged { int a; } x; struct tagged y; enum { ONE = 1, TWO } z; };",
        "struct event { int a; struct { char b; int c[]; } d; };",
        // Enumerations.
        "enum small { A, B = -1, C };\nenum wide { D = 0x100000002ULL, E };\nenum low { F = -0x100000002LL };\nstruct event { enum small a; enum wide b; enum low c; char d; };",
        "enum big { A = 0xffffffff };\nenum bits { B = 1 << 31, C = 1U << 31 };\nstruct event { enum big a; };",
        "enum __attribute__((packed)) tiny { A, B = 200 };\nenum tiny2 { C = -1, D = 200 } __attribute__((packed));\nstruct event { enum tiny a; enum tiny2 b; };",
        "enum named : u16 { X = 3, Y };\nstruct event { enum named a; };",
        // Packed and aligned.
        "struct event { char a; int b; long c : 5; long d : 60; short e; } __attribute__((packed));",
        "struct __attribute__((__packed__)) event { char a; int b __attribute__((aligned(8))); u16 c; };",
        "struct event { char a; int b __attribute__((packed)); long c __attribute__((packed, aligned(4))); } __attribute__((aligned(32)));",
        "struct event { char a; __attribute__((aligned(16))) int b, c; _Alignas(8) char d; _Alignas(long) char e; };",
        "struct event { char a; struct { char b; int c; } __attribute__((packed)) d; int e; };",
        "typedef int wide_int __attribute__((aligned(16)));\nstruct event { char a; wide_int b; char c; };",
        "typedef int wide_int __attribute__((aligned(16)));\nstruct event { char a; wide_int b; wide_int c : 3; } __attribute__((packed));",
        "struct event { char a; int b : 3 __attribute__((aligned(4))); int c : 5; int d : 3 __attribute__((packed)); };",
        "struct event { int a : 3; char b __attribute__((aligned)); };",
        "struct in { char a; long b; } __attribute__((packed, aligned(2)));\nstruct event { char a; struct in b; };",
        "struct event { };",
        "struct event { struct { } nothing; int a; };",
        "struct event { int a; int b : 3; } __attribute__((packed, aligned(4)));",
        "union event_u { char a[5]; int b; } __attribute__((packed));\nstruct event { char x; union event_u u; };",
        // What stands around them.
        "// c\n/* d */ #define X 1\nstruct event { int a[1]; /* e */ };".replacingOccurrences(
            of: "/* d */ #", with: "#"),
        "#ifndef H\n#define H\n#include <stddef.h>\n#ifdef NOT\nstruct event { int x };\n#else\nstruct event { long y; };\n#endif\n#endif",
        "struct other;\nextern int x;\nstruct event { int a; };\nstatic const struct event *unused __attribute__((unused));\nint f(struct event *e);",
        "struct event { int a; _Static_assert(1, \"x\"); long b; }; _Static_assert(sizeof(struct event) == 16, \"size\");",
    ])
    func `members lie where clang puts them`(text: String) throws {
        if text.contains("struct event_s") {
            try LayoutFixture.expectSame(text, type: "struct event_s")
        } else {
            try LayoutFixture.expectSame(text)
        }
    }

    @Test func `random structures lie as clang lays them out`() throws {
        let names = (0..<400).map { "e\($0)" }
        let texts = names.enumerated().map { RandomLayout.text(seed: UInt64($0.offset), prefix: $0.element) }
        let variables = names.map { "struct \($0) v_\($0) __attribute__((used));\n" }.joined()
        let btf = try LayoutFixture.compiled(texts.joined(separator: "\n") + variables, type: "int")
        for (name, text) in zip(names, texts) {
            let wanted = LayoutFixture.lines(try LayoutFixture.variable("v_" + name, in: btf), btf)
            #expect(try LayoutFixture.lines(of: EventSchema.layout(text)) == wanted, "\(text)")
        }
    }

    @Test func `several declarations mean the last structure or typedef of one`() throws {
        func name(_ text: String) throws -> String { try EventSchema.layout(text).name }
        #expect(try name("struct a { int x; }; struct b { struct a a; };") == "struct b")
        #expect(try name("struct a { int x; }; union b { long y; }; enum c { C };") == "union b")
        #expect(try name("typedef struct a { int x; } a_t; typedef u32 other;") == "a_t")
        #expect(try name("struct a { int x; }; struct b { int y; }; typedef struct a a_t") == "a_t")
        #expect(try name("struct a { struct b { int x; } y; };") == "struct a")
        #expect(try name("struct a { int x; } one; struct a *two;") == "struct a")
    }

    @Test func `tags of declarations come along, on the member that they are at`() throws {
        let schema = try EventSchema.layout(
            """
            #define __packed __attribute__((packed))
            struct event {
                u32 pid;
                __be32 addr __attribute__((btf_decl_tag("fmt:ip4"), btf_decl_tag("x")));
                char name[16] __attribute__((btf_decl_tag("fmt:" "comm")));
            } __packed __attribute__((btf_decl_tag("event")));
            """)
        let btf = try BTF(parsing: schema.btf)
        let tags = (1..<btf.endID).compactMap { btf[$0] }.filter { $0.kind == .declarationTag }
        #expect(tags.map { btf.name(of: $0) } == ["event", "fmt:ip4", "x", "fmt:comm"])
        #expect(tags.map { btf.componentIndex(of: $0) } == [-1, 1, 1, 2])
        #expect(tags.allSatisfy { $0.sizeOrType == schema.typeID })
    }

    // MARK: - Refusals

    private func refusal(_ text: String) throws -> LayoutError {
        try #require(throws: LayoutError.self, "\(text)") { try EventSchema.layout(text) }
    }

    @Test func `a name that is there twice is told with both places`() {
        let error = #expect(throws: LayoutError.self) { try EventSchema.layout("struct {\n int a;\n long a;\n}") }
        let text = error?.diagnostic.text() ?? ""
        #expect(text.contains(" long a;\n          ^\n") && text.contains("- it is here first"), "\(text)")
        #expect(error?.diagnostic.labels.map(\.line) == [3, 2])
    }

    @Test(
        arguments: [
            ("struct { u23 a; }", .unknownType("u23", near: ["u32"]), 10),
            ("struct e { int a; }; struct { e x; }", .unknownType("e", near: ["struct e"]), 31),
            ("struct { struct other o; }", .noSize("struct other"), 23),
            ("struct { void v; }", .noSize("void"), 15),
            ("struct { enum color c; }", .noSize("enum color"), 21),
            ("struct e { struct e e; }", .noSize("struct e"), 21),
            ("struct { int f(void); }", .notSupported("functions", instead: "point to it: (*f)()"), 14),
            ("struct { int a; long a; }", .duplicate("a"), 22),
            ("struct { int a; struct { char a; }; }", .duplicate("a"), 17),
            ("struct a { int a; }; struct a { int a; };", .duplicate("struct a"), 29),
            ("struct a { int a; }; union a { int a; };", .duplicate("struct a"), 28),
            ("enum { A, A };", .duplicate("A"), 11),
            ("struct { char a[N]; }", .unknownNumber("N", near: []), 17),
            ("#define SIZE 4\nstruct { char a[1/0]; }", .constant("a division by zero"), 18),
            ("struct { char a[-1]; }", .array("an array has no -1 elements"), 17),
            ("struct { char a[], b; }", .array("nothing comes behind an array without a number of elements"), 20),
            ("struct { char a[]; int b; }", .array("nothing comes behind an array without a number of elements"), 24),
            ("struct { char a[2][]; }", .array("only the first number of elements may be left open"), 19),
            ("struct { char a : 9; }", .bitField("char has 8 bits, and not 9"), 19),
            ("struct { bool a : 2; }", .bitField("bool has 1 bits, and not 2"), 19),
            ("struct { float a : 2; }", .bitField("a bit-field is of an integer, and float is none"), 16),
            ("struct { int a : 0; }", .bitField("a bit-field of no bits has no name"), 18),
            (
                "struct { int a __attribute__((aligned(3))); }",
                .alignment("an alignment is a power of two up to 268435456 bytes"), 39
            ),
            ("struct { int a; } __attribute__((vector_size(8)));", .unknownAttribute("vector_size", near: []), 34),
            ("struct { int a; } __attribute__((pakced));", .unknownAttribute("pakced", near: ["packed"]), 34),
            ("struct { long char a; }", .mixedWords("long char"), 10),
            ("struct { unsigned float a; }", .mixedWords("unsigned float"), 10),
            ("struct { int a }", .unexpected(found: "}", wanted: ";"), 16),
            ("struct { int; }", .unexpected(found: ";", wanted: "the name of a member"), 13),
            (
                "struct e { int a; } main() { }",
                .notSupported("functions", instead: "leave out all but the types that the event is made of"), 28
            ),
            ("u32", .noEvent, 4),
            ("", .noEvent, 1),
            ("#include <linux/types.h>", .noEvent, 25),
            ("struct { int a[\"x\"]; }", .unexpected(found: "x", wanted: "a number"), 16),
            ("struct { int \u{202e}a; }", .character(0xe2), 14),
            ("struct { /* int a; }", .openComment, 10),
            ("struct { char a['x]; }", .openQuote, 17),
            ("#pragma pack(1)\nstruct { int a; }", .directive("#pragma pack is not obeyed"), 2),
            ("#define F(x) x\nstruct { int F(a); }", .parameters("F"), 14),
            ("#if X\nstruct { int a; }\n#endif", .directive("#if is not obeyed"), 2),
            ("#ifdef X\nstruct { int a; }", .directive("#if without #endif"), 2),
            ("struct { char a[0x40000000][2]; }", .tooLarge(limit: 1 << 30), 16),
            ("struct { char a[0x3fffffff], b[2]; }", .tooLarge(limit: 1 << 29), 30),
            ("struct { char a[0x200000]; int b : 3; }", .tooLarge(limit: 1 << 21), 32),
        ] as [(String, LayoutError.Reason, Int)])
    func `what cannot be the type of an event is refused where it is`(
        text: String, reason: LayoutError.Reason, column: Int
    ) throws {
        let error = try refusal(text)
        #expect(error.reason == reason)
        #expect(error.column == column)
    }

    @Test func `the error shows the line, a caret below the word and what was meant`() throws {
        let error = try refusal("struct event {\n\tu32 pid;\n\tutf8 name;\t// \u{1b}[31m\n};")
        #expect(
            error.description == """
                error: cannot read the layout: line 3, column 2
                  why: there is no type utf8
                     utf8 name; // \\x1b[31m
                     ^^^^
                  next: define it before its use, such as: typedef unsigned int utf8;
                """)
        #expect(error.diagnostic.code == .layoutInvalid)
        #expect(
            try refusal("struct { unt32_t a; }").diagnostic.nextStep == "did you mean int32_t, uint32_t, u_int32_t?")
        let long = try refusal("struct { " + String(repeating: "int a; ", count: 100_000) + "nothing x; }")
        let label = try #require(long.diagnostic.labels.first)
        #expect(label.line == long.line && label.column == long.column)
        #expect(label.drawing.count == 2 && label.drawing.allSatisfy { $0.utf8.count <= 128 })
    }

    @Test func `every beginning of a text is refused`() throws {
        let text = """
            #define N (2 + 1)
            // comment
            typedef unsigned int number;
            struct event {
                struct { char c[N << 1]; u8 low : 3, : 0; } __attribute__((packed, btf_decl_tag("x"))) in[2];
                enum color { RED = -1, GREEN = 'g' } color;
                int (*call)(void *, int);
                u32 tail[];
            }
            """
        #expect(try EventSchema.layout(text).name == "struct event")
        for count in 0..<text.utf8.count {
            let beginning = String(decoding: Array(text.utf8).prefix(count), as: UTF8.self)
            let error = try refusal(beginning)
            #expect(error.line <= 9)
        }
    }

    @Test func `what nests without end is refused, and what is long takes no longer than its length`() throws {
        let deep = 100_000
        func many(_ text: String) -> String { String(repeating: text, count: deep) }
        let limit = LayoutError.Reason.tooDeep(limit: 32)
        #expect(try refusal(many("struct { ")).reason == limit)
        #expect(try refusal("struct { int " + many("(") + "a;}").reason == .unexpected(found: "", wanted: ")"))
        #expect(try refusal("struct { int " + many("(") + "a" + many(")") + ";}").reason == limit)
        #expect(try refusal("struct { int a[" + many("(")).reason == limit)
        #expect(try refusal("struct { int a[" + many("- ")).reason == limit)
        #expect(try refusal("struct { int " + many("*") + "a; }").reason == .tooDeep(limit: 24))
        #expect(try refusal("struct { int a" + many("[1]") + "; }").reason == limit)
        #expect(try refusal(many("#ifdef A\n")).reason == limit)
        #expect(
            try refusal("typedef int t0;" + (1..<100).map { "typedef t\($0 - 1) t\($0);" }.joined()).reason
                == .tooDeep(limit: 24))
        #expect(
            try refusal((0..<100).map { "struct s\($0) { \($0 == 0 ? "int" : "struct s\($0 - 1)") x; };" }.joined())
                .reason == .tooDeep(limit: 24))
        // Macros of macros of nothing.
        let doubling = (1..<40).map { "#define A\($0) A\($0 + 1) A\($0 + 1)\n" }.joined() + "#define A40\nA1"
        #expect([limit, .tooManyWords(limit: 1 << 19)].contains(try refusal(doubling).reason))
        #expect(try refusal("#define A A\nstruct { A x; }").reason == .unknownType("A", near: []))
        #expect(try refusal(many("struct { int a; }; ")).reason == .tooLong(limit: 1 << 20))
        let members = (0..<60_000).map { "int a\($0);" }.joined()
        #expect(try EventSchema.layout("struct { " + members + "}").size == 240_000)
    }

    @Test func `types are alike if they are read alike, however their BTF is ordered`() throws {
        let one = try EventSchema.layout(
            "struct in { u8 a : 3, b : 5; }; enum k { A, B }; struct e { u32 x; struct in in[2]; enum k k; void *p; };")
        let ordered = try EventSchema.layout(
            "enum k { A, B }; struct in { u8 a : 3, b : 5; }; typedef u64 t; struct e { u32 x; struct in in[2]; enum k k; int *p; };"
        )
        #expect(one.isAlike(one) && one.isAlike(ordered) && ordered.isAlike(one) && one.btf != ordered.btf)
        for other in [
            "struct f { u32 x; struct in { u8 a : 3, b : 5; } in[2]; enum k { A, B } k; void *p; };",
            "struct e { u32 y; struct in { u8 a : 3, b : 5; } in[2]; enum k { A, B } k; void *p; };",
            "struct e { s32 x; struct in { u8 a : 3, b : 5; } in[2]; enum k { A, B } k; void *p; };",
            "struct e { u32 x; struct in { u8 a : 4, b : 4; } in[2]; enum k { A, B } k; void *p; };",
            "struct e { u32 x; struct in { u8 a : 3, b : 5; } in[2]; enum k { A, C } k; void *p; };",
            "struct e { u32 x; struct in { u8 a : 3, b : 5; } in[2]; enum k { A, B } k; u64 p; };",
        ] {
            #expect(try !one.isAlike(.layout(other)), "\(other)")
        }
    }
}
