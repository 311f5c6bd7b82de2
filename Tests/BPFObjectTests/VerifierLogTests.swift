// SPDX-License-Identifier: Apache-2.0

import BPFObject
import TestSupport
import Testing

struct VerifierLogTests {
    private static let old = """
        ; int test_prog(struct pt_regs *ctx)
        0: (79) r1 = *(u64 *)(r1 +4096)
        invalid bpf_context access off=4096 size=8
        processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0

        """

    @Test func `the line before the statistics is the reason, and the last instruction is where`() {
        let log = VerifierLog(bytes: Array(Self.old.utf8) + [0, 65, 66])
        #expect(log.reason == ["invalid bpf_context access off=4096 size=8"])
        #expect(log.instruction == 0)
        #expect(log.text == Self.old)
    }

    @Test(arguments: [
        ("0: R1=ctx() R10=fp0\n0: (bf) r0 = r2\nR2 !read_ok\nprocessed 1 insns (limit 1000000)", ["R2 !read_ok"]),
        (
            "R1=ctx(id=0,off=0,imm=0) R10=fp0\n3: (85) call bpf_get_prandom_u32#7\nR1 type=inv expected=ctx\n",
            ["R1 type=inv expected=ctx"]
        ),
        (
            "12: (85) call 195896080\ninvalid func unknown#195896080\nprocessed 3 insns (limit 1000000)\n",
            ["invalid func unknown#195896080"]
        ),
        ("btf_vmlinux is malformed\nR1 type=ctx expected=fp\n", ["btf_vmlinux is malformed"]),
        ("unreachable insn 3\n", ["unreachable insn 3"]),
        ("", []),
    ])
    func `the reason is found in logs of old and new kernels`(text: String, reason: [String]) {
        #expect(VerifierLog(bytes: Array(text.utf8)).reason == reason)
    }

    @Test func `bytes that are not text do not stop the reading`() {
        #expect(VerifierLog(bytes: [0xff, 0xfe, 0x0a, 0x41]).reason == ["\u{fffd}\u{fffd}", "A"])
    }

    /// What Linux 7.3 writes: the old lines, and then the report.
    private static let new = """
        0: R1=ctx() R10=fp0
        ; return *(u64 *)x @ p.c:7
        2: (79) r0 = *(u64 *)(r2 +0)
        R2 !read_ok

        Verification failed: Register Type Safety: Unreadable register

        Reason:
          R2 has never been initialized on this path, so the verifier
          cannot use it as an input.

        At:
          p @ p.c:7:9
          Source context:
          >>> 7 | return *(u64 *)x
                | ^-- error: R2 is not readable
          Instruction context:
                1 | (b7) r1 = 0
          >>> 2 | (79) r0 = *(u64 *)(r2 +0)
                3 | (95) exit

        Causal path:
          branch at insn 1: condition is true
          p @ p.c:6:2

        Suggestion:
          Initialize R2 on every path before this instruction.

        processed 3 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0

        """

    @Test func `a statement of later kernels is read section by section, and the old line is still there`() throws {
        let log = VerifierLog(bytes: Array(Self.new.utf8))
        #expect(log.reason == ["R2 !read_ok"])
        let report = try #require(log.statement)
        #expect(report.category == "Register Type Safety")
        #expect(report.problem == "Unreadable register")
        #expect(
            report.reason
                == "R2 has never been initialized on this path, so the verifier cannot use it as an input.")
        #expect(report.suggestion == "Initialize R2 on every path before this instruction.")
        #expect(report.path == ["branch at insn 1: condition is true", "p @ p.c:6:2"])
        #expect(report.instruction == 2)
        #expect(log.instruction == 2)
    }

    @Test func `a statement without a path, a suggestion or source lines has those empty`() throws {
        let text = """
            Verification failed: Program Structure: Unreachable instruction

            Reason:
              Instruction 3 cannot be reached.

            At:
              insn 3
                    | ^-- error: unreachable
              Instruction context:
              >>> 3 | (95) exit

            Causal path:
              no retained diagnostic events on this path

            """
        let report = try #require(VerifierLog(bytes: Array(text.utf8)).statement)
        #expect(report.reason == "Instruction 3 cannot be reached.")
        #expect(report.suggestion.isEmpty)
        #expect(report.path.isEmpty)
        #expect(report.instruction == 3)
    }

    @Test func `a log of an older kernel has no statement`() {
        #expect(VerifierLog(bytes: Array(Self.old.utf8)).statement == nil)
    }

    @Test func `a statement that is cut or shuffled at any byte is read without a trap`() {
        var numbers = SeededNumbers(seed: 18)
        let bytes = Array(Self.new.utf8)
        for count in 0...bytes.count {
            let log = VerifierLog(bytes: bytes.prefix(count))
            _ = (log.reason, log.statement, log.instruction)
        }
        for _ in 0..<300 {
            var lines = Self.new.split(separator: "\n", omittingEmptySubsequences: false)
            lines.shuffle(using: &numbers)
            var text = Array(lines.joined(separator: "\n").utf8)
            for _ in 0..<4 {
                text[Int.random(in: text.indices, using: &numbers)] = .random(in: 0...255, using: &numbers)
            }
            let log = VerifierLog(bytes: text)
            if let report = log.statement { #expect(report.reason.utf8.count <= 3 * text.count) }
            #expect(log.reason.count <= 3)
            _ = log.instruction
        }
    }
}
