// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension VerifierRule {
    /// What must be given back, what must not be done meanwhile, and objects with rules of their own.
    static let references = [
        VerifierRule(
            .verifierReferenceLeak, "what was acquired is not given back on every path",
            marks: ["Unreleased reference", "reference leak", "cannot be mixed with socket references"],
            cause:
                "the program holds an object of the kernel, such as a socket, a task or room in a ring buffer, and ends on this path without giving it back",
            remedy: "give it back before every return, also after an error",
            write: "bpf_ringbuf_discard($value, 0);  /* or bpf_sk_release(), bpf_task_release() */",
            here: "ends here without it", there: "$call acquires it"),
        VerifierRule(
            .verifierReferenceNotHeld, "something is given back that is not held",
            marks: [
                "reference has not been acquired", "is an unacquired reference",
                "must be referenced when passed to release",
                "cannot release unowned", "expects refcounted", "expects referenced",
                "must have zero offset when passed to release",
                "allocated object must be referenced",
            ],
            cause:
                "only what was acquired on this path, and not given back since, can be given back, by the pointer that came from the call",
            remedy: "release it once, with the pointer that the call returned, and after the check for NULL",
            here: "given back here", there: "it comes from $call", register: 1),
        VerifierRule(
            .verifierLock, "a lock is not used in its pair",
            marks: [
                "unlock is missing", "-locked region", "_lock-ed region", "without taking a lock", "of different lock",
                "Locking two", "while holding a lock", "unmatched rcu read unlock", "nested rcu read lock",
                "preempt_enable", "preempt-disabled region", "preempt_disable-ed", "irq_save-ed", "irq_restore",
                "IRQ disabled", "irq saved region",
                "can't spin_", "rcu_read_{lock,unlock}", "must be held for", "lock is missing",
            ],
            cause:
                "a lock, or what is like one (RCU, preemption, interrupts), is not left on this path, is left twice, or something is done meanwhile that may not be",
            remedy: "leave it before every return and before calls, and take one lock at a time",
            write: "bpf_spin_unlock(&$value->lock);", here: "the pair is broken here"),
        VerifierRule(
            .verifierSleeping, "a call may sleep where the program must not",
            marks: [
                "might sleep", "may sleep", "sleepable helper", "is sleepable within", "must be sleepable to call",
                "Sleepable programs can only", "sleepable kfunc", "sleepable global",
            ],
            cause:
                "the program runs where the kernel cannot wait: it is not of a sleepable kind, or it holds a lock, RCU or a timer's callback",
            remedy:
                "use a section for programs that may sleep, such as fentry.s, lsm.s or uprobe.s, or a helper that does not sleep",
            write: "SEC(\"lsm.s/file_open\")", here: "may sleep"),
        VerifierRule(
            .verifierSpecialField, "a lock, timer or other special member of a map's value is not used as it must be",
            marks: [
                "cannot use bpf_spin_lock", "cannot use bpf_timer", "cannot use bpf_{", "has no valid bpf_",
                "has no valid kptr",
                "has to have BTF in order to use", "doesn't point to 'struct bpf_", "doesn't point to kptr",
                "cannot be accessed directly by load/store", "has to be at the constant offset", "kptr",
                "in map '*' has no",
                "doesn't match map pointer", "cannot use bpf_wq",
            ],
            cause:
                "struct bpf_spin_lock, bpf_timer, bpf_wq and pointers to kernel objects in a map belong to the kernel: they need BTF of the map, are given to their helpers only, and not every type of program may have them",
            remedy:
                "declare the map with __type(value, struct …) in section .maps, compile with -g, and pass the address of the member to its helper",
            here: "the special member"),
        VerifierRule(
            .verifierDynptr, "a dynptr is not in the state that the call wants",
            marks: ["dynptr"],
            cause:
                "a dynptr is made by one call, read by others, and given back by one; it lies on the stack and is not touched otherwise",
            remedy: "make it first, check what the call returned, and do not use it after it was given back",
            write: "if (bpf_dynptr_from_skb(skb, 0, &ptr)) return 0;", here: "the dynptr is not as it must be"),
        VerifierRule(
            .verifierIterator, "an iterator is not in the state that the call wants",
            marks: ["initialized iter_", "uninitialized iter_"],
            cause:
                "an iterator is made by its _new function, asked by _next, and ended by _destroy, in this order and once",
            remedy: "use bpf_for_each(), which does all three, or call _destroy on every path",
            write: "bpf_for_each(num, i, 0, 10) { … }", here: "the iterator is not as it must be"),
    ]
}
