// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Diagnostics
import EventDecoding
import Testing

/// The parts of a template in words.
private func parts(_ text: String) throws -> [String] {
    try Template(parsing: text).parts.map { part in
        switch part {
        case .literal(let bytes): String(decoding: bytes, as: UTF8.self)
        case .field(let field): words(field)
        }
    }
}

private func words(_ field: FieldReference) -> String {
    var words = "<\(field.name)>"
    if let format = field.format { words += " as \(format)" }
    if let padding = field.padding { words += " \(padding.alignment) \(padding.width)" }
    return words
}

private func failure(_ text: String) -> TemplateError? {
    #expect(throws: TemplateError.self, "\(text)") { try Template(parsing: text) }
}

struct TemplateTests {
    @Test func `a template is literals and fields`() throws {
        #expect(
            try parts("{time:iso} {comm} {pid} {filename}") == [
                "<time> as iso", " ", "<comm>", " ", "<pid>", " ", "<filename>",
            ])
        #expect(
            try parts("pid={pid:>7}, {key.saddr:ip4:<15}|{args[2]:hex}") == [
                "pid=", "<pid> right 7", ", ", "<key.saddr> as ip4 left 15", "|", "<args[2]> as hex",
            ])
        #expect(try parts(#"{{{a}}} \t\n\\ {{}}"#) == ["{", "<a>", "} \t\n\\ {}"])
        #expect(try parts("") == [] && parts("é漢") == ["é漢"])
        #expect(try Template(parsing: "x {pid} {comm:comm}").fields.map(\.place) == [3..<6, 9..<13])
        #expect(try parts("{ pid }") == ["<pid>"])
    }

    @Test(
        arguments: [
            ("{pid", .openBrace, 0..<1), ("a } b", .closingBrace, 2..<3), ("{}", .noName, 1..<2),
            ("{:hex}", .noName, 1..<5),
            ("{pid:hexx}", .format("hexx"), 5..<9), ("{pid:}", .format(""), 5..<6), ("{pid:>}", .width, 5..<6),
            ("{pid:>x}", .width, 5..<7),
            ("{pid:hex:8}", .width, 9..<10), ("{pid:>0}", .width, 5..<7), ("{pid:>99999}", .width, 5..<11),
            ("{pid:>99999999999999999999}", .width, 5..<26), ("{pid:>8:<9}", .tooMuch, 8..<10),
            ("{a:hex:>8:x}", .tooMuch, 9..<11),
            (#"\e[31m"#, .escape, 0..<2), (#"x\x1b"#, .escape, 1..<3), (#"x\"#, .escape, 1..<2),
            ("a\u{1b}[31m", .control, 1..<2),
            ("\u{202e}", .control, 0..<1), ("{a{b}", .name, 2..<3), ("{a b}", .name, 2..<3),
            ("{a\u{1b}}", .name, 2..<3), ("{pid}}", .closingBrace, 5..<6),
        ] as [(String, TemplateError.Reason, Range<Int>)])
    func `what is wrong with a template is told with its place`(
        text: String, reason: TemplateError.Reason, place: Range<Int>
    ) {
        let error = failure(text)
        #expect(error?.reason == reason && error?.place == place)
        #expect(error?.diagnostic.stage == .arguments && error?.diagnostic.nextStep != nil)
    }

    @Test func `the caret stands under the place, as wide as it is`() {
        #expect(
            failure("漢{pid:ktme} x")?.description == """
                error: there is no format 'ktme'
                  why: the formats are dec, hex, oct, bin, ip4, ip6, mac, port, comm, iso, ktime, ns, ksym, errno, ret, syscall, \
                bytes, flags, be, signal, sigset, uid, gid, mode, openflags, prot, mapflags, family, socktype, protocol, tcpstate, \
                ethertype, endpoint, dev, userdev, cgroup, unit, container, cap, caps, clone, stack, stackid, \
                kstack, ustack, buildid
                    漢{pid:ktme} x
                           ^^^^
                  next: did you mean 'ktime'?
                """)
        // A character that is shown escaped takes the columns of its escape.
        let error = TemplateError(.unknownField("pod", among: ["pid", "comm"]), in: "\u{1b}{pod}", at: 2..<5)
        #expect(
            error.description == #"""
                error: there is no field 'pod'
                  why: the fields are pid, comm
                    \x1b{pod}
                         ^^^
                  next: did you mean 'pid'?
                """#)
        let misfit = TemplateError(
            .unfit(.unfit(.ip4, field: "comm", .text(count: 16), bytes: 16)), in: "{comm:ip4}", at: 1..<5)
        #expect(misfit.diagnostic.message == "format 'ip4' does not fit 'comm'")
        #expect(TemplateError(.width, in: "", at: 3..<9).diagnostic.labels.map(\.drawing) == [["", "^"]])
    }

    @Test func `a list of fields is read like the insides of braces`() throws {
        #expect(
            try Template.fields(parsing: "time:iso, comm,pid:>7").map(words) == [
                "<time> as iso", "<comm>", "<pid> right 7",
            ])
        #expect(try Template.fields(parsing: "a, b").map(\.place) == [0..<1, 3..<4])
        for (text, place) in [("", 0..<1), ("a,,b", 2..<3), ("a,", 2..<3), (" , a", 1..<2)] {
            let error = #expect(throws: TemplateError.self, "\(text)") { try Template.fields(parsing: text) }
            #expect(error?.reason == .noName && error?.place == place, "\(text)")
        }
        let error = #expect(throws: TemplateError.self) { try Template.fields(parsing: "pid:hexa") }
        #expect(error?.reason == .format("hexa") && error?.place == 4..<8)
    }

    @Test func `any text is a template or an error that can be shown`() {
        var generator = SeededNumbers(seed: 4)
        for _ in 0..<2000 {
            let noise = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                ["{", "}", ":", "\\", ">", "<", "8", "pid", "hex", " ", ",", "é", "\u{1b}", "n"].randomElement(
                    using: &generator) ?? ""
            }.joined()
            do {
                for case .literal(let bytes) in try Template(parsing: noise).parts {
                    #expect(HostileText.harm(in: bytes, allowing: [9, 10]) == nil)
                }
            } catch {
                #expect(HostileText.harm(in: Array(error.description.utf8), allowing: [10]) == nil)
            }
        }
    }
}

struct ColourModeTests {
    @Test func `colour is for terminals that can, and only if nobody minds`() {
        func auto(_ isTerminal: Bool, _ environment: [String: String]) -> Bool {
            ColourMode.auto.isOn(isTerminal: isTerminal) { environment[$0] }
        }
        #expect(auto(true, ["TERM": "xterm"]) && auto(true, ["TERM": "xterm", "NO_COLOR": ""]))
        #expect(!auto(true, ["TERM": "xterm", "NO_COLOR": "1"]) && !auto(true, ["TERM": "dumb"]) && !auto(true, [:]))
        #expect(!auto(false, ["TERM": "xterm"]) && !auto(true, ["TERM": ""]))
        #expect(
            ColourMode.always.isOn(isTerminal: false) { _ in "1" }
                && !ColourMode.never.isOn(isTerminal: true) { _ in "xterm" })
        #expect(ColourMode.allCases.map(\.rawValue) == ["auto", "always", "never"])
    }
}
