// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF

/// What the files of the kernel tell of a machine, as far as it matters for tracing.
package struct MachineFacts: Sendable, Equatable {
    /// Whether this user gets at a file.
    package enum Access: String, Sendable {
        /// It can be read.
        case open
        /// It is there, and closed to this user.
        case closed
        /// It is not there.
        case missing

        init(_ path: String) {
            self = KernelFile.mayRead(path) ? .open : Errno.last == .permissionDenied ? .closed : .missing
        }
    }

    /// Whether /proc/kallsyms shows addresses.
    package enum Addresses: String, Sendable {
        /// It does.
        case shown
        /// It shows zeros (`kernel.kptr_restrict`, `CAP_SYSLOG`).
        case hidden
        /// The list cannot be read.
        case unreadable
    }

    /// What this process may do, and what the machine forbids everybody.
    package var permissions = PermissionFacts()
    /// The kernel's release.
    package var release = ""
    /// The machine's architecture.
    package var architecture = ""
    /// What manages the container that the process is in; nil is none, as far as it shows.
    package var container: String?
    /// Where the configuration of the kernel was read, nil where it is nowhere.
    package var configuration: String?
    /// Those of ``options`` that the kernel is built without; nothing where the configuration is not known.
    package var missingOptions: [String] = []
    /// The types of the kernel (BTF).
    package var types = Access.open
    /// How many modules show types.
    package var moduleTypes = 0
    /// Where the bpf file system is mounted.
    package var bpffs: String?
    /// A bpf file system that hands rights on, by tokens (Linux 6.9).
    package var tokens: String?
    /// The list of functions that the kernel keeps probes off, `kprobes/blacklist` of debugfs.
    package var blacklist = Access.open
    /// Whether addresses of the kernel are shown.
    package var addresses = Addresses.shown
    /// What the kernel takes the time from.
    package var clockSource: String?

    /// Facts of a machine that allows everything.
    package init() {}

    /// The options of a kernel's configuration that tracing asks for, each with what it is for.
    package static let options: KeyValuePairs<String, String> = [
        "CONFIG_BPF_SYSCALL": "maps and programs", "CONFIG_BPF_JIT": "compiled programs",
        "CONFIG_BPF_EVENTS": "programs on kprobes, uprobes and tracepoints", "CONFIG_KPROBES": "kprobes",
        "CONFIG_KPROBE_EVENTS": "kprobes", "CONFIG_UPROBE_EVENTS": "uprobes", "CONFIG_PERF_EVENTS": "perf events",
        "CONFIG_DYNAMIC_FTRACE": "fentry, kprobe.multi", "CONFIG_FPROBE": "kprobe.multi",
        "CONFIG_FTRACE_SYSCALLS": "tracepoints of system calls",
        "CONFIG_DEBUG_INFO_BTF": "CO-RE, fentry, tp_btf, lsm, iter",
        "CONFIG_BPF_LSM": "lsm",
    ]

    /// Reads them; what cannot be read counts as allowed, except where it is the answer itself.
    package static func read(roots: KernelRoots = KernelRoots()) -> MachineFacts {
        var facts = MachineFacts()
        facts.permissions = .read(roots: roots)
        let kernel = UnameFacts.current
        (facts.release, facts.architecture) = (kernel.release, kernel.machine)
        facts.container = container(roots)
        facts.readConfiguration(roots)
        let types = roots.sys + "/kernel/btf"
        facts.types = Access(types + "/vmlinux")
        facts.moduleTypes = KernelFile.names(in: types).count { $0 != "vmlinux" }
        facts.readMounts(roots)
        facts.addresses = addresses(roots)
        facts.clockSource = KernelFile.line(roots.sys + "/devices/system/clocksource/clocksource0/current_clocksource")
        return facts
    }

    private mutating func readConfiguration(_ roots: KernelRoots) {
        let read = KernelConfig.read(roots: roots)
        guard !read.text.isEmpty else { return }
        configuration = read.source
        missingOptions = KernelConfig.missing(Self.options.map(\.key), in: read)
    }

    private mutating func readMounts(_ roots: KernelRoots) {
        let mounts = (try? MountTable(roots: roots))?.mounts(ofType: "bpf") ?? []
        bpffs = (mounts.first { $0.root == "/" } ?? mounts.first)?.point
        tokens = mounts.first { $0.superOptions.contains { $0.hasPrefix("delegate_") } }?.point
        // A debugfs that is closed does not show whether it has the folder.
        let debugfs =
            Tracefs.debugfs(roots: roots)
            ?? (try? MountTable(roots: roots))?.mounts(ofType: "debugfs").first { $0.root == "/" }?.point
        blacklist = debugfs.map { Access($0 + "/kprobes/blacklist") } ?? .missing
    }

    /// The marks that managers of containers leave.
    private static func container(_ roots: KernelRoots) -> String? {
        if KernelFile.exists(roots.files + "/.dockerenv") { return "docker" }
        if KernelFile.exists(roots.files + "/run/.containerenv") { return "podman" }
        // systemd writes down the name that the manager gives.
        return KernelFile.line(roots.files + "/run/systemd/container").flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func addresses(_ roots: KernelRoots) -> Addresses {
        do throws(Errno) {
            let file = try KernelFile.open(roots.proc + "/kallsyms", O_RDONLY | O_CLOEXEC)
            // `ffffffff81000000 T _text`: one line with an address is enough.
            let text = String(decoding: try KernelFile.bytes(of: file, at: 0, count: 4096), as: UTF8.self)
            let shown = text.split(separator: "\n").contains { line in
                line.prefix { $0 != " " }.contains { $0 != "0" }
            }
            return shown ? .shown : .hidden
        } catch {
            return .unreadable
        }
    }
}
