// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import EventDecoding
import EventTypes
import Testing
import TestSupport

/// A type compiled by clang, and its decoder.
func decoder(
    _ source: String, type: String = "struct event", target: String = "bpf",
    environment: FormatEnvironment = FormatEnvironment()
) throws -> EventDecoder {
    let source = """
        typedef unsigned char u8; typedef signed char s8; typedef unsigned short u16; typedef short s16;
        typedef unsigned int u32; typedef int s32; typedef unsigned long long u64; typedef long long s64;
        \(source)
        \(type) *unused_event __attribute__((unused));
        """
    let object = try Object(
        parsing: compileBPF(source: source, target: target, arguments: ["-g", "-Wno-everything"]), name: "event.o")
    return try EventDecoder(object.eventSchema(named: type), environment: environment)
}

/// The type of a source compiled by clang, without its decoder.
func schema(_ source: String) throws -> EventSchema {
    let types = "typedef unsigned u32; typedef unsigned short u16; typedef unsigned long long u64;\n"
    let source = types + source + "\nstruct event *unused_event __attribute__((unused));"
    return try Object(parsing: compileBPF(source: source, arguments: ["-g", "-Wno-everything"]), name: "event.o")
        .eventSchema(named: "struct event")
}

extension EventDecoder {
    func line(_ bytes: [UInt8], isPadded: Bool = false) -> String {
        unsafe row(bytes.span.bytes, isPadded: isPadded).description
    }
    func json(_ bytes: [UInt8], isPadded: Bool = false) -> String {
        unsafe row(bytes.span.bytes, isPadded: isPadded).json
    }
}

@Suite struct DecodingPlanTests {
    @Test func `the event of the documents is the line of the documents`() throws {
        let decoder = try decoder("struct event { short idx; short cmd; u32 cpu; u64 time; };")
        let bytes: [UInt8] = [1, 0, 254, 255, 3, 0, 0, 0, 0x39, 0x30, 0, 0, 0, 0, 0, 0]
        #expect(decoder.line(bytes) == "idx: 1, cmd: -2, cpu: 3, time: 12345")
        #expect(decoder.json(bytes) == #"{"idx":1,"cmd":-2,"cpu":3,"time":12345}"#)
        #expect(decoder.plan.size == 16)
        #expect(decoder.plan.fieldNames == ["idx", "cmd", "cpu", "time"])
    }

    @Test func `the kernel's padding is no part of an event, and anything else behind it is shown`() throws {
        let decoder = try decoder("struct event { u64 a; u64 b; };")
        let event = [UInt8](repeating: 0, count: 16)
        #expect(decoder.line(event + [9, 9, 9, 9], isPadded: true) == "a: 0, b: 0")
        #expect(decoder.line(event + [9, 9, 9, 9]) == "a: 0, b: 0, _rest: 09090909")
        #expect(decoder.line(event + [9, 9, 9], isPadded: true) == "a: 0, b: 0, _rest: 090909")
        #expect(decoder.json(event + [1, 2]) == #"{"a":0,"b":0,"_rest":"0102"}"#)
    }

    @Test func `several strings in a text are shown where a number beside it says how many bytes they are`() throws {
        let decoder = try decoder("struct event { u32 args_size; char args[12]; char name[4]; };")
        let rest: [UInt8] = [0, 0, 0, 0, 0x61, 0, 0x62, 0]
        func event(_ size: UInt8) -> [UInt8] { [size, 0, 0, 0] + Array("ls\0-l\0/\0".utf8) + rest }
        #expect(decoder.line(event(8)) == #"args_size: 8, args: "ls -l /", name: "a""#)
        #expect(decoder.json(event(8)) == #"{"args_size":8,"args":"ls -l /","name":"a"}"#)
        #expect(decoder.line(event(6)) == #"args_size: 6, args: "ls -l", name: "a""#)
        // What is no size of it says nothing; one string ends at its NUL.
        for size: UInt8 in [0, 3, 13, 255] { #expect(decoder.line(event(size)).contains(#"args: "ls","#), "\(size)") }
        #expect(decoder.line(Array(event(8).prefix(12))) == #"args_size: 8, args: "ls -l /", name: ?, _cut: true"#)
    }

    @Test func `an event that is too short shows what it has`() throws {
        let decoder = try decoder("struct event { u32 a; u32 b; char c[4]; u16 d[3]; };")
        #expect(decoder.line([1, 0, 0, 0, 2, 0]) == "a: 1, b: ?, c: ?, d: [?], _cut: true")
        #expect(decoder.json([1, 0, 0, 0]) == #"{"a":1,"b":null,"c":null,"d":[],"_cut":true}"#)
        #expect(
            decoder.line([1, 0, 0, 0, 2, 0, 0, 0, 65, 66, 0, 0, 5, 0]) == #"a: 1, b: 2, c: "AB", d: [5, ?], _cut: true"#
        )
        #expect(decoder.line([]) == "a: ?, b: ?, c: ?, d: [?], _cut: true")
    }

    // MARK: Events of which not all is sent

    /// The decoder of a type whose events have only some sizes.
    private func head(_ source: String, sent: ClosedRange<Int>) throws -> EventDecoder {
        try EventDecoder(schema(source), sent: sent)
    }

    private static let source =
        "struct at { u32 line, column; }; struct event { u32 a; struct at at; u32 b; char c[8]; };"

    @Test func `of a head that is sent only the members that lie in it are values`() throws {
        let decoder = try head(Self.source, sent: 8...8)
        #expect(decoder.plan.fieldNames == ["a", "at.line"])
        #expect(decoder.plan.field("b") == nil && decoder.plan.field("c") == nil && decoder.plan.size == 8)
        let bytes: [UInt8] = [1, 0, 0, 0, 2, 0, 0, 0]
        #expect(decoder.line(bytes) == "a: 1, at: {line: 2}")
        #expect(decoder.json(bytes) == #"{"a":1,"at":{"line":2}}"#)
        // The kernel makes 12 bytes of it.
        #expect(decoder.json(bytes + [9, 9, 9, 9], isPadded: true) == #"{"a":1,"at":{"line":2}}"#)
        #expect(decoder.json(Array(bytes.prefix(4))) == #"{"a":1,"at":{"line":null},"_cut":true}"#)
        let first = try head(Self.source, sent: 4...4)
        #expect(first.plan.fieldNames == ["a"])
        // A member that is cut in two is none.
        #expect(try head(Self.source, sent: 18...18).plan.fieldNames == ["a", "at.line", "at.column", "b"])
    }

    @Test func `an array at the end of which a part is sent has as many elements as there are`() throws {
        let decoder = try head(Self.source, sent: 16...24)
        let start: [UInt8] = [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0]
        #expect(decoder.line(start) == #"a: 1, at: {line: 2, column: 3}, b: 4, c: """#)
        #expect(decoder.line(start + [65, 66]) == #"a: 1, at: {line: 2, column: 3}, b: 4, c: "AB""#)
        #expect(decoder.json(start + [65, 66, 0, 67]) == #"{"a":1,"at":{"line":2,"column":3},"b":4,"c":"AB"}"#)
        let numbers = try head("struct event { u32 n; u16 list[4]; };", sent: 4...12)
        #expect(numbers.line([2, 0, 0, 0, 5, 0, 6, 0]) == "n: 2, list: [5, 6]")
        #expect(numbers.line([0, 0, 0, 0]) == "n: 0, list: []")
    }

    @Test func `where more than an array varies, members behind the end of an event are not there`() throws {
        let decoder = try head("struct event { u32 a; u32 b; u32 c; };", sent: 4...12)
        #expect(decoder.line([1, 0, 0, 0]) == "a: 1")
        #expect(decoder.json([1, 0, 0, 0, 2, 0, 0, 0]) == #"{"a":1,"b":2}"#)
        #expect(decoder.json([1, 0, 0, 0, 2, 0]) == #"{"a":1,"b":null,"_cut":true}"#)
        #expect(decoder.json([1, 0]) == #"{"a":null,"b":null,"c":null,"_cut":true}"#)
        #expect(decoder.line([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]) == "a: 1, b: 2, c: 3")
    }

    @Test func `events are told apart by the sizes that they can have`() throws {
        func chooser(_ types: [(String, ClosedRange<Int>?)]) throws -> EventChooser {
            try EventChooser(
                types.map { source, sent in
                    let schema = try EventSchema.layout("struct t { \(source); }")
                    return EventType(schema: schema, origin: .layout, sent: sent)
                })
        }
        func choose(_ chooser: EventChooser, _ size: Int, isPadded: Bool = false) -> Int? {
            let event = [UInt8](repeating: 0, count: size)
            return unsafe chooser.choose(event.span.bytes, isPadded: isPadded)
        }
        let both = try chooser([("u64 a[2]", nil), ("u64 a[3]; char b[40]", 24...64)])
        #expect(choose(both, 16) == 0 && choose(both, 24) == 1 && choose(both, 50) == 1 && choose(both, 64) == 1)
        #expect(choose(both, 20) == nil && choose(both, 65) == nil && choose(both, 8) == nil)
        #expect(choose(both, 20, isPadded: true) == 0 && choose(both, 28, isPadded: true) == 1)
        #expect(choose(both, 68, isPadded: true) == 1 && choose(both, 76, isPadded: true) == nil)
        // 16 and 20 bytes are 20 in a perf ring.
        let near = try chooser([("u64 a[2]", nil), ("u32 a[5]", nil)])
        #expect(choose(near, 20) == 1 && choose(near, 20, isPadded: true) == nil)
        #expect(choose(near, 16, isPadded: true) == 0)
        let overlapping = try chooser([("u64 a[2]", nil), ("u64 a; char b[40]", 8...48)])
        #expect(choose(overlapping, 16) == nil && choose(overlapping, 15) == 1 && choose(overlapping, 17) == 1)
        // One type alone is that of all events, unless its sizes are known.
        let sole = try chooser([("u64 a", nil)])
        #expect(choose(sole, 100) == 0)
        let known = try chooser([("u64 a", 8...8)])
        #expect(choose(known, 100) == nil && choose(known, 8) == 0)
    }

    @Test func `nested and anonymous members, unions and arrays have the places that the compiler gave them`() throws {
        let decoder = try decoder(
            """
            struct point { s32 x, y; };
            struct event {
                u8 kind;
                union { u32 four; u8 bytes[4]; struct { u16 low, high; }; };
                struct point at, path[2];
                u8 grid[2][3];
                char names[2][4];
            };
            """)
        let bytes: [UInt8] =
            [7, 0, 0, 0, 1, 2, 3, 4] + [255, 255, 255, 255, 2, 0, 0, 0] + [
                3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0,
            ]
            + [1, 2, 3, 4, 5, 6] + [97, 0, 0, 0, 98, 99, 100, 101]
        #expect(
            decoder.line(bytes + [0, 0]) == """
                kind: 7, four: 67305985, bytes: 01020304, low: 513, high: 1027, at: {x: -1, y: 2}, \
                path: [{x: 3, y: 4}, {x: 5, y: 6}], grid: [010203, 040506], names: ["a", "bcde"]
                """)
        #expect(
            decoder.json(bytes + [0, 0]) == """
                {"kind":7,"four":67305985,"bytes":[1,2,3,4],"low":513,"high":1027,"at":{"x":-1,"y":2},\
                "path":[{"x":3,"y":4},{"x":5,"y":6}],"grid":[[1,2,3],[4,5,6]],"names":["a","bcde"]}
                """)
        let row = unsafe decoder.row(bytes.span.bytes)
        #expect(row["at.y"] == .integer(2) && row["path[1].x"] == .integer(5) && row["low"] == .integer(513))
        #expect(row["path[2].x"] == nil && row["at."] == nil && row["nothing"] == nil && row["path[-1]"] == nil)
        #expect(row["grid[1]"] == .bytes(35..<38))
        #expect(row["names[1]"] == .text(42..<46) && row.text("names[0]") == "a")
    }

    @Test(arguments: ["bpfel", "bpfeb"])
    func `bit-fields are read in the order of their machine`(target: String) throws {
        let decoder = try decoder(
            "struct event { u32 a:3; s32 b:5; u32 :4; u32 c:20; u64 d:40, e:24; s64 f:1; _Bool g:1; u8 h; };",
            target: target)
        var bytes: [UInt8]
        if target == "bpfel" {
            // a 5, b -3, c 0xabcde | d 0x123456789a, e 0xfedcba | f -1, g true, h 9
            let word = UInt32(5) | UInt32(0x1d) << 3 | UInt32(0xabcde) << 12
            let wide = UInt64(0x12_3456_789a) | UInt64(0xfe_dcba) << 40
            bytes = withUnsafeBytes(of: word.littleEndian) { Array($0) } + [0, 0, 0, 0]
            bytes += withUnsafeBytes(of: wide.littleEndian) { Array($0) } + [3, 9, 0, 0, 0, 0, 0, 0]
        } else {
            let word = UInt32(5) << 29 | UInt32(0x1d) << 24 | UInt32(0xabcde)
            let wide = UInt64(0x12_3456_789a) << 24 | UInt64(0xfe_dcba)
            bytes = withUnsafeBytes(of: word.bigEndian) { Array($0) } + [0, 0, 0, 0]
            bytes += withUnsafeBytes(of: wide.bigEndian) { Array($0) } + [0xc0, 9, 0, 0, 0, 0, 0, 0]
        }
        #expect(
            decoder.line(bytes) == "a: 5, b: -3, c: 703710, d: 78187493530, e: 16702650, f: -1, g: true, h: 9")
    }

    @Test(arguments: ["bpfel", "bpfeb"])
    func `numbers of every width are read in the order of their machine`(target: String) throws {
        let decoder = try decoder(
            """
            struct event { s8 a; u16 b; s32 c; u64 d; __int128 e; unsigned __int128 f; float g; double h; void *i; _Bool j; };
            """, target: target)
        func lay<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
            withUnsafeBytes(of: target == "bpfel" ? value.littleEndian : value.bigEndian) { Array($0) }
        }
        let bytes: [UInt8] =
            [0x80, 0] + lay(UInt16(65_535)) + lay(Int32(-5)) + lay(UInt64.max) + lay(Int128(-7)) + lay(UInt128.max)
            + lay(Float(0.1).bitPattern) + [0, 0, 0, 0] + lay((-2.5e300).bitPattern)
            + lay(UInt64(0xffff_8880_0000_0010))
            + [1] + [UInt8](repeating: 0, count: 7)
        #expect(
            decoder.line(bytes) == """
                a: -128, b: 65535, c: -5, d: 18446744073709551615, e: -7, f: 340282366920938463463374607431768211455, \
                g: 0.1, h: -2.5e+300, i: 0xffff888000000010, j: true
                """)
        #expect(
            decoder.json(bytes) == """
                {"a":-128,"b":65535,"c":-5,"d":18446744073709551615,"e":"-7",\
                "f":"340282366920938463463374607431768211455","g":0.1,"h":-2.5e+300,"i":"0xffff888000000010","j":true}
                """)
    }

    @Test func `numbers of enumerations have their names, those of flags are put together`() throws {
        let decoder = try decoder(
            """
            enum state { IDLE, RUNNING, DONE = 7, LAST = DONE }; enum sign { MINUS = -1, PLUS = 1 };
            enum mode { READ = 1, WRITE = 2, RUN = 4, ALL = 7 }; enum wide { BIG = 0x100000000ULL, MAX = 0xffffffffffffffffULL };
            struct event { enum state a, b; enum sign c; enum mode d, e, f; enum wide g, h; };
            """)
        func lay(_ values: [UInt32]) -> [UInt8] {
            values.flatMap { withUnsafeBytes(of: $0.littleEndian) { Array($0) } }
        }
        let bytes = lay([7, 3, .max, 7, 3, 0x44, 0, 1, 5, 0])
        #expect(
            decoder.line(lay([7, 3, .max, 7, 3, 0x44]) + lay([0, 1, 5, 0])) == """
                a: DONE, b: 3, c: MINUS, d: ALL, e: READ|WRITE, f: RUN|0x40, g: BIG, h: 5
                """)
        #expect(
            decoder.json(bytes)
                == #"{"a":"DONE","b":3,"c":"MINUS","d":"ALL","e":"READ|WRITE","f":"RUN|0x40","g":"BIG","h":5}"#)
        let field = try #require(decoder.plan.field("c"))
        #expect(field.enumeratorValue(named: "MINUS") == -1 && field.enumeratorValue(named: "PLUS") == 1)
        #expect(decoder.plan.field("a")?.enumeratorValue(named: "LAST") == 7)
    }

    @Test func `a flexible array takes what is left`() throws {
        let text = try decoder("struct event { u32 size; u16 kind; char data[]; };")
        #expect(text.line([1, 0, 0, 0, 2, 0] + Array("name".utf8)) == #"size: 1, kind: 2, data: "name""#)
        #expect(text.line([1, 0, 0, 0, 2, 0]) == #"size: 1, kind: 2, data: """#)
        let numbers = try decoder("struct event { u32 size; u16 data[]; };")
        #expect(numbers.line([1, 0, 0, 0, 2, 0, 3, 0, 9]) == "size: 1, data: [2, 3], _rest: 09")
        #expect(numbers.json([1, 0, 0, 0, 2, 0]) == #"{"size":1,"data":[2]}"#)
        let inUnion = try decoder("struct event { u32 n; union { struct { struct {} e; u32 w[]; }; u8 b[4]; }; };")
        #expect(inUnion.line([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]).contains("w: [2, 3]"))
    }

    @Test func `names of the event that JSON needs itself get another underscore`() throws {
        let decoder = try decoder("struct event { u8 _cpu; u8 cpu; u8 __cpu; };")
        #expect(decoder.json([1, 2, 3]) == #"{"__cpu":1,"cpu":2,"__cpu_":3}"#)
    }

    @Test func `a typedef, a number and an enumeration can be an event`() throws {
        #expect(try decoder("typedef struct { u16 a; } event_t;", type: "event_t").line([5, 0]) == "a: 5")
        #expect(try decoder("typedef u32 number;", type: "number").line([5, 0, 0, 0]) == "value: 5")
    }

    @Test func `what the author says of a value is obeyed, in JSON too, and names of types count in text`() throws {
        let decoder = try decoder(
            """
            #define SHOW(format) __attribute__((btf_decl_tag("fmt:" format)))
            typedef u32 __be32; struct in6_addr { u8 bytes[16]; };
            typedef u32 seen_t SHOW("hex");
            struct event {
                u32 from SHOW("ip4"); u32 to[2] SHOW("ip4"); u32 wide[4] SHOW("ip6"); u8 hw[6] SHOW("mac");
                u16 port SHOW("port"); int ret SHOW("errno"); char comm[4] SHOW("comm"); seen_t seen;
                __be32 saddr; struct in6_addr six; u64 took SHOW("ip4");
            };
            """)
        let bytes: [UInt8] =
            [127, 0, 0, 1, 10, 0, 0, 1, 10, 0, 0, 2] + [UInt8](repeating: 0, count: 15) + [1, 82, 84, 0, 1, 2, 3]
            + [1, 187, 254, 255, 255, 255, 98, 97, 0, 0, 42, 0, 0, 0, 8, 8, 8, 8] + [UInt8](repeating: 0, count: 15) + [
                1, 0, 0, 0, 0,
            ]
            + [5, 0, 0, 0, 0, 0, 0, 0]
        let shown = """
            from: 127.0.0.1, to: [10.0.0.1, 10.0.0.2], wide: ::1, hw: 52:54:00:01:02:03, port: 443, ret: -ENOENT, \
            comm: ba, seen: 0x2a, saddr: 8.8.8.8, six: ::1, took: 5
            """
        // A format that says nothing of the value is no reason to hide it.
        #expect(decoder.line(bytes) == shown)
        let json = decoder.json(bytes)
        #expect(
            json.hasPrefix(#"{"from":"127.0.0.1","to":["10.0.0.1","10.0.0.2"],"wide":"::1","hw":"52:54:00:01:02:03","#))
        #expect(
            json.contains(#""port":"443","ret":"-ENOENT","comm":"ba","seen":"0x2a","saddr":134744072,"six":{"bytes":"#))
    }

    @Test func `a type of too many values is refused`() throws {
        let many = (0..<20_000).map { "u8 m\($0);" }.joined()
        let error = #expect(throws: DecodingError.self) { try decoder("struct event { \(many) };") }
        #expect(error?.reason == .tooMany(limit: 16_384) && error?.type == "struct event")
        // Those of an array are planned once.
        #expect(try decoder("struct event { struct { u8 a, b; } x[20000]; };").plan.columns.count == 1)
    }
}
