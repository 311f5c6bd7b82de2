// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import TestSupport
import Testing

@testable import BPFObject

/// Logs of several kernels as values.
struct VerifierReportTests {
    private func report(_ text: String) -> VerifierReport { VerifierLog(bytes: Array(text.utf8)).report }

    /// As 5.10 writes it: states of registers where the walk begins and branches.
    private static let old = """
        Validating helper_function() func#1...
        17: R1=invP(id=0) R10=fp0
        17: (bf) r0 = r1
        18: (95) exit
        Func#1 is safe for any args that match its prototype
        0: R1=ctx(id=0,off=0,imm=0) R10=fp0
        ; __u32 key = 0;
        0: (b7) r1 = 0
        1: (63) *(u32 *)(r10 -4) = r1
        2: (bf) r2 = r10
        3: (07) r2 += -4
        ; value = bpf_map_lookup_elem(&map, &key);
        4: (18) r1 = 0xffff888100ab0000
        6: (85) call bpf_map_lookup_elem#1
        7: (7b) *(u64 *)(r10 -16) = r0
        ; if (number > 3)
        8: (25) if r6 > 0x3 goto pc+2
         R0_w=map_value_or_null(id=1,off=0,ks=4,vs=8,imm=0) R6=inv(id=0,umax_value=3,var_off=(0x0; 0x3)) R10=fp0
        ; *value += 1;
        9: (79) r1 = *(u64 *)(r10 -16)
        10: (79) r2 = *(u64 *)(r1 +0)
        R1 invalid mem access 'map_value_or_null'
        processed 10 insns (limit 1000000) max_states_per_insn 0 total_states 2 peak_states 2 mark_read 1

        """

    @Test func `a log of 5_10 gives the reason, the instruction, the path and the figures`() {
        let report = report(Self.old)
        #expect(report.reason == ["R1 invalid mem access 'map_value_or_null'"])
        #expect(report.instruction == 10 && report.register == 1)
        #expect(report.steps.first == VerifierStep("0: (b7) r1 = 0"), "what was validated before does not lead here")
        #expect(report.steps.count == 10)
        #expect(
            report.path.map(\.text) == [
                "__u32 key = 0;", "value = bpf_map_lookup_elem(&map, &key);", "if (number > 3)", "*value += 1;",
            ])
        #expect(report.figures.processed == 10 && report.figures.limit == 1_000_000 && report.figures.states == 2)
        #expect(report.rule?.code == .verifierNullPointer)
    }

    @Test func `a value is followed through the stack to the call that gave it`() {
        #expect(report(Self.old).origin == VerifierOrigin(instruction: 6, kind: .call("bpf_map_lookup_elem")))
    }

    @Test func `what an instruction wrote is not known any more where the log does not tell it`() {
        let registers = report(Self.old).registers
        #expect(registers.first { $0.number == 1 } == nil, "the load behind the state wrote R1")
        #expect(registers.first { $0.number == 6 }?.words == "a number from 0 to 3")
        #expect(registers.first { $0.number == 0 }?.words == "an address in a value of 8 bytes, or NULL")
    }

    /// As 6.12 writes it: states behind instructions, files and lines behind the quotes.
    private static let new = """
        0: R1=ctx() R10=fp0
        ; __u32 index = ctx->args[0]; @ prog.bpf.c:14
        0: (79) r6 = *(u64 *)(r1 +16)         ; R1=ctx() R6_w=scalar()
        ; value = bpf_map_lookup_elem(&map, &key); @ prog.bpf.c:15
        1: (85) call bpf_map_lookup_elem#1    ; R0_w=map_value_or_null(id=1,map=counts,ks=4,vs=64)
        2: (15) if r0 == 0x0 goto pc+4        ; R0_w=map_value(map=counts,ks=4,vs=64)
        ; value->counts[index]++; @ prog.bpf.c:18
        3: (0f) r0 += r6                      ; R0_w=map_value(map=counts,ks=4,vs=64,smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff)) R6=scalar(smin=0,smax=umax=0xffffffff)
        4: (79) r1 = *(u64 *)(r0 +0)
        R0 unbounded memory access, make sure to bounds check any such access
        processed 5 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0

        """

    @Test func `a log of 6_12 has states behind the instructions and places behind the quotes`() {
        let report = report(Self.new)
        #expect(report.rule?.code == .verifierUnboundedIndex && report.instruction == 4)
        #expect(report.path.last == .init(text: "value->counts[index]++;", file: "prog.bpf.c", line: 18))
        #expect(
            report.state(ofRegister: 0)?.words
                == "an address in a value of 64 bytes of map counts at offset 0 to 0xffffffff")
        #expect(report.state(ofRegister: 6)?.words == "a number from 0 to 0xffffffff")
        #expect(report.state(ofRegister: 1) == nil, "a call takes away its arguments")
        #expect(
            report.origin == VerifierOrigin(instruction: 0, kind: .load), "the index, and not the address, is meant")
    }

    @Test func `a statement of 7_3 stands beside the words that older kernels have`() {
        let text = """
            0: (79) r0 = *(u64 *)(r2 +0)
            R2 !read_ok

            Verification failed: Register Type Safety: Unreadable register

            Reason:
              R2 has never been initialized on this path.

            Suggestion:
              Initialize R2.

            processed 1 insns (limit 1000000)

            """
        let report = report(text)
        #expect(report.rule?.code == .verifierRegisterUnset)
        #expect(report.statement?.suggestion == "Initialize R2.")
        #expect(report.figures.processed == 1)
    }

    @Test(arguments: [
        ("back-edge from insn 7 to 2\nprocessed 0 insns (limit 1000000)", 7), ("unreachable insn 3\n", 3),
        ("jump out of range from insn 4 to 90\n", 4),
        ("8: (05) goto pc-3\ninfinite loop detected at insn 5\nprocessed 20 insns\n", 5),
    ])
    func `what is found before the walk names its instruction`(text: String, instruction: Int) {
        #expect(report(text).instruction == instruction)
    }

    @Test func `what is not given back leads to the call that acquired it`() {
        let text = """
            8: (85) call bpf_ringbuf_reserve#131   ; R0=ringbuf_mem_or_null(id=2,ref_obj_id=2,sz=16) refs=2
            9: (b7) r0 = 0
            10: (95) exit
            Unreleased reference id=2 alloc_insn=8
            processed 11 insns (limit 1000000)
            """
        let report = report(text)
        #expect(report.rule?.code == .verifierReferenceLeak)
        #expect(report.origin == VerifierOrigin(instruction: 8, kind: .call("bpf_ringbuf_reserve")))
    }

    @Test(arguments: [
        ("R1=inv(id=0)", "a number of which nothing is known"), ("R1_w=invP5", "the number 5"),
        ("R1=0x10", "the number 16"),
        ("R1_rw=ctx()", "the context, which the program is given"), ("R2=fp-8", "an address on the stack (fp-8)"),
        ("R3=pkt(r=14)", "an address in the packet, of which 14 bytes are checked"),
        ("R3=pkt_end()", "the end of the packet"),
        ("R1=trusted_ptr_task_struct()", "a pointer to the kernel's task_struct"),
        ("R1=untrusted_ptr_file(off=8)", "an untrusted pointer to the kernel's file"),
        ("R1=ptr_or_null_task_struct(id=2)", "a pointer to the kernel's task_struct, or NULL"),
        ("R0=mem(id=0,sz=16,off=4)", "an address in memory of 16 bytes at offset 4"),
        ("R0=scalar(smin=smin32=-4095,smax=smax32=0)", "a number from -4095 to 0"), ("R1=strange(x=1)", "strange(x=1)"),
    ])
    func `the states of registers are told in words`(text: String, words: String) throws {
        let register = try #require(VerifierRegister.all(in: text[...]).first)
        #expect(register.words == words)
    }

    @Test func `a log is read without a trap whatever is in it`() {
        var numbers = SeededNumbers(seed: 41)
        for whole in [Self.old, Self.new] {
            let bytes = Array(whole.utf8)
            for count in stride(from: 0, to: bytes.count, by: 7) {
                let report = VerifierLog(bytes: bytes.prefix(count)).report
                _ = (report.origin, report.register, report.registers.map(\.words))
            }
            for _ in 0..<100 {
                var bytes = bytes
                for _ in 0..<6 {
                    bytes[Int.random(in: bytes.indices, using: &numbers)] = .random(in: 1...255, using: &numbers)
                }
                let report = VerifierLog(bytes: bytes).report
                #expect(report.registers.count <= 11)
                _ = (report.origin, report.register, report.registers.map(\.words))
            }
        }
    }

    @Test func `of a huge log the end is read, and memory stays small`() {
        var text = "0: R1=ctx() R10=fp0\n"
        for index in 0..<60_000 { text += "; loop @ prog.c:\(index % 7)\n\(index % 50): (07) r1 += 1\n" }
        text += "BPF program is too large. Processed 1000001 insn\nprocessed 1000001 insns (limit 1000000)\n"
        let report = report(text)
        #expect(report.rule?.code == .verifierTooComplex && report.figures.processed == 1_000_001)
        #expect(report.steps.count <= 8192 && report.path.count <= 128)
    }
}

/// The underlines of a line of C, and the names in it.
struct SourceExpressionTests {
    private func expression(_ text: String, at mark: String) throws -> SourceExpression {
        let place = try #require(text.firstRange(of: mark))
        let column = text[..<place.lowerBound].utf8.count + 1
        return try #require(SourceExpression(Diagnostic.Label(file: "a.c", line: 1, column: column, text: text)))
    }

    @Test(arguments: [
        ("\tduration = now - *start;", "*start", "*start"),
        ("    start = bpf_map_lookup_elem(&exec_start, &pid);", "bpf_map", "bpf_map_lookup_elem(&exec_start, &pid)"),
        ("  e->value = task->mm->pgd;", "task", "task->mm->pgd"), ("  x = y[i + 1].z;", "y", "y[i + 1].z"),
        ("  return given->count;", "count", "given->count"), ("  if (a > (b->c.d))", "d", "b->c.d"),
        ("  *p = 1;", "=", "*p"), ("\tfound->slots[i + 1] += 1;", "+=", "found->slots[i + 1]"),
        ("if (a == b)", "==", "=="), ("  if (a && b) {", "if", "if (a && b)"),
        ("  return x + 1;", "return", "return x + 1"),
        ("  call(a, // more", "call", "call(a, // more"), ("é é = *start;", "*start", "*start"),
        ("x += 2;", "+=", "x"), ("  f((u64 *)(p)[0] = 1);", "=", "(u64 *)(p)[0]"),
    ])
    func `an expression ends where it ends in C`(text: String, mark: String, expected: String) throws {
        #expect(try expression(text, at: mark).text == expected)
    }

    @Test func `the names of variables are found`() throws {
        let call = try expression("  struct e *start = bpf_map_lookup_elem(&map, &key);", at: "bpf_map")
        #expect(
            call.target == "start" && call.argument(2) == "key" && call.argument(1) == "map" && call.argument(3) == nil)
        #expect(call.variable == nil)
        #expect(try expression("  if (x == lookup(1))", at: "lookup").target == nil)
        #expect(try expression("  duration = now - *start;", at: "*start").variable == "start")
        #expect(try expression("  e->p = get();", at: "get").target == "e->p")
        #expect(try expression("  return 1;", at: "return").variable == nil)
    }

    @Test func `a column beyond the line, or none, is no expression`() {
        #expect(SourceExpression(Diagnostic.Label(file: "a.c", line: 1, column: 40, text: "x;")) == nil)
        #expect(SourceExpression(Diagnostic.Label(file: "a.c", line: 1, column: 0, text: "x;")) == nil)
    }
}
