// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// What a BPF program has in place of a function of the C library, which is not there to be called.
enum CLibrary {
    /// Why such a function cannot be called.
    static let cause = "BPF programs have no C library, and the kernel offers no function of this name"

    /// What to do in place of a call; nil if it is no function that beginners call out of habit.
    static func substitute(for function: String) -> Diagnostic.Hint? {
        switch function {
        case "strcmp", "strncmp", "strcasecmp", "strncasecmp":
            "compare with bpf_strncmp() (Linux 5.17), with bpf_strcmp() of the kernel (6.17, declared with __ksym), or in a loop with a bound"
        case "strlen", "strnlen", "strchr", "strrchr", "strstr", "strnstr", "strspn", "strcspn":
            "call bpf_\(function)() of the kernel, if it has that (6.17, declared with __ksym), or search in a loop with a bound"
        case "strcpy", "strncpy", "strlcpy", "strscpy", "strcat", "strncat", "stpcpy":
            "copy with __builtin_memcpy() and a constant size, or read with bpf_probe_read_kernel_str() or bpf_probe_read_user_str()"
        case "memcpy", "memmove", "memset", "bzero":
            "call __builtin_\(function)() with a small constant size, which needs no library, or write a loop with a bound"
        case "memcmp", "bcmp":
            "call __builtin_memcmp() with a small constant size, which needs no library, or compare in a loop with a bound"
        case "printf", "puts", "putchar", "fprintf", "vprintf", "perror", "printk", "_printk":
            "print with bpf_printk(), or send an event"
        case "snprintf", "sprintf", "vsnprintf": "format with BPF_SNPRINTF() (Linux 5.13), or in user space"
        case "malloc", "calloc", "realloc", "free", "alloca":
            "keep the memory in a map: an array for each CPU (BPF_MAP_TYPE_PERCPU_ARRAY) is the usual place for large variables"
        case "sleep", "usleep", "nanosleep", "msleep":
            "wait in user space: a program runs to its end at once"
        case "time", "gettimeofday", "clock_gettime", "clock": "read the clock with bpf_ktime_get_ns()"
        case "atoi", "atol", "strtol", "strtoul", "strtoll", "strtoull":
            "read the number with bpf_strtol() or bpf_strtoul(), or in a loop with a bound"
        case "getpid", "gettid": "call bpf_get_current_pid_tgid()"
        case "getuid", "getgid": "call bpf_get_current_uid_gid()"
        case "rand", "random", "rand_r": "call bpf_get_prandom_u32()"
        case "exit", "_exit", "abort", "__assert_fail": "return from the program"
        default: nil
        }
    }
}
