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
                load-kp-bpf: error: cannot attach to sys_bpff
                  where: object prog.o, program test_prog, instruction 7
                  source: prog.c:12:3
                    | data.idx = 1;
                  why: this kernel has no function of that name
                    near: sys_bpf
                  next: write sys_bpf
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
