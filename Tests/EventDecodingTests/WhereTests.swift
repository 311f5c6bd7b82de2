// SPDX-License-Identifier: Apache-2.0

import BPFObject
@testable import EventDecoding
import Testing

/// The type that the expressions of these tests are about, and one event of it.
struct WhereSubject {
    let plan: DecodingPlan
    var event: [UInt8] = []
    var context = EventContext()

    init() throws {
        plan = try decoder(
            """
            enum tcp { TCP_ESTABLISHED = 1, TCP_SYN_SENT, TCP_SYN_RECV, TCP_CLOSE = 7 };
            struct event {
                u32 pid; s32 ret; u64 duration_ns; char comm[16]; enum tcp state; u32 daddr; u8 saddr[16];
                struct { u16 sport; s16 delta; } key; u16 args[4]; u8 mac[6]; u8 on:1, mode:3; _Bool ok;
                s64 low; u64 high; __int128 wide; struct { u32 x; } inner; char path[];
            };
            """
        ).plan
        func add(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { event += $0 } }
        add(UInt32(1234))
        add(Int32(-2))
        add(UInt64(1_500_000))
        event += Array("sshd\0garbage----".utf8)
        add(UInt32(2))
        event += [10, 0, 0, 1]
        event += [0xfe, 0x80] + [UInt8](repeating: 0, count: 13) + [1]
        add(UInt16(443))
        add(Int16(-5))
        for value in UInt16(0)..<4 { add(value * 10) }
        event += [0x52, 0x54, 0, 0x12, 0x34, 0x56, 0b1011, 1]
        event += [0, 0, 0, 0]
        add(Int64.min)
        add(UInt64.max)
        // The wide number lies on the next multiple of 16.
        event += [UInt8](repeating: 0, count: -event.count & 15)
        add(Int128(1) << 100)
        add(UInt32(0))
        event += Array("/etc/passwd".utf8)
        (context.cpu, context.pid, context.tid, context.time) = (3, 99, nil, 5_000_000_000)
        context.map = "events_v2"
    }

    func matches(_ text: String, length: Int = .max) throws(WhereError) -> Bool {
        let program = try WhereExpression(parsing: text).compile(for: plan)
        return program.matches(event.span.bytes.extracting(0..<min(length, event.count)), context)
    }

    func error(_ text: String) -> WhereError? {
        do {
            _ = try matches(text)
            return nil
        } catch {
            return error as WhereError
        }
    }
}

private func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
}

struct WhereTests {
    let subject: WhereSubject

    init() throws {
        subject = try WhereSubject()
    }

    @Test(arguments: [
        "pid == 1234", "pid == 0x4d2", "pid == 0b10011010010", "pid == 0o2322", "pid == 1_234", "pid != 0", "pid",
        "duration_ns > 1ms", "duration_ns == 1.5ms", "duration_ns == 1500us", "duration_ns < 1s && duration_ns < 1m",
        "duration_ns == 1_500µs", "1h == 60m", "1d == 24h", "duration_ns <= 1.5e6", "2KiB == 2048", "1.5KiB == 1536",
        "1MB == 1000KB", "1GiB == 1024MiB", "1TiB / 1GiB == 1024",
        "1K == 1KiB && 1M == 1MiB && 1G == 1GiB && 1T == 1TiB", "1B == 1ns",
        "ret == -2", "ret < 0", "-ret == 2", "ret != 4294967294", "key.sport == 443", "key.delta == -5",
        "args[2] == 20", "args[1] + args[3] == 40", "args[0] == 0",
        "comm == \"sshd\"", "comm == 'sshd'", "comm == \"ssh*\"", "comm == \"*\"", "comm != \"bash\"",
        "comm == \"s?hd\"",
        "comm == \"[a-s]sh[!e]\"", "\"sshd\" == comm", "comm < \"sshe\"", "comm >= \"ssh\"", "\"a\" < comm", "comm",
        "path == \"/etc/*\"", "path == \"/etc/passwd\"", "comm == comm", "comm != path", "comm > path",
        "comm in (\"bash\", \"ssh*\")", "comm not in ('zsh', 'bash')",
        "state == TCP_SYN_SENT", "state == \"TCP_SYN_SENT\"", "state != TCP_CLOSE", "state < TCP_SYN_RECV",
        "TCP_SYN_SENT == state", "state == 2", "state in (TCP_CLOSE, TCP_SYN_SENT)", "state == \"TCP_SYN_*\"",
        "state != \"TCP_E*\"", "state in (\"TCP_C*\", \"TCP_SYN_SENT\")", "(state & TCP_SYN_RECV) == TCP_SYN_SENT",
        "daddr == 10.0.0.1", "daddr == \"10.0.0.1\"", "daddr != 10.0.0.2", "daddr == 10.0.0.0/8",
        "daddr in 10.0.0.0/30",
        "daddr in (192.168.0.0/16, 10.0.0.1)", "daddr not in (192.168.0.0/16, 127.0.0.1)", "daddr == 0.0.0.0/0",
        "saddr == fe80::1", "saddr == fe80::/10", "saddr != ::1", "saddr == fe80:0:0:0:0:0:0.0.0.1",
        "saddr == \"fe80::1\"",
        "mac == 52:54:00:12:34:56", "mac in (52:54:00:00:00:00/24)", "saddr", "mac",
        "on", "on == 1", "mode == 5", "ok", "ok == true", "true", "!false", "not false",
        "low == -9223372036854775808", "high == 0xffffffffffffffff", "high > 9223372036854775807", "low < 0",
        "wide == 1 << 100", "wide > high", "wide > 1.0", "wide == 1267650600228229401496703205376", "inner.x == 0",
        "pid in (1, 2, 1000..2000)", "pid in 1234..1234", "pid not in (1, 2)", "pid not in 1..2", "5 in (args[0], 5)",
        "args[1] in (args[0]..args[2])", "ret in -5..-1", "pid in (0x4d2)",
        "_cpu == 3", "cpu == 3", "_pid == 99", "pid == 1234 && _pid == 99", "_time == 5s", "time >= 5s",
        "_map == \"events*\"", "map == \"events_v2\"", "_map", "_type == \"*event\"", "_map in ('events_v2')",
        "pid == 1234 and comm == \"sshd\" or false", "not pid == 1", "not not pid", "!!pid", "!(pid == 1)",
        "(pid == 1234) + (ret == -2) == 2", "'a' == 97", "'\\n' == 10", "comm != 's'", "'\\x41' == 'A'",
        "pid % 10 == 4", "pid & 0xff == 0xd2", "pid | 1 == 1235", "pid ^ pid == 0", "~ret == 1", "pid >> 4 == 77",
        "pid << 1 == 2468", "+pid == 1234", "2 + 3 * 4 == 14", "(2 + 3) * 4 == 20", "10 - 3 - 2 == 5",
        "1 << 2 + 1 == 8",
        "7 & 3 << 1 == 6", "1 | 2 ^ 3 & 1 == 3", "pid == 1 && pid == 2 || pid == 1234", "0.5 + 0.5 == 1", "1.0 == 1",
        "pid * 0.5 == 617", "7.5 / 2 == 3.75", "-0.5 < ret + 2", "ret < -1.5", "ret > -2.5", "0.5 > pid - 1234",
        "pid < 1234.5", "pid > 1233.5", "1e3 == 1000", "high != 18446744073709551616.0", "high < 1.9e19",
    ])
    func `is true for the event`(_ expression: String) throws {
        #expect(try subject.matches(expression))
    }

    @Test(arguments: [
        "pid == 1", "pid != 1234", "duration_ns > 2ms", "comm == \"ssh\"", "comm == \"ssh\\*\"", "comm == \"[!s]*\"",
        "comm == \"SSHD\"", "comm in (\"bash\")", "comm not in (\"ssh*\")", "state == TCP_CLOSE", "state == \"TCP_C*\"",
        "daddr == 1.0.0.10", "daddr == 10.0.0.2/31", "daddr not in 10.0.0.0/8", "saddr == ::", "args[0]", "inner",
        "inner.x",
        "pid > 0 && ret > 0", "false", "!pid", "pid in (1..1233, 1235..2000)", "_map == \"events\"",
        "_tid == 0", "_tid != 0", "_tid in (0)", "_tid not in (0)", "_tid == _tid", "pid / 0 == 0", "pid / 0 != 0",
        "pid % args[0] != 5", "wide * wide != 0", "pid << 127 == 0", "pid / args[0]", "high == 18446744073709551616.0",
    ])
    func `is false for the event`(_ expression: String) throws {
        #expect(try !subject.matches(expression))
    }

    @Test func `a comparison with what a short event lacks is false`() throws {
        for expression in [
            "duration_ns == 0", "duration_ns != 0", "duration_ns in (0)", "duration_ns not in (0)",
            "duration_ns + 1 != 5",
            "comm == \"*\"", "comm != \"x\"", "comm not in (\"x\")", "comm >= \"\"", "daddr != 10.0.0.1",
            "daddr not in 1.2.3.4/8",
            "state != TCP_CLOSE", "path == \"*\"", "saddr", "duration_ns", "comm",
        ] {
            #expect(try !subject.matches(expression, length: 8), "\(expression)")
        }
        #expect(try subject.matches("!duration_ns && !(comm == \"*\") && pid == 1234", length: 8))
        // A text that is cut off is compared as far as it goes.
        #expect(try subject.matches("comm == \"ss\"", length: 18))
        #expect(try !subject.matches("pid == 1234", length: 3))
        #expect(try subject.matches("path == \"\" && !path", length: subject.event.count - 11))
    }

    @Test func `operators work as those of Swift`() throws {
        var generator = SystemRandomNumberGenerator()
        let operators: [(String, (Int128, Int128) -> Int128?)] = [
            (
                "+",
                {
                    let (r, o) = $0.addingReportingOverflow($1); return o ? nil : r
                }
            ),
            (
                "-",
                {
                    let (r, o) = $0.subtractingReportingOverflow($1); return o ? nil : r
                }
            ),
            (
                "*",
                {
                    let (r, o) = $0.multipliedReportingOverflow(by: $1); return o ? nil : r
                }
            ),
            ("/", { $1 == 0 ? nil : $0 / $1 }), ("%", { $1 == 0 ? nil : $0 % $1 }),
            ("&", { $0 & $1 }), ("|", { $0 | $1 }), ("^", { $0 ^ $1 }),
            (">>", { $1 < 0 ? nil : $0 >> $1 }),
            ("<<", { $0 == 0 && $1 >= 0 ? 0 : (0..<128).contains($1) && ($0 << $1) >> $1 == $0 ? $0 << $1 : nil }),
        ]
        let comparisons: [(String, (Int128, Int128) -> Bool)] = [
            ("==", { $0 == $1 }), ("!=", { $0 != $1 }), ("<", { $0 < $1 }), ("<=", { $0 <= $1 }), (">", { $0 > $1 }),
            (">=", { $0 >= $1 }),
        ]
        let plan = try decoder("struct event { s64 a; u32 b; };").plan
        for round in 0..<300 {
            let bits = Int64.random(in: 0..<64, using: &generator)
            let a = Int64.random(in: .min ... .max, using: &generator) >> bits
            let b = UInt32.random(in: 0...(.max), using: &generator) >> UInt32(bits / 2)
            let event = bytes(a) + bytes(b)
            let (name, work) = operators[round % operators.count]
            let expected = work(Int128(a), Int128(b))
            for (symbol, compare) in comparisons {
                let limit = (expected ?? 7) &+ .random(in: -1...1, using: &generator)
                let shown = limit < 0 ? "(0 - \(limit.magnitude))" : "\(limit)"
                let program = try WhereExpression(parsing: "a \(name) b \(symbol) \(shown)").compile(for: plan)
                let found = program.matches(event.span.bytes, EventContext())
                #expect(found == (expected.map { compare($0, limit) } ?? false), "\(a) \(name) \(b) \(symbol) \(limit)")
                // A field alone takes another way.
                let alone = try WhereExpression(parsing: "a \(symbol) \(a &+ Int64(round % 3) &- 1)").compile(for: plan)
                #expect(
                    alone.matches(event.span.bytes, EventContext())
                        == compare(Int128(a), Int128(a &+ Int64(round % 3) &- 1)))
            }
        }
    }

    @Test func `fields of every width compare by their value`() throws {
        let plan = try decoder(
            "struct event { s8 a; u8 b; s16 c; u16 d; s32 e; u32 f; s64 g; u64 h; int i:5; unsigned j:5; };"
        ).plan
        let event = [UInt8](repeating: 0xff, count: 40)
        for (name, value) in [
            ("a", "-1"), ("b", "255"), ("c", "-1"), ("d", "65535"), ("e", "-1"), ("f", "4294967295"), ("g", "-1"),
            ("h", "18446744073709551615"), ("i", "-1"), ("j", "31"),
        ] {
            for (text, expected) in [
                ("== \(value)", true), ("!= \(value)", false), ("< \(value)", false), ("<= \(value)", true),
                ("> \(value)", false), (">= \(value)", true), ("< \(value) + 1", true), ("> \(value) - 1", true),
                ("< 99999999999999999999999", true), ("> -99999999999999999999999", true), ("in (5, \(value))", true),
            ] {
                let program = try WhereExpression(parsing: "\(name) \(text)").compile(for: plan)
                #expect(program.matches(event.span.bytes, EventContext()) == expected, "\(name) \(text)")
            }
        }
    }

    @Test func `floats and integers compare without rounding`() throws {
        let plan = try decoder("struct event { double d; s64 i; float f; };").plan
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let integer =
                Int64.random(in: .min ... .max, using: &generator) >> Int64.random(in: 0..<64, using: &generator)
            var double = Double(integer)
            if Bool.random(using: &generator) { double += [0.25, -0.25, 1, -1].randomElement(using: &generator) ?? 0 }
            if Int.random(in: 0..<50, using: &generator) == 0 {
                double = [.nan, .infinity, -.infinity, -0.0].randomElement() ?? 0
            }
            let event = bytes(double.bitPattern) + bytes(integer) + bytes(Float(1.5).bitPattern)
            let exact = Int128(exactly: double.rounded(.down)).map { Int128(integer) - $0 }
            for (symbol, expected) in [
                // The integer is less than the float if it is not above its floor, and there is something above it.
                ("<", exact.map { $0 < 0 || ($0 == 0 && double != double.rounded(.down)) } ?? (double > 0)),
                ("==", exact == 0 && double == double.rounded(.down)),
            ] {
                let program = try WhereExpression(parsing: "i \(symbol) d").compile(for: plan)
                let mirrored = try WhereExpression(parsing: "d \(symbol == "<" ? ">" : "==") i && f == 1.5").compile(
                    for: plan)
                let found = program.matches(event.span.bytes, EventContext())
                let same = mirrored.matches(event.span.bytes, EventContext())
                #expect(found == expected && same == expected, "\(integer) \(symbol) \(double)")
            }
        }
        let text = #expect(throws: WhereError.self) { try WhereExpression(parsing: "d % 2 == 1").compile(for: plan) }
        #expect(text?.message.contains("% is for integers") == true)
    }

    @Test func `patterns match what a simple oracle says`() {
        func oracle(_ steps: ArraySlice<WherePattern.Step>, _ text: ArraySlice<UInt8>) -> Bool {
            guard let step = steps.first else { return text.isEmpty }
            let rest = steps.dropFirst()
            switch step {
            case .star: return oracle(rest, text) || (!text.isEmpty && oracle(steps, text.dropFirst()))
            case .any: return !text.isEmpty && oracle(rest, text.dropFirst())
            case .byte(let byte): return text.first == byte && oracle(rest, text.dropFirst())
            case .set(let set): return text.first.map(set.contains) == true && oracle(rest, text.dropFirst())
            }
        }
        var generator = SystemRandomNumberGenerator()
        var set = WherePattern.ByteSet()
        set.insert(UInt8(ascii: "a"))
        set.insert(0xff)
        for _ in 0..<20_000 {
            var pattern = WherePattern()
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                pattern.append([.star, .any, .byte(97), .byte(98), .set(set)].randomElement(using: &generator) ?? .any)
            }
            let text = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                UInt8.random(in: 97...98, using: &generator)
            }
            let found = pattern.matches(text.span.bytes)
            #expect(found == oracle(pattern.steps[...], text[...]), "\(pattern.steps) \(text)")
        }
    }

    @Test func `a pattern that tries much ends soon`() {
        var pattern = WherePattern()
        for _ in 0..<200 {
            pattern.append(.star)
            pattern.append(.byte(97))
        }
        pattern.append(.byte(98))
        let text = [UInt8](repeating: 97, count: 4000)
        let found = pattern.matches(text.span.bytes)
        #expect(!found)
    }

    @Test func `a program is compiled once and tells its names`() throws {
        let expression = try WhereExpression(parsing: "pid == 1 && key.sport in (1, 2) || pid > args[3]")
        #expect(expression.fieldNames == ["pid", "key.sport", "args[3]"])
        #expect(throws: WhereError.self) { try expression.compile { _ in nil } }
        let program = try WhereExpression(parsing: "time > 1s || _cpu == 1").compile {
            ContextField(name: $0).map { .context($0) }
        }
        let nothing: [UInt8] = []
        var context = EventContext()
        let before = program.matches(nothing.span.bytes, context)
        context.time = 1_000_000_001
        let after = program.matches(nothing.span.bytes, context)
        #expect(!before && after)
    }
}
