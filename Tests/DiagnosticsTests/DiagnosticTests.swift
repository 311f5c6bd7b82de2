// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Testing

struct DiagnosticTests {
    @Test func `text names the place, the cause and the next step, each on its line`() {
        var diagnostic = Diagnostic(
            .noSuchFunction, stage: .attach, "cannot attach to sys_bpff",
            cause: "this kernel has no function of that name",
            details: ["near: sys_bpf"], nextStep: "write sys_bpf")
        diagnostic.object = "prog.o"
        diagnostic.program = "test_prog"
        diagnostic.instruction = 7
        diagnostic.source = .init(file: "prog.c", line: 12, column: 3, text: "data.idx = 1;")
        #expect(
            diagnostic.text(tool: "load-kp-bpf") == """
                load-kp-bpf: error[no-such-function]: cannot attach to sys_bpff
                  --> prog.c:12:3
                   |
                12 | data.idx = 1;
                   |   ^
                   = where: object prog.o, program test_prog, instruction 7
                   = why: this kernel has no function of that name
                       near: sys_bpf
                   = next: write sys_bpf
                   = more: docs/diagnostics.md, no-such-function
                """)
    }

    @Test func `json carries the same and the code, on one line`() {
        var diagnostic = Diagnostic(.pinOtherKind, stage: .map, "pin is of another type", nextStep: "remove it")
        diagnostic.map = "a\"b\n"
        #expect(
            diagnostic.json(tool: "load-kp-bpf", exit: 65).line
                == #"{"tool":"load-kp-bpf","event":"error","code":"pin-other-kind","stage":"map","#
                + #""message":"pin is of another type","map":"a\"b\n","next":"remove it","exit":65}"#)
    }

    @Test func `a hint is a sentence with values in it, and json has both`() {
        var diagnostic = Diagnostic(
            .ringMemory, stage: .ring, "cannot open the ring",
            nextStep: "raise the limit: \(.raiseLimit("RLIMIT_NOFILE"), "ulimit -n 4096"), or \(.mapSize, "m", to: "1")"
        )
        #expect(diagnostic.nextStep == "raise the limit: ulimit -n 4096, or MapOptions.sizes[\"m\"] = 1")
        diagnostic.setting = Diagnostic.Setting(.mapSize)
        let short = Diagnostic.Wording { $0.name == nil ? "-m" : "-m \($0.name ?? "")=\($0.value ?? "")" }
        #expect(
            diagnostic.text(wording: short) == """
                error: -m: cannot open the ring
                  next: raise the limit: ulimit -n 4096, or -m m=1
                """)
        let json = diagnostic.json(wording: short).line
        #expect(json.contains(#""next":"raise the limit: ulimit -n 4096, or -m m=1","#), "\(json)")
        #expect(
            json.contains(
                #""actions":[{"do":"raise-limit","limit":"RLIMIT_NOFILE"},"#
                    + #"{"do":"set","setting":"map-size","name":"m","value":"1"}]"#), "\(json)")
        #expect(("a" + "b" as Diagnostic.Hint) == "ab")
    }

    @Test func `labels have a role, and the primary one is the source line`() {
        var diagnostic = Diagnostic(.verifierNullPointer, stage: .program, "the verifier rejected program f")
        diagnostic.labels = [Diagnostic.Label(file: "f.c", line: 15, text: "v = lookup();", role: .secondary)]
        diagnostic.source = Diagnostic.Label(
            file: "f.c", line: 17, columns: 5..<7, text: "x = *v;", message: "read here")
        #expect(diagnostic.labels.count == 2 && diagnostic.source?.line == 17)
        #expect(
            diagnostic.text() == """
                error[verifier-null-pointer]: the verifier rejected program f
                  --> f.c:17:5
                   |
                15 | v = lookup();
                17 | x = *v;
                   |     ^^ read here
                """)
        let json = diagnostic.json().line
        #expect(
            json.contains(
                #""labels":[{"role":"primary","file":"f.c","line":17,"column":5,"text":"x = *v;","end":7,"#
                    + #""message":"read here"},{"role":"secondary","#), "\(json)")
    }

    @Test func `places in several files, and two on one line, are drawn each with its marks`() {
        var diagnostic = Diagnostic(.verifierNullPointer, stage: .program, "refused")
        diagnostic.labels = [
            Diagnostic.Label(file: "a.c", line: 9, columns: 5..<8, text: "\tx = *yé + z;", message: "here"),
            Diagnostic.Label(file: "a.c", line: 9, columns: 11..<12, text: "\tx = *yé + z;", role: .secondary),
            Diagnostic.Label(file: "b.h", line: 120, columns: 1..<4, text: "get", role: .secondary, message: "there"),
        ]
        diagnostic.labels[0].function = "f"
        diagnostic.kernelText = ["R0 is wrong"]
        #expect(
            diagnostic.text() == """
                error[verifier-null-pointer]: refused
                   --> a.c:9:5 in f
                    |
                  9 |  x = *yé + z;
                    |     ^^^ here
                    |           -
                   ::: b.h:120:1
                    |
                120 | get
                    | --- there
                    = the kernel says: R0 is wrong
                """)
    }

    @Test func `colours are on a terminal alone, and what is foreign stays harmless`() {
        var diagnostic = Diagnostic(.verifierNullPointer, stage: .program, "refused \u{1b}[2J")
        diagnostic.labels = [Diagnostic.Label(file: "a.c", line: 1, columns: 1..<2, text: "\u{1b}[31m", message: "x")]
        let plain = diagnostic.text()
        #expect(!plain.contains("\u{1b}"))
        var coloured = diagnostic.text(isColoured: true)
        #expect(coloured.contains("\u{1b}[1;31m"))
        for sequence in ["1;31", "36", "1", "34", "0"] {
            coloured = coloured.replacing("\u{1b}[\(sequence)m", with: "")
        }
        #expect(coloured == plain, "nothing but the colours differs")
    }

    @Test(arguments: [
        ("plain é", "plain é"), ("\u{1b}[2J", #"\x1b[2J"#), ("a\u{202e}b", #"a\u{202e}b"#), ("\u{9b}31m", #"\x9b31m"#),
        ("x\ny", #"x\x0ay"#), ("\u{7f}", #"\x7f"#),
    ])
    func `control characters and bidirectional overrides never reach the terminal`(raw: String, safe: String) {
        #expect(raw.terminalSafe == safe)
    }

    @Test func `every control character is escaped in json, and a pair is written for what utf-16 splits`() {
        #expect(JSONValue.string("\u{0}\u{1f}\u{85}\u{e0001}").line == #""\u0000\u001f\u0085\udb40\udc01""#)
    }
}
