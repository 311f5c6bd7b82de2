// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Testing

@testable import BPFObject

/// What the way to a refusal tells, in logs of 5.10 and 6.18 of programs with usual mistakes.
struct VerifierWayTests {
    private func report(_ text: String) -> VerifierReport {
        VerifierLog(bytes: Array((text + "\nprocessed 20 insns (limit 1000000)\n").utf8)).report
    }

    // MARK: - Sizes

    @Test(arguments: [
        "R2 is not a known constant'", "R2 unbounded size, use 'var &= const' or 'if (var < const)'",
    ])
    func `room of a variable size in a ring buffer is no matter of bounds, whatever the kernel says`(words: String) {
        let report = report(
            """
            0: R1=ctx() R10=fp0
            0: (79) r2 = *(u64 *)(r1 +96)         ; R1=ctx() R2=scalar()
            1: (a5) if r2 < 0x100 goto pc+1 3: R1=ctx() R2=scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff)) R10=fp0
            4: (18) r1 = 0xffff88817010ea00       ; R1=map_ptr(map=rb,ks=0,vs=0)
            6: (b7) r3 = 0                        ; R3=0
            7: (85) call bpf_ringbuf_reserve#131
            \(words)
            """)
        #expect(report.rule?.code == .verifierArgumentType)
        #expect(report.rule?.title == "argument 2 of bpf_ringbuf_reserve() must be a constant")
        #expect(report.rule?.remedy.contains("bpf_ringbuf_output()") == true && report.rule?.correction == nil)
    }

    @Test(arguments: [
        ("R2=scalar()", "has no upper bound"), ("R2=scalar(smax32=63)", "may be negative"),
        ("R2=scalar(umin=1)", "has no upper bound"), ("R2=inv(id=0,s32_max_value=63)", "may be negative"),
        ("R2=scalar(smin=0xffffffff80000000,smax=0x7fffffff)", "may be negative"), ("R2=-5", "may be negative"),
    ])
    func `a size may be negative where it has a bound above, and has none where nothing is known`(
        state: String, title: String
    ) {
        let report = report(
            """
            13: R1=ctx() \(state) R10=fp0
            13: (bf) r1 = r6                      ; R1=fp-64 R6=fp-64
            14: (85) call bpf_probe_read_user#112
            R2 min value is negative, either use unsigned or 'var &= const'
            """)
        #expect(report.rule?.code == .verifierSizeRange && report.rule?.title.contains(title) == true)
    }

    @Test func `where an old kernel tells no state, a copy is followed to the load that nothing bounds`() {
        let words = "R2 min value is negative, either use unsigned or 'var &= const'"
        let loaded = report(
            "0: (79) r6 = *(u64 *)(r1 +96)\n1: (bf) r2 = r6\n2: (85) call bpf_probe_read_user#112\n" + words)
        #expect(loaded.rule?.title.contains("no upper bound") == true)
        // What was computed may have a bound that the log does not tell.
        let computed = report("1: (0f) r2 += r3\n2: (85) call bpf_probe_read_user#112\n" + words)
        #expect(computed.rule?.title.contains("may be negative") == true)
    }

    // MARK: - What is returned

    @Test(arguments: [
        ("has value (0xffffffff; 0x0) should have been in (0x0; 0x1)", "-1 is returned, and 0 to 1 may be"),
        ("has smin=4294967295 smax=4294967295 should have been in [0, 1]", "-1 is returned, and 0 to 1 may be"),
        ("has smin=-1 smax=-1 should have been in [0, 1]", "-1 is returned"),
        ("has value (0x0; 0xffffffff) should have been in (0x0; 0x0)", "any number of 32 bits is returned, and 0 may"),
        ("has value (0x0; 0x7) should have been in (0x0; 0x1)", "0 to 7 is returned"),
        ("has value (0x1; 0x6) should have been in (0x0; 0x0)", "any number is returned"),
        ("has value (0x2) should have been in (0x0; 0x0)", "any number is returned"),
    ])
    func `what is returned is a number of 32 bits with its sign`(words: String, cause: String) {
        let report = report("9: (95) exit\nAt program exit the register R0 " + words)
        #expect(report.rule?.cause.contains(cause) == true, "\(String(describing: report.rule?.cause))")
    }

    // MARK: - What was never set

    @Test func `an argument that a program does not have is told as that`() {
        let report = report("0: R1=ctx() R10=fp0\n0: (bc) w3 = w2\nR2 !read_ok")
        #expect(report.rule?.code == .verifierRegisterUnset && report.rule?.isOfArgument == true)
        #expect(report.rule?.title.contains("one argument, the context: argument 2") == true)
    }

    @Test(arguments: [
        // Written on the way, taken away by a call, of a function that is checked by itself, and no argument.
        "0: (b7) r2 = 1\n1: (bc) w3 = w2\nR2 !read_ok", "0: (85) call bpf_ktime_get_ns#5\n1: (bc) w3 = w2\nR2 !read_ok",
        "17: (bc) w3 = w2\nR2 !read_ok", "0: (bc) w3 = w6\nR6 !read_ok",
    ])
    func `any other value that was never set is not taken for an argument`(text: String) {
        #expect(report(text).rule?.title == "a value is used that was never set")
    }

    @Test func `a function that ends without a return is told as that`() {
        let report = report("4: (7b) *(u64 *)(r1 +0) = r2\n5: (95) exit\nR0 !read_ok")
        #expect(report.rule?.title == "the function ends without returning a value")
        #expect(report.rule?.correction == "return 0;")
    }

    // MARK: - Helpers, maps, stack

    @Test func `a helper for another type of map is named with the type and with what is for it`() {
        let events = report(
            "11: (85) call bpf_perf_event_output#25\ncannot pass map_type 27 into func bpf_perf_event_output#25")
        #expect(events.rule?.title == "bpf_perf_event_output() is not for maps of type ringbuf")
        #expect(events.rule?.correction?.hasPrefix("bpf_ringbuf_output(") == true)
        let room = report("cannot pass map_type 4 into func bpf_ringbuf_output#130")
        #expect(room.rule?.correction?.hasPrefix("bpf_perf_event_output(") == true)
        let other = report("cannot pass map_type 1 into func bpf_perf_event_output#25")
        #expect(other.rule?.title.hasSuffix("maps of type hash") == true && other.rule?.correction == nil)
        #expect(report("cannot pass map_type 99999999999 into func x#1").rule?.code == .verifierMapType)
    }

    @Test func `a helper for programs under the GPL is named`() {
        let report = report(
            "6: (85) call bpf_probe_read_kernel#113\ncannot call GPL-restricted function from non-GPL compatible program"
        )
        #expect(report.rule?.title == "bpf_probe_read_kernel() is for programs under the GPL")
    }

    @Test func `a tail call with too much stack is a matter of the stack`() {
        let report = report("tail_calls are not allowed when call stack of previous frames is 304 bytes. Too large")
        #expect(report.rule?.code == .verifierTailCall && report.rule?.title.contains("256 bytes of stack") == true)
        #expect(report.rule?.cause.hasSuffix("use 304") == true && report.rule?.correction == nil)
    }

    @Test func `a timer in a map is not answered with an atomic addition`() {
        let timer = report("tracing progs cannot use bpf_timer yet").rule
        #expect(timer?.correction == nil && timer?.remedy.contains("start the timer") == true)
        #expect(report("tracing progs cannot use bpf_spin_lock yet").rule?.correction?.hasPrefix("__sync") == true)
    }

    @Test func `a function that cannot be modified is told with those that can`() {
        let rule = report("vfs_read() is not modifiable").rule
        #expect(rule?.code == .verifierAttachTarget && rule?.remedy.contains("lsm") == true)
    }

    @Test func `a pointer into a packet that an old kernel calls a number after the move is still one`() {
        let way = """
            1: (61) r2 = *(u32 *)(r1 +4)
            2: (61) r6 = *(u32 *)(r1 +0)
            3: (bf) r3 = r6
            4: (07) r3 += 14
            5: (2d) if r3 > r2 goto pc+8
             R0_w=inv2 R1=ctx(id=0,off=0,imm=0) R2_w=pkt_end(id=0,off=0,imm=0) R3_w=pkt(id=0,off=14,r=14,imm=0) R6_w=pkt(id=0,off=0,r=14,imm=0) R10=fp0
            7: (85) call bpf_xdp_adjust_head#44
            8: (bf) r1 = r0
            10: (55) if r1 != 0x0 goto pc+3
             R0=inv1 R1=inv0 R6=inv(id=0) R10=fp0
            12: (6b) *(u16 *)(r6 +12) = r1
            R6 invalid mem access 'inv'
            """
        let moved = report(way)
        #expect(moved.rule?.code == .verifierPacketBounds)
        #expect(moved.origin == VerifierOrigin(instruction: 7, kind: .call("bpf_xdp_adjust_head")))
        // A number that was written into the register since is none.
        let number = report(way.replacing("8: (bf) r1 = r0", with: "8: (61) r6 = *(u32 *)(r1 +8)"))
        #expect(number.rule?.code == .verifierNumberAsPointer)
    }
}
