// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import Testing

@testable import BPFCore

/// What is said of made-up machines.
struct MachineReportTests {
    /// A machine on which everything works, as root.
    static var good: MachineFacts {
        var facts = MachineFacts()
        facts.permissions.effective = .max
        facts.permissions.securityModules = ["capability", "bpf"]
        facts.configuration = "/proc/config.gz"
        facts.bpffs = "/sys/fs/bpf"
        facts.clockSource = "tsc"
        return facts
    }

    static var allWork: AttachTrials {
        var trials = AttachTrials()
        for way in AttachTrials.Way.allCases { trials.ways[way] = .works }
        return trials
    }

    private func report(
        _ change: (inout MachineFacts) -> Void = { _ in }, trials changeTrials: (inout AttachTrials) -> Void = { _ in }
    ) -> MachineReport {
        var facts = Self.good
        change(&facts)
        var trials = Self.allWork
        changeTrials(&trials)
        return MachineReport(facts: facts, trials: trials)
    }

    @Test func `a machine that allows everything has no findings`() {
        let report = report()
        #expect(report.obstacle == nil && report.findings.isEmpty, "\(report.findings)")
        #expect(report.ways.map(\.way) == AttachTrials.Way.allCases && report.ways.allSatisfy { $0.state == .works })
    }

    private static let changes: [(Diagnostic.Code, String, @Sendable (inout MachineFacts) -> Void)] = [
        (.ftraceDisabled, "sysctl kernel.ftrace_enabled=1", { $0.permissions.ftraceEnabled = 0 }),
        (.ftraceDisabled, "dmesg", { $0.permissions.ftraceHasFailed = true }),
        (.jitDisabled, "sysctl net.core.bpf_jit_enable=1", { $0.permissions.jitEnabled = 0 }),
        (.lockdown, "integrity", { $0.permissions.lockdown = .integrity }),
        (.lockdown, "boot with", { $0.permissions.lockdown = .confidentiality }),
        (.kernelTypesMissing, "CONFIG_DEBUG_INFO_BTF", { $0.types = .missing }),
        (.kernelTypesMissing, "chmod a+r", { $0.types = .closed }),
        (.kconfigMissing, "CONFIG_FPROBE: kprobe.multi", { $0.missingOptions = ["CONFIG_FPROBE"] }),
        (.kconfigMissing, "modprobe configs", { $0.configuration = nil }),
        (.tracefsMissing, "mount -t tracefs", { $0.permissions.tracing = .unmounted }),
        (.tracingFilesClosed, "mode=750 /t", { $0.permissions.tracing = .closed(path: "/t") }),
        (.bpffsMissing, "mount -t bpf", { $0.bpffs = nil }),
        (.nameUnchecked, "mount -t debugfs", { $0.blacklist = .missing }),
        (.nameUnchecked, "closed to this user", { $0.blacklist = .closed }),
        (.notPermitted, "BPF token", { $0.tokens = "/run/bpf" }),
        (
            .kernelAddressesHidden, "sysctl kernel.kptr_restrict=1",
            { ($0.addresses, $0.permissions.kptrRestrict) = (.hidden, 2) }
        ),
        (.kernelAddressesHidden, "cannot be read", { $0.addresses = .unreadable }),
        (
            .memlockLimit, "64 KiB",
            {
                $0.permissions.effective = 0
                $0.permissions.chargesMemoryCgroup = false
                $0.permissions.lockedMemory = ResourceLimit(soft: 1 << 16, hard: 1 << 16)
            }
        ),
        (
            .memoryCgroupLimit, "/docker/1 of this process may have 32 MiB",
            { $0.permissions.memoryCgroup = MemoryCgroup(path: "/docker/1", limit: 32 << 20) }
        ),
        (.programNotInKernel, "boot with lsm=capability,bpf", { $0.permissions.securityModules = ["capability"] }),
        (
            .perfEventParanoid, "sysctl kernel.perf_event_paranoid=2",
            { ($0.permissions.effective, $0.permissions.perfEventParanoid) = (0, 4) }
        ),
        (.programReport, "hpet", { $0.clockSource = "hpet" }),
    ]

    @Test(arguments: changes.indices)
    func `each thing that limits tracing is told once, with what changes it`(number: Int) throws {
        let (code, words, change) = Self.changes[number]
        let found = report(change).findings
        let finding = try #require(found.only, "\(found)")
        #expect(finding.code == code && finding.severity != .error)
        #expect(finding.text(wording: .library).contains(words), "\(finding)")
    }

    @Test func `what keeps kprobes from this user is the verdict, by the state of the machine`() throws {
        let unprivileged = report {
            $0.permissions.effective = 0
            $0.permissions.effectiveUser = 1000
            $0.permissions.unprivilegedBPFDisabled = 2
        } trials: {
            $0.map = .refused(.createMap, .notPermitted)
            for way in AttachTrials.Way.allCases { $0.ways[way] = $0.map }
        }
        let obstacle = try #require(unprivileged.obstacle)
        #expect(obstacle.code == .capabilityMissing && obstacle.cause?.contains("CAP_BPF") == true, "\(obstacle)")
        #expect(unprivileged.ways.allSatisfy { $0.state == .unknown && $0.reason == "not known without privilege" })
        let locked = report {
            $0.permissions.lockdown = .confidentiality
        } trials: {
            $0.ways[.kprobe] = .refused(.attachProbe, .notPermitted)
        }
        #expect(locked.obstacle?.code == .lockdown && locked.findings.isEmpty)
        let filtered = report {
            $0.permissions.hasSeccompFilter = true
        } trials: {
            $0.program = .refused(.loadProgram, .notPermitted)
        }
        #expect(filtered.obstacle?.code == .seccompFilter)
        let without = report(trials: { $0.ways[.kprobe] = .absent("there is no kprobe PMU") })
        #expect(without.obstacle?.code == .noKprobes && without.obstacle?.cause == "there is no kprobe PMU")
        let odd = report(trials: { $0.map = .refused(.createMap, .argListTooLong) })
        #expect(odd.obstacle?.cause?.contains("E2BIG") == true, "\(String(describing: odd.obstacle))")
        let off = report { $0.permissions.kprobesEnabled = 0 }
        #expect(off.obstacle?.code == .kprobesDisabled && off.obstacle?.nextStep?.contains("kprobes/enabled") == true)
        #expect(off.ways.first { $0.way == .kprobe }?.state == .no && off.findings.isEmpty, "\(off.findings)")
        let unmounted = report {
            $0.permissions.tracing = .unmounted
        } trials: {
            $0.ways[.kprobe] = .absent("there is no kprobe PMU")
        }
        #expect(unmounted.obstacle?.code == .tracefsMissing)
    }

    @Test func `a way that the kernel takes and never calls does not work`() throws {
        let stopped = report { $0.permissions.ftraceEnabled = 0 }
        let states = Dictionary(uniqueKeysWithValues: stopped.ways.map { ($0.way, $0.state) })
        #expect(states[.fentry] == .no && states[.kprobeMulti] == .no && states[.tracepoint] == .works)
        let lsm = try #require(report { $0.permissions.securityModules = ["apparmor"] }.ways.first { $0.way == .lsm })
        #expect(lsm.state == .no && lsm.reason == "bpf is not among the active security modules")
        let old = try #require(report(trials: { $0.ways[.tcx] = .absent(nil) }).ways.first { $0.way == .tcx })
        #expect(old.state == .no && old.reason == "it takes Linux 6.6")
        let closed = report {
            $0.permissions.tracing = .closed(path: "/t")
        } trials: {
            $0.ways[.tracepoint] = .refused(.resolveProbe, .permissionDenied)
        }
        #expect(closed.ways.first { $0.way == .tracepoint }?.reason == "the files in /t are closed to this user")
    }

    @Test func `facts are read below the roots that are given`() throws {
        let kernel = try FakeKernel([
            ".dockerenv": "", "sys/kernel/btf/vmlinux": "x", "sys/kernel/btf/xfs": "x",
            "proc/kallsyms": "0000000000000000 T _text\n0000000000000000 T vfs_read\n",
            "proc/self/status": "CapEff:\t0000000000000000\nCapBnd:\t000000c000000000\n",
            "proc/sys/kernel/kptr_restrict": "2\n",
            "proc/self/mountinfo":
                "30 1 0:30 / /sys/fs/bpf rw - bpf bpf rw,mode=700,delegate_cmds=any\n",
            "sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet\n",
            "modules/\(UnameFacts.current.release)/config":
                "CONFIG_KPROBES=y\nCONFIG_BPF_SYSCALL=y\n# CONFIG_FPROBE is not set\n",
        ])
        let facts = MachineFacts.read(roots: kernel.roots)
        #expect(facts.container == "docker" && facts.types == .open && facts.moduleTypes == 1)
        #expect(facts.addresses == .hidden && facts.permissions.kptrRestrict == 2)
        #expect(facts.permissions.bounding == 0xc0_0000_0000)
        #expect(facts.bpffs == "/sys/fs/bpf" && facts.tokens == "/sys/fs/bpf" && facts.clockSource == "hpet")
        #expect(facts.missingOptions.contains("CONFIG_FPROBE") && !facts.missingOptions.contains("CONFIG_KPROBES"))
        #expect(facts.configuration?.hasSuffix("/config") == true && facts.blacklist == .missing)
        let empty = MachineFacts.read(roots: try FakeKernel().roots)
        #expect(empty.addresses == .unreadable && empty.types == .missing && empty.configuration == nil)
    }
}
