// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// A process, told from a later one with the same number.
struct ProcessIdentity: Equatable {
    /// The inode of its pid namespace.
    let namespace: UInt64
    /// The process id there.
    let pid: Int32
    /// When it started, in clock ticks since boot: field 22 of proc_pid_stat(5).
    let start: UInt64

    init(namespace: UInt64, pid: Int32, start: UInt64) {
        self.namespace = namespace
        self.pid = pid
        self.start = start
    }

    /// This process; start time and namespace are 0 where /proc does not tell them.
    static func current(roots: KernelRoots) -> ProcessIdentity {
        ProcessIdentity(
            namespace: namespace(roots: roots), pid: getpid(), start: start(of: "self", roots: roots) ?? 0)
    }

    /// Whether it is certain that the process is no more.
    func isGone(roots: KernelRoots) -> Bool {
        guard start != 0, namespace != 0, namespace == Self.namespace(roots: roots) else { return false }
        // The answer of kill(2) does not depend on what /proc hides from us (hidepid).
        if kill(pid, 0) != 0, Errno.last == .noSuchProcess { return true }
        // The numbers of a /proc of another pid namespace are those of other processes.
        guard Self.isOurs(roots) else { return false }
        guard let now = Self.start(of: String(pid), roots: roots) else { return false }
        return now != start
    }

    /// When a process started, in clock ticks since boot; nil if there is none, or it does not say.
    static func start(of process: String, roots: KernelRoots) -> UInt64? {
        guard let stat = try? KernelFile.text("\(roots.proc)/\(process)/stat", limit: 1 << 16) else { return nil }
        // The name of the program is in parentheses and may hold anything, further parentheses and newlines too.
        guard let close = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        return fields.count > 19 ? UInt64(fields[19]) : nil
    }

    /// Whether /proc has the processes of this pid namespace.
    private static func isOurs(_ roots: KernelRoots) -> Bool {
        // Of a pretended /proc only what is there can be told.
        guard roots.proc == KernelRoots().proc else { return true }
        return KernelFile.link(roots.proc + "/self") == String(getpid())
    }

    private static func namespace(roots: KernelRoots) -> UInt64 {
        var status = stat()
        return unsafe stat("\(roots.proc)/self/ns/pid", &status) == 0 ? UInt64(status.st_ino) : 0
    }
}

/// This process, as programs of the kernel see it.
package enum OwnProcess {
    /// Its id in the machine's first pid namespace, which `bpf_get_current_pid_tgid` answers; nil in another namespace, where
    /// the number is that of a stranger outside.
    package static var pid: Int32? {
        let identity = ProcessIdentity.current(roots: KernelRoots())
        return identity.namespace == firstNamespace ? identity.pid : nil
    }

    /// Whether the numbers of processes in events are those of /proc: not so in the namespace of a container.
    static let hasNumbersOfMachine = pid != nil

    /// `PROC_PID_INIT_INO`.
    private static let firstNamespace: UInt64 = 0xEFFF_FFFC
}
