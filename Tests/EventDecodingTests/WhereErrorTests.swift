// SPDX-License-Identifier: Apache-2.0

import Diagnostics
@testable import EventDecoding
import Testing

struct WhereErrorTests {
    let subject: WhereSubject

    init() throws {
        subject = try WhereSubject()
    }

    /// The expression, what is under it, a part of the message, and a part of the next step.
    static let mistakes: [(String, String, String, String)] = [
        ("pid = 1", "    ^", "'=' is not an operator here", "write =="),
        ("pdi == 1", "^^^", "no field pdi in struct event", "did you mean pid"),
        ("key.sprot == 1", "^^^^^^^^^", "no field key.sprot", "key.sport"),
        ("zzzzzzz == 1", "^^^^^^^", "no field", "there are: pid"),
        ("comm == 5", "        ^", "comm is text, and 5 is not", "quotes"),
        ("5 == comm", "^", "comm is text, and 5 is not", "quotes"),
        ("comm == bash", "        ^^^^", "no field bash", "put text in quotes: \"bash\""),
        ("pid == \"x\"", "       ^^^", "pid is a number, and this is a text", ""),
        ("comm =~ \"a\"", "     ^^", "no regular expressions", "pattern"),
        ("pid <> 5", "    ^^", "<>", "!="),
        ("pid === 5", "    ^^^", "===", "=="),
        ("state == TCP_CLOSED", "         ^^^^^^^^^^", "state has no such value", "TCP_CLOSE"),
        ("state == \"TCP_CLOSED\"", "         ^^^^^^^^^^^^", "state has no such value", "TCP_CLOSE"),
        ("pid == 1 && ", "            ^", "a value is missing at the end", ""),
        ("pid == 1 comm", "         ^^^^", "an operator is missing", "&&"),
        ("(pid == 1", "^", "not closed", ""),
        ("pid == 1)", "        ^", "closes none", ""),
        ("pid == (1", "       ^", "not closed", ""),
        ("1 < pid < 5", "        ^", "chained", "1 < x && x < 5"),
        ("!pid == 5", "^", "! is for this value only", "!(a == b)"),
        ("pid == 5msec", "        ^^^^", "no unit msec", "ns us ms"),
        ("pid == 0x", "       ^^", "not a number", "hexadecimal"),
        ("pid == 0b12", "       ^^^^", "not a number", ""),
        ("pid == 010", "       ^^^", "begin with 0", "0o10"),
        ("comm == \"abc", "        ^", "has no end", ""),
        ("comm == \"[abc\"", "         ^", "has no ]", "\\["),
        ("comm == \"\\q\"", "         ^^", "no such escape", "\\xNN"),
        ("comm < \"a*\"", "       ^^^^", "patterns are for == and !=", ""),
        ("key == 1", "^^^", "key is a structure", "key.sport"),
        ("args == 1", "^^^^", "args is not a number", "args[0]"),
        ("args[9] == 1", "^^^^^^^", "no field args[9]", ""),
        ("args[x] == 1", "    ^^", "an index is a number", ""),
        ("pid == 1.2.3.4.5", "       ^^^^^^^^^", "not a number", ""),
        ("daddr == fe80::1", "         ^^^^^^^", "4 bytes", ""),
        ("daddr == 300.0.0.1", "         ^^^^^^^^^", "not an address", "10.0.0.1"),
        ("daddr == 10.0.0.0/33", "                 ^^^", "32 bits", ""),
        ("daddr < 10.0.0.1", "        ^^^^^^^^", "== and != only", ""),
        ("saddr == fe80::g", "         ^^^^^^^", "not an address", ""),
        ("pid in 5", "       ^", "a list in parentheses", "x in (1, 2)"),
        ("pid in (1, 2", "       -    ^", "a , or ) is missing", ""),
        ("(pid == 1, 2)", "-        ^", "a ) or an operator is missing", ""),
        ("pid in (9..1)", "        ^^^^", "nothing in it", ""),
        ("pid not 5", "        ^", "in is missing", ""),
        ("pid, ret", "   ^", "lists stand behind in", ""),
        ("1 / 0", "^^^^^", "divides by zero", ""),
        ("pid == 1 << 200", "       ^^^^^^^^", "no value", ""),
        (
            "pid == 999999999999999999999999999999999999999999", "       " + String(repeating: "^", count: 42),
            "127 bits", ""
        ),
        ("strlen(comm) == 5", "^^^^^^", "no functions", ""),
        ("pid @ 5", "    ^", "not part of an expression", ""),
        ("\"abc\"", "^^^^^", "not a condition", ""),
        ("comm + 1 == 5", "^^^^", "comm is text, and a number is needed", ""),
        ("comm == *", "        ^", "a value is missing", "quoted"),
        ("", "^", "empty", ""),
        ("pid == \u{b5}\u{202e}5", "       ^", "not part of an expression", ""),
        ("comm == \"é\" && pdi", "               ^^^", "no field pdi", "pid"),
        ("1 + not pid", "    ^^^", "not cannot stand here", ""),
        ("state == \"X*\"", "         ^^^^", "no such value", ""),
        ("daddr + 10.0.0.1 == 5", "        ^^^^^^^^", "an address", ""),
    ]

    @Test(arguments: mistakes)
    func `points at the word that is wrong`(_ text: String, _ carets: String, _ message: String, _ next: String) throws
    {
        let error = try #require(subject.error(text), "\(text)")
        #expect(Diagnostic.Label.drawing(of: error.diagnostic.labels) == [text.terminalSafe, carets], "\(error)")
        #expect(error.message.contains(message) || message.isEmpty, "\(error)")
        #expect(error.nextStep?.contains(next) ?? next.isEmpty, "\(error)")
        #expect(error.diagnostic.code == .conditionInvalid && error.diagnostic.stage == .arguments)
    }

    @Test func `the whole of a message reads as one`() throws {
        let error = try #require(subject.error("pid == 1234 && duraton_ns > 1ms"))
        #expect(
            error.description == """
                error: the condition: there is no field duraton_ns in struct event
                    pid == 1234 && duraton_ns > 1ms
                                   ^^^^^^^^^^
                  next: did you mean duration_ns?
                """)
    }

    @Test func `of a long expression the part around the mistake is shown`() throws {
        let front = (0..<100).map { "pid == \($0)" }.joined(separator: " || ")
        let error = try #require(subject.error(front + " || pdi == 1 || " + front))
        let lines = try #require(error.diagnostic.labels.first).drawing
        #expect(lines[0].hasPrefix("...") && lines[0].hasSuffix("...") && lines[0].count < 130)
        let start = try #require(lines[1].firstIndex(of: "^"))
        let distance = lines[1].distance(from: lines[1].startIndex, to: start)
        #expect(String(lines[0].dropFirst(distance).prefix(3)) == "pdi" && lines[1].count == distance + 3)
    }

    @Test func `hostile depth and length are refused, and long flat ones are not`() throws {
        for text in [
            String(repeating: "(", count: 50_000), String(repeating: "!", count: 50_000),
            String(repeating: "- ", count: 30_000),
            String(repeating: "not ", count: 15_000), String(repeating: "1+", count: 30_000) + "1",
            String(repeating: "pid in (", count: 8_000), String(repeating: "pid==", count: 12_000),
        ] {
            let error = try #require(subject.error(text))
            #expect(error.description.utf8.count < 1000)
        }
        let long = try #require(subject.error(String(repeating: "1", count: 1 << 20)))
        #expect(long.message.contains("65536 bytes") && long.description.utf8.count < 1000)
        let flat = (0..<3000).map { "pid == \($0)" }.joined(separator: " || ")
        #expect(try subject.matches(flat))
        #expect(try subject.matches("pid in (" + (0..<5000).map { "\($0 * 2)" }.joined(separator: ", ") + ")"))
    }

    @Test func `random words never trap`() throws {
        let words = [
            "pid", "ret", "comm", "state", "daddr", "saddr", "key", "key.sport", "args[2]", "args[", "wide", "high",
            "mac", "path",
            "TCP_CLOSE", "_map", "_type", "_tid", "time", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "!", "and",
            "or", "not",
            "in", "(", ")", ",", "..", "+", "-", "*", "/", "%", "&", "|", "^", "~", "<<", ">>", "1", "0", "5ms", "1.5",
            "1e9",
            "0x7fffffffffffffffffffffffffffffff", "170141183460469231731687303715884105727", "127", "\"ssh*\"",
            "\"[a-\"", "'a'",
            "'ab'", "10.0.0.1", "10.0.0.0/8", "fe80::1", "::", "true", "=", "\\", "\u{fffd}", "\"TCP_*\"", "1..5", ".5",
            "3.",
        ]
        var generator = SystemRandomNumberGenerator()
        var sound = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 1...9, using: &generator)
            let text = (0..<count).map { _ in words.randomElement(using: &generator) ?? "" }
                .joined(separator: Bool.random(using: &generator) ? " " : "")
            do throws(WhereError) {
                _ = try subject.matches(text)
                _ = try subject.matches(text, length: Int.random(in: 0...80, using: &generator))
                sound += 1
            } catch {
                let lines = Diagnostic.Label.drawing(of: error.diagnostic.labels)
                #expect(lines.count == 2 && lines[1].utf8.count <= lines[0].unicodeScalars.count + 1, "\(text)")
            }
        }
        #expect(sound > 100)
    }
}
