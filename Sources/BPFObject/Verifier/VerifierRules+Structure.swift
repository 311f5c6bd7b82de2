// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension VerifierRule {
    /// Functions that call each other too deep, or themselves.
    package static let recursion = VerifierRule(
        .verifierCallDepth, "functions call each other too deep",
        marks: ["frames is too deep", "too many subprograms", "recursive call", "recursion"],
        cause: "a program may be 8 calls deep, has at most 256 functions, and no function may call itself",
        remedy: "inline some of them, and turn recursion into a loop", write: "static __always_inline",
        here: "the call")

    /// What the program as a whole is like: loops, jumps, stack, size, and what it goes to.
    static let structure = [
        VerifierRule(
            .verifierLoop, "the kernel does not see that the loop ends",
            marks: ["back-edge", "infinite loop detected"],
            cause: "the verifier follows each round of a loop, and must see that its condition changes towards the end",
            remedy: "give it a bound that does not change, or use bpf_loop() (5.17) or bpf_for() (6.4)",
            write: "for (int i = 0; i < 64; i++)", here: "the loop"),
        VerifierRule(
            .verifierTooComplex, "the verifier has to follow too many instructions",
            marks: ["BPF program is too large", "jumps is too complex", "too many states", "insn_processed"],
            cause: "the verifier followed as many instructions as it is willing to",
            remedy: "make loops shorter, or move their body into a global function or bpf_loop() (5.17)",
            here: "it gave up here"),
        recursion,
        VerifierRule(
            .verifierStackSize, "the program needs more than 512 bytes of stack",
            marks: ["combined stack size", "stack size"],
            cause: "a program has 512 bytes of stack, with all functions that it calls",
            remedy: "keep large variables in a per-CPU array",
            write:
                "struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); … } scratch SEC(\".maps\");"),
        VerifierRule(
            .verifierUnreachable, "instructions can never be reached",
            marks: ["unreachable insn"],
            cause:
                "the kernel refuses code that no path leads to; a compiler makes such from an endless loop or after a trap",
            remedy: "remove what stands behind it, and __builtin_unreachable() and traps", here: "never reached"),
        VerifierRule(
            .verifierJump, "a jump leads out of its function",
            marks: [
                "jump out of range", "not an exit or jmp", "invalid insn idx", "jump into the middle",
                "jump to reserved code",
                "call to invalid destination", "subprog doesn't start",
            ],
            cause:
                "every path of a function must end with a return in it; the object was built without one, or was damaged",
            remedy: "let every path return a value, and compile again", write: "return 0;",
            here: "the path does not return"),
        VerifierRule(
            .verifierAttachTarget, "the program does not fit what it is to be attached to",
            marks: [
                "attach_btf", "must provide btf_id", "Extension program", "can only be attached to", "can be sleepable",
                "args while", "doesn't match type", "Cannot replace", "Cannot extend", "Target program",
                "Subprog * is not",
                "is not sleepable", "Trampoline", "can't modify return codes", "fmod_ret", "func_proto",
                "is not a function", "bpf_lsm_*not", "is not modifiable",
                "incompatible", "Return type", "recursion for tracing",
            ],
            cause:
                "the function, hook or program that it is attached to has other arguments, another type, or forbids programs of this kind",
            remedy: "write the arguments as the target has them in this kernel, or attach to another one"),
    ]

    /// What depends on the license, the JIT and the kind of the program.
    static let environment = [
        VerifierRule(
            .verifierLicense, "what it uses is for programs under the GPL",
            marks: [
                "GPL-restricted", "GPL compatible", "non-GPL", "GPL-compatible", "GPL only",
            ],
            cause:
                "a helper that it calls, or what it is attached to, is for GPL-compatible programs, and the `license` section says otherwise",
            remedy: "write the license, if that is the license of the program",
            write: "char LICENSE[] SEC(\"license\") = \"GPL\";"),
        VerifierRule(
            .verifierJIT, "the program needs the compiler of the kernel (JIT)",
            marks: [
                "JIT does not support", "JIT is required", "non-JITed", "JIT doesn't support", "not supported by JIT",
            ],
            cause:
                "kernel functions, callbacks and tail calls beside function calls work in compiled programs only, and the JIT is off, or lacks it on this machine",
            remedy: "sysctl net.core.bpf_jit_enable=1, or a newer kernel for this processor"),
        // Before the rules of what such functions are about, since their names have the same words.
        VerifierRule(
            .verifierKfuncRefused, "a function of the kernel may not be called here",
            marks: [
                "calling kernel function", "kernel function * not allowed", "kernel btf_id",
                "address for kernel function",
                "CAP_SYS_BOOT", "too many different kernel function", "require device-bound program",
            ],
            cause:
                "the kernel offers its functions (kfuncs) to some types of programs only, and wants arguments of their types",
            remedy: "call it in a program of a type that it is for, or use a helper", here: "the call"),
        VerifierRule(
            .verifierPacketLoad, "the old loads of packet bytes are not allowed here",
            marks: [
                "BPF_LD_[ABS|IND] instructions not allowed", "LD_ABS", "BPF_LD_ABS", "BPF_LD_[ABS|IND] cannot be used",
            ],
            cause:
                "LD_ABS and LD_IND are for programs on sockets and traffic control, in functions that return int, outside of locks",
            remedy: "read the packet with bpf_skb_load_bytes()",
            write: "bpf_skb_load_bytes(skb, offset, &value, sizeof(value));",
            here: "the load"),
        VerifierRule(
            .verifierArena, "memory of an arena is not used as it must be",
            marks: ["arena", "addr_space_cast"],
            cause: "pointers into an arena belong to address space 1, and the program must use the map of the arena",
            remedy: "declare such pointers with __arena, and use one map of type BPF_MAP_TYPE_ARENA in the program",
            write: "void __arena *page = bpf_arena_alloc_pages(&arena, NULL, 1, NUMA_NO_NODE, 0);"),
    ]
}
