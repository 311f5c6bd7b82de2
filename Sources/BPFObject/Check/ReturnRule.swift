// SPDX-License-Identifier: Apache-2.0

/// What programs may return.
enum ReturnRule {
    /// The highest number that the verifier lets programs return; nil where it is not one rule for all kernels.
    static func most(_ step: LoadPlan.ProgramStep) -> UInt64? {
        switch step.type {
        case .tracing where step.attachType == .traceFentry || step.attachType == .traceFexit: 0
        case .cgroupDevice, .cgroupSysctl, .cgroupSocketOption, .cgroupSocket: 1
        default: nil
        }
    }

    /// A number that a kernel loads and does not take for what the program may mean by it.
    struct Doubt {
        let what: String
        let cause: String
        let remedy: String
    }

    /// Whether numbers of such programs are looked at.
    static func mayDoubt(_ type: ProgramType, in section: String) -> Bool {
        switch type {
        case .xdp, .schedClassifier: true
        case .lsm: isDecision(section)
        default: false
        }
    }

    /// What is to be said of a number that is returned; nil if it means something.
    static func doubt(_ number: Int32, of type: ProgramType, in section: String) -> Doubt? {
        switch type {
        case .xdp where !(0...4).contains(number):
            Doubt(
                what: "no action of XDP", cause: "the kernel drops such packets, as for XDP_ABORTED",
                remedy: "return XDP_PASS, XDP_DROP, XDP_TX, XDP_REDIRECT or XDP_ABORTED")
        case .schedClassifier where !actions.contains(number):
            Doubt(
                what: "no action that the kernel takes from a filter",
                cause: "the kernel goes on with the next filter, as for TC_ACT_UNSPEC",
                remedy: "return TC_ACT_OK, TC_ACT_SHOT, TC_ACT_REDIRECT or TC_ACT_UNSPEC")
        case .lsm where number > 0 && isDecision(section):
            Doubt(
                what: "neither 0 nor a negative error number",
                cause:
                    "the callers of the hook may take it for success; since Linux 6.12 the verifier refuses the program",
                remedy: "return 0 to allow, or a negative error number such as -EPERM (-1)")
        default: nil
        }
    }

    /// What `cls_bpf` and tcx take: `TC_ACT_UNSPEC`, `OK`, `SHOT`, `STOLEN`, `REDIRECT` and `TRAP`.
    ///
    /// `TC_ACT_PIPE` is no action of filters either, but what is meant by it is what happens.
    private static let actions: Set<Int32> = [-1, 0, 2, 3, 4, 7, 8]

    /// Whether the section is of a hook that decides whether something is permitted.
    private static func isDecision(_ section: String) -> Bool {
        let parts = section.drop { $0 == "?" }.split(separator: "/")
        return parts.count == 2 && (parts[0] == "lsm" || parts[0] == "lsm.s") && decisions.contains(parts[1])
    }

    /// Hooks that return 0 or an error to a caller who asks whether something is permitted.
    ///
    /// Others return lengths or answers, and some return nothing.
    private static let decisions: Set<Substring> = [
        "bpf", "bpf_map", "bpf_prog", "bprm_check_security", "bprm_creds_for_exec", "file_fcntl", "file_ioctl",
        "file_lock", "file_mprotect", "file_open", "file_permission", "file_receive", "inode_create", "inode_getattr",
        "inode_link", "inode_mkdir", "inode_mknod", "inode_permission", "inode_readlink", "inode_rename",
        "inode_rmdir", "inode_setattr", "inode_setxattr", "inode_symlink", "inode_unlink", "kernel_load_data",
        "kernel_module_request", "kernel_read_file", "locked_down", "mmap_addr", "mmap_file", "path_chmod",
        "path_chown", "path_link", "path_mkdir", "path_mknod", "path_rename", "path_rmdir", "path_symlink",
        "path_truncate", "path_unlink", "perf_event_open", "ptrace_access_check", "ptrace_traceme", "sb_mount",
        "sb_remount", "sb_umount", "settime", "socket_accept", "socket_bind", "socket_connect", "socket_create",
        "socket_listen", "socket_recvmsg", "socket_sendmsg", "socket_setsockopt", "syslog", "task_alloc",
        "task_fix_setuid", "task_kill", "task_setnice", "task_setrlimit", "unix_may_send", "unix_stream_connect",
        "userns_create",
    ]
}
