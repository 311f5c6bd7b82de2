// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Testing

@testable import BPFObject

/// What the words of a kernel and the way to a refusal say beyond the kind of the refusal.
struct VerifierCaseTests {
    private func report(_ lines: String...) -> VerifierReport {
        VerifierLog(bytes: Array((lines.joined(separator: "\n") + "\nprocessed 9 insns (limit 1000000)\n").utf8)).report
    }

    @Test(arguments: [
        ("R2 min value is negative, either use unsigned or 'var &= const'", "may be negative"),
        ("R2 unbounded memory access, use 'var &= const' or 'if (var < const)'", "has no upper bound"),
        ("func 'vfs_read' doesn't have 6-th argument\ninvalid bpf_context access off=40 size=8", "fewer arguments"),
        ("cannot write into packet", "may only read packets"),
        ("write into map forbidden, value_size=8 off=0 size=8", "may only read this map"),
        ("only read is supported", "structure of the kernel is written to"),
        ("function calls are not allowed while holding a lock", "called while a lock is held"),
        ("bpf_spin_unlock is missing", "still held here"),
        ("BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region", "still held here"),
        (
            "BPF_EXIT instruction in main prog cannot be used inside bpf_rcu_read_lock-ed region",
            "bpf_rcu_read_unlock()"
        ),
        ("tracing progs cannot use bpf_spin_lock yet", "this type of program"),
        ("bpf_timer cannot be accessed directly by load/store", "as if it were data"),
        (
            "At callback return the register R0 has value (0x2; 0x0) should have been in (0x0; 0x1)",
            "the callback returns"
        ),
        ("Expected an initialized dynptr as arg #3", "before it was made"),
        ("expected an initialized iter_num as arg #1", "before it was made"),
        ("expected prog array map for tail call", "no program array"),
    ])
    func `the words of the kernel lead to the narrower case`(words: String, title: String) {
        let report = report(words)
        #expect(report.rule?.title.contains(title) == true, "\(String(describing: report.rule?.title))")
    }

    @Test func `texts of cases are short, begin small, end without a stop, and are of a rule`() {
        let codes = Set(VerifierRule.all.map(\.code))
        for fit in VerifierRule.cases {
            #expect(codes.contains(fit.code) && !fit.marks.isEmpty)
            for text in [fit.title, fit.cause, fit.remedy] {
                #expect(!text.isEmpty && text.last != ".", "\(text)")
            }
            #expect(fit.title.utf8.count <= 90 && fit.title.first?.isUppercase == false, "\(fit.title)")
        }
    }

    @Test(arguments: [
        ("R6 invalid mem access 'inv'", "13: (63) *(u32 *)(r6 +4) = r1"),
        ("R6 invalid mem access 'scalar'", "13: (63) *(u32 *)(r6 +4) = r1"),
        ("R1 type=scalar expected=ringbuf_mem", "13: (bf) r1 = r6\n14: (85) call bpf_ringbuf_submit#132"),
    ])
    func `what is used after it was given back is told with the call that gave it back`(words: String, last: String) {
        let report = report(
            "3: (85) call bpf_ringbuf_reserve#131", "4: (bf) r6 = r0", "5: (15) if r6 == 0x0 goto pc+8",
            "6: (bf) r1 = r6", "7: (b7) r2 = 0", "8: (85) call bpf_ringbuf_submit#132", "9: (b7) r1 = 2", last, words)
        #expect(report.rule?.code == .verifierReferenceNotHeld)
        #expect(report.origin == VerifierOrigin(instruction: 8, kind: .call("bpf_ringbuf_submit")))
    }

    @Test func `a number that was never an object stays one, whatever was given back`() {
        let report = report(
            "3: (85) call bpf_get_current_task#35", "4: (bf) r6 = r0", "8: (85) call bpf_ringbuf_submit#132",
            "9: (61) r1 = *(u32 *)(r6 +4)", "R6 invalid mem access 'scalar'")
        #expect(report.rule?.code == .verifierNumberAsPointer)
        #expect(report.origin == VerifierOrigin(instruction: 3, kind: .call("bpf_get_current_task")))
    }

    @Test func `a pointer into a packet that was moved is told with the call that moved it`() {
        let way = [
            "0: (61) r6 = *(u32 *)(r1 +0)       ; R1=ctx() R6_w=pkt(r=0)", "5: (85) call bpf_xdp_adjust_head#44",
            "6: (71) r1 = *(u8 *)(r6 +12)", "R6 invalid mem access 'scalar'",
        ]
        let moved = report(way.joined(separator: "\n"))
        #expect(moved.rule?.code == .verifierPacketBounds)
        #expect(moved.origin == VerifierOrigin(instruction: 5, kind: .call("bpf_xdp_adjust_head")))
        // A helper that leaves packets alone.
        let other = report(way.joined(separator: "\n").replacing("bpf_xdp_adjust_head#44", with: "bpf_ktime_get_ns#5"))
        #expect(other.rule?.code == .verifierNumberAsPointer)
    }

    @Test func `an argument of another kind is told with its number, its kind and what is taken there`() {
        let map = report("4: (85) call bpf_map_lookup_elem#1", "R1 type=ctx expected=map_ptr").rule
        #expect(map?.title == "argument 1 of bpf_map_lookup_elem() is the context" && map?.correction == "&map")
        let format = report("9: (85) call bpf_snprintf#165", "R3 type=fp expected=map_value").rule
        #expect(format?.correction?.hasPrefix("static const char") == true)
        let room = report("9: (85) call bpf_ringbuf_submit#132", "R1 type=map_value expected=mem").rule
        #expect(room?.cause.contains("bpf_ringbuf_reserve()") == true)
        // What is not known of a call says nothing wrong.
        let other = report("R2 type=percpu_ptr_ expected=something_new").rule
        #expect(other?.correction == nil && other?.remedy.hasSuffix("something_new") == true)
    }

    @Test func `a helper that is given too many bytes is no index`() {
        let value = report(
            "12: (85) call bpf_probe_read_kernel#113",
            "invalid access to map value, value_size=8 off=0 size=64\nR1 min value is outside of the allowed memory range"
        )
        #expect(value.rule?.cause == "the call uses 64 bytes, and 8 are there")
        let stack = report(
            "2: (85) call bpf_get_current_comm#16", "invalid indirect access to stack R1 off=-16 size=64")
        #expect(stack.rule?.cause == "the call uses 64 bytes, and the stack ends after 16")
        let index = report(
            "12: (7b) *(u64 *)(r0 +0) = r1", "invalid access to map value, value_size=8 off=8 size=8")
        #expect(index.rule?.correction?.contains("index") == true)
    }

    @Test(arguments: [
        "invalid write to stack R10 off=-600 size=8", "invalid stack off=-600 size=8",
        "invalid write to stack R10 off=-9223372036854775808 size=8",
    ])
    func `what is more than 512 bytes below the top is a stack that is too large`(words: String) {
        #expect(report("0: (7b) *(u64 *)(r10 -600) = r1", words).rule?.code == .verifierStackSize)
    }

    @Test(arguments: [
        (
            "At program exit the register R0 has value (0x5; 0x0) should have been in (0x0; 0x1)",
            "5 is returned, and 0 to 1"
        ),
        ("At program exit the register R0 has smin=5 smax=5 should have been in [0, 1]", "5 is returned, and 0 to 1"),
        ("At program exit the register R0 has smin=0 smax=9 should have been in [-4095, 0]", "0 to 9 is returned"),
        (
            "At program exit the register R0 has unknown scalar value should have been in [0, 1]",
            "any number is returned"
        ),
        ("At program exit the register R0 has value (0x5; 0x0) should have been in (0x0; 0x3)", "0 to 3 may be"),
    ])
    func `what is returned is told beside what may be`(words: String, cause: String) {
        #expect(report("9: (95) exit", words).rule?.cause.contains(cause) == true)
    }

    @Test func `a lookup in a map without keys is no matter of sizes`() {
        let keyless = report("4: (85) call bpf_map_lookup_elem#1", "invalid zero-sized read").rule
        #expect(keyless?.title.contains("no keys") == true && keyless?.code == .verifierZeroSize)
        let length = report("4: (85) call bpf_get_current_comm#16", "R2 invalid zero-sized read: u64=[0,15]").rule
        #expect(length?.correction == "if (length == 0) return 0;")
    }

    @Test func `a tail call by a map of another type is known by the call where the words are of no help`() {
        let old = report("6: (85) call bpf_tail_call#12", "kernel subsystem misconfigured verifier")
        #expect(old.rule?.code == .verifierTailCall)
        #expect(report("6: (85) call bpf_map_lookup_elem#1", "kernel subsystem misconfigured verifier").rule == nil)
    }

    @Test func `figures that follow a reason without an end of line are not part of it`() {
        let text =
            "6: (85) call bpf_tail_call#12\nexpected prog array map for tail callprocessed 3 insns (limit 1000000) max"
        #expect(VerifierLog(bytes: Array(text.utf8)).reason == ["expected prog array map for tail call"])
        let other = "R1 type=fp expected=processed thing\n"
        #expect(VerifierLog(bytes: Array(other.utf8)).reason == ["R1 type=fp expected=processed thing"])
    }

    @Test(arguments: [
        ("bpf_ringbuf_reserve", "bpf_ringbuf_discard($value, 0);"), ("bpf_sk_lookup_udp", "bpf_sk_release($value);"),
        ("bpf_ringbuf_reserve_dynptr", "bpf_ringbuf_discard_dynptr(&$value, 0);"),
        ("bpf_task_from_pid", "bpf_task_release($value);"), ("bpf_cpumask_create", "bpf_cpumask_release($value);"),
        ("bpf_iter_num_new", "bpf_iter_num_destroy(&$value);"),
    ])
    func `what a call gives is given back by the call that goes with it`(call: String, statement: String) {
        #expect(VerifierEnd.statement(for: call) == statement)
    }

    @Test func `calls that acquire nothing are given nothing back`() {
        #expect(VerifierEnd.statement(for: "bpf_map_lookup_elem") == nil && !VerifierEnd.acquires("bpf_ktime_get_ns"))
    }

    @Test(arguments: [
        ("\treturn skb->sk->family == 2;", 18, "skb->sk"), ("\tfound->slots[3] = 1;", 9, nil),
        ("\t*start = 2;", 9, nil),
    ])
    func `the pointer behind the last arrow is the one to check`(text: String, column: Int, pointer: String?) {
        let label = Diagnostic.Label(file: "a.c", line: 1, column: column, text: text)
        #expect(SourceExpression(label)?.pointer == pointer)
    }
}
