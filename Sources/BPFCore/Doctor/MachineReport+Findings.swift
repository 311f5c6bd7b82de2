// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

extension MachineReport {
    /// What limits tracing on this machine besides the verdict: warnings for what is missing, notes for what may be.
    package var findings: [Diagnostic] {
        (switchedOff + types + files + addresses + limits + others).filter { $0.code != obstacle?.code }
    }

    private var permissions: PermissionFacts { facts.permissions }

    private func warning(
        _ code: Diagnostic.Code, _ message: String, _ cause: String? = nil, next: Diagnostic.Hint? = nil
    ) -> Diagnostic {
        Diagnostic(code, .warning, stage: .attach, message, cause: cause, nextStep: next)
    }

    private func note(
        _ code: Diagnostic.Code, _ message: String, _ cause: String? = nil, next: Diagnostic.Hint? = nil
    ) -> Diagnostic {
        Diagnostic(code, .note, stage: .attach, message, cause: cause, nextStep: next)
    }

    // MARK: - What somebody has switched off

    private var switchedOff: [Diagnostic] {
        var found: [Diagnostic] = []
        if permissions.ftraceHasFailed {
            found.append(
                warning(
                    .ftraceDisabled, "programs on the entry of functions do not work: fentry, kprobe.multi",
                    "the function tracer of this kernel has switched itself off after an error, of which the kernel's log tells",
                    next: "see what it was: dmesg; and start the machine again"))
        } else if permissions.ftraceEnabled == 0 {
            found.append(
                warning(
                    .ftraceDisabled, "programs on the entry of functions do not work: fentry, kprobe.multi",
                    "kernel.ftrace_enabled is 0",
                    next: "\(.setKernelParameter("kernel.ftrace_enabled"), "sysctl kernel.ftrace_enabled=1")"))
        }
        if let off = permissions.kprobesOff {
            found.append(warning(off.code, "probes are made and never hit", off.cause, next: off.hint))
        }
        if permissions.jitEnabled == 0 {
            found.append(
                warning(
                    .jitDisabled, "programs are interpreted, which is slow, and fentry, lsm and kfuncs do not work",
                    "net.core.bpf_jit_enable is 0",
                    next: "\(.setKernelParameter("net.core.bpf_jit_enable"), "sysctl net.core.bpf_jit_enable=1")"))
        }
        switch permissions.lockdown {
        case .none: break
        case .integrity:
            found.append(
                note(
                    .lockdown, "programs cannot write to the memory of user space (bpf_probe_write_user)",
                    "the kernel is locked down (integrity)"))
        case .confidentiality:
            found.append(
                warning(
                    .lockdown, "programs cannot read the memory of the kernel, and probes are forbidden",
                    "the kernel is locked down (confidentiality)",
                    next: "boot with lockdown=integrity or without lockdown; Secure Boot may set it"))
        }
        return found
    }

    // MARK: - What the kernel was built without

    private var types: [Diagnostic] {
        var found: [Diagnostic] = []
        switch facts.types {
        case .open: break
        case .closed:
            found.append(
                warning(
                    .kernelTypesMissing, "CO-RE, fentry, tp_btf, lsm and iterators do not work",
                    "/sys/kernel/btf/vmlinux is closed to this user", next: "sudo chmod a+r /sys/kernel/btf/vmlinux"))
        case .missing:
            found.append(
                warning(
                    .kernelTypesMissing, "CO-RE, fentry, tp_btf, lsm and iterators do not work",
                    "the kernel shows no types: it was built without CONFIG_DEBUG_INFO_BTF",
                    next:
                        "use a kernel with \(.useKernel(["CONFIG_DEBUG_INFO_BTF"]), "CONFIG_DEBUG_INFO_BTF"), or for CO-RE give the BTF of this one: \(.kernelTypes, "FILE")"
                ))
        }
        for (option, use) in MachineFacts.options where facts.missingOptions.contains(option) {
            // The types have been told of.
            guard option != "CONFIG_DEBUG_INFO_BTF" else { continue }
            found.append(
                note(
                    .kconfigMissing, "the kernel is built without \(option): \(use)",
                    facts.configuration.map { "\($0) says so" },
                    next: "use a kernel with \(.useKernel([option]), option)"))
        }
        return found
    }

    // MARK: - Files

    private var files: [Diagnostic] {
        var found: [Diagnostic] = []
        switch permissions.tracing {
        case .open: break
        case .unmounted:
            found.append(
                warning(
                    .tracefsMissing, "trace events have no numbers, and patterns of functions no list",
                    "tracefs is not mounted",
                    next: "\(.mount("tracefs"), "sudo mount -t tracefs tracefs /sys/kernel/tracing")"))
        case .closed(let path):
            found.append(
                warning(
                    .tracingFilesClosed,
                    "programs on trace events (tracepoint/...) and patterns of functions do not work",
                    "the files in \(path) are closed to this user",
                    next: "sudo, or open them to a group: sudo mount -o remount,gid=GROUP,mode=750 \(path)"))
        }
        if facts.bpffs == nil {
            found.append(
                note(
                    .bpffsMissing, "nothing can be pinned, so that maps and links end with their process",
                    "no bpf file system is mounted",
                    next: "\(.mount("bpf"), "sudo mount -t bpf bpf /sys/fs/bpf")"))
        }
        if facts.blacklist != .open {
            found.append(
                note(
                    .nameUnchecked, "which functions the kernel keeps probes off is known only when one is refused",
                    facts.blacklist == .closed
                        ? "kprobes/blacklist of debugfs is closed to this user"
                        : "debugfs is not mounted, or has no kprobes/blacklist",
                    next: facts.blacklist == .closed
                        ? "sudo" : "\(.mount("debugfs"), "sudo mount -t debugfs debugfs /sys/kernel/debug")"))
        }
        if facts.configuration == nil {
            found.append(
                note(
                    .kconfigMissing, "what the kernel was built with is not known",
                    "there is neither /proc/config.gz nor /boot/config-\(facts.release)",
                    next: "sudo modprobe configs, or install the configuration of the kernel"))
        }
        if let tokens = facts.tokens {
            found.append(
                note(
                    .notPermitted,
                    "rights of BPF are handed on in \(tokens) (BPF token), which these tools do not take",
                    "its mount has options delegate_..."))
        }
        return found
    }

    // MARK: - Addresses, limits, and the rest

    private var addresses: [Diagnostic] {
        guard facts.addresses != .shown else { return [] }
        let hides = permissions.kptrRestrict.map { "kernel.kptr_restrict is \($0)" } ?? "the kernel hides them"
        return [
            note(
                .kernelAddressesHidden,
                "addresses of the kernel are hidden: of several functions of one name none can be chosen, and stacks stay numbers",
                facts.addresses == .unreadable
                    ? "/proc/kallsyms cannot be read"
                    : hides + (permissions.has(.syslog) ? "" : ", and CAP_SYSLOG is missing"),
                next:
                    "run it as root, with \(.setKernelParameter("kernel.kptr_restrict"), "sysctl kernel.kptr_restrict=1") or 0"
            )
        ]
    }

    /// Maps of a usual object, such as a ring buffer of 16 MiB, fit below this.
    private static let roomyGroup: UInt64 = 64 << 20
    private static let roomyLock: UInt64 = 64 << 20

    private var limits: [Diagnostic] {
        var found: [Diagnostic] = []
        if !permissions.chargesMemoryCgroup, !permissions.has(.sysResource), let limit = permissions.lockedMemory?.soft,
            limit < Self.roomyLock
        {
            found.append(
                warning(
                    .memlockLimit, "maps and programs may have \(limit >> 10) KiB together",
                    "this kernel counts them as locked memory (RLIMIT_MEMLOCK), and CAP_SYS_RESOURCE to raise that is missing",
                    next:
                        "\(.raiseLimit("RLIMIT_MEMLOCK"), "raise the limit"): ulimit -l unlimited as root, or LimitMEMLOCK=infinity of the service"
                ))
        }
        if let group = permissions.memoryCgroup, group.limit < Self.roomyGroup {
            found.append(
                note(
                    .memoryCgroupLimit,
                    "the memory cgroup \(group.path) of this process may have \(group.limit >> 20) MiB, maps and rings included",
                    next: "\(.raiseLimit("memory.max"), "give it more"): MemoryMax= of the service, docker run --memory"
                ))
        }
        return found
    }

    /// Clocks of which a reading takes a microsecond, and not some nanoseconds.
    private static let slowClocks: Set<String> = ["hpet", "acpi_pm", "jiffies", "refined-jiffies"]

    private var others: [Diagnostic] {
        var found: [Diagnostic] = []
        if !permissions.securityModules.isEmpty, !permissions.securityModules.contains("bpf") {
            let line = permissions.securityModules.joined(separator: ",")
            found.append(
                note(
                    .programNotInKernel,
                    "programs on hooks of the security modules (lsm/...) are attached and never called",
                    "bpf is not among the active security modules: \(line)", next: "boot with lsm=\(line),bpf"))
        }
        if let level = permissions.perfEventParanoid, level >= 3, !permissions.has(.sysAdmin) {
            found.append(
                warning(
                    .perfEventParanoid, "probes and perf events ask for CAP_SYS_ADMIN, even with CAP_PERFMON",
                    "kernel.perf_event_paranoid is \(level)",
                    next: "\(.setKernelParameter("kernel.perf_event_paranoid"), "sysctl kernel.perf_event_paranoid=2")")
            )
        }
        if let clock = facts.clockSource, Self.slowClocks.contains(clock) {
            found.append(
                note(
                    .programReport, "to read the time takes a program (bpf_ktime_get_ns) about a microsecond",
                    "the kernel takes the time from \(clock), since that of the processor is not steady"))
        }
        return found
    }
}
