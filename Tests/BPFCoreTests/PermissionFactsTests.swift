// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Testing

@testable import BPFCore

@Suite struct PermissionFactsTests {
    /// A user without any capability on a stock Debian.
    private var user: PermissionFacts {
        var facts = PermissionFacts()
        facts.effectiveUser = 1000
        facts.unprivilegedBPFDisabled = 2
        facts.perfEventParanoid = 3
        facts.executable = "/usr/bin/load-kp-bpf"
        return facts
    }

    private func facts(with capabilities: [Capability]) -> PermissionFacts {
        var facts = user
        facts.effective = capabilities.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
        return facts
    }

    @Test func `what is switched off is the cause of a refusal to attach`() throws {
        var facts = PermissionFacts()
        #expect(facts.explain(.attachProbe, .resourceBusy) == nil)
        facts.kprobesEnabled = 0
        #expect(facts.explain(.attachProbe, .invalidArgument)?.cause.contains("kprobes") == true)
        facts.ftraceEnabled = 0
        let error = BPFError(.attachProbe, .attachRefused, errno: .resourceBusy, "cannot attach", cause: "a live patch")
        let told = error.explained(by: facts).diagnostic
        #expect(told.cause?.contains("kernel.ftrace_enabled is 0") == true, "\(told)")
        #expect(told.details.contains { $0.contains("a live patch") })
        let known = BPFError(
            .attachProbe, .attachRefused, errno: .invalidArgument, "cannot attach", cause: "of another type")
        #expect(known.explained(by: facts).diagnostic.cause == "EINVAL: of another type")
        #expect(facts.explain(.createMap, .invalidArgument) == nil)
        facts.ftraceHasFailed = true
        #expect(
            facts.explain(.attachProbe, .operationNotSupportedByDevice)?.cause.contains("switched itself off") == true)
    }

    @Test func `the facts are read from proc and sys`() throws {
        let kernel = try FakeKernel([
            "proc/self/status": "Name:\tx\nUid:\t1000\t1001\t1000\t1000\nCapEff:\t000000c000000000\nSeccomp:\t2\n",
            "proc/self/uid_map": "         0       1000          1\n", "proc/self/comm": "bpf-eventd\n",
            "proc/sys/kernel/cap_last_cap": "40\n", "proc/sys/kernel/unprivileged_bpf_disabled": "2\n",
            "proc/sys/kernel/perf_event_paranoid": "-1\n",
            "sys/kernel/security/lockdown": "none integrity [confidentiality]\n",
            "sys/kernel/security/lsm": "lockdown,capability,apparmor",
        ])
        let facts = PermissionFacts.read(roots: kernel.roots)
        #expect(facts.effectiveUser == 1001)
        #expect(facts.has(.bpf) && facts.has(.perfmon) && !facts.has(.sysAdmin))
        #expect(facts.hasSeccompFilter && facts.isInUserNamespace)
        #expect(facts.lastCapability == 40 && facts.unprivilegedBPFDisabled == 2 && facts.perfEventParanoid == -1)
        #expect(facts.lockdown == .confidentiality)
        #expect(facts.securityModules == ["lockdown", "capability", "apparmor"])
        #expect(facts.command == "bpf-eventd")
    }

    @Test func `without securityfs the command line of the kernel tells of lockdown`() throws {
        let kernel = try FakeKernel(["proc/cmdline": "quiet lockdown=confidentiality ro\n"])
        #expect(PermissionFacts.read(roots: kernel.roots).lockdown == .confidentiality)
        try kernel.write("[none] integrity confidentiality\n", to: "sys/kernel/security/lockdown")
        #expect(PermissionFacts.read(roots: kernel.roots).lockdown == .none)
    }

    @Test func `the first user namespace is none, and what cannot be read forbids nothing`() throws {
        let kernel = try FakeKernel(["proc/self/uid_map": "         0          0 4294967295\n"])
        let facts = PermissionFacts.read(roots: kernel.roots)
        #expect(!facts.isInUserNamespace)
        #expect(facts.lockdown == .none)
        #expect(facts.perfEventParanoid == nil)
    }

    @Test func `a missing capability is named with the command that would work`() throws {
        let load = try #require(user.explain(.loadProgram, .notPermitted))
        #expect(load.cause.hasPrefix("CAP_BPF and CAP_PERFMON are missing"))
        #expect(load.cause.contains("kernel.unprivileged_bpf_disabled=2"))
        #expect(load.nextStep.hasPrefix("sudo load-kp-bpf ..."))
        #expect(load.nextStep.contains("setcap cap_bpf,cap_perfmon+ep /usr/bin/load-kp-bpf"))
        let half = try #require(facts(with: [.bpf]).explain(.loadProgram, .notPermitted))
        #expect(half.cause.hasPrefix("CAP_PERFMON is missing"))
        #expect(user.explain(.createMap, .notPermitted)?.cause.hasPrefix("CAP_BPF is missing") == true)
    }

    @Test func `before 5.8 everything asks for CAP_SYS_ADMIN`() throws {
        var facts = user
        facts.lastCapability = 37
        let load = try #require(facts.explain(.loadProgram, .notPermitted))
        #expect(load.cause.hasPrefix("CAP_SYS_ADMIN is missing (this kernel is older"))
        #expect(!load.nextStep.contains("setcap"))
    }

    @Test func `perf_event_paranoid of Debian asks for more than CAP_PERFMON`() throws {
        let facts = facts(with: [.bpf, .perfmon])
        let attach = try #require(facts.explain(.attachProbe, .permissionDenied))
        #expect(attach.cause.contains("kernel.perf_event_paranoid is 3"))
        #expect(attach.nextStep.contains("sysctl kernel.perf_event_paranoid=2"))
        var mainline = facts
        mainline.perfEventParanoid = 2
        #expect(mainline.explain(.attachProbe, .permissionDenied)?.cause.contains("CAP_DAC_OVERRIDE") == true)
        #expect(mainline.explain(.attachProbe, .notPermitted) == nil)
        #expect(user.explain(.openRing, .permissionDenied)?.nextStep.contains("perf_event_paranoid=2") == true)
    }

    @Test func `lockdown, user namespaces and seccomp stop root too`() throws {
        var root = facts(with: Capability.allCases)
        root.effectiveUser = 0
        #expect(root.explain(.attachProbe, .notPermitted) == nil)
        root.securityModules = ["capability", "apparmor"]
        #expect(root.explain(.attachProbe, .notPermitted)?.cause.contains("apparmor") == true)
        root.hasSeccompFilter = true
        #expect(root.explain(.loadProgram, .notPermitted)?.cause.contains("seccomp") == true)
        root.isInUserNamespace = true
        #expect(root.explain(.loadProgram, .notPermitted)?.cause.contains("user namespace") == true)
        root.lockdown = .confidentiality
        #expect(root.explain(.attachProbe, .notPermitted)?.cause.contains("locked down") == true)
        #expect(root.explain(.createMap, .notPermitted)?.cause.contains("locked down") == false)
    }

    @Test func `root without the capability is in a container`() throws {
        var root = user
        root.effectiveUser = 0
        let step = try #require(root.explain(.loadProgram, .notPermitted)).nextStep
        #expect(step.contains("--cap-add=BPF --cap-add=PERFMON"))
    }

    @Test(arguments: [Errno.noSuchFileOrDirectory, .invalidArgument, .noMemory])
    func `other refusals are no matter of permission`(errno: Errno) {
        for operation in BPFError.Operation.allCases { #expect(user.explain(operation, errno) == nil) }
    }

    @Test func `limits, cgroups and the files of tracing are read too`() throws {
        let kernel = try FakeKernel([
            "proc/self/limits": """
            Limit                     Soft Limit           Hard Limit           Units     
            Max open files            16                   524288               files     
            Max locked memory         65536                unlimited            bytes     

            """,
            "proc/sys/fs/file-max": "1000\n", "proc/sys/net/core/bpf_jit_enable": "0\n",
            "proc/self/cgroup": "0::/a.slice/b.service\n", "sys/fs/cgroup/a.slice/memory.max": "67108864\n",
            "sys/fs/cgroup/a.slice/memory.current": "1048576\n", "sys/fs/cgroup/a.slice/b.service/memory.max": "max\n",
        ])
        let facts = PermissionFacts.read(roots: kernel.roots)
        #expect(facts.openFiles == ResourceLimit(soft: 16, hard: 524_288))
        #expect(facts.lockedMemory == ResourceLimit(soft: 65536, hard: nil))
        #expect(facts.openFilesOfMachine == 1000 && facts.jitEnabled == 0)
        #expect(facts.memoryCgroup == MemoryCgroup(path: "/a.slice", limit: 67_108_864, used: 1_048_576))
        #expect(facts.tracing == .unmounted)
        try kernel.write("", to: "sys/kernel/tracing/events/header_page")
        #expect(PermissionFacts.read(roots: kernel.roots).tracing == .open)
    }

    @Test(arguments: ["1:name=systemd:/\n9:cpu,memory:/docker/x\n", "0::/../../x\n"])
    func `a cgroup of version 1 is read, and no path leads out of the hierarchy`(text: String) throws {
        let kernel = try FakeKernel([
            "proc/self/cgroup": text, "sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes": "4096\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n", "sys/x/memory.max": "1\n",
        ])
        let group = PermissionFacts.read(roots: kernel.roots).memoryCgroup
        #expect(group == (text.hasPrefix("0") ? nil : MemoryCgroup(path: "/docker/x", limit: 4096)))
    }

    @Test func `a user is told of the capabilities and of tracefs where an event cannot be read`() throws {
        var facts = user
        facts.tracing = .closed(path: "/sys/kernel/tracing")
        let event = try #require(facts.explain(.resolveProbe, .permissionDenied))
        #expect(event.cause.hasPrefix("CAP_BPF and CAP_PERFMON are missing"))
        #expect(event.cause.contains("the tracing files in /sys/kernel/tracing are closed to this user"))
        #expect(event.nextStep.hasPrefix("sudo load-kp-bpf ..."))
        #expect(event.nextStep.contains("setcap") && event.nextStep.contains("mount -o remount,gid="))
        facts = self.facts(with: [.bpf, .perfmon])
        facts.tracing = .closed(path: "/sys/kernel/tracing")
        let capable = try #require(facts.explain(.resolveProbe, .permissionDenied))
        #expect(capable.cause == "the tracing files in /sys/kernel/tracing are closed to this user")
        facts.tracing = .open
        #expect(facts.explain(.resolveProbe, .permissionDenied) == nil)
    }

    @Test func `locked memory is named where the kernel counts it and it cannot be raised`() throws {
        var facts = facts(with: [.sysAdmin])
        facts.lockedMemory = ResourceLimit(soft: 65536, hard: 65536)
        #expect(facts.explain(.createMap, .notPermitted) == nil)
        facts.chargesMemoryCgroup = false
        for operation in [BPFError.Operation.createMap, .loadProgram] {
            let told = try #require(facts.explain(operation, .notPermitted))
            #expect(told.cause.contains("64 KiB (RLIMIT_MEMLOCK)") && told.cause.contains("CAP_SYS_RESOURCE"))
            #expect(told.nextStep.contains("LimitMEMLOCK="))
        }
        #expect(facts.explain(.openRing, .notPermitted)?.cause.contains("perf_event_mlock_kb") == true)
        facts.effective |= 1 << UInt64(Capability.sysResource.rawValue) | 1 << UInt64(Capability.ipcLock.rawValue)
        #expect(facts.explain(.createMap, .notPermitted) == nil)
        #expect(facts.explain(.openRing, .notPermitted) == nil)
    }

    @Test func `descriptors, memory and missing calls are told by the limit behind them`() throws {
        var facts = facts(with: Capability.allCases)
        facts.openFiles = ResourceLimit(soft: 16, hard: 16)
        facts.openFilesOfMachine = 1000
        facts.memoryCgroup = MemoryCgroup(path: "/x", limit: 64 << 20, used: 60 << 20)
        for operation in BPFError.Operation.allCases {
            let told = try #require(facts.explain(operation, .tooManyOpenFiles))
            #expect(told.cause.contains("the limit of 16 open files") && told.nextStep.contains("ulimit -n"))
            #expect(told.code == .openFilesLimit)
            let machine = try #require(facts.explain(operation, .tooManyOpenFilesInSystem))
            #expect(
                machine.cause.contains("fs.file-max is 1000")
                    && machine.nextStep == "raise the limit: sysctl fs.file-max=2000")
        }
        let memory = try #require(facts.explain(.createMap, .noMemory))
        #expect(memory.cause == "the memory cgroup /x of this process may have 64 MiB, of which 60 MiB are in use")
        #expect(facts.explain(.openPin, .noMemory) == nil)
        #expect(facts.explain(.createMap, .noFunction)?.cause == "this kernel is built without bpf(2)")
        #expect(facts.explain(.openRing, .noFunction)?.code == .systemCallMissing)
        facts.hasSeccompFilter = true
        #expect(facts.explain(.createMap, .noFunction)?.cause.contains("seccomp filter") == true)
        #expect(facts.explain(.attachProbe, .noFunction)?.code == .seccompFilter)
        facts.jitEnabled = 0
        #expect(facts.explain(.attachProbe, .notSupportedByKernel)?.nextStep == "sysctl net.core.bpf_jit_enable=1")
    }

    @Test func `what the caller knows better is not overwritten`() {
        var root = facts(with: Capability.allCases)
        root.hasSeccompFilter = true
        let beyond = BPFError(
            .attachProbe, always: .eventFieldsExceeded, errno: .permissionDenied, "cannot attach",
            cause: "beyond the fields")
        #expect(beyond.explained(by: root).diagnostic == beyond.diagnostic)
        root.hasSeccompFilter = false
        root.securityModules = ["apparmor"]
        let known = BPFError(.attachProbe, .attachRefused, errno: .notPermitted, "cannot attach", cause: "a live patch")
        #expect(known.explained(by: root).diagnostic == known.diagnostic)
        let unknown = BPFError(.attachProbe, .attachRefused, errno: .notPermitted, "cannot attach")
        #expect(unknown.explained(by: root).diagnostic.cause?.contains("apparmor") == true)
    }

    @Test func `an error keeps what it said before in its details`() {
        let error = BPFError(
            .attachProbe, .attachRefused, errno: .permissionDenied, "cannot attach", cause: "refused by the PMU")
        let explained = error.explained(by: user)
        #expect(explained.diagnostic.cause?.hasPrefix("EACCES: CAP_PERFMON is missing") == true)
        #expect(explained.diagnostic.details == ["EACCES: refused by the PMU"])
        #expect(explained.code == .capabilityMissing)
        #expect(explained.explained(by: user).diagnostic == explained.diagnostic)
        let other = BPFError(.attachProbe, .attachRefused, errno: .noMemory, "cannot attach")
        #expect(other.explained(by: user).diagnostic == other.diagnostic)
    }
}
