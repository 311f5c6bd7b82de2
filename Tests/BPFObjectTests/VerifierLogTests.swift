// SPDX-License-Identifier: Apache-2.0

import BPFObject
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
        ("Verification failed:\n  At: 3\nReason: R2 is not initialised \nSuggestion: x\n", ["R2 is not initialised"]),
        ("unreachable insn 3\n", ["unreachable insn 3"]),
        ("", []),
    ])
    func `the reason is found in logs of old and new kernels`(text: String, reason: [String]) {
        #expect(VerifierLog(bytes: Array(text.utf8)).reason == reason)
    }

    @Test func `bytes that are not text do not stop the reading`() {
        #expect(VerifierLog(bytes: [0xff, 0xfe, 0x0a, 0x41]).reason == ["\u{fffd}\u{fffd}", "A"])
    }
}
