// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Testing

@testable import BPFObject

/// What verifiers from 5.10 on say of each cause, and the rule that knows it.
struct VerifierRuleTests {
    private static let refusals: [(Diagnostic.Code, [String])] = [
        (
            .verifierNullPointer,
            [
                "R0 invalid mem access 'map_value_or_null'", "R6 invalid mem access 'ptr_or_null_task_struct'",
                "R1 invalid mem access 'rcu_ptr_or_null_task_struct'",
                "R1 type=map_value_or_null expected=fp, pkt, pkt_meta, map_value",
                "Possibly NULL pointer passed to trusted arg0", "Possibly NULL pointer passed to helper arg2",
                "R0 pointer arithmetic on map_value_or_null prohibited, null-check it first",
            ]
        ),
        (.verifierNumberAsPointer, ["R1 invalid mem access 'inv'", "R1 invalid mem access 'scalar'"]),
        (.verifierRegisterUnset, ["R2 !read_ok", "R0 !read_ok"]),
        (
            .verifierPointerLeak,
            [
                "R0 leaks addr into map", "R0 leaks addr as return value", "leaking pointer from stack off -8",
                "R4 variable stack access prohibited for !root, var_off=(0x0; 0x8) off=-16",
                "attempt to corrupt spilled pointer on stack",
            ]
        ),
        (.verifierMixedPointers, ["same insn cannot be used with different pointers"]),
        (.verifierUntrustedPointer, ["R1 must be referenced or trusted", "R1 must be a rcu pointer"]),
        (
            .verifierZeroSize,
            [
                "invalid zero-sized read", "R4 invalid zero-sized read: u64=[0,63]",
                "invalid stack type R2 off=-4 access_size=0",
            ]
        ),
        (
            .verifierSizeRange,
            [
                "R2 unbounded memory access, use 'var &= const' or 'if (var < const)'",
                "R2 min value is negative, either use unsigned or 'var &= const'",
            ]
        ),
        (
            .verifierUnboundedIndex,
            [
                "R0 unbounded memory access, make sure to bounds check any such access",
                "R0 unbounded memory access, make sure to bounds check any array access into a map",
                "R1 min value is negative, either use unsigned index or do a if (index >=0) check.",
                "math between map_value pointer and register with unbounded min value is not allowed",
            ]
        ),
        (
            .verifierVariableOffset,
            [
                "invalid unbounded variable-offset write to stack R1",
                "invalid variable-offset read from stack R2 var_off=(0xffffffffffffff00; 0xff) off=-520 size=8",
                "variable ctx access var_off=(0x0; 0xff) disallowed",
                "R1 invalid variable buffer offset: off=0, var_off=(0x0; 0xff)",
            ]
        ),
        (
            .verifierStackBounds,
            [
                "invalid stack off=-520 size=8", "invalid stack type R1 off=-8 access_size=16",
                "invalid write to stack R10 off=-520 size=8", "invalid read from stack R2 off=0 size=8",
                "invalid indirect access to stack R1 off=-16 size=32",
            ]
        ),
        (
            .verifierStackUnset,
            [
                "invalid indirect read from stack off -24+4 size 24",
                "invalid indirect read from stack R3 off -56+16 size 48",
                "invalid read from stack off -8+0 size 8", "invalid read from stack R2 off -8+0 size 8",
                "invalid indirect read from stack R2 var_off (0xfffffffffffffff0; 0x8)+0 size 8",
            ]
        ),
        (
            .verifierMapBounds,
            [
                "invalid access to map value, value_size=8 off=7 size=8\nR6 max value is outside of the allowed memory range",
                "value -2147483648 makes map_value pointer be out of bounds",
            ]
        ),
        (
            .verifierPacketBounds,
            [
                "invalid access to packet, off=0 size=1, R1(id=0,off=0,r=0)\nR1 offset is outside of the packet",
                "helper access to the packet is not allowed",
            ]
        ),
        (
            .verifierMemoryBounds,
            [
                "invalid access to memory, mem_size=16 off=16 size=8\nR7 min value is outside of the allowed memory range",
                "R1 invalid rdonly buffer access: off=-4, size=4",
            ]
        ),
        (
            .verifierContextAccess,
            [
                "invalid bpf_context access off=4096 size=8", "dereference of modified ctx ptr R1 off=8 disallowed",
                "negative offset ctx ptr R1 off=-8 disallowed", "R6 invalid sock_common access off=64 size=8",
            ]
        ),
        (
            .verifierKernelType,
            [
                "access beyond struct task_struct at off 9784 size 8",
                "access beyond the end of member comm (mend:2000) in struct x with off 1999 size 4",
                "R1 is ptr_task_struct invalid negative access: off=-8", "R1 is ptr_file access user memory: off=8",
            ]
        ),
        (
            .verifierMisaligned,
            [
                "misaligned stack access off (0x0; 0x0)+0+-12 size 8",
                "misaligned packet access off 2+(0x0; 0x0)+14+0 size 4",
            ]
        ),
        (
            .verifierReadOnly,
            [
                "write into map forbidden, value_size=4 off=0 size=4", "R1 cannot write into rdonly_mem",
                "only read is supported",
                "cannot write into packet", "only read from bpf_array is supported",
            ]
        ),
        (
            .verifierPointerArithmetic,
            [
                "R1 pointer arithmetic prohibited", "R1 pointer arithmetic with *= operator prohibited",
                "R1 bitwise operator &= on pointer prohibited",
                "R2 tried to subtract pointer from scalar", "math between ctx pointer and 4096 is not allowed",
                "R1 pointer arithmetic on pkt_end prohibited",
            ]
        ),
        (
            .verifierReferenceLeak,
            [
                "Unreleased reference id=2 alloc_insn=8", "tail_call would lead to reference leak",
                "BPF_EXIT instruction in main prog would lead to reference leak",
            ]
        ),
        (
            .verifierReferenceNotHeld,
            [
                "func bpf_sk_release#86 reference has not been acquired before",
                "R1 must be referenced when passed to release function",
            ]
        ),
        (
            .verifierLock,
            [
                "bpf_spin_unlock is missing", "bpf_rcu_read_unlock is missing", "bpf_spin_unlock without taking a lock",
                "function calls are not allowed while holding a lock",
                "BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region",
            ]
        ),
        (
            .verifierSleeping,
            [
                "helper call might sleep in a non-sleepable prog",
                "program must be sleepable to call sleepable kfunc bpf_x",
                "sleepable helper bpf_copy_from_user#148 in rcu_read_lock region",
                "Sleepable programs can only use array, hash, ringbuf and local storage maps",
            ]
        ),
        (
            .verifierSpecialField,
            [
                "tracing progs cannot use bpf_spin_lock yet",
                "map 'locks' has to have BTF in order to use bpf_spin_lock",
                "bpf_timer cannot be accessed directly by load/store",
                "R1 doesn't have constant offset. bpf_spin_lock has to be at the constant offset",
            ]
        ),
        (.verifierDynptr, ["Expected an initialized dynptr as arg #3", "Dynptr has to be an uninitialized dynptr"]),
        (
            .verifierIterator,
            ["expected an initialized iter_num as arg #1", "expected uninitialized iter_num as arg #1"]
        ),
        (
            .verifierTailCall,
            [
                "tail_call abusing map_ptr",
                "tail_calls are not allowed when call stack of previous frames is 288 bytes. Too large",
                "tail_call is only allowed in functions that return 'int'.",
            ]
        ),
        (
            .verifierCallback,
            [
                "callback function not static",
                "At callback return the register R0 has value (0x2; 0x0) should have been in (0x0; 0x1)",
            ]
        ),
        (
            .verifierKfuncRefused,
            [
                "calling kernel function bpf_task_acquire is not allowed",
                "calling kernel function bpf_dynptr_from_skb is not allowed",
                "calling kernel function bpf_preempt_enable is not allowed",
                "calling kernel function bpf_arena_alloc_pages is not allowed",
            ]
        ),
        (.verifierPointerArgument, ["Arg#0 type PTR in first() is not supported yet."]),
        (.verifierFunctionArguments, ["Caller passes invalid args into func#1 ('first')"]),
        (.verifierMapType, ["cannot pass map_type 27 into func bpf_map_lookup_elem#1"]),
        (
            .verifierArgumentType,
            [
                "R1 type=inv expected=map_ptr",
                "R2 type=ctx expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_",
                "arg#0 expected pointer to ctx, but got fp", "R1 is of type task_struct but file is expected",
                "R4 must be a known constant",
                "kernel function bpf_x args#0 expected pointer to STRUCT task_struct but R1 has a pointer to STRUCT file",
            ]
        ),
        (
            .verifierReturnValue,
            [
                "At program exit the register R0 has value (0x2; 0x0) should have been in (0x0; 0x1)",
                "At program exit the register R0 has smin=2 smax=2 should have been in [0, 1]",
                "At program exit the register R0 is not a known value (ctx)",
            ]
        ),
        (.verifierLoop, ["back-edge from insn 7 to 2", "infinite loop detected at insn 9"]),
        (
            .verifierTooComplex,
            ["BPF program is too large. Processed 1000001 insn", "The sequence of 8193 jumps is too complex."]
        ),
        (.verifierCallDepth, ["the call stack of 9 frames is too deep !", "too many subprograms"]),
        (.verifierStackSize, ["combined stack size of 3 calls is 576. Too large"]),
        (.verifierUnreachable, ["unreachable insn 3"]),
        (.verifierJump, ["jump out of range from insn 4 to 90", "last insn is not an exit or jmp"]),
        (
            .verifierAttachTarget,
            [
                "Extension programs should be JITed", "attach_btf_id 12 is not a function",
                "first() has 2 args while second() has 1 args",
                "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable",
            ]
        ),
        (
            .verifierLicense,
            [
                "cannot call GPL-restricted function from non-GPL compatible program",
                "cannot call GPL only function from proprietary program",
            ]
        ),
        (
            .verifierJIT,
            [
                "JIT does not support calling kernel function",
                "tail_calls are not allowed in non-JITed programs with bpf-to-bpf calls",
            ]
        ),
        (.verifierPacketLoad, ["BPF_LD_[ABS|IND] instructions not allowed for this program type"]),
        (.verifierArena, ["addr_space_cast insn can only be used in a program that has an associated arena"]),
    ]

    @Test func `the words of the kernel lead to the rule for their cause`() {
        for (code, texts) in Self.refusals {
            for text in texts {
                #expect(VerifierRule.fitting(text)?.code == code, "\(text)")
            }
        }
    }

    @Test func `every rule has words of a kernel that lead to it, and no two rules have one code`() {
        let tested = Set(Self.refusals.map(\.0))
        #expect(VerifierRule.all.filter { !tested.contains($0.code) }.map(\.code).isEmpty)
        #expect(Set(VerifierRule.all.map(\.code)).count == VerifierRule.all.count)
        #expect(VerifierRule.all.count >= 40)
    }

    @Test func `every code of the verifier has a rule, but for those that are found otherwise`() {
        let ruled = Set(VerifierRule.all.map(\.code))
        let others: Set<Diagnostic.Code> = [
            .verifierRefused, .verifierHelperMissing, .verifierHelperLocked, .verifierKernelTooOld,
        ]
        let codes = Diagnostic.Code.allCases.filter { $0.rawValue.hasPrefix("verifier-") }
        #expect(codes.filter { !ruled.contains($0) && !others.contains($0) }.isEmpty)
    }

    @Test func `texts of rules are short, begin small, and end without a stop`() {
        for rule in VerifierRule.all {
            for text in [rule.title, rule.cause, rule.remedy] {
                #expect(!text.isEmpty && text.last != ".", "\(rule.code.rawValue): \(text)")
            }
            #expect(rule.title.utf8.count <= 90, "\(rule.code.rawValue)")
            #expect(rule.title.first?.isUppercase == false, "\(rule.code.rawValue)")
        }
    }

    @Test func `the pieces of a mark stand on one line, in their order`() {
        #expect(VerifierRule.contains("a b\nc d", "c*d"))
        #expect(!VerifierRule.contains("a b\nc d", "b*c"))
        #expect(!VerifierRule.contains("a b", "b*a"))
        #expect(VerifierRule.fitting("something else") == nil)
    }
}
