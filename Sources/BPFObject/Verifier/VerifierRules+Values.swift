// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension VerifierRule {
    /// Pointers that may be none, values that were never set, and what may not be done with addresses.
    static let values = [
        VerifierRule(
            .verifierNullPointer, "the pointer may be NULL here",
            marks: [
                "invalid mem access '*or_null", "type=*or_null* expected", "ossibly NULL pointer",
                "null-check it first",
                "NULL pointer passed",
            ],
            cause: "the pointer may be NULL: a lookup or an allocation finds nothing at times",
            remedy: "compare it with NULL before it is used", write: "if (!$value) return 0;",
            here: "used without a check", there: "$call may return NULL"),
        VerifierRule(
            .verifierNumberAsPointer, "a number is used as a pointer",
            marks: ["invalid mem access 'inv'", "invalid mem access 'scalar'"],
            cause:
                "the verifier does not know the value as an address that a program may read: it was read from the kernel's memory or computed",
            remedy: "read through it with BPF_CORE_READ(), bpf_probe_read_kernel() or bpf_probe_read_user()",
            write: "bpf_probe_read_kernel(&copy, sizeof(copy), $value);", here: "read as if it were an address",
            there: "$call gives a number"),
        VerifierRule(
            .verifierRegisterUnset, "a value is used that was never set",
            marks: ["!read_ok", "NOT_INIT"],
            cause:
                "on this path nothing was assigned: a variable without a value, a function without a return value, or an argument that this kind of program does not have",
            remedy: "give the variable a value on every path, and let every function return one", here: "read here"),
        VerifierRule(
            .verifierPointerLeak, "an address of the kernel would leave the program",
            marks: [
                "leaks addr", "leaking pointer", "for !root", "corrupt spilled pointer",
                "allowed for CAP_BPF and CAP_SYS_ADMIN",
            ],
            cause: "without CAP_PERFMON a program may not learn addresses of the kernel, nor do what would show them",
            remedy: "load it with CAP_BPF and CAP_PERFMON, or store numbers in place of pointers",
            here: "the address goes out here"),
        VerifierRule(
            .verifierMixedPointers, "one access would reach two kinds of memory",
            marks: ["same insn cannot be used with different pointers"],
            cause:
                "the compiler made one instruction of two accesses, and the pointer is of another kind on the other path",
            remedy: "keep the accesses of the two branches apart, with barrier_var() or a volatile access",
            write: "asm volatile(\"\" : \"+r\"(pointer));", here: "reached with pointers of two kinds"),
        VerifierRule(
            .verifierUntrustedPointer, "the kernel takes no pointer here that may have become invalid",
            marks: ["must be referenced or trusted", "must be a rcu pointer", "type=untrusted_ptr_* expected"],
            cause: "the object behind the pointer may be freed meanwhile: it was read from memory and is not held",
            remedy: "take a reference first, or read it within bpf_rcu_read_lock()",
            write: "struct task_struct *held = bpf_task_acquire(task); if (!held) return 0;",
            here: "the pointer that is not held",
            there: "the pointer comes from $call"),
    ]
}
