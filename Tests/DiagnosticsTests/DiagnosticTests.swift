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
        #expect(diagnostic.text().hasSuffix("  source: f.c:17:5\n    | x = *v;"))
        let json = diagnostic.json().line
        #expect(
            json.contains(
                #""labels":[{"role":"primary","file":"f.c","line":17,"column":5,"text":"x = *v;","end":7,"#
                    + #""message":"read here"},{"role":"secondary","#), "\(json)")
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
