// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// What this process may do, what the machine forbids everybody, and which limits hold: the facts behind an errno.
package struct PermissionFacts: Sendable, Equatable {
    /// Modes of the lockdown security module (kernel_lockdown(7)).
    package enum Lockdown: String, Sendable {
        /// Nothing is locked.
        case none
        /// What changes the kernel is locked.
        case integrity
        /// What reads the kernel is locked too, probes included.
        case confidentiality
    }

    /// The effective user id.
    package var effectiveUser: UInt32 = 0
    /// The effective capabilities, a bit for each number of capabilities(7).
    package var effective: UInt64 = 0
    /// The capabilities that the process, and what it executes, may ever have.
    package var bounding: UInt64 = .max
    /// The highest capability that the kernel knows; `CAP_BPF` (39) came with Linux 5.8.
    package var lastCapability = 40
    /// Whether this is another user namespace than the first one, whose capabilities count for little.
    package var isInUserNamespace = false
    /// Whether a seccomp filter looks at system calls, as in most containers.
    package var hasSeccompFilter = false
    /// The mode of lockdown.
    package var lockdown = Lockdown.none
    /// `kernel.unprivileged_bpf_disabled`; nil if the kernel has no such setting.
    package var unprivilegedBPFDisabled: Int?
    /// `kernel.perf_event_paranoid`; nil if the kernel has no such setting.
    package var perfEventParanoid: Int?
    /// `kernel.kptr_restrict`; nil if the kernel has no such setting.
    package var kptrRestrict: Int?
    /// Active security modules: `apparmor`, `selinux`; none where securityfs is not mounted.
    package var securityModules: [String] = []
    /// How tracefs can be reached.
    package var tracing = TracingFiles.open
    /// Memory that the process may lock, which kernels before 5.11 charge maps and programs to; nil is not known.
    package var lockedMemory: ResourceLimit?
    /// Descriptors that the process may have open; nil is not known.
    package var openFiles: ResourceLimit?
    /// Files that all processes together may have open (`fs.file-max`); nil is not known.
    package var openFilesOfMachine: Int?
    /// Whether maps and programs are charged to the memory cgroup (Linux 5.11), and not to the locked memory.
    package var chargesMemoryCgroup = true
    /// The memory cgroup with a limit that the process is in, the narrowest one; nil if there is none.
    package var memoryCgroup: MemoryCgroup?
    /// `net.core.bpf_jit_enable`; nil if the kernel has no such setting.
    package var jitEnabled: Int?
    /// `kernel.ftrace_enabled`; nil if the kernel has no such setting.
    package var ftraceEnabled: Int?
    /// Whether the function tracer has switched itself off after an error (`ftrace_bug`), until the next boot.
    package var ftraceHasFailed = false
    /// Whether the machine's kprobes are armed (`kprobes/enabled` of debugfs); nil where that cannot be read.
    package var kprobesEnabled: Int?
    /// The name of this program, for commands in messages.
    package var command = "load-kp-bpf"
    /// Its file, for setcap(8).
    package var executable: String?

    /// Creates facts for a process that may do everything.
    package init() {}

    /// Reads the facts; what cannot be read counts as not forbidding anything.
    package static func read(roots: KernelRoots = KernelRoots()) -> PermissionFacts {
        var facts = PermissionFacts()
        facts.readProcess(roots)
        let kernel = roots.proc + "/sys/kernel/"
        facts.lastCapability = KernelFile.number(kernel + "cap_last_cap") ?? 37
        facts.unprivilegedBPFDisabled = KernelFile.number(kernel + "unprivileged_bpf_disabled")
        facts.perfEventParanoid = KernelFile.number(kernel + "perf_event_paranoid")
        facts.kptrRestrict = KernelFile.number(kernel + "kptr_restrict")
        // Without securityfs the command line of the kernel tells at least what was asked for at boot.
        facts.lockdown =
            KernelFile.line(roots.sys + "/kernel/security/lockdown").map(lockdown)
            ?? bootLockdown(KernelFile.line(roots.proc + "/cmdline") ?? "")
        facts.securityModules = (KernelFile.line(roots.sys + "/kernel/security/lsm") ?? "").split(separator: ",")
            .map(String.init)
        facts.jitEnabled = KernelFile.number(roots.proc + "/sys/net/core/bpf_jit_enable")
        facts.tracing = TracingFiles(roots: roots)
        facts.ftraceEnabled = KernelFile.number(kernel + "ftrace_enabled")
        facts.ftraceHasFailed = Tracefs.find(roots: roots).map(\.hasFailed) ?? false
        facts.kprobesEnabled = Tracefs.debugfs(roots: roots).flatMap { KernelFile.number($0 + "/kprobes/enabled") }
        let limits = (try? KernelFile.text(roots.proc + "/self/limits")) ?? ""
        facts.lockedMemory = ResourceLimit("Max locked memory", in: limits)
        facts.openFiles = ResourceLimit("Max open files", in: limits)
        facts.openFilesOfMachine = KernelFile.number(roots.proc + "/sys/fs/file-max")
        // Only for words: what the kernel does was found by doing it.
        let version = KernelVersion.running(roots)
        facts.chargesMemoryCgroup = version == 0 || version >= KernelVersion.code(5, 11, 0)
        facts.memoryCgroup = MemoryCgroup(roots: roots)
        return facts
    }

    private mutating func readProcess(_ roots: KernelRoots) {
        let status = (try? KernelFile.text(roots.proc + "/self/status")) ?? ""
        for line in status.split(separator: "\n") {
            let fields = line.split(whereSeparator: { $0 == "\t" || $0 == " " })
            guard let key = fields.first else { continue }
            switch (key, fields.count) {
            case ("Uid:", 3...): effectiveUser = UInt32(fields[2]) ?? effectiveUser
            case ("CapEff:", 2...): effective = UInt64(fields[1], radix: 16) ?? 0
            case ("CapBnd:", 2...): bounding = UInt64(fields[1], radix: 16) ?? bounding
            case ("Seccomp:", 2...): hasSeccompFilter = fields[1] == "2"
            default: break
            }
        }
        // The first user namespace maps every id to itself.
        if let map = KernelFile.line(roots.proc + "/self/uid_map") {
            isInUserNamespace = map.split(separator: " ") != ["0", "0", "4294967295"]
        }
        if let name = KernelFile.line(roots.proc + "/self/comm"), !name.isEmpty { command = name }
        executable = Self.target(of: roots.proc + "/self/exe")
    }

    /// `none [integrity] confidentiality`: the mode in force is in brackets.
    static func lockdown(_ line: String) -> Lockdown {
        let mode = line.drop { $0 != "[" }.dropFirst().prefix { $0 != "]" }
        return Lockdown(rawValue: String(mode)) ?? .none
    }

    static func bootLockdown(_ commandLine: String) -> Lockdown {
        let prefix = "lockdown="
        let option = commandLine.split(separator: " ").last { $0.hasPrefix(prefix) }
        return option.flatMap { Lockdown(rawValue: String($0.dropFirst(prefix.count))) } ?? .none
    }

    private static func target(of link: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let size = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe link.withCString { name -> Int in
                guard let start = bytes.baseAddress else { return 0 }
                return unsafe readlink(name, start, bytes.count)
            }
        }
        return size > 0 ? String(decoding: buffer.prefix(size), as: UTF8.self) : nil
    }

    /// Whether the process has a capability.
    package func has(_ capability: Capability) -> Bool { effective & 1 << UInt64(capability.rawValue) != 0 }
}

/// The capabilities that tracing asks for, by their numbers in capabilities(7).
package enum Capability: Int, Sendable, CaseIterable {
    /// To open files whatever their mode.
    case dacOverride = 1
    /// To become another group.
    case setGID = 6
    /// To become another user.
    case setUID = 7
    /// To change the network: programs on devices, sockets and control groups.
    case netAdmin = 12
    /// To lock memory without a limit.
    case ipcLock = 14
    /// Everything that has no capability of its own.
    case sysAdmin = 21
    /// To raise limits.
    case sysResource = 24
    /// To see addresses of the kernel.
    case syslog = 34
    /// Tracing and perf events (Linux 5.8).
    case perfmon = 38
    /// Maps and programs (Linux 5.8).
    case bpf = 39

    /// The name of the C constant: `CAP_BPF`.
    package var name: String {
        switch self {
        case .dacOverride: "CAP_DAC_OVERRIDE"
        case .setGID: "CAP_SETGID"
        case .setUID: "CAP_SETUID"
        case .netAdmin: "CAP_NET_ADMIN"
        case .ipcLock: "CAP_IPC_LOCK"
        case .sysAdmin: "CAP_SYS_ADMIN"
        case .sysResource: "CAP_SYS_RESOURCE"
        case .syslog: "CAP_SYSLOG"
        case .perfmon: "CAP_PERFMON"
        case .bpf: "CAP_BPF"
        }
    }
}
