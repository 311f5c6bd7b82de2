// SPDX-License-Identifier: Apache-2.0

extension Vocabulary {
    /// Signals (`asm-generic/signal.h`), the real-time ones counted from the kernel's `SIGRTMIN`, as strace(1) writes them.
    ///
    /// What C calls `SIGRTMIN` is 34 in programs with glibc, which keeps two for itself: that is `SIGRT_2` here.
    static let signals = Vocabulary(from: 1, ordinarySignals + realtimeSignals)

    /// Sets of signals: bit 0 is signal 1.
    static let signalSets = Vocabulary(
        .set, (ordinarySignals + realtimeSignals).enumerated().map { Word($0.element, 1 << UInt64($0.offset)) })

    private static let ordinarySignals: [StaticString] = [
        "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
        "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
        "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR",
        "SIGSYS",
    ]
    private static let realtimeSignals: [StaticString] = [
        "SIGRTMIN", "SIGRT_1", "SIGRT_2", "SIGRT_3", "SIGRT_4", "SIGRT_5", "SIGRT_6", "SIGRT_7", "SIGRT_8", "SIGRT_9",
        "SIGRT_10", "SIGRT_11", "SIGRT_12", "SIGRT_13", "SIGRT_14", "SIGRT_15", "SIGRT_16", "SIGRT_17", "SIGRT_18",
        "SIGRT_19", "SIGRT_20", "SIGRT_21", "SIGRT_22", "SIGRT_23", "SIGRT_24", "SIGRT_25", "SIGRT_26", "SIGRT_27",
        "SIGRT_28", "SIGRT_29", "SIGRT_30", "SIGRT_31", "SIGRT_32",
    ]

    /// Flags of clone(2), whose lowest bits are the signal at the end, and of clone3(2) (`linux/sched.h`).
    ///
    /// `CLONE_NEWTIME` lies where no signal has a bit.
    static let cloneFlags = Vocabulary(
        .flags,
        [
            Word("CLONE_NEWTIME", 0x80), Word("CLONE_VM", 0x100), Word("CLONE_FS", 0x200), Word("CLONE_FILES", 0x400),
            Word("CLONE_SIGHAND", 0x800), Word("CLONE_PIDFD", 0x1000), Word("CLONE_PTRACE", 0x2000),
            Word("CLONE_VFORK", 0x4000), Word("CLONE_PARENT", 0x8000), Word("CLONE_THREAD", 0x10000),
            Word("CLONE_NEWNS", 0x20000), Word("CLONE_SYSVSEM", 0x40000), Word("CLONE_SETTLS", 0x80000),
            Word("CLONE_PARENT_SETTID", 0x100000), Word("CLONE_CHILD_CLEARTID", 0x200000),
            Word("CLONE_DETACHED", 0x400000), Word("CLONE_UNTRACED", 0x800000), Word("CLONE_CHILD_SETTID", 0x1000000),
            Word("CLONE_NEWCGROUP", 0x2000000), Word("CLONE_NEWUTS", 0x4000000), Word("CLONE_NEWIPC", 0x8000000),
            Word("CLONE_NEWUSER", 0x1000_0000), Word("CLONE_NEWPID", 0x2000_0000), Word("CLONE_NEWNET", 0x4000_0000),
            Word("CLONE_IO", 0x8000_0000), Word("CLONE_CLEAR_SIGHAND", 0x1_0000_0000),
            Word("CLONE_INTO_CGROUP", 0x2_0000_0000),
        ] + signals.words.map { Word($0.name, $0.value, of: 0x7f) })

    /// Capabilities (`linux/capability.h`).
    static let capabilities = Vocabulary(from: 0, capabilityNames)

    /// Sets of capabilities: bit 0 is capability 0.
    static let capabilitySets = Vocabulary(
        .set, capabilityNames.enumerated().map { Word($0.element, 1 << UInt64($0.offset)) })

    private static let capabilityNames: [StaticString] = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
        "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
        "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ]
}
