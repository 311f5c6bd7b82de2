// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension VerifierRule {
    /// A narrower case of a rule: the words of the kernel say more than the kind of the refusal.
    ///
    /// What is nil stays as the rule has it.
    struct Case {
        let code: Diagnostic.Code
        /// Texts of which one is in the kernel's words.
        let marks: [String]
        let title: String
        let cause: String
        let remedy: String
        /// What to write; nil if that depends on the program.
        var correction: String?
        var here: String?
    }

    /// The rule in the words of the narrower case that fits, if there is one.
    func narrowed(by text: String) -> VerifierRule {
        let lines = Self.lines(of: text)
        guard let fit = Self.cases.first(where: { $0.code == code && $0.marks.contains { Self.contains(lines, $0) } })
        else { return self }
        var rule = self
        rule.title = fit.title
        rule.cause = fit.cause
        rule.remedy = fit.remedy
        rule.correction = fit.correction
        rule.here = fit.here ?? here
        return rule
    }

    /// All cases; of one rule the first that fits.
    static let cases: [Case] = [
        Case(
            code: .verifierSizeRange, marks: ["min value is negative"],
            title: "the size that the helper is given may be negative",
            cause: "the helper would take a negative size for a very large one",
            remedy: "make the variable unsigned, or compare it with 0 too, right before the call",
            correction: "if (size < 0 || size > sizeof(buffer)) return 0;", here: "the size may be negative here"),
        Case(
            code: .verifierContextAccess, marks: ["doesn't have * argument"],
            title: "the function or tracepoint has fewer arguments than that",
            cause: "the program reads an argument that the function or tracepoint does not have in this kernel",
            remedy: "read only arguments that it has: BPF_PROG(name, ...) with the declaration of this kernel",
            here: "no such argument"),
        Case(
            code: .verifierReadOnly, marks: ["cannot write into packet", "does not allow writes to packet data"],
            title: "programs of this type may only read packets",
            cause: "the kernel lets other types of programs change packets: XDP, traffic control, lwt_xmit, sk_skb",
            remedy: "change the packet in a program of such a type, for example SEC(\"tc\")",
            here: "the packet is written to"
        ),
        Case(
            code: .verifierReadOnly, marks: ["write into map forbidden"],
            title: "programs may only read this map",
            cause: "it has BPF_F_RDONLY_PROG, was frozen, or holds constants (.rodata, const volatile)",
            remedy: "leave the flag out, make the variable not const, or have user space write it before the load",
            here: "the map is written to"),
        Case(
            code: .verifierReadOnly, marks: ["only read is supported", "only read from"],
            title: "a structure of the kernel is written to",
            cause: "programs may read the kernel's structures, and not change them",
            remedy: "change a copy, or use a helper or function of the kernel that does it",
            here: "the kernel's structure is written to"),
        Case(
            code: .verifierLock, marks: ["function calls are not allowed while holding a lock"],
            title: "something is called while a lock is held",
            cause: "between bpf_spin_lock() and bpf_spin_unlock() nothing may be called, helpers and functions alike",
            remedy: "call it before the lock is taken and keep what it returns in a variable",
            here: "called under the lock"
        ),
        Case(
            code: .verifierLock,
            marks: [
                "bpf_spin_unlock is missing", "cannot be used inside bpf_spin_lock-ed region",
                "inside bpf_res_spin_lock-ed region",
            ],
            title: "the lock is still held here",
            cause: "a path leads here on which bpf_spin_lock() was called, and bpf_spin_unlock() was not",
            remedy: "unlock on every path, before returns and tail calls",
            correction: "bpf_spin_unlock(&$value->lock);", here: "still locked"),
        Case(
            code: .verifierLock,
            marks: ["rcu_read_unlock is missing", "cannot be used inside bpf_rcu_read_lock-ed region"],
            title: "bpf_rcu_read_unlock() is missing on this path",
            cause: "a path leads here on which bpf_rcu_read_lock() was called, and bpf_rcu_read_unlock() was not",
            remedy: "call bpf_rcu_read_unlock() on every path, before each return",
            correction: "bpf_rcu_read_unlock();", here: "still within bpf_rcu_read_lock()"),
        Case(
            code: .verifierSpecialField, marks: ["cannot use bpf_timer", "cannot use bpf_wq"],
            title: "this type of program cannot use a map with a timer in its values",
            cause:
                "a map that the program uses has values with a struct bpf_timer or bpf_wq, which the kernel keeps from programs on probes and tracepoints",
            remedy:
                "start the timer in a program of another type (tc, xdp, cgroup, struct_ops), or read the map from user space at intervals"
        ),
        Case(
            code: .verifierSpecialField, marks: ["progs cannot use bpf_", "cannot use bpf_spin_lock yet"],
            title: "this type of program cannot use a map with a lock, timer or the like in its values",
            cause:
                "a map that the program uses has values with a struct bpf_spin_lock or another such member, which the kernel keeps from programs on probes, tracepoints and sockets",
            remedy:
                "count with __sync_fetch_and_add() or in a map for each CPU, or move the member to a map of other programs",
            correction: "__sync_fetch_and_add(&value->count, 1);"),
        Case(
            code: .verifierSpecialField, marks: ["cannot be accessed directly by load/store"],
            title: "a lock, timer or the like is read or written as if it were data",
            cause: "such a member of a map's value belongs to the kernel; only helpers take it, by its address",
            remedy: "read and write the other members one by one, and not the whole value with memcpy or an assignment",
            here: "the special member"),
        Case(
            code: .verifierCallback, marks: ["At callback return"],
            title: "the callback returns what it must not",
            cause: "the helper that calls it stops or goes on by what it returns",
            remedy: "return 0 to go on, or 1 to stop", correction: "return 0;", here: "returns here"),
        Case(
            code: .verifierDynptr, marks: ["Expected an initialized dynptr", "expected an initialized dynptr"],
            title: "the dynptr is used before it was made, or after it was given back",
            cause: "on this path no call has made the dynptr, or another one has ended it",
            remedy: "make it first, and check what that call returns",
            correction: "if (bpf_dynptr_from_mem(data, size, 0, &ptr)) return 0;", here: "no valid dynptr here"),
        Case(
            code: .verifierIterator, marks: ["expected an initialized iter_"],
            title: "the iterator is asked before it was made, or after it was ended",
            cause: "on this path its _new function was not called, or _destroy was called before",
            remedy: "use bpf_for_each(), which makes and ends it", correction: "bpf_for_each(num, i, 0, 10) { … }",
            here: "no iterator here"),
        Case(
            code: .verifierAttachTarget, marks: ["is not modifiable"],
            title: "the function allows no fmod_ret program",
            cause:
                "what a function returns can be changed only if the kernel marks it for that: for error injection, or as a security hook (security_*)",
            remedy:
                "attach to such a function, write an lsm program for the hook, or an fexit program to see what is returned"
        ),
        Case(
            code: .verifierTailCall, marks: ["call stack of previous frames"],
            title: "more than 256 bytes of stack are in use at a tail call",
            cause: "functions that call one that makes a tail call may use 256 bytes of stack",
            remedy: "make the tail call in the program itself, or move large variables to a per-CPU array",
            here: "the tail call"),
        Case(
            code: .verifierTailCall, marks: ["expected prog array map"],
            title: "the map of the tail call is no program array",
            cause: "bpf_tail_call() takes a map of type BPF_MAP_TYPE_PROG_ARRAY",
            remedy: "give it such a map", correction: "bpf_tail_call(ctx, &programs, index);", here: "the tail call"),
        Case(
            code: .verifierCallDepth, marks: ["too many subprograms"],
            title: "the program has too many functions", cause: "a program has at most 256 functions",
            remedy: "inline some of them", correction: "static __always_inline"),
        Case(
            code: .verifierPointerArithmetic, marks: ["pointer comparison prohibited"],
            title: "pointers of these kinds cannot be compared", cause: "the comparison would show an address",
            remedy: "compare a pointer with NULL only, and packet pointers with data_end", here: "the comparison"),
    ]
}
